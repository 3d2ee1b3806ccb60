# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a budget looks at: the days of its period that the facts hold, and the limit of that period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import DAILY_MEASURES, Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import CYCLE_UNKNOWN, Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import Period, Span
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.cut import cut_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard


@dataclass(frozen=True)
class View:
    """A budget with the facts of its days.

    ``span`` is its period, None where that is the range of the facts; ``doubts`` keep it from passing; with ``nothing``
    there is nothing to look at.
    """

    budget: Budget
    facts: Facts
    span: Span | None = None
    doubts: tuple[Reason, ...] = ()
    nothing: bool = False

    @property
    def first(self) -> date:
        return self.facts.first if self.span is None else max(self.span.first, self.facts.first)

    @property
    def whole(self) -> bool:
        """Tell whether the last day of the period is whole."""
        return (
            self.span is not None and self.facts.complete == len(self.facts.days) and self.facts.last == self.span.last
        )


def period_of(budget: Budget, card: RateCard | None, cycle_day: int | None = None) -> Period | None:
    """Return the period of a budget; the billing cycle of an estimate is the rate card's.

    ``cycle_day`` is what the facts name, for a cycle that follows them.
    """
    period = budget.period
    if budget.estimated and card is not None and period is not None and period.name == "billing_cycle":
        return replace(period, day=card.cycle_day, follows=False)
    return replace(period, day=cycle_day) if period is not None and period.follows and cycle_day else period


def cycle_of(budget: Budget, card: RateCard | None, cycle_day: int | None = None) -> Period:
    """Return what the range of the facts has to be one of where a budget has no period."""
    day = card.cycle_day if budget.estimated and card is not None else cycle_day
    return Period("month") if day is None else Period("billing_cycle", day=day)


class Views:
    """Looks at one set of facts with the eyes of each budget."""

    def __init__(self, facts: Facts, card: RateCard | None) -> None:
        self._facts = facts
        self._card = card
        self._cut: dict[tuple[date, date], Facts] = {}

    def of(self, budget: Budget) -> View:
        """Return what a budget looks at.

        A period that has ended is looked at until its last day had the time to arrive, the one after it from then on.
        """
        facts, period = self._facts, period_of(budget, self._card, self._facts.cycle_day)
        if period is None:
            return self._range(budget) if budget.on == "forecast" else View(budget, facts)
        if period.follows and facts.cycles_differ:
            return View(budget, facts, doubts=(CYCLE_UNKNOWN,), nothing=True)
        day = facts.last_arrived or facts.first
        span = period.around(day)
        planned = [amount for begins, amount in budget.plan if begins <= span.first]
        if budget.plan and not planned:
            text = f"the limit is planned from {budget.plan[0][0]} on, and the {period.title} is {span}"
            return View(budget, facts, span, (Reason("no_limit_yet", text),), nothing=True)
        view = View(replace(budget, limit=planned[-1], plan=()) if planned else budget, facts, span)
        if span.first > day or span.last < facts.first:
            text = f"the facts hold {facts.first} to {day}, and nothing of the {period.title} {span}"
            return replace(view, doubts=(Reason("period_not_covered", text),), nothing=True)
        before = facts.days[min(facts.first_used, len(facts.days) - 1)]
        first = min(span.first, before) if budget.on in ("forecast", "contract") else span.first
        part = self._part(max(first, facts.first), min(span.last, facts.last))
        view = replace(view, facts=part)
        if part is not facts and budget.measure not in (*DAILY_MEASURES, "estimated_cost"):
            text = f"{budget.measure} has no daily amounts, so only facts of exactly the {period.title} tell it"
            return replace(view, doubts=(Reason("no_daily_series", text),), nothing=True)
        return replace(view, doubts=tuple(_gap(period, span, part)))

    def _range(self, budget: Budget) -> View:
        """Return the view of a forecast without a period, whose facts must be those of one month or cycle."""
        facts, cycle = self._facts, cycle_of(budget, self._card, self._facts.cycle_day)
        span = cycle.around(facts.last)
        if facts.first >= span.first:
            return View(budget, facts)
        text = f"{facts.first} to {facts.last} is not a single {cycle.title}, so the budget needs a period"
        return View(budget, facts, doubts=(Reason("no_single_period", text),))

    def _part(self, first: date, last: date) -> Facts:
        if (first, last) not in self._cut:
            self._cut[first, last] = cut_facts(self._facts, first, last)
        return self._cut[first, last]


def _gap(period: Period, span: Span, part: Facts) -> Iterable[Reason]:
    if part.first > span.first:
        text = f"the facts begin on {part.first}, and the {period.title} on {span.first}"
        yield Reason("period_not_covered", text)
