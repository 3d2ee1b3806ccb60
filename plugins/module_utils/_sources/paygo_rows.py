# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of a pay-as-you-go bill: their names, the lines that they make, and which of their costs are known."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import AMOUNTS, COSTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    LARGEST,
    SUMS,
    Number,
    parse_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_cycles import Cycle, is_owner
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    ASKED_APART,
    OTHER_ACCOUNT,
    Aggregate,
    Keep,
    RecordSelection,
    WindowAggregator,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import moment, text, to_fact
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Series

KEY_COLUMNS = (
    "BillingAccountId",
    "BillingAccountName",
    "ServiceName",
    "ServiceFamilyName",
    "SubscriptionId",
    "ZoneId",
    "ZoneName",
    "ConsumedUnit",
    "PricingUnit",
    "BillingCurrency",
    "ChargeClass",
    "BillingPeriodStart",
)
PAYGO_AMOUNTS = (*AMOUNTS, "CumulatedContractedCost")
# Of the columns that every record has, those that counting it relies on.
RELIED_ON = frozenset(
    (
        "BillingPeriodStart",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedCost",
        "PricingQuantity",
        "ServiceName",
    )
)
# The column of version 2 that stands for one of version 1.
_RENAMED = {
    "ServiceFamilyName": "x_ProductFamilyName",
    "SubscriptionId": "SubAccountId",
    "ZoneId": "x_ZoneId",
    "ZoneName": "x_ZoneName",
}
_CONTRACTED, _BILLED = COSTS.index("ContractedCost"), COSTS.index("BilledCost")
_PRICED = AMOUNTS.index("PricingQuantity")
_NOTE = re.compile(r"\([^()]*\b(?:included|first\b[^()]*\bfree)\b[^()]*\)", re.IGNORECASE)
_FINEST, _COARSEST = 6, 2  # decimals of a cost that can be rounded


@lru_cache(maxsize=10_000)
def metric_id(service_name: str) -> str:
    """Return the metric id of a service: its name in small letters, without the note of what is included.

    A name with letters that ASCII has no likeness of ends in a digest, so that two of them never share an id.
    """
    name = " ".join(_NOTE.sub(" ", service_name).split())
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    words = re.findall(r"[a-z0-9]+", plain.lower())
    if not plain.isascii():
        words.append(hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8])
    return "_".join(words)


def to_v2(record: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    """Return a record under the names of version 2; the name of its service stays beside them."""
    named = {_RENAMED.get(column, column): value for column, value in record.items()}
    service = record.get("ServiceName")
    return {
        **named,
        "BillingAccountId": record.get("BillingAccountId") or account_id,
        "ConsumedUnit": record.get("ConsumedUnit") or record.get("PricingUnit"),
        "x_BillableMetricId": None if service is None else metric_id(str(service)),
        "x_BillableMetricName": service,
    }


class Line(Series):
    """One line of the bill by day of its cycle: a service of a zone and subscription.

    ``amounts`` and ``carrying`` are the sums and numbers of the records whose four costs are one amount; ``odd`` holds
    the position and the costs of the others. ``unrated`` counts records beyond the allowance without a cost,
    ``running`` is Cloudflare's own total on each day.
    """

    __slots__ = ("amounts", "carrying", "odd", "priced", "priced_counts", "running", "unrated")

    def __init__(self, days: int, skip_reason: str = "") -> None:
        super().__init__(days, skip_reason)
        self.amounts: list[Number] = [0] * days
        self.carrying = [0] * days
        self.odd: list[tuple[int, list[Number | None]]] = []
        self.priced: list[Number] = [0] * days
        self.priced_counts = [0] * days
        self.unrated = [0] * days
        self.running: list[Number | None] = [None] * days

    def daily(self, cost: int) -> tuple[list[Number], list[int]]:
        """Return the sums of each day of one of COSTS, and how many records carry it."""
        if not self.odd:
            return self.amounts, self.carrying
        amounts, carrying = self.amounts.copy(), self.carrying.copy()
        for position, costs in self.odd:
            amount = costs[cost]
            if amount is not None:
                amounts[position] += amount
                carrying[position] += 1
        return amounts, carrying


@dataclass(frozen=True)
class Difference:
    """A line whose days do not add up to its running total."""

    metric: str
    start: date
    days: Decimal
    running: Decimal


@dataclass
class CycleNote:
    """What was noticed in the answer to one cycle.

    ``starts`` are those of the billing periods of records, by subscription, ``unplanned`` those that are not the
    cycle's. ``unrated`` counts the records whose cost is not known, by metric and day.
    """

    cycle: Cycle
    rows: int = 0
    unplanned: set[date] = field(default_factory=set)
    starts: set[tuple[str | None, date]] = field(default_factory=set)
    unrated: Counter[tuple[str, date]] = field(default_factory=Counter)
    differing: list[Difference] = field(default_factory=list)


class CycleAggregator(WindowAggregator):
    """Counts the rows of a whole billing cycle, which running totals need, and hands over those of the asked days."""

    metric_column = name_column = "ServiceName"
    amounts = PAYGO_AMOUNTS
    required = RELIED_ON

    def __init__(
        self, selection: RecordSelection, account_id: str, cycle: Cycle, planned: Sequence[Cycle], keep: Keep | None
    ) -> None:
        window = Window(cycle.first, cycle.last, cycle.last)
        super().__init__(window, selection, None, self._keep_asked)
        self._selection = selection
        self._account_id = account_id
        self._cycle = cycle
        self._planned = planned
        self._first, self._last = max(cycle.first, selection.first), min(cycle.last, selection.last)
        self._sink: Keep | None = keep
        if keep is None and not selection.keep_records:
            self._keep = None

    @staticmethod
    def key_columns(selection: RecordSelection) -> tuple[str, ...]:
        return KEY_COLUMNS

    def _keep_asked(self, record: Mapping[str, Any]) -> None:
        if self._is_asked(record):
            named = to_v2(record, self._account_id)
            if self._sink is None:
                self.records.append(to_fact(named))
            else:
                self._sink(named)

    def _is_asked(self, record: Mapping[str, Any]) -> bool:
        starts = moment(record.get("ChargePeriodStart"))
        return starts is not None and self._first <= starts.date() <= self._last

    def _new_series(self, key: tuple[Any, ...]) -> Series:
        labels = dict(zip(KEY_COLUMNS, key, strict=True))
        service, started = labels["ServiceName"], moment(labels["BillingPeriodStart"])
        cause = ""
        if not is_owner(self._cycle, self._planned, labels["SubscriptionId"], started.date() if started else None):
            cause = ASKED_APART
        elif self._metrics and service is None:
            cause = "not_counted"
        elif self._metrics and metric_id(str(service)) not in self._metrics:
            cause = "other_metric"
        elif self.is_stranger(labels["BillingAccountId"]):
            cause = OTHER_ACCOUNT
        line = self.series[key] = Line(self.days, cause)
        return line

    def _sample(self, problem: str, value: object, record: Mapping[str, Any]) -> None:
        """Note only what can be a row of the asked days."""
        if moment(record.get("ChargePeriodStart")) is None or self._is_asked(record):
            super()._sample(problem, value, record)

    def _add_costs(self, series: Series, position: int, costs: tuple[Any, ...]) -> None:
        line = cast(Line, series)
        billed, effective, contracted, listed, priced, running = costs
        amount, priced, running = _number(contracted), _number(priced), _number(running)
        if (
            amount is not None
            and billed == effective == contracted == listed
            and billed.__class__ is effective.__class__ is listed.__class__ is amount.__class__  # true is 1 as well
        ):
            line.amounts[position] += amount
            line.carrying[position] += 1
        else:
            amount = self._add_odd_costs(line, position, costs)
        if priced is not None:
            line.priced[position] += priced
            line.priced_counts[position] += 1
        if priced != 0 and amount == 0:
            line.unrated[position] += 1
        if running is not None:
            highest = line.running[position]
            line.running[position] = running if highest is None or running > highest else highest

    def _add_odd_costs(self, line: Line, position: int, costs: tuple[Any, ...]) -> Number | None:
        """Add costs that are not one amount four times; return one that is not 0, else 0, None where none is known."""
        amounts: list[Number | None] = [parse_number(cost) for cost in costs[: len(COSTS)]]
        contracted = amounts[_CONTRACTED]
        for index, cost in enumerate(costs[: len(COSTS)]):
            if cost is None:
                amounts[index] = contracted  # by definition all four are one amount
            elif amounts[index] is None and self._first <= self.day(position) <= self._last:
                self.unreadable_costs[COSTS[index]] += 1
        line.odd.append((position, amounts))
        return next((amount for amount in amounts if amount), next((amount for amount in amounts if amount == 0), None))

    def asked_part(self) -> Aggregate:
        """Return what the asked days came to, under the names of version 2."""
        with localcontext(SUMS):
            return self._asked_part()

    def _asked_part(self) -> Aggregate:
        part = Aggregate(self._selection.columns, self._first, self._last)
        part.records, part.samples, part.dropped = self.records, self.samples, self.dropped
        part.missing_columns, part.unreadable_costs = self.missing_columns, self.unreadable_costs
        part.strangers, part.negatives = self.strangers, self.negatives
        part.odd_periods = {
            kind: asked
            for kind, days in self.odd_periods.items()
            if (asked := {each for each in days if self._first <= each <= self._last})
        }
        note = CycleNote(self._cycle)
        part.notes = [note]
        lines = [(key, line) for key, line in self.series.items() if isinstance(line, Line) and not line.skip_reason]
        rated = _rated_through(lines)
        offset = (self._first - self.first).days
        for key, line in lines:
            labels = self._labels(key)
            note.rows += sum(line.counts)
            started = moment(key[_START])
            if started is not None and any(line.counts):
                note.starts.add((key[_SUBSCRIPTION], started.date()))
            unknown = line.unrated
            if key in rated:
                unknown = [count if position >= rated[key] else 0 for position, count in enumerate(unknown)]
            target = part.series.setdefault(tuple(map(labels.get, part.columns)), Series(part.days))
            _add_days(target, line, unknown, offset)
            for position in range(offset, offset + part.days) if any(unknown) else ():
                if unknown[position]:
                    note.unrated[labels["x_BillableMetricId"] or "", self.day(position)] += unknown[position]
        note.unplanned = {start for _subscription, start in note.starts} - self._cycle.starts
        note.differing = [
            Difference(metric_id(str(key[_SERVICE])), self.first, Decimal(days), Decimal(running))
            for key, days, running in _differences(lines)
        ]
        return part

    def _labels(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """Return the labels of a line under the names of version 2."""
        record = {column: text(value) for column, value in zip(KEY_COLUMNS, key, strict=True)}
        return to_v2(record, self._account_id)


_SERVICE, _SUBSCRIPTION, _START = map(KEY_COLUMNS.index, ("ServiceName", "SubscriptionId", "BillingPeriodStart"))
_SHARED_KEY = tuple(
    KEY_COLUMNS.index(column) for column in ("ServiceName", "SubscriptionId", "BillingCurrency", "BillingPeriodStart")
)
Lines = Sequence["tuple[tuple[Any, ...], Line]"]


def _number(value: Any) -> Number | None:
    """Return what ``parse_number`` does, at once for what is a number already."""
    kind = value.__class__
    if (kind is int and -LARGEST < value < LARGEST) or (kind is Decimal and -30 < value.adjusted() < 30):
        number: Number = value
        return number
    return parse_number(value)


def _add_days(target: Series, line: Line, unknown: Sequence[int], offset: int) -> None:
    """Add the days of a line from ``offset`` on; ``unknown`` counts the records of each day whose cost is not known."""
    asked = slice(offset, offset + len(target.counts))
    _add_to(target.counts, line.counts[asked])
    sums, cost_counts = target.sums, target.own_cost_counts()
    _add_to(sums.quantities, line.sums.quantities[asked])
    _add_to(sums.billed, line.daily(_BILLED)[0][asked])
    without = unknown[asked] if any(unknown) else ()
    for index in range(len(COSTS)):
        amounts, carrying = line.daily(index)
        sums.costs[index] += sum(amounts[asked])
        cost_counts[index] += sum(carrying[asked]) - sum(map(min, carrying[asked], without))
    sums.costs[_PRICED] += sum(line.priced[asked])
    cost_counts[_PRICED] += sum(line.priced_counts[asked])


def _add_to(sums: MutableSequence[Any], more: Sequence[Any]) -> None:
    for position, other in enumerate(more):
        sums[position] += other


def _rated_through(lines: Lines) -> dict[tuple[Any, ...], int]:
    """Return for each line with unrated records the last day, by position, that a running total shows to be rated.

    A day before it that costs nothing does cost nothing: a later running total has grown and is the sum of the days.
    Where the total runs over all zones of a service, the service shows it.
    """
    found = {}
    for members in _by_service(lines):
        unrated = [(key, line) for key, line in members if any(line.unrated)]
        shared = _last_confirmed([line for _key, line in members]) if unrated else -1
        found.update({key: max(_last_confirmed([line]), shared) for key, line in unrated})
    return found


def _last_confirmed(lines: Sequence[Line]) -> int:
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


def _differences(lines: Lines) -> list[tuple[tuple[Any, ...], Number, Number]]:
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


def _difference(lines: Sequence[Line]) -> tuple[Number, Number] | None:
    """Return the sum of the days and the last running total where they are not the same but for rounding."""
    costs, running = _days(lines)
    last = max((position for position, shown in enumerate(running) if shown is not None), default=-1)
    shown = running[last]
    if shown is None or sum(costs[: last + 1]) == shown or any(_unpriced(line, last) for line in lines):
        return None
    total = _RunningSum()
    for cost in costs[: last + 1]:
        total.add(cost)
    return None if total.is_about(shown) else (total.total, shown)


def _unpriced(line: Line, last: int) -> bool:
    """Tell whether a record has no cost at all, so that the sum of its line is not known."""
    return line.daily(_CONTRACTED)[1][: last + 1] != list(line.counts[: last + 1])


def _days(lines: Sequence[Line]) -> tuple[list[Number], list[Number | None]]:
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
    found: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], Line]]] = defaultdict(list)
    for key, line in lines:
        found[_service_key(key)].append((key, line))
    return found.values()
