# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups out of series: exact totals and daily series by the asked dimensions, units and currencies kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import localcontext
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import (
    AMOUNTS,
    COLUMNS,
    COSTS,
    dimension_columns,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import SUMS, Number
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import to_json_group
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    Key,
    identity,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.rating import Rating, cost_counts
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Series

_PRICED = AMOUNTS.index("PricingQuantity")

Names = dict[str, tuple[int, str]]  # by column: the position of the latest day, and the name on it


@dataclass
class _Group:
    """The series of one group, and per dimension its latest name, which is the one to show."""

    names: Names = field(default_factory=dict)
    series: list[Series] = field(default_factory=list)
    pricing_units: set[str | None] = field(default_factory=set)


_Groups = dict[tuple[Key, ...], _Group]


def note_name(names: Names, labels: Mapping[str, str | None], series: Series, column: str) -> None:
    """Keep the name of the latest day; of two on one day the greater, so that the order of arrival changes nothing."""
    name = labels[column]
    if name is not None:
        names[column] = max(names.get(column, (-1, "")), (_last_day(series), name))


def accounts(aggregate: Aggregate) -> list[dict[str, str | None]]:
    """Return the accounts that sent counted records, by id, each with the last day that it has records for."""
    found: dict[str, Names] = {}
    last: dict[str, int] = {}
    for labels, series in aggregate.counted:
        account = labels["BillingAccountId"]
        if account is not None:
            note_name(found.setdefault(account, {}), labels, series, "BillingAccountName")
            last[account] = max(last.get(account, 0), _last_day(series))
    return [
        {
            "id": account,
            "name": names.get("BillingAccountName", (None, None))[1],
            "last_day": str(aggregate.day(last[account])),
        }
        for account, names in sorted(found.items())
    ]


def _last_day(series: Series) -> int:
    return max(position for position, count in enumerate(series.counts) if count)


def groups(
    aggregate: Aggregate, group_by: Iterable[str], asked: int, rating: Rating, seen: Aggregate | None = None
) -> list[dict[str, Any]]:
    """Return the groups of the facts, in the order of their keys.

    Of the days, the first ``asked`` were asked for; the others are to come, and null in the daily series. What only
    earlier days of ``seen`` have is a group without use.
    """
    dimensions = [dimension_columns(name) for name in group_by]
    collected = _collect(aggregate, dimensions)
    unused = {} if seen is None else _unused(seen, dimensions, collected, Series(aggregate.days))
    costless = [] if seen is None else [COLUMNS[cost] for cost, count in cost_counts(seen, {}).items() if not count]
    with localcontext(SUMS):
        return [
            to_json_group(
                {
                    **_labels(key, dimensions, group),
                    **_sums(group.series, asked, rating),
                    **_priced(group),
                    **(_without_costs(costless) if key in unused else {}),
                }
            )
            for key, group in sorted({**collected, **unused}.items(), key=lambda item: _sortable(item[0]))
        ]


def _collect(aggregate: Aggregate, dimensions: Sequence[Sequence[str]]) -> _Groups:
    collected: _Groups = {}
    for labels, series in aggregate.counted:
        key = (
            *(identity(labels, columns) for columns in dimensions),
            (labels["ConsumedUnit"], labels["BillingCurrency"]),
        )
        group = collected.setdefault(key, _Group())
        group.series.append(series)
        group.pricing_units.add(labels["PricingUnit"])
        for columns in dimensions:
            note_name(group.names, labels, series, columns[-1])
    return collected


def _unused(seen: Aggregate, dimensions: Sequence[Sequence[str]], used: _Groups, nothing: Series) -> _Groups:
    """Return the groups that only earlier days have, with a series of ``nothing``."""
    return {
        key: replace(group, series=[nothing]) for key, group in _collect(seen, dimensions).items() if key not in used
    }


def _without_costs(columns: Sequence[str]) -> dict[str, None]:
    """Return that costs which no record ever carries are not known, not even of no use."""
    daily = {"daily_billed_cost": None, "rated_through": None} if COLUMNS["BilledCost"] in columns else {}
    return {**dict.fromkeys(columns), **daily}


def _sortable(key: tuple[Key, ...]) -> list[list[tuple[bool, str]]]:
    return [[(part is not None, part or "") for part in parts] for parts in key]


def _labels(key: tuple[Key, ...], dimensions: Sequence[Sequence[str]], group: _Group) -> dict[str, str | None]:
    labels: dict[str, str | None] = {}
    for columns, values in zip(dimensions, key[:-1], strict=True):
        labels[COLUMNS.get(columns[0], columns[0])] = values[0]
        labels[COLUMNS.get(columns[-1], columns[-1])] = group.names.get(columns[-1], (None, None))[1]
    labels["consumed_unit"], labels["billing_currency"] = key[-1]
    return labels


def _sums(members: Sequence[Series], asked: int, rating: Rating) -> dict[str, Any]:
    """Return the exact sums of a group, by the keys of the facts."""
    count = sum(sum(series.counts) for series in members)
    sums = {series.sums: None for series in members}  # each once, as several series can share theirs
    quantities = _by_day(each.quantities for each in sums)
    facts: dict[str, Any] = {
        "record_count": count,
        "consumed_quantity": sum(quantities),
        "incomplete_costs": {},
        "daily_quantity": _axis(quantities, asked),
        "daily_billed_cost": None,
    }
    for index, column in enumerate(COSTS):
        carrying = sum(max(0, series.cost_counts[index] - rating.unrated_records.get(series, 0)) for series in members)
        amount = sum(each.costs[index] for each in sums)
        facts[COLUMNS[column]] = amount if carrying == count else None
        if 0 < carrying < count:
            facts["incomplete_costs"][COLUMNS[column]] = {"amount": amount, "record_count": carrying}
    facts["rated_through"] = rating.through(members, all_carry=facts["billed_cost"] is not None)
    if facts["billed_cost"] is not None:
        facts["daily_billed_cost"] = _axis(_by_day(each.billed for each in sums), asked)
    return facts


def _priced(group: _Group) -> dict[str, Any]:
    """Return how much is charged for, null unless every record says so in one unit."""
    carrying = sum(series.cost_counts[_PRICED] for series in group.series)
    whole = len(group.pricing_units) == 1 and carrying == sum(sum(series.counts) for series in group.series)
    amount = sum(sums.costs[_PRICED] for sums in {series.sums: None for series in group.series})
    return {
        "pricing_quantity": amount if whole else None,
        "pricing_unit": next(iter(group.pricing_units)) if whole else None,
    }


def _by_day(amounts: Iterable[Sequence[Number]]) -> list[Number]:
    return [sum(day) for day in zip(*amounts, strict=True)]


def _axis(sums: Sequence[Number], asked: int) -> list[Number | None]:
    """Return a daily series: 0 where no record came, null for days that nobody could ask for."""
    return [*sums[:asked], *[None] * (len(sums) - asked)]
