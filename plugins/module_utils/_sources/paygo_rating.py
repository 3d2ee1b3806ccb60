# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which costs of a pay-as-you-go bill are known: what Cloudflare's own running totals tell of its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COSTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import Number
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_names import KEY_COLUMNS

_CONTRACTED = COSTS.index("ContractedCost")
_FINEST, _COARSEST = 6, 2  # decimals of a cost that can be rounded
_SHARED_KEY = tuple(
    KEY_COLUMNS.index(column) for column in ("ServiceName", "SubscriptionId", "BillingCurrency", "BillingPeriodStart")
)


class BillLine(Protocol):
    """A line of the bill by day: records, those of them without a cost that should have one, and running totals."""

    unrated: dict[int, int]
    running: list[Number | None]

    @property
    def records(self) -> list[int]:
        """How many records each day has."""

    def daily(self, cost: int) -> tuple[list[Number], list[int]]:
        """Return the sums of each day of one of COSTS, and how many records carry it."""


Lines = Sequence[tuple[tuple[Any, ...], BillLine]]


def rated_through(lines: Lines) -> dict[tuple[Any, ...], int]:
    """Return for each line with unrated records the last day, by position, that a running total shows to be rated.

    A day before it that costs nothing does cost nothing: a later running total has grown and is the sum of the days.
    Where the total runs over all zones of a service, the service shows it.
    """
    found: dict[tuple[Any, ...], int] = {}
    if not any(line.unrated for _key, line in lines):
        return found
    for members in _by_service(lines):
        unrated = [(key, line) for key, line in members if line.unrated]
        shared = _last_confirmed([line for _key, line in members]) if unrated else -1
        found.update({key: max(_last_confirmed([line]), shared) for key, line in unrated})
    return found


def _last_confirmed(lines: Sequence[BillLine]) -> int:
    found, before = -1, Decimal(0)
    total = _RunningSum()
    for position, (cost, shown) in enumerate(zip(*_days(lines), strict=True)):
        total.add(cost)
        if shown is None:
            continue
        if shown > before and total.is_about(shown):
            found = position
        before = Decimal(shown)
    return found


class _RunningSum:
    """A sum of amounts that may have been rounded, each to as many decimals as the one that has most."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self._count = 0
        self._decimals = _COARSEST

    def add(self, amount: Number) -> None:
        if amount:
            self.total += amount
            self._count += 1
            self._decimals = max(self._decimals, _decimals(amount))

    def is_about(self, shown: Number) -> bool:
        """Tell whether another total is the same but for half of the last decimal of each amount, and its own."""
        rounding = self._count * _half(self._decimals) + _half(max(_decimals(shown), _COARSEST))
        return abs(self.total - shown) <= rounding


def differences(lines: Lines) -> list[tuple[tuple[Any, ...], Number, Number]]:
    """Return the lines whose sum is not the last running total, neither by themselves nor with all of their service."""
    alone = {key: pair for key, line in lines if (pair := _difference([line]))}
    found: list[tuple[tuple[Any, ...], Number, Number]] = []
    if not alone:
        return found
    for members in _by_service(lines):
        differing = [key for key, _line in members if key in alone]
        if differing and _difference([line for _key, line in members]):
            found += [(key, *alone[key]) for key in differing]
    return found


def _difference(lines: Sequence[BillLine]) -> tuple[Number, Number] | None:
    """Return the sum of the days and the last running total where they are not the same but for rounding."""
    costs, running = _days(lines)
    last = next((position for position in reversed(range(len(running))) if running[position] is not None), -1)
    shown = running[last]
    if shown is None or sum(costs[: last + 1]) == shown or any(_unpriced(line, last) for line in lines):
        return None
    total = _RunningSum()
    for cost in costs[: last + 1]:
        total.add(cost)
    return None if total.is_about(shown) else (total.total, shown)


def _unpriced(line: BillLine, last: int) -> bool:
    """Tell whether a record has no cost at all, so that the sum of its line is not known."""
    return line.daily(_CONTRACTED)[1][: last + 1] != line.records[: last + 1]


def _days(lines: Sequence[BillLine]) -> tuple[list[Number], list[Number | None]]:
    """Return the cost of each day, and the highest running total on it."""
    if len(lines) == 1:
        return lines[0].daily(_CONTRACTED)[0], lines[0].running
    costs = [sum(day) for day in zip(*(line.daily(_CONTRACTED)[0] for line in lines), strict=True)]
    shown = zip(*(line.running for line in lines), strict=True)
    return costs, [max((each for each in day if each is not None), default=None) for day in shown]


def _half(decimals: int) -> Decimal:
    return Decimal(5).scaleb(-min(decimals, _FINEST) - 1)


def _decimals(number: Number) -> int:
    return 0 if isinstance(number, int) else max(0, -int(number.normalize().as_tuple().exponent))


def _service_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(key[position] for position in _SHARED_KEY)


def _by_service(lines: Lines) -> Iterable[Lines]:
    found: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], BillLine]]] = defaultdict(list)
    for key, line in lines:
        found[_service_key(key)].append((key, line))
    return found.values()
