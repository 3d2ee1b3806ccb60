# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README is true: its playbook gives the output it shows, and its gate takes the variables it names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

README = Path(__file__).resolve().parents[2].joinpath("README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_readme_the_first_playbook_gives_the_output_it_shows(play: Play, simulator: Server, tmp_path: Path) -> None:
    (tmp_path / "within_budget.yml").write_text(_blocks("yaml")[0])
    run = play("within_budget.yml", env=simulator.env())
    shown = [line.strip() for line in run.stdout.splitlines()]
    expected = _blocks("text")[0].splitlines()
    start = shown.index(expected[0])
    assert shown[start : start + len(expected)] == expected
    assert run.code == 2


def test_readme_the_gate_takes_what_the_readme_gives_it(play: Play, simulator: Server, tmp_path: Path) -> None:
    (tmp_path / "cloudflare.yml").write_text(_blocks("yaml")[1])
    (tmp_path / "budgets.yml").write_text("- {name: all, match: {metric: '*requests'}, limit: 1, unit: Requests}\n")
    (command,) = (line for text in _blocks("shell") for line in text.splitlines() if "budget_gate" in line)
    program, *arguments = command.split()
    assert program == "ansible-playbook"
    run = play(*arguments, env=simulator.env())
    assert run.code == 2
    assert "Budget violated" in run.failures()[-1]
    assert (tmp_path / "reports" / "usage.html").is_file()
