# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow for GitHub Actions: every `run` of it as it stands, for budgets that are kept, violated and unknown."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Server
    from ansible_collections.finops.cloudflare.tests.integration.recipes.conftest import Checkout, Done

ROOT = Path(__file__).resolve().parents[3]
WORKFLOW = ROOT / "docs" / "examples" / "ci" / "github-actions.yml"
REPOSITORY = "example/budgets"
COMMENTS = f"repos/{REPOSITORY}/issues/7/comments"
TOKEN = "simulator-token"
EXPRESSIONS = {
    "github.token": "a-token-of-github",
    "github.event.pull_request.number": "7",
    "secrets.CLOUDFLARE_API_TOKEN": TOKEN,
}
GATE = "Hold the usage against the budgets"
EARLIER = "# What an earlier step wrote\n"
LAST = "Get the usage that the last gate read"
COMMENT = "Show the preview in a comment, always the same one"
REQUESTS = {"name": "requests", "match": {"metric": "workers_standard_requests"}, "unit": "Requests"}
KEPT = {**REQUESTS, "limit": 1_000_000_000}
VIOLATED = {**REQUESTS, "limit": 1}
UNKNOWN = {"name": "bill", "measure": "billed_cost", "limit": 500, "currency": "USD"}


class Runner:
    """Runs a job of the workflow: conditions, environment and the end at the first failure, as on GitHub."""

    def __init__(self, checkout: Checkout, event: str) -> None:
        self.checkout = checkout
        self.event = event
        self.workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
        self.summary = checkout.home.parent / "summary.md"
        self.summary.write_text(EARLIER, encoding="utf-8")
        self.steps: dict[str, Done] = {}
        self.failed = False
        assert self.workflow["defaults"]["run"] == {"shell": "bash"}

    def job(self, name: str) -> None:
        job = self.workflow["jobs"][name]
        assert self._holds(job["if"])
        for step in job["steps"]:
            condition = step.get("if", "")
            if self._holds(condition) and ("cancelled()" in condition or not self.failed):
                self.step(step)

    def step(self, step: dict[str, Any]) -> None:
        if "uses" in step:
            assert re.fullmatch(r"[a-z/-]+@[0-9a-f]{40}", step["uses"]), "an action is pinned by its commit"
            return
        assert "${{" not in step["run"], "what others write goes into a script by its environment"
        given = {name: self._value(value) for name, value in step.get("env", {}).items()}
        standard = {
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_BASE_REF": "main",
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        done = self.checkout.shell("github", step["run"], **standard, **given)
        self.steps[step["name"]] = done
        self.failed = self.failed or (done.code != 0 and not step.get("continue-on-error"))

    def again(self, job: str, name: str) -> None:
        [step] = [one for one in self.workflow["jobs"][job]["steps"] if one["name"] == name]
        self.step(step)

    def _value(self, text: str) -> str:
        inner = re.fullmatch(r"\$\{\{ (.+) \}\}", text)
        assert inner
        return EXPRESSIONS[inner[1]]

    def _holds(self, condition: str) -> bool:
        terms = re.sub(r"^\$\{\{|\}\}$", "", condition.strip()).split("&&") if condition else []
        return all(self._term(term.strip()) for term in terms)

    def _term(self, term: str) -> bool:
        there = re.fullmatch(r"hashFiles\('(.+)'\) != ''", term)
        if there:
            return (self.checkout.folder / there[1]).is_file()
        return {
            "!cancelled()": True,
            "github.event_name == 'pull_request'": self.event == "pull_request",
            "github.event_name != 'pull_request'": self.event != "pull_request",
            "github.event.pull_request.head.repo.full_name == github.repository": True,
        }[term]


@pytest.fixture
def gate(checkout: Checkout) -> Runner:
    return Runner(checkout, "schedule")


@pytest.fixture
def check(checkout: Checkout, tmp_path: Path) -> Runner:
    """A pull request, with comments of others and the reports of a gate that went before."""
    reports = tmp_path / "reports"
    reports.mkdir()
    usage = yaml.safe_load((ROOT / "docs" / "examples" / "usage.yml").read_text(encoding="utf-8"))
    earlier = {"name": "requests", "status": "pass", "outcome": "pass", "message": "Kept.", "limit": KEPT["limit"]}
    text = json.dumps({"usage": usage, "verdicts": [{**earlier, "unit": "Requests", "measure": "consumed_quantity"}]})
    (reports / "usage.json").write_text(text, encoding="utf-8")
    other = {"id": 1, "user": {"login": "github-actions[bot]"}, "body": "What another workflow says."}
    person = {"id": 2, "user": {"login": "somebody"}, "body": "Why?"}
    copied = {"id": 3, "user": {"login": "somebody"}, "body": "<!-- finops.cloudflare: budgets -->"}
    checkout.github(
        path=COMMENTS,
        comment=f"repos/{REPOSITORY}/issues/comments",
        comments=[other, person, copied],
        list=[REPOSITORY, "cloudflare-budgets.yml", "main", "completed", "databaseId"],
        runs=[{"databaseId": 4711}, {"databaseId": 12}],
        artifact=[REPOSITORY, "4711", "cloudflare-reports"],
        files=str(reports),
    )
    return Runner(checkout, "pull_request")


@pytest.mark.parametrize(
    ("budget", "code", "result", "message", "cases", "rule"),
    [
        pytest.param(KEPT, 0, "within_budget", "Within budget", {"Passed": 1}, None, id="kept"),
        pytest.param(VIOLATED, 2, "violated", "Budget violated", {"Failure": 1}, "over-limit", id="violated"),
        pytest.param(
            UNKNOWN,
            2,
            "could_not_tell",
            "Could not tell whether the budgets are kept",
            {"Error": 1},
            "not-known",
            id="unknown",
        ),
    ],
)
def test_github_actions_the_gate_of_a_night(
    gate: Runner,
    checkout: Checkout,
    simulator: Server,
    budget: dict[str, Any],
    code: int,
    result: str,
    message: str,
    cases: dict[str, int],
    rule: str | None,
) -> None:
    before = len(simulator.requests())
    checkout.budgets(budget)
    if code:
        checkout.settings(usage_report_formats=["json"], budget_assert_formats=["junit", "markdown", "sarif"])
    gate.job("gate")
    run = gate.steps[GATE]
    assert run.code == code, run.output
    assert gate.failed == bool(code)
    assert message in run.output
    assert len(simulator.requests()) > before
    [published] = checkout.published()["cloudflare_gate_results"]
    assert (published["result"], published["exit_code"]) == (result, code)
    assert published["message"].startswith(message)
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| {code} \|.*\| `{message}` \| .*`{result}`.* \|$", page, re.MULTILINE), "as documented"
    # What the steps after it hand on is there whatever the gate said.
    assert gate.summary.read_text(encoding="utf-8") == EARLIER + checkout.text("reports/budgets.md")
    assert checkout.cases() == cases
    assert checkout.findings() == ([(f"cloudflare-budget/{rule}", "budgets.yml", 1)] if rule else [])
    assert json.loads(checkout.text("reports/usage.json"))["usage"]["status"] == "complete"
    files = {"budgets.codequality.json", "usage.csv", "usage.html", "usage.md"}
    left = {path.name for path in (checkout.folder / "reports").iterdir()}
    assert files - left == (files if code else set())
    written = [path.read_text(encoding="utf-8") for path in checkout.folder.rglob("*") if path.is_file()]
    assert not any(TOKEN in text for text in [*written, *(step.output for step in gate.steps.values())])


def test_a_gate_that_did_not_come_to_a_verdict_hands_nothing_on(gate: Runner, checkout: Checkout) -> None:
    checkout.shell("github", 'mkdir -p "$HOME/.ansible/collections"')  # in the way of the installation
    gate.job("gate")
    assert gate.failed
    assert list(gate.steps) == ["Install Ansible and the collection"]


def test_github_actions_a_pull_request_is_checked_without_a_token_and_shown_in_one_comment(
    check: Runner, checkout: Checkout, simulator: Server
) -> None:
    before = len(simulator.requests())
    checkout.budgets(VIOLATED, UNKNOWN)
    check.job("check")
    assert not check.failed, "what is not kept is for people to judge"
    assert [step.code for step in check.steps.values()] == [0] * len(check.steps)
    assert "Budget violated: 2 of 2 verdicts did not pass" in check.steps["Check the budgets"].output
    shown = checkout.text("preview/budgets.md")
    assert "\n\n### Back-test\n\nWhat these budgets would have said on each night, " in shown
    assert "Preview: Cloudflare budgets" in shown
    assert f"](https://github.com/{REPOSITORY}/actions/runs/4711)" in shown
    assert "the usage of 2026-10-01 to 2026-10-20, whole through 2026-10-" in shown
    assert "| 1,000,000,000 Requests | 1 Requests |" in shown
    assert "| new | USD" in shown
    assert "\N{CROSS MARK}" not in shown
    assert check.summary.read_text(encoding="utf-8") == EARLIER + shown
    first = checkout.github()["comments"]
    assert [(one["user"]["login"], one["body"] == shown) for one in first[2:]] == [
        ("somebody", False),
        ("github-actions[bot]", True),
    ]
    # The next push changes the budgets.
    (checkout.folder / "preview" / "budgets.md").write_text(shown + "\nMore.\n", encoding="utf-8")
    check.again("check", COMMENT)
    assert check.steps[COMMENT].code == 0, check.steps[COMMENT].output
    second = checkout.github()["comments"]
    assert [one["body"] for one in second] == [*(one["body"] for one in first[:3]), shown + "\nMore.\n"]
    assert len(simulator.requests()) == before, "Cloudflare is not asked"


def test_a_comment_that_can_not_be_looked_for_is_not_written_again(check: Runner, checkout: Checkout) -> None:
    state = checkout.github()
    checkout.github(**{**state, "path": "repos/elsewhere"})
    (checkout.folder / "preview").mkdir()
    (checkout.folder / "preview" / "budgets.md").write_text("<!-- marker -->\n", encoding="utf-8")
    check.again("check", COMMENT)
    assert check.failed
    assert checkout.github()["comments"] == state["comments"]


def test_github_actions_a_pull_request_before_the_first_gate_is_no_failure(check: Runner, checkout: Checkout) -> None:
    checkout.github(**{**checkout.github(), "runs": []})
    checkout.budgets(KEPT)
    check.job("check")
    assert check.steps[LAST].code != 0
    assert not check.failed, check.steps
    assert not (checkout.folder / "last").exists()
    assert "There is no earlier usage, so there is no preview." in check.steps["Check the budgets"].output


def test_github_actions_earlier_usage_that_can_not_be_read_is_no_failure_and_no_preview(
    check: Runner, checkout: Checkout, tmp_path: Path
) -> None:
    (tmp_path / "reports" / "usage.json").write_text('{"usage": {"days": []}, "verdicts": []}', encoding="utf-8")
    checkout.budgets(KEPT)
    check.job("check")
    assert not check.failed, check.steps
    output = check.steps["Check the budgets"].output
    assert "The earlier usage can't be held against these budgets, so there is no preview" in output
    assert COMMENT not in check.steps


def test_github_actions_the_workflow_is_valid() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_github_actions_only_the_gate_gets_the_token_and_the_rights_that_it_needs() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    text = WORKFLOW.read_text(encoding="utf-8")
    assert text.count("secrets.") == 1
    [step] = [step for step in workflow["jobs"]["gate"]["steps"] if "secrets." in json.dumps(step)]
    assert step["name"] == GATE
    assert "pull_request_target" not in text
    rights = {name: job["permissions"].items() for name, job in workflow["jobs"].items()}
    writes = {name: [key for key, value in given if value == "write"] for name, given in rights.items()}
    assert writes == {"check": ["pull-requests"], "gate": ["security-events"]}
