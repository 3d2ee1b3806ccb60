# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amounts that change, and many thresholds in one budget."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.gate import gate_outcome
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    Facts,
    budget,
    group,
    usage,
)


def judge(facts: Facts, **keys: Any) -> Any:
    (verdict,) = evaluate_budgets(facts, [budget(**keys)])
    return verdict


def pick(verdict: Any, *keys: str) -> list[Any]:
    return [verdict[key] for key in keys]


def month(first: str, days: int = 20) -> Facts:
    return usage([group([10] * days)], first=first)


PLAN = {"2026-02": 100, "2026-05": 300, "2026-09": 250}


@pytest.mark.parametrize(
    ("first", "limit", "status"),
    [
        ("2026-02-01", 100, "fail"),
        ("2026-04-01", 100, "fail"),
        ("2026-05-01", 300, "pass"),
        ("2026-08-01", 300, "pass"),
        ("2026-09-01", 250, "pass"),
        ("2028-01-01", 250, "pass"),
    ],
)
def test_plan_names_the_limit_of_each_month_and_the_last_one_stays(first: str, limit: float, status: str) -> None:
    verdict = judge(month(first), limit=PLAN, period="month")
    assert pick(verdict, "limit", "status") == [limit, status]


def test_alerts_plan_of_quarters_and_cycles() -> None:
    plan = {"2026-Q1": 1, "2026-Q3": 5000}
    assert judge(month("2026-04-01"), limit=plan, period="quarter")["limit"] == 1
    assert judge(month("2026-07-01"), limit=plan, period="quarter")["limit"] == 5000
    cycle = usage([group([10] * 20)], first="2026-04-15")
    assert judge(cycle, limit=PLAN, period="billing_cycle", starts_on=15)["limit"] == 100


def test_alerts_plan_that_has_not_begun_is_unknown() -> None:
    verdict = judge(month("2026-01-01"), limit=PLAN, period="month")
    assert pick(verdict, "status", "outcome", "limit", "reasons") == ["unknown", "fail", None, ["no_limit_yet"]]


def test_alerts_plan_is_used_by_warnings_and_forecasts() -> None:
    assert judge(month("2026-05-01"), limit=PLAN, period="month", warn_at=60)["status"] == "warn"
    assert judge(month("2026-05-01"), limit=PLAN, period="month", on="forecast")["status"] == "fail"


# 200 so far in a month of 31 days, 310 by its end
MAY = month("2026-05-01")


@pytest.mark.parametrize(
    ("alert", "status", "outcome", "threshold", "amount", "crossed"),
    [
        ({"percent": 50}, "pass", "pass", 200, 200, False),
        ({"percent": 49}, "warn", "warn", 196, 200, True),
        ({"percent": 49, "outcome": "fail"}, "fail", "fail", 196, 200, True),
        ({"percent": 49, "outcome": "ignore"}, "pass", "pass", 196, 200, True),
        ({"amount": 200}, "pass", "pass", 200, 200, False),
        ({"amount": 199.5}, "warn", "warn", 199.5, 200, True),
        ({"percent": 77.5, "on": "forecast"}, "pass", "pass", 310, 310, False),
        ({"percent": 77, "on": "forecast"}, "warn", "warn", 308, 310, True),
        ({"amount": 309, "on": "forecast_high", "outcome": "fail"}, "fail", "fail", 309, 310, True),
        ({"percent": 200, "on": "forecast"}, "pass", "pass", 800, 310, False),
    ],
)
@pytest.mark.parametrize("period", ["month", None])
def test_alerts_are_thresholds_of_one_budget(
    alert: Facts, status: str, outcome: str, threshold: float, amount: float, crossed: bool, period: str | None
) -> None:
    keys = {} if period is None else {"period": period}
    verdict = judge(MAY, limit=400, alerts=[alert], **keys)
    assert pick(verdict, "status", "outcome", "on", "actual") == [status, outcome, "actual", 200]
    (found,) = verdict["alerts"]
    assert pick(found, "threshold", "amount", "crossed") == [threshold, amount, crossed]
    assert ("over_alert" in verdict["reasons"]) is (outcome != "pass")


def test_alerts_make_one_row_of_the_worst() -> None:
    alerts = [
        {"percent": 40, "severity": "info"},
        {"percent": 70, "on": "forecast", "severity": "critical"},
        {"percent": 90, "on": "forecast", "outcome": "fail"},
    ]
    verdict = judge(MAY, limit=400, period="month", severity="minor", alerts=alerts)
    assert pick(verdict, "status", "outcome", "severity") == ["warn", "warn", "critical"]
    assert [alert["crossed"] for alert in verdict["alerts"]] == [True, True, False]
    assert verdict["message"] == (
        "200 Requests used of 400 Requests (50.0%), actual 200 Requests over the alert at 160 Requests,"
        " forecast 310 Requests over the alert at 280 Requests, month 2026-05-01 to 2026-05-31."
    )
    quiet = judge(MAY, limit=400, period="month", severity="minor", alerts=alerts[2:])
    assert pick(quiet, "status", "severity") == ["pass", "minor"]


def test_alerts_that_fail_are_a_violated_budget() -> None:
    verdict = judge(MAY, limit=400, period="month", alerts=[{"percent": 70, "on": "forecast", "outcome": "fail"}])
    assert pick(gate_outcome([verdict]), "result", "exit_code") == ["violated", 2]


def test_alerts_on_actual_beside_a_forecast() -> None:
    verdict = judge(MAY, on="forecast", limit=400, period="month", alerts=[{"percent": 40, "on": "actual"}])
    assert pick(verdict, "status", "on", "forecast") == ["warn", "forecast", 310]


def test_alerts_that_can_not_be_told_are_no_pass() -> None:
    early, alert = month("2026-05-01", 9), {"percent": 90, "on": "forecast"}
    keys: dict[str, Any] = {"limit": 400, "period": "month", "min_days": 10}
    verdict = judge(early, **keys, alerts=[alert])
    assert pick(verdict, "status", "outcome", "reasons") == ["unknown", "fail", ["too_few_days"]]
    assert verdict["alerts"][0]["crossed"] is None
    assert judge(early, **keys, alerts=[{**alert, "outcome": "ignore"}])["status"] == "pass"
    assert judge(early, **keys, alerts=[{**alert, "percent": 5}])["status"] == "warn", "the use so far is over it"
    assert judge(early, **{**keys, "min_days": 9}, alerts=[alert])["status"] == "pass"


def test_alerts_between_what_is_certain_and_what_is_possible_are_unknown() -> None:
    facts = usage([group([10] * 20), group([1] * 20, account=None)], first="2026-05-01")
    keys = {"limit": 1000, "match": {"account": "Production"}}
    verdict = judge(facts, **keys, alerts=[{"amount": 210}])
    assert pick(verdict, "status", "reasons") == ["unknown", ["membership_unknown"]]
    assert judge(facts, **keys, alerts=[{"amount": 220}])["status"] == "pass"
    assert judge(facts, **keys, alerts=[{"amount": 199}])["status"] == "warn"


def test_alerts_hold_for_every_value_of_each() -> None:
    facts = usage([group([10] * 20), group([1] * 20, account=STAGING)], first="2026-05-01")
    alerts = [{"percent": 50, "on": "forecast"}]
    found = evaluate_budgets(facts, [budget(400, each="account", period="month", alerts=alerts)])
    assert [pick(verdict, "status") for verdict in found] == [["warn"], ["pass"]]
    assert [verdict["alerts"][0]["amount"] for verdict in found] == [310, 31]


def test_alerts_limit_that_is_passed_fails_whatever_the_alerts_say() -> None:
    verdict = judge(MAY, limit=199, period="month", alerts=[{"percent": 500}], severity="critical")
    assert pick(verdict, "status", "severity") == ["fail", "critical"]
