# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept of records that agree in every column of a key: counts and sums by day, in as little memory as can be.

An organization has one series for each metric of each account, so what a series takes counts twenty thousandfold.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import AMOUNTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import Number

_NO_COSTS: Sequence[int] = (0,) * len(AMOUNTS)
_NOTHING: Mapping[int, int] = {}


class Sums:
    """Exact sums of one series, or of several: quantity and billed cost by position of the day, AMOUNTS in all."""

    __slots__ = ("billed", "costs", "quantities")

    def __init__(self, days: int) -> None:
        self.quantities: list[Number] = [0] * days
        self.billed: list[Number] = [0] * days
        self.costs: list[Number] = [0] * len(AMOUNTS)

    def add(self, other: Sums, offset: int) -> None:
        """Add the sums of a part of the days, which starts at ``offset``."""
        for position, (quantity, billed) in enumerate(zip(other.quantities, other.billed, strict=True), offset):
            self.quantities[position] += quantity
            self.billed[position] += billed
        self.costs = [mine + more for mine, more in zip(self.costs, other.costs, strict=True)]


class Series:
    """The counts of the records that agree in every column of the key, by position of the day.

    ``skip_reason`` says why its records do not count here, where the metric is not asked for. ``sums`` are its
    own, unless it was given those of several: then ``rounded`` has its own quantities, which take a few bytes each.

    ``costed`` is a bit for each day with a cost other than 0.
    """

    __slots__ = ("_cost_counts", "_zero_costs", "costed", "counts", "rounded", "skip_reason", "sums")

    def __init__(self, days: int, skip_reason: str = "", sums: Sums | None = None) -> None:
        self.skip_reason = skip_reason
        self.counts = array("I", [0]) * days
        self._cost_counts: list[int] | None = None
        self.sums = Sums(days) if sums is None else sums
        self.rounded: array[float] | None = None if sums is None else array("d", [0.0]) * days
        self.costed = 0
        self._zero_costs: dict[int, int] | None = None

    @property
    def cost_counts(self) -> Sequence[int]:
        """How many records carry each of AMOUNTS."""
        return _NO_COSTS if self._cost_counts is None else self._cost_counts

    @property
    def zero_costs(self) -> Mapping[int, int]:
        """How many records have costs that are all 0, by day, but for those that say that nothing is charged."""
        return _NOTHING if self._zero_costs is None else self._zero_costs

    def count_zero_costs(self, position: int, count: int = 1) -> None:
        """Add to ``zero_costs``; most series never need them."""
        self._zero_costs = self._zero_costs or {}
        self._zero_costs[position] = self._zero_costs.get(position, 0) + count

    @property
    def amounts(self) -> Sequence[Any]:
        """The quantity of each day, good enough to compare."""
        return self.sums.quantities if self.rounded is None else self.rounded

    def own_cost_counts(self) -> list[int]:
        """Return ``cost_counts`` to add to; most series never need them."""
        if self._cost_counts is None:
            self._cost_counts = [0] * len(AMOUNTS)
        return self._cost_counts

    def add(self, other: Series, offset: int) -> None:
        """Add a part of the days, which starts at ``offset``; not to sums that are shared."""
        for position, count in enumerate(other.counts, offset):
            if count:
                self.counts[position] += count
                if self.rounded is not None:
                    self.rounded[position] += float(other.amounts[position - offset])
        if self.rounded is None:
            self.sums.add(other.sums, offset)
        if any(other.cost_counts):
            self._cost_counts = [mine + more for mine, more in zip(self.cost_counts, other.cost_counts, strict=True)]
        self.costed |= other.costed << offset
        for position, count in other.zero_costs.items():
            self.count_zero_costs(position + offset, count)


class Labels(Mapping[str, "str | None"]):
    """The values of a key by column; a dict for each of many series would take more memory than their counts."""

    __slots__ = ("_positions", "_values")

    def __init__(self, positions: Mapping[str, int], values: Sequence[str | None]) -> None:
        self._positions = positions
        self._values = values

    def __getitem__(self, column: str) -> str | None:
        return self._values[self._positions[column]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)
