# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage facts as budgets see them: exact numbers, and every doubt that keeps a verdict from being a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import as_decimal, to_decimal, total
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import from_json_group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import columns, dimension_of
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import (
    STILL_FILLING,
    Reason,
    Subject,
    Subscription,
    Usage,
)

LineKey = tuple["str | None", "str | None", "str | None"]

DAY = timedelta(days=1)
# A budget sees for itself whether its own groups mix currencies, or have costs that are not known.
_SEEN_IN_GROUPS = frozenset(
    ("cost_not_a_number", "cost_not_rated_yet", "cost_on_some_records", "currency_missing", "mixed_currencies")
)


@dataclass(frozen=True)
class Doubt:
    """One reason why the facts may not be whole; ``affects`` is usage or cost.

    ``about`` is what it is about, None for everything; ``days`` are
    the first days that it names.
    """

    code: str
    message: str
    affects: str = "usage"
    about: tuple[Subject, ...] | None = None
    days: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """One group: its dimension values as ids and names, and exact amounts, where None is unknown.

    A day of ``daily`` is None where nobody could ask for it yet.
    """

    keys: Mapping[str, str | None]
    unit: str | None
    currency: str | None
    quantity: Decimal
    daily: tuple[Decimal | None, ...]
    costs: Mapping[str, Decimal | None]
    known_costs: Mapping[str, Decimal]
    daily_cost: tuple[Decimal | None, ...] | None
    rated_through: str | None = None
    pricing_quantity: Decimal | None = None

    def value(self, dimension: str) -> tuple[str | None, str | None]:
        """Return the id and the name in a dimension; a dimension that has only a name has it twice."""
        keys = dimension_of(dimension)
        return self.keys.get(keys.id_key), self.keys.get(keys.name_key)

    def amount(self, measure: str) -> Decimal | None:
        return self.quantity if measure == "consumed_quantity" else self.costs[measure]

    def known_amount(self, measure: str) -> Decimal | None:
        """Return what is certain of an amount: of two figures for the same the smaller, of a cost its known part."""
        if measure != "consumed_quantity":
            found = self.costs[measure]
            return self.known_costs.get(measure) if found is None else found
        return min(self.quantity, total(value for value in self.daily if value is not None))

    def series(self, measure: str) -> tuple[Decimal | None, ...] | None:
        return self.daily if measure == "consumed_quantity" else self.daily_cost if measure == "billed_cost" else None


def line_key(group: Group) -> LineKey:
    """Return what makes groups parts of one line of a bill: account, metric and unit."""
    account, metric = group.value("account"), group.value("metric")
    return (account[0], metric[0] or metric[1], group.unit)


@dataclass(frozen=True)
class Fee:
    """The fixed fee of a subscription for the days of the facts; ``unknown`` says why ``cost`` is None."""

    account_id: str
    name: str | None
    currency: str | None
    cost: Decimal | None
    daily: tuple[Decimal | None, ...]
    unknown: str | None


@dataclass(frozen=True)
class Facts:
    """Usage facts, read once for all budgets.

    ``complete`` is the number of leading days that are whole, ``arrived`` that of days whose rows had their time to
    arrive, whether they did or not. ``cycle_day`` is the day of the month on which billing cycles begin, None where the
    facts do not say it; ``cycles_differ`` tells that this is so because they are bills with different ones. ``fees`` is
    None where nobody asked for the fixed fees.
    """

    days: tuple[date, ...]
    complete: int
    arrived: int
    group_by: frozenset[str]
    asked_metrics: frozenset[str]
    groups: tuple[Group, ...]
    doubts: tuple[Doubt, ...]
    cycle_day: int | None = None
    cycles_differ: bool = False
    fees: tuple[Fee, ...] | None = None

    @property
    def first(self) -> date:
        return self.days[0]

    @property
    def last(self) -> date:
        return self.days[-1]

    @property
    def last_arrived(self) -> date | None:
        """Return the last day whose rows had their time to arrive, None where that is none of the days."""
        return self.days[self.arrived - 1] if self.arrived else None

    @cached_property
    def first_used(self) -> int:
        """Return the position of the first day with use, the number of days where none has."""
        used = (day for day in range(len(self.days)) if any(group.daily[day] for group in self.groups))
        return next(used, len(self.days))

    @cached_property
    def parts_of_lines(self) -> Counter[LineKey]:
        """Return how many groups each line of a bill is made of."""
        return Counter(map(line_key, self.groups))

    def doubts_about(self, measure: str, on: str) -> list[Doubt]:
        """Return the doubts that matter here: what looks at whole days only does not mind that later ones fill up."""
        billed = measure in (*COST_FACTS, "total_cost")
        return [
            doubt
            for doubt in self.doubts
            if (billed or doubt.affects != "cost")
            and doubt.code not in _SEEN_IN_GROUPS
            and (on == "actual" or doubt.code != STILL_FILLING)
        ]


def view_facts(usage: Usage) -> Facts:
    """Return checked facts as budgets see them, with a doubt for each of their reasons."""
    days = tuple(map(date.fromisoformat, usage["days"]))
    through, cycle = usage["complete_through"], usage.get("billing_cycle")
    origins = {usage.get("source"), *(part.get("source") for part in usage["sources"])}
    return Facts(
        days=days,
        complete=0 if through is None else usage["days"].index(through) + 1,
        arrived=_arrived(usage),
        group_by=frozenset(usage["group_by"]),
        asked_metrics=frozenset(usage["metric"]),
        groups=tuple(_group(group, usage["group_by"]) for group in usage["groups"]),
        doubts=tuple(map(_doubt, usage["reasons"])),
        cycle_day=None if cycle is None else cycle["anchor"],
        cycles_differ=cycle is None and "paygo" in origins,
        fees=tuple(map(_fee, usage["subscriptions"])) if "subscriptions" in usage else None,
    )


def _fee(given: Subscription) -> Fee:
    return Fee(
        account_id=given["billing_account_id"],
        name=given["name"] or given["id"],
        currency=given["currency"],
        cost=to_decimal(given["cost"]),
        daily=tuple(map(to_decimal, given["daily_cost"])),
        unknown=given["unknown"],
    )


def _arrived(usage: Usage) -> int:
    filling = [day for reason in usage["reasons"] if reason["code"] == STILL_FILLING for day in reason.get("days", ())]
    days = sorted(set(filling) & set(usage["days"]))
    return usage["days"].index(days[0]) if days else len(usage["days"])


def _doubt(reason: Reason) -> Doubt:
    about = reason.get("about")
    return Doubt(
        reason["code"],
        reason["message"],
        reason["affects"],
        None if about is None else tuple(about),
        tuple(reason.get("days", ())),
    )


def _group(given: Mapping[str, Any], group_by: Sequence[str]) -> Group:
    group = from_json_group(given)
    keys = [column for name in sorted(group_by) for column in columns(dimension_of(name))]
    return Group(
        keys={key: group[key] for key in keys},
        unit=group["consumed_unit"],
        currency=group["billing_currency"],
        quantity=as_decimal(group["consumed_quantity"]),
        daily=tuple(map(to_decimal, group["daily_quantity"])),
        costs={measure: to_decimal(group[measure]) for measure in COST_FACTS},
        known_costs={
            measure: amount
            for measure, part in group["incomplete_costs"].items()
            if (amount := to_decimal(part["amount"])) is not None
        },
        daily_cost=_series(group["daily_billed_cost"]),
        rated_through=group.get("rated_through"),
        pricing_quantity=to_decimal(group.get("pricing_quantity")),
    )


def _series(value: Sequence[float | None] | None) -> tuple[Decimal | None, ...] | None:
    return None if value is None else tuple(map(to_decimal, value))
