# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Periods in words, the last complete day, and windows that lose and double no day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    PERIODS,
    days_between,
    last_complete_day,
    resolve_period,
    settling_window,
    windows,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import day, days

_DATES = st.dates(date(2000, 1, 1), date(2100, 12, 31))
WORDS = [
    ("month_to_date", "2025-06-02", "2025-06-01", "2025-06-02"),
    ("month_to_date", "2025-06-01", "2025-06-01", "2025-06-01"),
    ("month_to_date", "2024-02-29", "2024-02-01", "2024-02-29"),
    ("month_to_date", "2025-12-31", "2025-12-01", "2025-12-31"),
    ("previous_month", "2025-03-31", "2025-02-01", "2025-02-28"),
    ("previous_month", "2024-03-01", "2024-02-01", "2024-02-29"),
    ("previous_month", "2100-03-01", "2100-02-01", "2100-02-28"),
    ("previous_month", "2025-01-15", "2024-12-01", "2024-12-31"),
    ("previous_month", "2025-05-31", "2025-04-01", "2025-04-30"),
    ("quarter_to_date", "2025-01-01", "2025-01-01", "2025-01-01"),
    ("quarter_to_date", "2025-03-31", "2025-01-01", "2025-03-31"),
    ("quarter_to_date", "2025-04-01", "2025-04-01", "2025-04-01"),
    ("quarter_to_date", "2025-06-30", "2025-04-01", "2025-06-30"),
    ("quarter_to_date", "2025-11-15", "2025-10-01", "2025-11-15"),
    ("previous_quarter", "2025-02-10", "2024-10-01", "2024-12-31"),
    ("previous_quarter", "2025-04-01", "2025-01-01", "2025-03-31"),
    ("previous_quarter", "2024-06-30", "2024-01-01", "2024-03-31"),
    ("previous_quarter", "2025-12-31", "2025-07-01", "2025-09-30"),
    ("year_to_date", "2025-01-01", "2025-01-01", "2025-01-01"),
    ("year_to_date", "2024-12-31", "2024-01-01", "2024-12-31"),
    ("previous_year", "2025-01-01", "2024-01-01", "2024-12-31"),
    ("previous_year", "2024-12-31", "2023-01-01", "2023-12-31"),
    ("last_7_days", "2025-06-02", "2025-05-27", "2025-06-02"),
    ("last_7_days", "2024-03-01", "2024-02-24", "2024-03-01"),
    ("last_30_days", "2025-03-01", "2025-01-31", "2025-03-01"),
    ("last_90_days", "2025-06-02", "2025-03-05", "2025-06-02"),
]


@pytest.mark.parametrize(("period", "today", "first", "last"), WORDS)
def test_periods_words(period: str, today: str, first: str, last: str) -> None:
    assert resolve_period(period, day(today)) == (day(first), day(last))


def test_periods_every_word_is_tried() -> None:
    assert {word for word, _today, _first, _last in WORDS} == set(PERIODS)


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        # With a lag of one day the last complete day is the one before yesterday.
        ("month_to_date", "2025-06-10", "2025-06-01", "2025-06-08"),
        ("month_to_date", "2025-06-03", "2025-06-01", "2025-06-01"),
        ("month_to_date", "2025-06-02", "2025-06-01", "2025-06-02"),
        ("month_to_date", "2025-06-01", "2025-06-01", "2025-06-01"),
        ("quarter_to_date", "2025-04-02", "2025-04-01", "2025-04-02"),
        ("quarter_to_date", "2025-04-03", "2025-04-01", "2025-04-01"),
        ("year_to_date", "2025-01-02", "2025-01-01", "2025-01-02"),
        ("year_to_date", "2025-01-03", "2025-01-01", "2025-01-01"),
        ("last_7_days", "2025-06-02", "2025-05-25", "2025-05-31"),
        ("last_30_days", "2024-03-02", "2024-01-31", "2024-02-29"),
        ("last_90_days", "2025-01-01", "2024-10-02", "2024-12-30"),
        ("previous_month", "2025-06-01", "2025-05-01", "2025-05-31"),
        ("previous_quarter", "2025-04-01", "2025-01-01", "2025-03-31"),
        ("previous_year", "2025-01-01", "2024-01-01", "2024-12-31"),
    ],
)
def test_periods_words_with_complete_days_only(period: str, today: str, first: str, last: str) -> None:
    whole = last_complete_day(day(today), 1)
    assert resolve_period(period, day(today), whole) == (day(first), day(last))


@pytest.mark.parametrize("period", sorted(PERIODS))
def test_periods_a_period_is_never_empty_and_never_to_come(period: str) -> None:
    for today in days(date(2023, 12, 1), 800):
        for last in (None, last_complete_day(today, 0), last_complete_day(today, 1), last_complete_day(today, 31)):
            start, end = resolve_period(period, today, last)
            assert start <= end <= today
            if "_days" in period:
                assert (end - start).days + 1 == int(period.split("_")[1])


@pytest.mark.parametrize(
    ("lag_days", "whole"), [(0, "2025-06-01"), (1, "2025-05-31"), (2, "2025-05-30"), (31, "2025-05-01")]
)
def test_periods_today_is_never_complete(lag_days: int, whole: str) -> None:
    assert last_complete_day(date(2025, 6, 2), lag_days) == day(whole)


def test_periods_one_window_is_enough_for_31_days() -> None:
    (window,) = windows(date(2025, 5, 1), date(2025, 5, 31))
    assert (window.first, window.last, window.owned) == (date(2025, 5, 1), date(2025, 5, 31), date(2025, 5, 31))


def test_periods_two_windows_share_a_day_that_the_later_one_owns() -> None:
    early, late = windows(date(2025, 5, 1), date(2025, 6, 1))
    assert (early.first, early.last, early.owned) == (date(2025, 5, 1), date(2025, 5, 31), date(2025, 5, 30))
    assert (late.first, late.last, late.owned) == (date(2025, 5, 31), date(2025, 6, 1), date(2025, 6, 1))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 30, 31])
def test_periods_windows_own_every_day_once_and_are_short_under_either_reading(size: int) -> None:
    first = date(2023, 12, 25)
    for length in (*range(1, 70), 365, 366, 400):
        last = first + timedelta(days=length - 1)
        found = windows(first, last, size)
        owned = [each for window in found for each in days_between(window.first, window.owned)]
        assert owned == days_between(first, last)
        for window in found:
            assert (window.last - window.first).days + 1 <= max(size, 2) <= 31
            assert first <= window.first <= window.owned <= window.last <= last
        for early, late in pairwise(found):
            # An exclusive server leaves out the last day of a request, an inclusive one sends it twice.
            assert early.last == late.first
            assert early.owned == early.last - timedelta(days=1)
        assert found[-1].owned == found[-1].last
        # No window is needless: with one less, its neighbours would have to be too long.
        assert len(found) == max(1, -(-(length - 1) // (max(size, 2) - 1)))


def test_periods_the_settling_window_is_small_and_owns_its_first_day() -> None:
    window = settling_window(date(2024, 2, 28))
    assert (window.first, window.last, window.owned) == (date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 28))


def test_periods_days_between() -> None:
    assert days_between(date(2024, 2, 28), date(2024, 3, 1)) == days(date(2024, 2, 28), 3)
    assert days_between(date(2024, 2, 28), date(2024, 2, 28)) == [date(2024, 2, 28)]
    assert days_between(date(2024, 2, 29), date(2024, 2, 28)) == []


@given(first=_DATES, length=st.integers(0, 400), size=st.integers(1, 31))
def test_periods_windows_own_each_day_once(first: date, length: int, size: int) -> None:
    last = first + timedelta(days=length)
    found = windows(first, last, size)
    owned = [day for window in found for day in days_between(window.first, window.owned)]
    assert owned == days_between(first, last)
    assert all(window.owned <= window.last <= last for window in found)
    assert max((window.last - window.first).days for window in found) < max(size, 2)


@given(period=st.sampled_from(sorted(PERIODS)), today=_DATES, lag=st.integers(0, 31))
def test_periods_of_any_day_are_whole_and_in_order(period: str, today: date, lag: int) -> None:
    first, last = resolve_period(period, today, last_complete_day(today, lag))
    assert first <= last <= today
    if period.startswith("previous"):
        # the unit before begins where this one ends, and belongs to its last day alone
        following = last + timedelta(days=1)
        assert following.day == 1
        assert resolve_period(period, following) == (first, last)
