# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a reading to a finding: pass, warn, fail or unknown, and the amount that is held against the limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, settled
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.measure import Measurement, Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import DAY, Facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import Line, price_lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Status

_HUNDRED = Decimal(100)
OVER_LIMIT = Reason("over_limit", "it is over the limit")
OVER_WARNING = Reason("over_warning", "it is over a warning level")
MEMBERSHIP = Reason("membership_unknown", "use that does not say what it belongs to may belong to it")


@dataclass(frozen=True)
class Evaluation:
    """One budget, for one value where it has ``each``: what it looks at, and every doubt about it."""

    budget: Budget
    facts: Facts
    reading: Measurement
    doubts: tuple[Reason, ...] = ()
    lines: tuple[Line, ...] = ()
    card: RateCard | None = None
    previous: Measurement | None = None
    previous_facts: Facts | None = None


@dataclass(frozen=True)
class Result:
    """What came out; ``judged`` is the amount that was held against ``limit``."""

    status: Status
    limit: Decimal | None
    actual: Decimal | None = None
    lower_bound: bool = False
    judged: Decimal | None = None
    baseline: Decimal | None = None
    forecast: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    days_used: int = 0
    crossed_on: date | None = None
    reasons: tuple[Reason, ...] = ()
    compared_days: tuple[date, date] | None = field(default=None)


def compare(
    budget: Budget, limit: Decimal, lower: Decimal | None, upper: Decimal | None
) -> tuple[Status, tuple[Reason, ...]]:
    """Hold what is certain and what is possible against a limit; exactly at the limit is within it."""
    if lower is not None and lower > limit:
        return "fail", (OVER_LIMIT,)
    if upper is None:
        return "unknown", ()
    if upper > limit:
        return "unknown", (MEMBERSHIP,)
    if any(upper * _HUNDRED > limit * level for level in budget.warn_at):
        return "warn", (OVER_WARNING,)
    return "pass", ()


def evaluate_actual(case: Evaluation) -> Result:
    """Hold what the range of the facts came to against the limit."""
    budget, reading = case.budget, case.reading
    upper = None if case.doubts else reading.upper
    status, reasons = compare(budget, budget.limit, reading.lower, upper)
    return Result(
        status=status,
        limit=budget.limit,
        actual=reading.lower,
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
        return next((day for day, amount in amounts if amount > case.budget.limit), None)
    return crossing(case.facts.first, case.reading.series or (), case.budget.limit)


def crossing(first: date, series: Iterable[Decimal], limit: Decimal) -> date | None:
    """Return the day on which the running total passes the limit."""
    running = ZERO
    for offset, amount in enumerate(series):
        running += amount
        if settled(running) > limit:
            return first + DAY * offset
    return None
