# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job slices by the rule of AWX, what a workflow hands on, and the job of docs/awx.md that joins it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.finops.cloudflare.tests.integration.recipes.awx_jobs import (
    ACCOUNT,
    EXAMPLES,
    LOCAL,
    Done,
    Project,
    slice_of,
)

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

HOSTS = ["web3", "web1", "web2"]
SLICES = 2
KEPT = {"name": "kept", "match": {"metric": "workers_standard_requests"}, "limit": 10**12}
BROKEN = {"name": "broken", "match": {"metric": "workers_standard_requests"}, "limit": 1}
# What AWX hands to each job of a workflow. The workflow that it makes of a job in slices is named like the template.
SLICED = {"awx_workflow_job_id": 7, "awx_workflow_job_name": "Gate", "awx_job_template_name": "Gate"}


def handed_on(jobs: list[Done]) -> dict[str, Any]:
    """Return what AWX gives to the job after some: of two things of the same name, the later."""
    extra: dict[str, Any] = {}
    for job in jobs:
        extra.update(job.published)
    return extra


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory, collections: Path, simulator: Server) -> list[Done]:
    """Return the slices of a gate, of which web1 and web3 in the first break a budget."""
    project = Project(tmp_path_factory.mktemp("awx"), collections, simulator.url)
    parts = [slice_of(HOSTS, number + 1, SLICES) for number in range(SLICES)]
    assert parts == [["web1", "web3"], ["web2"]]
    return [
        project.run("budget_gate.yml", budgets=[budget], hosts=hosts, cloudflare_hosts="web*", **SLICED)
        for hosts, budget in zip(parts, (BROKEN, KEPT), strict=True)
    ]


@pytest.fixture
def after(play: Play, tmp_path: Path) -> Any:
    """Return the function that runs the job after the gates, on the whole inventory."""
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": dict.fromkeys([*HOSTS, "localhost"], LOCAL)}}))

    def run(**variables: Any) -> Any:
        return play(EXAMPLES / "project" / "after_the_gate.yml", "-i", "hosts.json", variables=variables)

    return run


def test_slices_replace_what_others_publish_unless_its_name_is_their_own(slices: list[Done]) -> None:
    assert [job.code for job in slices] == [2, 0]
    extra = handed_on(slices)
    assert [gate["host"] for gate in extra["cloudflare_gate_results"]] == ["web2"], "the verdicts of a slice are lost"
    assert [gate["host"] for gate in extra["cloudflare_gate_results_101"]] == ["web1", "web3"]
    assert [gate["host"] for gate in extra["cloudflare_gate_results_102"]] == ["web2"]


def test_slices_are_joined_by_the_next_job_of_the_workflow(slices: list[Done], after: Any) -> None:
    run = after(**handed_on(slices), cloudflare_hosts="web*")
    [failure] = run.failures()
    assert failure.count("Budget violated: ") == 2
    joined = run.artifacts["cloudflare_gate_results"]
    assert {gate["host"]: gate["result"] for gate in joined} == {
        "web1": "violated", "web3": "violated", "web2": "within_budget",
    }  # fmt: skip
    told = [line["result"]["msg"] for line in run.record if line["status"] == "item"]
    assert len(told) == 2
    assert all(text.startswith("broken: fail, ") for text in told)


@pytest.mark.parametrize(
    ("jobs", "variables", "said"),
    [
        ([1], {"cloudflare_hosts": "web*"}, "1 of 1 gates have published a result; hosts without one: web1, web3."),
        ([1], {"cloudflare_hosts": "web2", "gates_before": 2},
         "1 of 2 gates have published a result; hosts without one: none."),
        ([], {}, "0 of 1 gates have published a result; hosts without one: localhost."),
    ],
)  # fmt: skip
def test_slices_of_which_one_published_nothing_are_not_within_budget(
    slices: list[Done], after: Any, jobs: list[int], variables: dict[str, Any], said: str
) -> None:
    run = after(**handed_on([slices[number] for number in jobs]), **variables)
    assert (run.code, run.failures()) == (2, [said])


def test_slices_that_are_all_within_budget_end_well(slices: list[Done], after: Any) -> None:
    run = after(**slices[1].published, cloudflare_hosts="web2")
    assert (run.code, run.failures()) == (0, [])


@pytest.mark.parametrize(
    ("inventory", "variables", "said"),
    [
        ({}, SLICED, "This job sees a part of the accounts: it is one of the slices of Gate."),
        ({"cloudflare_accounts_count": 2}, {}, "The inventory has 1 of 2 accounts: "),
        ({}, {"awx_job_launch_type": "relaunch"}, "This job was launched again from an earlier one, "),
    ],
)
def test_slices_of_accounts_are_never_within_the_budget_of_all(
    play: Play, simulator: Server, tmp_path: Path, inventory: dict[str, Any], variables: dict[str, Any], said: str
) -> None:
    host = {**LOCAL, "cloudflare_account_id": ACCOUNT}
    group = {"hosts": {"shop": host}, "vars": inventory}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"children": {"cloudflare_accounts": group}}}))
    given = {"budget_assert_budgets": [KEPT], "budget_assert_formats": [], "usage_report_formats": [], **variables}
    gate = ("finops.cloudflare.accounts_gate", "-i", "hosts.json")
    run = play(*gate, variables={**given, "awx_job_id": 9}, env=simulator.env())
    assert run.code == 2
    [result] = run.artifacts["cloudflare_gate_results"]
    assert result["result"] == "could_not_tell"
    assert result["problem"].startswith(said)


def test_slices_jobs_of_a_workflow_with_a_name_of_its_own_judge_all_accounts(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    group = {"hosts": {"shop": {**LOCAL, "cloudflare_account_id": ACCOUNT}}, "vars": {"cloudflare_accounts_count": 1}}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"children": {"cloudflare_accounts": group}}}))
    given = {"budget_assert_budgets": [KEPT], "budget_assert_formats": [], "usage_report_formats": []}
    workflow = {**SLICED, "awx_workflow_job_name": "Every night", "awx_job_id": 9, "awx_job_launch_type": "relaunch"}
    gate = ("finops.cloudflare.accounts_gate", "-i", "hosts.json")
    run = play(*gate, variables={**given, **workflow}, env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
