# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Budgets over long times, by the playbooks: a contract of a year."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
