# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as an object: starts on a loopback port, answers, remembers what it was asked, stops."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from . import wrong
from .api import Api
from .config import Config
from .faults import Fault, Plan
from .messages import PREFIX, Request, Response
from .transport import HangUpError, Sender, read_request

HOST = "127.0.0.1"


class _Connection(socketserver.BaseRequestHandler):
    """One client connection, as long as the client keeps it."""

    request: socket.socket
    server: _Server

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.request.makefile("rb") as stream, contextlib.suppress(HangUpError, OSError):
            while self._one(stream):
                pass

    def _one(self, stream: io.BufferedIOBase) -> bool:
        request = read_request(stream)
        if request is None:
            return False
        self.server.simulator.answer(request, self.request)
        return request.headers.get("connection", "").lower() != "close"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, simulator: Simulator, port: int) -> None:
        self.simulator = simulator
        self.open: set[socket.socket] = set()
        super().__init__((HOST, port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        # Closed at once: a polite shutdown first would turn a reset into a normal end.
        self.open.discard(request)
        self.close_request(request)

    def close_all(self) -> None:
        for sock in list(self.open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


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
    ) -> None:
        self.config = config or Config()
        self.api = Api(self.config)
        self.requests: list[dict[str, Any]] = []
        self._port = port
        self._plan = Plan(faults)
        self._log = Path(log) if log is not None else None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server: _Server | None = None

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
        self._server = _Server(self, self._port)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="simulator", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and end every connection, also one that is being answered."""
        self._stopping.set()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.close_all()

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the simulator is not running")
        return int(self._server.server_address[1])

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
        faults = self._plan.due(request.path, *self.api.asked_days(request))
        decides = next((fault for fault in faults if fault.decides), None)
        response = self._response(request, faults, decides)
        sender = Sender(sock, self._stopping, gzip=self.config.gzip, chunked=self.config.chunked)
        silent = decides is not None and decides.value == "before"
        number = self._remember(request, None if silent else response.status, faults)
        response.headers += [("CF-Ray", f"{number:016x}-SIM"), ("Server", "cloudflare-simulator")]
        for fault in faults:
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
        return wrong.answer(decides, request.target, f"http://{HOST}:{self.port}", good)

    def _remember(self, request: Request, status: int | None, faults: Sequence[Fault]) -> int:
        """Note the request. The token itself is never kept, only whether it was the right one."""
        entry: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "query": {name: list(values) for name, values in request.query.items()},
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
