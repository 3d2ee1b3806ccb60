# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook init: from a token and an id to a gate that has run; no file is written over, and none has the token."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.conftest import SAMPLE_TOKEN

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

INIT = "finops.cloudflare.init"
PAYGO, NOT_COVERED = "15" * 16, "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
FILES = ["budgets.yml", "cloudflare.yml", "rate-card.yml"]
FEWEST: dict[str, Any] = {"usage_report_formats": [], "budget_assert_formats": []}


@pytest.fixture(scope="module")
def hostile(start_simulator: Callable[..., Server]) -> Server:
    return start_simulator("--names", "hostile", "--lag-days", "0")


def written(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES if (folder / name).exists()}


def settings(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(written(folder)["cloudflare.yml"])
    return found


def nothing_of_the_token(folder: Path) -> bool:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return not [path for path in files if SAMPLE_TOKEN.encode() in path.read_bytes()]


def test_init_writes_settings_and_budgets_runs_the_gate_and_leaves_them_alone_from_then_on(
    play: Play, hostile: Server, tmp_path: Path
) -> None:
    env = {**hostile.env(), "CLOUDFLARE_ACCOUNT_ID": PAYGO}
    first = play(INIT, env=env)
    assert (first.code, first.failures()) == (0, [])
    assert settings(tmp_path) == {
        "usage_facts_accounts": [PAYGO],
        "usage_facts_organizations": [],
        "usage_facts_source": "paygo",
        "budget_assert_budgets_file": "budgets.yml",
        "budget_assert_rate_card_file": "rate-card.yml",
        "usage_report_dest": "cloudflare-usage",
    }
    [gate] = first.artifacts["cloudflare_gate_results"]
    assert gate["result"] == "within_budget"
    assert (tmp_path / "cloudflare-usage" / "usage.html").exists()
    assert nothing_of_the_token(tmp_path)
    assert SAMPLE_TOKEN not in first.output

    files = written(tmp_path)
    own = files["budgets.yml"].replace("limit: 50\n", "limit: 55\n")
    (tmp_path / "budgets.yml").write_text(own, encoding="utf-8")
    (tmp_path / "rate-card.yml").unlink()
    second = play(INIT, variables=FEWEST, env=hostile.env())
    assert (second.code, second.failures()) == (0, [])
    assert written(tmp_path) == {**files, "budgets.yml": own}
    assert second.changed() == ["Write the rate card"]
    assert second.artifacts["cloudflare_gate_results"][0]["result"] == "within_budget"


@pytest.mark.parametrize("scope", ["account", "organization"])
def test_init_in_check_mode_finds_out_that_only_quantities_can_be_read_and_writes_nothing(
    play: Play, hostile: Server, tmp_path: Path, scope: str
) -> None:
    contract = hostile.world()["accounts"][2]["id"]
    ids = {"account": [contract] if scope == "account" else [], "organization": [ORGANIZATION]}
    given = {f"usage_facts_{scope}s": ids[scope]}
    run = play(INIT, "--check", variables={**FEWEST, **given}, env=hostile.env())
    assert (run.code, run.failures(), written(tmp_path)) == (0, [], {})
    assert "Check mode: nothing was written" in run.output
    [said] = run.results("Say what each source has")
    assert said["result"]["msg"][-1].startswith(f"{scope}, source usage: ")
    assert said["result"]["msg"][-1].endswith(" records")
    [found] = run.results("Settle on the first that has")
    assert found["result"]["ansible_facts"]["__init_found"]["source"] == "usage"


def test_init_that_finds_nothing_says_what_to_do_and_writes_nothing(
    play: Play, hostile: Server, tmp_path: Path
) -> None:
    for env, words in (
        (
            {"CLOUDFLARE_ACCOUNT_ID": NOT_COVERED},
            ["account, source paygo: ", "account, source usage: ", "What to do: "],
        ),
        (
            {"CLOUDFLARE_ACCOUNT_ID": PAYGO, "CLOUDFLARE_API_TOKEN": "wrong-token"},
            ["refused with HTTP 40", "Billing Read"],
        ),
        ({"CLOUDFLARE_ACCOUNT_ID": "{{ lookup('pipe', 'id') }}"}, ["account_id: "]),
        ({}, ["A token and an id are needed."]),
        ({"CLOUDFLARE_ACCOUNT_ID": PAYGO, "CLOUDFLARE_API_TOKEN": ""}, ["A token and an id are needed."]),
    ):
        run = play(INIT, variables=FEWEST, env={**hostile.env(), **env})
        assert (run.code, len(run.failures())) == (2, 1)
        assert [word for word in words if word not in run.failures()[0]] == []
        assert "wrong-token" not in run.output
        assert "uid=" not in run.output
        assert written(tmp_path) == {}


def test_init_that_fails_on_the_way_leaves_no_file(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    # the tries are answered, and then the 90 days are not
    server = start_simulator("--lag-days", "0", faults=["status=400,after=4"])
    run = play(
        INIT, variables=FEWEST, env={**server.env(), "CLOUDFLARE_ACCOUNT_ID": server.world()["accounts"][2]["id"]}
    )
    assert run.code == 2
    assert "was refused with HTTP 400" in run.output
    assert run.results("Settle on the first that has")
    assert written(tmp_path) == {}


class Terminal:
    """A terminal in which a program runs, and somebody who answers its prompts."""

    # the program gets the terminal as its own, as a shell would give it
    _START = (
        "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        " os.execv(sys.argv[1], sys.argv[1:])"
    )

    def __init__(self, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self._screen, inside = os.openpty()
        words = [sys.executable, "-c", self._START, *command]
        self._process = subprocess.Popen(words, cwd=folder, env=env, stdin=inside, stdout=inside, stderr=inside)
        os.close(inside)
        self.shown = b""

    def answer(self, prompt: bytes, text: str) -> None:
        """Wait for a prompt, then type until it takes the answer: it discards what came before it began to read."""
        while prompt not in self.shown or not self._prompts():
            assert self._process.poll() is None, self.shown.decode()
            self._look()
        while self._prompts():
            os.write(self._screen, f"{text}\r".encode())
            while self._look() and self._prompts():
                pass

    def end(self) -> int:
        """Return the exit code."""
        while self._process.poll() is None or self._look():
            self._look()
        os.close(self._screen)
        return self._process.wait()

    def _prompts(self) -> bool:
        """Tell whether single keys are read, and not shown by the terminal."""
        return not termios.tcgetattr(self._screen)[3] & termios.ICANON

    def _look(self) -> bool:
        """Take what is shown; return whether anything was, within a second."""
        if not select.select([self._screen], [], [], 1)[0]:
            return False
        try:
            part = os.read(self._screen, 65536)
        except OSError:  # the program has ended
            return False
        self.shown += part
        return bool(part)


def test_init_asks_for_a_token_and_an_id_and_shows_no_token(
    collections: Path, hostile: Server, tmp_path: Path, home: Path
) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CLOUDFLARE_"))}
    env = {
        **clean,
        "HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
        "CLOUDFLARE_BASE_URL": hostile.url,
    }
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    terminal = Terminal([program, INIT, "-e", json.dumps(FEWEST)], tmp_path, env)
    terminal.answer(b"Billing Read (it is not shown", SAMPLE_TOKEN)
    terminal.answer(b"32 characters)", ORGANIZATION)
    assert terminal.end() == 0, terminal.shown.decode()
    assert SAMPLE_TOKEN.encode() not in terminal.shown
    assert nothing_of_the_token(tmp_path)
    assert settings(tmp_path)["usage_facts_organizations"] == [ORGANIZATION]
