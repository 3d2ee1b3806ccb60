# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large answers are decoded another way, and mean exactly the same."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api import bulk_decoder as rows
from ansible_collections.finops.cloudflare.plugins.module_utils._api import decoder as decoding
from ansible_collections.finops.cloudflare.plugins.module_utils._api.decoder import (
    CutOffError,
    Envelope,
    NotJsonError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import RepeatedName
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    RecordSelection,
    WindowAggregator,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    Literal,
    answer,
    blocks,
    day,
    execute,
    record,
    selection,
    state,
)

ODD_COLUMNS: list[dict[str, Any]] = [
    {"ConsumedUnit": None},
    {"ConsumedUnit": ...},
    {"ConsumedUnit": []},
    {"BillingAccountId": ..., "BillingAccountName": ...},
    {"BillingAccountId": 7},
    {"Tags": [{"k": "a"}, {"k": "b"}]},
    {"Tags": {"},{": "},{"}},
    {"ChargeDescription": 'brace },{ quote " and \\ backslash, é 日本 🚀'},
    {"ChargeDescription": ...},
    {"x_BillableMetricName": "\ud800 lone"},
    {"ConsumedQuantity": "12.5"},
    {"ConsumedQuantity": "a lot"},
    {"ConsumedQuantity": ...},
    {"ConsumedQuantity": Literal("NaN")},
    {"ConsumedQuantity": Literal("1e400")},
    {"ConsumedQuantity": Literal("1e99999999999999999999")},
    {"ConsumedQuantity": Literal("9" * 5000)},
    {"ConsumedQuantity": Literal("123456789012345678901234567890")},
    {"ConsumedQuantity": {"value": 1}},
    {"ChargePeriodStart": None},
    {"ChargePeriodEnd": "2025-07-01T00:00:00Z"},
    {"ChargePeriodStart": []},
    {"BilledCost": Literal("0.10"), "BillingCurrency": "USD"},
    {"BilledCost": "x"},
    {"unknown": Literal("1e5")},
]
# Columns that appear twice: what is written in front of a record's own.
TWICE = ['"ConsumedQuantity":7,', '"ChargePeriodStart":"2025-05-02T00:00:00Z",', '"x_ZoneId":"a","x_ZoneId":"b",']
ODD_RECORDS: list[Any] = [None, "text", 5, [], {}]


def tally(body: bytes, asked: RecordSelection, size: int, *, bulk: bool) -> dict[str, Any]:
    window = Window(asked.first, asked.last, asked.last)
    envelope = Envelope(blocks(body, size), asked.row_columns if bulk else ())
    counted = WindowAggregator(window, asked).count(envelope.records())
    kept = {name: {key: state(each) for key, each in vars(counted)[name].items()} for name in ("series", "shared")}
    return {**{name: value for name, value in vars(counted).items() if name != "counted"}, **kept}


@pytest.fixture
def _every_answer_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "LARGE", 0)


@pytest.mark.usefixtures("_every_answer_is_large")
@pytest.mark.parametrize("seed", range(12))
def test_bulk_decoder_both_ways_count_the_same(seed: int) -> None:
    rng = random.Random(seed)
    asked = selection(group_by=("metric", "zone"), metric=("workers_requests",) if seed % 3 else ())
    for _case in range(12):
        records: list[Any] = []
        odd = rng.choice((0.0, 0.02, 0.5))
        for _record in range(rng.randrange(40)):
            if rng.random() < odd / 5:
                records.append(rng.choice(ODD_RECORDS))
                continue
            columns = rng.choice(ODD_COLUMNS) if rng.random() < odd else {}
            amount = Literal(f"{rng.randrange(10**6)}.{rng.randrange(100):02}")
            records.append(record(f"2025-05-{rng.randrange(1, 32):02}", **{"quantity": amount, **columns}))
        body = answer(records)
        expected = tally(body, asked, 1 << 20, bulk=False)
        for size in (50, 700, 5000, 1 << 20):
            assert tally(body, asked, size, bulk=True) == expected


@pytest.mark.usefixtures("_every_answer_is_large")
def test_bulk_decoder_records_of_a_large_answer_come_as_the_asked_columns_only() -> None:
    records = [record("2025-05-01", number, Tags={"a": "b"}) for number in range(50)]
    columns = selection().row_columns
    envelope = Envelope(blocks(answer(records), 1000), columns)
    found = list(envelope.records())
    tuples = [dict(zip(columns, each, strict=False)) for each in found if isinstance(each, tuple)]
    assert len(tuples) > 40
    numbers = [dict(zip(columns, each, strict=False)) if isinstance(each, tuple) else each for each in found]
    assert [each["ConsumedQuantity"] for each in numbers] == list(range(50))
    assert {each["ConsumedUnit"] for each in tuples} == {"Requests"}
    assert "Tags" not in columns
    assert envelope.fields["success"] is True


def test_bulk_decoder_a_small_answer_is_not_worth_another_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def unused(*_arguments: Any) -> None:
        raise AssertionError("the other decoder was made")

    monkeypatch.setattr(decoding, "row_decoder", unused)
    body = answer([record("2025-05-01")] * 100)
    assert len(body) < decoding.LARGE
    assert len(list(Envelope([body], selection().row_columns).records())) == 100


@pytest.mark.usefixtures("_every_answer_is_large")
@pytest.mark.parametrize("size", [100, 1000])
def test_bulk_decoder_a_large_answer_that_is_cut_off_or_broken_is_refused_all_the_same(size: int) -> None:
    body = answer([record("2025-05-01")] * 20)
    for end in range(len(body) - 1, 0, -97):
        with pytest.raises((CutOffError, NotJsonError)):
            list(Envelope(blocks(body[:end], size), selection().row_columns).records())
    for wrong in (body.replace(b"},{", b"} {", 15), body[:-1] + b"]", body[: len(body) // 2] + b"\xff" + body):
        with pytest.raises((CutOffError, NotJsonError)):
            list(Envelope(blocks(wrong, size), selection().row_columns).records())


@pytest.mark.usefixtures("_every_answer_is_large")
def test_bulk_decoder_one_record_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_VALUE", 20_000)
    body = answer([record("2025-05-01"), record("2025-05-01", ChargeDescription="x" * 100_000)])
    with pytest.raises(NotJsonError, match="too large"):
        list(Envelope(blocks(body, 1000), selection().row_columns).records())


@pytest.mark.usefixtures("_every_answer_is_large")
def test_bulk_decoder_without_the_library_large_answers_are_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    without = execute(str(rows.__file__), "rows_without_msgspec")
    assert without["HAS_MSGSPEC"] is False
    assert without["row_decoder"](selection().row_columns, REQUIRED, ()) is None
    monkeypatch.setattr(decoding, "row_decoder", without["row_decoder"])
    records = [record(day("2025-05-01"), number) for number in range(30)]
    assert list(Envelope(blocks(answer(records), 1000), selection().row_columns).records()) == records


@pytest.mark.usefixtures("_every_answer_is_large")
@pytest.mark.parametrize("twice", TWICE)
@pytest.mark.parametrize(
    "columns",
    [{}, {"x_ZoneId": "z"}, {"Tags": {"a": "b"}}, {"ChargeDescription": "GB, first"}, {"BillingAccountName": ...}],
)
@pytest.mark.parametrize("shorter", [202, 204])
def test_bulk_decoder_a_column_that_appears_twice_is_seen_in_the_fast_path(
    twice: str, columns: dict[str, Any], shorter: int
) -> None:
    """Also where another record has a column less, so that there are as many of them as there should be."""
    records = [record("2025-05-01", number, **(columns if number % 2 else {})) for number in range(300)]
    del records[shorter]["x_ProductFamilyName"]
    body = answer(records).replace(b'"ConsumedQuantity": 200', b'%b"ConsumedQuantity": 200' % twice.encode())
    envelope = Envelope(blocks(body, 20_000), selection(group_by=("zone", "product_family")).row_columns)
    found = list(envelope.records())
    assert [at for at, each in enumerate(found) if isinstance(each, RepeatedName)] == [200]
    assert sum(isinstance(each, tuple) for each in found) > 200
    assert envelope.fields["success"] is True


@pytest.mark.usefixtures("_every_answer_is_large")
@pytest.mark.parametrize("name", ["__init__", "a b", 'a"b', "é", "c0", "class", ""])
def test_bulk_decoder_columns_of_any_name_keep_the_fast_path(name: str) -> None:
    records = [record("2025-05-01", number, **{name: number}) for number in range(300)]
    found = list(Envelope(blocks(answer(records), 20_000), selection().row_columns).records())
    assert sum(isinstance(each, tuple) for each in found) > 200
    assert not any(isinstance(each, RepeatedName) for each in found)


def test_bulk_decoder_commas_in_texts_keep_the_quickest_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "LARGE", 30_000)  # so that some records have shown which columns are usual
    monkeypatch.setattr(rows._RowDecoder, "_is_clear", None)  # what it costs a bill to be looked at twice
    texts = {"ChargeDescription": "Workers CPU Time (ms, First 30M are included, or not)", "BillingAccountName": ", x"}
    records = [record("2025-05-01", number, **texts) for number in range(300)]
    found = list(Envelope(blocks(answer(records), 20_000), selection().row_columns).records())
    assert sum(isinstance(each, tuple) for each in found) > 200


SPACING: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "usual": {},
    "before commas": {"separators": (" ,", " :")},
    "wide": {"separators": (" \t,\r\n ", " : ")},
    "indented": {"indent": 4},
}


@pytest.mark.usefixtures("_every_answer_is_large")
@pytest.mark.parametrize("name", SPACING)
@pytest.mark.parametrize("tags", [{}, {"Tags": {"a": {"b": "c"}}}, {"Tags": [{"k": "a"}, {"k": "b"}, {"k": "},{"}]}])
def test_bulk_decoder_every_legal_spacing_keeps_the_fast_path(name: str, tags: dict[str, Any]) -> None:
    records = [record("2025-05-01", number, **tags) for number in range(300)]
    body = json.dumps({"errors": [], "result": records, "success": True}, **SPACING[name]).encode()
    envelope = Envelope(blocks(body, 20_000), selection().row_columns)
    found = list(envelope.records())
    assert len(found) == 300
    scanned = [each for each in found if isinstance(each, dict)]
    assert len(scanned) < 60, "only the records of the first and of the last block are scanned"
    assert envelope.fields["success"] is True


@pytest.mark.parametrize("name", SPACING)
def test_bulk_decoder_every_legal_spacing_is_scanned_in_one_go(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Without the other decoder, no more than one record of a block leaves the inner loop."""
    values = 0

    class Counting(Envelope):
        def _value(self) -> Any:
            nonlocal values
            values += 1
            return super()._value()

    records = [record("2025-05-01", number) for number in range(300)]
    body = json.dumps({"result": records, "success": True}, **SPACING[name]).encode()
    pieces = list(blocks(body, 20_000))
    assert list(Counting(pieces).records()) == records
    assert values < 2 * len(pieces) + 10
