# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of docs/awx.md: a job as ansible-runner runs it for AWX, what it publishes, and the job after it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "simulator-token"
# What AWX names the one host of a gate, and its variables.
INVENTORY = "localhost ansible_connection=local ansible_python_interpreter='{{ ansible_playbook_python }}'\n"
BUDGETS = [
    {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 1, "unit": "Requests"},
    {"name": "bill", "measure": "billed_cost", "limit": 500, "currency": "USD"},
    {"name": "many", "match": {"metric": "workers_standard_requests"}, "limit": 10**12},
]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Return the files that the page shows, by name."""
    text = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(---\n# (\S+\.yml)\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == text.count("```yaml")
    return {name: block for block, name in blocks}


def injected(files: dict[str, str], token: str) -> dict[str, str]:
    """Return the environment of a job that has a credential of the type."""
    fields = yaml.safe_load(files["credential-type-inputs.yml"])
    [field] = fields["fields"]
    assert (field["secret"], fields["required"]) == (True, [field["id"]])
    injectors = yaml.safe_load(files["credential-type-injectors.yml"])
    assert list(injectors) == ["env"]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    return {
        name: environment.from_string(template).render({field["id"]: token})
        for name, template in injectors["env"].items()
    }


def run_job(folder: Path, files: dict[str, str], collections: Path, url: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the playbook of the project as AWX does, and return the exit code and the events."""
    for name, content in {
        "project/budget_gate.yml": files["budget_gate.yml"],
        "project/budgets.yml": yaml.safe_dump(BUDGETS, sort_keys=False),
        "inventory/hosts": INVENTORY,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CLOUDFLARE_"))}
    tools = Path(sys.executable).parent
    env = {
        **kept,
        **injected(files, TOKEN),
        "PATH": f"{tools}:{kept['PATH']}",
        "HOME": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_PIPELINING": "true",
        "CLOUDFLARE_BASE_URL": url,
    }
    command = [str(tools / "ansible-runner"), "run", str(folder), "-p", "budget_gate.yml", "--ident", "job"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=170, check=False)
    paths = sorted(
        (folder / "artifacts" / "job" / "job_events").glob("*.json"), key=lambda path: int(path.stem.split("-")[0])
    )
    assert paths, done.stdout + done.stderr
    return done.returncode, [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def test_awx_a_job_publishes_the_verdicts_and_the_next_one_gets_them(
    files: dict[str, str], collections: Path, simulator: Server, play: Play, tmp_path: Path
) -> None:
    code, events = run_job(tmp_path / "job", files, collections, simulator.url)
    assert code == 2
    [last] = [event for event in events if event["event"] == "playbook_on_stats"]
    published = last["event_data"]["artifact_data"]
    [gate] = published["cloudflare_gate_results"]
    assert gate["result"] == "violated"
    assert gate["message"].startswith("Budget violated: 2 of 3 verdicts did not pass.")
    assert gate["counts"] == {"pass": 1, "warn": 0, "unknown": 1, "fail": 1}
    [report] = published["cloudflare_usage_reports"]
    assert report["status"] == "complete"
    assert "requests" in report["markdown"]
    output = "\n".join(event["stdout"] for event in events)
    assert "fail: requests" in output
    assert TOKEN not in json.dumps(events)
    # The message of the notification template, as AWX renders it.
    [message] = re.findall(r"```jinja\n(.*?)\n```", (ROOT / "docs" / "awx.md").read_text(encoding="utf-8"), re.DOTALL)
    job = {"name": "Cloudflare budget gate", "artifacts": published}
    text = jinja2.Environment(autoescape=False).from_string(message).render(job=job, url="https://awx.example.com/1")
    assert text == f"Cloudflare budget gate: {gate['message']} https://awx.example.com/1"
    # AWX tries it out when it is saved, with a job that has not published anything.
    tried = jinja2.Environment(autoescape=False, undefined=jinja2.StrictUndefined).from_string(message)
    nothing: list[dict[str, Any]] = [{}, {"cloudflare_gate_results": None}, {"cloudflare_gate_results": []}]
    for artifacts in nothing:
        assert tried.render(job={"name": "x", "artifacts": artifacts}, url="y") == "x:  y"

    path = tmp_path / "after_the_gate.yml"
    path.write_text(files[path.name], encoding="utf-8")
    after = play(path, variables=published)
    assert (after.code, after.failures()) == (0, [])
    told = [line["result"]["msg"] for line in after.record if line["status"] == "item"]
    assert len(told) == 2
    assert re.fullmatch(r"requests: fail, [0-9.]+ %", told[0])
    assert told[1] == "bill: unknown"


def test_awx_an_execution_environment_gets_the_libraries_of_the_collection(
    files: dict[str, str], collections: Path, tmp_path: Path
) -> None:
    builder = str(Path(sys.executable).with_name("ansible-builder"))
    path, wanted = tmp_path / "execution-environment.yml", tmp_path / "wanted.txt"
    path.write_text(files[path.name], encoding="utf-8")
    create = [builder, "create", "--file", str(path), "--context", str(tmp_path / "context")]
    created = subprocess.run(create, capture_output=True, text=True, check=False)
    assert created.returncode == 0, created.stdout + created.stderr
    assert "finops.cloudflare" in (tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8")
    introspect = [builder, "introspect", "--write-pip", str(wanted), str(collections)]
    done = subprocess.run(introspect, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    needed = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    found = [line.partition("#")[0].strip() for line in wanted.read_text(encoding="utf-8").splitlines()]
    assert sorted(needed) == sorted(line for line in found if line)


def test_awx_the_page_names_the_versions_of_this_release(files: dict[str, str]) -> None:
    definition = yaml.safe_load(files["execution-environment.yml"])["dependencies"]
    [collection] = definition["galaxy"]["collections"]
    assert collection["version"] == yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    pinned = "".join((ROOT / "tests" / "requirements" / name).read_text() for name in ("core/2.21.txt", "unit.txt"))
    assert definition["ansible_core"]["package_pip"] in pinned
    assert definition["ansible_runner"]["package_pip"] in pinned


def test_awx_what_sets_awx_up_fits_together(files: dict[str, str]) -> None:
    [play] = yaml.safe_load(files["setup.yml"])
    modules = {next(key for key in task if key.startswith("awx.awx.")): task for task in play["tasks"]}
    given = {name.removeprefix("awx.awx."): task[name] for name, task in modules.items()}
    template = given["job_template"]
    assert f"{template['playbook']}" in files
    assert template["project"] == given["project"]["name"]
    assert template["execution_environment"] == given["execution_environment"]["name"]
    assert template["credentials"] == [given["credential"]["name"]]
    assert template["inventory"] == given["inventory"]["name"] == given["host"]["inventory"]
    assert given["credential"]["credential_type"] == given["credential_type"]["name"]
    assert list(given["credential"]["inputs"]) == yaml.safe_load(files["credential-type-inputs.yml"])["required"]
    assert modules["awx.awx.credential"]["no_log"] is True
    assert given["schedule"]["unified_job_template"] == template["name"]
    for name in re.findall(r"'([a-z-]+\.yml)'", files["setup.yml"]):
        assert name in files
