# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Count records as they arrive: exact daily sums for each metric, unit, currency and value of the asked dimensions.

Memory grows with the number of these series, never with the number of records.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import RepeatedName
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import (
    AMOUNTS,
    COSTS,
    DIMENSION_COLUMNS,
    REQUIRED,
    dimension_columns,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    LARGEST,
    SUMS,
    Number,
    parse_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY, Window
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import moment, text, texts, to_fact
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Labels, Series, Sums

_ALWAYS = (
    "ConsumedUnit",
    "PricingUnit",
    "BillingCurrency",
    "ChargeClass",
    *DIMENSION_COLUMNS["account"],
    *DIMENSION_COLUMNS["metric"],
)
Keep = Callable[[Mapping[str, Any]], None]  # takes a whole record that counts
MAX_SAMPLES = 5
MAX_POSITIONS = 10_000
MAX_STRANGERS = 1000
_BILLED = COSTS.index("BilledCost")
_PRICED = AMOUNTS.index("PricingQuantity")

_OFFSET = re.compile(r"T.*[+-](?!00:?00$)[0-9]{2}:?[0-9]{2}$")  # of a time zone other than UTC

# What stands in place of the position of a day that does not count.
_OUTSIDE, _SHARED, _NO_DAY = -1, -2, -3
ASKED_APART = "asked_apart"  # records that another request asks for
OTHER_ACCOUNT = "other_account"  # records of an account that was not asked for


@dataclass(frozen=True)
class RecordSelection:
    """What is asked of the records: days (inclusive), metric ids (none: all), dimensions, and whether to keep them.

    ``accounts`` are the ids, in small letters, that records may name; none: all.
    """

    first: date
    last: date
    group_by: tuple[str, ...]
    metric: frozenset[str]
    keep_records: bool
    accounts: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose values make a series."""
        asked = (column for name in self.group_by for column in dimension_columns(name))
        return tuple(dict.fromkeys((*_ALWAYS, *asked)))

    @property
    def row_columns(self) -> tuple[str, ...]:
        """All columns that counting a record looks at."""
        return row_columns(self.columns, AMOUNTS)


Key = tuple["str | None", ...]


def identity(labels: Mapping[str, str | None], columns: Sequence[str]) -> Key:
    """Return what makes two values of a dimension the same: the id where there is one, else the name."""
    known = labels[columns[0]]
    return (known, None) if len(columns) > 1 and known is not None else tuple(labels[column] for column in columns)


def row_columns(key: tuple[str, ...], amounts: tuple[str, ...]) -> tuple[str, ...]:
    """Return all columns that counting a record looks at, in the order in which a row has them."""
    return (*key, "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity", *amounts)


def _known_account(labels: Key, at: int) -> Key:
    """Return labels with the id of the account, at this place, in small letters: as it was asked for."""
    account = labels[at]
    return (
        labels if account is None or account == account.lower() else (*labels[:at], account.lower(), *labels[at + 1 :])
    )


class Aggregate:
    """What the records of some days came to: of one window's, or of a whole query's after ``add``.

    ``shared`` has the sums that several series have together. Without ``sums`` the records are counted by day, but not
    added up.
    """

    def __init__(self, columns: tuple[str, ...], first: date, last: date, *, sums: bool = True) -> None:
        self.columns = columns
        self._nowhere = None if sums else Sums(0)
        self.first = first
        self.days = (last - first).days + 1
        self.series: dict[tuple[Any, ...], Series] = {}
        self.shared: dict[tuple[Any, ...], Sums] = {}
        self.records: list[dict[str, Any]] = []
        self.notices: list[Notices] = []
        self.dropped = {"outside_range": 0, "other_metric": 0, "other_account": 0, "not_counted": 0}
        self.samples: list[dict[str, Any]] = []
        self.missing_columns: Counter[str] = Counter()
        self.unreadable_costs: Counter[str] = Counter()
        self.odd_periods: dict[str, set[date]] = {}  # by what is odd about a charge period, the days that it is for
        self.strangers: set[str] = set()  # accounts that were not asked for
        self.negatives: Counter[tuple[str | None, str | None]] = Counter()  # by account and metric
        self.notes: list[Any] = []  # what a source has noticed, for the reasons that it gives
        self.last_day_arrived = False

    def add(self, part: Aggregate) -> None:
        """Add a part of the days, which is not to be used any more after that."""
        offset = (part.first - self.first).days
        with localcontext(SUMS):
            self._add_series(part, offset)
        self.records += part.records
        self.notices += part.notices
        for cause, count in part.dropped.items():
            self.dropped[cause] += count
        self.samples = (self.samples + part.samples)[:MAX_SAMPLES]
        self.missing_columns += part.missing_columns
        self.unreadable_costs += part.unreadable_costs
        for kind, days in part.odd_periods.items():
            self.odd_periods.setdefault(kind, set()).update(days)
        self.strangers |= part.strangers
        self.negatives += part.negatives
        self.notes += part.notes

    def _add_series(self, part: Aggregate, offset: int) -> None:
        taken_over = self._nowhere is None and part.days == self.days  # a copy of all would take as much memory again
        shared = {} if self._nowhere else part.shared
        sums = {theirs: self._add_shared(key, theirs, offset) for key, theirs in shared.items()}
        for key, series in part.series.items():
            if series.skip_reason:
                continue
            mine = self.series.get(key)
            if mine is None and taken_over:
                series.sums = sums.get(series.sums, series.sums)
                self.series[key] = series
                continue
            if mine is None:
                mine = self.series[key] = Series(self.days, sums=self._nowhere or sums.get(series.sums))
            mine.add(series, offset)

    def _add_shared(self, key: tuple[Any, ...], sums: Sums, offset: int) -> Sums:
        if key not in self.shared and len(sums.quantities) == self.days:
            self.shared[key] = sums
        else:
            self.shared.setdefault(key, Sums(self.days)).add(sums, offset)
        return self.shared[key]

    @cached_property
    def counted(self) -> list[tuple[Labels, Series]]:
        """Every series with records, its key as column and text; to be read when nothing is added any more."""
        positions = {column: position for position, column in enumerate(self.columns)}
        at = positions["BillingAccountId"]
        return [
            (Labels(positions, _known_account(texts(key), at)), series)
            for key, series in self.series.items()
            if any(series.counts)
        ]

    @property
    def record_count(self) -> int:
        return sum(sum(series.counts) for _named, series in self.counted)

    def day(self, position: int) -> date:
        return self.first + DAY * position


class WindowAggregator(Aggregate):
    """Counts the records of one window's answer; ``last_day_arrived`` tells of rows on the last day of the request.

    ``metric`` is the one that this answer was asked for, where each is asked for by itself. ``keep`` gets every record
    that counts, in place of ``records``.
    """

    # The names of version 2; a source with other names has a class of its own.
    metric_column = "x_BillableMetricId"
    name_column = "x_BillableMetricName"
    amounts: tuple[str, ...] = AMOUNTS
    required = REQUIRED
    no_costs: tuple[None, ...] = (None,) * len(AMOUNTS)  # of a record with nothing to add

    def __init__(
        self,
        window: Window,
        selection: RecordSelection,
        metric: str | None = None,
        keep: Keep | None = None,
    ) -> None:
        super().__init__(self.key_columns(selection), window.first, window.owned)
        self._window = window
        self._metrics = selection.metric
        self._metric = selection.metric if metric is None else {metric}
        self._accounts = selection.accounts
        self._keep = keep or (self._keep_fact if selection.keep_records else None)
        self._positions: dict[tuple[Any, ...], int] = {}
        self._row_columns = row_columns(self.columns, self.amounts)
        self._names: dict[str, str] = {}
        self._sum_columns = _sum_columns(selection, self.columns)

    @staticmethod
    def key_columns(selection: RecordSelection) -> tuple[str, ...]:
        """Return the columns whose values make a series."""
        return selection.columns

    def count(self, records: Iterable[Any]) -> WindowAggregator:
        """Count every record, which comes as JSON gives it or as a tuple that starts with ``row_columns``.

        What this loop does for each decides the speed of the module.
        """
        with localcontext(SUMS):
            columns, find_series, find_position = self._row_columns, self.series.get, self._positions.get
            largest, no_costs, start = LARGEST, self.no_costs, len(self.columns)
            quantity_at, costs_at, end = start + 2, start + 3, start + 3 + len(self.amounts)
            for record in records:
                scanned = record.__class__ is not tuple
                try:
                    row = tuple(map(record.get, columns)) if scanned else record
                    key, period = row[:start], row[start:quantity_at]
                    series = find_series(key)
                    position = find_position(period)
                except (AttributeError, TypeError):  # no object, or a list or an object in place of text
                    self._reject(self._named(record))
                    continue
                if position is None:
                    position = self._day_index(period)
                if series is None:
                    series = self._new_series(key)
                if position < 0 or series.skip_reason:
                    self._skip(position, series, self._named(record))
                    continue
                quantity = row[quantity_at]
                if not (
                    (quantity.__class__ is int and 0 <= quantity < largest)
                    or (quantity.__class__ is Decimal and -30 < quantity.adjusted() < 30 and not quantity.is_signed())
                ):
                    quantity = self._unusual_quantity(quantity, key)
                if quantity is None:
                    self._sample("ConsumedQuantity is not a number", row[quantity_at], self._named(record))
                    continue
                series.counts[position] += 1
                series.sums.quantities[position] += quantity
                if series.rounded is not None:
                    series.rounded[position] += float(quantity)
                costs = row[costs_at:end]
                if costs[0] is not None or costs != no_costs:  # the first spares most comparisons
                    self._add_costs(series, position, costs)
                if scanned:  # rows have all required columns, and nobody keeps them
                    self._add_whole(record)
        return self

    def _add_whole(self, record: Mapping[str, Any]) -> None:
        if not record.keys() >= self.required:
            self.missing_columns.update(self.required - record.keys())
        if self._keep is not None:
            self._keep(record)

    def _keep_fact(self, record: Mapping[str, Any]) -> None:
        self.records.append(to_fact(record))

    def _named(self, record: Any) -> Any:
        """Return a row with the names of its columns; anything else comes back as it is."""
        return dict(zip(self._row_columns, record, strict=False)) if isinstance(record, tuple) else record

    def _day_index(self, period: tuple[Any, ...]) -> int:
        """Return the position of a charge period's first day, or what stands in place of one."""
        begins, ends = moment(period[0]), moment(period[1])
        window = self._window
        if begins is None:
            position = _NO_DAY
        elif not window.first <= begins.date() <= window.last:
            position = _OUTSIDE
        else:
            day = begins.date()
            position = (day - window.first).days if day <= window.owned else _SHARED
            self.last_day_arrived = self.last_day_arrived or day == window.last
            if position >= 0:
                for kind in _oddities(period[0], begins, ends):
                    self.odd_periods.setdefault(kind, set()).add(day)
        if len(self._positions) >= MAX_POSITIONS:  # a time for each record must not take memory for each record
            self._positions.clear()
        self._positions[period] = position
        return position

    def _new_series(self, key: tuple[Any, ...]) -> Series:
        """Return the series of a new key."""
        metric = key[self.columns.index(self.metric_column)]
        cause = ""
        if self._metric and metric not in self._metric:
            cause = "not_counted" if metric is None else ASKED_APART if metric in self._metrics else "other_metric"
        if not cause and self.is_stranger(key[self.columns.index("BillingAccountId")]):
            cause = OTHER_ACCOUNT
        key = tuple(map(self._named_once, key))
        series = self.series[key] = Series(0 if cause else self.days, cause, None if cause else self._shared_sums(key))
        return series

    def _named_once(self, value: Any) -> Any:
        """Return the one text for all series that have it: each record comes with texts of its own."""
        return self._names.setdefault(value, value) if isinstance(value, str) else value

    def _shared_sums(self, key: tuple[Any, ...]) -> Sums | None:
        """Return the sums of all accounts together, where nobody asks for those of each."""
        if not self._sum_columns:
            return None
        sum_key = tuple(key[position] for position in self._sum_columns)
        return self.shared.setdefault(sum_key, Sums(self.days))

    def is_stranger(self, account: Any) -> bool:
        """Tell whether a record names an account that was not asked for, and note it."""
        if account is None or not self._accounts or str(account).lower() in self._accounts:
            return False
        if len(self.strangers) < MAX_STRANGERS:
            self.strangers.add(str(text(account)))
        return True

    def _unusual_quantity(self, value: Any, key: tuple[Any, ...]) -> Number | None:
        """Return the number that a quantity is, None for none; note one below zero, which only corrections have."""
        quantity = parse_number(value)
        if quantity is not None and quantity < 0:
            labels = dict(zip(self.columns, map(text, key), strict=True))
            if labels["ChargeClass"] != "Correction":
                metric = labels[self.metric_column] or labels[self.name_column]
                account = labels["BillingAccountId"]
                self.negatives[account and account.lower(), metric] += 1
        return quantity

    def _skip(self, position: int, series: Series, record: Mapping[str, Any]) -> None:
        if position == _NO_DAY:
            self._sample("ChargePeriodStart is not a date", record.get("ChargePeriodStart"), record)
        elif position == _OUTSIDE:
            self.dropped["outside_range"] += 1
        elif position == _SHARED or series.skip_reason == ASKED_APART:
            pass  # the answer that owns it counts it
        elif series.skip_reason == "not_counted":
            self._sample("no metric id to hold against the asked metric", record.get(self.name_column), record)
        elif series.skip_reason == OTHER_ACCOUNT:
            self.dropped["other_account"] += 1
        else:
            self.dropped["other_metric"] += 1

    def _reject(self, record: object) -> None:
        if isinstance(record, RepeatedName) and isinstance(record.found, Mapping):
            # of the two values nobody can tell which one counts
            known = {column: value for column, value in record.found.items() if column != record.name}
            column, value, problem = record.name, record.found.get(record.name), "appears twice"
        elif isinstance(record, Mapping):
            columns = (*self.columns, "ChargePeriodStart", "ChargePeriodEnd")
            column = next(column for column in columns if isinstance(record.get(column), (list, dict)))
            known, value, problem = dict(record), record[column], "is not text"
        else:
            self._sample("not an object", record, {})
            return
        period = (known.get("ChargePeriodStart"), known.get("ChargePeriodEnd"))
        position = self._day_index(tuple(each if isinstance(each, str) else None for each in period))
        if position == _OUTSIDE:
            self.dropped["outside_range"] += 1
        elif position != _SHARED:
            self._sample(f"{printable(column, 60)} {problem}", value, known)

    def _sample(self, problem: str, value: object, record: Mapping[str, Any]) -> None:
        """Note a record that can't be counted, quoting only what is wrong, its metric and its day."""
        self.dropped["not_counted"] += 1
        if len(self.samples) < MAX_SAMPLES:
            quoted = (record.get(self.metric_column), record.get("ChargePeriodStart"))
            metric, start = (None if each is None else printable(each, 60) for each in quoted)
            self.samples.append(
                {"problem": problem, "value": printable(value, 40), "metric": metric, "charge_period_start": start}
            )

    def _add_costs(self, series: Series, position: int, costs: tuple[Any, ...]) -> None:
        charged, sums, counts = False, series.sums.costs, series.own_cost_counts()
        for index, cost in enumerate(costs):
            if cost is None:
                continue
            amount = cost if cost.__class__ is Decimal and -30 < cost.adjusted() < 30 else parse_number(cost)
            if amount is None:
                self.unreadable_costs[AMOUNTS[index]] += 1
                continue
            sums[index] += amount
            counts[index] += 1
            if index == _BILLED:
                series.sums.billed[position] += amount
            if amount and index < _PRICED:
                charged = True
        if charged:
            series.costed |= 1 << position
        elif any(cost is not None for cost in costs[:_PRICED]) and parse_number(costs[_PRICED]) != 0:
            series.count_zero_costs(position)


def _sum_columns(selection: RecordSelection, columns: Sequence[str]) -> list[int]:
    """Return the positions of the columns that make a sum of its own; none where every series has its own sums."""
    if "account" in selection.group_by or len(selection.accounts) == 1:
        return []
    return [position for position, column in enumerate(columns) if column not in DIMENSION_COLUMNS["account"]]


def _oddities(start: str, begins: datetime, ends: datetime | None) -> Iterator[str]:
    """Yield what is not as it should be in a charge period: one day, from midnight to midnight in UTC."""
    if ends is None:
        yield "period_without_end"
    elif ends <= begins:
        yield "period_ends_before_start"
    elif ends - begins > DAY:
        yield "period_longer_than_a_day"
    if _OFFSET.search(start):
        yield "period_not_in_utc"
