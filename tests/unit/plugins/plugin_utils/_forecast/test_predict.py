# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forecast against the plain run-rate, on months with a weekly rhythm, a step and a single spike."""

from __future__ import annotations

import itertools
from collections import defaultdict
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import (
    MIN_WEEKLY,
    predict,
    without_spikes,
)

MONTH = 31
SHOWN_DAYS = range(7, MONTH)


def month(*, saturday: int, step: int, factor: str, spike: int, size: int = 4) -> list[Decimal]:
    """Return a month: weekends at 60 %, a new level from day ``step`` on, one day at ``size`` times its value."""
    values = []
    for day in range(1, MONTH + 1):
        value = Decimal(600 if (day - saturday) % 7 in (0, 1) else 1000)
        value *= Decimal(factor) if day >= step else 1
        value *= size if day == spike else 1
        values.append(value + (day * 37 % 11 - 5) * 20)
    return values


def errors(values: list[Decimal], known: int) -> tuple[float, float]:
    """Return how far run-rate and forecast are off after ``known`` days, as shares of the month."""
    past, whole = total(values[:known]), total(values)
    run_rate = past / known * MONTH
    forecast = past + predict(values[:known], MONTH - known).total
    return float(abs(run_rate - whole) / whole), float(abs(forecast - whole) / whole)


def months() -> list[list[Decimal]]:
    return [
        month(saturday=saturday, step=step, factor=factor, spike=spike)
        for saturday, step, factor, spike in itertools.product(
            (1, 3, 5, 7), (8, 12, 16), ("0.6", "1.5", "2"), (3, 6, 9, 11, 14, 17, 20, 23, 26)
        )
    ]


def test_on_every_day_of_the_month_it_is_no_worse_than_the_run_rate() -> None:
    off: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for values in months():
        for known in SHOWN_DAYS:
            off[known].append(errors(values, known))
    means = {
        known: (fmean(each[0] for each in pairs), fmean(each[1] for each in pairs)) for known, pairs in off.items()
    }
    worse = {known: pair for known, pair in means.items() if pair[1] > pair[0]}
    assert worse == {}
    # from two weeks on it is clearly better: by a quarter at least, taken together
    late = [means[known] for known in range(14, MONTH)]
    assert sum(forecast for _rate, forecast in late) < 0.75 * sum(rate for rate, _forecast in late)


@pytest.mark.parametrize(
    ("known", "run_rate", "forecast"),
    [(7, 29.88, 29.88), (10, 29.55, 29.55), (14, 21.63, 19.3), (18, 5.88, 2.51), (21, 1.99, 1.21), (25, 2.92, 0.2)],
)
def test_the_errors_that_the_documentation_shows(known: int, run_rate: float, forecast: float) -> None:
    found = errors(month(saturday=3, step=12, factor="1.5", spike=17), known)
    assert [round(100 * each, 2) for each in found] == [run_rate, forecast]


@pytest.mark.parametrize("saturday", range(1, 8))
@pytest.mark.parametrize("known", range(14, MONTH))
def test_a_weekly_rhythm_alone_is_met_exactly(saturday: int, known: int) -> None:
    values = [Decimal(600 if (day - saturday) % 7 in (0, 1) else 1000) for day in range(1, MONTH + 1)]
    prediction = predict(values[:known], MONTH - known)
    assert prediction.total == total(values[known:])
    assert prediction.low == prediction.high == prediction.total


def test_a_step_is_followed_within_two_weeks() -> None:
    values = [Decimal(100)] * 10 + [Decimal(200)] * 14
    assert 1350 < predict(values, 7).total <= 1400


@pytest.mark.parametrize("place", range(15))
def test_a_single_spike_does_not_go_on(place: int) -> None:
    values = [Decimal(100)] * 15
    values[place] = Decimal(900)
    assert predict(values, 7).total == 700
    assert predict(values, 7).high > 1000


def test_spikes_that_come_again_are_a_habit() -> None:
    values = [Decimal(0)] * 24
    values[3] = values[13] = values[22] = Decimal(900)
    assert without_spikes(values) == values
    assert predict(values, 7).total > 0
    weekly = [Decimal(900 if day % 7 == 2 else 10) for day in range(21)]
    assert predict(weekly, 7).total == 960


def test_a_few_days_are_their_mean_and_spread_widely() -> None:
    values = [Decimal(value) for value in (10, 10, 10, 10, 10, 10, 80)]
    prediction = predict(values, 10)
    assert prediction.total == 200
    assert prediction.low == 0
    # two standard deviations: 700 is the variance of the days, and the mean of seven days may be off itself
    assert prediction.high - prediction.total == 2 * (700 * 10 * (1 + Decimal(10) / 7)).sqrt()


def test_one_day_and_no_day_ahead() -> None:
    assert predict([Decimal(5)], 3).total == 15
    nothing = predict([Decimal(5)] * 9, 0)
    assert not nothing.days
    assert nothing.low == nothing.high == 0


def test_only_four_weeks_count() -> None:
    assert predict([Decimal(1000)] * 30 + [Decimal(1)] * 28, 7).total == 7


_DAYS = st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=40)


@given(history=_DAYS, ahead=st.integers(0, 31))
def test_prediction_keeps_its_promises(history: list[Decimal], ahead: int) -> None:
    with localcontext(Context(prec=120)):
        prediction = predict(history, ahead)
        assert len(prediction.days) == ahead
        assert min(prediction.days, default=ZERO) >= 0
        assert 0 <= prediction.low <= prediction.total <= prediction.high
        # a hundred times the use is a hundred times the prediction
        many = predict([day * 100 for day in history], ahead).total
        assert abs(many - prediction.total * 100) <= Decimal("1e-73")
        same = predict([history[0]] * len(history), ahead)
        assert (same.low, same.total, same.high) == (history[0] * ahead,) * 3


@given(history=st.lists(st.integers(0, 1000), min_size=1, max_size=MIN_WEEKLY - 1), ahead=st.integers(0, 31))
def test_prediction_of_a_few_days_is_their_exact_mean(history: list[int], ahead: int) -> None:
    with localcontext(Context(prec=120)):
        found = Fraction(predict([Decimal(day) for day in history], ahead).total)
    exact = Fraction(sum(history) * ahead, len(history))
    assert abs(found - exact) <= Fraction(1, 10**75)
    assert found == exact or 10**9 % exact.denominator  # exact wherever it is a decimal number
