# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked for again and when, what is given up, and how many requests there may be."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api import api_errors as refusals
from ansible_collections.finops.cloudflare.plugins.module_utils._api import client as client_module
from ansible_collections.finops.cloudflare.plugins.module_utils._api import pace
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError, TransportError
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import PATH, Api
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import decoded

Connect = Callable[..., Api]


def refused(api: Api) -> ApiResponseError:
    with pytest.raises(ApiResponseError) as caught:
        api.records()
    return caught.value


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 522, 530, 599])
def test_client_retries_what_may_pass_is_asked_again(connect: Connect, status: int) -> None:
    api = connect(f"status={status},times=2")
    assert api.records() == decoded(api.expected)
    assert api.statuses == [status, status, 200]
    assert api.client.requests == 3
    # Half a second, then one, each times 0.75: half of it is fixed, half is chance.
    assert api.pauses == [0.375, 0.75]


@pytest.mark.parametrize("form", ["html", "json", "text", "empty"])
def test_client_retries_an_outage_is_told_whatever_its_page_looks_like(connect: Connect, form: str) -> None:
    api = connect(f"status=502,as={form}", max_retries=1)
    error = refused(api)
    assert (api.statuses, error.attempts, error.http_status) == ([502, 502], 2, 502)
    assert str(error).endswith("(tried 2 times)")
    assert "<" not in str(error)
    assert (error.failure()["retried"], error.failure()["attempts"]) == (True, 2)
    assert bool(error.errors) == (form == "json")


def test_client_retries_pauses_grow_to_a_ceiling_and_tries_end(connect: Connect) -> None:
    api = connect("status=503", max_retries=9)
    refused(api)
    assert api.pauses == [0.375, 0.75, 1.5, 3.0, 6.0, 12.0, 22.5, 22.5, 22.5]
    assert len(api.statuses) == 10


def test_client_retries_pauses_are_never_shorter_than_half_and_never_longer_than_whole(connect: Connect) -> None:
    api = connect("status=503", max_retries=3)
    rng = random.Random(1)
    pauses: list[float] = []
    connection = Connection(api.simulator.base_url, "x", max_retries=3)
    for _time in range(6):
        with Client(connection, pauses.append, rng.random) as client, pytest.raises(ApiResponseError):
            client.get_result(PATH, {}, list)
    for number, pause in enumerate(pauses):
        whole = 0.5 * 2 ** (number % 3)
        assert whole / 2 <= pause <= whole
    assert len(set(pauses)) == len(pauses)


def test_client_retries_retry_after_makes_a_pause_longer_and_never_shorter(connect: Connect) -> None:
    api = connect("status=429,retry-after=7,times=1", "status=503,retry-after=0,times=1")
    assert api.records() == decoded(api.expected)
    assert api.pauses == [7.0, 0.75]


def test_client_retries_retry_after_can_be_a_date(connect: Connect) -> None:
    api = connect("status=429,retry-after-date=90,times=1", "status=429,retry-after-date=-90,times=1")
    api.records()
    assert 85 <= api.pauses[0] <= 91
    assert api.pauses[1] == 0.75


@pytest.mark.parametrize("seconds", [300, 301, 86400])
def test_a_server_that_asks_for_too_much_patience_is_not_waited_for(connect: Connect, seconds: int) -> None:
    api = connect(f"status=429,retry-after={seconds}", max_retries=1)
    error = refused(api)
    assert f"The API asks to wait {seconds} s" in str(error)
    assert error.retry_after == seconds
    assert (api.pauses, error.attempts) == (([300.0], 2) if seconds == 300 else ([], 1))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("5", 5.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 400, 1e9),
        ("Mon, 99 Foo 2025", None),
        ("Mon, 02 Jun 2025 03:00:00 -0000", None),
        ("Mon, 02 Jun 2025 03:00:00 GMT", 0.0),
        ("Mon, 02 Jun 99999 03:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_client_retries_the_forms_of_retry_after(value: str | None, seconds: float | None) -> None:
    assert refusals.retry_after(value) == seconds
    assert json.dumps(refusals.retry_after(value), allow_nan=False)


def test_client_retries_a_date_is_taken_from_now() -> None:
    then = datetime.now(timezone.utc) + timedelta(seconds=60)
    assert 58 <= (refusals.retry_after(format_datetime(then, usegmt=True)) or 0) <= 60


@pytest.mark.parametrize(
    "fault", ["cut=50%", "cut=0", "cut=200", "reset=before", "reset=headers", "reset=body", "close=before"]
)
@pytest.mark.parametrize("chunked", [False, True])
def test_client_retries_an_answer_that_breaks_off_never_counts_and_is_asked_for_again(
    connect: Connect, fault: str, *, chunked: bool
) -> None:
    api = connect(f"{fault},times=1", simulator={"chunked": chunked})
    assert api.records() == decoded(api.expected)
    assert api.client.requests == 2
    assert len(api.pauses) == 1
    api.simulator.set_faults(fault)
    with pytest.raises(TransportError) as caught:
        api.records()
    assert caught.value.attempts == 5
    assert caught.value.http_status is None
    assert "0x" not in str(caught.value)
    assert str(caught.value).startswith(f"No whole answer from 127.0.0.1:{api.simulator.port} for {PATH}: ")


@pytest.mark.parametrize("fault", ["body=empty", "body=cut-json", "encoding=broken-gzip"])
def test_a_body_that_is_not_whole_or_not_readable_is_asked_for_again(connect: Connect, fault: str) -> None:
    api = connect(f"{fault},times=1")
    assert api.records() == decoded(api.expected)
    api.simulator.set_faults(fault)
    with pytest.raises(TransportError):
        api.records()


def test_client_retries_what_was_counted_of_an_answer_that_broke_off_is_thrown_away(connect: Connect) -> None:
    api = connect("cut=60%,times=2", simulator={"metrics": 9})
    counted: list[int] = []

    def count(records: Iterable[Any]) -> int:
        counted.append(0)
        for _record in records:
            counted[-1] += 1
        return counted[-1]

    assert api.records(count) == len(api.expected)
    assert len(counted) == 3
    assert 0 < counted[0] < counted[2]


@pytest.mark.parametrize("fault", ["delay=9", "stall=9"])
def test_client_retries_a_server_that_goes_silent_is_given_up(connect: Connect, fault: str) -> None:
    api = connect(fault, timeout=0.05, max_retries=1)
    with pytest.raises(TransportError) as caught:
        api.records()
    assert caught.value.attempts == 2
    assert caught.value.transient
    if fault == "delay=9":
        assert "no answer within 0.05 s" in str(caught.value)


def test_client_retries_a_server_that_drips_is_given_up_although_it_never_goes_silent(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_TIMEOUTS", 0.1)
    api = connect("drip=40000", timeout=2)
    with pytest.raises(TransportError, match=r"it took more than 0\.2 s") as caught:
        api.records()
    assert (caught.value.attempts, caught.value.transient) == (1, False)


def test_client_retries_a_port_that_nobody_listens_on(connect: Connect) -> None:
    api = connect(max_retries=2)
    port = api.simulator.port
    api.simulator.stop()
    with pytest.raises(TransportError, match=rf"127\.0\.0\.1:{port} .*refused") as caught:
        api.records()
    assert (caught.value.attempts, len(api.pauses)) == (3, 2)
    assert "object at" not in str(caught.value)


def test_no_more_requests_than_the_api_allows(monkeypatch: pytest.MonkeyPatch, connect: Connect) -> None:
    monkeypatch.setattr(pace, "MAX_REQUESTS", 4)
    api = connect()
    now, sent, rng = [100.0], [], random.Random(2)

    def sleep(seconds: float) -> None:
        now[0] += seconds

    client = Client(Connection(api.simulator.base_url, "x", deadline=1e6), sleep, clock=lambda: now[0])
    with client:
        for _request in range(40):
            client._await_turn(PATH)
            sent.append(now[0])
            now[0] += rng.choice((0, 1, 30, 200))
    for early, late in zip(sent, sent[4:], strict=False):
        assert late - early >= pace.PERIOD
    assert client.requests == 40


def test_client_retries_requests_side_by_side_keep_the_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MAX_REQUESTS", 10)
    pauses: list[float] = []
    connection = Connection("https://api.example.com", "x", deadline=1000)
    with Client(connection, pauses.append, clock=lambda: 0.0) as client:
        threads = [threading.Thread(target=client._await_turn, args=(PATH,)) for _thread in range(35)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(pauses) == [301.0] * 10 + [602.0] * 10 + [903.0] * 5
    assert client.requests == 35


def test_client_retries_the_limit_is_below_that_of_the_api() -> None:
    assert pace.MAX_REQUESTS <= 1200
    assert pace.PERIOD == 300
