# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP with bounds that a server can't get around: one end for a whole exchange, and memory for one block.

The time-outs of requests hold for each wait alone, so a server that drips bytes never meets them. Here a ``Watch``
knows the sockets of an exchange, from the handshake on, and can shut them down at any time from another thread. Until
there is a socket it waits beside the thread that looks the name up and tries one address after the other.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.libraries import (
    HTTPAdapter,
    HTTPConnection,
    HTTPConnectionPool,
    requests,
    urllib3,
)

BLOCK = 64 * 1024  # decoding is fastest while a block fits the processor's cache
MAX_HEAD = 256 * 1024  # bytes of status line and headers, those of interim answers (1xx) included
MAX_LINE = 64 * 1024
MAX_CHUNK_LINE = 4 * 1024
GZIP = 16 + zlib.MAX_WBITS
_GZIPPED = ("gzip", "x-gzip")
SWITCHING_PROTOCOLS = 101
WAKE = 0.5  # seconds; a signal that comes just before a wait is seen after it

_thread = threading.local()


class Watch:
    """Holds the sockets of the exchange of this thread; ``end`` shuts them down, whoever waits for them."""

    def __init__(self) -> None:
        self.reason = ""  # why it was ended; empty while it was not
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._news = threading.Event()

    def __enter__(self) -> Watch:
        _thread.watch = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _thread.watch = None
        self.release()

    def release(self) -> None:
        """Let go of the sockets: a connection is not closed for the other side while one handle of it is open."""
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()

    def opened(self, connect: Callable[[], socket.socket]) -> socket.socket:
        """Return the socket that ``connect`` makes; raises TimeoutError as soon as the exchange is ended."""
        made: list[socket.socket] = []
        failed: list[Exception] = []

        def attempt() -> None:
            try:
                sock = connect()
            except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
                failed.append(error)
            else:
                with self._lock:
                    if self.reason:
                        sock.close()  # nobody waits for it any more
                    else:
                        made.append(sock)
            self._news.set()

        self._news.clear()
        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        while thread.is_alive() and not (made or failed or self.reason):
            self._news.wait(WAKE)
        if made:
            return made[0]
        raise failed[0] if failed else TimeoutError(self.reason)

    def hold(self, sock: socket.socket) -> None:
        """Keep a second handle of a socket: TLS takes the first one over, and a response may close it early."""
        with self._lock:
            twin = socket.socket(fileno=os.dup(sock.fileno()))
            self._sockets.append(twin)
            if self.reason:
                _shut(twin)

    def end(self, reason: str) -> None:
        """End the exchange; what waits for data sees the end of it at once."""
        with self._lock:
            self.reason = self.reason or reason
            for each in self._sockets:
                _shut(each)
            self._news.set()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # the other side was faster
        sock.shutdown(socket.SHUT_RDWR)


class _Lines(io.BufferedReader):
    """What a server sends, with bounds for the head of an answer, and for the line ahead of each chunk behind it."""

    head_left = MAX_HEAD
    in_head = True

    def readline(self, size: int | None = -1, /) -> bytes:
        most = MAX_LINE if self.in_head else MAX_CHUNK_LINE
        line = super().readline(most + 1 if size is None or size < 0 else min(size, most + 1))
        if self.in_head:
            self.head_left -= len(line)
        if self.head_left < 0 or len(line) > most:
            what = "the head of the answer" if self.in_head else "the head of a chunk"
            raise http.client.HTTPException(f"{what} is too long")
        return line


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = _Lines(self.fp.detach())

    def begin(self) -> None:
        """Read the head, past every interim answer: the library knows 100 Continue only."""
        super().begin()
        while 100 < self.status < 200 and self.status != SWITCHING_PROTOCOLS:
            vars(self).update(headers=None, msg=None)
            super().begin()
        if isinstance(self.fp, _Lines):
            self.fp.in_head = False


class _Watched(HTTPConnection):
    """What a connection of any kind, TLS and SOCKS included, gets in front of its own class."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        watch: Watch = _thread.watch
        sock = watch.opened(super()._new_conn)
        watch.hold(sock)
        return sock

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock:  # of a connection that is used once more
            _thread.watch.hold(self.sock)
        super().request(*arguments, **options)


@cache
def _watched(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection = type(pool.ConnectionCls.__name__, (_Watched, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        _watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options)
        if not known:
            _watch(manager)
        return manager


def _watch(manager: Any) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _watched(pool) for scheme, pool in pools.items()}


class Session(requests.Session):
    """A session whose exchanges a Watch can end, and that leaves redirects alone."""

    def __init__(self, connections: int) -> None:
        super().__init__()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(pool_maxsize=connections))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: with a target, requests reads the whole body of a redirect, however long it is."""
        return None


def packing(headers: Mapping[str, str]) -> str:
    """Return what may be why a body makes no sense: an encoding that was not asked for; empty where it has none."""
    encoding = _encoding(headers)
    return "" if encoding in ("", "identity", *_GZIPPED) else f" (its Content-Encoding is {encoding}, not gzip)"


def _encoding(headers: Mapping[str, str]) -> str:
    return headers.get("content-encoding", "").strip().lower()


def blocks(response: requests.Response) -> Iterator[bytes]:
    """Yield the body, decompressed, in blocks of about 64 KiB whatever pieces the server sends it in."""
    pieces: Iterator[bytes] = response.raw.stream(BLOCK, decode_content=False)
    if _encoding(response.headers) in _GZIPPED:
        pieces = _inflated(pieces)
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= BLOCK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip packed, never more than a block at once: older urllib3 unpacks a bomb whole."""
    stream = zlib.decompressobj(GZIP)
    begun = False
    for piece in pieces:
        rest = piece
        while rest:
            if stream.eof:
                stream, begun = zlib.decompressobj(GZIP), False
            begun = True
            yield stream.decompress(rest, BLOCK)
            rest = stream.unused_data if stream.eof else stream.unconsumed_tail
    while begun and not stream.eof:
        more = stream.decompress(b"", BLOCK)
        if not more:
            raise EOFError("the compressed body is cut off")
        yield more
