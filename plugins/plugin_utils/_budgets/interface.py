# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kind of budget is: from an evaluation to a result, with what the kinds share.

A kind is a file with a function from Evaluation to Result, and a line in ``kinds/registry.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, settled
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import Alert, Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import Span
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import DAY, Facts, Group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import Line, Unpriced
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Status

_HUNDRED = Decimal(100)
_NOT_PRICED = {
    "no_price": "has no price there",
    "other_unit": "is priced in another unit",
    "outside_dates": "has a price that is not valid for all of these days",
    "negative_quantity": "has a negative total",
    "no_account": "has no account",
}


@dataclass(frozen=True)
class Reason:
    """A code for programs and a clause for people."""

    code: str
    text: str


@dataclass(frozen=True)
class Measurement:
    """One measure of one selection over the range of the facts.

    ``lower`` is certain and None where nothing is; ``upper`` is None where the amount may be any larger;
    ``series`` is the daily sum of what certainly belongs, or None where the days are not known.
    """

    lower: Decimal | None = None
    upper: Decimal | None = None
    series: tuple[Decimal, ...] | None = None
    unit: str | None = None
    currency: str | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def exact(self) -> bool:
        return self.lower is not None and self.lower == self.upper


OVER_LIMIT = Reason("over_limit", "it is over the limit")
OVER_WARNING = Reason("over_warning", "it is over a warning level")
CYCLE_UNKNOWN = Reason(
    "cycle_unknown", "the billing cycles of these accounts begin on different days, say on which one counts"
)
MEMBERSHIP = Reason("membership_unknown", "use that does not say what it belongs to may belong to it")


@dataclass(frozen=True)
class Cause:
    """One group that explains an anomaly: its names, how far it is off, and that in percent of the whole."""

    labels: Mapping[str, str | None]
    impact: Decimal
    percent: Decimal | None


@dataclass(frozen=True)
class Anomaly:
    """Days in a row that are not usual: which way, since when, how far off all together, and the groups behind it.

    ``cost`` is what they have cost beyond the usual so far, None where the costs are not known.
    """

    direction: Literal["up", "down"]
    since: date
    days: int
    impact: Decimal
    causes: tuple[Cause, ...]
    cost: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Drawdown:
    """How far a contract's pool is drawn down: what is ``left`` of it now, and ``unused`` at the end of its period.

    Percentages are of the pool and of the days of the period.
    """

    drawn_percent: Decimal | None
    days_percent: Decimal | None
    left: Decimal | None
    unused: Decimal | None
    unused_low: Decimal | None
    unused_high: Decimal | None


@dataclass(frozen=True)
class Evaluation:
    """One budget, for one value where it has ``each``: what it looks at, and every doubt about it.

    ``span`` is its period, None where that is the range of the facts.
    """

    budget: Budget
    facts: Facts
    reading: Measurement
    doubts: tuple[Reason, ...] = ()
    span: Span | None = None
    lines: tuple[Line, ...] = ()
    groups: tuple[Group, ...] = ()
    card: RateCard | None = None
    previous: Measurement | None = None
    previous_facts: Facts | None = None


@dataclass(frozen=True)
class PassedAlert:
    """An alert, the amount that was held against its ``threshold``, and whether that is passed; None is unknown."""

    alert: Alert
    threshold: Decimal | None
    amount: Decimal | None
    crossed: bool | None


@dataclass(frozen=True)
class Result:
    """What came out; ``judged`` is the amount that was held against ``limit``.

    ``upper`` is what the actual amount can come to at most, None where it may be any larger. ``severity`` is that of
    the alerts that are passed, None for that of the budget.
    """

    status: Status
    limit: Decimal | None
    actual: Decimal | None = None
    upper: Decimal | None = None
    lower_bound: bool = False
    judged: Decimal | None = None
    baseline: Decimal | None = None
    forecast: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    days_used: int = 0
    crossed_on: date | None = None
    crossed_earliest: date | None = None
    crossed_latest: date | None = None
    error_before: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    compared_days: tuple[date, date] | None = field(default=None)
    alerts: tuple[PassedAlert, ...] = ()
    severity: str | None = None
    anomaly: Anomaly | None = None
    drawdown: Drawdown | None = None


Kind = Callable[[Evaluation], Result]


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


def crossing(first: date, series: Iterable[Decimal], limit: Decimal) -> date | None:
    """Return the day on which the running total passes the limit."""
    running = ZERO
    for offset, amount in enumerate(series):
        running += amount
        if settled(running) > limit:
            return first + DAY * offset
    return None


def not_priced(unpriced: tuple[Unpriced, ...]) -> Reason:
    """Return the reason that names the first of what a card can't price."""
    first = unpriced[0]
    metric = printable(first.line.metric_name or first.line.metric_id or "a metric without name", 80)
    others = f", like {len(unpriced) - 1} more" if len(unpriced) > 1 else ""
    return Reason("not_priced", f"the rate card can't price everything: {metric} {_NOT_PRICED[first.reason]}{others}")


def needs_series(case: Evaluation) -> list[Reason]:
    """Return what keeps two spans of days from being compared: both must be whole and all of it."""
    reasons = [*case.doubts, *case.reading.reasons]
    if not case.reading.exact and not case.reading.reasons:
        reasons.append(MEMBERSHIP)
    if case.reading.series is None and not case.reading.reasons:
        reasons.append(Reason("no_daily_series", "the daily amounts are not known"))
    return reasons


def unknown(reasons: Sequence[Reason], days_used: int) -> Result:
    """Return that nothing is known: a percentage is no amount, so there is no limit either."""
    return Result("unknown", None, days_used=days_used, reasons=tuple(reasons))
