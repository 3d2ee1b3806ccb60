# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a process: what it prints, writes, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    ORGANIZATION_ID,
    TOKEN,
    cli,
)
from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator.catalogue import PAYGO_ACCOUNTS
from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator.faults import ACTIONS, OPTIONS

PROGRAM = Path(__file__).resolve().parents[3] / "playbooks" / "files" / "cloudflare_simulator"


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-B", str(PROGRAM), "--exit-with-pid", str(os.getpid()), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def get(url: str, token: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=600) as response:
        status: int = response.status
        return status


def test_process_prints_its_url_writes_files_logs_and_cleans_up(tmp_path: Path) -> None:
    url_file, log = tmp_path / "url", tmp_path / "requests.jsonl"
    with running("--url-file", str(url_file), "--log", str(log), "--prepare") as process:
        url = first_line(process)
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/client/v4")
        assert get(f"{url}/accounts/{ACCOUNT_ID}/billable/usage?from=2025-05-01&to=2025-05-02", TOKEN) == 200
        assert url_file.read_text() == f"{url}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["requests.jsonl"]
    entry = json.loads(log.read_text())
    assert (entry["method"], entry["token"], entry["status"]) == ("GET", "right", 200)
    assert entry["query"] == {"from": ["2025-05-01"], "to": ["2025-05-02"]}
    assert TOKEN not in log.read_text()


def test_process_ends_with_the_process_it_was_started_for() -> None:
    command = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE) as other,
        running("--exit-with-pid", str(other.pid)) as process,
    ):
        assert first_line(process)
        assert process.poll() is None
        other.communicate(b"\n")
        assert process.wait() == 0


def test_process_ends_when_its_url_file_is_removed(tmp_path: Path) -> None:
    url_file = tmp_path / "url"
    with running("--url-file", str(url_file)) as process:
        assert first_line(process)
        while not url_file.exists():
            assert process.poll() is None
        url_file.unlink()
        assert process.wait() == 0


def test_process_a_port_in_use_is_an_error() -> None:
    with running() as process:
        port = first_line(process).split(":")[2].partition("/")[0]
        command = [sys.executable, "-B", str(PROGRAM), "--port", port]
        second = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert second.returncode == 1
    assert f"port {port}" in second.stderr
    assert "Traceback" not in second.stderr


def test_process_list_names_every_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--list", "--accounts", "2", "--today", "2025-06-02", "--token", "mine"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["token"] == "mine"
    assert listed["accounts"][0]["id"] == ACCOUNT_ID
    assert [one["for"].split(":")[0] for one in listed["accounts"]] == ["has usage", "has usage", "not covered"]
    assert listed["organizations"][0]["id"] == ORGANIZATION_ID
    assert listed["last_day"] == "2025-06-01"
    assert {"id": "r2_storage", "name": "R2 Storage", "unit": "GB-months", "product_family": "R2"} in listed["metrics"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "status=soon"], "status=soon"),
        (["--accounts", "0"], "accounts must be at least 1"),
        (["--today", "June"], "--today"),
        (["--prepare", "2025-05-01"], "is not a day"),
        (["--currencies", ","], "currencies"),
        (["--spike", "never"], "spike 'never'"),
    ],
)
def test_bad_options_are_explained(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_process_help_explains_every_fault_and_id() -> None:
    text = cli.parser().format_help()
    for word in (*ACTIONS, *OPTIONS):
        assert f"  {word}=" in text
    for word in (*PAYGO_ACCOUNTS, ACCOUNT_ID, ORGANIZATION_ID, TOKEN, "{token}", "examples:"):
        assert word in text


def test_process_every_switch_reaches_the_configuration() -> None:
    arguments = [
        "--cost",
        "all",
        "--currencies",
        "USD,EUR",
        "--records-per-window",
        "62",
        "--nulls",
        "--to",
        "exclusive",
    ]
    config = cli.configuration(cli.parser().parse_args(arguments))
    assert (config.cost, config.currencies, config.records_per_window) == ("all", ("USD", "EUR"), 62)
    assert (config.nulls, config.to, config.token) == (True, "exclusive", TOKEN)
    assert cli.configuration(cli.parser().parse_args([])) == type(config)()
