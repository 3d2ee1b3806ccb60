# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What facts a list of budgets needs, and that these are enough on every night over the end of a month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import budget_periods
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import MAX_HISTORY
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import group, usage

DAY = timedelta(days=1)
TODAY = date(2026, 8, 22)  # with a lag of one day the last whole day is the 20th
CARD = {
    "name": "Sample prices",
    "source": "made up",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "cycle_day": 15,
    "prices": [{"metric": "workers_*", "unit": "Requests", "price": 2}],
}


def needed(*budgets: dict[str, Any], **options: Any) -> list[str]:
    named = [{"name": f"budget {index}", "limit": 1, **keys} for index, keys in enumerate(budgets)]
    found = budget_periods(named, **{"today": TODAY, "lag_days": 1, **options})
    return [found["from"], found["to"]]


def back(days: int) -> str:
    return str(date(2026, 8, 20) - DAY * (days - 1))


@pytest.mark.parametrize(
    ("budgets", "first"),
    [
        ([{"period": "day"}], "2026-08-20"),
        ([{"period": "month"}], "2026-08-01"),
        ([{"period": "day"}, {"period": "year"}, {"period": "month"}], "2026-01-01"),
        ([{"period": "year", "starts_on": "09-01"}], "2025-09-01"),
        ([{"period": {"from": "2026-05-05", "to": "2026-06-30"}}], "2026-05-05"),
        ([{"period": {"from": "2026-12-01", "to": "2026-12-31"}}], "2026-08-20"),
        ([{}], "2026-08-01"),
        ([{}, {"period": "day"}, {"on": "spike"}], "2026-08-01"),
        ([{"on": "growth"}], back(14)),
        ([{"on": "spike"}], back(MAX_HISTORY + 1)),
        ([{"on": "forecast", "period": "day"}], back(MAX_HISTORY + 1)),
        ([{"on": "forecast"}], "2026-08-01"),
    ],
)
def test_needs_are_the_longest_period_up_to_the_last_whole_day(budgets: list[dict[str, Any]], first: str) -> None:
    assert needed(*budgets) == [first, "2026-08-20"]


@pytest.mark.parametrize(
    ("budgets", "days"),
    [
        ([{}], 30),
        ([{"period": "day"}], 30),
        ([{"period": "month"}, {"period": "day"}], 30),
        ([{"period": "day"}, {"period": "month", "on": "forecast"}], 0),
        ([{"period": "year"}, {"period": "day"}], 30),
        ([{"period": {"from": "2026-12-01", "to": "2026-12-31"}}], 30),
        ([{"on": "forecast"}], 30),
        ([{"on": "growth"}], 30),
        # these look back for months themselves
        ([{"on": "spike"}], 0),
        ([{"on": "forecast", "period": "month"}], 0),
        ([{"on": "growth"}, {"on": "spike"}], 0),
        # the month begins 10 days after the facts of the growth, which need them
        ([{"period": "month"}, {"on": "growth", "window": 15}], 20 + 10),
    ],
)
def test_needs_of_history_are_a_month_before_what_a_budget_looks_at(budgets: list[dict[str, Any]], days: int) -> None:
    named = [{"name": f"budget {index}", "limit": 1, **keys} for index, keys in enumerate(budgets)]
    found = budget_periods(named, TODAY)
    assert found["history_days"] == days
    many = budget_periods(named, TODAY, nights=2)
    assert many["history_days"] == 0
    assert date.fromisoformat(many["from"]) <= date.fromisoformat(found["from"]) - DAY * days


def test_needs_of_an_estimate_follow_the_rate_card() -> None:
    estimate = {"measure": "estimated_cost"}
    assert needed({**estimate, "period": "billing_cycle"}, rate_card=CARD) == ["2026-08-15", "2026-08-20"]
    assert needed({**estimate, "period": "billing_cycle"}, rate_card=CARD, lag_days=7)[0] == "2026-07-15"
    assert needed(estimate, rate_card=CARD)[0] == "2026-08-15"


@pytest.mark.parametrize(
    ("keys", "first"),
    [({"period": "day"}, "2026-04-23"), ({"period": "month"}, "2026-04-01"), ({}, "2026-04-01")],
)
def test_needs_of_many_nights_are_those_of_the_first(keys: dict[str, Any], first: str) -> None:
    assert needed(keys, nights=90) == [first, "2026-08-20"]
    for nights in (0, 367):
        with pytest.raises(ParameterError, match=f"nights: {nights} is not a number of nights from 1 to 366"):
            needed(keys, nights=nights)


@pytest.mark.parametrize("others", [[{"period": "quarter"}], [{"period": {"from": "2026-07-31", "to": "2026-08-31"}}]])
def test_needs_refuse_a_budget_without_period_beside_longer_ones(others: list[dict[str, Any]]) -> None:
    with pytest.raises(BudgetError) as caught:
        needed({}, *others)
    (problem,) = caught.value.problems
    assert problem.startswith("budget 'budget 0', period: missing; without one it means all days of the facts")


def test_needs_refuse_days_without_period_that_differ() -> None:
    with pytest.raises(BudgetError, match=r"budget 'budget 1', period: missing"):
        needed({}, {"measure": "estimated_cost"}, rate_card=CARD)


@pytest.mark.many_cases
@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("lag", range(4))
@pytest.mark.parametrize("keys", [{}, {"period": "month"}])
def test_needs_are_enough_to_judge_the_end_of_each_month(month: int, lag: int, keys: dict[str, Any]) -> None:
    end = date(2027, month, monthrange(2027, month)[1])
    statuses = []
    for offset in range(28 - end.day, 6):
        budgets = [{"name": "b", "limit": 40000, **keys}]
        asked = budget_periods(budgets, end + DAY * offset, lag)
        first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
        days = [first + DAY * each for each in range((last - first).days + 1)]
        facts = usage([group([50000 if day == end else 1 for day in days])], first=str(first))
        (verdict,) = evaluate_budgets(facts, budgets)
        statuses.append((last, verdict["status"]))
    assert all(status == ("fail" if last == end else "pass") for last, status in statuses)
    assert [status for _last, status in statuses].count("fail") == 1
