# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token is nowhere but in the request: not in the output, a log, a file, or the command line of a process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "cloudflare-token-that-must-not-be-seen-anywhere"
BUDGETS = [{"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**9}]


class CommandLines:
    """Looks at the command lines of all processes, over and over, while a run goes on."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self, _process: int) -> None:
        self._thread.start()

    def stop(self) -> set[bytes]:
        self._over.set()
        self._thread.join()
        return self.seen

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:
                    continue  # it has ended


@pytest.mark.parametrize("way", ["environment", "variable"])
def test_the_token_is_only_where_it_belongs(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path, way: str
) -> None:
    accounts = [ACCOUNT, start_simulator().world()["unknown"]["account_id"]] if way == "variable" else [ACCOUNT]
    server = start_simulator("--token", TOKEN)
    variables = {
        "usage_facts_accounts": accounts,
        "usage_facts_from": "2025-05-01",
        "usage_facts_to": "2025-05-31",
        "usage_report_formats": ["html", "json"],
        "budget_assert_formats": ["junit", "sarif"],
        "budget_assert_budgets": BUDGETS,
        "usage_report_dest": "out",
    }
    # Without pipelining a module has a file, and a command line to look at.
    env = {"CLOUDFLARE_BASE_URL": server.url, "ANSIBLE_PIPELINING": "false"}
    arguments = ["-vvvv", "--diff"]
    if way == "environment":
        env["CLOUDFLARE_API_TOKEN"] = TOKEN
    else:
        vault = tmp_path / "secrets.yml"
        vault.write_text(f"cloudflare_api_token: {TOKEN}\n")
        arguments += ["-e", f"@{vault}"]
    watcher = CommandLines()
    run = play("finops.cloudflare.budget_gate", *arguments, variables=variables, env=env, watch=watcher.start)
    lines = watcher.stop()
    if way == "variable":
        vault.unlink()
    assert run.code == (0 if way == "environment" else 2), run.output
    assert {one["token"] for one in server.requests()} == {"right"}
    assert any(b"ansible-playbook" in line for line in lines)
    assert any(b"AnsiballZ" in line or b".ansible" in line for line in lines), "no module was seen to run"
    # The simulator has been told on its command line which token to let in.
    assert [line for line in lines if TOKEN.encode() in line and b"cloudflare_simulator" not in line] == []
    for text in (run.stdout, run.stderr, run.log, str(run.record)):
        assert TOKEN not in text
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "budgets.junit.xml" for path in written)
    assert [path for path in written if TOKEN.encode() in path.read_bytes()] == []


def test_a_wrong_token_is_told_apart_and_not_shown(play: Play, simulator: Server) -> None:
    role = {"role": "finops.cloudflare.usage_facts", "usage_facts_accounts": [ACCOUNT]}
    steps = {"hosts": "localhost", "gather_facts": False, "roles": [role]}
    env = {"CLOUDFLARE_BASE_URL": simulator.url}
    missing = play([steps], env=env)
    assert missing.code == 2
    assert "api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN" in missing.output
    wrong = play([{**steps, "vars": {"cloudflare_api_token": TOKEN}}], "-vvvv", env=env)
    assert wrong.code == 2
    assert "HTTP 403: 10000 Authentication error" in wrong.output
    assert TOKEN not in wrong.output + wrong.log
