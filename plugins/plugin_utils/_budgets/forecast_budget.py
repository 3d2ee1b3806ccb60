# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The finding of a forecast: what the month or billing cycle will come to, and when it will pass the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, settled, total
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycle_end, cycle_start
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.estimate import not_priced
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluation import (
    MEMBERSHIP,
    Evaluation,
    Result,
    compare,
    crossing,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.measure import Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import MAX_HISTORY, predict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    price_forecast,
    price_lines,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard


@dataclass(frozen=True)
class _Outlook:
    amount: Decimal
    low: Decimal
    high: Decimal
    crossed_on: date | None


def evaluate_forecast(case: Evaluation) -> Result:
    """Hold what the cycle will come to against the limit."""
    budget, facts, reading = case.budget, case.facts, case.reading
    cycle_day = case.card.cycle_day if case.card else budget.cycle_day or facts.cycle_day or 1
    begins, ends = cycle_start(facts.last, cycle_day), cycle_end(facts.last, cycle_day)
    known = _known_in_cycle(case, begins)
    # an earlier cycle of which the facts hold only the end does not matter here
    reasons = [*case.doubts, *(each for each in reading.reasons if each.code != "cycle_start_missing")]
    ahead = (ends - facts.first).days + 1 - facts.complete
    if facts.cycles_differ and not (case.card or budget.cycle_day):
        text = "the billing cycles of these accounts begin on different days, set cycle_day to forecast one"
        reasons.append(Reason("cycle_unknown", text))
    if facts.first > begins:
        reasons.append(Reason("cycle_start_missing", f"the facts begin on {facts.first}, after the cycle's {begins}"))
    if ahead and facts.complete < budget.min_days:
        reasons.append(
            Reason("too_few_days", f"a forecast needs {budget.min_days} whole days, and there are {facts.complete}")
        )
    if not reading.exact and not reading.reasons:
        reasons.append(MEMBERSHIP)
    if case.card is None and reading.series is None and not reading.reasons:
        reasons.append(Reason("no_daily_series", "the daily amounts are not known"))
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
    return replace(
        base,
        status=status,
        lower_bound=facts.complete < len(facts.days),
        judged=amount,
        forecast=amount,
        low=max(min(outlook.low, amount), known or ZERO),
        high=max(outlook.high, amount),
        crossed_on=outlook.crossed_on if status == "fail" else None,
        reasons=why,
    )


def _in_cycle(case: Evaluation, begins: date) -> Sequence[Decimal]:
    return (case.reading.series or ())[max(0, (begins - case.facts.first).days) :]


def _known_in_cycle(case: Evaluation, begins: date) -> Decimal | None:
    """Return what the cycle holds for certain by now, days that still fill up included."""
    if case.facts.first >= begins:
        return case.reading.lower
    if case.card is not None:
        inside = replace(case.facts, days=case.facts.days[(begins - case.facts.first).days :])
        cut = (begins - case.facts.first).days
        lines = [replace(line, daily=line.daily[cut:]) for line in case.lines if line.daily is not None]
        return price_lines(lines, inside, case.card).amount if case.reading.lower is not None else None
    return None if case.reading.series is None or case.reading.lower is None else total(_in_cycle(case, begins))


def _outlook(case: Evaluation, begins: date, ahead: int) -> _Outlook:
    facts, series = case.facts, case.reading.series or ()
    whole = series[: facts.complete]
    start = (begins - facts.first).days
    if not ahead:
        past = total(whole[start:])
        return _Outlook(past, past, past, crossing(begins, whole[start:], case.budget.limit))
    prediction = predict(whole, ahead)
    days = (*whole, *prediction.days)[start:]
    amount, middle = settled(total(days)), prediction.total
    return _Outlook(
        amount,
        amount - middle + prediction.low,
        amount - middle + prediction.high,
        crossing(begins, days, case.budget.limit),
    )


def _priced_outlook(case: Evaluation, card: RateCard) -> _Outlook | Reason:
    priced = price_forecast(case.lines, case.facts, card)
    if priced.unpriced:
        return not_priced(priced.unpriced)
    crossed = priced.crossed_on(case.budget.limit, card) if priced.amount > case.budget.limit else None
    return _Outlook(priced.amount, priced.low, priced.high, crossed)
