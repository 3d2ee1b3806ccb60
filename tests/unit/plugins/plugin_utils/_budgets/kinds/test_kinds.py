# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forecast, spike, growth, each, and what a verdict does to the gate."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import KINDS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.registry import KINDS as REGISTERED
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import budget_dimensions
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.table import budgets_table
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    budget,
    group,
    reason,
    usage,
)

CARD = {
    "name": "Sample prices",
    "source": "made up",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "prices": [{"metric": "workers_*", "unit": "Requests", "price": 2, "block": 10, "included_per_cycle": 20}],
}


def judge(facts: Facts, previous: Facts | None = None, **keys: Any) -> Any:
    (verdict,) = evaluate_budgets(facts, [budget(**keys)], previous=previous)
    return verdict


def estimate(facts: Facts, **keys: Any) -> Any:
    (verdict,) = evaluate_budgets(facts, [budget(measure="estimated_cost", **keys)], CARD)
    return verdict


def pick(verdict: Any, *keys: str) -> list[Any]:
    return [verdict[key] for key in keys]


def test_kinds_of_the_schema_are_those_that_are_registered() -> None:
    assert tuple(REGISTERED) == KINDS


# forecast


def test_kinds_a_forecast_goes_to_the_end_of_the_month() -> None:
    verdict = judge(usage([group([10] * 20)]), on="forecast", limit=310)
    assert pick(verdict, "status", "actual", "forecast", "percent", "days_used") == ["pass", 200, 310, 100, 20]
    assert pick(verdict, "forecast_low", "forecast_high", "crossed_on", "actual_is_lower_bound") == [
        310,
        310,
        None,
        False,
    ]


def test_kinds_a_forecast_over_the_limit_names_the_day() -> None:
    verdict = judge(usage([group([10] * 20)]), on="forecast", limit=255)
    assert pick(verdict, "status", "crossed_on", "reasons") == ["fail", "2025-05-26", ["over_limit"]]
    assert verdict["message"] == (
        "Forecast 310 Requests of 255 Requests (121.6%) by the end of the cycle, 80% range 310 Requests to 310"
        " Requests, 200 Requests used so far, expected over the limit on 2025-05-26."
    )


def test_kinds_a_forecast_warns() -> None:
    assert judge(usage([group([10] * 20)]), on="forecast", limit=380, warn_at=80)["status"] == "warn"


def test_kinds_a_forecast_uses_whole_days_only() -> None:
    verdict = judge(usage([group([10] * 19 + [1, 0])], complete=19), on="forecast", limit=1000)
    assert pick(verdict, "forecast", "actual", "days_used", "actual_is_lower_bound") == [310, 191, 19, True]


def test_kinds_what_is_used_already_is_not_undone_by_a_forecast() -> None:
    verdict = judge(usage([group([10] * 30 + [500])], complete=30), on="forecast", limit=1000)
    assert pick(verdict, "forecast", "forecast_high", "actual") == [800, 800, 800]


def test_kinds_a_forecast_needs_days() -> None:
    verdict = judge(usage([group([10] * 6)]), on="forecast", limit=1000)
    assert pick(verdict, "status", "reasons", "forecast", "percent") == ["unknown", ["too_few_days"], None, None]
    assert judge(usage([group([10] * 6)]), on="forecast", limit=1000, min_days=6)["status"] == "pass"
    over = judge(usage([group([10] * 6)]), on="forecast", limit=45)
    assert pick(over, "status", "reasons", "crossed_on") == ["fail", ["over_limit", "too_few_days"], "2025-05-05"]


def test_kinds_a_finished_month_needs_no_forecast() -> None:
    verdict = judge(usage([group([10] * 30)], first="2025-06-01"), on="forecast", limit=299, min_days=100)
    assert pick(verdict, "status", "forecast", "crossed_on") == ["fail", 300, "2025-06-30"]


def test_kinds_a_forecast_needs_the_beginning_of_the_cycle() -> None:
    late = usage([group([10] * 20)], first="2025-05-02")
    assert pick(judge(late, on="forecast", limit=1000), "status", "reasons") == ["unknown", ["cycle_start_missing"]]
    assert judge(late, on="forecast", limit=199)["status"] == "fail"
    verdict = judge(late, on="forecast", limit=1000, cycle_day=2)
    assert pick(verdict, "status", "forecast") == ["pass", 310]


def test_kinds_a_forecast_uses_the_cycle_of_the_facts_unless_it_has_its_own() -> None:
    facts = usage([group([10] * 20)], first="2025-05-15")
    facts["billing_cycle"] = {"from": "2025-05-15", "to": "2025-06-14", "anchor": 15}
    assert pick(judge(facts, on="forecast", limit=310), "status", "forecast") == ["pass", 310]
    assert judge(facts, on="forecast", limit=310, cycle_day=1)["forecast"] == 300


def test_kinds_a_forecast_of_bills_with_different_cycles_needs_a_cycle_day() -> None:
    facts = usage([group([10] * 20)]) | {"source": "paygo", "billing_cycle": None}
    assert pick(judge(facts, on="forecast", limit=400), "status", "reasons") == ["unknown", ["cycle_unknown"]]
    assert judge(facts, on="forecast", limit=400, cycle_day=1)["status"] == "pass"


def test_kinds_days_before_the_cycle_are_history_and_not_use() -> None:
    facts = usage([group([10] * 36)], first="2025-04-30")
    verdict = judge(facts, on="forecast", limit=1000, period="month")
    assert pick(verdict, "forecast", "actual", "days_used") == [300, 40, 36]
    early = usage([group([10] * 32)], first="2025-05-01", complete=30)
    assert pick(judge(early, on="forecast", limit=1000, period="month"), "forecast", "actual") == [310, 310]


def test_kinds_negative_days_predict_nothing() -> None:
    verdict = judge(usage([group([-10] * 20)]), on="forecast", limit=10)
    assert pick(verdict, "status", "forecast", "actual") == ["pass", -200, -200]


def test_kinds_a_forecast_of_partial_facts_is_unknown_or_failed() -> None:
    facts = usage([group([10] * 20)], reasons=[reason("records_not_counted")])
    verdict = judge(facts, on="forecast", limit=1000)
    assert pick(verdict, "status", "reasons") == ["unknown", ["facts_partial", "records_not_counted"]]
    assert judge(facts, on="forecast", limit=199)["status"] == "fail"


def test_kinds_a_forecast_of_costs() -> None:
    facts = usage([group([10] * 20, cost=[0.5] * 20)])
    verdict = judge(facts, on="forecast", measure="billed_cost", limit=15)
    assert pick(verdict, "status", "forecast", "currency", "unit") == ["fail", 15.5, "USD", None]
    facts["groups"][0]["daily_billed_cost"] = None
    verdict = judge(facts, on="forecast", measure="billed_cost", limit=15)
    assert pick(verdict, "status", "reasons") == ["unknown", ["no_daily_series"]]
    longer = usage([group([10] * 36, cost=[0.5] * 36)], first="2025-04-30")
    longer["groups"][0]["daily_billed_cost"] = None
    assert judge(longer, on="forecast", measure="billed_cost", limit=1)["actual"] is None


# estimates


def test_kinds_an_estimate_is_called_one() -> None:
    verdict = estimate(usage([group([10] * 20)]), limit=36)
    assert pick(verdict, "status", "actual", "estimated", "currency", "rate_card") == [
        "pass",
        36,
        True,
        "USD",
        "Sample prices",
    ]
    assert verdict["message"] == "USD 36.00 estimated of USD 36.00 (100.0%)."


def test_kinds_an_estimate_over_the_limit_names_the_day() -> None:
    verdict = estimate(usage([group([10] * 20)]), limit=9.9, currency="USD")
    assert pick(verdict, "status", "crossed_on") == ["fail", "2025-05-07"]


def test_kinds_an_estimate_is_forecast_line_by_line() -> None:
    facts = usage([group([10] * 20), group([1] * 20, account=STAGING)])
    verdict = estimate(facts, on_="forecast", limit=60)
    assert pick(verdict, "status", "forecast", "actual") == ["fail", 60.2, 36]
    assert verdict["crossed_on"] == "2025-05-31"
    assert verdict["message"].startswith("Forecast estimated USD 60.20 of USD 60.00 (100.3%)")
    assert estimate(facts, on_="forecast", limit=61)["status"] == "pass"


def test_kinds_an_estimate_of_a_later_cycle_only_needs_that() -> None:
    facts = usage([group([10] * 36)], first="2025-04-30")
    verdict = estimate(facts, on_="forecast", limit=1000, period="billing_cycle")
    assert pick(verdict, "status", "forecast", "actual") == ["pass", 56, 4]
    assert pick(estimate(facts, limit=1000), "status", "reasons") == ["unknown", ["cycle_start_missing"]]
    unpriced = usage([group([10] * 36, unit="GB")], first="2025-04-30")
    assert pick(estimate(unpriced, on_="forecast", limit=1000, period="billing_cycle"), "status", "actual") == [
        "unknown",
        None,
    ]


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        ({"metric": "r2_storage"}, ["not_priced"]),
        ({"unit": "GB"}, ["not_priced"]),
        ({"account": None}, ["not_priced"]),
    ],
)
def test_kinds_what_has_no_price_makes_the_verdict_unknown(other: Facts, reasons: list[str]) -> None:
    facts = usage([group([10] * 20), group([1] * 20, **other)])
    assert pick(estimate(facts, limit=100), "status", "actual", "actual_is_lower_bound") == ["unknown", 36, True]
    assert estimate(facts, limit=100)["reasons"] == reasons
    assert estimate(facts, limit=100, on_="forecast")["reasons"] == reasons
    assert estimate(facts, limit=35)["status"] == "fail"
    assert estimate(facts, limit=35, on_="forecast")["status"] == "fail"


def test_kinds_a_price_that_ends_before_the_cycle_forecasts_nothing() -> None:
    card = {**CARD, "valid_until": "2025-05-20"}
    facts = usage([group([10] * 20)])
    budgets = [
        budget(measure="estimated_cost", limit=100),
        budget(measure="estimated_cost", on="forecast") | {"name": "2"},
    ]
    now, later = evaluate_budgets(facts, budgets, card)
    assert pick(now, "status", "reasons") == ["pass", []]
    assert pick(later, "status", "reasons") == ["unknown", ["not_priced"]]


def test_kinds_an_estimate_in_another_currency_is_unknown() -> None:
    verdict = estimate(usage([group([10] * 20)]), limit=1, currency="EUR")
    assert pick(verdict, "status", "reasons", "actual") == ["unknown", ["currency_differs"], None]


def test_kinds_an_estimate_needs_a_rate_card_and_the_right_groups() -> None:
    with pytest.raises(BudgetError, match="budget 'budget', measure: estimated_cost needs a rate card"):
        evaluate_budgets(usage([group([1])]), [budget(measure="estimated_cost")])
    facts = usage([group([10] * 20)], group_by=["metric"])
    assert pick(estimate(facts), "status", "reasons") == ["unknown", ["not_grouped_by"]]


def test_kinds_a_part_of_an_account_can_not_be_priced() -> None:
    other = group([1] * 20) | {"x_product_family_name": "Else"}
    facts = usage([group([10] * 20), other])
    verdict = estimate(facts, limit=100, match={"product_family": "Workers"})
    assert pick(verdict, "status", "reasons", "actual") == ["unknown", ["match_splits_metric"], None]
    assert estimate(facts, limit=100)["status"] == "pass"


def test_kinds_use_without_account_may_belong_to_the_account_of_an_estimate() -> None:
    facts = usage([group([10] * 20), group([1] * 20, account=None)])
    verdict = estimate(facts, limit=100, match={"account": PRODUCTION})
    assert pick(verdict, "status", "reasons") == ["unknown", ["membership_unknown"]]
    idle = usage([group([10] * 20), group([0] * 20, account=None)])
    assert estimate(idle, limit=100, match={"account": PRODUCTION})["status"] == "pass"


# spike and growth


def test_kinds_a_spike_is_held_against_the_median_day() -> None:
    facts = usage([group([10] * 15 + [90] + [10] * 14 + [21])])
    verdict = judge(facts, on="spike", limit=100)
    assert pick(verdict, "status", "actual", "limit", "baseline", "percent") == ["fail", 21, 20, 10, 105]
    assert pick(verdict, "crossed_on", "days_used", "reasons") == ["2025-05-31", 31, ["over_limit"]]
    assert verdict["message"] == (
        "21 Requests used on 2025-05-31, the median day before had 10 Requests, and up to 20 Requests is allowed."
    )
    assert judge(facts, on="spike", limit=110)["status"] == "pass"
    assert judge(facts, on="spike", limit=115, warn_at=90)["status"] == "warn"


def test_kinds_small_numbers_do_not_shout() -> None:
    facts = usage([group([0] * 30 + [21])])
    assert judge(facts, on="spike", limit=100)["status"] == "fail"
    assert judge(facts, on="spike", limit=100)["percent"] is None
    verdict = judge(facts, on="spike", limit=100, floor=21)
    assert pick(verdict, "status", "limit") == ["pass", 21]


def test_kinds_a_spike_of_trailing_days_is_their_mean() -> None:
    verdict = judge(usage([group([10] * 29 + [30, 20])]), on="spike", limit=100, window=2)
    assert pick(verdict, "status", "actual") == ["fail", 25]
    assert "25 Requests used a day from 2025-05-30 to 2025-05-31" in verdict["message"]


def test_kinds_a_spike_looks_at_the_last_whole_day() -> None:
    facts = usage([group([10] * 29 + [50, 3])], complete=30)
    assert pick(judge(facts, on="spike", limit=100), "status", "actual", "crossed_on") == ["fail", 50, "2025-05-30"]


@pytest.mark.parametrize(
    ("days", "keys", "status"), [(7, {}, "unknown"), (8, {}, "pass"), (7, {"min_days": 6}, "pass")]
)
def test_kinds_a_spike_needs_days_before(days: int, keys: Facts, status: str) -> None:
    verdict = judge(usage([group([10] * days)]), on="spike", limit=100, **keys)
    assert pick(verdict, "status", "reasons") == [status, ["too_few_days"] if status == "unknown" else []]
    assert verdict["limit"] == (None if status == "unknown" else 20)


def test_kinds_growth_within_the_facts() -> None:
    facts = usage([group([10] * 17 + [10] * 7 + [15] * 7)])
    verdict = judge(facts, on="growth", limit=49)
    assert pick(verdict, "status", "actual", "baseline", "limit", "days_used") == ["fail", 105, 70, 104.3, 14]
    assert judge(facts, on="growth", limit=50)["status"] == "pass"
    assert judge(facts, on="growth", limit=49, floor=105)["status"] == "pass"
    assert judge(facts, on="growth", limit=300, window=15)["status"] == "pass"
    assert pick(judge(facts, on="growth", limit=49, window=16), "status", "reasons") == ["unknown", ["too_few_days"]]


def test_kinds_growth_since_the_period_before_is_by_the_day() -> None:
    before = usage([group([10] * 30)], first="2025-04-01")
    facts = usage([group([12] * 20 + [0])], complete=20)
    verdict = judge(facts, before, on="growth", limit=19)
    assert pick(verdict, "status", "actual", "baseline", "limit") == ["fail", 240, 200, 238]
    assert judge(facts, before, on="growth", limit=20)["status"] == "pass"


@pytest.mark.parametrize(
    ("before", "reasons"),
    [
        (usage([group([10] * 29)], first="2025-04-01"), ["previous_not_adjacent"]),
        (usage([group([10] * 30, unit="GB")], first="2025-04-01"), ["unit_differs"]),
        (usage([group([10] * 30, metric="r2_storage")], first="2025-04-01"), ["previous_no_match"]),
        (usage([group([10] * 30)], first="2025-04-01", group_by=["account"]), ["not_grouped_by", "previous_no_match"]),
        (
            usage([group([10] * 30)], first="2025-04-01", complete=29),
            ["previous_facts_partial", "previous_days_not_complete_yet"],
        ),
        (usage([group([10] * 30), group([1] * 30, unit="GB")], first="2025-04-01"), ["mixed_units", "unit_differs"]),
    ],
)
def test_kinds_growth_needs_a_period_before_that_is_whole(before: Facts, reasons: list[str]) -> None:
    facts = usage([group([10] * 20)])
    verdict = judge(facts, before, on="growth", limit=100, match={"metric": "workers_*"})
    assert pick(verdict, "status", "reasons") == ["unknown", reasons]


def test_kinds_growth_of_nothing_whole_is_unknown() -> None:
    before = usage([group([10] * 30)], first="2025-04-01")
    verdict = judge(usage([group([10] * 3)], complete=0), before, on="growth", limit=100)
    assert pick(verdict, "status", "reasons") == ["unknown", ["too_few_days"]]


def test_kinds_growth_of_each_value_compares_it_with_itself() -> None:
    before = usage([group([10] * 30), group([1] * 30, account=STAGING)], first="2025-04-01")
    facts = usage([group([10] * 20), group([2] * 20, account=STAGING), group([5] * 20, account="d" * 32)])
    verdicts: Any = evaluate_budgets(facts, [budget(on="growth", limit=50, each="account")], previous=before)
    found = {verdict["group"]["id"][0]: (verdict["status"], verdict["reasons"]) for verdict in verdicts}
    assert found == {"a": ("pass", []), "b": ("fail", ["over_limit"]), "d": ("unknown", ["previous_no_match"])}


def test_kinds_comparisons_need_all_of_it() -> None:
    facts = usage([group([10] * 20, cost=[1] * 20)])
    facts["groups"][0]["daily_billed_cost"] = None
    for on in ("spike", "growth"):
        verdict = judge(facts, on=on, measure="billed_cost")
        assert pick(verdict, "status", "reasons") == ["unknown", ["no_daily_series"]]
    unclear = usage([group([10] * 20), group([1] * 20, account=None)])
    before = usage([group([10] * 30), group([1] * 30, account=None)], first="2025-04-01")
    for on in ("spike", "growth", "forecast"):
        verdict = judge(unclear, on=on, match={"account": PRODUCTION}, limit=1000)
        assert pick(verdict, "status", "reasons") == ["unknown", ["membership_unknown"]]
    verdict = judge(usage([group([10] * 20)]), before, on="growth", match={"account": PRODUCTION}, limit=1000)
    assert pick(verdict, "status", "reasons") == ["unknown", ["membership_unknown"]]


# each, and what verdicts do


def test_kinds_each_value_gets_its_own_verdict() -> None:
    facts = usage([group([3] * 9), group([1] * 9, account=STAGING), group([1] * 9, account="d" * 32)])
    verdicts = evaluate_budgets(facts, [budget(limit=20, each="account")])
    assert [(verdict["group"], verdict["status"], verdict["actual"]) for verdict in verdicts] == [
        ({"dimension": "account", "id": PRODUCTION, "name": "Production"}, "fail", 27),
        ({"dimension": "account", "id": STAGING, "name": "Staging"}, "pass", 9),
        ({"dimension": "account", "id": "d" * 32, "name": None}, "pass", 9),
    ]


def test_kinds_use_without_account_is_a_value_of_its_own_and_may_belong_to_any() -> None:
    facts = usage([group([3] * 9), group([1] * 9, account=STAGING), group([1] * 9, account=None)])
    verdicts: Any = evaluate_budgets(facts, [budget(limit=30, each="account")])
    found = [(verdict["group"]["name"], verdict["status"], verdict["actual_is_lower_bound"]) for verdict in verdicts]
    assert found == [("Production", "unknown", True), ("Staging", "pass", True), (None, "pass", False)]


@pytest.mark.parametrize(("on", "limit"), [("actual", 100), ("forecast", 100), ("spike", None), ("growth", None)])
def test_kinds_a_percentage_is_no_amount(on: str, limit: int | None) -> None:
    assert judge(usage([group([3] * 9)]), on=on, match={"metric": "gone"})["limit"] == limit


def test_kinds_each_tells_what_matches_nothing() -> None:
    facts = usage([group([3] * 9)])
    verdicts = evaluate_budgets(facts, [budget(each="account", match={"account": ["Production", "Gone"]})])
    assert [pick(verdict, "status", "group", "reasons") for verdict in verdicts] == [
        ["pass", {"dimension": "account", "id": PRODUCTION, "name": "Production"}, []],
        ["unknown", None, ["pattern_without_match"]],
    ]


@pytest.mark.parametrize(
    ("facts", "keys", "outcome"),
    [
        ("whole", {}, "fail"),
        ("whole", {"on_no_match": "warn"}, "warn"),
        ("whole", {"on_no_match": "ignore"}, "pass"),
        ("whole", {"on_unknown": "ignore"}, "fail"),
        ("partial", {"on_no_match": "ignore"}, "fail"),
        ("partial", {"on_unknown": "ignore"}, "fail"),
        ("partial", {"on_unknown": "warn", "on_no_match": "ignore"}, "warn"),
        ("partial", {"on_unknown": "ignore", "on_no_match": "ignore"}, "pass"),
        ("matched", {}, "fail"),
        ("matched", {"on_unknown": "warn"}, "warn"),
        ("matched", {"on_unknown": "ignore", "on_no_match": "fail"}, "pass"),
    ],
)
def test_kinds_what_is_unknown_does_what_the_budget_asks_for(facts: str, keys: Facts, outcome: str) -> None:
    why = [] if facts == "whole" else [reason("records_not_counted")]
    match = {"metric": "workers_*" if facts == "matched" else "gone"}
    verdict = judge(usage([group([3] * 9)], reasons=why), match=match, **keys)
    assert pick(verdict, "status", "outcome") == ["unknown", outcome]


def test_kinds_a_violated_budget_is_violated_whatever_is_asked_for() -> None:
    verdict = judge(usage([group([30] * 9)]), on_unknown="ignore", on_no_match="ignore", limit=1)
    assert pick(verdict, "status", "outcome") == ["fail", "fail"]


def test_kinds_a_verdict_carries_what_the_report_needs() -> None:
    verdict = judge(usage([group([3] * 9)]), unit="Requests", owner="us", note="why", severity="critical")
    assert verdict == {
        "name": "budget",
        "group": None,
        "period": None,
        "status": "pass",
        "outcome": "pass",
        "on": "actual",
        "measure": "consumed_quantity",
        "actual": 27,
        "actual_is_lower_bound": False,
        "limit": 100,
        "unit": "Requests",
        "currency": None,
        "percent": 27,
        "baseline": None,
        "forecast": None,
        "forecast_low": None,
        "forecast_high": None,
        "forecast_error_before": None,
        "estimated": False,
        "rate_card": None,
        "from": "2025-05-01",
        "to": "2025-05-09",
        "days_used": 9,
        "crossed_on": None,
        "crossed_earliest": None,
        "crossed_latest": None,
        "anomaly": None,
        "contract": None,
        "reasons": [],
        "message": "27 Requests used of 100 Requests (27.0%).",
        "alerts": [],
        "severity": "critical",
        "owner": "us",
        "note": "why",
    }


@pytest.mark.parametrize(
    ("facts", "keys", "message"),
    [
        (usage([group([3] * 9)]), {"limit": 0}, "27 Requests used of 0 Requests, over the limit on 2025-05-01."),
        (
            usage([group([30] * 9)], reasons=[reason("odd")]),
            {},
            "At least 270 Requests used of 100 Requests (270.0%), over the limit on 2025-05-04; in doubt: It is odd.",
        ),
        (
            usage([group([3] * 9)], reasons=[reason("records_not_counted")]),
            {},
            "Can't tell: It is records_not_counted, at least 27 Requests used of 100 Requests.",
        ),
        (
            usage([group([3] * 9, cost=[0] * 9)]),
            {"measure": "billed_cost", "limit": 9},
            (
                "Can't tell: the costs of some use are 0, list costs too: Cloudflare may not have rated it yet, "
                "at least USD 0.00 billed of USD 9.00."
            ),
        ),
        (
            usage([group([3] * 9, unit="\x1b[31mGB")]),
            {},
            "27 \ufffd[31mGB used of 100 \ufffd[31mGB (27.0%).",
        ),
    ],
)
def test_kinds_the_sentence_says_it(facts: Facts, keys: Facts, message: str) -> None:
    assert judge(facts, **keys)["message"] == message


def test_kinds_percent_has_no_binary_noise() -> None:
    verdict = judge(usage([group([0.1, 0.2])]), limit=0.3)
    assert pick(verdict, "status", "actual", "percent") == ["pass", 0.3, 100]


def test_kinds_the_dimensions_that_budgets_need() -> None:
    budgets = [
        budget(match={"zone": "z"}, each="account"),
        {"name": "2", "limit": 1, "measure": "estimated_cost", "match": {"product_family": "x"}},
    ]
    assert budget_dimensions(budgets) == ["account", "product_family", "metric", "zone"]
    assert budget_dimensions([budget()]) == []


@pytest.mark.parametrize("facts", [None, [], {}, {"usage": {}}, {"status": "complete", "groups": {}}, "text"])
def test_kinds_what_is_no_usage_facts_is_refused(facts: Any) -> None:
    with pytest.raises(UsageError, match="Invalid usage facts: "):
        evaluate_budgets(facts, [budget()])


@pytest.mark.parametrize("change", [{"from": "2025-06-02"}, {"from": None}, {"to": "soon"}, {"groups": [1]}])
def test_kinds_facts_without_days_or_groups_are_refused(change: Facts) -> None:
    with pytest.raises(UsageError, match="Invalid usage facts: "):
        evaluate_budgets({**usage([group([1])]), **change}, [budget()])


@pytest.mark.parametrize("quantity", [0, 1e-30, 0.1, 1e15, 1e37, -1e37])
@pytest.mark.parametrize("limit", [0, 1e-300, 1, 1e39])
@pytest.mark.parametrize("on", ["actual", "forecast", "spike", "growth"])
def test_kinds_numbers_of_any_size_give_a_verdict(quantity: float, limit: float, on: str) -> None:
    facts = usage([group([quantity] * 20)])
    verdicts = evaluate_budgets(facts, [budget(limit=limit, on=on)])
    assert verdicts[0]["status"] in ("pass", "fail")
    assert json.loads(json.dumps(verdicts, allow_nan=False)) == verdicts
    assert budgets_table(verdicts)
    priced = [{"metric": "*", "unit": "Requests", "price": limit, "block": 1e-9}]
    assert evaluate_budgets(facts, [budget(measure="estimated_cost", limit=limit)], {**CARD, "prices": priced})


@pytest.mark.parametrize("quantity", [1e40, 1e308, 10**400])
def test_kinds_numbers_beyond_every_usage_are_refused(quantity: float) -> None:
    with pytest.raises(UsageError, match="not every number is finite and plausible"):
        evaluate_budgets(usage([group([quantity] * 20)]), [budget()])


def test_kinds_limits_have_bounds() -> None:
    with pytest.raises(BudgetError, match="limit: 1e\\+40 is not accepted"):
        evaluate_budgets(usage([group([1])]), [budget(limit=1e40)])


def test_kinds_a_value_that_may_not_belong_at_all_has_at_least_nothing() -> None:
    facts = usage([group([3] * 9), group([1] * 9, account="d" * 32)])
    verdicts = evaluate_budgets(facts, [budget(limit=30, each="account", match={"account": "Prod*"})])
    found = [pick(verdict, "status", "actual", "actual_is_lower_bound") for verdict in verdicts]
    assert found == [["pass", 27, False], ["pass", 0, True]]
    verdicts = evaluate_budgets(facts, [budget(limit=8, each="account", match={"account": "Prod*"})])
    assert pick(verdicts[1], "status", "reasons") == ["unknown", ["membership_unknown"]]
