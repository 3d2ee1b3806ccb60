# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows as Parquet."""

from __future__ import annotations

import importlib
import io
import traceback
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._csv_text import quoted
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MissingLibraryError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import (
    DATASET_COLUMNS,
    FOCUS_VERSION,
    NUMBERS,
    QUANTITIES,
    TIMES,
    UNIT_PRICES,
    Row,
    decimal,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable

# Precision and scale of a decimal: costs as wide as DuckDB, Spark and Trino can read. A quantity and a unit price are
# narrower, so that their product is exact there too: Spark gives it 22 + 15 + 1 digits, and 38 are the most.
_COST, _QUANTITY, _UNIT_PRICE = (38, 18), (22, 9), (15, 12)
ROWS_AT_ONCE = 50_000  # a row group of Parquet, held in memory
_PARSED_AT_ONCE = 1024 * 1024  # no row is larger

_ROUNDING = Context(prec=100)


def decimal_type(column: str) -> tuple[int, int]:
    """Return precision and scale of a column of numbers; they never depend on what is in it."""
    return _QUANTITY if column in QUANTITIES else _UNIT_PRICE if column in UNIT_PRICES else _COST


class Parquet:
    """Parquet by pyarrow, which reads the kept rows as CSV, some at a time."""

    extension = "parquet"
    null = ""

    def __init__(self) -> None:
        self._arrow = _library("pyarrow")
        self._csv = _library("pyarrow.csv")
        self._parquet = _library("pyarrow.parquet")

    def encode(self, text: str) -> str:
        return quoted(text)

    def number(self, value: object, column: str) -> str | None:
        """Return a number that fits into the decimal of its column: places beyond its last one are rounded."""
        text = decimal(value)
        if text is None:
            return None
        number = Decimal(text)
        precision, scale = decimal_type(column)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -scale:
            number = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN, _ROUNDING)
            text = f"{number:f}"
        if number.adjusted() >= precision - scale:
            raise ExportError(
                f"{column}: {text} is too large for decimal({precision}, {scale}) in Parquet; use csv or ndjson."
            )
        return text

    def line(self, row: Row) -> str:
        return ",".join(row) + "\n"

    def write(self, path: Path, blocks: Iterable[bytes]) -> None:
        arrow, csv_reader = self._arrow, self._csv
        schema = arrow.schema(
            [(column, self._type(column)) for column in DATASET_COLUMNS],
            {"FocusVersion": FOCUS_VERSION},
        )
        options = (
            csv_reader.ReadOptions(use_threads=False, block_size=_PARSED_AT_ONCE, column_names=list(DATASET_COLUMNS)),
            csv_reader.ParseOptions(newlines_in_values=True),
            csv_reader.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                timestamp_parsers=["%Y-%m-%dT%H:%M:%SZ"],
            ),
        )
        try:
            rows = csv_reader.open_csv(io.BufferedReader(_Stream(blocks), _PARSED_AT_ONCE), *options)
            with self._parquet.ParquetWriter(path, schema) as writer:
                for group in _gathered(rows):
                    writer.write_table(arrow.Table.from_batches(group), ROWS_AT_ONCE)
        except arrow.ArrowInvalid as error:
            raise ExportError(f"A row can't be written as Parquet: {printable(error)}") from error

    def _type(self, column: str) -> Any:
        """Return the type of a column. Times are UTC, without a zone: so a day is a UTC day in every reader."""
        if column in NUMBERS:
            return self._arrow.decimal128(*decimal_type(column))
        return self._arrow.timestamp("us") if column in TIMES else self._arrow.string()

    def days(self, path: Path) -> Iterator[str]:
        with self._parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=["ChargePeriodStart"]):
                for time in batch.column(0):
                    yield str(time.as_py())[:10]


class _Stream(io.RawIOBase):
    """Blocks of bytes as a file that pyarrow can read."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        super().__init__()
        self._blocks = iter(blocks)
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._held:
            self._held = memoryview(next(self._blocks, b""))
        length = min(len(buffer), len(self._held))
        buffer[:length] = self._held[:length]
        self._held = self._held[length:]
        return length


def _gathered(batches: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of batches that hold ROWS_AT_ONCE rows or more, but for the last."""
    group: list[Any] = []
    for batch in batches:
        group.append(batch)
        if sum(len(each) for each in group) >= ROWS_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def _library(name: str) -> Any:
    """Import a library that only one format needs."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingLibraryError("pyarrow", traceback.format_exc()) from None
