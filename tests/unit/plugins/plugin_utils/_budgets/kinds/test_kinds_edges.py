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
