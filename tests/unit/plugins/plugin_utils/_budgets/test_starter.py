# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starter budgets, computed by hand: allowances in shares, anomaly rules with a floor, the bill, and what is new."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.starter import StarterError, starter_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import exact_pattern, matches
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    group,
    usage,
)

REQUESTS, READS = "workers_standard_requests", "workers_kv_reads"
CARD: dict[str, Any] = {
    "name": "card",
    "source": "a page",
    "checked_on": "2025-01-01",
    "currency": "USD",
    "prices": [
        {
            "metric": [REQUESTS, "another name"],
            "unit": ["Requests", "Count"],
            "price": 1,
            "block": 100,
            "included_per_cycle": 1000,
        },
        {"metric": READS, "unit": "Requests", "price": 2, "included_per_day": 10},
        {"metric": "new_thing", "unit": "Rows", "price": 1, "included_per_cycle": 5},
        {"metric": "old_thing", "unit": "Rows", "price": 1, "valid_until": "2025-01-31"},
    ],
}
# 31 days of April, then 10 of May
APRIL, TEN_OF_MAY = 30, 10
DAYS = APRIL + TEN_OF_MAY


def made(groups: list[dict[str, Any]], card: dict[str, Any] | None = None, **facts: Any) -> dict[str, dict[str, Any]]:
    """Return the budgets by name."""
    return {
        each["name"]: each for each in starter_budgets(usage(groups, **{"first": "2025-04-01", **facts}), card or CARD)
    }


def test_starter_budget_of_an_allowance_is_shared_out_for_each_account() -> None:
    found = made([group([10] * DAYS), group([20] * DAYS, account=STAGING)])[f"{REQUESTS}-allowance"]
    assert found == {
        "name": f"{REQUESTS}-allowance",
        "match": {"metric": REQUESTS},
        "unit": "Requests",
        "each": "account",
        "period": "billing_cycle",
        "limit": 1000,
        "alerts": [
            {"percent": 50, "outcome": "ignore"},
            {"percent": 80, "outcome": "warn"},
            {"percent": 100, "outcome": "fail"},
        ],
        "on_no_match": "warn",
        "note": "Workers Standard Requests: what is included for each account in a billing cycle.",
    }


def test_starter_budget_beyond_an_allowance_is_half_above_the_largest_account_of_the_last_cycle() -> None:
    # April: 30 x 41 = 1,230, and half of that more is 1,845
    found = made([group([41] * DAYS), group([5] * DAYS, account=STAGING)])[f"{REQUESTS}-allowance"]
    assert found["limit"] == 1900
    assert found["alerts"] == [{"amount": each, "outcome": "ignore"} for each in (500, 800, 1000)]
    assert found["note"].endswith("Last time it was more (1,230), and the limit is 50 % above that.")


def test_starter_budget_of_a_daily_allowance_looks_at_the_largest_day() -> None:
    within = made([group([9, 10] * 20, metric=READS)])[f"{READS}-allowance"]
    assert (within["period"], within["limit"]) == ("day", 10)
    beyond = made([group([9, 12] * 20, metric=READS)])[f"{READS}-allowance"]
    assert (beyond["period"], beyond["limit"]) == ("day", 18)


def test_starter_budget_without_a_whole_cycle_goes_by_the_days_that_are_there() -> None:
    found = made([group([41] * 10)], first="2025-05-01")
    # 31 days of 41 are 1,271, and half of that more is 1,906.5
    assert found[f"{REQUESTS}-allowance"]["limit"] == 2000
    assert "bill" not in found


def test_starter_anomaly_has_a_floor_of_a_hundredth_of_the_allowance() -> None:
    found = made([group([10] * DAYS), group([1] * DAYS, metric="r2_storage", unit="GB")])
    assert found[f"{REQUESTS}-anomaly"] == {
        "name": f"{REQUESTS}-anomaly",
        "match": {"metric": REQUESTS},
        "unit": "Requests",
        "on": "anomaly",
        "direction": "up",
        "limit": 50,
        "floor": 10,
        "on_no_match": "warn",
        "note": "Workers Standard Requests: a whole day more than 50 % above what is usual for its weekday.",
    }
    assert "floor" not in found["r2_storage-anomaly"]
    assert "r2_storage-allowance" not in found


@pytest.mark.parametrize(("before", "outcome"), [(21, None), (20, "warn")])
def test_starter_anomaly_of_what_is_too_new_to_be_told_warns(before: int, outcome: str | None) -> None:
    daily = [0] * (DAYS - before - 1) + [10] * (before + 1)
    found = made([group([10] * DAYS, metric=READS), group(daily)])[f"{REQUESTS}-anomaly"]
    assert found.get("on_unknown") == outcome


def test_starter_bill_is_a_fifth_above_what_was_charged_in_the_last_whole_cycle() -> None:
    groups = [group([10] * DAYS, cost=[2] * DAYS), group([1] * DAYS, account=STAGING, cost=[0.5] * DAYS)]
    # 30 x 2.5 = 75, and a fifth more
    bill = made(groups)["bill"]
    assert (bill["measure"], bill["currency"], bill["limit"]) == ("billed_cost", "USD", 90)
    assert bill["alerts"] == [{"percent": 80}]
    assert bill["note"] == "20 % above billed cost of 2025-04-01 to 2025-04-30."
    assert "match" not in bill


def test_starter_bill_is_estimated_where_nothing_or_not_all_is_charged() -> None:
    # 30 x 43 = 1,290 - 1,000 included, at 1 for 100: 2.90, and a fifth more
    for cost in (None, [1.0] * 39 + [0]):
        groups = [group([43] * DAYS, cost=cost), group([1] * DAYS, metric="unpriced")]
        bill = made(groups)["bill"]
        assert (bill["measure"], bill["limit"]) == ("estimated_cost", 3.5)
        assert bill["match"] == {"metric": [REQUESTS]}
    assert "match" not in made([group([43] * DAYS)])["bill"]


def test_starter_bill_of_nothing_has_the_smallest_limit() -> None:
    assert made([group([1] * DAYS)])["bill"]["limit"] == 1


def test_starter_bill_in_several_currencies_is_estimated() -> None:
    groups = [group([9] * DAYS, cost=[1] * DAYS), group([9] * DAYS, account=STAGING, cost=[1] * DAYS, currency="EUR")]
    assert made(groups)["bill"]["measure"] == "estimated_cost"


def test_starter_budget_of_what_is_new_is_a_hundredth_of_the_bill() -> None:
    found = made([group([10] * DAYS, cost=[20] * DAYS)])["new-use"]
    assert found == {
        "name": "new-use",
        "match": {"metric": ["new_thing", READS]},
        "measure": "estimated_cost",
        "currency": "USD",
        "each": "metric",
        "period": "billing_cycle",
        "limit": 6,
        "on_no_match": "ignore",
        "note": "What was not used when these budgets were made, beyond what is included of it.",
    }
    later = [group([10] * 31), group([0] * 30 + [106], metric="new_thing", unit="Rows")]
    facts = usage(later, first="2025-05-01")
    assert [(each["group"], each["status"]) for each in evaluate_budgets(facts, [found], CARD) if each["group"]] == [
        ({"dimension": "metric", "id": "new_thing", "name": "New Thing"}, "fail")
    ]


def test_starter_budgets_of_cycles_that_differ_are_of_months() -> None:
    facts = usage([group([10] * DAYS)], first="2025-04-01")
    facts.update(source="paygo", billing_cycle=None)
    assert {each.get("period") for each in starter_budgets(facts, CARD)} == {"month", None}


def test_starter_budgets_follow_the_cycle_that_facts_name() -> None:
    facts = usage([group([0] * 9 + [43] * 30 + [1])], first="2025-04-01")
    facts.update(source="paygo", billing_cycle={"from": "2025-05-10", "to": "2025-06-09", "anchor": 10})
    bill = next(each for each in starter_budgets(facts, CARD) if each["name"] == "bill")
    assert bill["note"].endswith("2025-04-10 to 2025-05-09.")


def test_starter_budgets_of_no_use_guard_what_is_new_alone() -> None:
    facts = usage([])
    facts.update(
        status="empty", reasons=[{"code": "empty", "affects": "usage", "message": "Empty."}], complete_through=None
    )
    assert [each["name"] for each in starter_budgets(facts, CARD)] == ["new-use"]


def test_starter_budgets_need_accounts_and_metrics() -> None:
    with pytest.raises(StarterError, match="not grouped by metric"):
        starter_budgets(usage([group([1])], group_by=["account"]), CARD)


def test_starter_budgets_of_a_metric_in_two_units_have_names_of_their_own() -> None:
    groups = [group([1] * DAYS), group([1] * DAYS, unit="Millions")]
    assert {f"{REQUESTS}-anomaly", f"{REQUESTS}-anomaly 2"} <= made(groups).keys()


def test_starter_budgets_run_whatever_metrics_are_called() -> None:
    hostile = ["*", "[a]", "\x1b[31m", "x" * 600, "{{ 1 }}", "a\nb", "'\"#: -"]
    groups = [group([10] * DAYS, metric=name) for name in hostile]
    facts = usage(groups, first="2025-04-01")
    budgets = starter_budgets(facts, CARD)
    anomalies = [each for each in evaluate_budgets(facts, budgets, CARD) if each["on"] == "anomaly"]
    assert [each["status"] for each in anomalies] == ["pass"] * len(hostile)


@pytest.mark.parametrize("text", ["*", "a[b]c?", "plain", "a\x07b", "[", "x" * 600, "*" * 300])
def test_starter_pattern_fits_its_own_text(text: str) -> None:
    pattern = exact_pattern(text)
    assert len(pattern) <= 500
    assert matches(pattern, text)
    assert not matches(pattern, "anything else")
