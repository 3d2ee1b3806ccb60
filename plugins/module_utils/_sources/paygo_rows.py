# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of a pay-as-you-go bill: the lines that they make, and what the asked days of a cycle come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import AMOUNTS, COSTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import LARGEST, SUMS, Number, parse_number
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_cycles import Cycle, is_owner
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_names import (
    KEY_COLUMNS,
    PAYGO_AMOUNTS,
    RELIED_ON,
    metric_id,
    to_v2,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_rating import differences, rated_through
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

_BILLED = COSTS.index("BilledCost")
_PRICED = AMOUNTS.index("PricingQuantity")
_CONTRACTED = COSTS.index("ContractedCost")
_SERVICE, _SUBSCRIPTION, _START = map(KEY_COLUMNS.index, ("ServiceName", "SubscriptionId", "BillingPeriodStart"))


class Line(Series):
    """One line of the bill by day of its cycle: a service of a zone and subscription.

    Its records count in the ``target``, which lines share that differ in nothing that was asked for. ``plain`` counts
    those whose four costs are one number and that say what is charged for; ``amounts`` and ``priced`` are their sums.
    ``odd`` holds the others: the position, the costs, and what is charged for. ``unrated`` counts records beyond the
    allowance without a cost, ``running`` is Cloudflare's own total on each day.
    """

    __slots__ = ("amounts", "odd", "plain", "priced", "running", "unrated")

    def __init__(self, target: Series) -> None:
        days = len(target.counts)
        self.skip_reason = ""
        self.counts, self.sums, self.rounded = target.counts, target.sums, None
        self.plain = [0] * days
        self.amounts: list[Number] = [0] * days
        self.priced: list[Number] = [0] * days
        self.running: list[Number | None] = [None] * days
        self.odd: list[tuple[int, Sequence[Number | None]]] = []
        self.unrated: dict[int, int] = {}

    def daily(self, cost: int) -> tuple[list[Number], list[int]]:
        """Return the sums of each day of one of COSTS, or with _PRICED of what is charged for, and how many carry it.

        Neither is to be changed.
        """
        sums = self.priced if cost == _PRICED else self.amounts
        if not self.odd:
            return sums, self.plain
        sums, carrying = sums.copy(), self.plain.copy()
        for position, numbers in self.odd:
            number = numbers[cost]
            if number is not None:
                sums[position] += number
                carrying[position] += 1
        return sums, carrying

    @property
    def has_records(self) -> bool:
        return bool(self.odd) or any(self.plain)

    @property
    def records(self) -> list[int]:
        """How many records each day has; not to be changed."""
        if not self.odd:
            return self.plain
        counts = self.plain.copy()
        for position, _numbers in self.odd:
            counts[position] += 1
        return counts


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
    no_costs = ()  # a record without any is looked at as well

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
        self._targets: dict[tuple[Any, ...], tuple[Series, list[Line]]] = {}
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
        if cause:
            skipped = self.series[key] = Series(0, cause)
            return skipped
        key = tuple(map(self._named_once, key))
        named = self._labels(key)
        columns = tuple(map(named.get, self._selection.columns))
        target, lines = self._targets.setdefault(columns, (Series(self.days), []))
        line = self.series[key] = Line(target)
        lines.append(line)
        return line

    def _sample(self, problem: str, value: object, record: Mapping[str, Any]) -> None:
        """Note only what can be a row of the asked days."""
        if moment(record.get("ChargePeriodStart")) is None or self._is_asked(record):
            super()._sample(problem, value, record)

    def _add_costs(self, series: Series, position: int, costs: tuple[Any, ...]) -> None:
        line = cast(Line, series)
        billed, effective, amount, listed, priced, running = costs
        kind = amount.__class__
        if (
            kind is billed.__class__ is effective.__class__ is listed.__class__  # as true is 1 as well
            and billed == effective == amount == listed
            and ((kind is int and -LARGEST < amount < LARGEST) or (kind is Decimal and -30 < amount.adjusted() < 30))
            and priced.__class__ is int
            and -LARGEST < priced < LARGEST
        ):
            line.plain[position] += 1
            if amount:
                sums = line.amounts
                sums[position] = sums[position] + amount if sums[position] else amount  # 0 + a decimal is slow
            elif not priced and not running:
                return  # within the allowance, which is what most records are
            if priced:
                line.priced[position] += priced
        else:
            amount, priced = self._add_odd(line, position, costs)
        if priced != 0 and amount == 0:
            line.unrated[position] = line.unrated.get(position, 0) + 1
        if running is not None:
            usual = running.__class__ is Decimal and -30 < running.adjusted() < 30
            shown, highest = running if usual else parse_number(running), line.running[position]
            if shown is not None and (highest is None or shown > highest):
                line.running[position] = shown

    def _add_odd(self, line: Line, position: int, costs: tuple[Any, ...]) -> tuple[Number | None, Number | None]:
        """Add a record that is not as most are.

        Return a cost that is not 0, else 0, None where none is known, and what is charged for.
        """
        amounts: list[Number | None] = [parse_number(cost) for cost in costs[: len(COSTS)]]
        contracted, priced = amounts[_CONTRACTED], parse_number(costs[_PRICED])
        for index, cost in enumerate(costs[: len(COSTS)]):
            if cost is None:
                amounts[index] = contracted  # by definition all four are one amount
            elif amounts[index] is None and self._first <= self.day(position) <= self._last:
                self.unreadable_costs[COSTS[index]] += 1
        line.odd.append((position, (*amounts, priced)))
        found = next((each for each in amounts if each), next((each for each in amounts if each == 0), None))
        return found, priced

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
        lines = [(key, line) for key, line in self.series.items() if isinstance(line, Line) and line.has_records]
        for subscription, start in {(key[_SUBSCRIPTION], key[_START]) for key, _line in lines}:
            started = moment(start)
            if started is not None:
                note.starts.add((subscription, started.date()))
        for key, last_rated in rated_through(lines).items():
            line = cast(Line, self.series[key])
            line.unrated = {day: count for day, count in line.unrated.items() if day >= last_rated}
        for columns, (target, members) in self._targets.items():
            note.rows += sum(target.counts)
            part.series[columns] = self._asked_series(target, [line for line in members if line.has_records])
        for key, line in lines:
            for position, count in line.unrated.items():
                day = self.day(position)
                if not self._first <= day <= self._last:
                    continue
                note.unrated[metric_id(str(key[_SERVICE])) if key[_SERVICE] is not None else "", day] += count
        note.unplanned = {start for _subscription, start in note.starts} - self._cycle.starts
        note.differing = [
            Difference(metric_id(str(key[_SERVICE])), self.first, Decimal(days), Decimal(running))
            for key, days, running in differences(lines)
        ]
        return part

    def _asked_series(self, target: Series, lines: Sequence[Line]) -> Series:
        """Return what the asked days of lines come to that are one in everything that was asked for."""
        offset = (self._first - self.first).days
        asked = slice(offset, offset + (self._last - self._first).days + 1)
        series = Series(0)
        series.counts, series.sums.quantities = target.counts[asked], target.sums.quantities[asked]
        series.sums.billed = [0] * len(series.counts)
        costs, carrying = series.sums.costs, series.own_cost_counts()
        plain = not any(line.odd for line in lines)
        if lines:
            days = zip(*(line.daily(_BILLED)[0][asked] for line in lines), strict=True)
            series.sums.billed = [sum(day) for day in days]
        for index in range(len(AMOUNTS)):
            if plain and 0 < index < _PRICED:  # all four are one amount
                costs[index], carrying[index] = costs[0], carrying[0]
                continue
            for line in lines:
                amounts, counts = line.daily(index)
                costs[index] += sum(amounts[asked])
                carrying[index] += sum(counts[asked])
                for position in line.unrated if index < _PRICED else ():
                    if asked.start <= position < asked.stop:
                        carrying[index] -= min(counts[position], line.unrated[position])
        return series

    def _labels(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """Return the labels of a line under the names of version 2."""
        record = {column: text(value) for column, value in zip(KEY_COLUMNS, key, strict=True)}
        return to_v2(record, self._account_id)
