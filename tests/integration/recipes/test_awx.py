# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job of docs/awx.md as AWX runs it: what it publishes, what a notification says, and what it runs in."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import jinja2.sandbox
import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.recipes.awx_jobs import (
    EXAMPLES,
    ROOT,
    TOKEN,
    Done,
    Project,
    example,
)

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Server

BUDGETS: list[dict[str, Any]] = [
    {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 1, "unit": "Requests"},
    {"name": "bill", "measure": "billed_cost", "limit": 500, "currency": "USD"},
    {"name": "many", "match": {"metric": "workers_standard_requests"}, "limit": 10**12},
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, collections: Path, simulator: Server) -> Project:
    return Project(tmp_path_factory.mktemp("awx"), collections, simulator.url)


@pytest.fixture(scope="module")
def violated(project: Project) -> Done:
    """Return a job that fails, for what is in BUDGETS; its job tags name no task, and do not keep it from judging."""
    return project.run("budget_gate.yml", "--tags", "nightly", budgets=BUDGETS)


def rendered(text: str, artifacts: dict[str, Any]) -> str:
    """Return a text of the notification, as AWX renders it for a job."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.ChainableUndefined)
    job = {"name": "Cloudflare budget gate", "artifacts": artifacts}
    return environment.from_string(text).render(job=job, url="https://awx.example.com/1")


def test_awx_job_publishes_the_verdicts_and_the_report_whatever_its_tags(violated: Done) -> None:
    assert violated.code == 2
    assert violated.published.keys() == {"cloudflare_gate_results", "cloudflare_usage_reports"}
    [gate] = violated.published["cloudflare_gate_results"]
    assert gate["result"] == "violated"
    assert gate["message"].startswith("Budget violated: 2 of 3 verdicts did not pass.")
    assert gate["counts"] == {"pass": 1, "warn": 0, "unknown": 1, "fail": 1}
    [report] = violated.published["cloudflare_usage_reports"]
    assert report["status"] == "complete"
    assert "requests" in report["markdown"]
    assert "fail: requests" in violated.output
    assert TOKEN not in json.dumps(violated.events)


def test_awx_page_warns_of_what_plain_runner_writes_down(violated: Done) -> None:
    command = violated.folder / "artifacts" / "job" / "command"
    assert TOKEN in command.read_text(encoding="utf-8"), "then the page need not warn any more"


def test_awx_notification_says_what_the_gate_said(violated: Done) -> None:
    messages = example("notification-messages.yml")["error"]
    [gate] = violated.published["cloudflare_gate_results"]
    said = rendered(messages["message"], violated.published)
    one_line = gate["message"].replace("\n", " ")
    assert said == f"Cloudflare budget gate: {one_line} https://awx.example.com/1"
    body = json.loads(rendered(messages["body"], violated.published))
    assert body == {"text": f"Cloudflare budget gate: {gate['message']} https://awx.example.com/1"}


def test_awx_notification_of_the_page_is_the_one_of_the_file() -> None:
    page = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```jinja\n{{ (.*?) }}\n```", page, re.DOTALL)
    assert all(shown in text for text in example("notification-messages.yml")["error"].values())


@pytest.mark.parametrize("artifacts", [{}, {"cloudflare_gate_results": None}, {"cloudflare_gate_results": []}])
def test_awx_notification_of_a_job_without_artifacts_is_valid(artifacts: dict[str, Any]) -> None:
    messages = example("notification-messages.yml")["error"]
    assert rendered(messages["message"], artifacts) == "Cloudflare budget gate:  https://awx.example.com/1"
    assert json.loads(rendered(messages["body"], artifacts)) == {
        "text": "Cloudflare budget gate:  https://awx.example.com/1"
    }


def test_awx_notification_body_stays_json_whatever_a_message_holds() -> None:
    message = 'Budget violated: "a\\b"\n{{ 7 * 7 }} </script> \u2028 é'
    body = rendered(
        example("notification-messages.yml")["error"]["body"], {"cloudflare_gate_results": [{"message": message}]}
    )
    assert message in json.loads(body)["text"]


def test_awx_job_with_wrong_options_publishes_what_is_wrong(project: Project) -> None:
    wrong = {
        "survey_period": ("yesteryear", "period"),
        "survey_accounts": ("not-an-account", "account"),
        "survey_budgets": ("- name: x", "budget_assert_budgets"),
        "usage_facts_lag_days": ("two", "lag_days"),
        "usage_facts_complete_days": ("perhaps", "complete_days"),
        "usage_facts_expected_accounts": ("a: [b", "usage_facts_expected_accounts"),
        "budget_assert_rate_card": ("prices: {}", "budget_assert_rate_card"),
        "budget_assert_publish": ("perhaps", "budget_assert_publish"),
    }
    # Each on a host of its own; a host's variable is what all others get without the survey.
    hosts = {name.replace("_", "-"): {name: value} for name, (value, _problem) in wrong.items()}
    done = project.run("budget_gate.yml", budgets=BUDGETS, hosts=hosts, cloudflare_hosts="all")
    assert done.code == 2
    gates = {gate["host"].replace("-", "_"): gate for gate in done.published["cloudflare_gate_results"]}
    assert {name: gate["result"] for name, gate in gates.items()} == dict.fromkeys(wrong, "could_not_tell")
    assert [name for name, (_value, problem) in wrong.items() if problem not in gates[name]["problem"]] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--limit", "all:!localhost"], "--limit"),
        (["--skip-tags", "always"], "Nothing would run: the tag always is skipped (--skip-tags)"),
    ],
)
def test_awx_job_whose_limit_or_tags_leave_nothing_fails(project: Project, options: list[str], said: str) -> None:
    done = project.run("budget_gate.yml", *options, budgets=BUDGETS)
    assert done.code not in (0, 2)
    assert said in done.output


def test_awx_execution_environment_gets_the_libraries_of_the_collection(collections: Path, tmp_path: Path) -> None:
    builder = str(Path(sys.executable).with_name("ansible-builder"))
    wanted = tmp_path / "wanted.txt"
    definition = EXAMPLES / "execution-environment.yml"
    create = [builder, "create", "--file", str(definition), "--context", str(tmp_path / "context")]
    created = subprocess.run(create, capture_output=True, text=True, check=False)
    assert created.returncode == 0, created.stdout + created.stderr
    assert "finops.cloudflare" in (tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8")
    introspect = [builder, "introspect", "--write-pip", str(wanted), str(collections)]
    done = subprocess.run(introspect, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    needed = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    found = [line.partition("#")[0].strip() for line in wanted.read_text(encoding="utf-8").splitlines()]
    assert sorted(needed) == sorted(line for line in found if line)


def test_awx_files_name_the_versions_of_this_release() -> None:
    definition = example("execution-environment.yml")["dependencies"]
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    for named in (definition["galaxy"], example("project/collections/requirements.yml")):
        assert named["collections"] == [{"name": "finops.cloudflare", "version": version}]
    pinned = "".join((ROOT / "tests" / "requirements" / name).read_text() for name in ("core/2.21.txt", "unit.txt"))
    assert definition["ansible_core"]["package_pip"] in pinned
    assert definition["ansible_runner"]["package_pip"] in pinned


def test_awx_page_names_every_file_of_the_examples() -> None:
    page = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    names = [path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("**/*.yml")]
    assert [name for name in names if f"/docs/examples/awx/{name})" not in page] == []
