# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook usage_report and the role usage_report: files whole or not at all, published, delivered, unchanged."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
FILES = ["usage.csv", "usage.html", "usage.json", "usage.md", "usage.prom"]
FORMATS = ["html", "markdown", "json", "csv", "openmetrics"]
SECRET_PATH = "/services/T000/B000/secret-of-the-webhook"
WRONG_URLS = {
    "hooks.example.com/a-secret-place": "not a valid address: it must begin with https://",
    "https://hooks.example.com/a-secret-place and more": (
        "not a valid address: it has a blank or another character that no address has, or is too long"
    ),
    "https://hooks.example.com:port/a-secret-place": "not a valid address: its host or port is wrong",
    "https://user@hooks.example.com/a-secret-place": "has a user or password in it, which is not accepted",
    "http://hooks.example.com/a-secret-place": (
        "must begin with https://, since whoever sees the address can post; http:// is for this machine only"
    ),
}


@dataclass
class Hook:
    """A webhook on loopback: it notes what comes in and answers with the next status."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    noted = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            noted.bodies.append({"path": self.path, **json.loads(self.rfile.read(length))})
            self.send_response(noted.statuses.pop(0))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: Any, **_keywords: Any) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    noted.url = f"http://127.0.0.1:{server.server_port}{SECRET_PATH}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield noted
    server.shutdown()
    server.server_close()


def on_localhost(*tasks: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}]


def report(**variables: Any) -> dict[str, Any]:
    return {"include_role": {"name": "finops.cloudflare.usage_report"}, "vars": variables}


def survive(task: dict[str, Any]) -> dict[str, Any]:
    return {"block": [task], "rescue": [{"debug": {"msg": "go on"}}]}


def test_usage_report_the_playbook_writes_every_file_and_leaves_the_same_data_alone(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    variables = {"usage_facts_accounts": [ACCOUNT], "usage_report_formats": FORMATS, "usage_report_mode": "0644"}
    folder = tmp_path / "cloudflare-usage"
    first = play("finops.cloudflare.usage_report", variables=variables, env=simulator.env())
    assert (first.code, first.failures()) == (0, [])
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o644"}
    assert folder.stat().st_mode & 0o777 == 0o750
    facts = json.loads((folder / "usage.json").read_text())
    assert facts["usage"]["period"] == "month_to_date"
    assert facts["usage"]["group_by"] == ["account", "product_family", "metric", "zone"]
    assert facts["verdicts"] == []
    html = (folder / "usage.html").read_text()
    assert "<script" not in html
    assert "My Account" in html
    metrics = (folder / "usage.prom").read_text()
    assert metrics.endswith("# EOF\n")
    [published] = first.artifacts["cloudflare_usage_reports"]
    assert [Path(path).name for path in published["files"]] == [
        "usage.html", "usage.md", "usage.json", "usage.csv", "usage.prom",
    ]  # fmt: skip
    assert published["markdown"] == (folder / "usage.md").read_text()

    second = play("finops.cloudflare.usage_report", "--diff", variables=variables, env=simulator.env())
    assert second.code == 0
    assert re.findall(r"^\+\+\+ after: \S*/([a-z.]+)$", second.stdout, re.MULTILINE) == ["usage.prom"]
    assert (folder / "usage.prom").read_text() != metrics, "metrics have the time of the last reading"


def test_an_inventory_sets_everything_for_several_hosts(play: Play, simulator: Server, tmp_path: Path) -> None:
    others = [one["id"] for one in simulator.world()["accounts"] if one["organization_id"]]
    (tmp_path / "inventory.yml").write_text(
        yaml.safe_dump(
            {
                "accounts": {
                    "hosts": {f"account{number}": {"account": ident} for number, ident in enumerate(others[:2])},
                    "vars": {
                        "ansible_connection": "local",
                        "cloudflare_api_url": simulator.url,
                        "cloudflare_api_token": "{{ 'simulator-' ~ 'token' }}",
                        "usage_facts_accounts": "{{ account }}",
                        "usage_facts_period": "last_7_days",
                        "usage_facts_group_by": ["account"],
                        "usage_report_dest": "reports/{{ inventory_hostname }}",
                        "usage_report_formats": ["csv"],
                    },
                }
            }
        )
    )
    given = ["-e", "cloudflare_hosts=accounts", "-e", "usage_report_formats=json,markdown"]
    run = play("finops.cloudflare.usage_report", "-i", "inventory.yml", *given)
    assert (run.code, run.failures()) == (0, [])
    for number, ident in enumerate(others[:2]):
        assert (tmp_path / "reports" / f"account{number}" / "usage.md").is_file()
        facts = json.loads((tmp_path / "reports" / f"account{number}" / "usage.json").read_text())
        assert [one["id"] for one in facts["usage"]["accounts"]] == [ident]
        assert facts["usage"]["group_by"] == ["account"]
        assert len(facts["usage"]["days"]) == 7
    published = run.artifacts["cloudflare_usage_reports"]
    assert sorted(one["host"] for one in published) == ["account0", "account1"]


def test_usage_report_whole_or_not_at_all(play: Play, simulator: Server, tmp_path: Path) -> None:
    facts = {
        "finops.cloudflare.cloudflare_usage_info": {
            "account_id": ACCOUNT, "from": "2025-05-01", "to": "2025-05-31", "return_records": False,
        },
        "register": "read",
    }  # fmt: skip
    usage = "{{ read.usage }}"
    torn = "{{ read.usage | combine({'days': []}) }}"
    broken = [{"name": "not a verdict"}]
    steps = on_localhost(
        facts,
        survive(report(usage_report_dest="nothing")),
        survive(report(usage_report_dest="torn", usage_report_usage=torn)),
        survive(report(usage_report_dest="broken", usage_report_usage=usage, usage_report_verdicts=broken)),
        survive(report(usage_report_dest="x", usage_report_usage=usage, usage_report_formats=["pdf"])),
        report(
            usage_report_dest="~/reports",
            usage_report_usage=usage,
            usage_report_formats=["csv"],
            usage_report_csv_bom="yes",
            usage_report_publish=False,
        ),
    )
    run = play(steps, env=simulator.env())
    assert run.code == 0, run.output
    missing, contradiction, bad_verdict, bad_format = run.failures()
    assert missing.startswith("There are no usage facts: run the role")
    assert "Invalid usage facts" in contradiction
    assert "verdict number 1: not a verdict" in bad_verdict
    assert "usage_report_formats" in bad_format
    assert [name for name in ("nothing", "torn", "broken", "x") if (tmp_path / name).exists()] == []
    [written] = (tmp_path / "home" / "reports").iterdir()
    assert (written.name, written.read_bytes()[:6]) == ("usage.csv", b"\xef\xbb\xbfday")
    assert run.artifacts == {}


def test_usage_report_a_body_that_can_not_be_read_is_told_before_anything_is_sent(
    play: Play, simulator: Server, hook: Hook, tmp_path: Path
) -> None:
    given = {"usage_report_deliver": "webhook", "usage_report_webhook_url": hook.url, "usage_report_webhook_body": "{a"}
    may = {"usage_facts_accounts": [ACCOUNT], "usage_facts_from": "2025-05-01", "usage_facts_to": "2025-05-02"}
    run = play("finops.cloudflare.usage_report", variables={**given, **may}, env=simulator.env())
    [message] = run.failures()
    assert message.startswith("usage_report_webhook_body, line ")
    assert hook.bodies == []
    assert not (tmp_path / "cloudflare-usage").exists()


def test_usage_report_delivery_by_webhook_and_by_tasks_of_ones_own(
    play: Play, simulator: Server, hook: Hook, tmp_path: Path
) -> None:
    (tmp_path / "deliver.yml").write_text(
        "- name: Hand over\n"
        "  ansible.builtin.copy:\n"
        "    content: '{{ [cloudflare_report_files, cloudflare_report_text] | to_json }}'\n"
        "    dest: '{{ playbook_dir }}/delivered.json'\n"
        "    mode: '0600'\n"
    )
    read = {
        "include_role": {"name": "finops.cloudflare.usage_facts"},
        "vars": {"usage_facts_accounts": [ACCOUNT], "usage_facts_from": "2025-05-01", "usage_facts_to": "2025-05-31"},
    }
    verdict = {
        "name": "a <!channel> & b", "status": "fail", "outcome": "fail", "message": "Over.", "severity": "major",
        "on": "actual", "measure": "consumed_quantity", "actual": 2, "limit": 1,
    }  # fmt: skip
    elsewhere = {"usage_report_dest": "elsewhere"}
    common = {"usage_report_dest": "out", "usage_report_formats": ["markdown"], "usage_report_verdicts": [verdict]}
    steps = on_localhost(
        read,
        report(usage_report_deliver=["webhook", "deliver.yml"], usage_report_webhook_url=hook.url, **common),
        survive(
            report(
                usage_report_deliver="webhook",
                usage_report_webhook_url=hook.url,
                usage_report_webhook_body={"summary": "{{ cloudflare_usage.status }}"},
                **common,
            )
        ),
        survive(report(usage_report_deliver="webhook", usage_report_webhook_url="http://127.0.0.1:1/secret", **common)),
        survive(report(usage_report_deliver="webhook", **common)),
        *(
            survive(report(usage_report_deliver="webhook", usage_report_webhook_url=url, **{**common, **elsewhere}))
            for url in WRONG_URLS
        ),
    )
    hook.statuses = [200, 404]
    run = play(steps, "-vvvv", env=simulator.env())
    assert run.code == 0
    sent, own = hook.bodies
    assert sent["path"] == SECRET_PATH
    first, *others = sent["text"].splitlines()
    assert first == "Cloudflare usage from 2025-05-01 to 2025-05-31 (UTC): complete, whole through 2025-05-31."
    assert others[0] == "Budget violated: 1 of 1 verdict did not pass."
    assert "a <!channel> & b" not in sent["text"], "a chat would call everybody"
    assert re.search(r": a .*channel.* & b: Over\.", sent["text"])
    assert own == {"path": SECRET_PATH, "summary": "complete"}
    files, text = json.loads((tmp_path / "delivered.json").read_text())
    assert files == [{"format": "markdown", "path": str(tmp_path / "out" / "usage.md")}]
    assert text.startswith(first)
    assert "a <!channel> & b" in text
    failures = [text for text in run.failures() if "webhook" in text]
    assert failures == [
        "The webhook did not take the report: HTTP status 404.",
        "The webhook did not take the report: no answer came.",
        "To deliver the report to a webhook, set usage_report_webhook_url.",
        *(f"usage_report_webhook_url: {problem}" for problem in WRONG_URLS.values()),
    ]
    assert not (tmp_path / "elsewhere").exists(), "the address is looked at before anything is written"
    for place in (run.stdout, run.stderr, run.log, str(run.record), (tmp_path / "out" / "usage.md").read_text()):
        assert "secret-of-the-webhook" not in place
        assert "127.0.0.1:1/secret" not in place
        assert "a-secret-place" not in place


def test_usage_report_of_many_accounts_travels_as_files_and_leaves_none_behind(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path, home: Path
) -> None:
    server = start_simulator("--accounts", "40")
    organization = server.world()["accounts"][0]["organization_id"]
    variables = {
        "usage_facts_organizations": [organization],
        "usage_report_formats": ["json", "csv"],
        "usage_facts_group_by": ["account", "metric"],
    }
    first = play("finops.cloudflare.usage_report", variables=variables, env=server.env())
    assert (first.code, first.failures()) == (0, [])
    path = tmp_path / "cloudflare-usage" / "usage.json"
    assert path.stat().st_size > 256 * 1024
    assert path.stat().st_mode & 0o777 == 0o640
    assert len(json.loads(path.read_text())["usage"]["accounts"]) == 40
    assert list((home / ".ansible" / "tmp").iterdir()) == []
    second = play("finops.cloudflare.usage_report", "--diff", "--check", variables=variables, env=server.env())
    assert (second.code, second.changed()) == (0, [])
