# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action cloudflare_usage_report: everything is rendered, then everything is written, and the short forms fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.action.cloudflare_usage_report import ActionModule
from ansible_collections.finops.cloudflare.plugins.module_utils._report_head import GROUPS
from ansible_collections.finops.cloudflare.plugins.plugin_utils import _actions
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import csv as csv_report
from ansible_collections.finops.cloudflare.tests.unit.plugins.action.action_runs import Host, run_action
from ansible_collections.finops.cloudflare.tests.unit.plugins.action.test_cloudflare_budget_verdicts import USAGE
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import HOSTILE, make_verdict

FORMATS = {
    "html": "usage.html",
    "markdown": "usage.md",
    "json": "usage.json",
    "csv": "usage.csv",
    "openmetrics": "usage.prom",
}


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(host: Host | None = None, **arguments: Any) -> dict[str, Any]:
        given = {"usage": USAGE, "dest": "/reports", **arguments}
        return run_action(monkeypatch, ActionModule, host or Host(), "usage_report", **given)

    return run


def test_report_is_rendered_in_every_format_and_written_at_once(report: Any) -> None:
    host = Host()
    result = report(host, formats=list(FORMATS))
    assert list(host.ran["cloudflare_report_files"]["files"]) == list(FORMATS.values())
    assert result["files"] == [{"format": name, "path": f"/reports/{file}"} for name, file in FORMATS.items()]
    assert result["text"].startswith("Cloudflare usage from 2026-10-01 to 2026-10-20 (UTC): ")
    assert result["short"]["files"] == [f"/reports/{name}" for name in FORMATS.values()]
    assert host.ran["cloudflare_report_files"]["files"]["usage.md"] == result["short"]["markdown"]
    assert result["changed"]


def test_report_of_the_same_usage_keeps_its_bytes_but_for_metrics(report: Any) -> None:
    host = Host()
    report(host, formats=list(FORMATS))
    first = host.ran["cloudflare_report_files"]["files"]
    again = Host(cloudflare_report_files={"head": first["usage.json"].partition(GROUPS)[0]})
    report(again, formats=list(FORMATS), usage={**USAGE, "fetched_at": "2026-12-24T00:00:00Z"})
    assert again.asked == [{"dest": "/reports", "files": {}, "head_of": "usage.json"}]
    second = again.ran["cloudflare_report_files"]["files"]
    assert {name for name in first if first[name] != second[name]} == {"usage.prom"}


@pytest.mark.parametrize(("given", "marked"), [({}, False), ({"csv_bom": " "}, False), ({"csv_bom": "yes"}, True)])
def test_report_has_a_byte_order_mark_in_csv_where_it_is_asked_for(report: Any, given: Any, marked: bool) -> None:
    host = Host()
    report(host, formats=["csv", "json"], **given)
    files = host.ran["cloudflare_report_files"]["files"]
    assert [text.startswith("\ufeff") for text in files.values()] == [marked, False]
    report(host, formats=["json"], **given)


def test_report_without_a_format_writes_nothing(report: Any) -> None:
    host = Host()
    result = report(host, formats=[], verdicts="", estimate=None)
    assert "cloudflare_report_files" not in host.ran
    assert result["files"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"usage": None}, "There are no usage facts: run the role"),
        ({"usage": {**USAGE, "days": []}}, "Invalid usage facts: "),
        ({"dest": ""}, "missing required arguments: usage_report_dest"),
        ({"verdicts": [{"name": "x"}]}, "verdict number 1: "),
        ({"webhook_url": "hooks.example.com/secret"}, "usage_report_webhook_url: not a valid address: it must begin"),
    ],
)
def test_report_that_can_not_be_made_writes_nothing(report: Any, arguments: Any, message: str) -> None:
    host = Host()
    result = report(host, **arguments)
    assert result["failed"]
    assert result["msg"].startswith(message)
    assert "secret" not in json.dumps(result)
    assert "cloudflare_report_files" not in host.ran


def test_report_that_can_not_be_written_fails(report: Any) -> None:
    result = report(Host(cloudflare_report_files={"failed": True, "msg": "/reports: No space left on device"}))
    assert (result["failed"], result["msg"]) == (True, "/reports: No space left on device")


def test_report_in_short_fits_whatever_is_in_it(report: Any) -> None:
    verdicts = [
        make_verdict(f"{name} {number}", "fail", outcome="fail", message=name * 9)
        for number in range(40)
        for name in HOSTILE
        if not any("\ud800" <= char <= "\udfff" for char in name)
    ]
    result = report(verdicts=verdicts, webhook_url="https://hooks.example.com/x")
    assert len(json.dumps(result["short"], ensure_ascii=False).encode()) <= 32_000
    assert len(result["text"]) <= 3_000
    assert len(result["chat_text"]) <= 3_000
    assert result["text"].splitlines()[1].startswith("Budget violated: ")
    assert "…" in result["text"].splitlines()[-1]


def test_report_with_an_allocation_shows_owners_and_keeps_its_bytes(report: Any) -> None:
    allocation = [{"name": "everything", "owners": ["shop", "find"]}]
    host = Host()
    report(host, formats=["csv", "json"], allocation=allocation)
    first = host.ran["cloudflare_report_files"]["files"]
    assert ",shop,everything," in first["usage.csv"].replace("Unit,", "")
    again = Host(cloudflare_report_files={"head": first["usage.json"].partition(GROUPS)[0]})
    later = {**USAGE, "fetched_at": "2026-12-24T00:00:00Z"}
    report(again, formats=["csv", "json"], allocation=allocation, usage=later)
    assert again.ran["cloudflare_report_files"]["files"] == first


def test_report_allocation_that_is_wrong_fails_before_anything_is_written(report: Any) -> None:
    host = Host()
    result = report(host, allocation=[{"name": "x"}])
    assert result["msg"] == "usage_report_allocation: rule 'x': needs exactly one of owner, shares, owners"
    assert "cloudflare_report_files" not in host.ran


def test_report_texts_that_are_large_travel_as_files_and_only_once(
    report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_actions, "MAX_TEXT", 5000)
    small, host = Host(), Host()
    report(small, formats=["csv", "json"])
    everything = {**small.ran["cloudflare_report_files"]["files"]}
    large = {name: f"/on-the-host/{name}" for name in small.ran["cloudflare_report_files"]["sources"]}
    assert large
    report(host, formats=["csv", "json"], dest="/reports")
    assert host.ran["cloudflare_report_files"]["sources"] == large
    assert {*host.ran["cloudflare_report_files"]["files"], *large} == {"usage.csv", "usage.json"}
    assert host.sent.keys() == set(large.values())
    assert not everything.keys() & large.keys()
    assert host.readable == [("/on-the-host", *large.values())]


def test_report_of_many_groups_says_what_the_csv_leaves_out(report: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "warnings" not in report(formats=["csv"])
    monkeypatch.setattr(csv_report, "MAX_ROWS", 10)
    (warning,) = report(formats=["csv"])["warnings"]
    assert warning.startswith("usage.csv: One row for each of the ")
    assert "warnings" not in report(formats=["json"])
