# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate that judges nothing never ends well: hosts, limits and tags that leave nothing to run, as AWX has them too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

VIOLATED: dict[str, Any] = {
    "usage_facts_accounts": ["023e105f4ecef8ad9ca31a8372d0c353"],
    "usage_facts_from": "2025-05-01",
    "usage_facts_to": "2025-05-31",
    "budget_assert_budgets": [{"name": "few", "match": {"metric": "workers_standard_requests"}, "limit": 1}],
    "budget_assert_formats": [],
    "usage_report_formats": [],
}


@pytest.fixture
def inventory(tmp_path: Path) -> list[str]:
    (tmp_path / "hosts.ini").write_text("web1 ansible_connection=local\nweb2 ansible_connection=local\n")
    (tmp_path / "limit").write_text("web1\n")
    return ["-i", "hosts.ini"]


# What decides on the hosts is one expression, which the next test tries with all playbooks.
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--limit", "web1"], "no host is left by the limit (--limit): web1"),
        (["--limit", "@limit"], "no host is left by the limit (--limit): web1"),
        (["--limit", "all:!web1"], "no host is left by the limit (--limit): all:!web1"),
        (["-e", "cloudflare_hosts=wbe1"], "no host matches cloudflare_hosts: wbe1"),
        (["-e", "cloudflare_hosts=web1,web3"], "no host matches cloudflare_hosts: web3"),
        (["-e", "cloudflare_hosts=web1", "--limit", "web2"], "no host is left by the limit (--limit): web2"),
        (["--skip-tags", "always"], "the tag always is skipped (--skip-tags)"),
        (["--skip-tags", "tagged"], "the tag always is skipped (--skip-tags)"),
    ],
)
def test_nothing_to_judge_gate_without_a_host_or_a_task_fails(
    play: Play, inventory: list[str], arguments: list[str], why: str
) -> None:
    run = play("finops.cloudflare.budget_gate", *inventory, *arguments, variables=VIOLATED)
    assert run.code != 0
    assert f"Nothing would run: {why}\n" in run.output


@pytest.mark.parametrize("playbook", ["budget_gate", "usage_report", "demo", "accounts_gate"])
def test_nothing_to_judge_without_tasks_by_the_environment_fails(play: Play, playbook: str) -> None:
    run = play(f"finops.cloudflare.{playbook}", variables=VIOLATED, env={"ANSIBLE_SKIP_TAGS": "always"})
    assert run.code not in (0, 2)
    assert "Nothing would run: the tag always is skipped (--skip-tags)" in run.output


def test_nothing_to_judge_limit_that_leaves_out_this_machine_fails(play: Play, inventory: list[str]) -> None:
    run = play("finops.cloudflare.starter_budgets", *inventory, "--limit", "web1", variables=VIOLATED)
    assert run.code not in (0, 2)
    assert "Nothing would run: no host is left by the limit (--limit): web1" in run.output


def test_gate_runs_whatever_tags_a_run_is_limited_to(play: Play, simulator: Server, tmp_path: Path) -> None:
    run = play("finops.cloudflare.budget_gate", "--tags", "nightly", variables=VIOLATED, env=simulator.env())
    assert run.code == 2
    assert run.failures()[-1].startswith("Budget violated: ")
    [gate] = run.artifacts["cloudflare_gate_results"]
    assert gate["result"] == "violated"
    assert not (tmp_path / "cloudflare-usage").exists(), "no format, no folder"


def test_gate_runs_on_the_hosts_that_a_limit_leaves_whatever_tags_the_environment_has(
    play: Play, simulator: Server, inventory: list[str]
) -> None:
    arguments = [*inventory, "-e", "cloudflare_hosts=web*", "--limit", "web2"]
    env = {**simulator.env(), "ANSIBLE_RUN_TAGS": "nightly"}
    run = play("finops.cloudflare.budget_gate", *arguments, variables=VIOLATED, env=env)
    assert run.code == 2
    assert [gate["host"] for gate in run.artifacts["cloudflare_gate_results"]] == ["web2"]
