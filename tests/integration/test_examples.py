# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays in the READMEs of the roles are true: each runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    (path.parent.name, number, text)
    for path in sorted(ROOT.glob("roles/*/README.md"))
    for number, text in enumerate(FENCE.findall(path.read_text(encoding="utf-8")))
]
LEFT = {
    "usage_facts": set(),
    "budget_assert": {"budgets"},
    "usage_report": {"reports"},
}


def test_examples_every_role_has_an_example() -> None:
    assert {role for role, _number, _text in EXAMPLES} == {path.name for path in ROOT.glob("roles/*")} == set(LEFT)


@pytest.mark.parametrize(("role", "number", "text"), EXAMPLES, ids=[f"{one[0]}-{one[1]}" for one in EXAMPLES])
def test_examples_an_example_runs_as_it_stands(
    play: Play, simulator: Server, tmp_path: Path, role: str, number: int, text: str
) -> None:
    plays: list[dict[str, Any]] = yaml.safe_load(text)
    assert plays[0]["hosts"] == "localhost"
    (tmp_path / "example.yml").write_text(text)
    run = play(tmp_path / "example.yml", env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()} - {"home"}
    assert folders == (LEFT[role] if "dest" in text else set())
    if role == "usage_facts":
        assert re.fullmatch(r"\d+ records, complete", run.results("Show what it says")[0]["result"]["msg"])
