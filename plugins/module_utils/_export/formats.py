# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats of an export: how a row is written, what stands around the rows, and what an older file holds."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MissingLibraryError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import (
    DATASET_COLUMNS,
    FOCUS_VERSION,
    NUMBERS,
    TIMES,
    Row,
    decimal,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable

PRECISION, SCALE = 38, 18  # of a decimal in Parquet: as wide as DuckDB, Spark and Trino can read
ROWS_AT_ONCE = 50_000  # a row group of Parquet, held in memory
_PARSED_AT_ONCE = 1024 * 1024  # no row is larger

_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # spreadsheets also take the full-width forms
_MUST_QUOTE = re.compile(r'[",\r\n]')
_ROUNDING = Context(prec=100)


class Format(Protocol):
    """One format; its rows can be made one by one, and put together later."""

    extension: str
    null: str

    def encode(self, text: str) -> str:
        """Return a text as it stands in a row."""

    def number(self, value: object) -> str | None:
        """Return a number as it stands in a row; None for what is none."""

    def line(self, row: Row) -> str:
        """Return a row as it is kept until the file is made."""

    def write(self, path: Path, blocks: Iterable[bytes]) -> None:
        """Make the file out of encoded lines."""

    def days(self, path: Path) -> Iterator[str]:
        """Yield the day of each row of a file, as YYYY-MM-DD; any exception says that it is no such file."""


class Csv:
    """CSV for machines, which people open all the same: so no text in it is a formula or steers a terminal."""

    extension = "csv"
    null = ""

    def encode(self, text: str) -> str:
        if not text.isprintable():
            text = "".join(map(_visible, text))
        if text.lstrip().startswith(_FORMULA_STARTS):
            text = "'" + text
        return _quoted(text) if _MUST_QUOTE.search(text) else text

    def number(self, value: object) -> str | None:
        return decimal(value)

    def line(self, row: Row) -> str:
        return ",".join(row) + "\n"

    def write(self, path: Path, blocks: Iterable[bytes]) -> None:
        with path.open("wb") as file:
            file.write(self.line(list(DATASET_COLUMNS)).encode())
            file.writelines(blocks)

    def days(self, path: Path) -> Iterator[str]:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["ChargePeriodStart"][:10]


class Ndjson:
    """A JSON object for each row, in ASCII, so that any text stays exact and no reader guesses an encoding."""

    extension = "ndjson"
    null = "null"
    _template = "{" + ",".join(f'"{column}":%s' for column in DATASET_COLUMNS) + "}\n"

    def encode(self, text: str) -> str:
        return json.dumps(text)

    def number(self, value: object) -> str | None:
        return decimal(value)

    def line(self, row: Row) -> str:
        return self._template % tuple(row)

    def write(self, path: Path, blocks: Iterable[bytes]) -> None:
        with path.open("wb") as file:
            file.writelines(blocks)

    def days(self, path: Path) -> Iterator[str]:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["ChargePeriodStart"][:10]


class Parquet:
    """Parquet by pyarrow, which reads the kept rows as CSV, some at a time."""

    extension = "parquet"
    null = ""

    def __init__(self) -> None:
        self._arrow = _library("pyarrow")
        self._csv = _library("pyarrow.csv")
        self._parquet = _library("pyarrow.parquet")

    def encode(self, text: str) -> str:
        return _quoted(text)

    def number(self, value: object) -> str | None:
        """Return a number that fits: places beyond the 18th are rounded, which no sum of money or use can show."""
        text = decimal(value)
        if text is None:
            return None
        number = Decimal(text)
        if number.adjusted() >= PRECISION - SCALE:
            raise ExportError(f"The number {text} is too large for a decimal in Parquet; use csv or ndjson.")
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -SCALE:
            return f"{number.quantize(Decimal(1).scaleb(-SCALE), ROUND_HALF_EVEN, _ROUNDING):f}"
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
            return self._arrow.decimal128(PRECISION, SCALE)
        return self._arrow.timestamp("us") if column in TIMES else self._arrow.string()

    def days(self, path: Path) -> Iterator[str]:
        with self._parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=["ChargePeriodStart"]):
                for time in batch.column(0):
                    yield str(time.as_py())[:10]


FORMATS: dict[str, Callable[[], Format]] = {"csv": Csv, "ndjson": Ndjson, "parquet": Parquet}


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


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _visible(char: str) -> str:
    """Return a character as it is, unless it is a control, format or bidirectional one, or ends a line."""
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"
