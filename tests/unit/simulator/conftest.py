# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the standard library: these tests are about bytes on the wire."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import socket
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Simulator

TODAY = dt.date(2025, 6, 2)
ACCOUNT = "/accounts/023e105f4ecef8ad9ca31a8372d0c353"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def rows(self) -> list[Any]:
        rows: list[Any] = self.data["result"]
        return rows

    @property
    def codes(self) -> list[int]:
        return [error["code"] for error in self.data["errors"]]


@dataclass
class Client:
    simulator: Simulator
    headers: dict[str, str] = field(default_factory=dict)

    def get(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        token: str | None = "",
        method: str = "GET",
        body: bytes | None = None,
    ) -> Answer:
        headers = dict(self.headers)
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.simulator.config.token}"
        text = urllib.parse.urlencode(query or {}, doseq=True)
        connection = http.client.HTTPConnection("127.0.0.1", self.simulator.port, timeout=600)
        try:
            connection.request(method, f"/client/v4{path}" + (f"?{text}" if text else ""), body, headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def raw(self, path: str = f"{ACCOUNT}/billable/usage?from=2025-05-01&to=2025-05-31") -> socket.socket:
        """Send a request and return the connection, with a time limit for a simulator that hangs."""
        sock = socket.create_connection(("127.0.0.1", self.simulator.port), timeout=600)
        head = f"GET /client/v4{path} HTTP/1.1\r\nAuthorization: Bearer {self.simulator.config.token}\r\n\r\n"
        sock.sendall(head.encode())
        return sock

    def post(self, body: Any, *, scope: str = ACCOUNT) -> Answer:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.get(f"{scope}/billable/usage", method="POST", body=text)

    def paygo(self, account_id: str, *days: str) -> Answer:
        """Ask version 1 for the days from the first to the second, or for none."""
        return self.get(f"/accounts/{account_id}/billable-usage", dict(zip(("from", "to"), days, strict=False)))

    def usage(self, query: Mapping[str, Any] | None = None, *, scope: str = ACCOUNT) -> Answer:
        return self.get(f"{scope}/billable/usage", MAY if query is None else query)


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """Start a simulator: client(*faults, headers={...}, any_switch=value)."""
    # Here and not above: pytest may read this file before the collection can be imported.
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator

    with ExitStack() as stack:

        def start(*faults: str, headers: dict[str, str] | None = None, **switches: Any) -> Client:
            config = Config(**{"today": TODAY, **switches})
            return Client(stack.enter_context(Simulator(config, faults=faults)), headers or {})

        yield start
