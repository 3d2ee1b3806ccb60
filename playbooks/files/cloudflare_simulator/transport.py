# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes on the wire: reading a request, sending an answer, and breaking off where a fault says so."""

from __future__ import annotations

import io
import math
import socket
import struct
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from .body_cache import compressed
from .faults import Fault
from .messages import PREFIX, Request, Response

_MAX_LINE = 65536
_CHUNK = 16384
_SMALL = 1 << 20
_TICKS_A_SECOND = 20


class HangUpError(Exception):
    """Nothing more is to be said on this connection."""


def read_request(stream: io.BufferedIOBase) -> Request | None:
    """Return the next request, or None when the client is gone or talks something else."""
    line = stream.readline(_MAX_LINE).decode("latin-1").split()
    if len(line) != 3 or not line[2].startswith("HTTP/1."):
        return None
    headers: dict[str, str] = {}
    while True:
        text = stream.readline(_MAX_LINE).decode("latin-1").strip()
        if not text:
            break
        name, _sign, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    if line[2] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or "transfer-encoding" in headers:
        return None
    body = stream.read(min(int(length), _SMALL))
    path, _sign, query = line[1].partition("?")
    inside = path.removeprefix(PREFIX) if path.startswith(PREFIX + "/") else path
    return Request(line[0], line[1], inside, urllib.parse.parse_qs(query, keep_blank_values=True), headers, body)


class Sender:
    """Sends one answer over a socket."""

    def __init__(self, sock: socket.socket, stopping: threading.Event, *, gzip: bool, chunked: bool) -> None:
        self._socket = sock
        self._stopping = stopping
        self._gzip = gzip
        self._chunked = chunked

    def send(self, request: Request, response: Response, faults: Sequence[Fault]) -> None:
        """Send it, spoiled on its way by the faults; raises HangUpError where the connection ends with it."""
        by_action = {fault.action: fault for fault in faults}
        encoding, pieces = self._encoded(request, response, by_action)
        total = sum(map(len, pieces))
        head = self._head(response, encoding, total)
        before = by_action.get("head")
        if before:
            head = self._before(before.value, head)
        reset = by_action.get("reset")
        if reset and reset.value == "headers":
            self._socket.sendall(head)
            self.reset()
        limit = self._limit(by_action, total)
        if request.method == "HEAD":
            self._socket.sendall(head)
            return
        self._body(head, pieces, limit, by_action, response.endless)
        while response.endless:
            self.wait(0)
            self._socket.sendall(b"%x\r\n%b\r\n" % (len(response.endless), response.endless))
        if limit < total:
            if reset:
                self.reset()
            raise HangUpError
        if self._chunked:
            self._socket.sendall(b"0\r\n\r\n")

    def _before(self, what: str, head: bytes) -> bytes:
        """Send what comes before the headers, perhaps for ever, and return the headers that are left."""
        if what == "early-hints":
            return b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" + head
        if what == "negative-chunk":
            kept = [line for line in head.split(b"\r\n") if not line.startswith((b"Content-Length", b"Transfer-"))]
            return b"\r\n".join([*kept[:-2], b"Transfer-Encoding: chunked", b"", b"-5\r\n"])
        start, again = {
            "drip-status": (b"HTTP/1.1 200 ", b"O"),
            "drip-headers": (b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"),
            "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        }[what]
        self._socket.sendall(start)
        while True:
            self._socket.sendall(again)
            self.wait(1 / _TICKS_A_SECOND)

    def reset(self) -> None:
        """End the connection as a crash would: the other side reads an error, not an end."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise HangUpError

    def wait(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise HangUpError

    def _encoded(
        self, request: Request, response: Response, by_action: dict[str, Fault]
    ) -> tuple[str | None, list[bytes]]:
        spoiled = by_action.get("encoding")
        if spoiled:
            return "gzip" if spoiled.value == "broken-gzip" else "x-unknown", response.body
        if self._gzip and "gzip" in request.headers.get("accept-encoding", "") and response.status == 200:
            return "gzip", compressed(response.body)
        return None, response.body

    def _head(self, response: Response, encoding: str | None, total: int) -> bytes:
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {response.status} {phrase}", f"Content-Type: {response.content_type}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if encoding:
            lines.append(f"Content-Encoding: {encoding}")
        lines.append("Transfer-Encoding: chunked" if self._chunked or response.endless else f"Content-Length: {total}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    @staticmethod
    def _limit(by_action: dict[str, Fault], total: int) -> int:
        cut = by_action.get("cut")
        if "reset" in by_action:
            return total // 2
        if cut is None:
            return total
        if cut.value.endswith("%"):
            return total * int(cut.value[:-1]) // 100
        return min(int(cut.value), total)

    def _body(self, head: bytes, pieces: list[bytes], limit: int, by_action: dict[str, Fault], endless: bytes) -> None:
        drip, stall = by_action.get("drip"), by_action.get("stall")
        is_chunked = self._chunked or bool(endless)
        if not (drip or stall or is_chunked) and limit <= _SMALL:
            self._socket.sendall(head + b"".join(pieces)[:limit])
            return
        self._socket.sendall(head)
        most = _CHUNK if is_chunked else max(limit, 1)
        if drip:
            most = min(most, max(math.ceil(drip.seconds() / _TICKS_A_SECOND), 1))
        if stall:
            most = min(most, max(limit // 2, 1))
        sent, stalled = 0, False
        for piece in _portions(pieces, limit, most):
            self._socket.sendall(b"".join((b"%x\r\n" % len(piece), piece, b"\r\n")) if is_chunked else piece)
            sent += len(piece)
            if stall and not stalled and sent * 2 >= limit - 1:
                stalled = True
                self.wait(stall.seconds())
            if drip and sent < limit:
                self.wait(len(piece) / drip.seconds())


def _portions(pieces: list[bytes], limit: int, most: int) -> Iterator[memoryview]:
    """Yield the first limit bytes in portions, without copying them."""
    for piece in pieces:
        view = memoryview(piece)[: max(limit, 0)]
        limit -= len(view)
        for start in range(0, len(view), most):
            yield view[start : start + most]
