# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook starter_budgets: a file that the gate takes, never over another one, whatever the names are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.conftest import ROOT, SAMPLE_TOKEN

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

STARTER = "finops.cloudflare.starter_budgets"
PAYGO = "15" * 16
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
CARD = str(ROOT / "playbooks" / "files" / "rate-card-2026-10.yml")
GATE: dict[str, Any] = {
    "budget_assert_budgets_file": "budgets.yml",
    "budget_assert_rate_card_file": CARD,
    "budget_assert_formats": [],
    "usage_report_formats": [],
}


@pytest.mark.parametrize(
    ("names", "source"),
    [
        ("hostile", {"usage_facts_accounts": [ACCOUNT]}),
        ("plain", {"usage_facts_accounts": [PAYGO], "usage_facts_source": "paygo"}),
    ],
)
def test_starter_budgets_run_through_the_gate(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path, names: str, source: dict[str, Any]
) -> None:
    server = start_simulator("--names", names, "--lag-days", "0")
    run = play(STARTER, variables=source, env=server.env())
    assert (run.code, run.failures()) == (0, [])
    file = tmp_path / "budgets.yml"
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Budgets to start with, made on ")
    assert SAMPLE_TOKEN not in text
    assert file.stat().st_mode & 0o777 == 0o640
    budgets = yaml.safe_load(text)
    assert {each["name"].rpartition("-")[2] for each in budgets} == {"allowance", "anomaly", "bill", "use"}

    gate = play("finops.cloudflare.budget_gate", variables={**source, **GATE}, env=server.env())
    [result] = gate.artifacts["cloudflare_gate_results"]
    assert (gate.code, result["result"]) == (0, "within_budget"), gate.output


def test_starter_budgets_are_only_shown_in_check_mode_and_never_written_over_a_file(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    source, file = {"usage_facts_accounts": [ACCOUNT]}, tmp_path / "budgets.yml"
    checked = play(STARTER, "--check", "--diff", variables=source, env=simulator.env())
    assert (checked.code, checked.failures(), file.exists()) == (0, [], False)
    assert "-allowance" in checked.stdout

    file.write_text("[]\n", encoding="utf-8")
    again = play(STARTER, variables=source, env=simulator.env())
    assert again.code == 2
    assert again.changed() == []
    assert again.failures() == [
        f"{file} is there already, and is left as it is. Move it away, or name another file with starter_budgets_file."
    ]
    assert file.read_text(encoding="utf-8") == "[]\n"


def test_starter_budgets_that_can_not_be_made_leave_no_file(play: Play, simulator: Server, tmp_path: Path) -> None:
    (tmp_path / "card.yml").write_text("name: a\nname: b\n", encoding="utf-8")
    for variables, message in (
        ({"usage_facts_accounts": ["f" * 32]}, "/billable/usage was refused with HTTP 403"),
        (
            {"usage_facts_accounts": [ACCOUNT], "budget_assert_rate_card_file": "card.yml"},
            "line 2: duplicate key 'name'",
        ),
        ({"usage_facts_accounts": [ACCOUNT], "usage_facts_group_by": ["account"]}, "are not grouped by metric"),
    ):
        run = play(STARTER, variables=variables, env=simulator.env())
        assert run.code == 2
        assert message in run.output
        assert SAMPLE_TOKEN not in run.output
        assert not (tmp_path / "budgets.yml").exists()
