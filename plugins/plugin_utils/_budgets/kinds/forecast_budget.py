# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The finding of a forecast: what the month or billing cycle will come to, and when it will pass the limit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, percent_of, settled, total
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycle_end, cycle_start
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    CYCLE_UNKNOWN,
    MEMBERSHIP,
    Evaluation,
    Reason,
    Result,
    compare,
    crossing,
    not_priced,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import Period
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import DAY
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import (
    MAX_HISTORY,
    Prediction,
    history_in_use,
    predict,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    price_forecast,
    price_lines,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard

# A forecast reaches this many times as far as the days that it rests on, and any number of days from all that count.
_REACH = 5


@dataclass(frozen=True)
class _Outlook:
    """What the cycle comes to; the days on which it passes the limit: expected, at the earliest and at the latest."""

    amount: Decimal
    low: Decimal
    high: Decimal
    crossed: tuple[date | None, date | None, date | None]
    error_before: Decimal | None = None


def evaluate_forecast(case: Evaluation) -> Result:
    """Hold what the cycle will come to against the limit."""
    budget, facts = case.budget, case.facts
    begins, ends = _days_of_period(case)
    known = _known_in_cycle(case, begins)
    ahead = (ends - facts.first).days + 1 - facts.complete
    reasons = _what_forbids(case, begins, ahead)
    used = min(MAX_HISTORY, facts.complete)
    base = Result("unknown", budget.limit, actual=known, lower_bound=known is not None, days_used=used)
    outlook = None
    if not reasons:
        outlook = _priced_outlook(case, case.card) if case.card else _outlook(case, begins, ahead)
        if isinstance(outlook, Reason):
            reasons.append(outlook)
    if reasons or not isinstance(outlook, _Outlook):
        status, why = compare(budget, budget.limit, known, None)
        day = crossing(max(begins, facts.first), _in_cycle(case, begins), budget.limit) if status == "fail" else None
        judged = known if status == "fail" else None
        return replace(base, status=status, judged=judged, crossed_on=day, reasons=(*why, *reasons))
    # what is known by now is never undone by a prediction
    amount = outlook.amount if known is None else max(outlook.amount, known)
    status, why = compare(budget, budget.limit, amount, amount)
    expected, earliest, latest = outlook.crossed
    return replace(
        base,
        status=status,
        lower_bound=facts.complete < len(facts.days),
        judged=amount,
        forecast=amount,
        low=max(min(outlook.low, amount), known or ZERO),
        high=max(outlook.high, amount),
        error_before=outlook.error_before,
        crossed_on=expected if status == "fail" else None,
        crossed_earliest=earliest,
        crossed_latest=latest,
        reasons=why,
    )


def _days_of_period(case: Evaluation) -> tuple[date, date]:
    """Return the first and the last day of the period, which without one is the month or cycle of the facts."""
    if case.span is not None:
        return case.span.first, case.span.last
    cycle_day = case.card.cycle_day if case.card else case.facts.cycle_day or 1
    return cycle_start(case.facts.last, cycle_day), cycle_end(case.facts.last, cycle_day)


def _what_forbids(case: Evaluation, begins: date, ahead: int) -> list[Reason]:
    """Return every reason why nothing can be said of the days to come."""
    facts, reading = case.facts, case.reading
    # an earlier cycle of which the facts hold only the end does not matter here
    reasons = [*case.doubts, *(each for each in reading.reasons if each.code != "cycle_start_missing")]
    if case.span is None and facts.cycles_differ and case.card is None:
        reasons.append(CYCLE_UNKNOWN)
    if case.span is None and facts.first > begins:
        reasons.append(Reason("cycle_start_missing", f"the facts begin on {facts.first}, after the cycle's {begins}"))
    if ahead and (text := _too_few_days(case, ahead)):
        reasons.append(Reason("too_few_days", text))
    if not reading.exact and not reading.reasons:
        reasons.append(MEMBERSHIP)
    if case.card is None and reading.series is None and not reading.reasons:
        reasons.append(Reason("no_daily_series", "the daily amounts are not known"))
    return reasons


def _too_few_days(case: Evaluation, ahead: int) -> str:
    """Return what is wrong with the number of days before, or nothing. Days before the first use tell nothing."""
    facts, needed = case.facts, max(case.budget.min_days, min(MAX_HISTORY, -(-ahead // _REACH)))
    whole = (case.reading.series or ())[: facts.complete]
    if facts.complete < needed:
        return f"a forecast of {ahead} days needs {needed} whole days, and there are {facts.complete}"
    used = history_in_use(whole)
    if used and len(used) < needed:
        since = facts.days[facts.complete - len(used)]
        return f"a forecast of {ahead} days needs {needed} whole days, and the first use was on {since}"
    return ""


def _in_cycle(case: Evaluation, begins: date) -> Sequence[Decimal]:
    return (case.reading.series or ())[max(0, (begins - case.facts.first).days) :]


def _known_in_cycle(case: Evaluation, begins: date) -> Decimal | None:
    """Return what the cycle holds for certain by now, days that still fill up included."""
    if case.facts.first >= begins:
        return case.reading.lower
    if case.card is not None:
        inside = replace(case.facts, days=case.facts.days[(begins - case.facts.first).days :])
        cut = (begins - case.facts.first).days
        lines = [replace(line, daily=line.daily[cut:]) for line in case.lines]
        return price_lines(lines, inside, case.card).amount if case.reading.lower is not None else None
    return None if case.reading.series is None or case.reading.lower is None else total(_in_cycle(case, begins))


def _outlook(case: Evaluation, begins: date, ahead: int) -> _Outlook:
    facts, limit = case.facts, case.budget.limit
    whole = (case.reading.series or ())[: facts.complete]
    start = (begins - facts.first).days
    used, passed = total(whole[start:]), crossing(begins, whole[start:], limit)
    if not ahead:
        return _Outlook(used, used, used, (passed, passed, passed))
    prediction = predict(whole, ahead, facts.days[facts.complete - 1])
    # the first days to come may still belong to the cycle before
    earlier = total(prediction.days[: max(0, start - len(whole))])
    amount, low, high = (
        settled(used - earlier + coming) for coming in (prediction.total, prediction.low, prediction.high)
    )
    days = _days_over(case, prediction, limit - used + earlier) if passed is None else (passed, passed, passed)
    return _Outlook(amount, low, high, days, _error_before(case, begins))


def _days_over(case: Evaluation, prediction: Prediction, room: Decimal) -> tuple[date | None, date | None, date | None]:
    """Return on which of the days to come they use more than there is room for: expected, earliest and latest."""
    first, ahead = case.facts.days[case.facts.complete - 1] + DAY, len(prediction.days)

    def over(end: Callable[[int], Decimal]) -> date | None:
        place = bisect_left(range(1, ahead + 1), True, key=lambda count: end(count) > room)
        return first + DAY * place if place < ahead else None

    return crossing(first, prediction.days, room), over(prediction.high_of), over(prediction.low_of)


def _error_before(case: Evaluation, begins: date) -> Decimal | None:
    """Return by how many percent the forecast on the same day of the cycle before was off; None where it had no basis.

    More than 0 is a forecast that was too high.
    """
    facts, series = case.facts, case.reading.series or ()
    period = case.budget.period or Period("month")
    if period.span is not None:
        return None
    start, before = (begins - facts.first).days, period.around(begins - DAY).first
    known = (before - facts.first).days + facts.complete - start
    if before < facts.first or facts.complete <= start or not case.budget.min_days <= known < start:
        return None
    found = predict(series[:known], start - known, facts.days[known - 1]).total
    rest, whole = total(series[known:start]), total(series[(before - facts.first).days : start])
    return percent_of(found - rest, whole)


def _priced_outlook(case: Evaluation, card: RateCard) -> _Outlook | Reason:
    priced = price_forecast(case.lines, case.facts, card)
    if priced.unpriced:
        return not_priced(priced.unpriced)
    expected, low, high = (
        priced.crossed_on(case.budget.limit, card, path) if amount > case.budget.limit else None
        for path, amount in enumerate((priced.amount, priced.low, priced.high))
    )
    return _Outlook(priced.amount, priced.low, priced.high, (expected, high, low))
