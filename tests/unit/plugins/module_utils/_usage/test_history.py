# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days before the asked ones: they tell use that is 0 from use that nobody knows, and are no part of the facts."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merge import merge_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Record,
    Server,
    ask,
    between,
    codes,
    daily,
    reason,
    record,
)

RARE: dict[str, Any] = {"x_BillableMetricId": "stream_minutes", "x_BillableMetricName": "Stream Minutes"}
OTHER: dict[str, Any] = {"BillingAccountId": OTHER_ACCOUNT, "BillingAccountName": "Staging"}
MONTH = {"name": "b", "period": "month", "limit": 10**6}


def facts(rows: list[Record], to: str = "2025-05-03", **options: Any) -> Facts:
    """Return the facts of May up to a day, by the night after the day on which that is whole."""
    now = datetime.fromisoformat(to).replace(tzinfo=timezone.utc) + timedelta(days=2, hours=3)
    given = {"history_days": 30, **between("2025-05-01", to), **options}
    return dict(read_usage(ask(Server(rows), now, **given)["usage"]))


def status(usage: Facts, **budget: Any) -> str:
    (verdict,) = evaluate_budgets(usage, [{**MONTH, **budget}])
    return str(verdict["status"])


def test_history_use_that_is_not_there_any_more_is_known_to_be_0() -> None:
    rows = [*daily("2025-04-01", 33), record("2025-04-20", 7, **RARE)]
    rare = {"match": {"metric": "stream_minutes"}}
    assert status(facts(rows, history_days=None), **rare) == "unknown"
    usage = facts(rows)
    found = {group["x_billable_metric_id"]: group for group in usage["groups"]}
    assert (usage["status"], usage["record_count"], usage["from"]) == ("complete", 3, "2025-05-01")
    assert found["workers_requests"]["daily_quantity"] == [1, 1, 1], "the amounts of the days before do not count"
    assert found["stream_minutes"] | {"record_count": 0, "consumed_quantity": 0} == found["stream_minutes"]
    assert (found["stream_minutes"]["daily_quantity"], found["stream_minutes"]["billed_cost"]) == ([0, 0, 0], None)
    assert status(usage, **rare) == "pass"
    assert status(usage, match={"metric": "stream_minuets"}) == "unknown", "a typing error stays one"
    assert status(usage, match={"metric": "stream_minutes"}, period="day") == "pass"


@pytest.mark.parametrize("when", ["2025-03-31", "2025-03-01"])
def test_history_has_its_days_and_no_more(when: str) -> None:
    usage = facts([*daily("2025-04-01", 33), record(when, 7, **RARE)])
    assert [group["x_billable_metric_id"] for group in usage["groups"]] == ["workers_requests"]


def test_history_of_nothing_but_rare_use_makes_an_empty_answer_a_known_0() -> None:
    rows = [record(when, 7, **RARE) for when in ("2025-04-03", "2025-04-17")]
    assert facts(rows, history_days=None)["status"] == "empty"
    usage = facts(rows)
    assert (usage["status"], usage["record_count"], usage["complete_through"]) == ("complete", 0, "2025-05-03")
    assert usage["accounts"] == [{"id": ACCOUNT, "name": "Production", "last_day": "2025-04-17"}]
    assert [status(usage), status(usage, period="day"), status(usage, each="account")] == ["pass"] * 3
    assert codes(facts([])) == ["empty"], "no use in the days before either proves nothing"


@pytest.mark.parametrize("days", [28, 29, 30])
def test_history_account_that_fell_silent_in_it_is_a_doubt(days: int) -> None:
    rows = [*daily("2025-04-01", 33, 1000), *daily("2025-04-01", days, 1000, **OTHER)]
    asked = {"organization_id": ORGANIZATION}
    assert status(facts(rows, history_days=None, **asked)) == "pass", "nothing tells that there was another one"
    usage = facts(rows, **asked)
    assert reason(usage, "account_silent")["about"] == [{"account": OTHER_ACCOUNT}]
    assert status(usage) == status(usage, match={"account": "Staging"}) == "unknown"
    assert status(usage, match={"account": "Production"}) == "pass"
    ended = {OTHER_ACCOUNT: str(date(2025, 4, 1) + timedelta(days=days))}
    assert facts(rows, ended_accounts=ended, **asked)["status"] == "complete"


def test_history_of_all_that_fell_silent_is_a_doubt() -> None:
    usage = facts(daily("2025-04-01", 30, 1000))
    assert codes(usage) == ["no_rows_on_last_days"]
    assert (usage["complete_through"], usage["status"], status(usage)) == (None, "partial", "unknown")
    assert reason(usage, "no_rows_on_last_days")["days"] == ["2025-05-01", "2025-05-02", "2025-05-03"]


def test_history_metric_that_stopped_in_it_is_a_gap_on_the_asked_days() -> None:
    rows = [*daily("2025-04-01", 33), *daily("2025-04-01", 30, 1000, **RARE)]
    usage = facts(rows)
    assert reason(usage, "gap_in_daily_metric")["days"] == ["2025-05-01", "2025-05-02", "2025-05-03"]
    assert status(usage, match={"metric": "stream_minutes"}) == "unknown"
    assert status(usage, match={"metric": "workers_requests"}) == "pass"


def test_history_gaps_in_it_are_no_doubt_of_the_asked_days() -> None:
    rows = [row for row in daily("2025-04-01", 33, 1000) if row["ChargePeriodStart"][:10] != "2025-04-10"]
    assert facts(rows)["status"] == "complete"
    assert codes(facts(rows, **{"from": "2025-04-05"})) == ["gap_in_daily_metric"]


def test_history_of_an_account_that_is_new_is_no_doubt() -> None:
    assert facts(daily("2025-05-01", 20, 1000), "2025-05-20")["status"] == "complete"
    late = facts(daily("2025-05-03", 18, 1000), "2025-05-20")
    assert reason(late, "no_rows_on_first_days")["days"] == ["2025-05-01", "2025-05-02"]


def test_history_costs_are_0_where_there_are_costs_at_all() -> None:
    costs = {"BilledCost": 2, "BillingCurrency": "USD"}
    rows = [*daily("2025-04-01", 33, **costs), record("2025-04-20", 7, **RARE, **costs)]
    usage = facts(rows)
    rare = usage["groups"][0]
    assert (rare["x_billable_metric_id"], rare["billed_cost"], rare["list_cost"]) == ("stream_minutes", 0, None)
    assert (rare["daily_billed_cost"], rare["rated_through"]) == ([0, 0, 0], "2025-05-03")
    assert (usage["cost"], usage["groups"][1]["billed_cost"]) == ({"available": "all", "currency": "USD"}, 6)
    bill = {"measure": "billed_cost", "limit": 6}
    assert status(usage, **bill) == status(usage, **bill, match={"metric": "stream_minutes"}) == "pass"


def test_history_is_one_request_more_and_has_no_records() -> None:
    server = Server(daily("2025-04-01", 33))
    now = datetime(2025, 5, 5, tzinfo=timezone.utc)
    result = ask(server, now, history_days=30, return_records=True, **between("2025-05-01", "2025-05-03"))
    asked = [(query["from"], query["to"]) for query in server.asked]
    assert asked == [("2025-05-01", "2025-05-03"), ("2025-04-01", "2025-04-30")]
    assert (result["usage"]["requests"], len(result["records"])) == (2, 3)


def test_history_of_several_accounts_is_that_of_each() -> None:
    rare = [record("2025-04-20", 7, **RARE, **OTHER), record("2025-04-21", 7, **RARE, **OTHER)]
    for group_by in (["account", "metric"], ["metric"]):
        parts = [facts(daily("2025-04-01", 33), group_by=group_by)]
        parts.append(facts(rare, account_id=OTHER_ACCOUNT, group_by=group_by))
        usage = dict(read_usage(merge_facts(parts)))
        assert (usage["status"], usage["record_count"]) == ("complete", 3)
        assert status(usage, match={"metric": "stream_minutes"}) == "pass"
    assert status(usage) == "pass"


def test_history_metric_that_is_asked_for_and_rare_is_no_doubt() -> None:
    rows = [*daily("2025-04-01", 33), record("2025-04-20", 7, **RARE)]
    asked: dict[str, Any] = {"metric": ["stream_minutes", "workers_requests"]}
    assert codes(facts(rows, history_days=None, **asked)) == ["metric_without_rows"]
    assert facts(rows, **asked)["status"] == "complete"
