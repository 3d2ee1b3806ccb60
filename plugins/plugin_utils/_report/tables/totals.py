# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups added up for a report: exactly, and never across units or currencies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    exact_arithmetic,
    to_json_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import total as exact_total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import Number
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import (
    Dimension,
    value_id,
    value_name,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage, UsageGroup

Daily = list[Number | None]


@exact_arithmetic
def add(values: Iterable[Number | None]) -> Number | None:
    """Return the exact sum, or None when one of the values is unknown."""
    column = list(values)
    whole = [value for value in column if isinstance(value, int)]
    if len(whole) == len(column):
        return sum(whole)
    known = [Decimal(repr(value)) for value in column if value is not None]
    return to_json_number(exact_total(known)) if len(known) == len(column) else None


@dataclass
class CostSum:
    """What is known of a billed cost: amounts by currency, and how many records carry none."""

    known: dict[str | None, list[Number]] = field(default_factory=dict)
    missing: int = 0

    def take(self, group: UsageGroup) -> None:
        """Add the cost of one group; where only some records carry one, the others are missing."""
        if group["billed_cost"] is not None:
            self.known.setdefault(group["billing_currency"], []).append(group["billed_cost"])
            return
        some = (group.get("incomplete_costs") or {}).get("billed_cost")
        records = group.get("record_count") or 1
        if some:
            self.known.setdefault(group["billing_currency"], []).append(some["amount"])
            records = max(1, records - some["record_count"])
        self.missing += records

    def amounts(self) -> list[tuple[str | None, Number]]:
        """Return the known sums, by currency."""
        sums = [(currency, add(amounts)) for currency, amounts in self.known.items()]
        return sorted(((name, each) for name, each in sums if each is not None), key=lambda pair: str(pair[0]))


@dataclass
class Total:
    """Groups that share the values of some dimensions and the unit, or the currency where costs are counted."""

    key: tuple[str | None, ...]
    groups: list[UsageGroup] = field(default_factory=list)

    @property
    def unit(self) -> str | None:
        return self.key[-1]

    @property
    def unit_name(self) -> str:
        return name_text(self.unit)

    @property
    def quantity(self) -> Number | None:
        return add(group["consumed_quantity"] for group in self.groups)

    @property
    def cost(self) -> CostSum:
        result = CostSum()
        for group in self.groups:
            result.take(group)
        return result

    @property
    def daily(self) -> Daily:
        """The daily sums; a day is unknown when it is unknown in any group."""
        return by_day([group["daily_quantity"] for group in self.groups])

    @property
    def daily_cost(self) -> Daily:
        """The daily billed cost; a day is unknown when it is unknown in any group."""
        days = len(self.groups[0]["daily_quantity"])
        unknown: Daily = [None] * days
        return by_day([group["daily_billed_cost"] or unknown for group in self.groups])

    def name(self, dimension: Dimension) -> str:
        """Return what people call this value of the dimension."""
        return name_text(value_name(self.groups[0], dimension))


def by_day(columns: Sequence[Daily]) -> Daily:
    """Return the sums of each day; one is unknown when it is unknown in any column."""
    return list(columns[0]) if len(columns) == 1 else [add(day) for day in zip(*columns, strict=True)]


def totals(groups: Iterable[UsageGroup], by: Sequence[Dimension], *, costs: bool = False) -> list[Total]:
    """Return the totals by these dimensions and the unit (for costs: the currency), in the order of their groups."""
    found: dict[tuple[str | None, ...], Total] = {}
    for group in groups:
        counted = group["billing_currency"] if costs else group["consumed_unit"]
        key = (*(value_id(group, dimension) for dimension in by), counted)
        found.setdefault(key, Total(key)).groups.append(group)
    return list(found.values())


def complete_days(usage: Usage) -> int:
    """Return how many of the first days are complete."""
    through = usage["complete_through"]
    return 0 if through is None else sum(day <= through for day in usage["days"])


def per_day(daily: Daily, days: int) -> float | None:
    """Return the average of the first ``days`` days, or None when one of them is unknown or there are none."""
    known = [value for value in daily[:days] if value is not None]
    return float(sum(known)) / days if days and len(known) == days else None
