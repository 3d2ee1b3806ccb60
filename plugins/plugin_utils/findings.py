# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a reading to a finding: pass, warn, fail or unknown, for each kind of budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from statistics import median

from ansible_collections.finops.cloudflare.plugins.plugin_utils.budget_schema import Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils.cycles import cycle_end, cycle_start
from ansible_collections.finops.cloudflare.plugins.plugin_utils.estimates import not_priced
from ansible_collections.finops.cloudflare.plugins.plugin_utils.exact import ZERO, plus_percent, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils.forecast import MAX_HISTORY, predict
from ansible_collections.finops.cloudflare.plugins.plugin_utils.measures import Reading, Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils.pricing import Line, price_forecast, price_lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils.rate_card_schema import RateCard
from ansible_collections.finops.cloudflare.plugins.plugin_utils.usage_view import DAY, Facts

_HUNDRED = Decimal(100)
OVER_LIMIT = Reason("over_limit", "it is over the limit")
OVER_WARNING = Reason("over_warning", "it is over a warning level")
MEMBERSHIP = Reason("membership_unknown", "use that does not say what it belongs to may belong to it")


@dataclass(frozen=True)
class Case:
    """One budget, for one value where it has ``each``: what it looks at, and every doubt about it."""

    budget: Budget
    facts: Facts
    reading: Reading
    doubts: tuple[Reason, ...] = ()
    lines: tuple[Line, ...] = ()
    card: RateCard | None = None
    previous: Reading | None = None
    previous_facts: Facts | None = None


@dataclass(frozen=True)
class Finding:
    """What came out; ``judged`` is the amount that was held against ``limit``."""

    status: str
    limit: Decimal
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


def find(case: Case) -> Finding:
    """Return the finding for a case in which something matched."""
    return {"actual": _actual, "forecast": _forecast, "spike": _spike, "growth": _growth}[case.budget.on](case)


def _compare(
    budget: Budget, limit: Decimal, least: Decimal | None, most: Decimal | None
) -> tuple[str, tuple[Reason, ...]]:
    """Hold what is certain and what is possible against a limit; exactly at the limit is within it."""
    if least is not None and least > limit:
        return "fail", (OVER_LIMIT,)
    if most is None:
        return "unknown", ()
    if most > limit:
        return "unknown", (MEMBERSHIP,)
    if any(most * _HUNDRED > limit * level for level in budget.warn_at):
        return "warn", (OVER_WARNING,)
    return "pass", ()


def _actual(case: Case) -> Finding:
    budget, reading = case.budget, case.reading
    most = None if case.doubts else reading.most
    status, reasons = _compare(budget, budget.limit, reading.least, most)
    return Finding(
        status=status,
        limit=budget.limit,
        actual=reading.least,
        lower_bound=reading.least is not None and reading.least != most,
        judged=None if status == "unknown" else reading.least,
        days_used=case.facts.complete,
        crossed_on=_crossed_actual(case) if status == "fail" else None,
        reasons=(*reasons, *case.doubts, *reading.reasons),
    )


def _crossed_actual(case: Case) -> date | None:
    if case.card is not None:
        # the amount of each day is only known by pricing all days up to it
        for day in case.facts.days:
            if price_lines(case.lines, case.facts, case.card, day).amount > case.budget.limit:
                return day
        return None
    return _crossed(case.facts.first, case.reading.series or (), case.budget.limit)


def _crossed(first: date, series: Iterable[Decimal], limit: Decimal) -> date | None:
    """Return the day on which the running total passes the limit."""
    running = ZERO
    for offset, amount in enumerate(series):
        running += amount
        if running > limit:
            return first + DAY * offset
    return None


@dataclass(frozen=True)
class _Outlook:
    amount: Decimal
    low: Decimal
    high: Decimal
    crossed_on: date | None


def _forecast(case: Case) -> Finding:
    budget, facts, reading = case.budget, case.facts, case.reading
    cycle_day = case.card.cycle_day if case.card else budget.cycle_day
    begins, ends = cycle_start(facts.last, cycle_day), cycle_end(facts.last, cycle_day)
    known = _known_in_cycle(case, begins)
    # an earlier cycle of which the facts hold only the end does not matter here
    reasons = [*case.doubts, *(each for each in reading.reasons if each.code != "cycle_start_missing")]
    ahead = (ends - facts.first).days + 1 - facts.complete
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
    base = Finding("unknown", budget.limit, actual=known, lower_bound=known is not None, days_used=used)
    outlook = None
    if not reasons:
        outlook = _priced_outlook(case) if case.card else _outlook(case, begins, ahead)
        if isinstance(outlook, Reason):
            reasons.append(outlook)
    if reasons or not isinstance(outlook, _Outlook):
        status, why = _compare(budget, budget.limit, known, None)
        crossed = (
            _crossed(max(begins, facts.first), _in_cycle(case, begins), budget.limit) if status == "fail" else None
        )
        judged = known if status == "fail" else None
        return replace(base, status=status, judged=judged, crossed_on=crossed, reasons=(*why, *reasons))
    # what is known by now is never undone by a prediction
    amount = outlook.amount if known is None else max(outlook.amount, known)
    status, why = _compare(budget, budget.limit, amount, amount)
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


def _in_cycle(case: Case, begins: date) -> Sequence[Decimal]:
    return (case.reading.series or ())[max(0, (begins - case.facts.first).days) :]


def _known_in_cycle(case: Case, begins: date) -> Decimal | None:
    """Return what the cycle holds for certain by now, days that still fill up included."""
    if case.facts.first >= begins:
        return case.reading.least
    if case.card is not None:
        inside = replace(case.facts, days=case.facts.days[(begins - case.facts.first).days :])
        cut = (begins - case.facts.first).days
        lines = [replace(line, daily=line.daily[cut:]) for line in case.lines if line.daily is not None]
        return price_lines(lines, inside, case.card).amount if case.reading.least is not None else None
    return None if case.reading.series is None or case.reading.least is None else total(_in_cycle(case, begins))


def _outlook(case: Case, begins: date, ahead: int) -> _Outlook:
    facts, series = case.facts, case.reading.series or ()
    whole = series[: facts.complete]
    start = (begins - facts.first).days
    if not ahead:
        past = total(whole[start:])
        return _Outlook(past, past, past, _crossed(begins, whole[start:], case.budget.limit))
    prediction = predict(whole, ahead)
    days = (*whole, *prediction.days)[start:]
    amount, middle = total(days), prediction.total
    return _Outlook(
        amount,
        amount - middle + prediction.low,
        amount - middle + prediction.high,
        _crossed(begins, days, case.budget.limit),
    )


def _priced_outlook(case: Case) -> _Outlook | Reason:
    if case.card is None:
        raise ValueError("an estimate needs a rate card")
    priced = price_forecast(case.lines, case.facts, case.card)
    if priced.unpriced:
        return not_priced(priced.unpriced)
    crossed = priced.crossed_on(case.budget.limit, case.card) if priced.amount > case.budget.limit else None
    return _Outlook(priced.amount, priced.low, priced.high, crossed)


def _needs_series(case: Case) -> list[Reason]:
    """Return what keeps two spans of days from being compared: both must be whole and all of it."""
    reasons = [*case.doubts, *case.reading.reasons]
    if not case.reading.exact and not case.reading.reasons:
        reasons.append(MEMBERSHIP)
    if case.reading.series is None and not case.reading.reasons:
        reasons.append(Reason("no_daily_series", "the daily amounts are not known"))
    return reasons


def _unknown(case: Case, reasons: Sequence[Reason], days_used: int) -> Finding:
    return Finding("unknown", case.budget.limit, days_used=days_used, reasons=tuple(reasons))


def _against(case: Case, observed: Decimal, baseline: Decimal, days_used: int, span: tuple[date, date]) -> Finding:
    """Hold an amount against a baseline with the increase that the budget allows, or its floor."""
    budget = case.budget
    limit = max(plus_percent(baseline, budget.limit), budget.floor)
    status, reasons = _compare(budget, limit, observed, observed)
    return Finding(
        status=status,
        limit=limit,
        actual=observed,
        judged=observed,
        baseline=baseline,
        days_used=days_used,
        crossed_on=span[1] if status == "fail" else None,
        reasons=reasons,
        compared_days=span,
    )


def _spike(case: Case) -> Finding:
    budget, facts = case.budget, case.facts
    reasons = _needs_series(case)
    before = facts.complete - budget.window
    if before < budget.min_days:
        text = f"a spike needs {budget.min_days} whole days before the last {budget.window}; there are {max(0, before)}"
        reasons.append(Reason("too_few_days", text))
    if reasons:
        return _unknown(case, reasons, facts.complete)
    whole = (case.reading.series or ())[: facts.complete]
    observed = total(whole[before:]) / budget.window
    return _against(case, observed, median(whole[:before]), facts.complete, _span(facts, before))


def _growth(case: Case) -> Finding:
    return _growth_within(case) if case.previous_facts is None else _growth_since(case, case.previous_facts)


def _growth_within(case: Case) -> Finding:
    facts, window = case.facts, case.budget.window
    reasons = _needs_series(case)
    if facts.complete < 2 * window:
        text = f"growth needs {2 * window} whole days, and there are {facts.complete}"
        reasons.append(Reason("too_few_days", text))
    if reasons:
        return _unknown(case, reasons, facts.complete)
    whole = (case.reading.series or ())[: facts.complete]
    return _against(
        case,
        total(whole[-window:]),
        total(whole[-2 * window : -window]),
        2 * window,
        _span(facts, facts.complete - window),
    )


def _growth_since(case: Case, before: Facts) -> Finding:
    """Compare the whole days of the facts with as many days of the facts before, at their daily mean."""
    facts, previous = case.facts, case.previous
    reasons = _needs_series(case)
    if before.last + DAY != facts.first:
        text = f"the facts of the period before end on {before.last}, not the day before {facts.first}"
        reasons.append(Reason("previous_not_adjacent", text))
    if not facts.complete:
        reasons.append(Reason("too_few_days", "growth needs at least one whole day"))
    if previous is None:
        reasons.append(Reason("previous_no_match", "nothing in the period before belongs to the budget"))
    else:
        reasons += previous.reasons
        if not previous.exact and not previous.reasons:
            reasons.append(MEMBERSHIP)
        if (previous.unit, previous.currency) != (case.reading.unit, case.reading.currency):
            reasons.append(Reason("unit_differs", "the period before has another unit or currency"))
    if reasons or previous is None or previous.least is None:
        return _unknown(case, reasons, facts.complete)
    observed = total((case.reading.series or ())[: facts.complete])
    baseline = previous.least * facts.complete / len(before.days)
    return _against(case, observed, baseline, facts.complete, _span(facts, 0))


def _span(facts: Facts, first: int) -> tuple[date, date]:
    return facts.days[first], facts.days[facts.complete - 1]
