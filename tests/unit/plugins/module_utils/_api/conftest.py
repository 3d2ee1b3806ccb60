# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on loopback that says what a test wants, byte by byte, and a timer that the test moves on."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

Talk = Callable[[socket.socket], None]


@dataclass
class Timers:
    """Stands in for the timers of a client: ``fire`` is what time does."""

    started: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __call__(self, seconds: float, call: Callable[[], None]) -> Timers:
        self.started.append((seconds, call))
        return self

    def start(self) -> None:
        """Wait for ``fire``."""

    def cancel(self) -> None:
        """Nothing runs that could be cancelled."""

    def fire(self) -> None:
        self.started[-1][1]()


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Return a function that starts a server: ``talk`` gets each connection, its request read unless ``raw``."""
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with ExitStack() as stack:

        def serve(listener: socket.socket, talk: Talk, raw: bool) -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    read = b"" if raw else connection.recv(65536)
                    while read and b"\r\n\r\n" not in read:
                        read = connection.recv(65536)  # nothing at all where the other side has gone
                    talk(connection)

        def start(talk: Talk, *, raw: bool = False) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            thread = threading.Thread(target=serve, args=(listener, talk, raw), daemon=True)
            thread.start()
            stack.callback(thread.join, 10)
            stack.callback(_shut, listener)
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start


def _shut(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
