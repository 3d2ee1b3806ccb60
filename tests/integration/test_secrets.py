# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token is nowhere but in the request: not in the output, a log, a file, or the command line of a process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.marker_token import ODD_TOKEN, TOKEN, WRITERS, leaks

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
INFO, EXPORT = "finops.cloudflare.cloudflare_usage_info", "finops.cloudflare.cloudflare_usage_export"
MAY = {"from": "2025-05-01", "to": "2025-05-03"}
# Every place of an answer in which a server can repeat the token of the request, whole or where a text is cut.
ANSWERS = ["nothing", "zone", "name", "column", "currency", "message", "beside"]
REFUSALS = ["refusal", "cut", "redirect", "ray"]
FAULTS: dict[str, list[dict[str, str]]] = {
    "nothing": [],
    "zone": [{"set": "x_ZoneName:{token}", "rows": "all"}],
    "name": [{"set": "BillingAccountName:{token}", "rows": "all"}],
    "column": [{"set": "{token}:1"}],
    "currency": [{"set": "BillingCurrency:{token}"}],
    "message": [{"envelope": "messages", "message": "hello {token}"}],
    "beside": [{"envelope": "errors-beside-success", "message": f"{'x' * 480}" + "{token}"}],
    "refusal": [{"status": "400", "message": "bad {token}"}],
    "cut": [{"status": "400", "message": f"{'x' * 480}" + "{token}"}],
    "redirect": [{"redirect": "http://{token}.example/client/v4"}],
    "ray": [{"status": "500"}, {"header": "CF-Ray: {token}"}],
}
BUDGETS = [{"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**9}]


class CommandLines:
    """Looks at the command lines of all processes, over and over, while a run goes on."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self, _process: int) -> None:
        self._thread.start()

    def stop(self) -> set[bytes]:
        self._over.set()
        self._thread.join()
        return self.seen

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:
                    continue  # it has ended


def site(way: str, accounts: dict[str, str]) -> list[dict[str, Any]]:
    """Return plays that take the token through every module, role and playbook, to answers that repeat it."""
    answering, refusing = [accounts[each] for each in ANSWERS], [accounts[each] for each in REFUSALS]
    given = {} if way in ("environment", "module_defaults") else {"api_token": "{{ cloudflare_api_token }}"}
    export = {"dest": "{{ item.key }}", "format": "{{ item.value }}", "account_id": answering[0], **given, **MAY}
    token = "{{ secret | default(cloudflare_api_token) | default(lookup('env', 'CLOUDFLARE_API_TOKEN')) }}"
    wrong: list[dict[str, Any]] = [
        {"account_id": token},
        {"account_id": answering[0], "metric": [token]},
        {"account_id": "x", "period": token},
    ]
    tasks: list[dict[str, Any]] = [
        {
            INFO: {"account_id": "{{ item }}", "max_retries": 0, **given, **MAY},
            "loop": answering + refusing,
            "register": "answers",
        },
        {"ansible.builtin.debug": {"var": "answers"}},
        {"ansible.builtin.set_fact": {"answers": "{{ answers }}", "cacheable": True}},
        {EXPORT: export, "loop": [{"key": "usage.csv", "value": "csv"}, {"key": "usage.ndjson", "value": "ndjson"}],
         "loop_control": {"label": "a file"}},
        {INFO: {"account_ids": answering + refusing, "max_retries": 0, "return_records": True, **given, **MAY},
         "register": "all"},
        {"ansible.builtin.set_fact": {"all": "{{ all }}", "cacheable": True}},
        {EXPORT: {"account_ids": answering, "partition_by": ["account"], "dest": "parts",
                  "on_partial": "write", **given, **MAY}},
        *({INFO: {**given, **each}} for each in wrong),
    ]  # fmt: skip
    first: dict[str, Any] = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, "ignore_errors": True}
    if way == "module_defaults":  # which roles do not take: an option of theirs that is left out hides a default
        return [{**first, "module_defaults": {"group/finops.cloudflare.cloudflare": {"api_token": "{{ secret }}"}}}]
    names = [f"finops.cloudflare.{name}" for name in ("usage_report", "budget_gate")]
    return [
        first,
        # Once is enough: what is handed over in another way is the same variable there.
        *(
            {"import_playbook": name, "vars": {"usage_facts_accounts": answering}}
            for name in names
            if way == "variable"
        ),
        {"import_playbook": names[1], "vars": {"usage_facts_accounts": refusing, "usage_report_dest": "refused"}},
    ]


@pytest.mark.parametrize("way", ["environment", "variable", "vault", "module_defaults"])
def test_secrets_the_token_is_only_in_the_requests(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path, temporary: Path, way: str
) -> None:
    ids = [one["id"] for one in start_simulator("--accounts", "12").world()["accounts"]]
    accounts = dict(zip([*ANSWERS, *REFUSALS], ids, strict=False))
    faults = [json.dumps({**fault, "path": f"*/{accounts[name]}/*"}) for name in FAULTS for fault in FAULTS[name]]
    token = ODD_TOKEN if way in ("vault", "module_defaults") else TOKEN
    server = start_simulator("--token", token, "--accounts", "12", "--metrics", "2", faults=faults)
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    variables = {
        "usage_facts_from": MAY["from"],
        "usage_facts_to": MAY["to"],
        "usage_facts_max_retries": 0,
        "usage_report_formats": ["html", "markdown", "json", "csv", "openmetrics"],
        "budget_assert_formats": ["junit", "sarif", "codequality", "markdown"],
        "budget_assert_budgets": [{**BUDGETS[0], "each": "account", "on_unknown": "ignore"}],
    }
    env = {**WRITERS, "CLOUDFLARE_BASE_URL": server.url, "TMPDIR": str(temporary)}
    arguments = ["-vvvv", "--diff", "-e", f"@{inputs / 'variables.yml'}"]
    if way == "environment":
        env["CLOUDFLARE_API_TOKEN"] = token
    elif way == "module_defaults":
        variables["secret"] = token
    else:
        variables["cloudflare_api_token"] = token
    (inputs / "variables.yml").write_text(yaml.safe_dump(variables))
    if way == "vault":
        (inputs / "password").write_text("open sesame")
        password = f"--vault-password-file={inputs / 'password'}"
        vault = Path(sys.executable).with_name("ansible-vault")
        subprocess.run([vault, "encrypt", password, inputs / "variables.yml"], check=True, env={**os.environ, **env})
        arguments.append(password)
    run = play(site(way, accounts), *arguments, env=env)
    shutil.rmtree(inputs)
    assert leaks(tmp_path, run.stdout, run.stderr, run.log, str(run.record), token=token) == []
    assert leaks(temporary, token=token) == []
    # That all of it was there to be looked at, and that the token was in the requests.
    assert {one["token"] for one in server.requests()} == {"right"}
    assert run.code == (0 if way == "module_defaults" else 2)
    written = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    results = {"cloudflare-usage", "refused"} if way == "variable" else set()
    assert {"junit", "tree", "facts", "usage.csv", "usage.ndjson", "parts"} | results <= written
    answers = run.results("ansible.builtin.debug")[0]["result"]["answers"]["results"]
    assert [bool(each.get("failed")) for each in answers] == [False] * len(ANSWERS) + [True] * len(REFUSALS)


def test_secrets_runner_keeps_no_token_beside_its_own_inputs(
    collections: Path, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    """What SECURITY.md says of ansible-runner: the environment is in its file ``command``, and nowhere else."""
    server = start_simulator("--token", TOKEN, "--accounts", "1", "--metrics", "2", faults=["set=x_ZoneName:{token}"])
    role = {
        "role": "finops.cloudflare.usage_facts",
        "usage_facts_accounts": [ACCOUNT],
        "usage_facts_from": "2025-05-01",
    }
    play = {"hosts": "localhost", "gather_facts": False, "roles": [{**role, "usage_facts_to": "2025-05-31"}]}
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "site.yml").write_text(yaml.safe_dump([play]))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CLOUDFLARE_"))}
    env |= {"CLOUDFLARE_API_TOKEN": TOKEN, "ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(tmp_path)}
    env |= {"CLOUDFLARE_BASE_URL": server.url, "PATH": f"{Path(sys.executable).parent}:{env['PATH']}"}
    runner = Path(sys.executable).with_name("ansible-runner")
    command = [str(runner), "run", str(tmp_path), "-p", "site.yml", "-vvvv", "--ident", "one"]
    ended = subprocess.run(command, env=env, capture_output=True, check=False, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert {one["token"] for one in server.requests()} == {"right"}
    assert list((tmp_path / "artifacts" / "one" / "job_events").iterdir())
    assert leaks(tmp_path, ended.stdout, ended.stderr) == ["artifacts/one/command"]


def test_secrets_no_process_has_the_token_on_its_command_line(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--token", TOKEN)
    (tmp_path / "secrets.yml").write_text(f"cloudflare_api_token: {TOKEN}\n")
    role = {"role": "finops.cloudflare.usage_facts", "usage_facts_accounts": [ACCOUNT]}
    # Without pipelining a module has a file, and a command line to look at.
    env = {"CLOUDFLARE_BASE_URL": server.url, "ANSIBLE_PIPELINING": "false"}
    watcher = CommandLines()
    steps = [{"hosts": "localhost", "gather_facts": False, "roles": [role]}]
    run = play(steps, "-e", "@secrets.yml", env=env, watch=watcher.start)
    lines = watcher.stop()
    assert run.code == 0, run.output
    assert any(b"ansible-playbook" in line for line in lines)
    assert any(b"AnsiballZ" in line or b".ansible" in line for line in lines), "no module was seen to run"
    # The simulator has been told on its command line which token to let in.
    assert [line for line in lines if TOKEN.encode() in line and b"cloudflare_simulator" not in line] == []


def test_secrets_a_wrong_token_is_told_apart_and_not_shown(play: Play, simulator: Server) -> None:
    role = {"role": "finops.cloudflare.usage_facts", "usage_facts_accounts": [ACCOUNT]}
    steps = {"hosts": "localhost", "gather_facts": False, "roles": [role]}
    env = {"CLOUDFLARE_BASE_URL": simulator.url}
    missing = play([steps], env=env)
    assert missing.code == 2
    assert "api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN" in missing.output
    wrong = play([{**steps, "vars": {"cloudflare_api_token": TOKEN}}], "-vvvv", env=env)
    assert wrong.code == 2
    assert "HTTP 403: 10000 Authentication error" in wrong.output
    assert TOKEN not in wrong.output + wrong.log
