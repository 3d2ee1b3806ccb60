# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A budget is drawn only where it is plain what it looks at."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.axis import Chart
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.burndown import burn_downs, legend
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
    return burn_downs(usage, [make_verdict(**{"actual": REQUESTS, "limit": REQUESTS, "to": "2025-05-20", **changes})])


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


def test_burndown_burn_down_of_the_estimate_of_all_use() -> None:
    estimate = make_estimate(running=[2.5 * day for day in range(1, 21)], amount=50)
    given: dict[str, Any] = {"measure": "estimated_cost", "currency": "USD", "unit": None, "estimated": True}
    (chart,) = burn_downs(USAGE, [make_verdict("bill", actual=50, limit=100, **given)], estimate)
    assert (chart.name, chart.product) == ("bill", "within limit, estimated")
    assert 'class="line open"' in chart.svg  # two days can still change
    period = {"name": "month", "from": "2025-05-11", "to": "2025-06-10"}
    part = make_verdict("bill", actual=25, limit=100, period=period, **given)
    assert len(burn_downs(USAGE, [part], estimate)) == 1


@pytest.mark.parametrize(
    ("changes", "running"),
    [
        ({"actual": 49}, [2.5 * day for day in range(1, 21)]),
        ({"group": {"dimension": "account", "id": "a", "name": None}}, [2.5 * day for day in range(1, 21)]),
        ({}, [50]),
        ({}, None),
    ],
    ids=["another-amount", "one-value", "other-days", "not-known"],
)
def test_burndown_burn_down_of_an_estimate_is_left_out_where_its_days_are_not_known(changes: Any, running: Any) -> None:
    verdict = make_verdict(
        "bill", **{"measure": "estimated_cost", "currency": "USD", "unit": None, "actual": 50, "limit": 100, **changes}
    )
    assert burn_downs(USAGE, [verdict], make_estimate(running=running)) == []


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
