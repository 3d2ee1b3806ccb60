# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Periods compare by the use per complete day, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.compare import (
    Change,
    against,
    cost_against,
    movers,
    week_against_week,
    why_not_comparable,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import Total, per_day
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    empty_usage,
    make_usage,
)

METRIC, ACCOUNT = DIMENSIONS["metric"], DIMENSIONS["account"]


def _flat(value: float, days: int = 31, complete: int | None = None, metric: int = 0, **changes: Any) -> Any:
    last = f"2025-05-{days:02d}"
    through = f"2025-05-{complete if complete is not None else days:02d}"
    usage = make_usage(metrics=METRICS[metric : metric + 1], last=last, complete_through=through, **changes)
    for group in usage["groups"]:
        group["daily_quantity"] = [value] * days
    return usage


@pytest.mark.parametrize(
    ("daily", "days", "expected"),
    [([2, 4, 9], 2, 3.0), ([2, 4], 0, None), ([2, None], 2, None), ([2, None], 1, 2.0), ([0, 0], 2, 0.0)],
)
def test_compare_per_day(daily: list[float | None], days: int, expected: float | None) -> None:
    assert per_day(daily, days) == expected


def test_compare_a_month_that_is_not_over_compares_by_the_day() -> None:
    (change,) = against(_flat(12, complete=10), _flat(10), [METRIC])
    assert (change.now, change.before) == (12, 10)
    assert change.relative == pytest.approx(0.2)


def test_compare_what_is_only_in_one_period_had_no_use_in_the_other() -> None:
    gone, new = sorted(against(_flat(5, metric=1), _flat(7, metric=0), [METRIC]), key=lambda each: each.now)
    assert (gone.now, gone.before, gone.relative) == (0, 7, -1)
    assert (new.now, new.before, new.relative) == (5, 0, None)


def test_compare_an_unknown_day_is_not_compared() -> None:
    usage = _flat(5)
    usage["groups"][0]["daily_quantity"][3] = None
    assert against(usage, _flat(5), [METRIC]) == []
    assert against(_flat(5), usage, [METRIC]) == []
    assert week_against_week(_with_none(_flat(5)), [METRIC]) == []


def _with_none(usage: Any) -> Any:
    usage["groups"][0]["daily_quantity"][-1] = None
    return usage


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ({}, {}, ""),
        ({}, {"scope_id": "other"}, "another account or organization"),
        ({}, {"scope": "organization"}, "another account or organization"),
        ({}, {"metric": ["kv_reads"]}, "other metrics"),
        ({}, {"group_by": ["account"]}, "other dimensions"),
        ({}, {"complete_through": None}, "No day of the period before is complete."),
        ({"complete_through": None}, {}, "No day of this period is complete yet."),
    ],
)
def test_compare_what_can_not_be_compared_is_not(now: Any, before: Any, words: str) -> None:
    found = why_not_comparable(make_usage(**now), make_usage(**before), [METRIC])
    assert (words in found) if words else found == ""


def test_compare_no_data_before_is_no_use_of_zero() -> None:
    assert why_not_comparable(make_usage(), empty_usage(), [METRIC]) == "There is no data of the period before."


def test_compare_the_last_week_is_held_against_the_one_before() -> None:
    usage = _flat(10, complete=20)
    usage["groups"][0]["daily_quantity"][13:20] = [20] * 7
    usage["groups"][0]["daily_quantity"][20:] = [999] * 11
    (change,) = week_against_week(usage, [METRIC])
    assert (change.now, change.before) == (20, 10)


def test_compare_fewer_than_two_complete_weeks_say_nothing() -> None:
    assert week_against_week(_flat(10, complete=13), [METRIC]) == []


def _change(account: str, metric: str, now: float, before: float) -> Change:
    return Change(Total((account, metric, "GB")), now, before)


def test_compare_movers_are_measured_against_their_own_metric() -> None:
    fine = [
        _change("a", "huge", 1_000_000, 990_000),
        _change("a", "small", 9, 3),
        _change("b", "small", 1, 7),
        _change("b", "huge", 5, 5),
        _change("b", "none", 0, 0),
    ]
    moved = movers(fine, 2, 10)
    assert [(each.total.key[0], each.total.key[1]) for each in moved] == [("a", "small"), ("b", "small"), ("a", "huge")]
    assert moved[0].share == pytest.approx(0.6)
    assert moved[1].share == pytest.approx(-0.6)
    assert len(movers(fine, 2, 1)) == 1


def _priced(cost: float | None, days: int = 31, complete: int | None = None, **changes: Any) -> Any:
    usage = _flat(1, days, complete, price=1.0, **changes)
    for group in usage["groups"]:
        group["daily_billed_cost"] = None if cost is None else [cost] * days
    return usage


def test_compare_costs_compare_over_as_many_days() -> None:
    (change,) = cost_against(_priced(2.5, complete=10), _priced(2, days=30), [METRIC])
    assert (change.now, change.before, change.total.unit) == (25, 20, "USD")


def test_compare_costs_that_are_unknown_in_one_period_are_not_compared() -> None:
    unknown = _priced(None)
    unknown["groups"][0].update(billed_cost=None, billing_currency=None)
    assert cost_against(_priced(2), unknown, [METRIC]) == []
    assert cost_against(unknown, _priced(2), [METRIC]) == []


def test_compare_costs_of_the_last_week_are_held_against_the_one_before() -> None:
    usage = _priced(2, complete=20)
    usage["groups"][0]["daily_billed_cost"][13:20] = [3] * 7
    (change,) = week_against_week(usage, [METRIC], costs=True)
    assert (change.now, change.before) == (21, 14)
