# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that were met in real use: doubtful envelopes, endless answers, echoed tokens, odd columns."""

from __future__ import annotations

import datetime as dt
import email.utils
import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import ACCOUNT_ID, PAYGO_ACCOUNT_ID

Start = Callable[..., Any]
SHORT = {"from": "2025-05-10", "to": "2025-05-12"}
TOKEN = "simulator-token"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("errors-beside-success", {"success": True, "errors": [{"code": 5, "message": "late"}], "messages": []}),
        ("messages", {"success": True, "errors": [], "messages": [{"code": 5, "message": "late"}]}),
        ("next-page", {"success": True, "result_info": {"next_page_token": "after-10"}}),
    ],
)
def test_envelope_says_more_and_keeps_its_rows(client: Start, kind: str, expected: dict[str, Any]) -> None:
    answer = client(f"envelope={kind},code=5,message=late").usage(SHORT)
    assert {name: answer.data[name] for name in expected} == expected
    assert answer.rows == client().usage(SHORT).rows


def test_faults_of_real_servers_envelope_has_more_pages(client: Start) -> None:
    info = client("envelope=more-pages").usage(SHORT).data["result_info"]
    assert info == {"page": 1, "per_page": 48, "count": 48, "total_pages": 3, "total_count": 144}


def test_faults_of_real_servers_envelope_of_a_list_can_be_changed_too(client: Start) -> None:
    answer = client("envelope=errors-beside-success").get("/accounts")
    assert (answer.data["success"], answer.codes, len(answer.rows)) == (True, [1183], 12)


def test_faults_of_real_servers_envelope_with_a_huge_member(client: Start) -> None:
    answer = client("envelope=huge-member,size=300000").usage(SHORT)
    assert answer.data["padding"] == "x" * 300_000
    assert answer.rows == client().usage(SHORT).rows


@pytest.mark.parametrize(
    ("fault", "status"), [("status=500", 500), ("status=400,as=text", 400), ("redirect=same", 307)]
)
def test_faults_of_real_servers_size_pads_an_answer(client: Start, fault: str, status: int) -> None:
    answer = client(f"{fault},size=200000").usage(SHORT)
    assert (answer.status, 200_000 <= len(answer.body) < 201_000) == (status, True)


def test_faults_of_real_servers_size_of_commas(client: Start) -> None:
    assert client("body=commas,size=100000").usage(SHORT).body.endswith(b'"result":[' + b"," * 100_000)


@pytest.mark.parametrize(
    "fault", ["status=500", "redirect=same", "envelope=huge-member", "body=commas", "status=403,as=json"]
)
def test_faults_of_real_servers_size_endless_goes_on_until_it_is_hung_up_on(client: Start, fault: str) -> None:
    with client(f"{fault},size=endless").raw() as sock:
        count = 0
        while count < 5_000_000:
            piece = len(sock.recv(1 << 20))
            assert piece
            count += piece


@pytest.mark.parametrize(
    ("what", "begins", "goes_on"),
    [
        ("drip-status", b"HTTP/1.1 200 O", b"O"),
        ("drip-headers", b"HTTP/1.1 200 OK\r\nX-Drip: x", b"x"),
        ("continue", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 ", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_faults_of_real_servers_head_without_an_end(client: Start, what: str, begins: bytes, goes_on: bytes) -> None:
    started = client(f"head={what}")
    with started.raw() as sock:
        text = b""
        while len(text) < len(begins) + 3 * len(goes_on):
            text += sock.recv(1000)
        started.simulator.stop()
    assert text.startswith(begins)
    assert goes_on * 2 in text


def test_faults_of_real_servers_head_with_early_hints_is_followed_by_the_answer(client: Start) -> None:
    started = client("head=early-hints,times=1")
    with started.raw() as sock:
        text = b""
        while not text.endswith(b'"success":true}'):
            text += sock.recv(1 << 20)
    assert text.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: ")
    assert text.count(b"\r\n\r\n") == 2
    assert b"\r\n\r\nHTTP/1.1 200 OK\r\n" in text


def test_faults_of_real_servers_head_with_a_negative_chunk(client: Start) -> None:
    started = client("head=negative-chunk")
    with started.raw() as sock:
        text = b""
        while not text.endswith(b'"success":true}'):
            text += sock.recv(1 << 20)
    head, _sign, body = text.partition(b"\r\n\r\n")
    assert b"Content-Length" not in head
    assert b"Transfer-Encoding: chunked" in head
    assert body.startswith(b'-5\r\n{"')
    with pytest.raises((http.client.HTTPException, ValueError)):
        started.usage(SHORT)


@pytest.mark.parametrize(
    "value", ["0", "-5", "soon", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 99999 23:59:59 GMT"]
)
def test_faults_of_real_servers_retry_after_can_be_anything(client: Start, value: str) -> None:
    answer = client(json.dumps({"status": 429, "retry-after": value})).usage(SHORT)
    assert (answer.status, answer.headers["Retry-After"]) == (429, value)


def test_faults_of_real_servers_retry_after_can_be_in_the_past_and_a_time_out_is_a_status(client: Start) -> None:
    past = client("status=429,retry-after-date=-90").usage(SHORT).headers["Retry-After"]
    assert email.utils.parsedate_to_datetime(past) < dt.datetime.now(dt.timezone.utc)
    assert client("status=408").usage(SHORT).status == 408


@pytest.mark.parametrize("ahead", [86_400, -86_400])
def test_faults_of_real_servers_clock_moves_the_date_header(client: Start, ahead: int) -> None:
    now = dt.datetime.now(dt.timezone.utc)
    dates = [client(*faults).usage(SHORT).headers["Date"] for faults in ([], [f"clock={ahead}"])]
    right, wrong = ((email.utils.parsedate_to_datetime(date) - now).total_seconds() for date in dates)
    assert abs(right) < 3600
    assert abs(wrong - ahead) < 3600


@pytest.mark.parametrize(
    "fault",
    [
        "status=400,message=the token {token} is odd",
        "envelope=messages,message=hello {token}",
        "envelope=errors-beside-success,message=hello {token}",
        "header=CF-Ray: {token}",
        "redirect=http://{token}.example/client/v4",
        "set=BillingCurrency:{token}",
        "set={token}:1,rows=all",
    ],
)
def test_faults_of_real_servers_token_can_be_echoed_anywhere_but_in_the_log(client: Start, fault: str) -> None:
    started = client(fault)
    answer = started.usage(SHORT)
    assert TOKEN in str(answer.headers) + answer.body.decode()
    assert TOKEN not in str(started.simulator.requests)


def test_faults_of_real_servers_header_replaces_one_that_is_there(client: Start) -> None:
    headers = client("header=server: other", "header=X-New: 1").usage(SHORT).headers
    assert (headers["server"], headers["X-New"], "Server" in headers) == ("other", "1", False)


def test_faults_of_real_servers_set_changes_some_rows_or_all(client: Start) -> None:
    stranger = client(f"set=BillingAccountId:{'f' * 32},rows=2").usage(SHORT).rows
    assert [row["BillingAccountId"] for row in stranger[:3]] == ["f" * 32, "f" * 32, ACCOUNT_ID]
    assert {row["ChargePeriodEnd"] for row in client("set=ChargePeriodEnd:null,rows=all").usage(SHORT).rows} == {None}
    before = client("set=ChargePeriodEnd:1999-01-01T00:00:00Z").usage(SHORT).rows[0]
    assert before["ChargePeriodEnd"] < before["ChargePeriodStart"]


def test_faults_of_real_servers_records_at_another_offset_negative_and_deep(client: Start) -> None:
    [good, *_rest] = client().usage(SHORT).rows
    offset = client("records=offset").usage(SHORT).rows[0]
    assert (offset["ChargePeriodStart"], offset["ChargePeriodEnd"]) == (
        "2025-05-10T00:00:00+02:00",
        "2025-05-11T00:00:00+02:00",
    )
    negative = client("records=negative").usage(SHORT).rows[0]
    assert (negative["ConsumedQuantity"], "ChargeClass" in negative) == (-good["ConsumedQuantity"], False)
    deep, depth = client("records=deep").usage(SHORT).rows[0]["x_Deep"], 0
    while deep:
        [deep], depth = deep, depth + 1
    assert depth == 330


def test_faults_of_real_servers_records_with_a_column_twice(client: Start) -> None:
    body = client("records=twice").usage(SHORT).body
    pairs: list[list[str]] = []
    json.loads(body, object_pairs_hook=lambda found: pairs.append([name for name, _value in found]))
    assert [names.count("ConsumedQuantity") for names in pairs[:2]] == [2, 1]


def test_faults_of_real_servers_records_with_ever_new_ids_outside_the_range(client: Start) -> None:
    rows = client("repeat=10", "records=new-ids,rows=all").usage(SHORT).rows
    assert len({row["x_BillableMetricId"] for row in rows}) == len(rows) == 480
    assert {row["ChargePeriodStart"] for row in rows} == {"1999-01-01T00:00:00Z"}


def test_faults_of_real_servers_unrated_days_have_a_pricing_quantity_and_no_cost(client: Start) -> None:
    started = client("unrated=2025-05-13")
    rows = started.paygo(PAYGO_ACCOUNT_ID, "2025-04-15", "2025-05-14").rows
    late = [row for row in rows if row["ChargePeriodStart"] >= "2025-05-13"]
    assert any(row["PricingQuantity"] for row in late)
    assert {row["ContractedCost"] for row in late} == {row["BilledCost"] for row in late} == {0}
    [day, *_rest] = [row for row in rows if row["ServiceName"] == late[0]["ServiceName"]][-3:]
    assert late[0]["CumulatedContractedCost"] == day["CumulatedContractedCost"]


def test_faults_of_real_servers_unrated_days_of_version_2_have_costs_of_zero(client: Start) -> None:
    rows = client("unrated=2025-05-12", cost="all").usage(SHORT).rows
    assert {row["ChargePeriodStart"][:10] for row in rows if not row["BilledCost"]} == {"2025-05-12"}
    assert not any("BilledCost" in row for row in client("unrated=2025-05-12").usage(SHORT).rows)


@pytest.mark.parametrize(
    ("drop", "left"),
    [
        ("day:2025-05-11..", {"r2": 3, "d1": 1}),
        ("metric:r2_storage@2025-05-11..", {"r2": 7, "d1": 3}),
        (f"account:{ACCOUNT_ID}@2025-05-11..", {"r2": 3, "d1": 1}),
        (f"account:{ACCOUNT_ID}@2025-05-11", {"r2": 6, "d1": 2}),
    ],
)
def test_rows_can_fall_silent_from_a_day_on(client: Start, drop: str, left: dict[str, int]) -> None:
    metrics = [row["x_BillableMetricId"][:2] for row in client(f"drop={drop}").usage(SHORT).rows]
    assert {name: metrics.count(name) for name in left} == left


def test_faults_of_rows_work_in_version_1(client: Start) -> None:
    started = client("drop=metric:R2 Data Stored (First 10GB included)", "records=new-ids")
    rows = started.paygo(PAYGO_ACCOUNT_ID, "2025-04-15", "2025-05-14").rows
    assert rows[0]["ServiceName"].startswith("new-")
    assert not any("R2 Data" in row["ServiceName"] for row in rows)
    assert client("status=503,covers=2025-04-20").paygo(PAYGO_ACCOUNT_ID, "2025-04-15", "2025-05-14").status == 503


def test_fault_can_be_for_a_method(client: Start) -> None:
    started = client("status=503,method=POST")
    assert [started.usage(SHORT).status, started.post({}).status] == [200, 503]
