# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of a dataset as their records arrive, and what they came to, by partition and day."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import partition_value
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import Mapper, text_or_none
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats import Format
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import Partition, Spool, Spools
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    MAX_POSITIONS,
    Aggregate,
    RecordSelection,
    Series,
    WindowAggregator,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import Query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import moment

RowMaker = Callable[[Spool], Callable[[Mapping[str, Any]], None]]


class Dataset(Aggregate):
    """The rows of all windows, in files of ``folder``, and as much of their tally as it takes to judge them."""

    def __init__(self, query: Query, folder: Path, row_maker: RowMaker) -> None:
        super().__init__(query.selection.columns, query.first, query.last)
        self.spools = Spools()
        self._metrics = query.metric
        self._folder = folder
        self._row_maker = row_maker

    def count(
        self, window: Window, selection: RecordSelection, metric: str | None, records: Iterable[Any]
    ) -> WindowAggregator:
        """Count the records of one answer and keep those that count, in a file that another try begins anew."""
        number = self._metrics.index(metric) if metric else 0
        with Spool(self._folder / f"{window.first}_{window.last}_{number}") as spool:
            return _WindowRows(window, selection, metric, spool, self._row_maker(spool)).count(records)

    def add(self, part: Aggregate) -> None:
        """Add what ``count`` returned for a window."""
        super().add(part)
        self.spools.append(cast(_WindowRows, part).spool)

    def _add_series(self, part: Aggregate, offset: int) -> None:
        """Add counts without sums: a few bytes for each metric and day, however many records there are."""
        for key, series in part.series.items():
            if series.skip_reason:
                continue
            mine = self.series.get(key)
            if mine is None:
                mine = self.series[key] = Series(0)
                mine.counts = array("L", bytes(array("L").itemsize * self.days))
            for position, count in enumerate(series.counts, offset):
                mine.counts[position] += count
            mine.cost_counts = [old + new for old, new in zip(mine.cost_counts, series.cost_counts, strict=True)]


class _WindowRows(WindowAggregator):
    def __init__(
        self,
        window: Window,
        selection: RecordSelection,
        metric: str | None,
        spool: Spool,
        keep: Callable[[Mapping[str, Any]], None],
    ) -> None:
        super().__init__(window, selection, metric, keep)
        self.spool = spool


class RowWriter:
    """Makes a row of each record, and says which partition and which day of the query, from ``first``, it is of."""

    def __init__(
        self, spool: Spool, fmt: Format, partition_by: tuple[str, ...], first: date, cycle_day: int | None
    ) -> None:
        self._spool = spool
        self._fmt = fmt
        self._partition_by = partition_by
        self._first = first
        self._mapper = Mapper(fmt.encode, fmt.null, fmt.number, cycle_day)
        self._places: dict[tuple[Any, Any], tuple[Partition, int]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Add the row of a record that counts."""
        seen = (record.get("BillingAccountId"), record.get("ChargePeriodStart"))
        place = self._places.get(seen)
        if place is None:
            if len(self._places) >= MAX_POSITIONS:
                self._places.clear()
            place = self._places[seen] = self._place(*seen)
        row = self._mapper.row(record)
        self._spool.add(*place, self._fmt.line(row))
        unknown = self._mapper.unknown(row)
        if unknown:
            self._spool.unknown[unknown] += 1

    def _place(self, account: Any, start: Any) -> tuple[Partition, int]:
        time = cast(datetime, moment(start))  # without a day the record would not count
        values = {"account": partition_value(text_or_none(account)), "month": f"{time:%Y-%m}"}
        return tuple(values[key] for key in self._partition_by), 1 << (time.date() - self._first).days
