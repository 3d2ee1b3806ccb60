# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault, as a client sees it."""

from __future__ import annotations

import datetime as dt
import email.utils
import http.client
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    ORGANIZATION_ID,
    Simulator,
)
from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator.faults import (
    ACTIONS,
    FaultError,
    parse,
)

Start = Callable[..., Any]
SHORT = {"from": "2025-05-10", "to": "2025-05-12"}


@pytest.fixture
def good(client: Start) -> bytes:
    """What is sent without a fault."""
    body: bytes = client().usage().body
    return body


def test_faults_status_with_envelope_page_text_or_nothing(client: Start) -> None:
    refused = client("status=403,code=9109,message=Not for you").usage()
    assert (refused.status, refused.codes) == (403, [9109])
    assert refused.data["errors"][0]["message"] == "Not for you"
    for status in (500, 502, 503, 504, 520, 521, 530):
        broken = client(f"status={status}").usage()
        assert (broken.status, broken.headers["Content-Type"]) == (status, "text/html; charset=UTF-8")
        assert broken.body.startswith(b"<!DOCTYPE html>")
        assert broken.headers["CF-Ray"]
    assert client("status=500,as=json").usage().codes == [10000]
    assert client("status=503,as=text,message=busy").usage().body == b"busy"
    assert client("status=404,as=empty").usage().body == b""
    assert client("status=404").usage().codes == [7003]


def test_faults_rate_limit_says_when_to_come_back(client: Start) -> None:
    limited = client("status=429,retry-after=7").usage()
    assert (limited.status, limited.codes, limited.headers["Retry-After"]) == (429, [971], "7")
    dated = client("status=429,retry-after-date=60").usage().headers["Retry-After"]
    away = email.utils.parsedate_to_datetime(dated) - dt.datetime.now(dt.timezone.utc)
    assert 50 < away.total_seconds() <= 60


def test_faults_take_turns_and_end(client: Start) -> None:
    started = client("status=503,times=2", "status=429,times=1", "delay=0")
    assert [started.usage().status for _number in range(4)] == [503, 503, 429, 200]
    assert [entry["faults"] for entry in started.simulator.requests] == [
        ["status=503", "delay=0"],
        ["status=503", "delay=0"],
        ["status=429", "delay=0"],
        ["delay=0"],
    ]


def test_fault_after_some_requests(client: Start) -> None:
    started = client("status=500,after=2,times=1")
    assert [started.usage().status for _number in range(4)] == [200, 200, 500, 200]


def test_fault_for_a_path_or_for_some_days(client: Start) -> None:
    started = client("status=500,path=/accounts/*/usage", "status=502,covers=2025-05-11", "status=503,from=2025-05-01")
    organization = f"/organizations/{ORGANIZATION_ID}"
    assert started.usage().status == 500
    assert started.usage(SHORT, scope=organization).status == 502
    assert started.usage({"from": "2025-05-01", "to": "2025-05-02"}, scope=organization).status == 503
    assert started.usage({"from": "2025-05-02", "to": "2025-05-02"}, scope=organization).status == 200
    assert started.get("/accounts").status == 200
    assert started.usage({"from": "nonsense"}, scope=organization).status == 400


def test_faults_can_change_while_it_runs(client: Start) -> None:
    started = client("status=500")
    assert started.usage().status == 500
    started.simulator.set_faults("status=418", '{"delay": 0, "times": 1}')
    assert started.usage().status == 418
    started.simulator.set_faults()
    assert started.usage().status == 200


def test_faults_redirects(client: Start) -> None:
    other = client()
    for target in (other.simulator.base_url, other.simulator.base_url.replace("127.0.0.1", "localhost")):
        moved = client(f"redirect={target}").usage(SHORT)
        path = f"/accounts/{ACCOUNT_ID}/billable/usage?from=2025-05-10&to=2025-05-12"
        assert (moved.status, moved.headers["Location"], moved.body) == (307, target + path, b"")
    same = client("redirect=same,code=302,times=1")
    moved = same.usage(SHORT)
    assert (moved.status, moved.headers["Location"]) == (302, same.simulator.base_url + path)
    assert same.usage(SHORT).status == 200
    assert client("redirect=https://example.com/else").usage().headers["Location"] == "https://example.com/else"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("failure", {"success": False, "result": None, "messages": []}),
        ("failure-errors-null", {"success": False, "errors": None, "result": None, "messages": None}),
        ("result-null", {"success": True, "result": None}),
        ("result-object", {"success": True, "result": {"items": []}}),
        ("result-text", {"success": True, "result": "none"}),
        ("errors-null", {"success": True, "errors": None, "messages": None}),
        ("success-text", {"success": "true"}),
        ("failure-after-result", {"success": False, "errors": [{"code": 5, "message": "late"}]}),
    ],
)
def test_faults_envelopes(client: Start, good: bytes, kind: str, expected: dict[str, Any]) -> None:
    answer = client(f"envelope={kind},code=5,message=late").usage()
    assert answer.status == 200
    assert {name: answer.data[name] for name in expected} == expected
    if "result" not in expected and kind != "failure":
        assert answer.rows == json.loads(good)["result"]


def test_faults_envelopes_with_something_missing(client: Start, good: bytes) -> None:
    assert "result" not in client("envelope=result-missing").usage().data
    without = client("envelope=success-missing", spaced_json=True).usage()
    assert "success" not in without.data
    assert without.rows == json.loads(good)["result"]


def test_faults_bodies_that_are_no_answer(client: Start, good: bytes) -> None:
    def body(kind: str) -> bytes:
        answer = client(f"body={kind}").usage()
        assert answer.status == 200
        sent: bytes = answer.body
        return sent

    assert body("html").startswith(b"<!DOCTYPE html>")
    assert body("empty") == b""
    assert isinstance(json.loads(body("list")), list)
    assert json.loads(body("number")) == 42
    assert json.loads(body("null")) is None
    assert body("two-documents") == good + good
    assert body("bom") == b"\xef\xbb\xbf" + good
    for kind in ("text", "cut-json"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(body(kind))
    with pytest.raises(UnicodeDecodeError):
        body("bad-utf8").decode()


@pytest.mark.parametrize(("cut", "left"), [("50%", 0.5), ("0", 0.0), ("1000", None)])
def test_faults_cut_off_bodies(client: Start, good: bytes, cut: str, left: float | None) -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        client(f"cut={cut}").usage()
    size = 1000 if left is None else int(len(good) * left)
    assert caught.value.partial == good[:size]
    assert caught.value.expected == len(good) - size


def test_faults_cut_off_in_chunks(client: Start, good: bytes) -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        client("cut=50%", chunked=True).usage()
    assert caught.value.partial == good[: len(good) // 2]


@pytest.mark.parametrize("when", ["before", "headers", "body"])
def test_faults_resets(client: Start, when: str) -> None:
    started = client(f"reset={when},times=1")
    with pytest.raises(ConnectionResetError):
        started.usage()
    assert started.usage().status == 200
    statuses = [entry["status"] for entry in started.simulator.requests]
    assert statuses == [None if when == "before" else 200, 200]


def test_faults_close_without_an_answer(client: Start) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        client("close=before").usage()


def test_faults_delay_stall_and_drip_end_with_all_of_it(client: Start, good: bytes) -> None:
    for fault in ("delay=0.01", "stall=0.01", f"drip={len(good) * 20}"):
        assert client(fault).usage().body == good


def test_faults_delay_comes_before_the_answer_and_ends_when_it_stops(client: Start) -> None:
    started = client("delay=3600")
    with started.raw() as sock:
        while not started.simulator.requests:
            pass
        started.simulator.stop()
        assert b"".join(iter(lambda: sock.recv(1 << 20), b"")) == b""


@pytest.mark.parametrize(("fault", "most"), [("stall=3600", 0.6), ("drip=10", 0.1)])
def test_faults_slow_body_begins_and_ends_when_it_stops(client: Start, good: bytes, fault: str, most: float) -> None:
    started = client(fault)
    with started.raw() as sock:
        text = b""
        while not text.partition(b"\r\n\r\n")[2]:
            text += sock.recv(100)
        started.simulator.stop()
        text += b"".join(iter(lambda: sock.recv(1 << 20), b""))
    assert 0 < len(text.partition(b"\r\n\r\n")[2]) < most * len(good)


def test_faults_encodings_that_are_none(client: Start, good: bytes) -> None:
    broken = client("encoding=broken-gzip").usage()
    assert (broken.headers["Content-Encoding"], broken.body) == ("gzip", good)
    assert client("encoding=unknown").usage().headers["Content-Encoding"] == "x-unknown"


@pytest.mark.parametrize(
    ("how", "column", "value"),
    [
        ("no-day", "ChargePeriodStart", "absent"),
        ("null-day", "ChargePeriodStart", None),
        ("bad-day", "ChargePeriodStart", "some day"),
        ("no-number", "ConsumedQuantity", "absent"),
        ("null-number", "ConsumedQuantity", None),
        ("bad-number", "ConsumedQuantity", "a lot"),
        ("infinity", "ConsumedQuantity", float("inf")),
        ("boolean-number", "ConsumedQuantity", True),
        ("object-number", "ConsumedQuantity", {"value": 1}),
        ("no-unit", "ConsumedUnit", "absent"),
        ("null-unit", "ConsumedUnit", None),
        ("no-metric", "x_BillableMetricId", "absent"),
        ("no-account", "BillingAccountId", "absent"),
    ],
)
def test_faults_spoiled_rows(client: Start, how: str, column: str, value: Any) -> None:
    whole = client().usage(SHORT).rows
    rows = client(f"records={how},rows=2").usage(SHORT).rows
    assert len(rows) == len(whole)
    assert [row.get(column, "absent") for row in rows[:2]] == [value, value]
    assert rows[2:] == whole[2:]


def test_faults_rows_that_are_no_rows(client: Start) -> None:
    assert client("records=not-object").usage(SHORT).rows[0] == "not a record"
    assert client("records=null,rows=all").usage(SHORT).rows == [None] * 48
    assert b'"ConsumedQuantity":NaN' in client("records=nan").usage(SHORT).body


def test_faults_rows_outside_the_window(client: Start) -> None:
    starts = {row["ChargePeriodStart"][:10] for row in client("outside=2").usage(SHORT).rows}
    assert (min(starts), max(starts), len(starts)) == ("2025-05-08", "2025-05-14", 7)
    late = client("outside=2").usage({"from": "2025-05-31", "to": "2025-06-02"}).rows
    assert late[-1]["ChargePeriodStart"] == "2025-06-01T00:00:00Z"


def test_faults_gaps(client: Start) -> None:
    def kept(drop: str) -> list[Any]:
        rows: list[Any] = client(f"drop={drop}").usage(SHORT, scope=f"/organizations/{ORGANIZATION_ID}").rows
        return rows

    assert {row["ChargePeriodStart"][:10] for row in kept("day:2025-05-11")} == {"2025-05-10", "2025-05-12"}
    assert "r2_storage" not in {row["x_BillableMetricId"] for row in kept("metric:r2_storage")}
    days = [
        row["ChargePeriodStart"][8:10]
        for row in kept("metric:r2_storage@2025-05-11")
        if "r2" in row["x_BillableMetricId"]
    ]
    assert Counter(days) == {"10": 9, "11": 6, "12": 9}
    assert ACCOUNT_ID not in {row["BillingAccountId"] for row in kept(f"account:{ACCOUNT_ID}")}
    assert not any("ConsumedUnit" in row for row in kept("column:ConsumedUnit"))


def test_faults_other_order_repeats_and_restated_days(client: Start) -> None:
    whole = client().usage(SHORT).rows
    assert client("order=reversed").usage(SHORT).rows == whole[::-1]
    mixed = client("order=shuffled").usage(SHORT).rows
    assert mixed != whole
    assert sorted(map(str, mixed)) == sorted(map(str, whole))
    assert client("repeat=2").usage(SHORT).rows == [row for row in whole for _number in range(2)]
    restated = client("restate=10,after=1")
    assert restated.usage(SHORT).rows == whole
    for row, old in zip(restated.usage(SHORT).rows, whole, strict=True):
        assert row["ConsumedQuantity"] == pytest.approx(1.1 * old["ConsumedQuantity"], abs=1e-6)


def test_faults_work_together(client: Start) -> None:
    rows = client("drop=day:2025-05-11", "repeat=2", "delay=0", spaced_json=True, gzip=True).usage(SHORT).rows
    assert len(rows) == 2 * 2 * 16


@pytest.mark.parametrize(
    "text",
    [
        "status",
        "status=many",
        "status=500,status-text=x",
        "times=1",
        "status=500,delay=1",
        "status=500,times=often",
        "status=500,as=xml",
        "delay=long",
        "cut=half",
        "body=nothing",
        "envelope=torn",
        "records=bad",
        "records=nan,rows=few",
        "drop=everything",
        "set=BillingCurrency",
        "header=CF-Ray",
        "head=none",
        "unrated=may",
        "status=500,size=big",
        "status=500,covers=may",
        "{not json}",
        "",
    ],
)
def test_faults_a_fault_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(FaultError, match="fault"):
        Simulator(faults=[text])


def test_faults_every_action_is_tested_here() -> None:
    assert set(ACTIONS) == {
        *("status", "redirect", "envelope", "body", "reset", "close", "delay", "stall", "drip", "cut"),
        *("encoding", "records", "outside", "drop", "repeat", "restate", "order"),
        *("head", "header", "clock", "set", "unrated"),  # in test_faults_of_real_servers.py
    }
    assert parse('{"redirect": "http://a.example/?b=1,2", "times": 3}').options == {"times": "3"}
