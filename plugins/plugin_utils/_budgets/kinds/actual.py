# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actual: what the days came to against the limit."""

from __future__ import annotations

from datetime import date

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    Evaluation,
    Result,
    compare,
    crossing,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import price_lines


def evaluate_actual(case: Evaluation) -> Result:
    """Hold what the range of the facts came to against the limit."""
    budget, reading = case.budget, case.reading
    upper = None if case.doubts else reading.upper
    status, reasons = compare(budget, budget.limit, reading.lower, upper)
    return Result(
        status=status,
        limit=budget.limit,
        actual=reading.lower,
        upper=upper,
        lower_bound=reading.lower is not None and reading.lower != upper,
        judged=None if status == "unknown" else reading.lower,
        days_used=case.facts.complete,
        crossed_on=_crossing_of_actual(case) if status == "fail" else None,
        reasons=(*reasons, *case.doubts, *reading.reasons),
    )


def _crossing_of_actual(case: Evaluation) -> date | None:
    if case.card is not None:
        # the amount of each day is only known by pricing all days up to it
        amounts = ((day, price_lines(case.lines, case.facts, case.card, day).amount) for day in case.facts.days)
        return next(day for day, amount in amounts if amount > case.budget.limit)
    return crossing(case.facts.first, case.reading.series or (), case.budget.limit)
