# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budgets over usage facts: the one entry to everything that makes a verdict.

A verdict is a pass only where the facts are whole for what the budget looks at. What is unknown stays unknown, unless
what is certain is over the limit already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import exact_arithmetic
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import PERIOD_KINDS, Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    Evaluation,
    Measurement,
    Reason,
    Result,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.alerts import with_alerts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.registry import KINDS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.match import Matcher, Selection, Value
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.measures.estimate import (
    Estimate,
    read_estimate,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.measures.measure import read_amount
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.measures.total_cost import read_total_cost
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.verdict import verdict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.view import View, Views
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import (
    BudgetError,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Doubt, Facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import (
    RateCard,
    read_rate_card,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict

_MAX_UNMATCHED = 5  # patterns that are named one by one
NOTHING = Reason("no_match", "nothing in the facts belongs to the budget")


def evaluate_budgets(usage: Any, budgets: Any, rate_card: Any = None, previous: Any = None) -> list[Verdict]:
    """Return the verdicts, in the order of the budgets; with ``each`` one for every value.

    ``rate_card`` is needed for estimated_cost; ``previous`` are the facts of the period before, for growth.
    """
    checked, card = read_budgets(budgets), read_rate_card(rate_card) if rate_card else None
    return judge(read_facts(usage), checked, card, read_facts(previous, "previous") if previous else None)


@exact_arithmetic
def judge(
    facts: Facts, budgets: Sequence[Budget], card: RateCard | None, previous: Facts | None = None
) -> list[Verdict]:
    """Return the same for what was read already."""
    lacking = [budget.name for budget in budgets if budget.estimated and card is None]
    if lacking:
        raise BudgetError(
            [f"budget {printable(name, 80)!r}, measure: estimated_cost needs a rate card" for name in lacking]
        )
    bench = BudgetEvaluator(facts, card.in_cycles_from(facts.cycle_day) if card else None, previous)
    return [found for budget in budgets for found in bench.verdicts(budget)]


@dataclass(frozen=True)
class Judged:
    """What came out for a budget, or for one of its values where it has ``each``."""

    value: Value | None
    result: Result
    reading: Measurement = field(default_factory=Measurement)


class BudgetEvaluator:
    """What all budgets share: the facts, the card, the facts before."""

    def __init__(self, facts: Facts, card: RateCard | None, previous: Facts | None) -> None:
        self._card = card
        self._views = Views(facts, card)
        self._matchers: dict[int, Matcher] = {}
        self._previous = previous

    def verdicts(self, budget: Budget) -> Iterable[Verdict]:
        """Yield the verdicts of one budget."""
        view = self._views.of(budget)
        others = {
            kind: {each.value: each.result for each in self._judged(self._views.of(replace(budget, on=kind)))}
            for kind in budget.kinds - {budget.on}
        }
        for each in self._judged(view):
            unknown = _blank(budget, each.result.reasons).result
            told = {kind: results.get(each.value, results.get(None, unknown)) for kind, results in others.items()}
            result = with_alerts(view.budget, each.result, {**told, budget.on: each.result})
            yield verdict(view, each.value, result, each.reading, card=self._card)

    def _judged(self, view: View) -> Iterable[Judged]:
        budget, facts = view.budget, view.facts
        if view.nothing:
            yield _blank(budget, view.doubts)
            return
        missing = [dimension for dimension in budget.dimensions if dimension not in facts.group_by]
        if missing:
            reason = Reason("not_grouped_by", f"the facts are not grouped by {', '.join(missing)}")
            yield _blank(budget, (reason, *_reasons(facts.doubts_about(budget.measure, budget.on))))
            return
        matcher = self._matcher(facts)
        selection = matcher.select(budget.match)
        found = _doubts_of(facts, matcher, budget, selection, None, budget.on)
        always = (*view.doubts, *_outside_question(budget, facts))
        unmatched = tuple(_unmatched(selection, matcher, budget))
        if not selection.certain and not selection.possible:
            yield _blank(budget, (*(unmatched or (NOTHING,)), *_reasons(found), *always))
        elif budget.each is None:
            yield self._evaluated(view, None, selection, (*unmatched, *_reasons(found), *always))
        else:
            parts = matcher.split(selection, budget.each)
            doubts_of_parts = [_doubts_of(facts, matcher, budget, part, value, budget.on) for value, part in parts]
            absent = _absent_values(found, budget.each, [value for value, _part in parts])
            held = [*chain(*doubts_of_parts), *chain(*absent.values())]
            general = [doubt for doubt in found if doubt not in held]
            for (value, part), mine in zip(parts, doubts_of_parts, strict=True):
                yield self._evaluated(view, value, part, (*_reasons((*mine, *general)), *always))
            for identity, why in absent.items():
                yield _blank(budget, tuple(_reasons(why)), (identity, None))
            if unmatched:
                yield _blank(budget, unmatched)

    def _matcher(self, facts: Facts) -> Matcher:
        """Return the matcher of facts that live as long as this object."""
        if id(facts) not in self._matchers:
            self._matchers[id(facts)] = Matcher(facts)
        return self._matchers[id(facts)]

    def _evaluated(self, view: View, value: Value | None, selection: Selection, doubts: tuple[Reason, ...]) -> Judged:
        estimate = self._read(view.budget, view.facts, selection, value)
        previous, more = self._before(view.budget, value)
        case = Evaluation(
            budget=view.budget,
            facts=view.facts,
            reading=estimate.reading,
            doubts=(*doubts, *more),
            span=view.span,
            lines=estimate.lines,
            groups=selection.certain,
            card=self._card if view.budget.estimated else None,
            previous=previous,
            previous_facts=self._previous,
        )
        return Judged(value, KINDS[view.budget.on](case), estimate.reading)

    def _read(self, budget: Budget, facts: Facts, selection: Selection, value: Value | None) -> Estimate:
        if budget.measure == "total_cost":
            return Estimate(read_total_cost(selection, budget, facts, value))
        if budget.estimated and self._card is not None:
            return read_estimate(selection, budget, facts, self._card)
        return Estimate(read_amount(selection, budget))

    def _before(self, budget: Budget, value: Value | None) -> tuple[Measurement | None, list[Reason]]:
        """Return the reading of the period before, for growth, with what is doubtful in its facts."""
        facts = self._previous
        if budget.on != "growth" or facts is None:
            return None, []
        matcher = self._matcher(facts)
        missing = [dimension for dimension in budget.dimensions if dimension not in facts.group_by]
        if missing:
            return None, [Reason("not_grouped_by", f"the facts before are not grouped by {', '.join(missing)}")]
        selection = matcher.select(budget.match)
        if budget.each is not None:
            parts = {_identity(each): part for each, part in matcher.split(selection, budget.each)}
            selection = parts.get(_identity(value), Selection())
        found = _doubts_of(facts, matcher, budget, selection, value, "actual")
        doubts = [
            Reason("previous_" + reason.code, f"the period before: {reason.text}")
            for reason in (*_reasons(found), *_outside_question(budget, facts))
        ]
        if not selection.certain:
            return None, doubts
        return read_amount(selection, budget), doubts


def _blank(budget: Budget, reasons: tuple[Reason, ...], value: Value | None = None) -> Judged:
    """Return what comes out where there is nothing to look at."""
    amount = budget.limit if budget.on in PERIOD_KINDS and not budget.plan else None
    return Judged(value, Result("unknown", amount, reasons=reasons))


def _identity(value: Value | None) -> str | None:
    return None if value is None else value[0] or value[1]


def _unmatched(selection: Selection, matcher: Matcher, budget: Budget) -> Iterable[Reason]:
    shown = selection.unmatched if len(selection.unmatched) <= _MAX_UNMATCHED else selection.unmatched[:1]
    for pattern in shown:
        more, near = len(selection.unmatched) - len(shown), matcher.closest(budget.match, pattern)
        text = f"nothing in the facts matches {printable(pattern, 80)!r}"
        text += f", like {more} more" if more else ""
        text += f"; the closest there is {printable(near, 80)!r}" if near else ""
        yield Reason("pattern_without_match" if selection.certain else "no_match", text)


def _doubts_of(
    facts: Facts, matcher: Matcher, budget: Budget, selection: Selection, value: Value | None, on: str
) -> list[Doubt]:
    """Return the doubts of facts that are about what is selected, or about everything."""
    identity = _identity(value)
    match = budget.match if budget.each is None or identity is None else {**budget.match, budget.each: (identity,)}
    return [
        doubt
        for doubt in facts.doubts_about(budget.measure, on)
        if doubt.about is None or matcher.looks_at(doubt.about, selection, match)
    ]


def _absent_values(doubts: Iterable[Doubt], each: str, values: Iterable[Value]) -> dict[str, list[Doubt]]:
    """Return the doubts about values that have no group, by value.

    An account that sent nothing has a verdict of its own too, which can only be unknown.
    """
    present = {label for value in values for label in value}
    absent: dict[str, list[Doubt]] = {}
    for doubt in doubts:
        for subject in doubt.about or ():
            value = subject["account"] if each == "account" and "account" in subject else None
            if each == "metric" and "metric" in subject:
                value = subject["metric"]
            if value is not None and value not in present:
                absent.setdefault(value, []).append(doubt)
    return absent


def _reasons(doubts: Iterable[Doubt]) -> Iterable[Reason]:
    """Yield why the facts may not be whole."""
    for doubt in doubts:
        sentence = printable(doubt.message).rstrip(".") or doubt.code
        if doubt.code == "empty":
            yield Reason("facts_empty", sentence)
        else:
            yield Reason("facts_partial", sentence)
            yield Reason(doubt.code, sentence)


def _outside_question(budget: Budget, facts: Facts) -> Iterable[Reason]:
    """Facts that were asked for some metrics only say nothing of a budget that may look at others."""
    if not facts.asked_metrics:
        return
    named = {}
    if "metric" in facts.group_by:
        for group in facts.groups:
            metric_id, name = group.value("metric")
            if name is not None and metric_id is not None:
                named[name] = metric_id
    for pattern in budget.match.get("metric", ("*",)):
        if named.get(pattern, pattern) not in facts.asked_metrics:
            asked = ", ".join(printable(metric, 60) for metric in sorted(facts.asked_metrics))
            yield Reason("metrics_not_asked", f"the facts hold only {asked}, and the budget may look at more")
            return
