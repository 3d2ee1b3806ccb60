# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Null and blank, as AWX sends them, mean left out: for every option of the roles and variable of the playbooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Run, Server

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
NOT_COVERED = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
GATE = ("usage_facts", "budget_assert", "usage_report")
PLAYBOOKS = {
    "budget_gate": GATE,
    "accounts_gate": GATE,
    "usage_report": ("usage_facts", "usage_report"),
}
BUDGETS = [{"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**9}]
CARD = {
    "name": "x", "source": "x", "checked_on": "2025-05-01", "currency": "USD",
    "prices": [{"metric": "workers_standard_requests", "unit": "Requests", "price": 1}],
}  # fmt: skip
# Each option is left out in one of the two: what one can't do without, the other takes from somewhere else.
NEEDED: list[dict[str, Any]] = [
    {"usage_facts_accounts": [ACCOUNT], "budget_assert_budgets": BUDGETS, "budget_assert_rate_card": CARD},
    {
        "usage_facts_organizations": [ORGANIZATION],
        "budget_assert_budgets_file": "budgets.yml",
        "budget_assert_rate_card_file": "card.yml",
    },
]
BLANKS: list[Any] = [None, "", " \n ", [""]]


def options(role: str) -> list[str]:
    spec = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return [name for entry in spec["argument_specs"].values() for name in entry["options"]]


def _said(run: Run) -> Any:
    """Return what a run published, without what is about this reading."""
    return [
        {key: value for key, value in one.items() if key != "fetched_at"}
        for published in run.artifacts.values()
        for one in published
    ]


# Every run gives all options a blank value, neighbours different ones, and each run gives each option another one.
@pytest.mark.parametrize(
    ("playbook", "needed", "runs"),
    [
        pytest.param("budget_gate", NEEDED[0], [0, 1], id="gate-one"),
        pytest.param("budget_gate", NEEDED[1], [2, 3], id="gate-other"),
        pytest.param("usage_report", NEEDED[0], [0], id="report"),
        pytest.param("accounts_gate", NEEDED[0], [2], id="accounts"),
    ],
)
def test_blank_options_are_left_out(
    play: Play, simulator: Server, tmp_path: Path, playbook: str, needed: dict[str, Any], runs: list[int]
) -> None:
    (tmp_path / "budgets.yml").write_text(yaml.safe_dump(BUDGETS))
    (tmp_path / "card.yml").write_text(yaml.safe_dump(CARD))
    names = {"cloudflare_hosts", *(name for role in PLAYBOOKS[playbook] for name in options(role))} - needed.keys()
    assert len(names) > 25
    hosts = {"here": {"ansible_connection": "local", "cloudflare_account_id": ACCOUNT}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"cloudflare_accounts": {"hosts": hosts}}))
    full_name = (f"finops.cloudflare.{playbook}", *(("-i", "hosts.yml") if playbook == "accounts_gate" else ()))
    without = play(*full_name, variables=needed, env=simulator.env())
    assert (without.code, without.failures()) == (0, [])
    assert without.changed()
    for number in runs:
        blanks = {name: BLANKS[(place + number) % len(BLANKS)] for place, name in enumerate(sorted(names))}
        run = play(*full_name, variables={**needed, **blanks}, env=simulator.env())
        assert (run.code, run.failures()) == (0, []), blanks
        assert run.changed() == [], "it writes the same files with the same bytes"
        assert _said(run) == _said(without)
        assert len(run.record) == len(without.record)


def test_blank_options_of_the_two_runs_are_all_there_are() -> None:
    roles = {path.name for path in ROOT.glob("roles/*")}
    assert {role for roles_of in PLAYBOOKS.values() for role in roles_of} == roles
    assert NEEDED[0].keys().isdisjoint(NEEDED[1].keys())


def test_options_as_text_mean_what_they_say(play: Play, simulator: Server, tmp_path: Path) -> None:
    (tmp_path / "inventory.ini").write_text(
        f"""here ansible_connection=local

[all:vars]
ansible_python_interpreter="{{{{ ansible_playbook_python }}}}"
cloudflare_hosts=here
usage_facts_complete_days=no
usage_facts_lag_days=2
usage_facts_timeout=20.5
usage_facts_max_retries=0
usage_facts_expected_accounts={{"{ORGANIZATION}": []}}
usage_facts_ended_accounts={{"{NOT_COVERED}": "2020-01-01"}}
budget_assert_publish=off
usage_report_publish=false
usage_report_webhook_timeout=5
usage_report_mode=0600
"""
    )
    given = [
        "-e", "cloudflare_hosts=here", "-e", "budget_assert_publish=false", "-e", "usage_report_formats=json",
        "-e", f"usage_facts_accounts={NOT_COVERED}",
    ]  # fmt: skip
    text = {
        "usage_facts_organizations": f"\n{ORGANIZATION}\r\n\n",
        "usage_facts_group_by": "account\nmetric, zone",
        "budget_assert_budgets": yaml.safe_dump(
            [*BUDGETS, {**BUDGETS[0], "name": "est", "measure": "estimated_cost", "currency": "USD"}]
        ),
        "budget_assert_rate_card": yaml.safe_dump(CARD),
        "budget_assert_formats": "junit,\nmarkdown\n",
        "usage_facts_period": "last_7_days",
    }
    arguments = ["-i", "inventory.ini", *given]
    run = play("finops.cloudflare.budget_gate", *arguments, variables=text, env=simulator.env())
    [failure] = run.failures()
    assert failure.startswith("Could not tell whether the budgets are kept: ")
    assert run.artifacts == {}
    folder = tmp_path / "cloudflare-usage"
    assert sorted(path.name for path in folder.iterdir()) == ["budgets.junit.xml", "budgets.md", "usage.json"]
    assert (folder / "usage.json").stat().st_mode & 0o777 == 0o600
    usage = yaml.safe_load((folder / "usage.json").read_text())["usage"]
    assert usage["group_by"] == ["account", "metric", "zone"]
    assert [one["scope"] for one in usage["sources"]] == ["account", "organization"]
    assert len(usage["days"]) == 7
