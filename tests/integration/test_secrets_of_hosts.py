# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token, and the address of a webhook, are nowhere where accounts are hosts, or the demo reads real data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.marker_token import ODD_TOKEN, TOKEN, WRITERS, leaks

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

FIRST, SECOND, THIRD = (
    "023e105f4ecef8ad9ca31a8372d0c353",
    "8282fa634378aca02a1626d315d430e3",
    "03fb3c664e286676496285d16d55e7e5",
)
NAMES = ["My Account", "Fabrikam GmbH"]
HOOK = "/services/T0/B0/hook-Wd5Rk2Lq8Zx3Mn6Vb9"
ECHOES = [
    {"set": "BillingAccountName:{token}", "rows": "all", "path": f"*/{FIRST}/*"},
    {"set": "{token}:1", "path": f"*/{FIRST}/*"},
    {"status": "400", "message": "bad {token}", "path": f"*/{SECOND}/*"},
    {"envelope": "messages", "message": "hello {token}", "path": "/accounts"},
]
VARIABLES = {
    "usage_facts_from": "2025-05-01",
    "usage_facts_to": "2025-05-03",
    "usage_facts_max_retries": 0,
    "usage_report_formats": ["html", "markdown", "json", "csv", "openmetrics"],
    "usage_report_deliver": ["webhook"],
    "budget_assert_formats": ["junit", "sarif", "codequality", "markdown"],
    "budget_assert_budgets": [
        {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**9, "each": "account"}
    ],
}


@pytest.fixture
def hook() -> Iterator[tuple[str, list[str]]]:
    """Take what is posted; yield the address, and what came in."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: Any, **_keywords: Any) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{HOOK}", bodies
        server.shutdown()


def vaulted(text: str, password: Path) -> str:
    """Return text as ansible-vault encrypts a value of a variable."""
    program = str(Path(sys.executable).with_name("ansible-vault"))
    command = [program, "encrypt_string", "--vault-password-file", str(password), text]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout


@pytest.mark.parametrize("way", ["environment", "inventory", "extra", "vault"])
def test_secrets_of_hosts_the_token_is_only_in_the_requests(
    play: Play,
    start_simulator: Callable[..., Server],
    hook: tuple[str, list[str]],
    tmp_path: Path,
    temporary: Path,
    way: str,
) -> None:
    token = ODD_TOKEN if way == "inventory" else TOKEN
    faults = [json.dumps(fault) for fault in ECHOES]
    server = start_simulator("--token", token, "--accounts", "3", "--metrics", "2", faults=faults)
    inputs = tmp_path / "inputs"
    (inputs / "group_vars").mkdir(parents=True)
    address, bodies = hook
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    source: dict[str, Any] = {"plugin": "finops.cloudflare.cloudflare_accounts", "filter_name": NAMES, **cache}
    (inputs / "variables.yml").write_text(yaml.safe_dump({**VARIABLES, "usage_report_webhook_url": address}))
    arguments = ["-i", str(inputs / "cloudflare_accounts.yml"), "-vvvv", "--diff", "-e", f"@{inputs / 'variables.yml'}"]
    env = {**WRITERS, "CLOUDFLARE_BASE_URL": server.url, "TMPDIR": str(temporary)}
    if way == "environment":
        env["CLOUDFLARE_API_TOKEN"] = token
    elif way == "inventory":
        source["api_token"] = token
        (inputs / "group_vars" / "all.yml").write_text(yaml.safe_dump({"cloudflare_api_token": token}))
    else:
        source["api_token"] = "{{ cloudflare_api_token }}"
        if way == "extra":
            arguments += ["-e", f"cloudflare_api_token={token}"]
        else:
            (inputs / "password").write_text("open sesame")
            (inputs / "secret.yml").write_text(f"cloudflare_api_token: {vaulted(token, inputs / 'password')}")
            arguments += ["-e", f"@{inputs / 'secret.yml'}", "--vault-password-file", str(inputs / "password")]
    (inputs / "cloudflare_accounts.yml").write_text(yaml.safe_dump(source))
    run = play("finops.cloudflare.accounts_gate", *arguments, env=env)
    shutil.rmtree(inputs)
    # What SECURITY.md says of -vvvv: Ansible shows its own command line, and with it what -e has.
    own = [line for line in run.stdout.splitlines() if line.startswith("extra_vars: ")]
    assert len(own) == 1
    assert (token in own[0]) == (way == "extra")
    seen = (run.stdout.replace(own[0], ""), run.stderr, run.log, str(run.record), *bodies)
    assert leaks(tmp_path, *seen, token=token) + leaks(temporary, token=token) == []
    assert leaks(tmp_path, *seen[: -len(bodies)], token=HOOK) == []
    # That all of it was there to be looked at, and that the token was in the requests.
    assert {one["token"] for one in server.requests()} == {"right"}
    assert (run.code, len(bodies)) == (2, 1)
    assert "[redacted]" in (tmp_path / "cloudflare-usage" / "usage.json").read_text()
    written = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert {"junit", "tree", "cache", "cloudflare-usage"} <= written


def test_secrets_of_hosts_the_demo_reads_real_data_without_showing_the_token(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    faults = [json.dumps(fault) for fault in ECHOES]
    server = start_simulator("--token", TOKEN, "--metrics", "2", faults=faults)
    env = {**WRITERS, "CLOUDFLARE_BASE_URL": server.url, "CLOUDFLARE_API_TOKEN": TOKEN}
    run = play("finops.cloudflare.demo", "-vvvv", "--diff", env={**env, "CLOUDFLARE_ACCOUNT_ID": FIRST})
    assert leaks(tmp_path, run.stdout, run.stderr, run.log, str(run.record)) == []
    assert {one["token"] for one in server.requests()} == {"right"}
    assert (tmp_path / "cloudflare-demo").is_dir()
    refused = play("finops.cloudflare.demo", "-vvvv", env={**env, "CLOUDFLARE_ACCOUNT_ID": SECOND})
    assert leaks(tmp_path, refused.stdout, refused.stderr, refused.log, str(refused.record)) == []
    assert refused.code == 2
    assert "bad [redacted]" in refused.output


def test_secrets_of_hosts_an_inventory_that_is_refused_does_not_show_the_token(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--token", TOKEN, faults=[json.dumps({"status": "400", "message": "bad {token}"})])
    source = {"plugin": "finops.cloudflare.cloudflare_accounts"}
    (tmp_path / "cloudflare_accounts.yml").write_text(yaml.safe_dump(source))
    env = {**WRITERS, "CLOUDFLARE_BASE_URL": server.url, "CLOUDFLARE_API_TOKEN": TOKEN}
    arguments = ["-i", "cloudflare_accounts.yml", "-vvvv"]
    run = play("finops.cloudflare.accounts_gate", *arguments, variables=VARIABLES, env=env)
    assert leaks(tmp_path, run.stdout, run.stderr, run.log, str(run.record)) == []
    assert run.code == 2
    assert "bad [redacted]" in run.output
