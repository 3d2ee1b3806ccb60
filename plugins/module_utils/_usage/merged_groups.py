# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of several facts added up as they come: sums are exact, so their order changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import (
    COLUMNS,
    COST_FACTS,
    dimension_columns,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    exact_arithmetic,
    to_decimal,
    total,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import from_json_group, to_json_group

Group = dict[str, Any]
_MOST_WAITING = 32  # groups of one kind; they are added up together, which is faster than one by one


class MergedGroups:
    """The sums of groups of the same kind, of all facts that were added."""

    def __init__(self, group_by: Iterable[str]) -> None:
        self._dimensions = [[COLUMNS.get(column, column) for column in dimension_columns(name)] for name in group_by]
        self._labels = [*chain(*self._dimensions), "consumed_unit", "billing_currency"]
        # By kind: one group as it came, or what is yet to be added up.
        self._found: dict[tuple[str | None, ...], list[Group]] = {}

    def add(self, groups: Iterable[Group]) -> None:
        """Add the groups of one of the facts."""
        for group in groups:
            ids = (_value_id(group, dimension) for dimension in self._dimensions)
            same = self._found.setdefault((*ids, group["consumed_unit"], group["billing_currency"]), [])
            if len(same) == _MOST_WAITING:
                same[:] = [self._sum(same)]
            same.append(group)

    def groups(self) -> list[Group]:
        """Return the groups in the order of what tells them apart; one that nothing was added to is as it came."""
        ordered = sorted(self._found.items(), key=lambda item: [(value is not None, value or "") for value in item[0]])
        return [same[0] if len(same) == 1 else to_json_group(self._sum(same)) for _key, same in ordered]

    def _sum(self, groups: Iterable[Group]) -> Group:
        return _sum([from_json_group(group) for group in groups], self._labels)


def _value_id(group: Group, dimension: Sequence[str]) -> str | None:
    """Return what tells this value apart: the id, else the name, else None."""
    return next((str(group[label]) for label in dimension if group.get(label) is not None), None)


def _sum(groups: Sequence[Group], labels: Iterable[str]) -> Group:
    """Return one group, in exact numbers, out of several that differ in nothing but their numbers and names."""
    names = {
        label: max((group[label] for group in groups), key=lambda name: (name is not None, name or ""))
        for label in labels
    }
    known = {cost: all(group[cost] is not None for group in groups) for cost in COST_FACTS}
    return {
        **names,
        "record_count": sum(group["record_count"] for group in groups),
        **_rated(groups),
        **_priced(groups),
        "consumed_quantity": _add(group["consumed_quantity"] for group in groups),
        **{cost: _add(group[cost] for group in groups) if known[cost] else None for cost in COST_FACTS},
        "incomplete_costs": {cost: part for cost in COST_FACTS if not known[cost] and (part := _carried(groups, cost))},
        "daily_quantity": _by_day([group["daily_quantity"] for group in groups]),
        "daily_billed_cost": _by_day([group["daily_billed_cost"] for group in groups])
        if known["billed_cost"]
        else None,
    }


def _rated(groups: Sequence[Group]) -> Group:
    """Return the earliest of the days up to which the groups are rated, where all of them say one."""
    if not all("rated_through" in group for group in groups):
        return {}
    days = [group["rated_through"] for group in groups]
    return {"rated_through": None if None in days else min(days)}


def _priced(groups: Sequence[Group]) -> Group:
    """Return how much is charged for, null unless all groups say so in one unit."""
    amounts, units = (
        [group.get("pricing_quantity") for group in groups],
        {group.get("pricing_unit") for group in groups},
    )
    whole = None not in amounts and None not in units and len(units) == 1
    return {"pricing_quantity": _add(amounts) if whole else None, "pricing_unit": units.pop() if whole else None}


def _carried(groups: Sequence[Group], cost: str) -> Group | None:
    """Return the amount that only some records of the groups carry, None where none does."""
    parts = [
        {"amount": group[cost], "record_count": group["record_count"]}
        if group[cost] is not None
        else group["incomplete_costs"].get(cost)
        for group in groups
    ]
    carrying = [part for part in parts if part]
    if not carrying:
        return None
    return {
        "amount": _add(part["amount"] for part in carrying),
        "record_count": sum(part["record_count"] for part in carrying),
    }


@exact_arithmetic
def _add(values: Iterable[Any]) -> Decimal:
    return total(exact for value in values if (exact := to_decimal(value)) is not None)


def _by_day(series: Sequence[Sequence[Any]]) -> list[Decimal | None]:
    return [None if None in day else _add(day) for day in zip(*series, strict=True)]
