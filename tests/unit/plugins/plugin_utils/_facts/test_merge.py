# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several facts become one: sums exact, doubts kept, nothing twice."""

from __future__ import annotations

import copy
import itertools
import json
import random
from datetime import date
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError, read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import value_label
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._usage.usage_reference import (
    KEYS,
    Row,
    random_rows,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Literal,
    Record,
    Server,
    codes,
    daily,
    reason,
    record,
    usage,
)

THIRD = "c" * 32


def part(account: str, *rows: Record, **options: Any) -> Facts:
    """Return the facts of one account, whatever account its rows name."""
    mine = [{**row, "BillingAccountId": account, "BillingAccountName": account[:3]} for row in rows]
    return usage(Server(mine), account_id=account, **{**MAY, **options})


def test_merge_the_facts_of_one_come_back_unchanged() -> None:
    facts = part(ACCOUNT, *daily("2025-05-01", 31))
    assert merge_usage([facts]) == facts


def test_merge_two_whole_ones_are_one_whole() -> None:
    parts = [part(ACCOUNT, *daily("2025-05-01", 31, 2)), part(OTHER_ACCOUNT, *daily("2025-05-01", 31, Literal("0.1")))]
    merged: Any = read_usage(merge_usage(parts))
    groups = merged.pop("groups")
    assert [(group["billing_account_id"], group["consumed_quantity"]) for group in groups] == [
        (ACCOUNT, 62),
        (OTHER_ACCOUNT, 3.1),
    ]
    assert merged.pop("days") == parts[0]["days"]
    assert merged == {
        "source": "usage",
        "scope": "combined",
        "scope_id": None,
        "from": "2025-05-01",
        "to": "2025-05-31",
        "period": None,
        "billing_cycle": None,
        "complete_through": "2025-05-31",
        "lag_days": 1,
        "status": "complete",
        "reasons": [],
        "record_count": 62,
        "dropped": {"outside_range": 0, "other_metric": 0, "other_account": 0, "not_counted": 0},
        "accounts": [
            {"id": ACCOUNT, "name": "023", "last_day": "2025-05-31"},
            {"id": OTHER_ACCOUNT, "name": "5f3", "last_day": "2025-05-31"},
        ],
        "metric": [],
        "group_by": ["account", "product_family", "metric"],
        "cost": {"available": "none", "currency": None},
        "fetched_at": "2025-06-02T03:00:00Z",
        "requests": 2,
        "collection_version": COLLECTION_VERSION,
        "sources": [
            {
                "source": "usage",
                "scope": "account",
                "scope_id": account,
                "from": "2025-05-01",
                "to": "2025-05-31",
                "status": "complete",
                "complete_through": "2025-05-31",
                "record_count": 31,
                "fetched_at": "2025-06-02T03:00:00Z",
                "failure": None,
            }
            for account in (ACCOUNT, OTHER_ACCOUNT)
        ],
    }


def test_merge_groups_of_the_same_kind_are_added_exactly() -> None:
    tenth = daily("2025-05-01", 31, Literal("0.1"))
    parts = [part(account, *tenth, group_by=["metric"]) for account in (ACCOUNT, OTHER_ACCOUNT, THIRD)]
    (group,) = merge_usage(parts)["groups"]
    assert group["consumed_quantity"] == 9.3
    assert group["daily_quantity"] == [0.3] * 31
    assert group["record_count"] == 93
    assert 0.1 + 0.1 + 0.1 != 0.3


def test_merge_units_and_currencies_stay_apart() -> None:
    parts = [
        part(ACCOUNT, record("2025-05-01", 1), group_by=[]),
        part(OTHER_ACCOUNT, record("2025-05-01", 2, ConsumedUnit="GB"), group_by=[]),
        part(THIRD, record("2025-05-01", 4, BillingCurrency="USD"), group_by=[]),
    ]
    found = [(each["consumed_unit"], each["billing_currency"]) for each in merge_usage(parts)["groups"]]
    assert found == [("GB", None), ("Requests", None), ("Requests", "USD")]


def test_merge_days_to_come_stay_unknown() -> None:
    asked = {"from": "2025-06-01", "to": "2025-06-04", "group_by": []}
    parts = [part(account, record("2025-06-01", 1), **asked) for account in (ACCOUNT, OTHER_ACCOUNT)]
    assert merge_usage(parts)["groups"][0]["daily_quantity"] == [2, 0, None, None]


def costs(**columns: Any) -> Record:
    return record("2025-05-01", 1, BillingCurrency="USD", **columns)


def test_merge_a_cost_that_one_part_does_not_know_is_unknown_in_the_whole() -> None:
    parts = [
        part(ACCOUNT, costs(BilledCost=Literal("0.1"), ListCost=1), group_by=[]),
        part(OTHER_ACCOUNT, costs(BilledCost=Literal("0.2")), costs(ListCost=2), group_by=[]),
        part(THIRD, costs(BilledCost=5, ListCost=3), group_by=[]),
    ]
    merged = merge_usage(parts)
    (group,) = merged["groups"]
    assert (group["billed_cost"], group["list_cost"], group["daily_billed_cost"]) == (None, None, None)
    assert group["incomplete_costs"] == {
        "billed_cost": {"amount": 5.3, "record_count": 3},
        "list_cost": {"amount": 6, "record_count": 3},
    }
    assert merged["cost"] == {"available": "some", "currency": "USD"}
    assert merge_usage(parts[::2])["groups"][0]["daily_billed_cost"] == [5.1, *[0] * 30]
    assert merge_usage(parts[::2])["cost"] == {"available": "all", "currency": "USD"}


def test_merge_costs_of_some_parts_only_are_a_doubt_of_the_whole() -> None:
    rows = daily("2025-05-01", 31)
    with_costs = [{**row, "BilledCost": 1, "BillingCurrency": "USD"} for row in rows]
    merged = merge_usage([part(ACCOUNT, *rows), part(OTHER_ACCOUNT, *with_costs)])
    found = reason(merged, "cost_on_some_records")
    assert (found["affects"], merged["status"]) == ("cost", "partial")
    assert merged["cost"] == {"available": "some", "currency": "USD"}


def test_merge_currencies_of_different_parts_are_a_doubt_of_the_whole() -> None:
    parts = [
        part(account, *({**row, "BilledCost": 1, "BillingCurrency": each} for row in daily("2025-05-01", 31)))
        for account, each in ((ACCOUNT, "USD"), (OTHER_ACCOUNT, "EUR"))
    ]
    merged = merge_usage(parts)
    assert reason(merged, "mixed_currencies")["currencies"] == ["EUR", "USD"]
    assert merged["cost"] == {"available": "all", "currency": None}


def test_merge_costs_of_all_parts_in_one_currency_are_no_doubt() -> None:
    paid = {"BilledCost": 1, "EffectiveCost": 1, "ContractedCost": 1, "ListCost": 1, "BillingCurrency": "USD"}
    rows = [{**row, **paid} for row in daily("2025-05-01", 31)]
    merged = merge_usage([part(ACCOUNT, *rows), part(OTHER_ACCOUNT, *rows)])
    assert (merged["status"], merged["reasons"]) == ("complete", [])
    assert merged["cost"] == {"available": "all", "currency": "USD"}


def test_merge_every_doubt_of_a_part_is_one_of_the_whole_and_says_whose() -> None:
    whole = part(ACCOUNT, *daily("2025-05-01", 31))
    late = part(OTHER_ACCOUNT, *daily("2025-05-01", 29))
    bad = part(THIRD, *daily("2025-05-02", 28, 1000), record("2025-05-02", "bad"), record("2025-05-02", "worse"))
    merged: Any = read_usage(merge_usage([whole, late, bad]))
    assert merged["status"] == "partial"
    assert merged["complete_through"] == "2025-05-31"
    assert set(codes(merged)) == {"no_rows_on_last_days", "records_not_counted", "no_rows_on_first_days"}
    last = reason(merged, "no_rows_on_last_days")
    assert last["about"] == [{"account": OTHER_ACCOUNT}, {"account": THIRD}]
    assert (last["sources"], last["days"]) == ([OTHER_ACCOUNT, THIRD], ["2025-05-30", "2025-05-31"])
    assert last["message"].startswith(f"Account {OTHER_ACCOUNT}: There is no row")
    assert last["message"].endswith("So it is with 1 more.")
    uncounted = reason(merged, "records_not_counted")
    assert (uncounted["count"], len(uncounted["samples"]), uncounted["sources"]) == (2, 2, [THIRD])
    assert merged["dropped"]["not_counted"] == 2


def test_merge_an_empty_part_makes_the_whole_partial_and_keeps_its_words() -> None:
    merged = merge_usage([part(ACCOUNT, *daily("2025-05-01", 31)), part(OTHER_ACCOUNT)])
    found = reason(merged, "source_empty")
    assert found["sources"] == [OTHER_ACCOUNT]
    assert "this proves nothing" in found["message"]
    assert found["about"] == [{"account": OTHER_ACCOUNT}]
    assert (merged["status"], merged["complete_through"]) == ("partial", "2025-05-31")
    assert merged["cost"]["available"] == "none"


@pytest.mark.parametrize("quiet", [[], daily("2025-05-01", 12)])
def test_merge_silent_account_leaves_the_budgets_of_the_others_alone(quiet: list[Record]) -> None:
    paid = [{**row, "BilledCost": 1, "ListCost": 1, "BillingCurrency": "USD"} for row in quiet]
    merged: Any = read_usage(merge_usage([part(ACCOUNT, *daily("2025-05-01", 31, 3)), part(OTHER_ACCOUNT, *paid)]))
    for on in ("actual", "forecast", "spike", "growth"):
        found = evaluate_budgets(merged, [{"name": "requests", "on": on, "limit": 100, "each": "account"}])
        assert [each["status"] for each in found] == [
            "pass",
            "unknown",
        ]
        (whole,) = evaluate_budgets(merged, [{"name": "requests", "on": on, "limit": 1000}])
        assert whole["status"] == "unknown"


def test_merge_doubt_of_all_parts_is_about_everything() -> None:
    parts = [part(account, *daily("2025-05-01", 31), to="2025-06-02") for account in (ACCOUNT, OTHER_ACCOUNT)]
    assert "about" not in reason(merge_usage(parts), "days_not_complete_yet")


def test_merge_doubt_about_a_metric_stays_one_in_the_whole() -> None:
    holed = [row for row in daily("2025-05-01", 31, 1000) if row["ChargePeriodStart"][:10] != "2025-05-10"]
    other = daily("2025-05-01", 31, 1000, x_BillableMetricId="r2")
    merged = merge_usage([part(ACCOUNT, *daily("2025-05-01", 31)), part(OTHER_ACCOUNT, *holed, *other)])
    found = reason(merged, "gap_in_daily_metric")
    assert found["about"] == [{"account": OTHER_ACCOUNT, "metric": "workers_requests"}]


def test_merge_expected_facts_that_are_missing_make_the_whole_partial() -> None:
    parts = [part(ACCOUNT, *daily("2025-05-01", 31)), part(OTHER_ACCOUNT, *daily("2025-05-01", 31))]
    assert merge_usage(parts, expected=[ACCOUNT.upper(), OTHER_ACCOUNT])["status"] == "complete"
    merged: Any = read_usage(merge_usage(parts, expected=[ACCOUNT, THIRD, ORGANIZATION]))
    found = reason(merged, "sources_missing")
    assert (merged["status"], found["count"], found["sources"]) == ("partial", 2, [ORGANIZATION, THIRD])
    assert found["about"] == [{"account": ORGANIZATION}, {"account": THIRD}]
    one: Any = read_usage(merge_usage(parts[:1], expected=[ACCOUNT, THIRD]))
    assert (one["scope"], one["status"], len(one["sources"])) == ("combined", "partial", 1)
    verdicts = evaluate_budgets(one, [{"name": "requests", "limit": 100, "each": "account"}])
    assert [(each["status"], value_label(each)) for each in verdicts] == [("pass", ACCOUNT[:3]), ("unknown", THIRD)]
    assert merge_usage(parts[:1], expected=[ACCOUNT]) == parts[0]


def test_merge_doubts_about_the_list_of_accounts_make_the_whole_partial() -> None:
    parts = [part(ACCOUNT, *daily("2025-05-01", 31))]
    merged: Any = read_usage(merge_usage(parts, [ACCOUNT], ["The list is short.", "It is.\n" * 100]))
    assert (merged["scope"], merged["status"]) == ("combined", "partial")
    short, long = merged["reasons"]
    assert short == {"code": "accounts_not_all_listed", "affects": "usage", "message": "The list is short."}
    assert len(long["message"]) <= 600
    assert len(merge_usage(parts, [], ["Short."] * 1000)["reasons"]) == 20
    verdicts = evaluate_budgets(merged, [{"name": "kept", "limit": 10**9}, {"name": "broken", "limit": 1}])
    assert [each["status"] for each in verdicts] == ["unknown", "fail"]


def test_merge_account_that_an_organization_has_is_not_missing() -> None:
    organization = usage(Server(daily("2025-05-01", 31)), organization_id=ORGANIZATION, **MAY)
    assert merge_usage([organization], expected=[ACCOUNT, ORGANIZATION]) == organization


def test_merge_only_empty_parts_are_empty() -> None:
    merged: Any = read_usage(merge_usage([part(ACCOUNT), part(OTHER_ACCOUNT)]))
    assert (merged["status"], merged["groups"], merged["record_count"]) == ("empty", [], 0)
    assert len(merged["reasons"]) == 1


def test_merge_the_latest_call_does_not_make_older_facts_younger() -> None:
    parts = [part(ACCOUNT, record("2025-05-01")), part(OTHER_ACCOUNT, record("2025-05-01"))]
    parts[1]["fetched_at"] = "2025-06-01T00:00:00Z"
    assert merge_usage(parts)["fetched_at"] == "2025-06-01T00:00:00Z"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"to": "2025-05-30"}, "differ in to;"),
        ({"from": "2025-04-30", "to": "2025-05-30"}, "differ in from, to;"),
        ({"group_by": ["metric"]}, "differ in group_by;"),
        ({"metric": ["workers_requests"]}, "differ in metric;"),
        ({"lag_days": 2}, "differ in lag_days;"),
    ],
)
def test_merge_parts_that_were_asked_differently_cannot_be_added(options: Any, named: str) -> None:
    first, second = part(ACCOUNT, record("2025-05-01")), part(OTHER_ACCOUNT, record("2025-05-01"), **options)
    with pytest.raises(UsageError) as caught:
        merge_usage([first, second])
    assert named in str(caught.value)
    assert f"account {ACCOUNT}" in str(caught.value)
    assert f"account {OTHER_ACCOUNT}" in str(caught.value)


def test_merge_an_account_is_never_counted_twice() -> None:
    rows = [record("2025-05-01"), record("2025-05-01", BillingAccountId=OTHER_ACCOUNT)]
    organization = usage(Server(rows), organization_id=ORGANIZATION, **MAY)
    account = part(OTHER_ACCOUNT, record("2025-05-01"))
    with pytest.raises(UsageError, match=f"The account {OTHER_ACCOUNT} is in the usage of organization .* twice"):
        merge_usage([organization, account])
    again = {**copy.deepcopy(organization), "scope_id": "d" * 32}
    with pytest.raises(UsageError, match="would count twice; ask for it once"):
        merge_usage([organization, again])
    shouting = json.loads(json.dumps(account).replace(OTHER_ACCOUNT, OTHER_ACCOUNT.upper()))
    with pytest.raises(UsageError, match="twice"):
        merge_usage([account, shouting])


@pytest.mark.parametrize("rows", [[], [record("2025-05-01", BillingAccountId=None)]])
def test_merge_the_same_usage_given_twice_is_refused_even_when_it_names_no_account(rows: list[Record]) -> None:
    organization = usage(Server(rows), organization_id=ORGANIZATION, **MAY)
    with pytest.raises(UsageError, match=f"The usage of organization {ORGANIZATION} is there twice"):
        merge_usage([organization, copy.deepcopy(organization)])


def test_merged_facts_merged_again_are_all_parts_merged_at_once() -> None:
    parts = [
        part(ACCOUNT, *daily("2025-05-01", 31, Literal("0.1"))),
        part(OTHER_ACCOUNT, *daily("2025-05-01", 20)),
        part("d" * 32),
        part(THIRD, *daily("2025-05-01", 31), group_by=["account", "product_family", "metric"]),
    ]
    merged: Any = read_usage(merge_usage([merge_usage(parts[:3]), parts[3]]))
    at_once: Any = merge_usage(parts)
    for facts in (merged, at_once):
        for found in facts["reasons"]:
            found["message"] = found["message"].partition(" So it is with")[0]
    assert merged == at_once
    assert merge_usage([merged]) == merged


@pytest.mark.parametrize("empty", [(), (ACCOUNT,)])
def test_merged_facts_hold_no_source_twice(empty: tuple[str, ...]) -> None:
    merged = merge_usage(
        [part(each, *([] if each in empty else daily("2025-05-01", 31))) for each in (ACCOUNT, OTHER_ACCOUNT)]
    )
    with pytest.raises(UsageError, match=f"account {ACCOUNT} is there twice"):
        merge_usage([merged, part(ACCOUNT, record("2025-05-01"))])
    organization = usage(Server(daily("2025-05-01", 31)), organization_id=ORGANIZATION, **MAY)
    with pytest.raises(UsageError, match=f"The account {ACCOUNT} is in the usage of account .* and 1 more and of org"):
        merge_usage([merged, organization])


def test_merged_facts_that_are_empty_take_no_days_from_others() -> None:
    merged: Any = merge_usage(
        [merge_usage([part(ACCOUNT), part(OTHER_ACCOUNT)]), part(THIRD, *daily("2025-05-01", 31))]
    )
    assert merged["complete_through"] == "2025-05-31"
    assert reason(merged, "source_empty")["about"] == [{"account": ACCOUNT}, {"account": OTHER_ACCOUNT}]


def test_merged_sources_say_why_there_is_nothing_of_them() -> None:
    merged = merge_usage([part(ACCOUNT, *daily("2025-05-01", 31)), part(OTHER_ACCOUNT)])
    whole, empty = (source["failure"] for source in merged["sources"])
    assert whole is None
    assert empty is not None
    assert (empty["kind"], empty["message"]) == ("empty", part(OTHER_ACCOUNT)["reasons"][0]["message"])


@pytest.mark.parametrize("parts", [[], [None], [{}], [{"status": "complete"}]])
def test_merge_what_is_no_usage_is_refused(parts: list[Any]) -> None:
    with pytest.raises(UsageError):
        merge_usage(parts)


@pytest.mark.parametrize("seed", range(8))
def test_merge_accounts_merged_are_their_organization(seed: int) -> None:
    rng = random.Random(seed)
    rows = random_rows(rng, date(2025, 5, 1), date(2025, 5, 31), 60)
    rows = [row for row in rows if row.wire.get("BillingAccountId")]
    # Only what a float holds exactly comes through the facts of a part unrounded.
    for row in rows:
        row.wire["ConsumedQuantity"] = rng.randrange(-(10**6), 10**6) / 64
    together = usage(Server(row.wire for row in rows), organization_id=ORGANIZATION, group_by=sorted(KEYS), **MAY)
    parts = [
        usage(
            Server(row.wire for row in rows if account_of(row) == account),
            account_id=account,
            group_by=sorted(KEYS),
            **MAY,
        )
        for account in (ACCOUNT, OTHER_ACCOUNT)
    ]
    for order in itertools.permutations(parts):
        merged: Any = read_usage(merge_usage(order))
        for key in ("record_count", "accounts", "groups", "days", "dropped"):
            assert merged[key] == together[key]
        assert merged["cost"]["available"] == together["cost"]["available"]


def account_of(row: Row) -> Any:
    return row.wire["BillingAccountId"]


def paid(account: str, cost: float, **facts: Any) -> Facts:
    """Return the facts of an account's bill."""
    priced = {"PricingQuantity": 2, "PricingUnit": "Count", "BillingCurrency": "USD"}
    found = part(account, *daily("2025-05-01", 31, BilledCost=cost, **priced))
    return {
        **found,
        "source": "paygo",
        "billing_cycle": {"from": "2025-05-05", "to": "2025-06-04", "anchor": 5},
        **facts,
    }


def test_merge_sources_of_one_kind_keep_their_name_and_cycle() -> None:
    merged: Any = read_usage(merge_usage([paid(ACCOUNT, 1), paid(OTHER_ACCOUNT, 2)]))
    assert (merged["source"], merged["billing_cycle"]["anchor"]) == ("paygo", 5)
    assert [(group["pricing_quantity"], group["pricing_unit"]) for group in merged["groups"]] == [(62, "Count")] * 2
    assert [each["source"] for each in merged["sources"]] == ["paygo", "paygo"]


def test_merge_different_cycles_are_none() -> None:
    other = {"from": "2025-05-09", "to": "2025-06-08", "anchor": 9}
    assert merge_usage([paid(ACCOUNT, 1), paid(OTHER_ACCOUNT, 2, billing_cycle=other)])["billing_cycle"] is None


def test_merge_adds_what_is_charged_for_in_one_unit_only() -> None:
    parts = [paid(ACCOUNT, 1, group_by=["metric"]), paid(OTHER_ACCOUNT, 2, group_by=["metric"])]
    for each in parts:
        for group in each["groups"]:
            for label in ("billing_account_id", "billing_account_name", "x_product_family_name"):
                del group[label]
    (group,) = merge_usage(parts)["groups"]
    assert (group["pricing_quantity"], group["pricing_unit"], group["billed_cost"]) == (124, "Count", 93)
    parts[1]["groups"][0]["pricing_unit"] = "GB"
    (group,) = merge_usage(parts)["groups"]
    assert (group["pricing_quantity"], group["pricing_unit"]) == (None, None)


def test_merge_sources_side_by_side_when_their_costs_stay_apart() -> None:
    merged = read_usage(merge_usage([paid(ACCOUNT, 1), part(OTHER_ACCOUNT, *daily("2025-05-01", 31))]))
    assert merged["source"] is None
    assert [each["source"] for each in merged["sources"]] == ["paygo", "usage"]


def test_merge_never_mixes_sources_for_one_account_or_in_one_group() -> None:
    with pytest.raises(UsageError, match="is there twice"):
        merge_usage([paid(ACCOUNT, 1), part(ACCOUNT, *daily("2025-05-01", 31))])
    parts = [
        paid(
            ACCOUNT,
            1,
            group_by=[],
            groups=[],
            record_count=0,
            status="empty",
            reasons=[
                {
                    "code": "empty",
                    "affects": "usage",
                    "message": "",
                }
            ],
        ),
        part(OTHER_ACCOUNT, group_by=[]),
    ]
    with pytest.raises(UsageError, match="different sources, paygo, usage, whose costs must not be added up"):
        merge_usage(parts)
