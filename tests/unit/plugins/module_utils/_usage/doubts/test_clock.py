# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock that is not that of the API makes no day whole, and no other month pass for the one that is meant."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import MAX_DAYS_AHEAD, Notices
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    Server,
    between,
    codes,
    daily,
    reason,
    usage,
)

ROWS = daily("2024-01-01", 520)  # to 3 June 2025, by a clock that says 2 June


def read(days_ahead: int, **options: Any) -> dict[str, Any]:
    return usage(Server(ROWS, notices=Notices(days_ahead=days_ahead)), **options)


@pytest.mark.parametrize(
    ("options", "days_ahead", "through"),
    [
        ({"period": "last_7_days", "complete_days": True}, 1, "2025-05-30"),
        ({"period": "last_7_days", "complete_days": True}, 3, "2025-05-28"),
        ({"period": "last_7_days", "complete_days": True}, MAX_DAYS_AHEAD, None),
        (between("2025-05-01", "2025-05-31"), 1, "2025-05-30"),
        ({"period": "last_7_days", "complete_days": True, "lag_days": 0}, 1, "2025-05-31"),
    ],
)
def test_clock_that_is_ahead_makes_no_day_whole(options: dict[str, Any], days_ahead: int, through: str | None) -> None:
    assert read(0, **options)["status"] == "complete"
    facts = read(days_ahead, **options)
    assert codes(facts) == ["clock_differs", "days_not_complete_yet"]
    assert (facts["status"], facts["complete_through"]) == ("partial", through)
    assert f"{days_ahead} day(s) ahead of the " in reason(facts, "clock_differs")["message"]


@pytest.mark.parametrize(
    ("period", "days_ahead"),
    [
        ("previous_month", 2),
        ("previous_month", -29),
        ("previous_quarter", -29),
        ("previous_year", -213),
        ("last_7_days", -1),
        ("last_90_days", -1),
        ("year_to_date", -1),
    ],
)
def test_clock_that_is_off_lets_no_other_period_pass(period: str, days_ahead: int) -> None:
    assert codes(read(0, period=period, complete_days=True)) == []
    facts = read(days_ahead, period=period, complete_days=True)
    assert "clock_differs" in codes(facts)
    side = "ahead of" if days_ahead > 0 else "behind"
    assert f"{abs(days_ahead)} day(s) {side} the " in reason(facts, "clock_differs")["message"]


@pytest.mark.parametrize(
    ("options", "days_ahead"),
    [
        ({"period": "previous_month"}, -1),  # the same month, and whole by both
        ({"period": "previous_quarter"}, 20),
        (between("2025-03-01", "2025-03-31"), 20),
        (between("2025-03-01", "2025-05-30"), -5),
    ],
)
def test_clock_is_no_doubt_where_it_makes_no_difference(options: dict[str, Any], days_ahead: int) -> None:
    facts = read(days_ahead, **options)
    assert (facts["status"], facts["reasons"]) == ("complete", [])


def test_clock_of_days_that_somebody_made_out_by_it_is_a_doubt() -> None:
    """The gate names days: those that its budgets need, by the clock of the controller."""
    facts = read(-1, **between("2025-05-01", "2025-05-31"))
    assert (codes(facts), facts["complete_through"]) == (["clock_differs"], "2025-05-31")


def test_clock_is_held_against_every_answer() -> None:
    """One window may come from a cache."""

    class Cached(Server):
        def get_result(self, path: str, query: Any, *arguments: Any, **options: Any) -> Any:
            answer = super().get_result(path, query, *arguments, **options)
            old = query["from"] == "2025-05-25"
            return type(answer)(answer.value, Notices(days_ahead=4) if old else Notices())

    facts = usage(Cached(ROWS), period="last_7_days", complete_days=True, window_days=3)
    assert facts["complete_through"] == "2025-05-27"
    assert codes(facts) == ["clock_differs", "days_not_complete_yet"]
