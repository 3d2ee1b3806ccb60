# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents show is true: plays, tasks and commands run as they stand."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.code_blocks import ROOT, Block, of_kind

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

BUDGETS = [{"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**12, "unit": "Requests"}]
ACCOUNTS = {"usage_facts_accounts": ["023e105f4ecef8ad9ca31a8372d0c353"]}
SETTINGS = {
    "usage_facts_period": "last_30_days",
    "budget_assert_budgets_file": "budgets.yml",
}
# What needs the network or changes the machine; and these playbooks have tests of their own that run just this.
NOT_TRIED = ("git clone", "cd ", "ansible-galaxy collection install", "python3 -m pip", "python -m pip",
             "ansible-playbook finops.cloudflare.demo", "ansible-playbook finops.cloudflare.init")  # fmt: skip
NOT_KEPT = 2  # one of the sample accounts is not covered: its budgets are unknown


def commands() -> list[list[str]]:
    """Return the words of the commands of all shell blocks, each once, however many documents show it."""
    lines = [line for block in of_kind("shell") for line in block.text.splitlines()]
    found = [shlex.split(line, comments=True) for line in lines if not line.startswith(NOT_TRIED)]
    return [list(words) for words in dict.fromkeys(map(tuple, found)) if words]


@pytest.fixture
def files(tmp_path: Path) -> None:
    """Lay out the files that the documents speak of, and that a user has."""
    (tmp_path / "budgets.yml").write_text(yaml.safe_dump(BUDGETS))
    (tmp_path / "allocation.yml").write_text((ROOT / "docs" / "examples" / "allocation.yml").read_text())
    for block in of_kind("inventory"):
        name = block.text.splitlines()[1].removeprefix("# ")
        (tmp_path / name).write_text(block.text)


def settings(folder: Path, accounts: dict[str, Any]) -> None:
    """Write the file of variables that the documents hand to playbooks."""
    (folder / "cloudflare.yml").write_text(yaml.safe_dump({**SETTINGS, **accounts}))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("block", of_kind("plays"), ids=str)
def test_code_blocks_a_play_runs(play: Play, simulator: Server, tmp_path: Path, block: Block) -> None:
    settings(tmp_path, ACCOUNTS)
    plays: list[dict[str, Any]] = yaml.safe_load(block.text.replace("/var/lib/prometheus", str(tmp_path)))
    run = play(plays, "-e", "@cloudflare.yml", env=simulator.env())
    assert (run.code, run.failures()) == (0, []), run.output


@pytest.mark.usefixtures("files")
def test_code_blocks_tasks_run(play: Play, simulator: Server, tmp_path: Path) -> None:
    usage = yaml.safe_load((ROOT / "docs" / "examples" / "usage.yml").read_text(encoding="utf-8"))
    (tmp_path / "usage.json").write_text(json.dumps({"usage": usage}))
    card = yaml.safe_load((ROOT / "playbooks" / "files" / "rate-card-2026-10.yml").read_text(encoding="utf-8"))
    variables = {"rate_card": card, "budget_assert_budgets": BUDGETS}
    # Each on a host of its own, so that none can lean on what another has set.
    blocks = {re.sub(r"\W", "-", str(block)): yaml.safe_load(block.text) for block in of_kind("tasks")}
    local = {"connection": "local", "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}
    plays = [{"hosts": host, "gather_facts": False, "tasks": tasks, **local} for host, tasks in blocks.items()]
    run = play(plays, "-i", f"{','.join(blocks)},", variables=variables, env=simulator.env())
    assert (run.code, run.failures()) == (0, []), run.output
    assert {line["host"] for line in run.record if line["status"] in ("ok", "changed")} == set(blocks)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_code_blocks_commands_run(play: Play, simulator: Server, tmp_path: Path, words: list[str]) -> None:
    settings(tmp_path, {} if "cloudflare_accounts.yml" in words else ACCOUNTS)
    environment = simulator.env()
    program, *arguments = words
    if program == "export":
        assert {argument.partition("=")[0] for argument in arguments} <= set(environment)
    elif program == "make":
        subprocess.run(["make", "--dry-run", "--directory", str(ROOT), *arguments], check=True, capture_output=True)
    elif program in ("python", "python3"):
        inside = arguments[0].rpartition("finops/cloudflare/")[2]
        assert (ROOT / inside / "__main__.py").is_file()
        options = [word for word in arguments[1:-1] if word.startswith("-")]
        listed = [*simulator.program[:2], "--help"]
        helped = subprocess.run(listed, check=True, capture_output=True, text=True).stdout
        assert all(option in helped for option in options)
    else:
        run = play(*arguments, env=environment, program=program)
        expected = NOT_KEPT if "finops.cloudflare.accounts_gate" in arguments else 0
        assert run.code == expected, run.output


@pytest.mark.parametrize("block", of_kind("variables"), ids=str)
def test_code_blocks_variables_are_options_of_the_role(block: Block) -> None:
    role = ROOT / Path(block.document).parent
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    assert set(yaml.safe_load(block.text)) <= set(specs["argument_specs"]["main"]["options"])
