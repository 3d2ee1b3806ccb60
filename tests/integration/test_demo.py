# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: sample data without a token, real data with one, nothing in between, and nothing left running."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

DEMO = "finops.cloudflare.demo"
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
FILES = [
    "budgets.codequality.json", "budgets.junit.xml", "budgets.md", "budgets.sarif",
    "usage.csv", "usage.html", "usage.json", "usage.md", "usage.prom",
]  # fmt: skip


def simulators(home: Path) -> list[str]:
    """Return the simulators that were started for a home folder, by the environment they inherited."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"cloudflare_simulator" in command and f"HOME={home}\0".encode() in environment + b"\0":
            found.append(command.replace(b"\0", b" ").decode())
    return found


def wait_until(true: Callable[[], bool]) -> bool:
    """Return whether it comes true; a slow machine is waited for as well."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return true()


def test_demo_sample_data_from_a_simulator_that_stops_again(
    play: Play, tmp_path: Path, temporary: Path, home: Path
) -> None:
    run = play(DEMO, env={"TMPDIR": str(temporary)})
    assert run.code == 0, run.output
    said = [line["result"]["msg"] for line in run.results("Say where the numbers come from")]
    assert said[0].startswith("SAMPLE DATA: ")
    subject, *money = run.results("Say what is billed, what is estimated, and what nobody knows")[0]["result"]["msg"]
    assert re.fullmatch(r"My Account, [0-9]{4}-[0-9]{2}-01 to [0-9]{4}-[0-9]{2}-[0-9]{2}:", subject)
    assert re.match(r"BILLED     [1-9][0-9]*\.[0-9]{2} USD, for use, by Cloudflare \(source: paygo\)", money[0])
    assert re.match(r"ESTIMATED  [1-9][0-9]*\.[0-9]{2} USD, .* rate card: equal, [+-]0\.00 on the bill$", money[1])
    assert re.match(r"UNKNOWN    the fixed fees of .*Workers Paid", money[2])
    last = run.results("Say where everything is")[0]["result"]["msg"]
    assert last[0] == "This was SAMPLE DATA of the simulator, which has stopped again."
    folder = tmp_path / "cloudflare-demo"
    assert last[1] == f"Open this first: {folder / 'usage.html'}"
    assert last[3:] == [str(folder / name) for name in FILES]
    assert sorted(path.name for path in folder.iterdir()) == FILES

    assert [line["result"]["msg"] for line in run.results("Make sure that it came out as it should")] == [
        "As expected: within budget.",
        "As expected: violated.",
    ]
    [failure] = run.failures()
    assert failure.startswith("Budget violated: ")
    report = (folder / "usage.md").read_text(encoding="utf-8")
    assert money[0].split()[1] in report.split("### ")[0], "the report does not begin with the bill"
    assert "fail: far-too-small: " in failure
    assert "unknown: what-nobody-can-know: Can't tell: " in failure
    assert run.counts["rescued"] == 1
    assert simulators(home) == []
    assert list(temporary.glob("*cloudflare_simulator*")) == []
    assert not (home / ".ansible_async").exists()


def test_demo_works_with_nothing_but_what_ships_blank_variables_and_any_tags(
    play: Play, installed: Path, tmp_path: Path, temporary: Path, home: Path
) -> None:
    bare = tmp_path / "bare" / "ansible_collections" / "finops" / "cloudflare"
    for name in ("meta", "plugins", "roles", "playbooks"):
        shutil.copytree(installed / name, bare / name)
    env = {"TMPDIR": str(temporary), "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "bare")}
    names = ("demo_dest", "cloudflare_api_token", "usage_facts_accounts", "usage_facts_organizations")
    run = play(DEMO, "--check", "--tags", "nightly", variables=dict.fromkeys(names, ""), env=env)
    assert run.code == 0, run.output
    assert run.results("Say where the numbers come from")[0]["result"]["msg"].startswith("SAMPLE DATA: ")
    assert [gate["result"] for gate in run.artifacts["cloudflare_gate_results"]] == ["within_budget", "violated"]
    assert simulators(home) == []


def test_demo_real_data_with_a_token(play: Play, simulator: Server, tmp_path: Path, home: Path) -> None:
    before = len(simulator.requests())
    run = play(
        DEMO,
        env={**simulator.env(), "CLOUDFLARE_ACCOUNT_ID": ACCOUNT},
        variables={"demo_dest": str(tmp_path / "real")},
    )
    assert run.code == 0, run.output
    assert run.results("Say where the numbers come from")[0]["result"]["msg"].startswith("REAL DATA: ")
    last = run.results("Say where everything is")[0]["result"]["msg"]
    assert last[0] == "This was REAL DATA of your accounts."
    assert "SAMPLE DATA" not in run.output
    assert run.results("Wait for the simulator") == []
    assert [one["token"] for one in simulator.requests()[before:]] == ["right"]
    assert sorted(path.name for path in (tmp_path / "real").iterdir()) == FILES
    assert run.results("Make sure that it came out as it should")[-1]["result"]["msg"] == "As expected: violated."


@pytest.mark.parametrize(
    ("env", "words"),
    [
        (
            {"CLOUDFLARE_API_TOKEN": "real"},
            "There is a Cloudflare token, but nothing to read with it: set CLOUDFLARE_ACC",
        ),
        ({"CLOUDFLARE_ORGANIZATION_ID": "a" * 32}, "but no token to read it with: set CLOUDFLARE_API_TOKEN as well"),
    ],
)
def test_demo_half_of_what_real_data_needs_is_an_error(play: Play, env: dict[str, str], words: str) -> None:
    run = play(DEMO, env=env)
    assert run.code == 2
    [failure] = run.failures()
    assert words in failure
    assert run.results("Wait for the simulator") == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_demo_the_simulator_does_not_outlive_the_playbook(play: Play, home: Path, number: int) -> None:
    seen: list[str] = []

    def interrupt(process: int) -> None:
        def strike() -> None:
            wait_until(lambda: bool(simulators(home)))
            seen.extend(simulators(home))
            os.kill(process, number)

        threading.Thread(target=strike, daemon=True).start()

    run = play(DEMO, watch=interrupt)
    assert run.code != 0
    assert seen, "the simulator was never there"
    assert wait_until(lambda: simulators(home) == []), "the simulator is still there"
