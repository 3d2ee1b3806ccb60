# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a budget is: its JSON Schema, the rules between its keys, and the budget as the evaluation reads it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS, DIMENSION_COLUMNS, TAG
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, to_decimal
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import (
    DAY,
    PRINTABLE,
    describe_path,
    fits,
    one_of,
    schema_problems,
    whole_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import PERIODS, Period, Span
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError, checked_size
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import TAG_KEY, match_schema, patterns_of
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    DEFAULT_SEVERITY,
    SEVERITIES,
    Outcome,
)

# Records have all of these but the owner, which an allocation gives.
DIMENSIONS = (*(dimension for dimension in DIMENSION_COLUMNS if dimension != "charge_class"), "owner")
COST_MEASURES = (*COST_FACTS, "total_cost", "estimated_cost")
MEASURES = ("consumed_quantity", *COST_MEASURES)
KINDS = ("actual", "forecast", "contract", "spike", "growth", "anomaly")
PERIOD_KINDS = ("actual", "forecast", "contract")
DIRECTIONS = ("up", "down", "both")
ON_UNKNOWN = ("fail", "warn", "ignore")
ON_UNKNOWN_KEYS = ("on_unknown", "on_no_match")
# What an alert looks at, and the kind of budget that tells it.
ALERT_KINDS = ("actual", "forecast", "forecast_high")
MAX_BUDGETS = 1000
MAX_ALERTS = 20
DEFAULT_MIN_DAYS = {"anomaly": 21}  # three of each weekday
_MIN_DAYS = 7
MIN_ANOMALY_DAYS = 14
DEFAULT_WINDOW = {"spike": 1, "growth": 7}

DAILY_MEASURES = ("consumed_quantity", "billed_cost")
# What measures that are of whole accounts may look at, and why at no less.
_WHOLE_ACCOUNTS = {
    "estimated_cost": (
        ("account", "metric", "product_family"),
        "an allowance is the account's, so a part of an account can't be priced",
    ),
    "total_cost": (("account",), "a fixed fee is the account's, so a part of an account has none"),
}
_MONTH_DAY = "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$(?!\\n)"
PLANNED = "^[1-9][0-9]{3}-(0[1-9]|1[0-2]|Q[1-4])$(?!\\n)"
_AMOUNT = {"type": "number", "minimum": 0, "description": "a number from 0 (not a text, not true or false)"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": PRINTABLE}

BUDGETS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Budgets",
    "description": f"a list of 1 to {MAX_BUDGETS} budgets",
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_BUDGETS,
    "items": {
        "type": "object",
        "title": "Budget",
        "description": "a mapping with text keys",
        "additionalProperties": False,
        "required": ["name", "limit"],
        "properties": {
            "name": {**_TEXT, "maxLength": 200, "description": "a text of 1 to 200 characters in one line"},
            "match": match_schema(DIMENSIONS),
            "measure": one_of(MEASURES),
            "on": one_of(KINDS),
            "limit": {
                "if": {"type": "object"},
                "then": {
                    "description": "a mapping of at least one month or quarter",
                    "minProperties": 1,
                    "maxProperties": 120,
                    "propertyNames": {
                        "pattern": PLANNED,
                        "maxLength": 7,
                        "description": "a month such as 2026-10 or a quarter such as 2026-Q4",
                    },
                    "additionalProperties": _AMOUNT,
                },
                "else": _AMOUNT,
            },
            "unit": {
                "type": "string",
                "maxLength": 100,
                "pattern": PRINTABLE,
                "description": "the data's consumed_unit as text",
            },
            "currency": {
                "type": "string",
                "pattern": "^[A-Z]{3}$",
                "maxLength": 3,
                "description": "a currency of three capital letters such as USD",
            },
            "warn_at": {
                "description": "a percentage above 0 and up to 100, or a list of them",
                "if": {"type": "array"},
                "then": {
                    "items": {
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "maximum": 100,
                        "description": "a percentage above 0 and up to 100",
                    },
                    "uniqueItems": True,
                    "description": "a list of percentages, each once",
                },
                "else": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 100,
                    "description": "a percentage above 0 and up to 100, or a list of them",
                },
            },
            "alerts": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_ALERTS,
                "uniqueItems": True,
                "description": f"a list of 1 to {MAX_ALERTS} alerts, each once",
                "items": {
                    "type": "object",
                    "description": "a mapping with percent or amount",
                    "additionalProperties": False,
                    "properties": {
                        "percent": {
                            "type": "number",
                            "exclusiveMinimum": 0,
                            "maximum": 1000,
                            "description": "a percentage above 0 and up to 1000",
                        },
                        "amount": _AMOUNT,
                        "on": one_of(ALERT_KINDS),
                        "severity": one_of(SEVERITIES),
                        "outcome": one_of(ON_UNKNOWN),
                    },
                },
            },
            "each": {
                "type": "string",
                "pattern": rf"^(?:{'|'.join(DIMENSIONS)})$|{TAG_KEY}",
                "maxLength": 500,
                "description": f"one of {', '.join(DIMENSIONS)}, or tag.KEY",
            },
            "period": {
                "description": f"one of {', '.join(PERIODS)}, or a mapping of from and to",
                "if": {"type": "object"},
                "then": {
                    "additionalProperties": False,
                    "required": ["from", "to"],
                    "properties": {"from": DAY, "to": DAY},
                },
                "else": one_of(PERIODS),
            },
            "starts_on": {
                "description": "a month and a day such as 04-01, or for billing_cycle a day of the month, 1 to 31",
                "if": {"type": "string"},
                "then": {"pattern": _MONTH_DAY, "maxLength": 5, "description": "a month and a day such as 04-01"},
                "else": {"type": "integer", "minimum": 1, "maximum": 31, "description": "a day of the month, 1 to 31"},
            },
            "cycle_day": {"type": "integer", "minimum": 1, "maximum": 31, "description": "a day of the month, 1 to 31"},
            "min_days": whole_number(1, 366),
            "window": whole_number(1, 183),
            "direction": one_of(DIRECTIONS),
            "floor": {"type": "number", "minimum": 0, "description": "a number from 0"},
            "on_unknown": one_of(ON_UNKNOWN),
            "on_no_match": one_of(ON_UNKNOWN),
            "severity": one_of(SEVERITIES),
            "owner": {**_TEXT, "description": "a text of 1 to 500 characters in one line"},
            "note": {"type": "string", "maxLength": 2000, "description": "a text of up to 2000 characters"},
        },
    },
}


@dataclass(frozen=True)
class Alert:
    """A threshold beside the limit: ``amount``, or ``percent`` of the limit; ``outcome`` pass only shows it."""

    on: str
    severity: str
    outcome: Outcome = "warn"
    percent: Decimal | None = None
    amount: Decimal | None = None

    @property
    def kind(self) -> str:
        """Return the kind of budget that tells its amount."""
        return "actual" if self.on == "actual" else "forecast"


@dataclass(frozen=True)
class Budget:
    """One budget with every default filled in.

    With a ``plan``, of first days and amounts, ``limit`` is that of the period that is looked at.
    """

    name: str
    limit: Decimal
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measure: str = "consumed_quantity"
    on: str = "actual"
    unit: str | None = None
    currency: str | None = None
    warn_at: tuple[Decimal, ...] = ()
    alerts: tuple[Alert, ...] = ()
    plan: tuple[tuple[date, Decimal], ...] = ()
    each: str | None = None
    period: Period | None = None
    min_days: int = _MIN_DAYS
    window: int = 1
    direction: str = "both"
    floor: Decimal = ZERO
    on_unknown: Outcome = "fail"
    on_no_match: Outcome = "fail"
    severity: str = DEFAULT_SEVERITY
    owner: str | None = None
    note: str | None = None

    @property
    def estimated(self) -> bool:
        return self.measure == "estimated_cost"

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds that have a say: its own, and those of its alerts."""
        return frozenset((self.on, *(alert.kind for alert in self.alerts)))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What the facts must be grouped by for this budget."""
        wanted = {*self.match, *([self.each] if self.each else []), *(("account", "metric") if self.estimated else ())}
        return tuple(sorted_dimensions(wanted))


def sorted_dimensions(wanted: Collection[str]) -> list[str]:
    """Return dimensions always in the same order, tags last."""
    return [name for name in DIMENSIONS if name in wanted] + sorted(name for name in wanted if name.startswith(TAG))


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
                problems += [f"{_where(checked, [index, key])}: {text}" for key, text in _cross_problems(entry)]
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


def _cross_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the sentence of each rule between keys that ``entry`` breaks."""
    measure, kind = entry.get("measure", "consumed_quantity"), entry.get("on", "actual")
    if measure == "consumed_quantity" and "currency" in entry:
        yield "currency", "a quantity has a unit, not a currency; set unit, or measure to a cost"
    if measure in COST_MEASURES and "unit" in entry:
        yield "unit", f"{measure} has a currency, not a unit; set currency, or leave measure out"
    daily = (*DAILY_MEASURES, "estimated_cost") if kind == "forecast" else DAILY_MEASURES
    if kind != "actual" and kind in KINDS and measure in MEASURES and measure not in daily:
        yield "on", f"{kind} needs a daily series, and {measure} has none; it can be used with {', '.join(daily)}"
    for key, kinds in {
        "period": PERIOD_KINDS,
        "alerts": PERIOD_KINDS,
        "cycle_day": ("forecast",),
        "min_days": ("forecast", "contract", "spike", "anomaly"),
        "window": ("spike", "growth"),
        "floor": ("spike", "growth", "anomaly"),
        "direction": ("anomaly",),
    }.items():
        if key == "min_days" and _alert_kinds(entry) & {"forecast", "forecast_high"}:
            continue
        if key in entry and kind in KINDS and kind not in kinds:
            yield key, f"has no effect with on: {kind}, only with {' or '.join(kinds)}"
    yield from _period_problems(entry)
    yield from _plan_problems(entry)
    yield from _alert_problems(entry)
    if kind == "contract":
        yield from _contract_problems(entry)
    if kind == "anomaly":
        yield from _anomaly_problems(entry)
    if measure in _WHOLE_ACCOUNTS:
        yield from _part_problems(entry, measure, *_WHOLE_ACCOUNTS[measure])
    if measure == "estimated_cost":
        yield from _estimate_problems(entry)


def _period_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    period, starts_on = entry.get("period"), entry.get("starts_on")
    if "cycle_day" in entry and "period" in entry:
        yield "cycle_day", "stands for period: billing_cycle; with period, set starts_on"
    if isinstance(period, dict):
        days = {key: _day(period[key]) for key in ("from", "to") if fits(period.get(key), DAY)}
        for key in [key for key, day in days.items() if day is None]:
            yield f"period.{key}", f"{printable(period[key], 40)!r} is not a valid date"
        first, last = days.get("from"), days.get("to")
        if first and last and first > last:
            yield "period", f"from {first} is after to {last}"
    if "starts_on" not in entry:
        return
    if not isinstance(period, str) or period not in ("billing_cycle", "quarter", "year"):
        yield "starts_on", "has no effect without period: billing_cycle, quarter or year"
    elif period == "billing_cycle" and isinstance(starts_on, str):
        yield "starts_on", "with billing_cycle it must be a day of the month, 1 to 31"
    elif period != "billing_cycle" and not isinstance(starts_on, str):
        yield "starts_on", f"with {period} it must be a month and a day such as 04-01"
    elif isinstance(starts_on, str) and re.match(_MONTH_DAY, starts_on) and _day(f"2000-{starts_on}") is None:
        yield "starts_on", f"{starts_on!r} is not a day of any year"


def _plan_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    plan, period = entry.get("limit"), entry.get("period")
    if not isinstance(plan, dict):
        return
    quarters = {"Q" in key for key in plan if isinstance(key, str)}
    if quarters == {True, False}:
        yield "limit", "a mapping of months or of quarters, not of both"
    elif quarters == {True} and period != "quarter":
        yield "limit", "quarters need period: quarter"
    elif quarters == {False} and period not in ("day", "month", "billing_cycle"):
        yield "limit", "months need period: month, billing_cycle or day"


def _alerts(entry: dict[Any, Any]) -> list[dict[Any, Any]]:
    alerts = entry.get("alerts")
    return [alert for alert in alerts if isinstance(alert, dict)] if isinstance(alerts, list) else []


def _alert_kinds(entry: dict[Any, Any]) -> set[str]:
    return {on for alert in _alerts(entry) if isinstance(on := alert.get("on", _alert_kind(entry)), str)}


def _alert_kind(entry: dict[Any, Any]) -> Any:
    """Return what an alert looks at that does not say it; of a contract that is what is drawn."""
    kind = entry.get("on", "actual")
    return "actual" if kind == "contract" else kind


def _alert_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    daily = (*DAILY_MEASURES, "estimated_cost")
    for index, alert in enumerate(_alerts(entry)):
        if ("percent" in alert) is ("amount" in alert):
            yield f"alerts[{index}]", "needs either percent or amount"
        if alert.get("on") in ("forecast", "forecast_high") and entry.get("measure") in set(MEASURES) - set(daily):
            yield f"alerts[{index}].on", f"a forecast needs a daily series, and {entry['measure']} has none"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _contract_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    if entry.get("period", "day") == "day":
        yield "period", "a contract needs the period that its pool is for, such as year, or a mapping of from and to"
    if isinstance(entry.get("limit"), dict):
        yield "limit", "a contract has one amount for the whole of its period, not a plan"


def _anomaly_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    limit, direction, days = entry.get("limit"), entry.get("direction", "both"), entry.get("min_days")
    if isinstance(limit, (int, float)) and limit >= 100 and direction != "up":
        yield "limit", f"{limit:g} percent: use never falls by more than 100; set direction: up, or a limit below 100"
    if isinstance(days, int) and days < MIN_ANOMALY_DAYS:
        yield "min_days", f"an anomaly needs {MIN_ANOMALY_DAYS} whole days at least, two of each weekday"


def _estimate_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    period = entry.get("period")
    forecast = {entry.get("on"), *_alert_kinds(entry)} & {"forecast", "forecast_high"}
    if period == "day" or (forecast and period not in (None, "billing_cycle")):
        yield "period", "can't be used with estimated_cost: an allowance is that of a billing cycle; set billing_cycle"
    for key in [key for key in ("cycle_day", "starts_on") if key in entry and period in (None, "billing_cycle")]:
        yield key, "with estimated_cost the billing cycle is the rate card's; set its cycle_day"


def _part_problems(
    entry: dict[Any, Any], measure: str, allowed: Collection[str], reason: str
) -> Iterator[tuple[str, str]]:
    """Yield what names a part of an account, for measures that are of whole accounts."""
    match = entry.get("match")
    for dimension in match if isinstance(match, dict) else ():
        if _is_dimension(dimension) and dimension not in allowed:
            yield f"match.{dimension}", f"can't be used with {measure}: {reason}"
    if _is_dimension(entry.get("each")) and entry["each"] not in allowed:
        yield "each", f"{entry['each']} can't be used with {measure}: {reason}"


def _is_dimension(name: Any) -> bool:
    return isinstance(name, str) and (name in DIMENSIONS or name.startswith(TAG))


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
            "min_days": int(entry.get("min_days", DEFAULT_MIN_DAYS.get(kind, _MIN_DAYS))),
            "period": _period(entry),
            "alerts": tuple(_alert(alert, entry) for alert in entry.get("alerts", ())),
            "plan": _plan(entry["limit"]),
            **{key: "pass" if entry[key] == "ignore" else entry[key] for key in ON_UNKNOWN_KEYS if key in entry},
        }
    )


def _alert(alert: dict[str, Any], entry: dict[str, Any]) -> Alert:
    outcome = alert.get("outcome", "warn")
    return Alert(
        on=alert.get("on", _alert_kind(entry)),
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
