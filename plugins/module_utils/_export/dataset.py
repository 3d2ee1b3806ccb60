# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of a dataset as their records arrive, and what they came to, by partition and day."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import Mapper, text_or_none
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.interface import Format
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import Partition, Spool, Spools
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import NULL, partition_value
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import MAX_POSITIONS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import moment

RowMaker = Callable[[Spool], Callable[[Mapping[str, Any]], None]]

_LONGEST_ID = 200  # characters of an account's id that are remembered; real ones have 32


class Dataset:
    """The rows of all windows, in files of ``folder``; ``row_maker`` makes what writes the rows of an answer."""

    def __init__(self, folder: Path, metrics: tuple[str, ...], row_maker: RowMaker) -> None:
        self.spools = Spools()
        self._folder = folder
        self._metrics = metrics
        self._row_maker = row_maker
        self._started: dict[tuple[Window, str | None], Spool] = {}

    @contextlib.contextmanager
    def start(self, window: Window, metric: str | None) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Return what keeps each record of an answer that counts, in a file that another try begins anew."""
        number = 0 if metric is None else self._metrics.index(metric)
        with Spool(self._folder / f"{window.first}_{window.last}_{number}") as spool:
            yield self._row_maker(spool)
        self._started[window, metric] = spool

    def add(self, window: Window, metric: str | None) -> None:
        """Add the rows of an answer that is whole."""
        self.spools.append(self._started.pop((window, metric)))


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
        name = text_or_none(account)
        values = {"month": f"{time:%Y-%m}"}
        if "account" in self._partition_by:  # elsewhere any id will do
            values["account"] = partition_value(name)
        partition = tuple(values[key] for key in self._partition_by)
        self._spool.note_account(partition, (name or NULL).lower()[:_LONGEST_ID])
        return partition, 1 << (time.date() - self._first).days
