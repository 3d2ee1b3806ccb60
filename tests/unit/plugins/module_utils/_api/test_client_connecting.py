# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be met before there is a connection: names, addresses and proxies that do not answer, or say no."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._api.transport import Watch
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import TransportError
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._api.conftest import Timers
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import PATH
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import TOKEN

Listen = Callable[..., str]

LONG = 60  # seconds; more than any machine takes


def failed(address: str, timer: Any = None, **options: Any) -> TransportError:
    given = {"max_retries": 0, "timeout": 600.0, **options}
    connection = Connection(address, TOKEN, **given)
    with (
        Client(connection, lambda _pause: None, timer=timer or Timers()) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.get_result(PATH, {}, list)
    return caught.value


@pytest.fixture
def deaf() -> Iterator[str]:
    """Yield an address that takes no connection and refuses none: its queue is full."""
    with socket.socket() as listening, contextlib.ExitStack() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _each in range(3):
            sock = waiting.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(listening.getsockname())
        yield f"127.0.0.1:{listening.getsockname()[1]}"


class Soon(Timers):
    """A timer that fires as soon as it is started."""

    def start(self) -> None:
        threading.Thread(target=self.fire, daemon=True).start()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_client_deadline_holds_while_no_address_answers(deaf: str, scheme: str) -> None:
    error = failed(f"{scheme}://{deaf}", Soon())
    assert "the deadline of 900 s" in str(error)
    assert not error.transient


def test_client_deadline_holds_while_a_proxy_does_not_answer(deaf: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass-word@{deaf}")
    error = failed("https://api.example.com/client/v4", Soon())
    assert f"from api.example.com through the proxy {deaf} for " in str(error)
    assert "the deadline of 900 s" in str(error)
    assert "pass-word" not in str(error)


def test_client_deadline_holds_while_a_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def look_up(*_arguments: Any, **_options: Any) -> Any:
        answered.wait(LONG)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    error = failed("http://localhost:1", Soon())
    answered.set()
    assert "the deadline of 900 s" in str(error)


def test_client_cancel_ends_a_connection_that_is_not_there_yet(deaf: str) -> None:
    with Client(Connection(f"http://{deaf}", TOKEN, timeout=600)) as client:
        threading.Timer(0.05, client.cancel).start()
        with pytest.raises(TransportError, match="the task was given up"):
            client.get_result(PATH, {}, list)


def test_client_closes_a_connection_that_comes_too_late() -> None:
    ended, closed = threading.Event(), threading.Event()

    class Late(socket.socket):
        def close(self) -> None:
            super().close()
            closed.set()

    def connect() -> socket.socket:
        ended.wait(LONG)
        return Late()

    watch = Watch()
    watch.end("over")
    with pytest.raises(TimeoutError, match="over"):
        watch.opened(connect)
    ended.set()
    assert closed.wait(LONG)


def test_client_names_the_proxy_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass-word@127.0.0.1:{port}")
    said = str(failed("https://api.example.com/client/v4"))
    assert f"through the proxy 127.0.0.1:{port} for " in said
    assert "the proxy failed: Connection refused. Check HTTPS_PROXY and NO_PROXY." in said
    assert "pass-word" not in said


@pytest.mark.parametrize(
    ("answer", "says", "tries"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "It wants a name and a password; HTTPS_PROXY", 1),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden. Check HTTPS_PROXY and NO_PROXY.", 1),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "503 Busy. Check HTTPS_PROXY and NO_PROXY.", 2),
        (b"nonsense\r\n\r\n", ": what came is not HTTP", 2),
        (b"", ": Remote end closed connection without response", 2),
        (b"HTTP/1.1 200 Go on\r\n\r\n", "TLS failed: unexpected eof while reading", 2),
    ],
)
def test_client_names_the_proxy_that_says_no(
    listen: Listen, monkeypatch: pytest.MonkeyPatch, answer: bytes, says: str, tries: int
) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(answer)
        if b" 200 " in answer:
            connection.recv(65536)  # what is closed with something unread is reset

    proxy = listen(talk)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = failed("https://api.example.com/client/v4", max_retries=1)
    assert f"through the proxy {proxy.removeprefix('http://')} for " in str(error)
    assert (says in str(error), error.attempts) == (True, tries), str(error)


@pytest.mark.parametrize("proxy", ["http://me:pass-word@:bad", "ftp://me:pass-word@127.0.0.1:1", "http://"])
def test_client_says_that_it_is_the_proxy_whose_address_is_wrong(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = failed("https://api.example.com/client/v4", max_retries=1)
    assert "the proxy failed: " in str(error)
    assert str(error).endswith("Check HTTPS_PROXY and NO_PROXY.")
    assert "pass-word" not in str(error)
    assert error.attempts == 1
