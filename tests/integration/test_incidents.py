# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bills that people have published, replayed: starter budgets of the months before alarm on the first whole day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.integration.conftest import HERE, ROOT

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
INCIDENTS = yaml.safe_load((HERE / "incidents.yml").read_text(encoding="utf-8"))
METRICS = {metric: entry for incident in INCIDENTS for metric, entry in incident["metrics"].items()}
BEFORE, FIRST, LAST = dt.date(2026, 6, 4), dt.date(2026, 9, 1), dt.date(2026, 9, 30)
DAY = dt.timedelta(days=1)


def quantities(entry: dict[str, Any]) -> dict[str, int]:
    """Return the quantity of each day: usual ones, and from FIRST on those of the incident."""
    usual = {BEFORE + DAY * place: entry["usual"] for place in range((FIRST - BEFORE).days) if entry["usual"]}
    days = entry.get("days") or [entry["month"] // 30] * 30
    return {
        str(day): quantity for day, quantity in (usual | {FIRST + DAY * n: each for n, each in enumerate(days)}).items()
    }


@pytest.fixture(scope="module")
def incidents(start_simulator: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    plan = tmp_path_factory.mktemp("incidents") / "plan.json"
    plan.write_text(json.dumps({metric: quantities(entry) for metric, entry in METRICS.items()}), encoding="utf-8")
    return start_simulator("--metrics", "40", "--today", str(LAST + DAY), "--lag-days", "0", "--plan", str(plan))


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, Any]:
    card = (ROOT / "playbooks" / "files" / "rate-card-2026-10.yml").read_text(encoding="utf-8")
    earlier = card.replace('valid_from: "2026-10-01"', 'valid_from: "2026-01-01"')
    assert earlier != card
    (tmp_path / "rate-card.yml").write_text(earlier, encoding="utf-8")
    return {
        "usage_facts_accounts": [ACCOUNT],
        "usage_facts_from": str(BEFORE),
        "budget_assert_rate_card_file": "rate-card.yml",
        "budget_assert_budgets_file": "budgets.yml",
        "budget_assert_formats": [],
        "usage_report_formats": ["json"],
    }


def test_incidents_alarm_on_the_first_whole_day_with_starter_budgets(
    play: Play, incidents: Server, variables: dict[str, Any], tmp_path: Path
) -> None:
    def run(playbook: str, last: dt.date) -> Any:
        return play(playbook, variables={**variables, "usage_facts_to": str(last)}, env=incidents.env())

    assert run("finops.cloudflare.starter_budgets", FIRST - DAY).code == 0
    calm = run("finops.cloudflare.budget_gate", FIRST - DAY)
    assert (calm.code, calm.failures()) == (0, []), "the day before is no alarm"

    alarm = run("finops.cloudflare.budget_gate", FIRST)
    assert alarm.code == 2
    assert judged(tmp_path)["status"] == "complete"
    failed = failed_budgets(tmp_path)
    for metric in METRICS:
        assert {f"{metric}-allowance", f"new-use: {metric}"} & failed, metric
    assert {f"{metric}-anomaly" for metric, entry in METRICS.items() if entry["usual"]} <= failed
    assert {name.removeprefix("new-use: ").partition("-")[0] for name in failed} == {*METRICS}, "and of nothing else"


def test_incidents_cost_what_was_billed(play: Play, incidents: Server, variables: dict[str, Any]) -> None:
    month = {"account_id": ACCOUNT, "from": str(FIRST), "to": str(LAST), "group_by": ["account", "metric"]}
    card = f"(lookup('ansible.builtin.file', '{variables['budget_assert_rate_card_file']}') | from_yaml)"
    tasks = [
        {"finops.cloudflare.cloudflare_usage_info": month, "register": "read"},
        {"name": "Estimate", "debug": {"msg": f"{{{{ read.usage | finops.cloudflare.estimate_costs({card}) }}}}"}},
    ]
    run = play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], env=incidents.env())
    items = run.results("Estimate")[0]["result"]["msg"]["items"]
    cost = {item["metric_id"]: item["amount"] for item in items}
    for incident in INCIDENTS:
        assert sum(cost[metric] for metric in incident["metrics"]) == pytest.approx(incident["bill"], rel=0.001)


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "cloudflare-usage" / "usage.json").read_text(encoding="utf-8"))
    return found


def judged(folder: Path) -> dict[str, Any]:
    usage: dict[str, Any] = report(folder)["usage"]
    return usage


def failed_budgets(folder: Path) -> set[str]:
    """Return the names of budgets that are violated, with the metric where there is one for each."""
    return {
        each["name"] + (f": {each['group']['id']}" if each["name"] == "new-use" and each["group"] else "")
        for each in report(folder)["verdicts"]
        if each["status"] == "fail"
    }
