# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A budget is drawn only where it is plain what it looks at."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.axis import Chart
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.burndown import (
    MAX_BURN_DOWNS,
    burn_downs,
    legend,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.estimated_days import estimated_days
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    add,
    consistent,
    make_estimate,
    make_usage,
    make_verdict,
)

USAGE = consistent(
    make_usage(
        accounts=2,
        metrics=METRICS[:3],
        last="2025-05-20",
        complete_through="2025-05-18",
        price=0.001,
        fetched_at="2025-05-20T03:00:00Z",
    )
)
REQUESTS = add(group["consumed_quantity"] for group in USAGE["groups"] if group["consumed_unit"] == "Requests")
COST = add(group["billed_cost"] for group in USAGE["groups"])


def _charts(usage: Any = USAGE, **changes: Any) -> list[Chart]:
    verdict = make_verdict(**{"actual": REQUESTS, "limit": REQUESTS, "to": "2025-05-20", **changes})
    return burn_downs(usage, [verdict]).charts


def test_burndown_burn_down_of_a_metric_shows_the_running_total_against_the_limit() -> None:
    (chart,) = _charts(limit=REQUESTS * 2, percent=50.0)
    assert (chart.name, chart.product, chart.total) == ("workers-requests", "within limit", "50.0%")
    assert 'class="limit"' in chart.svg
    assert 'class="band"' not in chart.svg
    assert "1\N{EN DASH}20 May 2025" in chart.svg
    assert [kind for kind, _words in legend([chart])] == ["sofar", "sofar-open", "limit"]


def test_burndown_burn_down_of_one_account_is_of_that_account() -> None:
    group = USAGE["groups"][3]
    value = {"dimension": "account", "id": group["billing_account_id"], "name": None}
    assert len(_charts(actual=group["consumed_quantity"], group=value)) == 1
    other = {"dimension": "account", "id": "f" * 32, "name": None}
    assert _charts(actual=group["consumed_quantity"], group=other) == []


def test_burndown_burn_down_of_a_forecast_goes_to_the_end_of_the_month() -> None:
    (chart,) = _charts(
        status="fail",
        on="forecast",
        measure="billed_cost",
        currency="USD",
        unit=None,
        actual=COST,
        limit=COST * 1.1,
        forecast=COST * 1.5,
        forecast_low=COST * 1.4,
        forecast_high=COST * 1.6,
        crossed_on="2025-05-23",
    )
    assert chart.change == "Expected over on 23 May 2025"
    assert "1\N{EN DASH}31 May 2025" in chart.svg
    assert [kind for kind, _words in legend([chart])] == ["sofar", "sofar-open", "limit", "band", "crossing"]


def test_burndown_burn_down_of_a_forecast_begins_with_its_month() -> None:
    usage = consistent(make_usage(metrics=METRICS[:1], first="2025-04-20", last="2025-05-10"))
    actual = add(usage["groups"][0]["daily_quantity"][11:])
    (chart,) = _charts(usage, on="forecast", actual=actual, forecast=actual, forecast_low=actual, forecast_high=actual)
    assert "1\N{EN DASH}31 May 2025" in chart.svg


@pytest.mark.parametrize("on", ["forecast", "contract"])
def test_burndown_burn_down_of_a_period_is_that_of_the_period(on: str) -> None:
    usage = consistent(make_usage(metrics=METRICS[:1], first="2025-03-25", last="2025-05-10"))
    actual = add(usage["groups"][0]["daily_quantity"][7:])
    ahead = {"forecast": actual * 2, "forecast_low": actual * 1.5, "forecast_high": actual * 2.5}
    period = {"name": "quarter", "from": "2025-04-01", "to": "2025-06-30"}
    (chart,) = _charts(usage, on=on, actual=actual, limit=actual * 3, period=period, **ahead)
    assert "1 April \N{EN DASH} 30 June 2025" in chart.svg
    assert 'class="band"' in chart.svg
    assert _charts(usage, actual=actual, period={**period, "from": "2025-03-01"}) == []


def test_burndown_burn_down_of_a_period_that_has_ended_ends_with_it() -> None:
    usage = consistent(make_usage(metrics=METRICS[:1], first="2025-04-01", last="2025-05-10"))
    actual = add(usage["groups"][0]["daily_quantity"][:30])
    period = {"name": "month", "from": "2025-04-01", "to": "2025-04-30"}
    (chart,) = _charts(usage, actual=actual, limit=actual * 2, period=period)
    assert "1\N{EN DASH}30 April 2025" in chart.svg


ESTIMATED: dict[str, Any] = {"measure": "estimated_cost", "currency": "USD", "unit": None, "estimated": True}


def _priced(metric: str, account: int, day: float, **changes: Any) -> dict[str, Any]:
    """Return a line of an estimate that costs so much a day of USAGE."""
    (line,) = make_estimate()["items"]
    names = {"account_id": f"{account:032x}", "metric_id": metric, "from": "2025-05-01", "to": "2025-05-20"}
    sums = [day * place for place in range(1, 21)]
    return {**line, **names, "amount": day * 20, "running": sums, **changes}


LINES = [_priced(METRICS[0][1], 0, 2.5), _priced(METRICS[1][1], 0, 1.5), _priced(METRICS[2][1], 1, 4)]


@pytest.mark.parametrize(
    ("part", "amount"),
    [
        ({}, 160),
        ({"name": "one metric"}, 30),
        ({"name": "one account, one product, or half of it all: the same days"}, 80),
        ({"group": {"dimension": "account", "id": f"{1:032x}", "name": None}}, 80),
        ({"group": {"dimension": "product_family", "id": None, "name": "Workers KV"}}, 80),
        ({"period": {"name": "month", "from": "2025-05-11", "to": "2025-06-10"}}, 80),
    ],
)
def test_burndown_burn_down_of_a_part_of_an_estimate(part: dict[str, Any], amount: float) -> None:
    verdict = make_verdict(**{"name": "bill", "actual": amount, "limit": 200, **ESTIMATED, **part})
    (chart,) = burn_downs(USAGE, [verdict], make_estimate(items=LINES)).charts
    assert chart.product == "within limit, estimated"
    assert 'class="line open"' in chart.svg  # two days can still change


def test_burndown_lines_of_two_cycles_are_drawn_one_after_the_other() -> None:
    first = _priced(METRICS[0][1], 0, 0, to="2025-05-09", running=[0] * 8 + [9], amount=9)
    second = _priced(METRICS[0][1], 0, 0, **{"from": "2025-05-10"}, running=[0] * 10 + [6], amount=6)
    estimate = make_estimate(items=[first, second])
    (item, daily), (_second, later) = estimated_days(USAGE, estimate)
    assert (item["amount"], daily, later) == (9, [0] * 8 + [9] + [0] * 11, [0] * 19 + [6])
    assert len(burn_downs(USAGE, [make_verdict(actual=15, limit=20, **ESTIMATED)], estimate).charts) == 1
    period = {"name": "billing_cycle", "from": "2025-05-10", "to": "2025-06-09"}
    cycle = make_verdict(actual=6, limit=20, period=period, **ESTIMATED)
    assert len(burn_downs(USAGE, [cycle], estimate).charts) == 1


@pytest.mark.parametrize(
    ("changes", "lines", "why"),
    [
        ({"actual": 49}, LINES, "nothing tells which use it is"),
        ({"group": {"dimension": "account", "id": "a", "name": None}}, LINES, "nothing tells which use it is"),
        ({"actual": 80}, [*LINES[:2], {**LINES[2], "running": [0] * 19 + [80]}], "nothing tells which use it is"),
        ({}, [{**LINES[0], "running": [50]}], "not known one by one"),
        ({}, [LINES[0], {**LINES[1], "running": None}], "not known one by one"),
        ({}, [{**LINES[0], "from": "2025-04-01", "to": "2025-04-20"}], "not known one by one"),
    ],
    ids=["another-amount", "one-value", "two-selections", "other-days", "one-line-not-known", "before"],
)
def test_burndown_of_an_estimate_that_is_left_out_says_why(changes: Any, lines: Any, why: str) -> None:
    verdict = make_verdict("bill", **{**ESTIMATED, "actual": 50, "limit": 100, **changes})
    drawn = burn_downs(USAGE, [verdict], make_estimate(items=lines))
    assert drawn.charts == []
    (sentence,) = drawn.without
    assert why in sentence
    assert "No chart of bill" in sentence


def test_burndown_says_which_budgets_have_no_chart_and_counts_the_others() -> None:
    unknown = [make_verdict(f"b{number}", actual=number + 7, limit=100) for number in range(6)]
    drawn = [make_verdict(f"a{number:02d}", actual=REQUESTS, limit=REQUESTS * 2) for number in range(14)]
    found = burn_downs(USAGE, [*unknown, *drawn])
    assert len(found.charts) == MAX_BURN_DOWNS
    assert found.without == [
        "No chart of a12 and a13, as a page shows 12.",
        "No chart of 6 budgets, as nothing tells which use it is.",
    ]


def test_burndown_of_cost_and_fees_together() -> None:
    usage = {**USAGE, "subscriptions": [_fee(0, 0.5), _fee(1, 2)]}
    given: dict[str, Any] = {"measure": "total_cost", "unit": None, "currency": "USD", "limit": 1e9}
    assert len(_charts(usage, actual=add([COST, 50]), **given)) == 1
    mine = [group["billed_cost"] for group in USAGE["groups"] if group["billing_account_id"] == f"{1:032x}"]
    value = {"dimension": "account", "id": f"{1:032x}", "name": None}
    assert len(_charts(usage, actual=add([*mine, 40]), group=value, **given)) == 1


def test_burndown_of_amounts_that_the_verdict_rounds() -> None:
    usage = {**USAGE, "subscriptions": [_fee(0, 0.4891304347826087)]}
    actual = round(COST + 20 * 0.4891304347826087, 6)
    given: dict[str, Any] = {"measure": "total_cost", "unit": None, "currency": "USD", "limit": 1e9}
    assert len(_charts(usage, actual=actual, **given)) == 1


def _fee(account: int, day: float) -> dict[str, Any]:
    return {
        "billing_account_id": f"{account:032x}", "id": "s", "name": "Plan", "rate_plan_id": "plan", "state": "Paid",
        "price": 15, "currency": "USD", "frequency": "monthly", "period": None, "cost": day * 20,
        "daily_cost": [day] * 20, "unknown": None,
    }  # fmt: skip


def test_burndown_of_a_budget_that_is_unknown_shows_what_is_known() -> None:
    (chart,) = _charts(status="unknown", percent=None, actual_is_lower_bound=True, limit=REQUESTS * 2)
    assert (chart.total.startswith("at least "), chart.unit.startswith("of "), "unknown" in chart.total) == (
        True, True, False,
    )  # fmt: skip


def test_burndown_of_a_forecast_says_that_its_share_is_expected() -> None:
    given = {"limit": REQUESTS * 2, "forecast": REQUESTS, "percent": 50.0}
    assert _charts(on="forecast", **given)[0].unit.startswith("expected of ")
    assert _charts(on="actual", **given)[0].unit.startswith("of ")


def test_burndown_burn_down_of_what_was_passed_says_over() -> None:
    (chart,) = _charts(status="fail", limit=REQUESTS - 1, crossed_on="2025-05-20")
    assert chart.change == "Over on 20 May 2025"


@pytest.mark.parametrize(
    "changes",
    [
        {"actual": REQUESTS + 1},
        {"actual": None},
        {"actual": 0},
        {"unit": "Operations"},
        {"limit": None},
        {"limit": 0},
        {"on": "spike"},
        {"measure": "estimated_cost"},
        {"measure": "list_cost"},
    ],
)
def test_burndown_burn_down_is_left_out_where_it_is_not_plain_what_is_looked_at(changes: Any) -> None:
    assert _charts(**changes) == []


def test_burndown_burn_down_of_two_selections_that_come_to_the_same_is_left_out() -> None:
    usage = make_usage(metrics=[("P", "a", "A", "GB", 1), ("P", "b", "B", "GB", 1)], last="2025-05-02")
    usage["groups"][0]["daily_quantity"], usage["groups"][1]["daily_quantity"] = [1, 4], [4, 1]
    assert _charts(consistent(usage), actual=5, unit="GB") == []
    usage["groups"][1]["daily_quantity"] = [1, 4]
    assert len(_charts(consistent(usage), actual=5, unit="GB")) == 1
