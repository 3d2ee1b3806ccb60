# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the fault matrix comes to what it says, through the modules and the playbook as they are installed."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ansible_collections.finops.cloudflare.tests.integration import fault_matrix

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

HERE = Path(__file__).resolve().parent
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "simulator-token"
MAY = {"usage_facts_accounts": [ACCOUNT], "usage_facts_from": "2025-05-01", "usage_facts_to": "2025-05-31"}
BUDGETS = [{"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**15}]
ALL_PARTS = fault_matrix.parts()
MODULE_ROWS = [row for rows in ALL_PARTS.values() for row in rows if "outcome" in row]
PLAYBOOK_ROWS = [row for rows in ALL_PARTS.values() for row in rows if "result" in row]


def certificate(kind: str, path: Path) -> Path:
    """Write a certificate that is signed by itself, and its key."""
    first, last = {"expired": (-9, -2), "to-come": (2, 9)}.get(kind, (-9, 9))
    host = ipaddress.ip_address("127.0.0.2" if kind == "other-host" else "127.0.0.1")
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, kind)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=first))
        .not_valid_after(now + timedelta(days=last))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


def run_modules(rows: list[dict[str, Any]], collections: Path, folder: Path) -> list[dict[str, Any]]:
    """Return what the modules make of the rows, each with a destination of its own."""
    given = []
    for number, row in enumerate(rows):
        place = folder / str(number)
        place.mkdir(parents=True)
        words = {"dest": str(place / "usage.csv")}
        if "tls" in row:
            words["ca"] = str(certificate(row["tls"], place / "ca.pem"))
        given.append({**row, "words": words})
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CLOUDFLARE_"))}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "fault_runs.py")],
        input=json.dumps(given),
        env={**clean, "PYTHONPATH": str(collections), "TMPDIR": str(folder)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert TOKEN not in ended.stdout + ended.stderr
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


def came_to(row: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return what a row came to in the words of the table, as far as the row says anything about it."""
    result, failure = found["result"], found["result"].get("failure", {})
    if result.get("failed"):
        seen = {"outcome": "failed", "kind": failure.get("kind"), "says": result["msg"]}
        if row.get("says") and row["says"] in result["msg"]:
            seen["says"] = row["says"]
    else:
        codes = [reason["code"] for reason in result["usage"]["reasons"]]
        seen = {"outcome": result["usage"]["status"], **({"reasons": codes} if codes else {})}
    beside = {"tries": found["requests"], "file": found["file"]}
    return {"what": row["what"], **seen, **{name: value for name, value in beside.items() if name in row}}


def said(row: dict[str, Any]) -> dict[str, Any]:
    words = ("what", "outcome", "kind", "says", "reasons", "tries", "file")
    return {word: row[word] for word in words if word in row}


def test_faults_of_the_table_are_many_and_differ() -> None:
    names = [row["what"] for rows in ALL_PARTS.values() for row in rows]
    assert len(names) == len(set(names)) >= 80


def test_faults_make_modules_fail_or_doubt(play: Play, collections: Path, tmp_path: Path) -> None:
    found = run_modules(MODULE_ROWS, collections, tmp_path / "runs")
    assert [came_to(*each) for each in zip(MODULE_ROWS, found, strict=True)] == [said(row) for row in MODULE_ROWS]
    assert [each["elsewhere"] for each in found if each["elsewhere"]] == [], "the token goes nowhere else"

    read = {row["what"]: each["result"]["usage"] for row, each in zip(MODULE_ROWS, found, strict=True)
            if row.get("module") != "export" and "usage" in each["result"]}  # fmt: skip
    (tmp_path / "usages.json").write_text(json.dumps(read))
    judge = {
        "name": "Judge",
        "finops.cloudflare.cloudflare_budget_verdicts": {"usage": "{{ item.value }}", "budgets": BUDGETS},
        "loop": "{{ lookup('ansible.builtin.file', 'usages.json') | from_json | dict2items }}",
        "loop_control": {"label": "{{ item.key }}"},
    }
    run = play([{"hosts": "localhost", "gather_facts": False, "tasks": [judge]}])
    judged = {
        line["result"]["item"]["key"]: line["result"] for line in run.results("Judge") if "item" in line["result"]
    }
    expected = {row["what"]: fault_matrix.gate(row) for row in MODULE_ROWS if row["what"] in read}
    assert {name: result["gate"]["status"] for name, result in judged.items()} == expected


def test_faults_make_the_gate_fail(play: Play, simulator: Server, tmp_path: Path) -> None:
    specs = [yaml.safe_load(path.read_text()) for path in HERE.parents[1].glob("roles/*/meta/argument_specs.yml")]
    options = [name for spec in specs for entry in spec["argument_specs"].values() for name in entry["options"]]
    hosts = {}
    for number, row in enumerate(PLAYBOOK_ROWS):
        given = dict(row["variables"])
        blanks = dict.fromkeys(options, given.pop("blank")) if "blank" in given else {}
        few = {"usage_report_formats": "json", "budget_assert_formats": "junit", "usage_report_dest": f"out{number}"}
        needed = {**MAY, **few, "budget_assert_budgets": BUDGETS, "cloudflare_api_token": TOKEN}
        hosts[f"row{number}"] = {**blanks, **needed, **given}
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}))
    run = play(
        "finops.cloudflare.budget_gate",
        "-i",
        "hosts.yml",
        "-e",
        "cloudflare_hosts=all",
        env={"CLOUDFLARE_BASE_URL": simulator.url, "ANSIBLE_ANY_ERRORS_FATAL": "true"},
    )
    results = {one["host"]: one for one in run.artifacts["cloudflare_gate_results"]}
    failures = {line["host"]: line["result"]["msg"] for line in run.record if line["status"] == "failed"}
    seen, expected = [], []
    for number, row in enumerate(PLAYBOOK_ROWS):
        message = failures.get(f"row{number}", "")
        said_so = row.get("says", "") in message and bool(message) == ("says" in row)
        seen.append((row["what"], results[f"row{number}"]["result"], "" if said_so else message or "nothing"))
        expected.append((row["what"], row["result"], ""))
    assert seen == expected
    assert run.code == 2
