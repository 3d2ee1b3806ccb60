# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage facts as budgets see them: exact numbers, and every doubt that keeps a verdict from being a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import to_decimal, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, columns

LineKey = tuple["str | None", "str | None", "str | None"]

DAY = timedelta(days=1)
STILL_FILLING = "days_not_complete_yet"
# The currency is a key of the groups, so a budget sees for itself whether its own groups mix any.
_SEEN_IN_GROUPS = "mixed_currencies"
# Totals and daily values are rounded to floats one by one, so they may differ in the last digits.
_ROUNDING = Decimal("1e-9")


@dataclass(frozen=True)
class Doubt:
    """One reason why the facts may not be whole; ``affects`` is usage or cost."""

    code: str
    message: str
    affects: str = "usage"


@dataclass(frozen=True)
class Group:
    """One group: its dimension values as ids and names, and exact amounts, where None is unknown."""

    keys: Mapping[str, str | None]
    unit: str | None
    currency: str | None
    quantity: Decimal | None
    daily: tuple[Decimal | None, ...] | None
    costs: Mapping[str, Decimal | None]
    known_costs: Mapping[str, Decimal]
    daily_cost: tuple[Decimal | None, ...] | None

    def value(self, dimension: str) -> tuple[str | None, str | None]:
        """Return the id and the name in a dimension; a dimension that has only a name has it twice."""
        keys = DIMENSIONS[dimension]
        return self.keys.get(keys.id_key), self.keys.get(keys.name_key)

    def amount(self, measure: str) -> Decimal | None:
        return self.quantity if measure == "consumed_quantity" else self.costs[measure]

    def known_amount(self, measure: str) -> Decimal | None:
        """Return what is certain of an amount: of two figures for the same the smaller, of a cost its known part."""
        if measure != "consumed_quantity":
            found = self.costs[measure]
            return self.known_costs.get(measure) if found is None else found
        figures = [self.quantity] if self.quantity is not None else []
        if self.daily is not None:
            figures.append(total(value for value in self.daily if value is not None))
        return min(figures) if figures else None

    def series(self, measure: str) -> tuple[Decimal | None, ...] | None:
        return self.daily if measure == "consumed_quantity" else self.daily_cost if measure == "billed_cost" else None


def line_key(group: Group) -> LineKey:
    """Return what makes groups parts of one line of a bill: account, metric and unit."""
    account, metric = group.value("account"), group.value("metric")
    return (account[0], metric[0] or metric[1], group.unit)


@dataclass(frozen=True)
class Facts:
    """Usage facts, read once for all budgets; ``complete`` is the number of leading days that are whole."""

    days: tuple[date, ...]
    complete: int
    group_by: frozenset[str]
    asked_metrics: frozenset[str]
    groups: tuple[Group, ...]
    doubts: tuple[Doubt, ...]

    @property
    def first(self) -> date:
        return self.days[0]

    @property
    def last(self) -> date:
        return self.days[-1]

    @cached_property
    def parts_of_lines(self) -> Counter[LineKey]:
        """Return how many groups each line of a bill is made of."""
        return Counter(map(line_key, self.groups))

    def doubts_about(self, measure: str, on: str) -> list[Doubt]:
        """Return the doubts that matter here: what looks at whole days only does not mind that later ones fill up."""
        billed = measure in COST_FACTS
        return [
            doubt
            for doubt in self.doubts
            if (billed or doubt.affects != "cost")
            and doubt.code != _SEEN_IN_GROUPS
            and (on == "actual" or doubt.code != STILL_FILLING)
        ]


def read_facts(usage: Any, what: str = "usage") -> Facts:
    """Return the facts, with a doubt for all that does not fit together; raise where these are no usage facts."""
    if not isinstance(usage, Mapping) or not isinstance(usage.get("groups"), (list, tuple)) or "status" not in usage:
        hint = "; hand over its key usage" if isinstance(usage, Mapping) and "usage" in usage else ""
        raise BudgetError([f"{what}: no usage facts, which are a mapping with status, days and groups{hint}"])
    first, last = _day(usage.get("from")), _day(usage.get("to"))
    if first is None or last is None or first > last:
        raise BudgetError([f"{what}: from and to are not two days in order"])
    if not all(isinstance(group, Mapping) for group in usage["groups"]):
        raise BudgetError([f"{what}: not every group is a mapping"])
    days = tuple(first + DAY * offset for offset in range((last - first).days + 1))
    through = _day(usage.get("complete_through"))
    complete = 0 if through is None else min(len(days), max(0, (through - first).days + 1))
    group_by = frozenset(map(str, _sequence(usage.get("group_by"))))
    groups = tuple(_group(group, group_by) for group in usage["groups"])
    metrics = frozenset(str(metric) for metric in _sequence(usage.get("metric")))
    doubts = [*_stated_doubts(usage), *_end_doubts(usage, days, complete)]
    contradictions = [*_contradictions(usage, days, group_by), *_group_contradictions(usage, days, complete, groups)]
    doubts += [Doubt("facts_inconsistent", message) for message in contradictions[:1]]
    return Facts(days, complete, group_by & DIMENSIONS.keys(), metrics, groups, tuple(doubts))


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _sequence(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _text(value: Any) -> str | None:
    return None if value is None else str.__str__(value) if isinstance(value, str) else str(value)


def _series(value: Any) -> tuple[Decimal | None, ...] | None:
    return tuple(map(to_decimal, value)) if isinstance(value, (list, tuple)) else None


def _group(group: Mapping[str, Any], group_by: frozenset[str]) -> Group:
    keys = [column for name in sorted(group_by & DIMENSIONS.keys()) for column in columns(DIMENSIONS[name])]
    parts = group.get("incomplete_costs")
    known = {
        measure: amount
        for measure, part in (parts.items() if isinstance(parts, Mapping) else ())
        if isinstance(part, Mapping) and (amount := to_decimal(part.get("amount"))) is not None
    }
    return Group(
        keys={key: _text(group.get(key)) for key in keys},
        unit=_text(group.get("consumed_unit")),
        currency=_text(group.get("billing_currency")),
        quantity=to_decimal(group.get("consumed_quantity")),
        daily=_series(group.get("daily_quantity")),
        costs={measure: to_decimal(group.get(measure)) for measure in COST_FACTS},
        known_costs=known,
        daily_cost=_series(group.get("daily_billed_cost")),
    )


def _stated_doubts(usage: Mapping[str, Any]) -> Iterator[Doubt]:
    """Yield what the facts say of themselves; a reason that is not readable counts as one about usage."""
    reasons = _sequence(usage.get("reasons"))
    codes = set()
    for reason in reasons:
        known = reason if isinstance(reason, Mapping) else {}
        code = str(known.get("code", "reason_unreadable"))
        codes.add(code)
        yield Doubt(code, str(known.get("message", "")), "cost" if known.get("affects") == "cost" else "usage")
    status = usage["status"]
    if status == "empty" and "empty" not in codes:
        yield Doubt("empty", "The facts are empty, which proves nothing.")
    elif status == "partial" and not reasons:
        yield Doubt("facts_partial", "The facts are partial and don't say why.")
    elif status not in ("complete", "partial", "empty"):
        yield Doubt("facts_inconsistent", "The status of the facts is none of complete, partial and empty.")


def _end_doubts(usage: Mapping[str, Any], days: tuple[date, ...], complete: int) -> Iterator[Doubt]:
    """Yield a doubt where the last whole day is not the one that the reasons speak of: then none is known."""
    reasons = {
        str(reason.get("code")): reason
        for reason in _sequence(usage.get("reasons"))
        if isinstance(reason, Mapping) and reason.get("affects") != "cost"
    }
    if complete == len(days) or usage["status"] == "empty":
        return
    if not reasons:
        yield Doubt("facts_inconsistent", "The range ends after the last whole day, and the facts don't say why.")
    elif reasons.keys() == {STILL_FILLING}:
        filling = _sequence(reasons[STILL_FILLING].get("days"))
        if filling and _day(filling[0]) != days[complete]:
            yield Doubt("facts_inconsistent", "The days that still fill up don't follow the last whole day.")


def _contradictions(usage: Mapping[str, Any], days: tuple[date, ...], group_by: frozenset[str]) -> Iterator[str]:
    """Yield a sentence for each part of the facts that denies another."""
    if usage["status"] == "complete" and _sequence(usage.get("reasons")):
        yield "The facts are called complete and give reasons why they are not."
    if usage["status"] == "empty" and usage["groups"]:
        yield "The facts are called empty and have groups."
    if [str(day) for day in _sequence(usage.get("days"))] != [day.isoformat() for day in days]:
        yield "The days of the facts are not every day from their first to their last."
    if not group_by <= DIMENSIONS.keys() or not isinstance(usage.get("group_by"), (list, tuple)):
        yield "The facts are grouped by something that is no dimension."
    for key in sorted({column for name in group_by & DIMENSIONS.keys() for column in columns(DIMENSIONS[name])}):
        if any(key not in group for group in usage["groups"]):
            yield f"Not every group has the key {key}, by which the facts are grouped."


def _group_contradictions(
    usage: Mapping[str, Any], days: tuple[date, ...], complete: int, groups: tuple[Group, ...]
) -> Iterator[str]:
    """Yield a sentence for each thing that the groups deny of each other, or of the facts around them."""
    counts = [to_decimal(group.get("record_count")) for group in usage["groups"]]
    if sum(count or 0 for count in counts) != to_decimal(usage.get("record_count")) or None in counts:
        yield "The groups don't hold as many records as the facts say were counted."
    sources = [each.get("record_count") for each in _sequence(usage.get("sources")) if isinstance(each, Mapping)]
    if sources and sum(to_decimal(count) or 0 for count in sources) != to_decimal(usage.get("record_count")):
        yield "The sources of the facts don't hold as many records as were counted."
    if "account" in _sequence(usage.get("group_by")):
        named = {_text(entry.get("id")) for entry in _sequence(usage.get("accounts")) if isinstance(entry, Mapping)}
        if named != {group.keys["billing_account_id"] for group in groups} - {None}:
            yield "The accounts of the facts are not the accounts of their groups."
    if any("consumed_unit" not in group for group in usage["groups"]):
        yield "Not every group has the key consumed_unit."
    for group in groups:
        if not _adds_up(group.quantity, group.daily, len(days), complete):
            yield "The daily quantities of a group are not its total."
        if group.daily_cost is not None and not _adds_up(
            group.costs["billed_cost"], group.daily_cost, len(days), complete
        ):
            yield "The daily costs of a group are not its total."


def _adds_up(amount: Decimal | None, series: tuple[Decimal | None, ...] | None, days: int, complete: int) -> bool:
    """Tell whether a series has a value for each day, of which only those to come may be null, and is its total."""
    if amount is None or series is None or len(series) != days or None in series[:complete]:
        return False
    values = [value for value in series if value is not None]
    return abs(total(values) - amount) <= _ROUNDING * total(abs(value) for value in values)
