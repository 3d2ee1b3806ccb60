# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Through which day use has been rated, that is, has got its cost: costs can lag behind use by days and weeks.

A cost of 0 says nothing by itself: use may be free, or not rated yet. docs/doubts.md states what tells the two apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COSTS, DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    Key,
    identity,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Series


@dataclass(frozen=True)
class Rating:
    """The series with use that has no cost yet: the last rated day (a position, -1: none), and how many records.

    ``complete_through`` is the last whole day of the facts.
    """

    first: date
    complete_through: date | None
    rated_through: Mapping[Series, int]
    unrated_records: Mapping[Series, int]

    def through(self, members: Iterable[Series], *, all_carry: bool) -> str | None:
        """Return the last whole day up to which a group has its costs, None where it has none from the first day on.

        ``all_carry`` tells whether all its records carry a cost that is known.
        """
        last = min((self.rated_through[series] for series in members if series in self.rated_through), default=None)
        if last is not None:
            return None if last < 0 else str(self.first + DAY * last)
        return str(self.complete_through) if all_carry and self.complete_through else None


def currencies(aggregate: Aggregate) -> list[str]:
    """Return the currencies of the counted records."""
    return sorted(
        {currency for labels, _series in aggregate.counted if (currency := labels["BillingCurrency"]) is not None}
    )


def cost_counts(aggregate: Aggregate, unrated_records: Mapping[Series, int]) -> dict[str, int]:
    """Return how many counted records carry each cost, by column; a 0 that is not rated yet is no cost."""
    totals = dict.fromkeys(COSTS, 0)
    for _named, series in aggregate.counted:
        unrated = unrated_records.get(series, 0)
        for column, count in zip(COSTS, series.cost_counts, strict=False):
            totals[column] += max(0, count - unrated)
    return totals


def read_rating(aggregate: Aggregate, complete_through: date | None) -> Rating:
    """Return which use has no cost yet. Costs of days that are not whole can't be expected."""
    end = -1 if complete_through is None else (complete_through - aggregate.first).days
    through = _unrated_series(aggregate, end)
    records = {
        series: sum(count for day, count in series.zero_costs.items() if day > last) for series, last in through.items()
    }
    return Rating(aggregate.first, complete_through, through, records)


def _unrated_series(aggregate: Aggregate, end: int) -> dict[Series, int]:
    if not any(series.zero_costs for _labels, series in aggregate.counted):
        return {}
    accounts: dict[str | None, dict[Key, list[Series]]] = defaultdict(lambda: defaultdict(list))
    for labels, series in aggregate.counted:
        metric = identity(labels, DIMENSION_COLUMNS["metric"])
        accounts[labels["BillingAccountId"]][metric].append(series)
    found: dict[Series, int] = {}
    for metrics in accounts.values():
        rated = {metric: _rated_through(members, end) for metric, members in metrics.items()}
        # a metric that costs nothing on any day is free as long as others of its account are rated
        known = max((through for through in rated.values() if through is not None), default=-1)
        for metric, members in metrics.items():
            through = rated[metric]
            last = known if through is None else through
            found.update({series: last for series in members if _has_unrated_use(series, last, end)})
    return found


def _rated_through(members: list[Series], end: int) -> int | None:
    """Return the last day that a metric is rated, None where none of its days costs anything."""
    costed = 0
    for series in members:
        costed |= series.costed
    if not costed:
        return None
    last = costed.bit_length() - 1
    used = sorted({day for series in members for day in series.zero_costs if _is_used(series, day)})
    free = {day for day in used if not costed >> day & 1 and day <= end}
    silent = sum(day > last for day in free)
    first = (costed & -costed).bit_length() - 1
    costs = [day not in free for day in range(first, last + 1) if day in free or costed >> day & 1]
    pause = max((len(list(run)) for is_costed, run in groupby(costs) if not is_costed), default=0)
    return last if silent > 2 * pause else max(last, end)


def _has_unrated_use(series: Series, through: int, end: int) -> bool:
    return any(through < day <= end and _is_used(series, day) for day in series.zero_costs)


def _is_used(series: Series, day: int) -> bool:
    return bool(series.amounts[day])
