# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Budgets over long times, by the playbooks: a contract of a year, and a back-test of the last nights."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
REQUESTS: dict[str, Any] = {"match": {"metric": "workers_standard_requests"}, "unit": "Requests"}


def test_contract_of_a_year_is_drawn_down_by_the_gate(play: Play, simulator: Server, tmp_path: Path) -> None:
    pool = {**REQUESTS, "on": "contract", "period": "year", "starts_on": "01-01"}
    variables = {
        "usage_facts_accounts": [ACCOUNT],
        "usage_report_dest": str(tmp_path / "out"),
        "usage_report_formats": ["json", "html"],
        "budget_assert_formats": ["markdown"],
        "budget_assert_budgets": [{**pool, "name": "large", "limit": 10**12}, {**pool, "name": "small", "limit": 1000}],
    }
    run = play("finops.cloudflare.budget_gate", variables=variables, env=simulator.env())
    assert run.code == 2
    assert run.failures()[0].startswith("Budget violated: 1 of 2 verdicts did not pass.\nfail: small: ")
    verdicts = json.loads((tmp_path / "out" / "usage.json").read_text())["verdicts"]
    large, small = verdicts
    assert (large["status"], large["contract"]["used_up_on"]) == ("pass", None)
    assert large["contract"]["left"] == 10**12 - large["actual"]
    assert large["period"]["from"].endswith("-01-01")
    assert (small["contract"]["left"], small["contract"]["used_up_on"]) == (0, small["crossed_on"])
    for text in ((tmp_path / "out" / name).read_text() for name in ("budgets.md", "usage.html")):
        assert f"used up on {small['crossed_on']}" in text
        assert "of it expected to be left at the end, 80% range" in text


def test_backtest_is_written_and_fails_for_no_budget(play: Play, simulator: Server, tmp_path: Path) -> None:
    budgets = [
        {**REQUESTS, "name": "high", "period": "day", "limit": 10**12},
        {**REQUESTS, "name": "low", "period": "month", "limit": 1},
        {**REQUESTS, "name": "unusual", "on": "anomaly", "limit": 50},
        {"name": "owned", "match": {"owner": "team shop"}, "period": "month", "limit": 10**15, "unit": "Requests"},
        {"name": "not-there", "match": {"metric": "nothing"}, "period": "day", "limit": 1},
    ]
    rules = [{"name": "requests", "match": REQUESTS["match"], "owner": "team shop"}]
    variables = {
        "cloudflare_hosts": " ",
        "usage_facts_accounts": [ACCOUNT],
        # as a survey of AWX has them: text, and blanks for what is left out
        "budget_assert_budgets": yaml.safe_dump(budgets),
        "budget_assert_budgets_file": "",
        "budget_assert_allocation": yaml.safe_dump(rules),
        "budget_assert_allocation_file": None,
        "budget_assert_rate_card": "{}",
        "budget_assert_rate_card_file": [""],
        "budgets_backtest_nights": "20",
        "budgets_backtest_dest": str(tmp_path / "out"),
    }
    run = play("finops.cloudflare.budgets_backtest", variables=variables, env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
    backtest = json.loads((tmp_path / "out" / "backtest.json").read_text())
    found = {each["name"]: each for each in backtest}
    assert {name: each["nights"] for name, each in found.items()} == dict.fromkeys(found, 20)
    assert [found[name]["counts"] for name in ("high", "owned", "low", "not-there")] == [
        {"pass": 20, "warn": 0, "unknown": 0, "fail": 0},
        {"pass": 20, "warn": 0, "unknown": 0, "fail": 0},
        {"pass": 0, "warn": 0, "unknown": 0, "fail": 20},
        {"pass": 0, "warn": 0, "unknown": 20, "fail": 0},
    ]
    table = (tmp_path / "out" / "backtest.md").read_text()
    assert "| **low** | always, 20 nights | never | never | 1 Requests |" in table
    assert run.results("Show the back-test")[0]["result"]["msg"] == table.splitlines()

    (tmp_path / "budgets.yml").write_text("- name: x\n  limit: 1\n  limit: 2\n", encoding="utf-8")
    blank = {"budget_assert_budgets": "", "budget_assert_allocation": "[]", "budgets_backtest_nights": [""]}
    from_file = {**variables, **blank, "budget_assert_budgets_file": "budgets.yml"}
    refused = play("finops.cloudflare.budgets_backtest", variables=from_file, env=simulator.env())
    assert refused.code == 2
    assert "budgets.yml" in refused.failures()[0]


def test_gate_tells_a_metric_that_is_not_used_today_from_one_that_does_not_exist(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    today = dt.datetime.now(dt.timezone.utc).date()
    earlier = {str(today - dt.timedelta(days=back)): 7 for back in (9, 20)}
    (tmp_path / "plan.json").write_text(json.dumps({"workers_kv_writes": earlier}), encoding="utf-8")
    server = start_simulator("--metrics", "40", "--plan", str(tmp_path / "plan.json"))
    rare = {"period": "day", "limit": 10, "match": {"metric": "workers_kv_writes"}}
    variables = {
        "usage_facts_accounts": [ACCOUNT],
        "usage_report_dest": str(tmp_path / "out"),
        "usage_report_formats": ["json"],
        "budget_assert_formats": [],
        "budget_assert_budgets": [
            {**rare, "name": "rare"},
            {**rare, "name": "typo", "match": {"metric": "workers_kv_write"}},
        ],
    }
    run = play("finops.cloudflare.budget_gate", variables=variables, env=server.env())
    assert run.code == 2
    report = json.loads((tmp_path / "out" / "usage.json").read_text())
    assert {each["name"]: (each["status"], each["actual"]) for each in report["verdicts"]} == {
        "rare": ("pass", 0),
        "typo": ("unknown", None),
    }
    usage = report["usage"]
    assert usage["from"] == usage["to"] == str(today - dt.timedelta(days=2)), "the days before are not reported"
