# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The findings of spike and growth: some days against the days before them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from statistics import median

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import plus_percent, settled, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    MEMBERSHIP,
    Evaluation,
    Reason,
    Result,
    compare,
    needs_series,
    unknown,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import DAY, Facts


def _against(case: Evaluation, observed: Decimal, baseline: Decimal, days_used: int, span: tuple[date, date]) -> Result:
    """Hold an amount against a baseline with the increase that the budget allows, or its floor."""
    budget = case.budget
    observed, limit = settled(observed), max(settled(plus_percent(baseline, budget.limit)), budget.floor)
    status, reasons = compare(budget, limit, observed, observed)
    return Result(
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


def evaluate_spike(case: Evaluation) -> Result:
    """Hold the mean of the last whole days against the median of the days before."""
    budget, facts = case.budget, case.facts
    reasons = needs_series(case)
    before = facts.complete - budget.window
    if before < budget.min_days:
        text = f"a spike needs {budget.min_days} whole days before the last {budget.window}; there are {max(0, before)}"
        reasons.append(Reason("too_few_days", text))
    if reasons:
        return unknown(reasons, facts.complete)
    whole = (case.reading.series or ())[: facts.complete]
    observed = total(whole[before:]) / budget.window
    return _against(case, observed, median(whole[:before]), facts.complete, _span(facts, before))


def evaluate_growth(case: Evaluation) -> Result:
    """Hold the last whole days against as many days before, or the facts against those of the period before."""
    return _growth_within(case) if case.previous_facts is None else _growth_since(case, case.previous_facts)


def _growth_within(case: Evaluation) -> Result:
    facts, window = case.facts, case.budget.window
    reasons = needs_series(case)
    if facts.complete < 2 * window:
        text = f"growth needs {2 * window} whole days, and there are {facts.complete}"
        reasons.append(Reason("too_few_days", text))
    if reasons:
        return unknown(reasons, facts.complete)
    whole = (case.reading.series or ())[: facts.complete]
    return _against(
        case,
        total(whole[-window:]),
        total(whole[-2 * window : -window]),
        2 * window,
        _span(facts, facts.complete - window),
    )


def _growth_since(case: Evaluation, before: Facts) -> Result:
    """Compare the whole days of the facts with as many days of the facts before, at their daily mean."""
    facts, previous = case.facts, case.previous
    reasons = needs_series(case)
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
    if reasons or previous is None or previous.lower is None:
        return unknown(reasons, facts.complete)
    observed = total((case.reading.series or ())[: facts.complete])
    baseline = previous.lower * facts.complete / len(before.days)
    return _against(case, observed, baseline, facts.complete, _span(facts, 0))


def _span(facts: Facts, first: int) -> tuple[date, date]:
    return facts.days[first], facts.days[facts.complete - 1]
