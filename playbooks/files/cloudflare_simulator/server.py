# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as an object: starts on a loopback port, answers, remembers what it was asked, stops."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import io
import json
import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from . import error_responses
from .api import Api
from .config import Config
from .faults import Fault, Plan
from .messages import PREFIX, Request, Response, failure
from .transport import HangUpError, Sender, read_request

HOST = "127.0.0.1"
_PATIENCE = 2.0
_BACKLOG = 128
_THROTTLED = "Please wait and consider throttling your request speed"


class _Listener:
    """Takes connections and gives each a thread, until it is told to stop."""

    def __init__(self, port: int, answer: Callable[[Request, socket.socket], None]) -> None:
        self._answer = answer
        self._open: set[socket.socket] = set()
        self._stopped = False
        self._listening = socket.create_server((HOST, port), backlog=_BACKLOG)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="simulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        # A connection of its own wakes the thread that waits for one, on every system.
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=_PATIENCE):
            pass
        self._thread.join(_PATIENCE)
        self._listening.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        # Tests that watch for open sockets come next: let the threads see that it is over.
        patience = time.monotonic() + _PATIENCE
        while self._open and time.monotonic() < patience:
            time.sleep(0.001)

    def _accept(self) -> None:
        while True:
            sock, _address = self._listening.accept()
            if self._stopped:
                sock.close()
                return
            self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock,), name="simulator-connection", daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        """Answer one client, as long as it keeps the connection."""
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with sock.makefile("rb") as stream, contextlib.suppress(HangUpError, OSError):
                while self._one(stream, sock):
                    pass
        finally:
            # Closed at once: a polite shutdown first would turn a reset into a normal end.
            sock.close()
            self._open.discard(sock)

    def _one(self, stream: io.BufferedIOBase, sock: socket.socket) -> bool:
        request = read_request(stream)
        if request is None:
            return False
        self._answer(request, sock)
        return request.headers.get("connection", "").lower() != "close"


class _RateLimit:
    """Counts requests in a sliding window of time."""

    def __init__(self, allowed: tuple[int, float] | None, clock: Callable[[], float]) -> None:
        self._allowed = allowed
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def check(self) -> tuple[bool, list[tuple[str, str]]]:
        """Tell whether one more request is let in, and the headers that say so."""
        if self._allowed is None:
            return True, []
        count, seconds = self._allowed
        with self._lock:
            now = self._clock()
            while self._times and self._times[0] <= now - seconds:
                self._times.popleft()
            is_free = len(self._times) < count
            if is_free:
                self._times.append(now)
            left = count - len(self._times)
            wait = math.ceil(self._times[0] + seconds - now) if self._times else 0
        headers = [
            ("Ratelimit", f'"default";r={left};t={wait}'),
            ("Ratelimit-Policy", f'"default";q={count};w={seconds:g}'),
        ]
        return is_free, headers if is_free else [*headers, ("Retry-After", str(wait))]


class Simulator:
    """A Cloudflare API on loopback.

    with Simulator(Config(seed=7), faults=["status=503,times=2"]) as simulator:
        ask(simulator.base_url, simulator.config.token)
        assert len(simulator.requests) == 3
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        port: int = 0,
        faults: Iterable[str] = (),
        log: Path | str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config = config or Config()
        self.api = Api(self.config)
        self.requests: list[dict[str, Any]] = []
        self._port = port
        self._plan = Plan(faults)
        self._rate_limit = _RateLimit(self.config.allowed_requests(), clock)
        self._log = Path(log) if log is not None else None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._listener: _Listener | None = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Simulator:
        """Listen, and answer in threads of its own."""
        if self._log is not None:
            self._log.touch()
        self._stopping.clear()
        self._listener = _Listener(self._port, self.answer)
        return self

    def stop(self) -> None:
        """Stop listening and end every connection, also one that is being answered."""
        self._stopping.set()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()

    @property
    def port(self) -> int:
        if self._listener is None:
            raise RuntimeError("the simulator is not running")
        return self._listener.port

    @property
    def base_url(self) -> str:
        """What a client is given as its API URL."""
        return f"http://{HOST}:{self.port}{PREFIX}"

    def set_faults(self, *faults: str) -> None:
        """Replace every fault, with its count; no argument: none."""
        self._plan.replace(faults)

    def clear(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.requests.clear()

    def records(self, scope_id: str, first: dt.date, last: dt.date, metrics: Sequence[str] = ()) -> list[Any]:
        """Return the rows that an account or an organization has from first to last, both included."""
        return self.api.records(scope_id, first, min(last, self.config.last_day()), metrics)

    def prepare(self, first: dt.date | None = None, last: dt.date | None = None) -> int:
        """Make the rows of these days ahead (default: the last 31 that have rows); returns their size in bytes."""
        last = min(last or self.config.last_day(), self.config.last_day())
        return self.api.prepare(first or last - dt.timedelta(days=30), last)

    def answer(self, request: Request, sock: socket.socket) -> None:
        """Answer one request on a connection; raises HangUpError when the connection ends with it."""
        due = self._plan.due(request.method, request.path, *self.api.asked_days(request))
        faults = [fault.filled(request.token()) for fault in due]
        decides = next((fault for fault in faults if fault.decides), None)
        is_free, limits = self._rate_limit.check()
        response = self._response(request, faults, decides) if is_free else failure(429, 971, _THROTTLED)
        response.headers += limits
        sender = Sender(sock, self._stopping, gzip=self.config.gzip, chunked=self.config.chunked)
        silent = decides is not None and decides.value == "before"
        number = self._remember(request, None if silent else response.status, due)
        response.headers += [("CF-Ray", f"{number:016x}-SIM"), ("Server", "cloudflare-simulator")]
        ahead = sum(int(fault.value) for fault in faults if fault.action == "clock")
        response.headers.append(("Date", email.utils.formatdate(time.time() + ahead, usegmt=True)))
        for fault in faults:
            if fault.action == "header":
                name, _sign, value = fault.value.partition(":")
                response.headers = [one for one in response.headers if one[0].lower() != name.lower()]
                response.headers.append((name, value.strip()))
            if fault.action == "delay":
                sender.wait(fault.seconds())
        if silent and decides is not None:
            if decides.action == "reset":
                sender.reset()
            raise HangUpError
        sender.send(request, response, faults)

    def _response(self, request: Request, faults: Sequence[Fault], decides: Fault | None) -> Response:
        good = self.api.respond(request, faults)
        if decides is None:
            return good
        return error_responses.answer(decides, request.target, f"http://{request.headers.get('host', HOST)}", good)

    def _remember(self, request: Request, status: int | None, faults: Sequence[Fault]) -> int:
        """Note the request. The token itself is never kept, only whether it was the right one."""
        entry: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "query": {name: list(values) for name, values in request.query.items()},
            "body": request.body.decode("utf-8", "replace"),
            "token": self.api.token(request),
            "status": status,
            "faults": [f"{fault.action}={fault.value}" for fault in faults],
            "user_agent": request.headers.get("user-agent"),
            "accept_encoding": request.headers.get("accept-encoding"),
            "time": round(time.time(), 3),
        }
        with self._lock:
            entry["number"] = len(self.requests) + 1
            self.requests.append(entry)
            if self._log is not None:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(entry, ensure_ascii=False) + "\n")
            return len(self.requests)
