# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The period of a budget: its days, what of the facts it looks at, and every night over the end of a month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import Period
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    budget,
    group,
    reason,
    usage,
)

DAY = timedelta(days=1)


def judge(facts: Facts, **keys: Any) -> Any:
    (verdict,) = evaluate_budgets(facts, [budget(**keys)])
    return verdict


def pick(verdict: Any, *keys: str) -> list[Any]:
    return [verdict[key] for key in keys]


@pytest.mark.parametrize(
    ("period", "day", "days"),
    [
        (Period("day"), "2026-07-09", "2026-07-09"),
        (Period("month"), "2026-02-28", "2026-02-01 to 2026-02-28"),
        (Period("billing_cycle", day=15), "2026-07-14", "2026-06-15 to 2026-07-14"),
        (Period("billing_cycle", day=15), "2026-07-15", "2026-07-15 to 2026-08-14"),
        (Period("billing_cycle", day=31), "2026-03-01", "2026-02-28 to 2026-03-30"),
        (Period("quarter"), "2026-08-20", "2026-07-01 to 2026-09-30"),
        (Period("quarter", 2, 1), "2026-01-31", "2025-11-01 to 2026-01-31"),
        (Period("year"), "2026-12-31", "2026-01-01 to 2026-12-31"),
        (Period("year", 4, 6), "2026-04-05", "2025-04-06 to 2026-04-05"),
        (Period("year", 4, 6), "2026-04-06", "2026-04-06 to 2027-04-05"),
        (Period("year", 2, 29), "2027-02-28", "2027-02-28 to 2028-02-28"),
    ],
)
def test_period_around_a_day(period: Period, day: str, days: str) -> None:
    assert str(period.around(date.fromisoformat(day))) == days


@pytest.mark.parametrize("name", ["day", "month", "billing_cycle", "quarter", "year"])
@pytest.mark.parametrize("starts", [(1, 1), (2, 29), (5, 31), (12, 15)])
def test_periods_follow_each_other_without_a_gap(name: str, starts: tuple[int, int]) -> None:
    period = Period(name, *starts)
    day = date(2023, 1, 1)
    span = period.around(day)
    for _each in range(1600):
        day += DAY
        found = period.around(day)
        assert found.first <= day <= found.last
        assert found == span or (found.first == day == span.last + DAY)
        span = found


# 100 a day from 2026-07-01 to 2026-08-20
QUARTER = usage([group([100] * 51)], first="2026-07-01")


def test_period_of_a_quarter_is_forecast_to_its_end() -> None:
    verdict = judge(QUARTER, on="forecast", period="quarter", limit=8000)
    assert pick(verdict, "status", "actual", "forecast", "crossed_on") == ["fail", 5100, 9200, "2026-09-19"]
    assert verdict["period"] == {"name": "quarter", "from": "2026-07-01", "to": "2026-09-30"}
    assert "by the end of the quarter" in verdict["message"]
    assert verdict["message"].endswith("quarter 2026-07-01 to 2026-09-30.")


def test_period_missing_refuses_a_forecast_of_no_single_month() -> None:
    verdict = judge(QUARTER, on="forecast", limit=8000)
    assert pick(verdict, "status", "outcome", "reasons") == ["unknown", "fail", ["no_single_period"]]
    assert "2026-07-01 to 2026-08-20 is not a single month, so the budget needs a period" in verdict["message"]


@pytest.mark.parametrize(
    ("keys", "actual", "days"),
    [
        ({"period": "day"}, 100, ["2026-08-20", "2026-08-20"]),
        ({"period": "month"}, 2000, ["2026-08-01", "2026-08-20"]),
        ({"period": "billing_cycle", "starts_on": 15}, 600, ["2026-08-15", "2026-08-20"]),
        ({"period": "quarter"}, 5100, ["2026-07-01", "2026-08-20"]),
        ({"period": "quarter", "starts_on": "08-10"}, 1100, ["2026-08-10", "2026-08-20"]),
        ({"period": "year", "starts_on": "07-16"}, 3600, ["2026-07-16", "2026-08-20"]),
        ({"period": {"from": "2026-07-10", "to": "2026-07-19"}}, 1000, ["2026-07-10", "2026-07-19"]),
        ({"period": {"from": "2026-07-10", "to": "2027-07-09"}}, 4200, ["2026-07-10", "2026-08-20"]),
    ],
)
def test_period_cuts_the_facts(keys: Facts, actual: float, days: list[str]) -> None:
    verdict = judge(QUARTER, limit=actual, **keys)
    assert pick(verdict, "status", "actual", "from", "to") == ["pass", actual, *days]
    assert judge(QUARTER, limit=actual - 1, **keys)["status"] == "fail"


@pytest.mark.parametrize("on", ["actual", "forecast"])
@pytest.mark.parametrize(
    "keys",
    [
        {"period": "year"},
        {"period": "quarter", "starts_on": "06-30"},
        {"period": {"from": "2026-06-30", "to": "2026-09-30"}},
        {"period": {"from": "2026-08-21", "to": "2026-09-30"}},
        {"period": {"from": "2026-06-01", "to": "2026-06-30"}},
    ],
)
def test_period_that_the_facts_do_not_cover_never_passes(on: str, keys: Facts) -> None:
    verdict = judge(QUARTER, on=on, limit=10**9, **keys)
    assert pick(verdict, "status", "outcome", "reasons") == ["unknown", "fail", ["period_not_covered"]]


def test_period_that_is_not_covered_still_fails_when_certain() -> None:
    assert judge(QUARTER, period="year", limit=5000)["status"] == "fail"


def test_period_needs_daily_amounts_of_a_cost() -> None:
    facts = usage([group([1] * 40, cost=[2] * 40)], first="2026-07-01")
    assert judge(facts, measure="billed_cost", period="month", limit=18)["status"] == "pass"
    assert judge(facts, measure="billed_cost", period="month", limit=17)["status"] == "fail"
    whole = usage([group([1] * 31, cost=[2] * 31)], first="2026-07-01")
    assert judge(whole, measure="list_cost", period="month", limit=62)["status"] == "pass"
    verdict = judge(facts, measure="list_cost", period="month", limit=10**9)
    assert pick(verdict, "status", "reasons") == ["unknown", ["no_daily_series"]]


def test_period_does_not_take_a_cost_of_0_for_one_that_is_rated() -> None:
    facts = usage([group([1] * 40, cost=[2] * 31 + [0] * 9)], first="2026-07-01")
    verdict = judge(facts, measure="billed_cost", period="month", limit=10)
    assert pick(verdict, "status", "reasons") == ["unknown", ["cost_all_zero"]]


def test_period_without_any_use_proves_nothing() -> None:
    verdict = judge(usage([group([5] * 31 + [0] * 5)], first="2026-07-01"), period="month", limit=10)
    assert pick(verdict, "status", "reasons") == ["unknown", ["facts_empty"]]
    with_other = usage([group([5] * 31 + [0] * 5), group([1] * 36, metric="r2_storage")], first="2026-07-01")
    verdict = judge(with_other, period="month", limit=10, match={"metric": "workers_standard_requests"})
    assert pick(verdict, "status", "actual") == ["pass", 0]


@pytest.mark.parametrize(
    ("daily", "status"),
    [
        ([0] * 10 + [40] + [0] * 25, "pass"),
        ([40, 0, 0, 0, 0, 0, 0] * 4 + [0] * 8, "pass"),
        ([40] * 31 + [0] * 5, "unknown"),
        ([0] * 5 + [40] * 26 + [0] * 5, "unknown"),
        ([0] * 36, "pass"),
    ],
)
def test_period_without_use_is_0_unless_that_is_a_surprise(daily: list[int], status: str) -> None:
    facts = usage([group(daily), group([0] * 36, metric="r2_storage")], first="2026-07-01")
    for period in ("month", "day"):
        assert judge(facts, period=period, limit=10)["status"] == status


def test_period_before_the_first_use_proves_nothing() -> None:
    facts = usage([group([0] * 31 + [5] * 5)], first="2026-07-01")
    verdict = judge(facts, period={"from": "2026-07-01", "to": "2026-07-31"}, limit=10)
    assert pick(verdict, "status", "reasons") == ["unknown", ["facts_empty"]]


def test_period_leaves_out_doubts_of_other_days() -> None:
    def with_reason(code: str, *days: str) -> Any:
        facts = usage([group([0] * 9 + [1] * 31)], first="2026-07-01", reasons=[reason(code, days=list(days))])
        return judge(facts, period="month", limit=100)["status"]

    assert with_reason("gap_in_daily_metric", "2026-07-15") == "pass"
    assert with_reason("gap_in_daily_metric", "2026-07-15", "2026-08-03") == "unknown"
    assert with_reason("gap_in_daily_metric") == "unknown"
    assert with_reason("gap_in_daily_metric", *["2026-07-15"] * 20) == "unknown"
    assert with_reason("no_rows_on_first_days", "2026-07-01") == "pass"
    assert with_reason("records_not_counted", "2026-07-01") == "unknown"


def test_period_is_that_of_the_days_that_arrived_also_beside_a_silent_account() -> None:
    silent = reason("account_silent", days=["2026-07-20"], about=[{"account": STAGING}])
    daily = [group([10] * 36), group([10] * 20 + [0] * 16, account=STAGING)]
    facts = usage(daily, first="2026-07-01", complete=20, reasons=[silent])
    assert pick(judge(facts, match={"account": PRODUCTION}, period="month", limit=49), "status", "actual") == [
        "fail",
        50,
    ]
    assert judge(facts, match={"account": STAGING}, period="month", limit=49)["status"] == "unknown"


def test_period_holds_for_every_value_of_each() -> None:
    facts = usage([group([10] * 36), group([1] * 36, account=STAGING)], first="2026-07-01")
    found = evaluate_budgets(facts, [budget(each="account", period="month", limit=49)])
    assert [pick(verdict, "status", "actual") for verdict in found] == [["fail", 50], ["pass", 5]]


def test_periods_of_all_lengths_fit_in_one_list() -> None:
    periods = ["day", "month", "quarter"]
    found = evaluate_budgets(QUARTER, [budget(period=word, limit=10**6) | {"name": word} for word in periods])
    assert [verdict["actual"] for verdict in found] == [100, 2000, 5100]


def nightly(today: date, lag: int, last_day: int, *, filling: bool) -> Facts:
    """Return the facts of a night: the previous month and this one, 0 to ``lag`` days late, with much on a last day."""
    first = (today.replace(day=1) - DAY).replace(day=1)
    whole = today - DAY * (1 + lag)
    ends = today if filling else whole
    days = [first + DAY * offset for offset in range((ends - first).days + 1)]
    daily = [(last_day if day.day == monthrange(day.year, day.month)[1] else 1) if day <= whole else 0 for day in days]
    return usage([group(daily)], first=str(first), complete=(whole - first).days + 1)


@pytest.mark.many_cases
@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("lag", range(4))
@pytest.mark.parametrize("filling", [False, True])
def test_period_ends_judged_on_the_night_its_last_day_is_whole(month: int, lag: int, filling: bool) -> None:
    end = date(2026, month, monthrange(2026, month)[1])
    before_last = end.replace(day=1) - DAY
    for offset in range(-(end.day - 28), 6):
        today = end + DAY * offset
        for last_day, over in ((50000, True), (30000, False)):
            facts = nightly(today, lag, last_day, filling=filling)
            verdict = judge(facts, period="month", limit=40000)
            whole = today - DAY * (1 + lag)
            expected = "fail" if over and whole in (end, before_last) else "pass"
            filling_in_period = filling and whole != end
            if expected == "pass" and filling_in_period:
                expected = "unknown"
            assert (today, verdict["status"]) == (today, expected)
            assert verdict["period"]["to"] == str(Period().around(whole).last)
            assert verdict["message"].count("(whole)") == (whole == end)


def test_period_that_is_whole_is_judged_on_the_first_of_the_next() -> None:
    facts = usage([group([10] * 31)], first="2026-07-01")
    verdict = judge(facts, period="month", limit=400)
    assert verdict["message"] == "310 Requests used of 400 Requests (77.5%), month 2026-07-01 to 2026-07-31 (whole)."
