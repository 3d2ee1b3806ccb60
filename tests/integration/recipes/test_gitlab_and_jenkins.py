# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines for GitLab CI and Jenkins: every line of shell in them as it stands, each for two of the outcomes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Server
    from ansible_collections.finops.cloudflare.tests.integration.recipes.conftest import Checkout, Done

ROOT = Path(__file__).resolve().parents[3]
GITLAB = ROOT / "docs" / "examples" / "ci" / "gitlab-ci.yml"
JENKINS = ROOT / "docs" / "examples" / "ci" / "Jenkinsfile"
GITHUB = ROOT / "docs" / "examples" / "ci" / "github-actions.yml"
PAGE = ROOT / "docs" / "ci.md"
TOKEN = "simulator-token"
KEPT = {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 1_000_000_000}
VIOLATED = {**KEPT, "limit": 1, "severity": "critical"}
INVALID = {**KEPT, "limt": 2}
JOB_TOKEN, COMMENT_TOKEN = "glcbt-of-this-job", "glpat-for-comments"
NOTES = "/projects/7/merge_requests/3/notes"
CHECK, GATE = "Check the budgets", "Hold the usage against the budgets"


def gitlab_job(checkout: Checkout, name: str, **variables: str) -> Done:
    """Run a job's script after what comes before every script, in one shell, as GitLab's runner does."""
    pipeline = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    lines = [*pipeline["default"]["before_script"], *pipeline[name]["script"]]
    return checkout.shell("gitlab", "\n".join(lines), **variables)


def jenkins_stages(checkout: Checkout) -> dict[str, dict[str, Any]]:
    """Return the shell steps and the environment of each stage of the Jenkinsfile."""
    text = JENKINS.read_text(encoding="utf-8")
    head, *parts = re.split(r"\bstage\('([^']+)'\)", text)
    stages: dict[str, dict[str, Any]] = {}
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        scripts = [long or short for long, short in re.findall(r"\bsh (?:'''(.*?)'''|'([^'\n]*)')", part, re.DOTALL)]
        assert part.count("sh ") == len(scripts), "every step is understood"
        assert not any("\\" in script for script in scripts), "Groovy would read it first"
        stages[name] = {
            "scripts": scripts,
            "secrets": dict(re.findall(r"(\w+) = credentials\('([^']+)'\)", part)),
            "post": re.findall(r"(?:junit|pattern:|archiveArtifacts) '([^']+)'", part),
        }
    variables = {
        name: value.replace("${env.WORKSPACE}", str(checkout.folder))
        for name, value in re.findall(r'^ {4}(\w+) = "([^"]*)"', head, re.MULTILINE)
    }
    for stage in stages.values():
        stage["variables"] = {**variables, **dict.fromkeys(stage["secrets"], TOKEN)}
    return stages


def jenkins(checkout: Checkout, *names: str, **more: str) -> dict[str, list[Done]]:
    """Run the shell steps of the stages, each in a shell of its own."""
    stages = jenkins_stages(checkout)
    return {
        name: [
            checkout.shell("jenkins", script, **{**stages[name]["variables"], **more})
            for script in stages[name]["scripts"]
        ]
        for name in names
    }


def test_gitlab_and_jenkins_a_violated_budget_fails_the_pipeline_of_gitlab(checkout: Checkout) -> None:
    checkout.budgets(KEPT, {**VIOLATED, "name": "few-requests"})
    checkout.settings(usage_report_formats=["html"], budget_assert_formats=["codequality", "junit"])
    run = gitlab_job(checkout, "gate", CLOUDFLARE_API_TOKEN=TOKEN)
    assert run.code == 2, run.output
    assert "Budget violated: 1 of 2 verdicts did not pass." in run.output
    assert TOKEN not in run.output
    artifacts = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["gate"]["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["reports"]["junit"] == "reports/budgets.junit.xml"
    assert checkout.cases() == {"Passed": 1, "Failure": 1}
    [issue] = json.loads(checkout.text(artifacts["reports"]["codequality"]))
    assert issue["location"] == {"path": "budgets.yml", "lines": {"begin": 5}}
    assert issue["severity"] == "critical"
    assert (checkout.folder / artifacts["paths"][0] / "usage.html").is_file()


class _GitLab(ThreadingHTTPServer):
    """As much of GitLab as the pipeline asks: the artifacts of the gate, and the comments of a merge request."""

    daemon_threads = True

    def close(self) -> None:
        self.server_close()

    def __init__(self, artifacts: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.artifacts, self.notes = artifacts, list[dict[str, Any]]()
        self.url = f"http://127.0.0.1:{self.server_port}/api/v4"


class _Answers(BaseHTTPRequestHandler):
    server: _GitLab

    def do_GET(self) -> None:
        path, _mark, query = self.path.removeprefix("/api/v4").partition("?")
        if path == "/projects/7/jobs/artifacts/main/download" and query == "job=gate" and self.server.artifacts:
            self._answer(200 if self.headers["JOB-TOKEN"] == JOB_TOKEN else 401, self.server.artifacts)
        elif path in ("/user", NOTES) and self.headers["PRIVATE-TOKEN"] == COMMENT_TOKEN:
            self._answer(200, {"id": 1} if path == "/user" else self.server.notes)
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        note = {"id": len(self.server.notes) + 10, "author": {"id": 1}, **self._body()}
        self.server.notes.append(note)
        self._answer(201, note)

    def do_PUT(self) -> None:
        [note] = [each for each in self.server.notes if self.path.endswith(f"{NOTES}/{each['id']}")]
        note.update(self._body())
        self._answer(200, note)

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _answer(self, status: int, body: Any) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if content is not body else "application/zip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""


def _merge_request(checkout: Checkout, gitlab: _GitLab, **more: str) -> Done:
    (checkout.home / ".ansible" / "collections").unlink(missing_ok=True)  # each job has a machine of its own
    known = {
        "CI_API_V4_URL": gitlab.url, "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "3", "CI_DEFAULT_BRANCH": "main",
        "CI_JOB_TOKEN": JOB_TOKEN, "LAST": f"{gitlab.url}/projects/7/jobs/artifacts/main/download?job=gate",
    }  # fmt: skip
    return gitlab_job(checkout, "check budgets", **known, **more)


def test_gitlab_shows_a_preview_in_a_merge_request_and_in_one_comment(checkout: Checkout, tmp_path: Path) -> None:
    checkout.budgets(KEPT)
    checkout.settings(usage_report_formats=["json"], budget_assert_formats=["junit"])
    link = "https://gitlab.example/budgets/-/pipelines/5"
    gate = gitlab_job(checkout, "gate", CLOUDFLARE_API_TOKEN=TOKEN, CI_PIPELINE_URL=link)
    assert gate.code == 0, gate.output
    archive = Path(shutil.make_archive(str(tmp_path / "artifacts"), "zip", checkout.folder, "reports"))
    shutil.rmtree(checkout.folder / "reports")
    with closing(_GitLab(archive.read_bytes())) as gitlab:
        threading.Thread(target=gitlab.serve_forever, daemon=True).start()
        stranger = {"id": 2, "author": {"id": 99}, "body": "<!-- finops.cloudflare: budgets -->\nmine"}
        gitlab.notes.append(stranger)
        for limit in (1, 2):
            checkout.budgets({**KEPT, "limit": limit})
            run = _merge_request(checkout, gitlab, BUDGETS_COMMENT_TOKEN=COMMENT_TOKEN)
            assert run.code == 0, run.output
            assert not [secret for secret in (COMMENT_TOKEN, JOB_TOKEN) if secret in run.output]
            assert (checkout.folder / "last").is_dir(), run.output
            shutil.rmtree(checkout.folder / "last")
        gitlab.shutdown()
    assert [note["id"] for note in gitlab.notes] == [2, 11]
    text = gitlab.notes[1]["body"]
    assert text == checkout.text("preview/budgets.md").rstrip("\n")
    assert "Preview" in text
    assert f"({link})" in text
    assert "1,000,000,000 Requests | 2 Requests" in text


def test_gitlab_without_earlier_usage_there_is_no_preview_and_no_failure(checkout: Checkout) -> None:
    checkout.budgets(KEPT)
    with closing(_GitLab(None)) as gitlab:
        threading.Thread(target=gitlab.serve_forever, daemon=True).start()
        run = _merge_request(checkout, gitlab, BUDGETS_COMMENT_TOKEN="")
        gitlab.shutdown()
    assert run.code == 0, run.output
    assert "There is no earlier usage, so there is no preview. The budgets are valid." in run.output
    assert gitlab.notes == []


def test_budgets_that_are_not_valid_fail_a_merge_request(checkout: Checkout, simulator: Server) -> None:
    before = len(simulator.requests())
    checkout.budgets(INVALID)
    run = gitlab_job(checkout, "check budgets")
    assert run.code == 2, run.output
    assert "budget 'requests', limt: not known here" in run.output
    assert len(simulator.requests()) == before


def test_jenkins_checks_the_budgets_and_fails_when_it_can_not_tell(checkout: Checkout) -> None:
    checkout.budgets(KEPT)
    checkout.settings(budget_assert_formats=["junit", "sarif"])
    (checkout.folder / "reports").mkdir()
    (checkout.folder / "reports" / "usage.html").write_text("what an earlier build left in the workspace")
    refused = "another-token"
    ended = jenkins(checkout, "Install", CHECK)
    assert [done.code for done in (*ended["Install"], *ended[CHECK])] == [0, 0], ended
    [run] = jenkins(checkout, GATE, CLOUDFLARE_API_TOKEN=refused)[GATE]
    assert run.code == 2, run.output
    assert "Could not tell whether the budgets are kept" in run.output
    assert "Billing Read" in run.output
    assert refused not in run.output
    [published] = checkout.published()["cloudflare_gate_results"]
    assert published["result"] == "could_not_tell"
    assert "Billing Read" in published["problem"]
    assert checkout.cases() == {"Error": 1}
    assert [finding[0] for finding in checkout.findings()] == ["cloudflare-budget/not-known"]
    assert not (checkout.folder / "reports" / "usage.html").exists(), "nothing old passes for today's"


def _gates_of(checkout: Checkout, script: str) -> list[int]:
    """Return how the pipelines end where a script stands for the playbook."""
    for programs in (checkout.home.parent / "bin", checkout.home / "venv" / "bin"):
        programs.mkdir(parents=True, exist_ok=True)
        (programs / "ansible-playbook").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / "ansible-playbook").chmod(0o755)
    variables = {"HOME": str(checkout.home), "CLOUDFLARE_API_TOKEN": TOKEN}
    [github] = [
        step["run"]
        for step in yaml.safe_load(GITHUB.read_text(encoding="utf-8"))["jobs"]["gate"]["steps"]
        if step["name"] == GATE
    ]
    [jenkins_gate] = jenkins(checkout, GATE, **variables)[GATE]
    runs = (gitlab_job(checkout, "gate", **variables), jenkins_gate, checkout.shell("github", github, **variables))
    return [run.code for run in runs]


@pytest.mark.parametrize("code", [0, 1, 2, 4])
def test_gitlab_and_jenkins_pipeline_ends_as_the_playbook_does(checkout: Checkout, code: int) -> None:
    verdict = "mkdir -p reports; echo '<testcase/>' > reports/budgets.junit.xml"
    assert _gates_of(checkout, f"{verdict}; exit {code}") == [code] * 3


@pytest.mark.parametrize("script", ["true", "mkdir -p reports; echo '<testsuites/>' > reports/budgets.junit.xml"])
def test_gitlab_and_jenkins_pipeline_without_a_verdict_fails(checkout: Checkout, script: str) -> None:
    (checkout.folder / "reports").mkdir()
    (checkout.folder / "reports" / "budgets.junit.xml").write_text("<testcase/> of an earlier run", encoding="utf-8")
    assert 0 not in _gates_of(checkout, script)


def test_gitlab_and_jenkins_only_the_gate_of_jenkins_has_the_token_and_its_files_are_kept(checkout: Checkout) -> None:
    stages = jenkins_stages(checkout)
    assert {name: stage["secrets"] for name, stage in stages.items()} == {
        "Install": {},
        CHECK: {},
        GATE: {"CLOUDFLARE_API_TOKEN": "cloudflare-api-token"},
    }
    assert stages[GATE]["post"] == ["reports/budgets.junit.xml", "reports/budgets.sarif", "reports/**"]


def test_gitlab_and_jenkins_what_is_installed_is_what_this_release_is_made_for(checkout: Checkout) -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    [core] = re.findall(r"^(ansible-core==\S+)", _text("core/2.21.txt"), re.MULTILINE)
    workflow = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "Install A" in step["name"]]
    before = "\n".join(yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["default"]["before_script"])
    [script] = jenkins_stages(checkout)["Install"]["scripts"]
    lines = [*script.split("\n")[-4:-1]]
    assert steps == [f"{before}\n"] * 2
    assert f"```shell\n{before}\n```" in PAGE.read_text(encoding="utf-8")
    assert [line.strip() for line in lines] == before.splitlines()
    assert checkout.shell("gitlab", before).code == 0
    library = f"{checkout.home}/.ansible/collections/ansible_collections/finops/cloudflare/requirements.txt"
    assert checkout.installed() == [
        ["pip", "install", core],
        ["ansible-galaxy", "collection", "install", f"finops.cloudflare:=={version}"],
        ["pip", "install", "-r", library],
    ]


def test_gitlab_and_jenkins_the_page_shows_the_commands_of_the_pipelines() -> None:
    commands = re.findall(r"^(ansible-playbook .*?) +#", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    pipelines = [path.read_text(encoding="utf-8") for path in (GITHUB, GITLAB, JENKINS)]
    assert len(commands) == 2
    for command in commands:
        arguments = command.removeprefix("ansible-playbook")
        assert all(arguments in text for text in pipelines), command


def test_gitlab_and_jenkins_the_pipeline_of_gitlab_is_valid() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--builtin-schema", "vendor.gitlab-ci", str(GITLAB)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _text(name: str) -> str:
    return (ROOT / "tests" / "requirements" / name).read_text(encoding="utf-8")
