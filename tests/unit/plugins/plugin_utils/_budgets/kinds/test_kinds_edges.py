# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of budgets at their edges: what is said beside a status, and the day of a crossing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    Facts,
    budget,
    group,
    reason,
    usage,
)

CARD: Facts = {
    "name": "Sample prices",
    "source": "made up",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "prices": [{"metric": "*", "unit": "Requests", "price": 2}],
}


def judge(facts: Facts, **keys: Any) -> Any:
    [verdict] = evaluate_budgets(facts, [budget(**keys)], CARD)
    return verdict


def test_actual_that_is_not_known_has_no_percentage_of_its_limit() -> None:
    found = judge(usage([group([3] * 9)], reasons=[reason("gap")]), limit=100)
    assert (found["status"], found["actual"], found["percent"]) == ("unknown", 27, None)


@pytest.mark.parametrize(("measure", "limit"), [("consumed_quantity", 7), ("estimated_cost", 14)])
@pytest.mark.parametrize(
    ("daily", "status", "day"),
    [
        ([4, 3, 1], "fail", "2025-05-03"),  # exactly at the limit on the second day
        ([4, 4, 1], "fail", "2025-05-02"),
        ([4, 4, -1], "pass", None),  # what was corrected since was never over it
        ([4, 3, 0], "pass", None),
    ],
)
def test_actual_crosses_its_limit_on_the_first_day_that_is_over_it(
    measure: str, limit: int, daily: list[int], status: str, day: str | None
) -> None:
    found = judge(usage([group(daily)]), measure=measure, limit=limit)
    assert (found["status"], found["crossed_on"]) == (status, day)


NAMELESS = {"x_billable_metric_id": None, "x_billable_metric_name": None}
LONG = {"x_billable_metric_name": "m" * 81}


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ([group([1], unit="GB")], "Workers Standard Requests is priced in another unit"),
        (
            [group([1], unit="GB") | {"x_billable_metric_name": None}],
            "workers_standard_requests is priced in another unit",
        ),
        ([group([1]) | NAMELESS], "a metric without name has no price there"),
        ([group([1], unit="GB") | LONG], f"{'m' * 79}… is priced in another unit"),
        (
            [group([1], unit="GB"), group([1], unit="MB")],
            "Workers Standard Requests is priced in another unit, like 1 more",
        ),
        ([group([1], account=None)], "Workers Standard Requests has no account"),
        ([group([-1])], "Workers Standard Requests has a negative total"),
    ],
)
def test_estimate_names_what_it_can_not_price(groups: list[Facts], told: str) -> None:
    found = judge(usage(groups), measure="estimated_cost", limit=100)
    assert found["status"] == "unknown"
    assert re.match(f"Can't tell: the rate card can't price everything: {told}[,.]", found["message"])
    assert found["message"].count(", like ") == told.count(", like ")


@pytest.mark.parametrize("on", ["spike", "growth", "anomaly"])
def test_comparison_that_is_not_known_says_why_and_how_many_days_it_saw(on: str) -> None:
    facts = usage([group([1] * 30, cost=[1] * 30)], complete=29, reasons=[reason("days_not_complete_yet")])
    facts["groups"][0]["daily_billed_cost"] = None
    found = judge(facts, on=on, measure="billed_cost", limit=10)
    assert (found["status"], found["days_used"], found["limit"]) == ("unknown", 29, None)
    assert "Can't tell: the daily amounts are not known" in found["message"]


@pytest.mark.parametrize(("warn_at", "status"), [(50, "pass"), (49.9, "warn"), ([99, 49], "warn"), ([99, 60], "pass")])
def test_warning_level_is_passed_only_by_what_is_over_it(warn_at: Any, status: str) -> None:
    assert judge(usage([group([10] * 20)]), limit=400, warn_at=warn_at)["status"] == status


# Days that go up and down at random, so that the forecast has a range.
UNEVEN = usage([group([9, 12, 7, 14, 10, 8, 13, 11, 6, 15, 9, 12, 10, 7, 14, 8, 11, 13, 10, 12])])


@pytest.mark.parametrize(("on", "key"), [("forecast", "forecast"), ("forecast_high", "forecast_high")])
def test_alert_is_held_against_the_forecast_or_against_the_end_of_its_range(on: str, key: str) -> None:
    forecast = judge(UNEVEN, on="forecast", limit=1000)
    assert forecast["forecast"] < forecast["forecast_high"]
    found = judge(UNEVEN, limit=1000, alerts=[{"percent": 90, "on": on}])
    assert [alert["amount"] for alert in found["alerts"]] == [forecast[key]]


@pytest.mark.parametrize(
    ("limit", "percent", "severity"),
    [
        (199, 500, "critical"),  # over the limit, and not over the alert
        (199, 50, "critical"),
        (400, 49, "info"),  # over the alert only
        (400, 99, "critical"),  # over neither: that of the budget
    ],
)
def test_alert_has_a_say_in_the_severity_only_where_it_is_passed(limit: int, percent: int, severity: str) -> None:
    alerts = [{"percent": percent, "severity": "info"}]
    found = judge(usage([group([10] * 20)]), limit=limit, severity="critical", alerts=alerts)
    assert found["severity"] == severity


def test_alert_that_is_not_known_adds_its_reasons_to_those_of_the_budget() -> None:
    facts = usage([group([10] * 5)])
    found = judge(facts, limit=40, alerts=[{"percent": 500, "on": "forecast"}])
    assert (found["status"], found["reasons"]) == ("fail", ["over_limit", "too_few_days"])


def test_alert_on_what_another_kind_knows_nothing_of_is_not_known() -> None:
    # only what looks at days that still fill up has a verdict for the account that is to come
    filling = reason("days_not_complete_yet", days=["2025-05-20"], about=[{"account": "c" * 32}])
    facts = usage([group([10] * 20)], complete=19, reasons=[filling])
    alerts = [{"percent": 90, "on": "forecast"}]
    found: list[Any] = [*evaluate_budgets(facts, [budget(400, each="account", alerts=alerts)])]
    coming = found[1]
    assert (coming["group"]["id"], coming["status"]) == ("c" * 32, "unknown")
    assert coming["reasons"] == ["facts_partial", "days_not_complete_yet"]
    assert [alert["crossed"] for alert in coming["alerts"]] == [None]


def test_kinds_of_a_period_know_all_of_it() -> None:
    facts = usage([group([10] * 20)], first="2025-04-01")
    assert judge(facts, on="forecast", period="quarter", limit=1000, min_days=7)["forecast"] == 910
    assert judge(facts, period="month", limit={"2025-06": 1})["limit"] is None


def test_anomaly_is_explained_by_the_groups_of_its_value() -> None:
    found = judge(usage([group([100] * 30 + [500])]), on="anomaly", limit=50)
    assert [each["labels"]["metric"] for each in found["anomaly"]["groups"]] == ["Workers Standard Requests"]


def test_estimate_follows_the_cycles_of_the_facts() -> None:
    cycle = {"billing_cycle": {"from": "2025-05-15", "to": "2025-06-14", "anchor": 15}}
    found = judge(usage([group([1] * 20)], first="2025-05-15") | cycle, measure="estimated_cost", limit=100)
    assert (found["status"], found["actual"], found["reasons"]) == ("pass", 40, [])


def test_actual_does_not_mind_the_period_before() -> None:
    before = usage([group([1] * 9)], first="2025-04-22", reasons=[reason("gap")])
    [found] = evaluate_budgets(usage([group([1] * 9)]), [budget(100)], None, before)
    assert (found["status"], found["reasons"]) == ("pass", [])


@pytest.mark.parametrize(("percent", "outcome"), [(49, "warn"), (99, "pass")])
def test_alert_that_is_passed_counts_where_what_is_unknown_is_ignored(percent: int, outcome: str) -> None:
    facts = usage([group([10] * 20)], reasons=[reason("gap")])
    found = judge(facts, limit=400, on_unknown="ignore", alerts=[{"percent": percent}])
    assert (found["status"], found["outcome"]) == ("unknown", outcome)


@pytest.mark.parametrize(("limit", "over"), [(4.2857142, True), (4.2857143, False)])
def test_forecast_without_end_is_shown_on_its_side_of_the_limit(limit: float, over: bool) -> None:
    facts = usage([group([1] + [0] * 29)], first="2025-04-01", complete=7)  # 30 / 7 = 4.285714 285714...
    found = judge(facts, on="forecast", limit=limit)
    assert found["status"] == ("fail" if over else "pass")
    assert (found["forecast"] > limit) is over
    [alert] = judge(facts, limit=100, alerts=[{"amount": limit, "on": "forecast"}])["alerts"]
    assert alert["crossed"] is over
    assert (alert["amount"] > limit) is over


@pytest.mark.parametrize(("last", "over"), [(1.0000000001, True), (0.9999999999, False)])
def test_percentage_is_never_a_hundred_beside_a_limit_that_is_not_met(last: float, over: bool) -> None:
    facts = usage([group([1] * 6 + [last])])
    found = judge(facts, limit=7)
    assert (found["percent"] > 100, found["percent"] < 100) == (over, not over)
    drawn = judge(facts, on="contract", period="year", limit=7)["contract"]["drawn_percent"]
    assert (drawn > 100, drawn < 100) == (over, not over)


def test_growth_needs_no_more_than_twice_its_window() -> None:
    found = judge(usage([group([10] * 14)]), on="growth", limit=10)
    assert (found["status"], found["days_used"], found["baseline"], found["crossed_on"]) == ("pass", 14, 70, None)
    assert "from 2025-05-08 to 2025-05-14" in found["message"]


def test_growth_since_the_period_before_compares_all_whole_days() -> None:
    before, facts = usage([group([10] * 30)], first="2025-04-01"), usage([group([10] * 20)], complete=19)
    [found] = evaluate_budgets(facts, [budget(10, on="growth")], None, before)
    assert (found["status"], found["days_used"]) == ("pass", 19)
    assert "from 2025-05-01 to 2025-05-19" in found["message"]
    [found] = evaluate_budgets(facts, [budget(10, on="growth")], None, usage([group([10] * 30)], first="2025-03-01"))
    assert (found["status"], found["days_used"]) == ("unknown", 19)


def test_forecast_is_of_its_period_and_not_of_the_days_before_it() -> None:
    facts = usage([group([10] * 36)], first="2025-04-30")
    found = judge(facts, on="forecast", limit=40, period="month")
    assert (found["from"], found["to"], found["actual"], found["forecast"]) == ("2025-06-01", "2025-06-04", 40, 300)
    assert "expected over the limit on 2025-06-05" in found["message"]  # what comes to the limit is not over it


def test_alert_is_a_share_of_the_limit_that_is_planned() -> None:
    keys = {"period": "month", "limit": {"2025-05": 400}, "alerts": [{"percent": 49}]}
    [alert] = judge(usage([group([10] * 20)]), **keys)["alerts"]
    assert (alert["threshold"], alert["crossed"]) == (196, True)
