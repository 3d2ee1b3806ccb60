# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What use costs by a rate card: on the total of each billing cycle, account and metric, never on a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, settled, total
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import (
    cycle_end,
    cycle_start,
    cycles,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import days_between
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import (
    Facts,
    Group,
    LineKey,
    line_key,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import predict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import Price, RateCard

NEEDED_DIMENSIONS = frozenset(("account", "metric"))


@dataclass(frozen=True)
class Line:
    """The daily use of one metric by one account in one unit; 0 on days of which nothing is known yet."""

    account_id: str | None
    account_name: str | None
    metric_id: str | None
    metric_name: str | None
    unit: str | None
    daily: tuple[Decimal, ...]


@dataclass(frozen=True)
class Item:
    """What one line comes to in one cycle."""

    line: Line
    first: date
    last: date
    quantity: Decimal
    included: Decimal
    billable: Decimal
    amount: Decimal
    price: Price


@dataclass(frozen=True)
class Unpriced:
    """A line, or one cycle of it, that the card can't price, from ``first`` to ``last``."""

    line: Line
    first: date
    last: date
    reason: str
    quantity: Decimal


@dataclass(frozen=True)
class Bill:
    """Everything priced and everything that could not be."""

    items: tuple[Item, ...]
    unpriced: tuple[Unpriced, ...]

    @property
    def amount(self) -> Decimal:
        return settled(total(item.amount for item in self.items))


def cycle_doubts(facts: Facts, card: RateCard) -> Iterator[tuple[str, str]]:
    """Yield a code and a clause for each reason why the cycles of an estimate may not be those of the bill."""
    if facts.first > cycle_start(facts.first, card.cycle_day):
        yield "cycle_start_missing", f"the billing cycle began before {facts.first}"
    if facts.cycles_differ and not card.own_cycle_day:
        yield "cycle_unknown", "the billing cycles of these accounts begin on different days"
    elif facts.cycle_day not in (None, card.cycle_day):
        days = f"day {card.cycle_day} of the month, in the facts on day {facts.cycle_day}"
        yield "cycle_day_differs", f"by the rate card billing cycles begin on {days}"


def lines_of(groups: Iterable[Group]) -> dict[LineKey, Line]:
    """Return the lines of groups, each over all zones, regions and whatever else tells the groups apart."""
    parts: dict[LineKey, list[Group]] = {}
    for group in groups:
        parts.setdefault(line_key(group), []).append(group)
    return {key: _line(group) for key, group in parts.items()}


def _line(groups: Sequence[Group]) -> Line:
    names = [(group.value("account"), group.value("metric")) for group in groups]
    days = zip(*(group.daily for group in groups), strict=True)
    return Line(
        account_id=names[0][0][0],
        account_name=next((account[1] for account, _metric in names if account[1]), None),
        metric_id=names[0][1][0],
        metric_name=next((metric[1] for _account, metric in names if metric[1]), None),
        unit=groups[0].unit,
        daily=tuple(total(value or ZERO for value in day) for day in days),
    )


def price_lines(lines: Iterable[Line], facts: Facts, card: RateCard, through: date | None = None) -> Bill:
    """Price every cycle that the facts touch; ``through`` ends the days earlier."""
    last = through or facts.last
    items: list[Item] = []
    unpriced: list[Unpriced] = []
    for line in lines:
        for begins, ends in cycles(facts.first, last, card.cycle_day):
            first, final = max(begins, facts.first), min(ends, last)
            used = line.daily[(first - facts.first).days : (final - facts.first).days + 1]
            result = price_cycle(line, used, first, final, card)
            if isinstance(result, Item):
                items.append(result)
            elif result is not None:
                unpriced.append(result)
    return Bill(tuple(items), tuple(unpriced))


def price_cycle(line: Line, used: Sequence[Decimal], first: date, last: date, card: RateCard) -> Item | Unpriced | None:
    """Price the use of one line from ``first`` to ``last``, which lie in one cycle; None where there is no use."""
    if not any(used):
        return None
    quantity = settled(total(used))
    if line.account_id is None:
        return Unpriced(line, first, last, "no_account", quantity)
    if quantity < 0:
        return Unpriced(line, first, last, "negative_quantity", quantity)
    price = _entry(line, first, last, card)
    if isinstance(price, str):
        return Unpriced(line, first, last, price, quantity)
    if price.included_per_day:
        over = settled(total(max(ZERO, day - price.included_per_day) for day in used))
    else:
        over = max(ZERO, quantity - price.included_per_cycle)
    return Item(line, first, last, quantity, quantity - over, over, charge(over, price), price)


def _entry(line: Line, first: date, last: date, card: RateCard) -> Price | str:
    """Return the first entry of the card that fits, or the code of what keeps it from fitting."""
    problem = "no_price"
    for price in card.prices:
        if price.names(line.metric_id, line.metric_name):
            if line.unit not in price.units:
                problem = "other_unit" if problem == "no_price" else problem
            elif price.valid_from <= first and last <= price.valid_until:
                return price
            else:
                problem = "outside_dates"
    return problem


def charged_quantity(quantity: Decimal, price: Price) -> Decimal:
    """Return the part of a billable quantity that is charged for: whole blocks where the card rounds up."""
    blocks, rest = divmod(quantity, price.block)
    return (blocks + 1) * price.block if price.round_up and rest else quantity


def charge(quantity: Decimal, price: Price) -> Decimal:
    """Return what a billable quantity costs: whole blocks where the card rounds up, tier by tier."""
    billed = charged_quantity(quantity, price)
    amount, reached = ZERO, ZERO
    for tier in price.tiers:
        end = billed if tier.up_to is None else min(billed, tier.up_to)
        amount += (end - reached) * tier.price / price.block
        reached = end
    return amount


@dataclass(frozen=True)
class PricedForecast:
    """The cost of the last cycle at its end.

    ``paths`` are the lines with their use from ``first`` to that end, day by day: as predicted, at the lower and at the
    upper end of the range.
    """

    first: date
    last: date
    amount: Decimal
    low: Decimal
    high: Decimal
    unpriced: tuple[Unpriced, ...]
    paths: tuple[tuple[Line, ...], ...]

    def crossed_on(self, limit: Decimal, card: RateCard, path: int) -> date | None:
        """Return the day on which the cost passes the limit on one of the paths."""
        days = days_between(self.first, self.last)
        return next((day for day in days if self._amount_on(day, card, path) > limit), None)

    def _amount_on(self, day: date, card: RateCard, path: int) -> Decimal:
        known = (day - self.first).days + 1
        lines = self.paths[path]
        priced = (price_cycle(line, line.daily[:known], self.first, self.last, card) for line in lines)
        return settled(total(item.amount for item in priced if isinstance(item, Item)))


def price_forecast(lines: Iterable[Line], facts: Facts, card: RateCard) -> PricedForecast:
    """Predict the use of each line to the end of the cycle, then price it. All of it is known, a day at least whole."""
    begins, ends = cycle_start(facts.last, card.cycle_day), cycle_end(facts.last, card.cycle_day)
    first = max(begins, facts.first)
    start = (first - facts.first).days
    ahead = (ends - facts.first).days + 1 - facts.complete
    amounts = [ZERO, ZERO, ZERO]
    unpriced: list[Unpriced] = []
    paths: tuple[list[Line], ...] = ([], [], [])
    for line in lines:
        known = line.daily[: facts.complete]
        prediction = predict(known, ahead, facts.days[facts.complete - 1])
        for index, target in enumerate((prediction.total, prediction.low, prediction.high)):
            days = (*known, *prediction.path_to(target))[start:]
            result = price_cycle(line, days, first, ends, card)
            if isinstance(result, Item):
                amounts[index] += result.amount
            elif result is not None and index == 0:
                unpriced.append(result)
            paths[index].append(replace(line, daily=days))
    amount, low, high = map(settled, amounts)
    return PricedForecast(first, ends, amount, low, high, tuple(unpriced), tuple(map(tuple, paths)))
