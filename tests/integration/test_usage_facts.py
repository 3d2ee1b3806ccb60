# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module and the role usage_facts: what they return, refuse and survive."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
NOT_COVERED = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
EMPTY_ORGANIZATION = "e3b0c44298fc1c149afbf4c8996fb924"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}
ROLE_MAY = {"usage_facts_from": "2025-05-01", "usage_facts_to": "2025-05-31"}


def on_localhost(*tasks: dict[str, Any], **keys: Any) -> list[dict[str, Any]]:
    return [{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks), **keys}]


def usage_facts(**variables: Any) -> dict[str, Any]:
    return {"include_role": {"name": "finops.cloudflare.usage_facts"}, "vars": variables}


def keep(value: str, path: Path) -> dict[str, Any]:
    content = {"content": "{{ " + value + " | to_json }}", "dest": str(path), "mode": "0600"}
    return {"copy": content, "check_mode": False}


def survive(task: dict[str, Any]) -> dict[str, Any]:
    return {"block": [task], "rescue": [{"debug": {"msg": "go on"}}]}


def test_usage_facts_one_account_and_one_organization(play: Play, simulator: Server, tmp_path: Path) -> None:
    module = "finops.cloudflare.cloudflare_usage_info"
    steps = on_localhost(
        {module: {"account_id": ACCOUNT, "return_records": True, **MAY}, "register": "account"},
        {module: {"organization_id": ORGANIZATION, **MAY}, "register": "organization"},
        {
            module: {"organization_id": ORGANIZATION, "metric": ["r2_storage"], "return_records": True, **MAY},
            "register": "filtered",
        },
        keep("account", tmp_path / "account.json"),
        keep("organization", tmp_path / "organization.json"),
        keep("filtered", tmp_path / "filtered.json"),
    )
    run = play(steps, env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
    account, organization, filtered = (
        json.loads((tmp_path / f"{name}.json").read_text()) for name in ("account", "organization", "filtered")
    )
    assert not account["changed"]
    assert account["usage"]["status"] == "complete"
    assert len(account["records"]) == account["usage"]["record_count"] > 0
    assert account["usage"]["accounts"] == [{"id": ACCOUNT, "name": "My Account", "last_day": "2025-05-31"}]
    assert "records" not in organization
    assert [one["id"] for one in organization["usage"]["accounts"]].count(ACCOUNT) == 1
    assert len(organization["usage"]["accounts"]) == 3
    assert {row["x_billable_metric_id"] for row in filtered["records"]} == {"r2_storage"}
    # What the organization used of a metric is what its accounts used of it, to the last unit.
    records = sum(
        row["consumed_quantity"] for row in account["records"] if row["x_billable_metric_name"] == "R2 Storage"
    )
    groups = [row for row in organization["usage"]["groups"] if row["x_billable_metric_id"] == "r2_storage"]
    [mine] = [row["consumed_quantity"] for row in groups if row["billing_account_id"] == ACCOUNT]
    assert abs(records - mine) < 1e-9


def test_usage_facts_the_role_puts_sources_together_and_works_in_check_mode(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--accounts", "4", "--organizations", "2")
    accounts = server.world()["accounts"]
    other = next(one["id"] for one in accounts if one["organization_id"] not in (None, ORGANIZATION))
    steps = on_localhost(
        usage_facts(
            usage_facts_organizations=[ORGANIZATION],
            usage_facts_accounts=["{{ other }}", "{{ other }}"],
            usage_facts_previous_period="previous_month",
            usage_facts_group_by=["account", "metric"],
            **ROLE_MAY,
        ),
        keep("cloudflare_usage", tmp_path / "usage.json"),
        keep("cloudflare_usage_previous", tmp_path / "previous.json"),
    )
    variables = {"other": other, "cloudflare_api_url": server.url, "cloudflare_api_token": "simulator-token"}
    run = play(steps, "--check", variables=variables)
    assert (run.code, run.failures()) == (0, [])
    assert run.counts["changed"] == 2  # the files of this test
    usage = json.loads((tmp_path / "usage.json").read_text())
    assert usage["scope"] == "combined"
    assert [(one["scope"], one["scope_id"]) for one in usage["sources"]] == [
        ("account", other),
        ("organization", ORGANIZATION),
    ]
    assert len(usage["accounts"]) == 3
    assert usage["group_by"] == ["account", "metric"]
    assert (usage["from"], usage["to"], usage["status"]) == ("2025-05-01", "2025-05-31", "complete")
    previous = json.loads((tmp_path / "previous.json").read_text())
    assert previous["period"] == "previous_month"
    assert len(server.requests()) == 4, "an account that is named twice is read once"


def test_usage_facts_one_deadline_is_for_all_that_the_role_reads(
    play: Play, start_simulator: Callable[..., Server]
) -> None:
    server = start_simulator(faults=["delay=3600"])
    role = usage_facts(
        usage_facts_accounts=[ACCOUNT],
        usage_facts_previous_period="previous_month",
        usage_facts_deadline="2",
        **ROLE_MAY,
    )
    run = play(on_localhost(role), env=server.env())
    assert run.code == 2
    left = f"{ACCOUNT}/billable/usage: the deadline of 0.001 s for the task has passed"
    assert left in run.output, "the first period has used it up"


def test_usage_facts_what_can_not_be_asked_is_refused_before_any_request(play: Play, simulator: Server) -> None:
    before = len(simulator.requests())
    steps = on_localhost(
        survive(usage_facts()),
        survive(usage_facts(usage_facts_accounts=["x/../y"], usage_facts_period="fortnight")),
        survive(usage_facts(usage_facts_accounts=[ACCOUNT], usage_facts_from="2025-06-01")),
        survive(
            usage_facts(usage_facts_accounts=[ACCOUNT], usage_facts_from="2025-06-02", usage_facts_to="2025-06-01")
        ),
        survive(usage_facts(usage_facts_accounts=[ACCOUNT], usage_facts_deadline="soon", **ROLE_MAY)),
        survive(
            usage_facts(
                usage_facts_accounts=[ACCOUNT],
                usage_facts_expected_accounts="{bad",
                usage_facts_ended_accounts="a: 1\na: 2",
            )
        ),
    )
    run = play(steps, env=simulator.env())
    assert run.code == 0
    nothing, many, half, backwards, deadline, dictionaries = run.failures()
    assert nothing.startswith("Nothing to read: set usage_facts_accounts")
    assert run.results("Read the usage from Cloudflare")[0]["result"]["failure"]["kind"] == "parameters"
    items = [line["result"]["msg"] for line in run.record if line["status"] == "item_failed"]
    assert "One or more items failed" in many
    for word in ("account_ids: 'x/../y' is not accepted", "period: 'fortnight' is not accepted, it must be one of "):
        assert word in items[0]
    assert items[1] == "parameters are required together: from, to"
    assert "One or more items failed" in half
    assert "from: 2025-06-02 lies after to, 2025-06-01" in items[2]
    assert "One or more items failed" in backwards
    assert "One or more items failed" in deadline
    assert "deadline" in items[3]
    expected, ended = dictionaries.splitlines()
    assert expected.startswith("usage_facts_expected_accounts, line ")
    assert ended.startswith("usage_facts_ended_accounts, line 2: duplicate key 'a'")
    assert len(simulator.requests()) == before


def test_usage_facts_an_extra_variable_does_not_hide_the_facts_unseen(play: Play, simulator: Server) -> None:
    steps = on_localhost(usage_facts(usage_facts_accounts=[ACCOUNT], **ROLE_MAY))
    run = play(steps, env=simulator.env(), variables={"cloudflare_usage": {"status": "complete"}})
    assert run.code == 2
    assert run.failures()[0].startswith("cloudflare_usage is set as an extra variable")


def test_usage_facts_empty_answers_are_no_proof(play: Play, simulator: Server, tmp_path: Path) -> None:
    steps = on_localhost(
        usage_facts(
            usage_facts_accounts=[ACCOUNT, NOT_COVERED], usage_facts_organizations=[EMPTY_ORGANIZATION], **ROLE_MAY
        ),
        keep("cloudflare_usage", tmp_path / "usage.json"),
    )
    run = play(steps, env=simulator.env())
    assert run.code == 0
    usage = json.loads((tmp_path / "usage.json").read_text())
    assert usage["status"] == "partial"
    assert "source_empty" in {reason["code"] for reason in usage["reasons"]}
    assert [one["status"] for one in usage["sources"]] == ["complete", "empty", "empty"]
    [empty] = [reason for reason in usage["reasons"] if reason["code"] == "source_empty"]
    assert empty["sources"] == [NOT_COVERED, EMPTY_ORGANIZATION]
    for words in (
        f"Account {NOT_COVERED}: The API sent no record that counts",
        "proves nothing",
    ):
        assert words in run.output


def test_usage_facts_the_role_reads_accounts_in_one_task_and_judges_those_that_answer(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--accounts", "20", "--fault", f"status=404,path=/accounts/{ACCOUNT}/*")
    accounts = [one["id"] for one in server.world()["accounts"] if one["id"] != NOT_COVERED]
    steps = on_localhost(
        usage_facts(usage_facts_accounts="\n".join([*accounts, accounts[1].upper(), NOT_COVERED]), **ROLE_MAY),
        {
            "include_role": {"name": "finops.cloudflare.budget_assert"},
            "vars": {
                "budget_assert_budgets": [
                    {
                        "name": "requests",
                        "match": {"metric": "workers_standard_requests"},
                        "limit": 10**12,
                        "each": "account",
                        "on_unknown": "warn",
                    }
                ]
            },
        },
        keep("cloudflare_usage", tmp_path / "usage.json"),
        keep("cloudflare_budgets", tmp_path / "budgets.json"),
    )
    run = play(steps, env=server.env())
    assert (run.code, run.failures()) == (0, [])
    assert [line["status"] for line in run.results("Read the usage from Cloudflare")].count("item") == 1
    usage = json.loads((tmp_path / "usage.json").read_text())
    failed = {one["scope_id"]: one["failure"]["kind"] for one in usage["sources"] if one["failure"]}
    assert failed == {ACCOUNT: "refused", NOT_COVERED: "empty"}
    assert [one["scope_id"] for one in usage["sources"]] == [*accounts, NOT_COVERED]
    budgets = json.loads((tmp_path / "budgets.json").read_text())
    statuses = [one["status"] for one in budgets]
    assert (statuses.count("pass"), statuses.count("unknown")) == (19, 2)


def test_the_role_hands_over_source_cycle_tags_and_subscriptions(play: Play, simulator: Server, tmp_path: Path) -> None:
    steps = on_localhost(
        usage_facts(
            usage_facts_accounts=[ACCOUNT],
            usage_facts_source="rated",
            usage_facts_cycle_day="5",
            usage_facts_tags="team",
            usage_facts_subscriptions="yes",
            usage_facts_period="previous_billing_cycle",
        ),
        keep("cloudflare_usage", tmp_path / "usage.json"),
        survive(usage_facts(usage_facts_organizations=[ORGANIZATION], usage_facts_subscriptions=True, **ROLE_MAY)),
    )
    run = play(steps, env=simulator.env())
    usage = json.loads((tmp_path / "usage.json").read_text())
    assert (usage["source"], usage["billing_cycle"]["anchor"], usage["group_by"][-1]) == ("rated", 5, "tag.team")
    assert usage["subscriptions"]
    [refused] = [line["result"]["msg"] for line in run.record if line["status"] == "item_failed"]
    assert refused.startswith("subscriptions: can't be used with organization_ids, as the API tells the fixed fees of")


def test_usage_facts_the_role_reads_an_organization_by_the_bills_of_its_accounts_in_one_task(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    billed = "5b" * 16
    server = start_simulator("--fault", f"status=403,path=/accounts/{'15' * 16}/*")
    inside = ["15" * 16, "0a" * 16]
    steps = on_localhost(
        usage_facts(
            usage_facts_organizations=[billed], usage_facts_accounts=inside, usage_facts_source="paygo", **ROLE_MAY
        ),
        keep("cloudflare_usage", tmp_path / "usage.json"),
    )
    run = play(steps, env=server.env())
    assert (run.code, run.failures()) == (0, [])
    assert [line["status"] for line in run.results("Read the usage from Cloudflare")].count("item") == 1
    usage = json.loads((tmp_path / "usage.json").read_text())
    sources = {one["scope_id"]: one for one in usage["sources"]}
    assert len(sources) == 8
    failed = {one["scope_id"]: one["failure"]["kind"] for one in usage["sources"] if one["failure"]}
    assert failed == {"0a" * 16: "empty", "15" * 16: "refused"}
    assert (usage["status"], usage["cost"]["currency"]) == ("partial", "USD")
    paths = [each["path"] for each in server.requests()]
    assert paths.count(f"/organizations/{billed}/accounts") == 1
    assert all(paths.count(f"/accounts/{account}/billable-usage/info") == 1 for account in sources)
