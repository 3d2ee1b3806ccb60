# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A back-test as a table in Markdown, for the comment of a pull request: a limit is chosen by looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import describe_path, schema_problems
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.backtest.schema import (
    BACKTEST_SCHEMA,
    BudgetBacktest,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import DocumentError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    and_more,
    format_count,
    format_day,
    format_money,
    format_number,
    format_percent,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import STATUSES, Status, label

_TITLES = ("Budget", "Over limit", "Near limit", "Unknown", "Limit", "Highest")
_MAX_RUNS = 3
_RESERVE = 200  # for the line that says what was left out


def backtest_markdown(given: Any, max_length: int) -> str:
    """Return the table of at most ``max_length`` characters, the budgets that were over their limits first.

    Raises DocumentError where this is no back-test.
    """
    backtest = _read(given)
    lines = ["### Back-test", ""]
    if not backtest:
        return "\n".join([*lines, "There was no night to test.", ""])
    first, last = min(each["from"] for each in backtest), max(each["to"] for each in backtest)
    lines += [
        f"What these budgets would have said on each night, {format_span(first, last)}, by the days known by then.",
        "Rows that were restated and costs that were rated later count as they are now." + _without_period(backtest),
        "",
        f"| {' | '.join(_TITLES)} |",
        "| :-- | :-- | :-- | :-- | --: | :-- |",
    ]
    room = max_length - _RESERVE - sum(len(line) + 1 for line in lines)
    shown = 0
    for each in sorted(backtest, key=lambda each: [-each["counts"][status] for status in reversed(STATUSES[1:])]):
        row = _row(each)
        room -= len(row) + 1
        if room < 0:
            break
        lines.append(row)
        shown += 1
    more = and_more(len(backtest), shown, "budget")
    return "\n".join([*lines, "", *([f"_… {more}_", ""] if more else [])])


def _without_period(backtest: Sequence[BudgetBacktest]) -> str:
    """Return of which days budgets without a period are, where there are some: of those that a gate asks for."""
    some = any(each["period"] is None and each["on"] in ("actual", "forecast") for each in backtest)
    return " Budgets without a period are held against the month of each night." if some else ""


def _read(given: Any) -> Sequence[BudgetBacktest]:
    backtest = plain(given)
    problems = list(schema_problems(backtest, BACKTEST_SCHEMA, lambda path: describe_path(path) or "back-test"))
    if problems:
        raise DocumentError(problems)
    return cast(Sequence[BudgetBacktest], backtest)


def _row(each: BudgetBacktest) -> str:
    statuses: tuple[Status, ...] = ("fail", "warn", "unknown")
    cells = [f"**{markdown(label(each))}**", *(_nights(each, status) for status in statuses)]
    return f"| {' | '.join([*cells, _amount(each, each['limit']), _highest(each)])} |"


def _nights(each: BudgetBacktest, status: Status) -> str:
    """Return on how many nights a budget had a status, and on which, the latest first."""
    runs = [run for run in reversed(each["runs"]) if run["status"] == status]
    if not runs:
        return "never"
    nights = format_count(each["counts"][status], "night")
    if each["counts"][status] == each["nights"]:
        return f"always, {nights}"
    spans = [format_span(run["from"], run["to"]) for run in runs[:_MAX_RUNS]]
    more = and_more(len(runs), len(spans), "time")
    return f"{nights}: {', '.join([*spans, *([more] if more else [])])}"


def _highest(each: BudgetBacktest) -> str:
    found = each["highest"]
    if found is None:
        return "unknown"
    return f"{format_percent(found['percent'])}, {_amount(each, found['amount'])} on {format_day(found['on'])}"


def _amount(each: BudgetBacktest, value: float | None) -> str:
    if each["currency"]:
        return markdown(format_money(value, each["currency"]))
    return markdown(f"{format_number(value)} {each['unit'] or ''}".strip())
