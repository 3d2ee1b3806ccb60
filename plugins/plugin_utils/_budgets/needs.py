# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What facts a list of budgets needs: which days, and grouped by what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY, last_complete_day
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import (
    PERIOD_KINDS,
    Budget,
    sorted_dimensions,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.view import cycle_of, period_of
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import MAX_HISTORY
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard, read_rate_card

MAX_NIGHTS = 366
HISTORY_DAYS = 30  # with a month they are two requests

# How many of the last days a kind looks at, whatever the period.
_DAYS: dict[str, Callable[[Budget], int]] = {
    "actual": lambda _budget: 1,
    "growth": lambda budget: 2 * budget.window,
}


def budget_dimensions(budgets: Any) -> list[str]:
    """Return what usage facts must be grouped by for these budgets."""
    return _dimensions(read_budgets(budgets))


def budget_periods(
    budgets: Any, today: date, lag_days: int = 1, rate_card: Any = None, nights: int = 1
) -> dict[str, Any]:
    """Return ``from`` and ``to`` (ISO dates), ``history_days`` and ``group_by`` of facts that serve all the budgets.

    Facts end with the last day whose rows had their time to arrive. Those that serve more than the last of ``nights``
    hold the days of their history themselves. Raises BudgetError for a budget without a period beside others that need
    more days than its month, and ParameterError for a number of nights that is none.
    """
    if not 1 <= nights <= MAX_NIGHTS:
        raise ParameterError([f"nights: {nights} is not a number of nights from 1 to {MAX_NIGHTS}"])
    checked, card = read_budgets(budgets), read_rate_card(rate_card) if rate_card else None
    last = last_complete_day(today, lag_days)
    first = first_day_needed(checked, card, last)
    history = history_needed(checked, card, first, last)
    if nights > 1:
        ends = [last - DAY * back for back in range(nights)]
        first, history = min(_first_with_history(checked, card, end) for end in ends), 0
    return {"from": str(first), "to": str(last), "history_days": history, "group_by": _dimensions(checked)}


def _first_with_history(budgets: list[Budget], card: RateCard | None, last: date) -> date:
    first = first_day_needed(budgets, card, last)
    return first - DAY * history_needed(budgets, card, first, last)


def history_needed(budgets: list[Budget], card: RateCard | None, first: date, last: date) -> int:
    """Return how many days before ``first`` tell what is in use: what was used then and is no more is known to be 0."""
    looked_at = [begins for budget in budgets if (begins := _looks_from(budget, card, last)) is not None]
    return max(0, HISTORY_DAYS - (min(looked_at) - first).days) if looked_at else 0


def _looks_from(budget: Budget, card: RateCard | None, last: date) -> date | None:
    """Return the first day that a budget looks at, None where it looks back for months anyway."""
    if budget.period is None and budget.on in PERIOD_KINDS:
        return cycle_of(budget, card).around(last).first
    if budget.on not in _DAYS:
        return None
    period = period_of(budget, card)
    return min(last, period.around(last).first) if period else last - DAY * (_DAYS[budget.on](budget) - 1)


def _dimensions(budgets: list[Budget]) -> list[str]:
    # no record names an owner, so nobody can be asked for it
    return sorted_dimensions({dimension for budget in budgets for dimension in budget.dimensions} - {"owner"})


def first_day_needed(budgets: list[Budget], card: RateCard | None, last: date) -> date:
    """Return the first day of the facts that serve all the budgets where ``last`` is their last day."""
    periods = [period for budget in budgets if (period := period_of(budget, card)) is not None]
    starts = [day for period in periods if (day := period.around(last).first) <= last]
    ranged = [budget for budget in budgets if budget.on in PERIOD_KINDS and budget.period is None]
    if not ranged:
        return min([*starts, *(last - DAY * (_days(budget) - 1) for budget in budgets)])
    # What has no period means all days of the facts, so these can be no more than its month.
    months = {budget.name: cycle_of(budget, card).around(last).first for budget in ranged}
    first = min([*starts, *months.values()])
    problems = [
        f"budget {printable(name, 80)!r}, period: missing; without one it means all days of the facts,"
        f" and other budgets need them from {first} on"
        for name, month in months.items()
        if month > first
    ]
    if problems:
        raise BudgetError(problems)
    return first


def _days(budget: Budget) -> int:
    return max(_DAYS[kind](budget) if kind in _DAYS else MAX_HISTORY + budget.window for kind in budget.kinds)
