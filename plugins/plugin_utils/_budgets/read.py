# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read budgets: all of a document checked at once, then each with every default filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, to_decimal
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import describe_path, schema_problems
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import MIN_DAYS, Alert, Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import Period, Span
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.rules import alert_kind, rule_problems
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import (
    BUDGETS_SCHEMA,
    DEFAULT_MIN_DAYS,
    DEFAULT_WINDOW,
    MAX_BUDGETS,
    ON_UNKNOWN_KEYS,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError, checked_size
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import patterns_of
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import DEFAULT_SEVERITY


def read_budgets(document: Any) -> list[Budget]:
    """Return the budgets of a document, or raise a BudgetError that tells everything wrong with it."""
    checked = checked_size(document, "budgets", BudgetError)
    if isinstance(checked, list) and len(checked) > MAX_BUDGETS:
        raise BudgetError([f"budgets: {len(checked):,} budgets are too many, at most {MAX_BUDGETS:,} are allowed"])
    problems = list(schema_problems(checked, BUDGETS_SCHEMA, lambda path: _where(checked, path)))
    if isinstance(checked, list):
        problems += _repeated_names(checked)
        for index, entry in enumerate(checked):
            if isinstance(entry, dict):
                problems += [f"{_where(checked, [index, key])}: {text}" for key, text in rule_problems(entry)]
    if problems:
        raise BudgetError(problems)
    return [_budget(entry) for entry in checked]


def _where(document: Any, path: list[str | int]) -> str:
    """Name a place: the budget by its name where it has one, else by its position counted from 1, then the key."""
    if not path:
        return "budgets"
    index, keys = int(path[0]), path[1:]
    entry = document[index]
    name = entry.get("name") if isinstance(entry, dict) else None
    budget = f"budget {printable(name, 80)!r}" if isinstance(name, str) and name else f"budget number {index + 1}"
    return f"{budget}, {describe_path(keys)}" if keys else budget


def _repeated_names(document: list[Any]) -> Iterator[str]:
    names = Counter(
        entry["name"] for entry in document if isinstance(entry, dict) and isinstance(entry.get("name"), str)
    )
    for name, count in names.items():
        if count > 1:
            yield f"budget {printable(name, 80)!r}, name: used {count} times, each budget needs its own"


def _budget(entry: dict[str, Any]) -> Budget:
    kind = entry.get("on", "actual")
    exact = {"limit": ZERO} | {
        key: value for key in ("limit", "floor") if (value := to_decimal(entry.get(key))) is not None
    }
    warnings = entry.get("warn_at", [])
    levels = [to_decimal(value) for value in (warnings if isinstance(warnings, list) else [warnings])]
    return Budget(
        **{
            **{key: value for key, value in entry.items() if key not in ("cycle_day", "starts_on")},
            "limit": ZERO,
            **exact,
            "match": {key: patterns_of(value) for key, value in entry.get("match", {}).items()},
            "warn_at": tuple(sorted(level for level in levels if level is not None)),
            "window": int(entry.get("window", DEFAULT_WINDOW.get(kind, 1))),
            "min_days": int(entry.get("min_days", DEFAULT_MIN_DAYS.get(kind, MIN_DAYS))),
            "period": _period(entry),
            "alerts": tuple(_alert(alert, entry) for alert in entry.get("alerts", ())),
            "plan": _plan(entry["limit"]),
            **{key: "pass" if entry[key] == "ignore" else entry[key] for key in ON_UNKNOWN_KEYS if key in entry},
        }
    )


def _alert(alert: dict[str, Any], entry: dict[str, Any]) -> Alert:
    outcome = alert.get("outcome", "warn")
    return Alert(
        on=alert.get("on", alert_kind(entry)),
        severity=alert.get("severity", entry.get("severity", DEFAULT_SEVERITY)),
        outcome="pass" if outcome == "ignore" else outcome,
        percent=to_decimal(alert.get("percent")),
        amount=to_decimal(alert.get("amount")),
    )


def _plan(limit: Any) -> tuple[tuple[date, Decimal], ...]:
    if not isinstance(limit, dict):
        return ()
    amounts = {_planned(key): amount for key, value in limit.items() if (amount := to_decimal(value)) is not None}
    return tuple(sorted(amounts.items()))


def _planned(key: str) -> date:
    """Return the first day of a month or quarter."""
    year, part = key.split("-")
    return date(int(year), int(part[1:]) * 3 - 2 if part.startswith("Q") else int(part), 1)


def _period(entry: dict[str, Any]) -> Period | None:
    period, starts_on = entry.get("period"), entry.get("starts_on", 1)
    if isinstance(period, dict):
        return Period("range", span=Span(date.fromisoformat(period["from"]), date.fromisoformat(period["to"])))
    if "cycle_day" in entry:
        return Period("billing_cycle", day=int(entry["cycle_day"]))
    if period is None:
        return None
    month, day = map(int, starts_on.split("-")) if isinstance(starts_on, str) else (1, int(starts_on))
    return Period(period, month, day, follows=period == "billing_cycle" and "starts_on" not in entry)
