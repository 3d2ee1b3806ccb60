# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bill of a pay-as-you-go account: which requests are made, what counts, what is known, and what is told."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiResponseError,
    MalformedError,
    ParameterError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_names import metric_id
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.paygo_factories import (
    OTHER_SUBSCRIPTION,
    R2_CLASS_A,
    SUBSCRIPTION,
    PaygoServer,
    bill,
    row,
    subscription,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    ORGANIZATION,
    Facts,
    Literal,
    Record,
    Server,
    ask,
    between,
    codes,
    reason,
)

NOW = datetime(2025, 6, 9, 3, 0, tzinfo=timezone.utc)
CYCLE = between("2025-05-05", "2025-06-04")
YEAR = [f"{month // 12 + 2024}-{month % 12 + 1:02}-05" for month in range(5, 17)]


def paygo(server: PaygoServer, now: datetime = NOW, /, **options: Any) -> Facts:
    facts: Facts = ask(server, now, source="paygo", **options)["usage"]
    return facts


def read(rows: list[Record], *subscriptions: dict[str, Any], **options: Any) -> Facts:
    return paygo(PaygoServer(rows, *(subscriptions or [subscription("2025-01-05")])), **{**CYCLE, **options})


def asked(server: PaygoServer, now: datetime = NOW, /, **options: Any) -> list[str]:
    paygo(server, now, **options)
    return [f"{each['from']} {each['to']}" for each in server.asked]


def test_paygo_cycle_is_one_request_and_known_to_the_cent() -> None:
    server = PaygoServer(bill(["2025-05-05"], "2025-06-05", 2), subscription("2025-01-05"))
    facts = paygo(server, **CYCLE)
    assert (server.asked, server.requests) == ([{"from": "2025-05-05", "to": "2025-06-04"}], 2)
    (group,) = facts["groups"]
    assert (facts["source"], facts["status"], facts["reasons"]) == ("paygo", "complete", [])
    assert facts["billing_cycle"] == {"from": "2025-05-05", "to": "2025-06-04", "anchor": 5}
    assert group["daily_billed_cost"] == [2] * 31
    assert {group[cost] for cost in ("billed_cost", "effective_cost", "contracted_cost", "list_cost")} == {62}
    assert (group["pricing_quantity"], group["pricing_unit"], group["consumed_unit"]) == (31, "Count", "Count")
    assert group["x_billable_metric_id"] == "r2_storage_class_a_operations"
    assert group["x_billable_metric_name"] == R2_CLASS_A
    assert (group["x_product_family_name"], group["billing_account_id"]) == ("R2", ACCOUNT)
    assert facts["cost"] == {"available": "all", "currency": "USD"}


def test_paygo_year_takes_a_request_for_each_cycle() -> None:
    server = PaygoServer(bill(YEAR, "2025-06-05"), subscription("2024-01-05"))
    facts = paygo(server, **between("2024-06-05", "2025-06-04"))
    assert (facts["status"], facts["record_count"], server.requests) == ("complete", 365, 13)
    assert [each["from"] for each in server.asked] == YEAR


def test_paygo_asks_for_whole_cycles_and_counts_only_the_asked_days() -> None:
    server = PaygoServer(bill(YEAR, "2025-06-05"), subscription("2024-01-05"))
    answer = ask(server, NOW, source="paygo", return_records=True, **between("2025-05-01", "2025-05-31"))
    assert [f"{each['from']} {each['to']}" for each in server.asked] == [
        "2025-04-05 2025-05-04",
        "2025-05-05 2025-06-04",
    ]
    facts = answer["usage"]
    assert (facts["status"], facts["record_count"], facts["groups"][0]["billed_cost"]) == ("complete", 31, 31)
    assert facts["dropped"] == {"outside_range": 0, "other_metric": 0, "other_account": 0, "not_counted": 0}
    assert [each["charge_period_start"][:10] for each in answer["records"]] == facts["days"]


def test_paygo_records_keep_the_original_name_under_the_names_of_version_2() -> None:
    rows = [row("2025-05-05", ZoneId="z", ZoneName="example.com", ConsumedUnit="GB")]
    server = PaygoServer(rows, subscription("2025-01-05"))
    (record,) = ask(server, NOW, source="paygo", return_records=True, **CYCLE)["records"]
    assert record["service_name"] == record["x_billable_metric_name"] == R2_CLASS_A
    assert record["x_billable_metric_id"] == "r2_storage_class_a_operations"
    assert (record["sub_account_id"], record["x_zone_id"], record["x_zone_name"]) == (SUBSCRIPTION, "z", "example.com")
    assert (record["x_product_family_name"], record["consumed_unit"]) == ("R2", "GB")
    assert (record["cumulated_contracted_cost"], record["billing_period_end"]) == (None, None)
    assert not record.keys() & {"zone_id", "zone_name", "subscription_id", "service_family_name"}


@pytest.mark.parametrize(
    ("name", "ident"),
    [
        (R2_CLASS_A, "r2_storage_class_a_operations"),
        ("R2 Storage Class A Operations (10M included)", "r2_storage_class_a_operations"),
        ("KV Storage (GB, First GB is included)", "kv_storage"),
        ("KV Storage", "kv_storage"),
        ("Workers CPU ms (first 30M free)", "workers_cpu_ms"),
        ("Stream (Minutes Stored)", "stream_minutes_stored"),
        ("Logs (Beta) (First 5 GB Included)", "logs_beta"),
        ("Requests (including subrequests)", "requests_including_subrequests"),
        ("  Durable Objects -- GB-s ", "durable_objects_gb_s"),
    ],
)
def test_paygo_v1_metric_id_is_the_name_without_the_note_of_what_is_included(name: str, ident: str) -> None:
    assert metric_id(name) == ident


def test_paygo_v1_metric_id_is_what_the_page_on_sources_says() -> None:
    page = Path(__file__).parents[5] / "docs" / "sources.md"
    rows = re.findall(r"^\| `([^`]+)` \| `([a-z0-9_]+)` \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 3
    assert {name: metric_id(name) for name, _ident in rows} == dict(rows)


def test_paygo_v1_metric_id_of_names_beyond_ascii_stays_apart_and_fit_for_the_option() -> None:
    idents = {metric_id(name) for name in ("Größe", "Gröbe", "Gr e", "使用量", "リクエスト")}
    assert len(idents) == 5
    assert all(re.fullmatch("[a-z0-9_]+", ident) for ident in idents)


def test_paygo_v1_metric_id_survives_a_change_of_the_note_within_one_range() -> None:
    rows = bill(["2025-05-05"], "2025-06-05")
    for each in rows[10:]:
        each["ServiceName"] = "R2 Storage Class A Operations (First 10M included)"
        each["CumulatedContractedCost"] = None
    (group,) = read(rows)["groups"]
    assert group["billed_cost"] == 31
    assert group["x_billable_metric_name"] == "R2 Storage Class A Operations (First 10M included)"


ANCHORS = [
    ("2025-01-31T23:30:00Z", ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"], "2025-06-30"),
    ("2025-01-30", ["2025-01-30", "2025-02-28", "2025-03-30", "2025-04-30", "2025-05-30"], "2025-06-30"),
    ("2024-01-29", ["2024-01-29", "2024-02-29", "2024-03-29", "2024-04-29"], "2024-05-29"),
    ("2025-01-29", ["2025-01-29", "2025-02-28", "2025-03-29", "2025-04-29"], "2025-05-29"),
    ("2025-01-01", ["2025-01-01", "2025-02-01", "2025-03-01"], "2025-04-01"),
    ("2025-02-04T22:00:00-03:00", ["2025-02-05", "2025-03-05"], "2025-04-05"),
]


@pytest.mark.parametrize(("anchor", "starts", "until"), ANCHORS)
def test_paygo_anchor_late_in_the_month_is_followed_through_short_months(
    anchor: str, starts: list[str], until: str
) -> None:
    server = PaygoServer(bill(starts, until), subscription(anchor, anchor))
    now = datetime(2025, 7, 9, tzinfo=timezone.utc)
    last = max(each["ChargePeriodStart"][:10] for each in server.rows)
    facts = paygo(server, now, **between(starts[0], last))
    assert [each["from"] for each in server.asked] == starts
    assert (facts["status"], facts["record_count"]) == ("complete", len(server.rows))
    assert facts["billing_cycle"]["anchor"] == (5 if "-03:00" in anchor else int(anchor[8:10]))


def test_paygo_anchor_that_moved_ends_a_cycle_early() -> None:
    starts = ["2025-03-05", "2025-04-05", "2025-04-12", "2025-05-12"]
    server = PaygoServer(bill(starts, "2025-06-12"), subscription("2025-04-12", "2024-01-05"))
    now = datetime(2025, 6, 20, tzinfo=timezone.utc)
    facts = paygo(server, now, **between("2025-03-05", "2025-06-11"))
    assert sorted(f"{each['from']} {each['to']}" for each in server.asked) == [
        "2025-03-05 2025-04-04",
        "2025-04-05 2025-04-11",
        "2025-04-12 2025-05-11",
        "2025-05-12 2025-06-11",
    ]
    assert (facts["status"], facts["record_count"]) == ("complete", 99)


@pytest.mark.parametrize("told", [5, 1])
def test_paygo_year_with_an_anchor_that_moved_takes_fourteen_requests(told: int) -> None:
    before = [f"{month // 12 + 2024}-{month % 12 + 1:02}-05" for month in range(5, 11)]
    after = [f"{month // 12 + 2024}-{month % 12 + 1:02}-20" for month in range(10, 16)]
    server = PaygoServer(bill([*before, *after], "2025-05-20"), subscription("2024-11-20", f"2024-01-{told:02}"))
    answered = ask(server, NOW, source="paygo", return_records=True, **between("2024-06-05", "2025-05-19"))
    facts = answered["usage"]
    assert (facts["status"], facts["record_count"], facts["groups"][0]["billed_cost"]) == ("complete", 349, 349)
    assert server.requests == (13 if told == 5 else 14)
    assert [each["charge_period_start"][:10] for each in answered["records"]] == facts["days"]


def test_paygo_subscription_that_took_the_place_of_another_is_asked_by_its_own_anchor() -> None:
    old = bill(["2025-03-05", "2025-04-05"], "2025-04-12")
    new = bill(["2025-04-12", "2025-05-12"], "2025-06-09", SubscriptionId=OTHER_SUBSCRIPTION)
    facts = read(
        [*old, *new],
        subscription("2024-01-05", end="2025-04-12"),
        subscription("2025-04-12", "2025-04-12", ident=OTHER_SUBSCRIPTION),
        **between("2025-03-05", "2025-06-04"),
    )
    assert (facts["status"], facts["record_count"]) == ("complete", 92)


def test_paygo_anchor_that_nobody_told_of_is_taken_from_the_records() -> None:
    starts = ["2025-02-05", "2025-03-05", "2025-04-05", "2025-05-05"]
    server = PaygoServer(bill(starts, "2025-06-05"), subscription("2024-01-20", "2024-01-20"))
    facts = paygo(server, **between("2025-02-20", "2025-06-04"))
    assert [each["from"] for each in server.asked][-4:] == starts
    assert (facts["status"], facts["record_count"]) == ("complete", 105)
    assert facts["billing_cycle"] == {"from": "2025-05-05", "to": "2025-06-04", "anchor": 5}


def test_paygo_anchor_that_drifts_after_a_short_month_is_taken_from_the_records() -> None:
    starts = ["2025-01-31", "2025-02-28", "2025-03-28", "2025-04-28"]
    server = PaygoServer(bill(starts, "2025-05-28"), subscription("2025-01-31", "2025-01-31"))
    facts = paygo(server, **between("2025-01-31", "2025-05-27"))
    assert (facts["status"], facts["record_count"]) == ("complete", 117)


def test_paygo_anchor_that_no_records_agree_with_is_a_reason() -> None:
    rows = bill(["2025-05-05"], "2025-06-05")
    for number, each in enumerate(rows):
        each["BillingPeriodStart"] = f"2025-05-{6 + number % 2:02}T00:00:00Z"
    facts = paygo(PaygoServer(rows, subscription("2024-01-05"), strict=False), **CYCLE)
    assert facts["status"] == "partial"
    assert reason(facts, "billing_cycle_moved")["days"] == ["2025-05-06", "2025-05-07"]


def test_paygo_subscriptions_with_different_anchors_are_each_right_and_told() -> None:
    rows = [
        *bill(["2025-04-05", "2025-05-05"], "2025-06-05"),
        *bill(["2025-04-20", "2025-05-20"], "2025-06-09", 10, SubscriptionId=OTHER_SUBSCRIPTION),
    ]
    subscriptions = [subscription("2025-01-05"), subscription("2025-01-20", ident=OTHER_SUBSCRIPTION)]
    facts = read(rows, *subscriptions, group_by=["sub_account"])
    costs = {group["sub_account_id"]: group["billed_cost"] for group in facts["groups"]}
    assert costs == {SUBSCRIPTION: 31, OTHER_SUBSCRIPTION: 310}
    assert codes(facts) == ["billing_cycles_differ"]
    loose = paygo(PaygoServer(rows, *subscriptions, strict=False), **CYCLE)
    assert (loose["record_count"], loose["dropped"]["outside_range"]) == (62, 0)


def test_paygo_rows_that_name_no_subscription_count_once() -> None:
    rows = bill(["2025-04-20", "2025-05-20"], "2025-06-09", SubscriptionId=None)
    subscriptions = [subscription("2025-01-05"), subscription("2025-01-20", ident=OTHER_SUBSCRIPTION)]
    facts = paygo(PaygoServer(rows, *subscriptions, strict=False), **CYCLE)
    assert facts["groups"][0]["billed_cost"] == 31


def test_paygo_server_that_sends_two_cycles_for_one_does_not_double_a_day() -> None:
    class Generous(PaygoServer):
        def get_result(self, path: str, query: Any, *arguments: Any, **more: Any) -> Any:
            return super().get_result(path, {"from": "2025-04-05", "to": "2025-06-04"}, *arguments, **more)

    rows = bill(["2025-04-05", "2025-05-05"], "2025-06-05")
    facts = paygo(Generous(rows, subscription("2025-01-05"), strict=False), **between("2025-04-05", "2025-06-04"))
    assert facts["groups"][0]["billed_cost"] == 61
    assert codes(facts) == ["records_outside_range"]


@pytest.mark.parametrize("covered", [False, None, "true"])
def test_paygo_account_that_is_not_covered_is_not_asked_and_told(covered: Any) -> None:
    server = PaygoServer([], subscription("2025-01-05"), covered=covered)
    facts = paygo(server, **CYCLE)
    assert (facts["status"], server.asked) == ("empty", [])
    assert "source: usage" in reason(facts, "account_not_covered")["message"]


@pytest.mark.parametrize(
    "subscriptions", [[], [subscription("2024-01-05", end="2025-05-01")], [subscription("2025-07-01", "2025-07-01")]]
)
def test_paygo_account_without_an_active_subscription_is_not_asked_and_told(
    subscriptions: list[dict[str, Any]],
) -> None:
    server = PaygoServer([], *subscriptions)
    assert codes(paygo(server, **CYCLE)) == ["empty", "no_active_subscription"]
    assert server.asked == []


def test_paygo_cycle_without_rows_among_others_is_a_reason() -> None:
    rows = [*bill(["2025-03-05"], "2025-04-05"), *bill(["2025-05-05"], "2025-06-05")]
    facts = read(rows, **between("2025-03-05", "2025-06-04"))
    assert facts["status"] == "partial"
    assert reason(facts, "billing_cycle_without_rows")["days"][0] == "2025-04-05"


@pytest.mark.parametrize(
    "info",
    [
        {"covered": True, "subscriptions": "none"},
        {"covered": True, "subscriptions": ["x"]},
        {"covered": True, "subscriptions": [{"id": "x", "billing_cycle_anchor_timestamp": "soon"}]},
        {"covered": True, "subscriptions": [{"id": "x"}]},
    ],
)
def test_paygo_info_that_can_not_be_read_is_an_error(info: dict[str, Any]) -> None:
    server = PaygoServer([])
    server.info = info
    with pytest.raises(MalformedError, match="info is not what the Cloudflare API sends"):
        paygo(server, **CYCLE)


# What a cost of one day is known to be, by the day's row and those after it.
TRUTH: list[tuple[str, list[Record], float | None, list[str]]] = [
    ("charged for", [row("2025-05-07", Literal("1.25"), 1, Literal("1.25"))], 1.25, []),
    ("within the allowance", [row("2025-05-07", 0, 0, 0)], 0, []),
    ("beyond it and without a cost yet", [row("2025-05-07", 0, 3, 0)], None, ["cost_not_rated_yet"]),
    ("what is charged for is unknown", [row("2025-05-07", 0, None, 0)], None, ["cost_not_rated_yet"]),
    ("cost unknown", [row("2025-05-07", None, 0)], None, []),
    (
        "a later total has grown and is the sum: it was rated as nothing",
        [row("2025-05-07", 0, 3, 0), row("2025-05-08", 2, 1, 2)],
        2,
        [],
    ),
    (
        "a later total has not grown",
        [row("2025-05-07", 0, 3, 0), row("2025-05-08", 0, 0, 0)],
        None,
        ["cost_not_rated_yet"],
    ),
    (
        "a later total holds more than the days",
        [row("2025-05-07", 0, 3, 0), row("2025-05-08", 2, 1, 5)],
        None,
        ["cost_not_rated_yet", "cost_differs_from_running_total"],
    ),
    (
        "a later day without a total",
        [row("2025-05-07", 0, 3), row("2025-05-08", 2, 1)],
        None,
        ["cost_not_rated_yet"],
    ),
    (
        "an earlier total proves nothing",
        [row("2025-05-06", 2, 1, 2), row("2025-05-07", 0, 3, 2)],
        None,
        ["cost_not_rated_yet"],
    ),
    (
        "the total of another line proves nothing",
        [row("2025-05-07", 0, 3, 0), row("2025-05-08", 2, 1, 2, ServiceName="KV Reads")],
        None,
        ["cost_not_rated_yet"],
    ),
    ("only the contracted cost is there", [row("2025-05-07", 3, 1, 3, BilledCost=...)], 3, []),
]


@pytest.mark.parametrize(("rows", "cost", "told"), [case[1:] for case in TRUTH], ids=[case[0] for case in TRUTH])
def test_paygo_cost_truth_table(rows: list[Record], cost: float | None, told: list[str]) -> None:
    facts = read(rows)
    group = next(each for each in facts["groups"] if each["x_billable_metric_id"].startswith("r2_"))
    assert group["billed_cost"] == cost
    assert (group["daily_billed_cost"] is None) == (cost is None)
    others = {"no_rows_on_first_days", "no_rows_on_last_days", "cost_on_some_records"}
    assert [code for code in codes(facts) if code not in others] == told
    assert group["consumed_quantity"] == 1000 * group["record_count"]


def test_paygo_running_total_over_all_zones_confirms_their_sum() -> None:
    zones = {"ZoneId": "a"}, {"ZoneId": "b"}
    rows = [
        row("2025-05-05", 1, 1, 1, **zones[0]),
        row("2025-05-05", 0, 1, 1, **zones[1]),
        row("2025-05-06", 1, 1, 3, **zones[0]),
        row("2025-05-06", 1, 1, 3, **zones[1]),
    ]
    facts = read(rows, **between("2025-05-05", "2025-05-06"))
    assert (codes(facts), facts["groups"][0]["billed_cost"]) == ([], 3)


@pytest.mark.parametrize(
    ("costs", "running", "differs"),
    [
        (["0.1", "0.2"], "0.30000000000000004", False),
        (["0.33", "0.33"], "0.6666", False),
        (["0.33", "0.33"], "0.68", True),
        (["0.333333", "0.333333"], "0.666667", False),
        (["0.333333", "0.333333"], "0.6668", True),
        (["5", "5"], "10.01", False),
        (["5", "5"], "10.02", True),
    ],
)
def test_paygo_running_total_may_differ_by_rounding_only(costs: list[str], running: str, *, differs: bool) -> None:
    rows = [row(f"2025-05-{5 + day:02}", Literal(cost), 1) for day, cost in enumerate(costs)]
    rows[-1]["CumulatedContractedCost"] = Literal(running)
    facts = read(rows, **between("2025-05-05", "2025-05-06"))
    assert codes(facts) == (["cost_differs_from_running_total"] if differs else [])


def test_paygo_doubts_about_costs_are_about_their_metrics() -> None:
    rows = [row("2025-05-05", 1, 1, 7), row("2025-05-06", 0, 1), row("2025-05-05", 1, 1, 1, ServiceName="D1 Rows Read")]
    found = {each["code"]: each.get("about") for each in read(rows, **between("2025-05-05", "2025-05-06"))["reasons"]}
    mine = [{"account": ACCOUNT, "metric": "r2_storage_class_a_operations"}]
    assert found["cost_not_rated_yet"] == found["cost_differs_from_running_total"] == mine


def test_paygo_running_total_is_checked_over_the_cycle_and_not_over_the_asked_days() -> None:
    facts = read(bill(["2025-05-05"], "2025-06-05"), **between("2025-05-20", "2025-05-25"))
    assert (facts["status"], facts["groups"][0]["billed_cost"]) == ("complete", 6)


def test_paygo_costs_are_exact() -> None:
    rows = [row("2025-05-05", Literal("0.1"), 1), row("2025-05-05", Literal("0.2"), 1)]
    (group,) = read(rows, **between("2025-05-05", "2025-05-05"))["groups"]
    assert group["billed_cost"] == 0.3


def test_paygo_units_of_pricing_are_never_mixed() -> None:
    rows = [row("2025-05-05", 1, 1, ConsumedUnit="GB"), row("2025-05-05", 1, 1, ConsumedUnit="GB", PricingUnit="TB")]
    (group,) = read(rows, **between("2025-05-05", "2025-05-05"))["groups"]
    assert (group["billed_cost"], group["pricing_quantity"], group["pricing_unit"]) == (2, None, None)


def test_paygo_metric_is_filtered_by_id() -> None:
    rows = [*bill(["2025-05-05"], "2025-06-05"), *bill(["2025-05-05"], "2025-06-05", ServiceName="KV Reads")]
    facts = read(rows, metric=["kv_reads"])
    assert [each["x_billable_metric_id"] for each in facts["groups"]] == ["kv_reads"]
    assert (facts["status"], facts["dropped"]["other_metric"]) == ("complete", 31)


def test_paygo_rows_that_can_not_be_counted_are_told_when_they_may_be_of_the_asked_days() -> None:
    rows = bill(["2025-05-05"], "2025-06-05")
    rows[3]["ConsumedQuantity"] = "many"
    assert reason(read(rows), "records_not_counted")["count"] == 1
    assert "records_not_counted" not in codes(read(rows, **between("2025-05-20", "2025-05-25")))


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("billing_cycle", "2025-06-05", "2025-06-09"),
        ("previous_billing_cycle", "2025-05-05", "2025-06-04"),
        ("last_2_billing_cycles", "2025-05-05", "2025-06-09"),
        ("last_12_billing_cycles", "2024-07-05", "2025-06-09"),
        ("month_to_date", "2025-06-01", "2025-06-09"),
    ],
)
def test_paygo_period_follows_the_anchor(period: str, first: str, last: str) -> None:
    facts = paygo(PaygoServer([], subscription("2025-01-05")), period=period)
    assert (facts["from"], facts["to"], facts["period"]) == (first, last, period)
    assert facts["billing_cycle"] == {"from": "2025-06-05", "to": "2025-07-04", "anchor": 5} or period.startswith(
        "prev"
    )


def test_paygo_period_without_a_cycle_is_a_calendar_month_that_is_empty() -> None:
    facts = paygo(PaygoServer([], covered=False), period="billing_cycle")
    assert (facts["from"], facts["status"], facts["billing_cycle"]) == ("2025-06-01", "empty", None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"organization_id": ORGANIZATION, "account_id": None, "subscriptions": True},
            "subscriptions: can't be used with organization_id, as the API tells the fixed fees of one account",
        ),
        ({"cycle_day": 5}, "cycle_day: can't be used with source paygo"),
        ({"metric": ["Workers-Requests"]}, "metric: 'Workers-Requests' is not a metric id of source paygo"),
        ({"source": "usage", "period": "billing_cycle"}, "period: billing_cycle needs to know"),
        ({"source": "bill"}, "source: 'bill' is not accepted"),
        ({"period": "last_1_billing_cycles"}, "period: 'last_1_billing_cycles' is not accepted"),
        ({"period": "last_37_billing_cycles"}, "period: 'last_37_billing_cycles' is not accepted"),
    ],
)
def test_paygo_options_that_can_not_be_used_are_refused_before_any_request(options: dict[str, Any], told: str) -> None:
    server = PaygoServer([])
    with pytest.raises(ParameterError, match=told.replace("(", r"\(")):
        ask(server, NOW, **{"source": "paygo", **options})
    assert server.requests == 0


def test_paygo_refusal_names_the_source_of_accounts_with_a_contract() -> None:
    class Refusing(PaygoServer):
        def get_object(self, path: str) -> Answer[dict[str, Any]]:
            raise ApiResponseError("Refused.", path=path, http_status=403)

    with pytest.raises(ApiResponseError, match=r"Refused\. An account with a contract .* source: usage"):
        paygo(Refusing([]), **CYCLE)


def test_paygo_v1_usage_that_is_empty_names_the_source_of_a_bill() -> None:
    facts = ask(Server([]), NOW, **CYCLE)["usage"]
    assert reason(facts, "empty")["message"].endswith("A pay-as-you-go account reads its bill with source: paygo.")


def test_paygo_info_with_errors_beside_success_is_a_doubt() -> None:
    server = PaygoServer(bill(["2025-05-05"], "2025-06-05"), subscription("2025-01-05"))
    server.beside = Notices(errors=({"code": 7, "message": "not all subscriptions"},))
    facts = paygo(server, **CYCLE)
    assert "not all subscriptions" in reason(facts, "errors_beside_success")["message"]
