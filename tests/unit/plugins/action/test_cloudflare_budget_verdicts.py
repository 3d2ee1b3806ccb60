# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action cloudflare_budget_verdicts: verdicts, or why there are none, and the files of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.plugins.action.cloudflare_budget_verdicts import ActionModule
from ansible_collections.finops.cloudflare.tests.unit.plugins.action.action_runs import Host, run_action

USAGE = yaml.safe_load((Path(__file__).parents[4] / "docs" / "examples" / "usage.yml").read_text(encoding="utf-8"))
BUDGET: dict[str, Any] = {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**12}


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(host: Host | None = None, role: str = "budget_assert", **arguments: Any) -> dict[str, Any]:
        return run_action(monkeypatch, ActionModule, host or Host(), role, **arguments)

    return run


def test_verdicts_are_judged_and_written(judge: Any) -> None:
    host = Host(cloudflare_report_files={"changed": False, "diff": [], "invocation": {}})
    result = judge(host, usage=USAGE, budgets=[BUDGET], dest="/reports", formats="junit\nmarkdown", mode=0o600)
    assert [one["status"] for one in result["verdicts"]] == ["pass"]
    assert (result["gate"]["result"], result["problem"], result["write_problem"]) == ("within_budget", "", "")
    assert (result["changed"], result["diff"]) == (False, [])
    assert result["lines"][-1] == result["message"] == "Within budget: 1 verdict, all passed."
    written = host.ran["cloudflare_report_files"]
    assert list(written["files"]) == ["budgets.junit.xml", "budgets.md"]
    assert (written["dest"], written["mode"], written["directory_mode"]) == ("/reports", "0600", "0750")


def test_verdicts_without_a_folder_or_a_format_write_nothing(judge: Any) -> None:
    for more in ({}, {"dest": " "}, {"dest": "/reports", "formats": []}):
        host = Host()
        result = judge(host, usage=USAGE, budgets=[BUDGET], **more)
        assert "changed" not in result
        assert host.ran == {}


def test_verdicts_with_a_rate_card_come_with_an_estimate(judge: Any) -> None:
    card = {
        "name": "x", "source": "x", "checked_on": "2026-10-01", "currency": "USD",
        "prices": [{"metric": "workers_standard_requests", "unit": "Requests", "price": 1}],
    }  # fmt: skip
    result = judge(usage=json.dumps(USAGE), budgets=yaml.safe_dump([BUDGET]), rate_card=yaml.safe_dump(card))
    assert result["estimate"]["currency"] == "USD"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"budgets": [BUDGET]}, "There are no usage facts: run the role finops.cloudflare.usage_facts first, or set"),
        ({"usage": USAGE}, "There are no budgets: set budget_assert_budgets_file to a file of them, or budget_"),
        ({"usage": USAGE, "budgets": [{**BUDGET, "limt": 1}]}, "budget_assert_budgets: budget 'requests', limt: not "),
        ({"usage": USAGE, "budgets": "["}, "budget_assert_budgets, line 2: not valid YAML: "),
        (
            {"usage": USAGE, "budgets": [BUDGET], "budgets_file": "x.yml"},
            "Set either budget_assert_budgets or ",
        ),
        (
            {"usage": USAGE, "budgets_file": "nowhere.yml"},
            "nowhere.yml: there is no such file (budget_assert_",
        ),
        (
            {"usage": USAGE, "budgets": [BUDGET], "formats": ["pdf"]},
            "value of budget_assert_formats must be one or ",
        ),
        ({"usage": USAGE, "budgets": [BUDGET], "colour": 1}, "budget_assert_colour. Supported parameters include: "),
        ({"usage": {"status": "complete"}, "budgets": [BUDGET]}, "Invalid usage facts: "),
        ({"usage": USAGE, "budgets": [BUDGET], "problem": "Cloudflare is down."}, "Cloudflare is down."),
    ],
)
def test_verdicts_that_can_not_be_judged_say_why_everywhere(judge: Any, arguments: Any, problem: str) -> None:
    host = Host()
    result = judge(host, dest="/reports", **arguments)
    assert (result["verdicts"], result["estimate"], result["gate"]["result"]) == ([], {}, "could_not_tell")
    assert result["problem"].startswith(problem)
    assert result["message"].splitlines()[1].startswith(problem)
    assert any(line.startswith(problem) for line in result["lines"])
    assert len(host.ran["cloudflare_report_files"]["files"]) == 4


def test_verdicts_are_told_also_when_they_can_not_be_written(judge: Any) -> None:
    host = Host(cloudflare_report_files={"failed": True, "msg": "/reports: No space left on device"})
    result = judge(host, usage=USAGE, budgets=[BUDGET], dest="/reports")
    assert result["write_problem"] == "/reports: No space left on device"
    assert result["gate"]["result"] == "within_budget"
    assert "failed" not in result


def test_verdicts_name_at_most_a_table_full(judge: Any) -> None:
    budgets = [{**BUDGET, "name": f"budget {number}", "limit": number % 2 * 10**12} for number in range(500)]
    result = judge(usage=USAGE, budgets=budgets)
    assert len(result["verdicts"]) == 500
    assert len(result["lines"]) < 260
    assert "… and 400 more verdicts" in result["lines"]
    assert {line.split()[0] for line in result["lines"][1:101]} == {"fail"}


def test_budgets_alone_are_checked_from_a_file(judge: Any, tmp_path: Path) -> None:
    file = tmp_path / "budgets.yml"
    file.write_text(yaml.safe_dump([{**BUDGET, "each": "zone"}]))
    assert judge(budgets_file=str(file), check_only=True)["dimensions"] == ["metric", "zone"]
    file.write_text(yaml.safe_dump([{"name": f"b{number}"} for number in range(30)]))
    host = Host()
    judge(host, usage=USAGE, budgets_file=str(file), dest="/reports", formats="sarif")
    place = json.loads(host.ran["cloudflare_report_files"]["files"]["budgets.sarif"])["runs"][0]["results"][0][
        "locations"
    ]
    assert place[0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/budgets.yml")
    failed = judge(budgets_file=str(file), check_only=True)
    assert failed["failed"]
    lines = failed["msg"].splitlines()
    assert lines[0] == f"{file}: budget 'b0', limit: missing"
    assert (len(lines), lines[-1]) == (21, "and 10 more")
    assert judge(budgets="[", check_only=True)["failed"]


def test_budgets_outside_the_role_are_called_by_the_name_of_the_option(judge: Any, tmp_path: Path) -> None:
    assert judge(role="", usage=USAGE, budgets=[{}])["problem"].startswith("budgets: budget number 1, name: missing")
    (tmp_path / "budgets.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n00\n")
    assert "budgets.yml: " in judge(budgets_file=str(tmp_path / "budgets.yml"))["problem"]


ALLOCATION = [{"name": "everything", "owner": "the team"}]


def test_verdicts_of_an_owner_need_an_allocation(judge: Any, tmp_path: Path) -> None:
    mine = {**BUDGET, "match": {"owner": "the team", **BUDGET["match"]}}
    assert judge(usage=USAGE, budgets=[mine])["gate"]["result"] == "could_not_tell"
    file = tmp_path / "allocation.yml"
    file.write_text(yaml.safe_dump(ALLOCATION), encoding="utf-8")
    for given in (
        {"allocation": ALLOCATION},
        {"allocation": yaml.safe_dump(ALLOCATION)},
        {"allocation_file": str(file)},
    ):
        assert judge(usage=USAGE, budgets=[mine], **given)["gate"]["result"] == "within_budget"
    both = judge(usage=USAGE, budgets=[mine], allocation=ALLOCATION, allocation_file=str(file))
    expected = "Set either budget_assert_allocation or budget_assert_allocation_file, not both."
    assert (both["gate"]["result"], both["problem"]) == ("could_not_tell", expected)


def test_verdicts_allocation_that_is_wrong_is_named_with_file_rule_and_key(judge: Any, tmp_path: Path) -> None:
    file = tmp_path / "allocation.yml"
    file.write_text("- name: half\n  shares: {a: 50}\n", encoding="utf-8")
    result = judge(usage=USAGE, budgets=[BUDGET], allocation_file=str(file))
    assert result["problem"] == f"{file}: rule 'half', shares: they come to 50 %, and must come to 100 %"
    assert result["gate"]["result"] == "could_not_tell"


def test_budgets_alone_tell_what_the_rules_of_an_allocation_look_at(judge: Any) -> None:
    rules = [{"name": "red", "match": {"tag.team": "red", "region": "eu"}, "owner": "red"}, *ALLOCATION]
    result = judge(budgets=[{**BUDGET, "each": "owner"}], allocation=rules, check_only=True)
    assert result["dimensions"] == ["metric", "region", "tag.team"]
    wrong = judge(budgets=[BUDGET], allocation=[{"name": "nobody"}], check_only=True)
    assert (wrong["failed"], wrong["msg"]) == (
        True,
        "budget_assert_allocation: rule 'nobody': needs exactly one of owner, shares, owners",
    )
