# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer is decoded record by record, however the network cuts it, and only a whole one counts."""

from __future__ import annotations

import gc
import json
import math
import random
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api import decoder as decoding
from ansible_collections.finops.cloudflare.plugins.module_utils._api.decoder import (
    CutOffError,
    Envelope,
    NotJsonError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import ExactScanner, RepeatedName
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    Literal,
    answer,
    blocks,
    decoded,
    record,
)


def read(body: bytes, size: int = 1 << 16) -> tuple[list[Any], Envelope]:
    envelope = Envelope(blocks(body, size))
    return list(envelope.records()), envelope


RECORDS: list[Any] = [
    record("2025-05-01", Literal("150000")),
    {"a": [1, {"b": None}], "c": 'comma, brace } bracket ] quote " backslash \\ é 日本 🚀 \\u0041'},
    {},
    "text",
    None,
    True,
    Literal("-0.5"),
    Literal("12345678901234567890123"),
    [],
    [[1], [2]],
]
BODIES = {
    "usual": answer(RECORDS),
    "success first": b'{"success":true,' + answer(RECORDS)[1 : -len(',"success":true}')] + b"}",
    "empty result": answer([]),
    "one record": answer([{"a": 1}]),
    "white space": b' {\n "errors" : [ ] , "result" :\t[ {"a" : 1} ,\r\n {"a" : 2}\n, 3 , 44 ] , "success" : true }\n',
    "indented": json.dumps({"result": [{"a": [1, 2]}, {"b": "c"}], "success": True}, indent=4).encode(),
    "not ASCII": json.dumps({"result": [{"é": "日本🚀"}] * 3, "success": True}, ensure_ascii=False).encode(),
    "more fields": answer(RECORDS, result_info={"page": 1, "nested": [{}]}, number=Literal("1.5")),
}


@pytest.mark.parametrize("name", BODIES)
def test_decoder_a_body_means_the_same_wherever_it_is_cut(name: str) -> None:
    body = BODIES[name]
    sent = json.loads(body, parse_float=Decimal)
    records = sent["result"]
    whole = {name: value for name, value in sent.items() if name in ("success", "errors", "messages", "result_info")}
    for size in (*range(1, 40), 64, 100, 1 << 16):
        found, envelope = read(body, size)
        assert found == records
        assert envelope.fields == whole
        assert envelope.result_is_list


def test_decoder_a_byte_order_mark_is_no_part_of_the_body() -> None:
    found, envelope = read(b"\xef\xbb\xbf" + answer([1]), 2)
    assert (found, envelope.fields["success"]) == ([1], True)


@pytest.mark.parametrize("name", BODIES)
def test_decoder_a_body_that_is_cut_off_anywhere_is_never_taken_for_whole(name: str) -> None:
    body = BODIES[name].rstrip()
    for end in range(len(body)):
        with pytest.raises(CutOffError):
            read(body[:end], 50)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"42",
        b"null",
        b'"text"',
        b"upstream connect error",
        b"<!DOCTYPE html><html></html>",
        b'{"result":[1]}{"result":[2]}',
        b'{"result":[1]} x',
        b'{"result":[1,]}',
        b'{"result":[,1]}',
        b'{"result":[1 2]}',
        b'{"result":[{"a":1}{"a":2}]}',
        b'{"result":[1] "success":true}',
        b'{"result":[1],}',
        b'{"result":[1]]}',
        b'{"result":[tru]}',
        b'{"result":[01]}',
        b'{"result":[1.]}',
        b'{"result":["a\nb"]}',
        b"{'result':[1]}",
        b'{"result" [1]}',
        b"{1:2}",
        b"{[1]:2}",
        b'{"success":true,"success":false}',
        b'{"result":[1],"result":[2]}',
        b'{"result":[],"result":[]}',
        b'{"result":null,"result":[1]}',
        b'{"result":[1],"result":null}',
        b'{"result":["\xff\xfe"]}',
        b'{"result":["\xe6\x97"]}',
        '{"result":[1]}'.encode("utf-16"),
        b'{"result":[' + b"[" * 100_000 + b"]}",
    ],
)
@pytest.mark.parametrize("size", [1 << 20, 3])
def test_decoder_what_is_not_the_json_of_an_answer_is_refused(body: bytes, size: int) -> None:
    with pytest.raises((CutOffError, NotJsonError)) as caught:
        read(body, size)
    assert str(caught.value)


@pytest.mark.parametrize("body", [b"", b"   ", b"{", b'{"result":[', b'{"result":[{"a":1},', b'{"a":1', b'{"a":"b'])
def test_decoder_a_body_that_ends_early_is_told_from_one_that_is_wrong(body: bytes) -> None:
    with pytest.raises(CutOffError):
        read(body)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'{"a":1}}', b'{"success":1,"success":2}', b'{"result":[1 2]}'])
def test_decoder_a_body_that_is_wrong_is_told_from_one_that_ends_early(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        read(body)


@pytest.mark.parametrize("result", ["null", "{}", '"none"', "5"])
def test_decoder_a_result_that_is_no_list_is_a_field(result: str) -> None:
    found, envelope = read(b'{"success":true,"result":%s}' % result.encode())
    assert found == []
    assert not envelope.result_is_list
    assert envelope.fields["result"] == json.loads(result)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("0.1", Decimal("0.1")),
        ("0.10000000000000000000000000000000000001", Decimal("0.10000000000000000000000000000000000001")),
        ("1e3", Decimal("1E+3")),
        ("-0.0", Decimal("-0.0")),
        ("7", 7),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("1e400", Decimal("1E+400")),
        ("1e1000000000000000000", "1e1000000000000000000"),
        ("-1.5E+99999999999999999999", "-1.5E+99999999999999999999"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_decoder_numbers_stay_exact_and_what_is_beyond_all_limits_is_text(literal: str, value: object) -> None:
    for size in (1 << 16, 11):
        found, _envelope = read(answer([Literal(literal), {"a": Literal(literal)}, 1]), size)
        assert found == [value, {"a": value}, 1]
        assert type(found[0]) is type(value)


def test_decoder_no_number_becomes_a_float() -> None:
    rng = random.Random(3)
    literals = [f"{rng.uniform(-1e6, 1e6):.{rng.randrange(1, 18)}f}" for _each in range(500)]
    found, _envelope = read(answer(map(Literal, literals)), 999)
    assert found == [Decimal(literal) for literal in literals]
    assert not any(isinstance(each, float) and not math.isnan(each) for each in found)


def test_decoder_lone_surrogates_and_control_characters_come_through() -> None:
    body = b'{"result":[{"a":"\\ud800","b":"\\u0000\\u001b[31m"}],"success":true}'
    assert read(body)[0] == [{"a": "\ud800", "b": "\x00\x1b[31m"}]


REPEATED = {
    "other values": (b'{"a":1,"b":0,"a":2}', "a"),
    "one value": (b'{"a":1,"a":1}', "a"),
    "spelled another way": (b'{"a":1,"\\u0061":2}', "a"),
    "spaced": (b'{ "a" : 1 ,\n"a"\t: 2 }', "a"),
    "not ASCII": ('{"é":1,"é":2}'.encode(), "é"),
    "an empty name": (b'{"":1,"":2}', ""),
    "three times": (b'{"a":1,"b":0,"b":0,"a":2,"a":3}', "a"),
    "in an object within": (b'{"b":{"a":1,"a":2}}', "a"),
    "in a list within": (b'{"b":[{"c":{"a":1,"a":2}}]}', "a"),
    "a comma that is escaped": (b'{"b":"\\u002c","a":1,"a":2}', "a"),
    "the comma in the value that is lost": (b'{"a":"x,y","a":2}', "a"),
    "beside a number beyond all limits": (b'{"b":1e1000000000000000000,"a":1,"a":2}', "a"),
}


@pytest.mark.parametrize("case", REPEATED)
@pytest.mark.parametrize("size", [1 << 16, 13])
def test_decoder_a_record_in_which_a_name_appears_twice_is_none(case: str, size: int) -> None:
    text, name = REPEATED[case]
    found, envelope = read(b'{"result":[{"a":1},%b,{"a":"x,y","b":1},%b],"success":true}' % (text, text), size)
    assert found[::2] == [{"a": 1}, {"a": "x,y", "b": 1}]
    assert [(type(each), each.name) for each in found[1::2]] == [(RepeatedName, name)] * 2
    assert envelope.fields["success"] is True


@pytest.mark.parametrize(
    "body",
    [
        b'{"success":false,"result":[],"success":true}',
        b'{"success":true,"result":[],"succe\\u0073s":true}',
        b'{"result":[],"success":true,"result":[{"a":1}]}',
        b'{"result":[{"a":1}],"success":true,"result":null}',
        b'{"result":null,"success":true,"result":[]}',
        b'{"errors":[{"code":1}],"result":[],"success":true,"errors":[]}',
        b'{"messages":["truncated"],"result":[],"success":true,"messages":[]}',
        b'{"result_info":{"total_pages":2},"result":[],"success":true,"result_info":{}}',
        b'{"result":[],"success":true,"result_info":{"total_pages":2,"total_pages":1}}',
        b'{"result":[],"success":true,"result_info":{"cursors":{"after":"x","after":""}}}',
        b'{"result":[],"success":true,"messages":[{"message":"truncated","message":"fine"}]}',
        b'{"result":{"covered":false,"covered":true},"success":true}',
    ],
)
@pytest.mark.parametrize("size", [1 << 16, 7])
def test_decoder_a_member_that_appears_twice_is_refused(body: bytes, size: int) -> None:
    with pytest.raises(NotJsonError, match=r"duplicate (member|name)"):
        read(body, size)


def test_decoder_members_that_nobody_knows_may_stand_twice() -> None:
    assert read(b'{"x":1,"result":[7],"x":{"y":1,"y":2},"success":true}')[0] == [7]


def test_decoder_one_value_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_VALUE", 10_000)
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield b'{"result":["'
        while True:
            taken += 1
            yield b"x" * 1000

    with pytest.raises(NotJsonError, match="too large"):
        list(Envelope(endless()).records())
    assert taken <= 25  # each step reads as much as is there already


def test_decoder_records_arrive_before_the_answer_is_whole() -> None:
    read_so_far = []

    def body() -> Iterator[bytes]:
        for block in (b'{"result":[{"n":1},', b'{"n":2},', b'{"n":3}', b"]}"):
            read_so_far.append(block)
            yield block

    records = Envelope(body()).records()
    assert next(records) == {"n": 1}
    assert len(read_so_far) == 1
    assert next(records) == {"n": 2}
    assert len(read_so_far) == 2
    assert [each["n"] for each in records] == [3]


def test_decoder_memory_is_that_of_a_block_and_not_of_the_answer() -> None:
    text = answer([record("2025-05-01", 150_000)])
    head, tail = text.split(b"[", 2)[0] + b'[],"messages":[],"result":[', b'],"success":true}'
    line = text[text.index(b'[{"B') + 1 : -len(tail)]
    batch, batches = 100, 70

    def body() -> Iterator[bytes]:
        yield head
        for number in range(batches):
            yield (b"," if number else b"") + b",".join([line] * batch)
        yield tail

    gc.collect()
    tracemalloc.start()
    try:
        count = sum(1 for _record in Envelope(body()).records())
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == batch * batches
    assert len(line) * count > 3_000_000
    assert peak < 500_000


def test_decoder_what_the_samples_write_is_what_json_writes() -> None:
    assert decoded([record("2025-05-01", Literal("0.01"))]) == [record("2025-05-01", Decimal("0.01"))]


def test_decoder_members_that_nobody_knows_are_not_kept() -> None:
    def body() -> Iterator[bytes]:
        yield b'{"success":true,"result":[{"a":1}]'
        for number in range(100):
            yield b',"unknown%d":"%b"' % (number, b"x" * 100_000)
        yield b"}"

    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _peak = tracemalloc.get_traced_memory()
        envelope = Envelope(body())
        assert list(envelope.records()) == [{"a": 1}]
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert envelope.fields == {"success": True}
    assert peak - before < 2_000_000


@pytest.mark.parametrize("name", ["errors", "unknown", "result_info"])
def test_decoder_member_without_end_is_refused(name: str) -> None:
    def body() -> Iterator[bytes]:
        yield b'{"%b":[0' % name.encode()
        while True:
            yield b",0" * 30_000

    with pytest.raises(NotJsonError, match="one value in it is too large"):
        list(Envelope(body()).records())


@pytest.mark.parametrize("before", [b"", b'{"a":', b'{"result":[', b'{"result":[{"a":1}', b'{"result":[]}'])
def test_decoder_white_space_without_end_is_refused(before: bytes) -> None:
    def body() -> Iterator[bytes]:
        yield before
        while True:
            yield b" \n" * 30_000

    with pytest.raises(NotJsonError, match="little else than white space"):
        list(Envelope(body()).records())


@pytest.mark.parametrize("piece", [b",", b'"', b"[", b'{"a":', b"{", b"1", b"},{"])
@pytest.mark.parametrize("bulk", [False, True])
def test_decoder_value_that_is_not_whole_is_scanned_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch, piece: bytes, *, bulk: bool
) -> None:
    monkeypatch.setattr(decoding, "LARGE", 0)
    monkeypatch.setattr(decoding, "MAX_VALUE", 50_000)
    scans = 0

    def counting(scanner: ExactScanner, text: str, at: int = 0) -> tuple[Any, int]:
        nonlocal scans
        scans += 1
        return scan(scanner, text, at)

    def boundaries(text: bytes) -> Iterator[tuple[int, int]]:
        nonlocal scans
        scans += 1
        return found(text)

    scan = ExactScanner.__call__
    monkeypatch.setattr(ExactScanner, "__call__", counting)
    found = decoding._boundaries
    monkeypatch.setattr(decoding, "_boundaries", boundaries)
    body = b'{"result":[{"a":1},' + piece * (200_000 // len(piece))
    with pytest.raises((NotJsonError, CutOffError)):
        list(Envelope(blocks(body, 10), ("a",) if bulk else ()).records())
    assert scans < 60
