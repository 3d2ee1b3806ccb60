# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real client against the simulator on loopback; pauses are noted and not made, but for the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Simulator
    from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
PATH = f"/accounts/{ACCOUNT}/billable/usage"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}


@dataclass
class Api:
    """A client and the simulator that it talks to."""

    client: Client
    simulator: Simulator
    pauses: list[float] = field(default_factory=list)

    def records(self, consume: Callable[[Iterable[Any]], Any] = list, path: str = PATH) -> Any:
        return self.client.get_result(path, MAY, consume).value

    @property
    def statuses(self) -> list[Any]:
        return [each["status"] for each in self.simulator.requests]

    @property
    def expected(self) -> list[Any]:
        """The rows that the simulator has for what ``records`` asks for."""
        return self.simulator.records(ACCOUNT, date(2025, 5, 1), date(2025, 5, 31))


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Api]]:
    """Start a simulator and a client: connect(*faults, simulator={switch: value}, timeout=..., max_retries=...)."""
    # Here and not above: pytest may read this file before the collection can be imported.
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator
    from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    with ExitStack() as stack:

        def start(*faults: str, simulator: dict[str, Any] | None = None, **options: Any) -> Api:
            small = {"today": date(2025, 6, 2), "accounts": 1, "metrics": 1, **(simulator or {})}
            server = stack.enter_context(Simulator(Config(**small), faults=faults))
            pauses: list[float] = []
            connection = Connection(
                **{"api_url": server.base_url, "api_token": server.config.token, "timeout": 600.0, **options}
            )
            client = Client(connection, pauses.append, lambda: 0.5, lambda: time.monotonic() + sum(pauses))
            stack.enter_context(client)
            return Api(client, server, pauses)

        yield start
