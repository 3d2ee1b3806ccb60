# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""setup.yml of docs/awx.md, applied to a stand-in of AWX by modules that have the options of those of awx.awx."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.recipes.awx_jobs import EXAMPLES, example
from ansible_collections.finops.cloudflare.tests.integration.recipes.stand_ins.awx_api import (
    Awx,
    RefusedError,
    check_messages,
    check_survey,
    serve,
)

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Run

HERE = Path(__file__).resolve().parent
SECRETS = {"cloudflare_token": "the-token-of-cloudflare", "webhook_url": "https://chat.example.com/hooks/the-secret"}
PLAYBOOKS = [path.name for path in (EXAMPLES / "project").glob("*.yml")]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a collections folder with stand-ins of the modules of awx.awx."""
    folder = tmp_path_factory.mktemp("awx")
    target = folder / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"
    target.mkdir(parents=True)
    template = (HERE / "stand_ins" / "awx_module.py").read_text(encoding="utf-8")
    options = yaml.safe_load((HERE / "stand_ins" / "awx_options.yml").read_text(encoding="utf-8"))
    connection = options.pop("connection")
    for name, own in options.items():
        text = template.replace("@name@", name).replace("@options@", json.dumps({**own, **connection}))
        (target / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def awx() -> Iterator[tuple[Awx, str]]:
    """Return an AWX and its address."""
    there = Awx(PLAYBOOKS)
    server = serve(there)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield there, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Setup:
    """setup.yml and what lies beside it, in a folder of a test."""

    def __init__(self, play: Play, folder: Path, modules: Path, url: str) -> None:
        self._play, self.folder = play, folder / "setup"
        shutil.copytree(EXAMPLES, self.folder)
        self._env = {
            "ANSIBLE_COLLECTIONS_PATH": str(modules),
            "CONTROLLER_HOST": url,
            "CONTROLLER_OAUTH_TOKEN": "of-awx",
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
        }

    def run(self, **variables: Any) -> Run:
        return self._play(self.folder / "setup.yml", variables={**SECRETS, **variables}, env=self._env)

    def change(self, task: str, module: str, **options: Any) -> None:
        """Change options of a task; None takes one away."""
        plays = self._plays()
        [found] = [each for each in plays[0]["tasks"] if each["name"] == task]
        found.update(_changed(found, module, options))
        self._write(plays)

    def only(self, changes: list[tuple[str, str, dict[str, Any]]]) -> None:
        """Take all tasks away but these, each with other options, and go on whatever they end with."""
        plays = self._plays()
        tasks = {each["name"]: each for each in plays[0]["tasks"]}
        changed = [_changed(tasks[task], module, options) for task, module, options in changes]
        self._write([{**plays[0], "tasks": changed, "ignore_errors": True}])

    def _plays(self) -> list[dict[str, Any]]:
        plays: list[dict[str, Any]] = yaml.safe_load((self.folder / "setup.yml").read_text(encoding="utf-8"))
        return plays

    def _write(self, plays: list[dict[str, Any]]) -> None:
        (self.folder / "setup.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")


def _changed(task: dict[str, Any], module: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the task with other options of its module; None takes one away."""
    given = {**task[f"awx.awx.{module}"], **options}
    return {**task, f"awx.awx.{module}": {key: value for key, value in given.items() if value is not None}}


@pytest.fixture
def setup(play: Play, tmp_path: Path, modules: Path, awx: tuple[Awx, str]) -> Setup:
    return Setup(play, tmp_path, modules, awx[1])


def test_awx_setup_makes_all_of_it_and_then_changes_nothing(setup: Setup, awx: tuple[Awx, str]) -> None:
    there, _names = awx
    first = setup.run()
    assert (first.code, first.failures()) == (0, []), first.output
    gate, after = (there.one("job_templates", name) for name in
                   ("Cloudflare budget gate", "After the Cloudflare budget gate"))  # fmt: skip
    assert (gate["playbook"], after["playbook"]) == ("budget_gate.yml", "after_the_gate.yml")
    assert there.linked("credentials", gate, "credentials") == ["Cloudflare billing"]
    assert there.linked("notification_templates", gate, "notification_templates_error") == ["Cloudflare budgets"]
    assert there.surveys == {gate["id"]: example("survey.yml")}
    assert there.one("credentials", "Cloudflare billing")["inputs"] == {"api_token": SECRETS["cloudflare_token"]}
    [host] = there.objects["hosts"].values()
    assert json.loads(host["variables"])["ansible_python_interpreter"] == "{{ ansible_playbook_python }}"
    nodes = {node["identifier"]: node for node in there.objects["workflow_job_template_nodes"].values()}
    assert {name: node["unified_job_template"] for name, node in nodes.items()} == {
        "gate": gate["id"], "after": after["id"],
    }  # fmt: skip
    assert there.linked("workflow_job_template_nodes", nodes["gate"], "always_nodes") == ["after"]
    [workflow] = there.objects["workflow_job_templates"].values()
    [schedule] = there.objects["schedules"].values()
    assert schedule["unified_job_template"] == workflow["id"]
    assert workflow["name"] not in (gate["name"], after["name"]), "a workflow of that name would look like slices"

    there.writes.clear()
    second = setup.run(cloudflare_token="a-new-one")
    assert (second.code, second.changed()) == (0, []), second.output
    assert there.writes == [f"POST /api/v2/projects/{there.one('projects', 'Cloudflare budgets')['id']}/update/"]
    third = setup.run(cloudflare_token="a-new-one", update_secrets=True)
    assert third.changed() == ["Add the credential"]
    assert there.one("credentials", "Cloudflare billing")["inputs"] == {"api_token": "a-new-one"}
    for secret in (*SECRETS.values(), "a-new-one"):
        assert not any(secret in run.output + run.log for run in (first, second, third))


def test_awx_setup_repairs_a_project_whose_first_sync_failed(setup: Setup, awx: tuple[Awx, str]) -> None:
    there, _names = awx
    there.syncs = ["failed"]
    first = setup.run()
    assert (first.code, first.failures()) == (2, ["Project update failed"])
    assert "job_templates" not in there.objects
    second = setup.run()
    assert (second.code, second.failures()) == (0, [])
    assert there.one("job_templates", "Cloudflare budget gate")


def test_awx_setup_needs_update_project_to_repair_a_sync(setup: Setup, awx: tuple[Awx, str]) -> None:
    there, _names = awx
    there.syncs = ["failed"]
    setup.change("Add the project", "project", update_project=None)
    assert setup.run().code == 2
    assert setup.run().failures() == ["job_template: Playbook not found for project."]


def test_awx_setup_stand_in_refuses_what_awx_refuses(setup: Setup) -> None:
    wrong: list[tuple[str, str, dict[str, Any], str]] = [
        ("Add the inventory", "inventory", {"colour": "red"}, "Unsupported parameters"),
        ("Add the project", "project", {"scm_type": "hg"}, "value of scm_type must be one of"),
        ("Add the inventory", "inventory", {"organization": None}, "missing required arguments: organization"),
        ("Add the execution environment", "execution_environment", {"image": None, "organization": "Nobody"},
         "organizations has no Nobody"),
    ]  # fmt: skip
    setup.only([(task, module, options) for task, module, options, _said in wrong])
    failures = [line["result"]["msg"] for line in setup.run().record if line["status"] == "ignored"]
    assert [said in failure for failure, (*_task, said) in zip(failures, wrong, strict=True)] == [True] * len(wrong)


def test_awx_setup_stand_in_refuses_messages_and_surveys_that_awx_refuses() -> None:
    for text in ("{{ job.artifacts.cloudflare_gate_results[0].message }}", "{{ x }}", "{{ a", "a\nb"):
        with pytest.raises(RefusedError):
            check_messages({"error": {"message": text}})
    survey = example("survey.yml")
    for change in ({"type": "list"}, {"default": 5}, {"required": "no"}):
        with pytest.raises(RefusedError):
            check_survey({**survey, "spec": [{**survey["spec"][0], **change}]})
    check_survey(survey)
