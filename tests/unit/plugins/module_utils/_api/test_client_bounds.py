# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No server, however it behaves, takes more than the time and the memory that a task has."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from itertools import repeat
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api import client as client_module
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError, TransportError
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._api.conftest import Timers
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import ACCOUNT, PATH, Api
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import TOKEN, answer

Listen = Callable[..., str]
Connect = Callable[..., Api]

BODY = answer([{"a": 1}])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
MOST = 64 * 1024 * 1024  # bytes that an endless server sends before it ends, so that a broken test ends too


def get(address: str, timers: Timers | None = None, **options: Any) -> Any:
    given = {"timeout": 30.0, "max_retries": 2, **options}
    with Client(Connection(address, TOKEN, **given), lambda _pause: None, timer=timers or Timers()) as client:
        return client.get_result(PATH, {}, list).value


def failed(address: str, timers: Timers | None = None, **options: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        get(address, timers, **options)
    return caught.value


def send_without_end(connection: socket.socket, pieces: Iterable[bytes]) -> int:
    """Send until the other side has had enough; return how much it took."""
    sent = 0
    try:
        for piece in pieces:
            connection.sendall(piece)
            sent += len(piece)
            if sent > MOST:
                break
    except OSError:
        pass
    return sent


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"result":[1,',
        b'HTTP/1.1 200 OK\r\n\r\n{"result":[1],"success":true}',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"res',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: ",
    ],
)
def test_client_deadline_holds_in_every_phase_of_an_answer(listen: Listen, begin: bytes) -> None:
    timers = Timers()

    def talk(connection: socket.socket) -> None:
        connection.sendall(begin)
        timers.fire()
        connection.recv(1)  # returns when the client has gone

    error = failed(listen(talk), timers)
    assert str(error).endswith("it took more than 600 s")
    assert (error.attempts, error.transient) == (1, False)
    assert [seconds for seconds, _call in timers.started] == [600.0]


def test_client_deadline_holds_during_the_handshake(listen: Listen) -> None:
    timers = Timers()

    def talk(connection: socket.socket) -> None:
        connection.recv(1)
        timers.fire()
        while connection.recv(65536):
            pass

    error = failed(listen(talk, raw=True).replace("http:", "https:"), timers)
    assert str(error).endswith("it took more than 600 s")


def test_client_deadline_holds_for_a_connection_that_is_used_again(listen: Listen) -> None:
    timers = Timers()

    def talk(connection: socket.socket) -> None:
        connection.sendall(OK)
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 2")
        timers.fire()
        connection.recv(1)

    with Client(Connection(listen(talk), TOKEN), timer=timers) as client:
        assert client.get_result(PATH, {}, list).value == [{"a": 1}]
        with pytest.raises(TransportError, match="it took more than 600 s"):
            client.get_result(PATH, {}, list)
    assert len(timers.started) == 2


def test_client_deadline_in_an_error_body_leaves_the_error(listen: Listen) -> None:
    timers = Timers()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 403 No\r\nContent-Length: 1000\r\n\r\n{"errors":[{"code":9109,"message":"no"}],')
        timers.fire()
        connection.recv(1)

    with pytest.raises(ApiResponseError) as caught:
        get(listen(talk), timers)
    assert (caught.value.http_status, caught.value.attempts) == (403, 1)


def test_client_deadline_of_the_task_is_that_of_each_request(listen: Listen) -> None:
    timers = Timers()

    def talk(connection: socket.socket) -> None:
        timers.fire()
        connection.recv(1)

    error = failed(listen(talk), timers, deadline=5)
    assert "the deadline of 5 s for the task has passed; ask for less, or raise deadline" in str(error)
    assert timers.started[0][0] <= 5


def test_client_deadline_of_the_task_ends_retries(connect: Connect) -> None:
    now = [0.0]
    api = connect("status=503,retry-after=40")
    connection = Connection(api.simulator.base_url, TOKEN, deadline=100)

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with Client(connection, sleep, clock=lambda: now[0]) as client, pytest.raises(ApiResponseError) as caught:
        client.get_result(PATH, {}, list)
    assert (now[0], caught.value.attempts) == (80.0, 3)
    assert str(caught.value).endswith("(tried 3 times) Not tried again, as the deadline of 100 s would pass.")


def test_client_deadline_of_the_task_covers_what_comes_after(connect: Connect) -> None:
    now = [0.0]
    api = connect()
    with Client(Connection(api.simulator.base_url, TOKEN, deadline=100), clock=lambda: now[0]) as client:
        now[0] = 100.0
        with pytest.raises(TransportError, match="the deadline of 100 s for the task has passed"):
            client.get_result(PATH, {}, list)
    assert api.simulator.requests == []


def test_client_reads_past_interim_answers(listen: Listen) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" * 3
    assert get(listen(lambda connection: connection.sendall(interim + b"HTTP/1.1 102 Processing\r\n\r\n" + OK))) == [
        {"a": 1}
    ]


@pytest.mark.parametrize(
    "endless",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        b"HTTP/1.1 200 OK" + b"x" * 999,
    ],
)
def test_client_does_not_read_a_head_without_end(listen: Listen, endless: bytes) -> None:
    sent: Queue[int] = Queue()
    error = failed(listen(lambda connection: sent.put(send_without_end(connection, repeat(endless)))), max_retries=0)
    assert "No whole answer" in str(error)
    assert sent.get(timeout=600) < MOST


def test_client_does_not_read_the_body_of_a_redirect(listen: Listen) -> None:
    sent: list[int] = []

    def talk(connection: socket.socket) -> None:
        if sent:
            connection.sendall(OK)
            return
        connection.sendall(b"HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\n\r\n")
        sent.append(send_without_end(connection, repeat(b"x" * 65536)))

    assert get(listen(talk)) == [{"a": 1}]
    assert sent[0] < MOST


def test_client_does_not_read_the_body_of_an_error_without_end(listen: Listen) -> None:
    sent: Queue[int] = Queue()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 403 No\r\n\r\n{"errors":[{"code":9109,"message":"no"}],"result":[0')
        sent.put(send_without_end(connection, repeat(b",0" * 9999)))

    with pytest.raises(ApiResponseError) as caught:
        get(listen(talk))
    assert caught.value.errors == [{"code": 9109, "message": "no"}]
    assert sent.get(timeout=600) < MOST


@pytest.mark.parametrize(
    "endless", [b"x", b"5", b"0\r\nTrailer: x", b"1;" + b"x" * 9999], ids=["text", "digits", "trailer", "extension"]
)
def test_client_does_not_read_a_chunk_s_head_without_end(listen: Listen, endless: bytes) -> None:
    sent: Queue[int] = Queue()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + endless)
        sent.put(send_without_end(connection, repeat(b"5" * 65536)))

    failed(listen(talk), max_retries=0)
    assert sent.get(timeout=600) < MOST


def test_client_cancel_wakes_a_pause(connect: Connect) -> None:
    api = connect("status=503,retry-after=290")

    def jitter() -> float:
        client.cancel()
        return 0.5

    with (
        Client(Connection(api.simulator.base_url, TOKEN), jitter=jitter) as client,
        pytest.raises(TransportError, match="the task was given up"),
    ):
        client.get_result(PATH, {}, list)
    assert api.statuses == [503]


def test_client_cancel_ends_a_request_under_way_and_all_later_ones(listen: Listen) -> None:
    asked: list[int] = []

    def talk(connection: socket.socket) -> None:
        asked.append(1)
        connection.sendall(b"HTTP/1.1 2")
        client.cancel()
        connection.recv(1)

    with Client(Connection(listen(talk), TOKEN), timer=Timers()) as client:
        for _request in range(2):
            with pytest.raises(TransportError, match="the task was given up"):
                client.get_result(PATH, {}, list)
    assert asked == [1]


def test_client_bounds_window_that_fails_for_good_ends_the_others_at_once(connect: Connect) -> None:
    api = connect("status=429,retry-after=290,from=2025-03-01", "status=403,from=2025-03-31")
    given = {
        "api_url": api.simulator.base_url,
        "api_token": api.simulator.config.token,
        "account_id": ACCOUNT,
        "from": "2025-03-01",
        "to": "2025-05-31",
        "concurrency": 2,
    }
    with pytest.raises(ApiResponseError) as caught:
        query_usage(given, datetime(2025, 6, 2, tzinfo=timezone.utc))
    assert caught.value.http_status == 403
    assert api.statuses.count(429) <= 1, "the pause of 290 seconds was waited for"


def test_client_bounds_map_ordered_raises_the_error_that_came_first() -> None:
    gone = threading.Event()

    def call(step: int) -> int:
        if step == 2:
            raise ValueError("the cause")
        assert gone.wait(600)
        raise ValueError("given up")

    with pytest.raises(ValueError, match="the cause"):
        list(map_ordered(call, [1, 2, 3], 3, gone.set))


CHILD = """
from ansible_collections.finops.cloudflare.plugins.module_utils._ansible import _ended_by_signals
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered
import sys
with _ended_by_signals(), Client(Connection(sys.argv[1], "token", concurrency=2)) as client:
    ask = lambda step: client.get_result("/x", {}, list)
    list(map_ordered(ask, range(2), int(sys.argv[2]), client.cancel))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("concurrency", [1, 2])
def test_signals_end_the_process_with_all_its_threads(listen: Listen, number: signal.Signals, concurrency: int) -> None:
    under_way = threading.Semaphore(0)

    def talk(connection: socket.socket) -> None:
        under_way.release()
        connection.recv(1)

    address = listen(talk)
    root = str(Path(client_module.__file__).parents[6])
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, address, str(concurrency)], env=environment, stderr=subprocess.PIPE
    ) as child:
        if under_way.acquire(timeout=600):
            child.send_signal(number)
        _out, words = child.communicate(timeout=600)
    assert (child.returncode, words) == (128 + number, b"")
