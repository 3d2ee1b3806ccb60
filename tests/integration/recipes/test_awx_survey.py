# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The survey of docs/awx.md, with its answers as AWX hands them over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.recipes.awx_jobs import ACCOUNT, ROOT, Project, example

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Server

# The API does not cover it, so nobody can tell about its budgets.
OTHER = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
CHOICES = ("usage_facts_group_by", "usage_facts_metric", "usage_facts_tags", "usage_facts_organizations")
BUDGETS = [{"name": "requests", "match": {"metric": "workers_standard_requests"}, "each": "account", "limit": 10**12}]
CARD = {
    "name": "x", "source": "x", "checked_on": "2025-05-01", "currency": "USD",
    "prices": [{"metric": "workers_standard_requests", "unit": "Requests", "price": 1}],
}  # fmt: skip
ESTIMATED = {
    "name": "estimated",
    "match": {"metric": "workers_standard_requests"},
    "measure": "estimated_cost",
    "limit": 1,
    "currency": "USD",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, collections: Path, simulator: Server) -> Project:
    return Project(tmp_path_factory.mktemp("awx"), collections, simulator.url)


def budgets_of(project: Project, code: int, **answers: Any) -> list[dict[str, Any]]:
    """Return the budgets that a job with the answers has judged, and hold it to its exit code."""
    done = project.run("budget_gate.yml", budgets=BUDGETS, **answers)
    [gate] = done.published["cloudflare_gate_results"]
    assert (done.code, gate["exit_code"]) == (code, code), gate
    made = {path.name for path in (done.folder / "project").iterdir()}
    assert made == {"after_the_gate.yml", "budget_gate.yml", "budgets.yml", "collections"}, "no format, no folder"
    budgets: list[dict[str, Any]] = gate["budgets"]
    return budgets


@pytest.mark.parametrize(("text", "choices"), [(None, None), ("", ""), ("", [])], ids=repr)
def test_survey_that_is_left_blank_leaves_what_the_project_has(project: Project, text: Any, choices: Any) -> None:
    variables = [question["variable"] for question in example("survey.yml")["spec"]]
    answers = {**dict.fromkeys(variables, text), **dict.fromkeys(CHOICES, choices)}
    [budget] = budgets_of(project, 0, **answers)
    assert (budget["name"], budget["status"]) == ("requests", "pass")


def test_survey_accounts_stand_one_on_a_line_or_between_commas(project: Project, simulator: Server) -> None:
    before = len(simulator.requests())
    accounts = [ACCOUNT, OTHER, *("c" * 31 + digit for digit in "123")]
    pairs = zip(accounts, ("\n", ",", "\r\n", " ,\n\n", "\n"), strict=True)
    budgets_of(project, 2, survey_accounts="".join(account + between for account, between in pairs))
    asked = {one["path"].split("/")[2] for one in simulator.requests()[before:]}
    assert asked == {*accounts}


def test_survey_budgets_and_prices_are_yaml_and_days_win_over_the_period(project: Project) -> None:
    answers = {
        "survey_budgets": yaml.safe_dump([ESTIMATED]),
        "budget_assert_rate_card": yaml.safe_dump(CARD),
        "survey_period": "last_7_days",
        "usage_facts_from": "2025-05-02",
        "usage_facts_to": "2025-05-03",
    }
    done = project.run("budget_gate.yml", budgets=BUDGETS, **answers)
    [gate] = done.published["cloudflare_gate_results"]
    [budget] = gate["budgets"]
    assert (done.code, budget["name"], budget["status"]) == (2, "estimated", "fail")
    [report] = done.published["cloudflare_usage_reports"]
    assert (report["from"], report["to"]) == ("2025-05-02", "2025-05-03")


def test_survey_asks_for_variables_of_the_roles_and_of_the_playbook_only() -> None:
    playbook = (ROOT / "docs" / "examples" / "awx" / "project" / "budget_gate.yml").read_text(encoding="utf-8")
    specs = [yaml.safe_load(path.read_text("utf-8")) for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    options = {name for spec in specs for entry in spec["argument_specs"].values() for name in entry["options"]}
    for question in example("survey.yml")["spec"]:
        name = question["variable"]
        assert name in options or f"{{{{ {name} | default(none)" in playbook or f"if {name} | default(none)" in playbook
