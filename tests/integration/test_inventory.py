# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory with ansible-inventory, and the playbook accounts_gate: one verdict of many hosts."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Run, Server

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "inventory" / "cloudflare_accounts.py"
GATE = "finops.cloudflare.accounts_gate"
FIRST, SECOND = "023e105f4ecef8ad9ca31a8372d0c353", "8282fa634378aca02a1626d315d430e3"
TOKEN = "cloudflare-token-that-must-not-be-seen-anywhere"
KEPT = {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**9, "unit": "Requests"}
MAY = {"usage_facts_from": "2025-05-01", "usage_facts_to": "2025-05-31"}
SMALL: dict[str, Any] = {
    "usage_report_formats": ["json"],
    "budget_assert_formats": ["junit"],
    "budget_assert_budgets": [KEPT],
}
UNREACHABLE = '''\
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: unreachable
short_description: Nobody is there
description: [Nobody is there.]
author: [nobody]
"""


class Connection(ConnectionBase):
    transport = "unreachable"

    def _connect(self):
        raise AnsibleConnectionFailure("nobody is there")

    def exec_command(self, *args, **kwargs):
        self._connect()

    def put_file(self, *args):
        self._connect()

    def fetch_file(self, *args):
        self._connect()

    def close(self):
        pass
'''


class Listed(Protocol):
    """Run ansible-inventory --list with these options of the plugin."""

    def __call__(
        self, options: dict[str, Any], *arguments: str, env: dict[str, str]
    ) -> subprocess.CompletedProcess[str]: ...


def source(folder: Path, name: str = "cloudflare_accounts.yml", /, **options: Any) -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump({"plugin": "finops.cloudflare.cloudflare_accounts", **options}, sort_keys=False))
    return path


@pytest.fixture
def listed(collections: Path, tmp_path: Path, home: Path) -> Listed:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CLOUDFLARE_"))}
    own = {"HOME": str(home), "ANSIBLE_HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": str(collections)}

    def run(options: dict[str, Any], *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).with_name("ansible-inventory"))
        command = [program, "-i", str(source(tmp_path, **options)), "--list", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env={**clean, **own, **env}, capture_output=True, text=True, check=False
        )

    return run


def examples() -> list[dict[str, Any]]:
    for node in ast.parse(PLUGIN.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            return list(yaml.safe_load_all(ast.literal_eval(node.value)))
    return []


@pytest.mark.parametrize("number", range(len(examples())))
def test_inventory_the_examples_of_the_inventory_run(listed: Listed, simulator: Server, number: int) -> None:
    options = {name: value for name, value in examples()[number].items() if name != "plugin"}
    env = simulator.env()
    arguments = []
    if "api_token" in options:
        arguments = ["-e", json.dumps({"cloudflare_api_token": env.pop("CLOUDFLARE_API_TOKEN")})]
    run = listed(options, *arguments, env=env)
    assert run.returncode == 0
    assert "WARNING" not in run.stderr
    answer = json.loads(run.stdout)
    assert answer["cloudflare_accounts"]["hosts"]
    if number == 1:
        assert "my-account" in answer["contracts"]["hosts"]
        assert "my-account" in answer["organization_Example_Organization"]["hosts"]
        assert answer["_meta"]["hostvars"]["my-account"]["budget_owner"] == {"__ansible_unsafe": "nobody"}


def test_inventory_the_inventory_says_to_ansible_that_names_are_no_templates(
    listed: Listed, start_simulator: Callable[..., Server]
) -> None:
    server = start_simulator("--names", "hostile", "--accounts", "8")
    known = json.loads(listed({}, env=server.env()).stdout)["_meta"]["hostvars"]
    names = [host["cloudflare_account_name"] for host in known.values()]
    assert any("{ {" in json.dumps(name) for name in names)
    assert {tuple(name) for name in names} == {("__ansible_unsafe",)}


def test_inventory_the_token_is_in_no_output_and_no_cache_of_the_inventory(
    listed: Listed, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--token", TOKEN)
    env = {"CLOUDFLARE_BASE_URL": server.url, "ANSIBLE_LOG_PATH": str(tmp_path / "log")}
    (tmp_path / "password").write_text("a password")
    encrypt = [str(Path(sys.executable).with_name("ansible-vault")), "encrypt_string", "--vault-password-file"]
    secret = subprocess.run(
        [*encrypt, str(tmp_path / "password"), TOKEN], check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    (tmp_path / "vars.yml").write_text(f"vaulted: {secret.stdout}\n")
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    vault = ["--vault-password-file", str(tmp_path / "password"), "-e", f"@{tmp_path / 'vars.yml'}"]
    for options in ({"api_token": "{{ vaulted }}"}, {"api_token": "{{ vaulted }}", "organizations": ["f" * 32]}):
        run = listed({**cache, **options}, "-vvvv", *vault, env=env)
        assert "cloudflare_accounts" in run.stdout + run.stderr
        assert TOKEN not in run.stdout + run.stderr
    assert {one["token"] for one in server.requests()} == {"right"}
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.parent.name == "cache" for path in written)
    assert [path for path in written if TOKEN in path.read_text(errors="replace")] == []


@pytest.fixture
def gate(play: Play, simulator: Server, tmp_path: Path) -> Callable[..., Run]:
    """Return the function that runs accounts_gate on the first two accounts."""
    folder = tmp_path / "connection_plugins"
    folder.mkdir()
    (folder / "unreachable.py").write_text(UNREACHABLE)

    def run(
        *arguments: str,
        server: Server | None = None,
        compose: dict[str, str] | None = None,
        days: dict[str, str] | None = None,
        settings: dict[str, str] | None = None,
        **more: Any,
    ) -> Run:
        two = source(tmp_path, filter_name=["My Account", "Fabrikam GmbH"], compose=compose or {})
        env = {**(server or simulator).env(), "ANSIBLE_CONNECTION_PLUGINS": str(folder), **(settings or {})}
        variables = {**SMALL, **(MAY if days is None else days), **more}
        return play(GATE, "-i", str(two), *arguments, variables=variables, env=env)

    return run


def result(run: Run) -> str:
    """Return the one result, which the exit code must fit."""
    [published] = run.artifacts["cloudflare_gate_results"]
    assert run.code == published["exit_code"], run.output
    return str(published["result"])


def verdict(run: Run) -> str:
    return "\n".join(run.results("Show the verdicts")[0]["result"]["msg"])


def test_inventory_gate_of_all_hosts_is_one_verdict(
    gate: Callable[..., Run], listed: Listed, play: Play, simulator: Server, tmp_path: Path
) -> None:
    run = gate()
    assert result(run) == "within_budget"
    usage = json.loads((tmp_path / "cloudflare-usage" / "usage.json").read_text())["usage"]
    assert [part["scope_id"] for part in usage["sources"]] == [FIRST, SECOND]
    assert (usage["scope"], usage["reasons"]) == ("combined", [])
    # AWX keeps an inventory as this prints it, and hands it to its jobs as a script.
    stored = tmp_path / "stored"
    told = listed({"filter_name": ["My Account", "Fabrikam GmbH"]}, "--export", env=simulator.env())
    stored.write_text(f"#!{sys.executable}\nprint({told.stdout!r})\n")
    stored.chmod(0o700)
    broken = {**SMALL, **MAY, "budget_assert_budgets": [{**KEPT, "limit": 1}]}
    assert result(play(GATE, "-i", str(stored), variables=broken, env=simulator.env())) == "violated"


def test_inventory_gate_of_a_host_that_fails_judges_the_others_whatever_ansible_cfg_says(
    gate: Callable[..., Run], start_simulator: Callable[..., Server]
) -> None:
    run = gate(
        server=start_simulator(faults=[f"status=403,code=9109,path=/accounts/{SECOND}/*"]),
        settings={"ANSIBLE_ANY_ERRORS_FATAL": "true", "ANSIBLE_STRATEGY": "free"},
        budget_assert_budgets=[{**KEPT, "each": "account"}],
    )
    assert result(run) == "could_not_tell"
    assert run.artifacts["cloudflare_gate_results"][0]["counts"] == {"pass": 1, "warn": 0, "unknown": 1, "fail": 0}
    assert SECOND in verdict(run)
    assert "HTTP 403" in json.dumps(run.results("Show those that were not"))


def test_inventory_gate_of_accounts_that_are_not_all_listed_is_not_green(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator(faults=["status=403,code=9109,path=/organizations/*/accounts"])
    listed = source(tmp_path, organizations=["a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"], sub_organizations=False)
    run = play(GATE, "-i", str(listed), variables={**SMALL, **MAY}, env=server.env())
    assert result(run) == "could_not_tell"
    assert "The API refused the accounts of organization a7b9" in verdict(run)


def test_inventory_gate_of_hosts_that_all_fail_is_not_green(
    gate: Callable[..., Run], start_simulator: Callable[..., Server]
) -> None:
    run = gate(server=start_simulator(faults=["status=403,code=9109,path=/accounts/*/billable/*"]))
    assert result(run) == "could_not_tell"
    assert "No account was read: /accounts/" in verdict(run)
    assert "HTTP 403" in verdict(run)


def test_inventory_gate_of_a_host_that_is_unreachable_is_not_green(gate: Callable[..., Run]) -> None:
    run = gate(compose={"ansible_connection": f"'unreachable' if cloudflare_account_id == '{SECOND}' else 'local'"})
    assert "nobody is there" in run.output
    assert result(run) == "could_not_tell"
    assert SECOND in verdict(run)


@pytest.mark.parametrize("limit", [FIRST, f"{FIRST},localhost"])
def test_inventory_gate_of_hosts_that_a_limit_leaves_out_is_not_green(gate: Callable[..., Run], limit: str) -> None:
    run = gate("--limit", limit)
    assert result(run) == "could_not_tell"
    assert SECOND in verdict(run)


@pytest.mark.parametrize(("limit", "code"), [("localhost", 1), ("web", 2)])
def test_gate_that_a_limit_leaves_no_account_is_not_green(gate: Callable[..., Run], limit: str, code: int) -> None:
    run = gate("-i", "web,", "--limit", limit)
    assert run.code == code  # 1 is Ansible's own, where no host is left at all
    assert run.failures() == (["No account is left by the limit (--limit): web"] if code == 2 else [])


def test_inventory_gate_of_hosts_that_sent_another_period_is_not_green(gate: Callable[..., Run]) -> None:
    days = {FIRST: "last_30_days", SECOND: "last_7_days"}
    run = gate(compose={"usage_facts_period": f"{days}[cloudflare_account_id]"}, days={})
    assert result(run) == "could_not_tell"
    assert "differ in from" in verdict(run)


def test_inventory_gate_of_budgets_that_are_not_valid_is_not_green(gate: Callable[..., Run]) -> None:
    run = gate(budget_assert_budgets=[{"name": "nothing"}])
    assert result(run) == "could_not_tell"


def test_inventory_gate_of_budgets_that_need_different_days_says_so_and_reads_nothing(
    gate: Callable[..., Run], start_simulator: Callable[..., Server]
) -> None:
    server = start_simulator()
    run = gate(server=server, days={}, budget_assert_budgets=[KEPT, {**KEPT, "name": "year", "period": "year"}])
    assert result(run) == "could_not_tell"
    assert f"budget '{KEPT['name']}', period: missing; without one it means all days of the facts" in verdict(run)
    assert run.failures()[-1].endswith(verdict(run).splitlines()[-1])
    assert [one for one in server.requests() if "billable" in one["path"]] == []


def test_inventory_gate_reads_the_account_of_each_host_whatever_an_extra_variable_names(
    gate: Callable[..., Run], tmp_path: Path
) -> None:
    # cloudflare.yml, as the playbook init writes it, has both
    assert result(gate(usage_facts_accounts=[FIRST], usage_facts_organizations=["f" * 32])) == "within_budget"
    usage = json.loads((tmp_path / "cloudflare-usage" / "usage.json").read_text())["usage"]
    assert [part["scope_id"] for part in usage["sources"]] == [FIRST, SECOND]


def test_inventory_gate_of_a_violated_budget_fails_whatever_tags_a_run_is_limited_to(gate: Callable[..., Run]) -> None:
    assert result(gate("--tags", "nightly", budget_assert_budgets=[{**KEPT, "limit": 1}])) == "violated"


def test_gate_beside_an_inventory_that_failed_is_not_green(gate: Callable[..., Run], tmp_path: Path) -> None:
    other = source(tmp_path, "other_cloudflare_accounts.yml", organizations=["f" * 32])
    run = gate("-i", str(other))
    assert result(run) == "could_not_tell"
    assert f"No accounts of organization {'f' * 32} are in sight" in verdict(run)


def test_inventory_gate_without_an_inventory_is_not_green(play: Play, simulator: Server) -> None:
    run = play(GATE, variables=SMALL, env=simulator.env())
    assert result(run) == "could_not_tell"
    assert "There are no accounts" in verdict(run)
