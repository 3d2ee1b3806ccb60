# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented rules of every endpoint."""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
import socket
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    EMPTY_ORGANIZATION_ID,
    NOT_COVERED_ACCOUNT_ID,
    ORGANIZATION_ID,
    Config,
    Simulator,
)

Start = Callable[..., Any]
USAGE = f"/accounts/{ACCOUNT_ID}/billable/usage"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}


def days(rows: list[Any]) -> tuple[str, str]:
    starts = [row["ChargePeriodStart"][:10] for row in rows]
    assert starts == sorted(starts)
    return starts[0], starts[-1]


def test_rules_both_ends_of_the_range_or_neither(client: Start) -> None:
    started = client(today=dt.date(2025, 5, 20))
    assert days(started.usage({}).rows) == ("2025-05-01", "2025-05-19")
    assert days(started.usage({"from": "2025-05-03", "to": "2025-05-05"}).rows) == ("2025-05-03", "2025-05-05")


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2025-05-01"},
        {"to": "2025-05-01"},
        {"from": "2025-05-02", "to": "2025-05-01"},
        {"from": "2025-05-01", "to": "2025-06-01"},
        {"from": "2025-5-1", "to": "2025-05-02"},
        {"from": "20250501", "to": "20250502"},
        {"from": "2025-02-30", "to": "2025-03-01"},
        {"from": "", "to": ""},
        {"from": ["2025-05-01", "2025-05-02"], "to": "2025-05-02"},
        {**MAY, "metric": ["a", "b"]},
    ],
)
def test_rules_bad_ranges_and_filters_are_refused(client: Start, query: dict[str, Any]) -> None:
    answer = client().usage(query)
    assert (answer.status, answer.codes, answer.data["success"]) == (400, [1183], False)


def test_rules_to_can_be_exclusive(client: Start) -> None:
    started = client(to="exclusive")
    assert days(started.usage().rows) == ("2025-05-01", "2025-05-30")
    assert started.usage({"from": "2025-05-01", "to": "2025-05-01"}).rows == []
    assert days(started.usage({"from": "2025-05-01", "to": "2025-06-01"}).rows) == ("2025-05-01", "2025-05-31")
    assert started.usage({"from": "2025-05-01", "to": "2025-06-02"}).codes == [1183]
    assert started.usage({"from": "0001-01-01", "to": "0001-01-01"}).status == 200


def test_rules_days_to_come_are_empty(client: Start) -> None:
    assert client().usage({"from": "2025-06-02", "to": "2025-06-20"}).rows == []


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 401, 10000),
        ("Bearer other", 403, 10000),
        ("Bearer ", 400, 6003),
        ("Basic c2ltdWxhdG9yLXRva2Vu", 400, 6003),
    ],
)
def test_rules_only_the_token_is_let_in(client: Start, authorization: str | None, status: int, code: int) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    started = client(headers=headers)
    for path in (USAGE, "/accounts", "/organizations", "/nowhere"):
        answer = started.get(path, token=None)
        assert (answer.status, answer.codes) == (status, [code])
    assert {entry["token"] for entry in started.simulator.requests} == {"wrong" if authorization else "none"}


def test_rules_token_can_be_chosen(client: Start) -> None:
    started = client(token="my own")
    assert started.get("/accounts").status == 200
    assert started.get("/accounts", token="simulator-token").status == 403


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/accounts/short/billable/usage", 404, 7003),
        (f"/accounts/{ACCOUNT_ID.upper()}/billable/usage", 404, 7003),
        ("/organizations/short/billable/usage", 404, 7003),
        ("/organizations/short/accounts", 404, 7003),
        (f"/accounts/{'f' * 32}/billable/usage", 403, 9109),
        (f"/accounts/{ACCOUNT_ID}/billable/other", 404, 7000),
        ("/", 404, 7000),
    ],
)
def test_rules_unknown_paths_and_ids(client: Start, path: str, status: int, code: int) -> None:
    answer = client().get(path, MAY)
    assert (answer.status, answer.codes) == (status, [code])


def test_rules_only_below_the_base_path_and_only_known_methods(client: Start) -> None:
    started = client()
    assert started.get("/accounts", method="POST").status == 405
    assert started.post({}, scope=f"/organizations/{ORGANIZATION_ID}").status == 405
    connection = http.client.HTTPConnection("127.0.0.1", started.simulator.port, timeout=600)
    connection.request("GET", USAGE, headers={"Authorization": "Bearer simulator-token"})
    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.parametrize(
    "scope",
    [
        f"/accounts/{NOT_COVERED_ACCOUNT_ID}",
        f"/organizations/{EMPTY_ORGANIZATION_ID}",
        f"/organizations/{'0' * 32}",
    ],
)
def test_rules_nothing_is_a_success(client: Start, scope: str) -> None:
    answer = client().usage(scope=scope)
    assert answer.status == 200
    assert answer.data == {"success": True, "errors": [], "messages": [], "result": []}


def test_rules_metric_filter_follows_the_shape(client: Start) -> None:
    one, two = "workers_standard_requests", "r2_storage"

    def found(shape: str, query: dict[str, Any], **switches: Any) -> set[str]:
        return {row["x_BillableMetricId"] for row in client(shape=shape, **switches).usage({**MAY, **query}).rows}

    assert found("seed", {"metric": one}) == {one}
    assert found("seed", {"metric": "unknown"}) == set()
    assert found("sdk56", {"metric_id": [one, two]}) == {one, two}
    assert len(found("sdk56", {"metric": one})) == 12
    assert len(found("sdk59", {"metric": one, "metric_id": one})) == 12
    assert len(found("seed", {"metric": one}, metric_parameter="ignored")) == 12
    assert client(shape="sdk56").usage({"metric_id": [str(number) for number in range(11)]}).codes == [1183]


def test_rules_token_check(client: Start) -> None:
    for path in ("/user/tokens/verify", f"/accounts/{ACCOUNT_ID}/tokens/verify"):
        assert client().get(path).data["result"]["status"] == "active"
        wrong = client().get(path, token="other")
        assert (wrong.status, wrong.codes) == (401, [1000])


def test_rules_compressed_only_for_those_who_accept_it(client: Start) -> None:
    plain = client().usage().body
    started = client(gzip=True, headers={"Accept-Encoding": "gzip, deflate"})
    for query in (MAY, {"from": "2025-05-03", "to": "2025-05-04"}, MAY):
        answer = started.usage(query)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.body) < len(plain) / 4
        # One member to its end: some clients stop after the first.
        reader = zlib.decompressobj(31)
        text = reader.decompress(answer.body)
        assert reader.eof
        assert not reader.unused_data
        assert text == gzip.decompress(answer.body)
        assert text == client().usage(query).body
    assert client(gzip=True).usage().body == plain


def test_rules_chunked_body_is_the_same(client: Start) -> None:
    answer = client(chunked=True).usage()
    assert "Content-Length" not in answer.headers
    assert answer.body == client().usage().body


def test_rules_connection_is_kept(client: Start) -> None:
    started = client()
    connection = http.client.HTTPConnection("127.0.0.1", started.simulator.port, timeout=600)
    for _number in range(3):
        connection.request("GET", "/client/v4/accounts", headers={"Authorization": "Bearer simulator-token"})
        assert len(connection.getresponse().read()) > 100
        first = connection.sock
    assert connection.sock is first
    connection.request("HEAD", "/client/v4/accounts", headers={"Authorization": "Bearer simulator-token"})
    assert connection.getresponse().read() == b""
    connection.close()


@pytest.mark.parametrize(
    "text", [b"nonsense\r\n\r\n", b"GET / SPDY/9\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_rules_what_is_not_http_is_hung_up_on(client: Start, text: bytes) -> None:
    with socket.create_connection(("127.0.0.1", client().simulator.port), timeout=600) as sock:
        sock.sendall(text)
        assert sock.recv(100) == b""


def test_rules_requests_are_remembered_without_the_token(client: Start) -> None:
    started = client(token="a-very-secret-token")
    started.usage({**MAY, "metric": "r2_storage"})
    started.get("/nowhere", token="another-secret-token")
    first, second = started.simulator.requests
    assert first["method"] == "GET"
    assert first["path"] == USAGE
    assert first["query"] == {"from": ["2025-05-01"], "to": ["2025-05-31"], "metric": ["r2_storage"]}
    assert [first["token"], first["status"], second["token"], second["status"]] == ["right", 200, "wrong", 403]
    assert [first["number"], second["number"]] == [1, 2]
    assert "secret" not in str(started.simulator.requests)
    started.simulator.clear()
    assert started.simulator.requests == []


def test_rules_prepared_bodies_are_what_is_sent(client: Start) -> None:
    started = client(gzip=True, contract_rows=True, records_per_window=310)
    size = started.simulator.prepare(dt.date(2025, 5, 1), dt.date(2025, 5, 31))
    answer = started.usage(scope=f"/organizations/{ORGANIZATION_ID}")
    assert len(answer.rows) == 3 * 310 + 31
    assert 0 <= len(answer.body) - size < 300


def test_rules_starts_and_stops_and_starts_again() -> None:
    simulator = Simulator(Config())
    with pytest.raises(RuntimeError, match="not running"):
        _url = simulator.base_url
    for _number in range(2):
        simulator.start()
        with socket.create_connection(("127.0.0.1", simulator.port), timeout=600) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert sock.recv(65536).startswith(b"HTTP/1.1 401 ")
            simulator.stop()
            assert sock.recv(1) == b""
    simulator.stop()
