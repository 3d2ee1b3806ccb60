# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs that lag behind use: which zeros are known, and which may not be rated yet. The table of docs/doubts.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import WindowAggregator
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.rating import (
    Rating,
    cost_counts,
    read_rating,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Series
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Record,
    Server,
    codes,
    decoded,
    reason,
    record,
    selection,
    usage,
)

TWENTY: dict[str, Any] = {"from": "2025-05-01", "to": "2025-05-20"}
BOTH: dict[str, Any] = {"account_id": None, "organization_id": ORGANIZATION}


def bill(
    costs: Sequence[float], *, first: int = 1, listed: float = 0, quantity: float = 5, **columns: Any
) -> list[Record]:
    """Return a record for each day with these costs; the list cost is at least ``listed``."""
    return [
        record(
            f"2025-05-{day:02}",
            quantity,
            **{
                **dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost"), cost),
                "ListCost": max(cost, listed),
                "BillingCurrency": "USD",
                **columns,
            },
        )
        for day, cost in enumerate(costs, first)
    ]


def facts(rows: Sequence[Record], **options: Any) -> Facts:
    found = usage(Server(rows), **{**TWENTY, **options})
    read_usage(found)
    return found


RATED: list[float] = [10] * 20
LAGGING: list[float] = [*RATED[:15], 0, 0, 0, 0, 0]
OTHER: dict[str, Any] = {"BillingAccountId": OTHER_ACCOUNT, "BillingAccountName": "Staging"}
R2: dict[str, Any] = {"x_BillableMetricId": "r2", "x_BillableMetricName": "R2"}
GB: dict[str, Any] = {"ConsumedUnit": "GB"}
# What is on the bill, and the day through which the first group is rated, None for none.
ZEROS = {
    "a cost on every day": (bill(RATED), "2025-05-20"),
    "costs, then none": (bill(LAGGING), "2025-05-15"),
    "costs, none on the last day": (bill([10] * 19 + [0]), "2025-05-19"),
    "costs on the first day only": (bill([10] + [0] * 19), "2025-05-01"),
    "no cost on any day": (bill([0] * 20), None),
    "no cost, but a list cost": (bill([0] * 20, listed=3), "2025-05-20"),
    "costs, then list costs only": (bill([10] * 15) + bill([0] * 5, first=16, listed=3), "2025-05-20"),
    "no cost, and nothing is charged": (bill([0] * 20, PricingQuantity=0), "2025-05-20"),
    "no cost, although something is charged": (bill([0] * 20, PricingQuantity=2), None),
    "costs, then nothing is charged": (bill([10] * 15) + bill([0] * 5, first=16, PricingQuantity=0), "2025-05-20"),
    "nothing until the allowance is used up": (bill([0] * 12 + [10] * 8), "2025-05-20"),
    "nothing until the allowance is used up, then costs that lag": (bill([0] * 8 + [10] * 7 + [0] * 5), "2025-05-15"),
    "a cost on some days, the last one just now": (bill([10, 0, 0] * 6 + [10, 0]), "2025-05-20"),
    "a cost on some days, and then on none": (bill([10, 0, 0] * 4 + [0] * 8), "2025-05-10"),
    "no use on the days without costs": (bill([10] * 15) + bill([0] * 5, first=16, quantity=0), "2025-05-20"),
    "free, next to a metric that costs": (bill([0] * 20) + bill(RATED, **R2), "2025-05-20"),
    "free, next to a metric that lags": (bill([0] * 20) + bill(LAGGING, **R2), "2025-05-15"),
    "lagging, next to a metric that costs": (bill(LAGGING) + bill(RATED, **R2), "2025-05-15"),
}
# Cases between those of the table.
EDGES = {
    "free in one unit of a metric that costs": (bill([0] * 20) + bill(RATED, **GB), "2025-05-20"),
    "costs in one unit of a metric that is free": (bill(RATED) + bill([0] * 20, **GB), "2025-05-20"),
    "costs beside zeros, then zeros": (bill(LAGGING) + bill([0] * 20), "2025-05-15"),
    "a cost on every other day": (bill([10, 0] * 10), "2025-05-20"),
    "a pause after the first cost, as long as twice at the end": (bill([10, 0, 0] + [10] * 13 + [0] * 4), "2025-05-20"),
    "a pause before the last cost, as long as twice at the end": (bill([10] * 13 + [0, 0, 10] + [0] * 4), "2025-05-20"),
    "a pause that days without use do not end": (
        bill([10] * 10 + [0])
        + bill([0, 10] + [0] * 4, first=13)
        + bill([0], first=12, quantity=0)
        + bill([0] * 2, first=19, quantity=0),
        "2025-05-20",
    ),
    "a pause, and more than twice as long none": (bill([10, 0] * 8 + [10, 0, 0, 0]), "2025-05-17"),
}


@pytest.mark.parametrize("case", [*ZEROS, *EDGES])
def test_rating_rated_through_says_which_zeros_are_known(case: str) -> None:
    rows, through = {**ZEROS, **EDGES}[case]
    assessed = facts(rows)
    group = next(each for each in assessed["groups"] if each["x_billable_metric_id"] == "workers_requests")
    assert group["rated_through"] == through
    assert (group["billed_cost"] is None) == (through != "2025-05-20")
    assert ("cost_not_rated_yet" in codes(assessed)) == (through != "2025-05-20")
    assert assessed["complete_through"] == "2025-05-20"
    assert assessed["cost"]["available"] in ("all" if through == "2025-05-20" else "none some")


def test_rating_rated_part_of_a_cost_is_kept_as_what_is_certain() -> None:
    assessed = facts(bill(LAGGING))
    (group,) = assessed["groups"]
    costs = ("billed_cost", "effective_cost", "contracted_cost", "list_cost")
    assert group["incomplete_costs"] == {cost: {"amount": 150, "record_count": 15} for cost in costs}
    assert (group["daily_billed_cost"], group["consumed_quantity"]) == (None, 100)
    found = reason(assessed, "cost_not_rated_yet")
    assert (found["affects"], found["count"], found["days"]) == ("cost", 5, ["2025-05-16"])
    assert found["about"] == [{"account": ACCOUNT, "metric": "workers_requests"}]
    assert "5 record(s) from 2025-05-16 on cost nothing" in found["message"]
    assert assessed["cost"] == {"available": "some", "currency": "USD"}


def test_rating_account_whose_costs_are_all_0_does_not_hide_behind_one_that_has_costs() -> None:
    assessed = facts([*bill(RATED), *bill([0] * 20, **OTHER)], **BOTH)
    assert [group["rated_through"] for group in assessed["groups"]] == ["2025-05-20", None]
    assert reason(assessed, "cost_not_rated_yet")["about"] == [{"account": OTHER_ACCOUNT, "metric": "workers_requests"}]
    together = facts([*bill(RATED), *bill([0] * 20, **OTHER)], **BOTH, group_by=["metric"])
    (group,) = together["groups"]
    assert (group["rated_through"], group["billed_cost"]) == (None, None)
    assert group["incomplete_costs"]["billed_cost"] == {"amount": 200, "record_count": 20}


def test_rating_costs_of_days_that_still_fill_up_are_not_missed() -> None:
    rows = [
        *bill([10] * 31),
        *[{**row, **dict.fromkeys(("BilledCost", "ListCost"), 0)} for row in bill([0, 0], first=1)],
    ]
    for row in rows[31:]:
        row["ChargePeriodStart"] = row["ChargePeriodStart"].replace("-05-", "-06-")
        row["ChargePeriodEnd"] = row["ChargePeriodEnd"].replace("-05-", "-06-")
    assessed = facts(rows, **{**MAY, "to": "2025-06-02"})
    assert codes(assessed) == ["days_not_complete_yet"]
    assert (assessed["groups"][0]["rated_through"], assessed["groups"][0]["billed_cost"]) == ("2025-05-31", 310)


def test_rating_counts_the_records_after_the_last_rated_day_of_the_metric() -> None:
    found = reason(facts(bill(LAGGING) + bill([0] * 20, **GB)), "cost_not_rated_yet")
    assert (found["count"], found["days"]) == (10, ["2025-05-16"])
    found = reason(facts(bill([0] * 20)), "cost_not_rated_yet")
    assert (found["count"], found["days"]) == (20, ["2025-05-01"])


def test_rating_is_through_the_last_whole_day_where_all_records_carry_a_cost() -> None:
    for through, carried in ((None, None), (date(2025, 5, 20), "2025-05-20")):
        rating = Rating(date(2025, 5, 1), through, {}, {})
        assert rating.through([Series(1)], all_carry=True) == carried
        assert rating.through([Series(1)], all_carry=False) is None
    one, other, rated = Series(1), Series(1), Series(1)
    rating = Rating(date(2025, 5, 1), date(2025, 5, 20), {one: 3, other: 0}, {})
    assert rating.through([one, rated], all_carry=True) == "2025-05-04"
    assert rating.through([one, other], all_carry=True) == "2025-05-01"
    assert Rating(date(2025, 5, 1), None, {one: -1}, {}).through([one], all_carry=True) is None


def test_rating_where_no_day_is_whole_misses_no_cost() -> None:
    window = Window(date(2025, 5, 1), date(2025, 5, 20), date(2025, 5, 20))
    aggregate = WindowAggregator(window, selection("2025-05-01", "2025-05-20")).count(decoded(bill([0] * 20)))
    assert read_rating(aggregate, None) == Rating(date(2025, 5, 1), None, {}, {})
    [(_labels, series)] = aggregate.counted
    assert read_rating(aggregate, date(2025, 5, 3)).unrated_records == {series: 20}


def test_rating_cost_that_is_not_rated_is_none() -> None:
    window = Window(date(2025, 5, 1), date(2025, 5, 20), date(2025, 5, 20))
    rows = [*bill([1] * 3), *bill([0] * 5, EffectiveCost=None, **GB)]
    aggregate = WindowAggregator(window, selection("2025-05-01", "2025-05-20")).count(decoded(rows))
    unrated = {series: 4 for labels, series in aggregate.counted if labels["ConsumedUnit"] == "GB"}
    columns = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")
    assert cost_counts(aggregate, unrated) == dict(zip(columns, (4, 3, 4, 4), strict=True))
    assert cost_counts(aggregate, {}) == dict(zip(columns, (8, 3, 8, 8), strict=True))


def test_rating_zeros_of_days_that_still_fill_up_are_not_added_to_those_that_are_whole() -> None:
    rows = bill([10, 0, 0] * 9 + [10, 0, 0, 0])
    late = [
        {
            **row,
            "ChargePeriodStart": f"2025-06-{day:02}T00:00:00Z",
            "ChargePeriodEnd": f"2025-06-{day + 1:02}T00:00:00Z",
        }
        for day, row in enumerate(bill([0, 0]), 1)
    ]
    assessed = facts([*rows, *late], **{**MAY, "to": "2025-06-02"})
    assert codes(assessed) == ["days_not_complete_yet"]
    assert assessed["groups"][0]["billed_cost"] == 100


@pytest.mark.parametrize(
    ("on", "measure"),
    [
        ("actual", "billed_cost"),
        ("actual", "list_cost"),
        ("forecast", "billed_cost"),
        ("spike", "billed_cost"),
        ("growth", "billed_cost"),
    ],
)
def test_rating_no_kind_of_budget_passes_on_costs_that_lag(on: str, measure: str) -> None:
    assessed = facts(bill(LAGGING))
    budget = {"name": "bill", "measure": measure, "on": on, "limit": 160, **({"window": 7} if on == "growth" else {})}
    (verdict,) = evaluate_budgets(assessed, [budget])
    assert (verdict["status"], verdict["outcome"]) == ("unknown", "fail")
    assert "cost_unknown" in verdict["reasons"]
    if on in ("actual", "forecast"):
        assert "use is rated through 2025-05-15 only" in verdict["message"]
        (verdict,) = evaluate_budgets(assessed, [{**budget, "limit": 149}])
        assert (verdict["status"], verdict["actual"]) == ("fail", 150)


def test_rating_budget_of_each_account_knows_which_one_is_not_rated() -> None:
    assessed = facts([*bill(RATED), *bill([0] * 20, **OTHER)], **BOTH)
    verdicts = evaluate_budgets(assessed, [{"name": "bill", "measure": "billed_cost", "each": "account", "limit": 300}])
    assert [verdict["status"] for verdict in verdicts] == ["pass", "unknown"]
    (whole,) = evaluate_budgets(assessed, [{"name": "bill", "measure": "billed_cost", "limit": 300}])
    assert whole["status"] == "unknown"


def test_rating_merged_groups_are_rated_as_far_as_the_one_that_lags_most() -> None:
    parts = [
        facts(bill(costs, BillingAccountId=account), account_id=account, group_by=["metric"])
        for account, costs in ((ACCOUNT, RATED), (OTHER_ACCOUNT, LAGGING))
    ]
    merged: Any = merge_usage(parts)
    (group,) = merged["groups"]
    assert (group["rated_through"], group["billed_cost"]) == ("2025-05-15", None)
    assert group["incomplete_costs"]["billed_cost"] == {"amount": 350, "record_count": 35}
    assert merge_usage(parts[:1])["groups"][0]["rated_through"] == "2025-05-20"
    assert read_usage(merged) == merged
