# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forecast: what repeats is met exactly, the rest has a range that holds, and the published table is recomputed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import Prediction, predict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.rhythm import MIN_WEEKLY, find_rhythm
from ansible_collections.finops.cloudflare.tests.forecast.corpus import KINDS
from ansible_collections.finops.cloudflare.tests.forecast.measure import Score, measure
from ansible_collections.finops.cloudflare.tests.forecast.rivals import run_rate, seasonal_naive
from ansible_collections.finops.cloudflare.tests.forecast.tables import ALL

LAST = date(2025, 8, 20)
PAGE = Path(__file__).parents[5] / "docs" / "forecast.md"
RIVALS = {"run-rate": run_rate, "seasonal naive": seasonal_naive}


def found(values: Sequence[float], ahead: int, last: date = LAST) -> Prediction:
    return predict([Decimal(str(value)) for value in values], ahead, last)


def published() -> dict[str, list[float]]:
    rows = re.findall(r"^\| ([a-z].*?) \|((?: +[0-9.]+ \|)+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [float(cell) for cell in cells.split("|") if cell.strip()] for name, cells in rows}


@pytest.mark.parametrize("known", range(14, 31))
def test_predict_forecast_meets_a_weekly_rhythm_exactly(known: int) -> None:
    values = [Decimal(600 if day % 7 in (0, 1) else 1000) for day in range(31)]
    prediction = predict(values[:known], 31 - known, LAST)
    assert prediction.low == prediction.total == prediction.high == total(values[known:])


def test_predict_forecast_follows_growth_and_steps() -> None:
    growing = found([1000 * 1.02**day + day % 3 for day in range(60)], 10)
    assert float(growing.total) == pytest.approx(sum(1000 * 1.02**day for day in range(60, 70)), rel=0.01)
    stepped = found([100 + day % 2 for day in range(30)] + [200 + day % 2 for day in range(20)], 10)
    assert float(stepped.total) == pytest.approx(2005, rel=0.01)


@pytest.mark.parametrize("place", range(3, 27))
def test_predict_forecast_does_not_repeat_a_single_spike(place: int) -> None:
    values = [100.0 + day % 2 for day in range(30)]
    values[place] = 900
    assert float(found(values, 10, date(2025, 8, 30)).total) == pytest.approx(1005, rel=0.02)


def test_predict_forecast_expects_a_job_on_the_last_day_of_the_month() -> None:
    # 1 July to 20 September: two month ends behind, one to come
    values = [100.0 + day % 3 for day in range(82)]
    values[30] = values[61] = 900
    prediction = found(values, 10, date(2025, 9, 20))
    assert float(prediction.days[-1]) == pytest.approx(900, rel=0.02)
    assert float(prediction.total) == pytest.approx(900 + 9 * 101, rel=0.02)


@pytest.mark.parametrize("step", [4, 5, 10])
@pytest.mark.parametrize("known", [60, 63, 64])
def test_predict_forecast_expects_a_job_every_few_days(step: int, known: int) -> None:
    values = [900.0 if place % step == 2 else 100.0 + place % 3 for place in range(known)]
    prediction = found(values, 20)
    jobs = [place for place, value in enumerate(prediction.days, known) if value > 500]
    assert jobs == [place for place in range(known, known + 20) if place % step == 2]
    assert float(prediction.total) == pytest.approx(800 * len(jobs) + 20 * 101, rel=0.02)


@pytest.mark.parametrize("places", [[10, 20], [10, 20, 31], [10, 20, 30], [1, 2, 3]])
def test_predict_rhythm_takes_no_job_for_one_that_comes_again_without_reason(places: list[int]) -> None:
    values = [900.0 if place in places else 100.0 + place % 3 for place in range(60)]
    assert find_rhythm(values, LAST).stepped is None


def test_predict_range_of_the_first_days_grows_to_that_of_all() -> None:
    chance = random.Random("range")
    prediction = found([1000 * chance.lognormvariate(0, 0.2) for _day in range(60)], 20)
    low, high = [[end(count) for count in range(21)] for end in (prediction.low_of, prediction.high_of)]
    assert (low[0], high[0], low[20], high[20]) == (ZERO, ZERO, prediction.low, prediction.high)
    assert low == sorted(low)
    assert high == sorted(high)
    sums = [total(prediction.days[:count]) for count in range(21)]
    assert all(a <= b <= c for a, b, c in zip(low, sums, high, strict=True))
    # in a few days chance evens out less than in many
    assert (high[2] - low[2]) / sums[2] > (high[20] - low[20]) / sums[20]


def test_predict_rhythm_takes_a_monthly_job_out_of_the_level() -> None:
    values = [100.0 + day % 3 for day in range(82)]
    values[30] = values[61] = 900
    rhythm = find_rhythm(values, date(2025, 9, 20))
    assert max(rhythm.calm) < 110
    assert [rhythm.monthly[key].times for key in rhythm.monthly] == [2]


def test_predict_forecast_of_nothing_is_nothing() -> None:
    assert found([0] * 30, 5) == Prediction((ZERO,) * 5, ZERO, ZERO)
    assert found([5] * 9, 0) == Prediction((), ZERO, ZERO)
    assert found([0] * 30 + [4] * 8, 5).total == 20  # days before the first use do not count
    assert found([-1.0 * day for day in range(1, 30)], 5).total == 0


@pytest.mark.many_cases
def test_predict_forecast_beats_its_rivals_on_every_kind() -> None:
    """A reduced corpus; docs/forecast.md has the whole one, with Holt-Winters."""
    together = Score()
    for kind in KINDS:
        score = measure(kind, range(8), RIVALS)
        assert score.ratio <= 1.5, kind
        together.add(score)
    assert 70 <= together.coverage <= 90
    assert together.ratio < 0.7


@pytest.mark.many_cases
def test_predict_forecast_table_is_what_the_command_prints() -> None:
    rows = published()
    score = measure("launched in the period", range(300), RIVALS)
    assert [round(score.error(name), 2) for name in score.errors] == rows["launched in the period"][1:4]


def test_predict_forecast_table_keeps_the_promise() -> None:
    rows = published()
    assert {*KINDS, ALL} <= rows.keys()
    for kind in (*KINDS, ALL):
        holds, *_errors, beside, day = rows[kind]
        assert day >= 75, kind
        assert 75 <= round(holds) <= 85, kind
        assert beside <= (1 if kind == ALL else 1.15), kind


_DAYS = st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=40)


@pytest.mark.many_cases
@given(history=_DAYS, ahead=st.integers(0, 31))
def test_prediction_keeps_its_promises(history: list[Decimal], ahead: int) -> None:
    with localcontext(Context(prec=120)):
        prediction = predict(history, ahead, LAST)
        assert len(prediction.days) == ahead
        assert min(prediction.days, default=ZERO) >= 0
        assert 0 <= prediction.low <= prediction.total <= prediction.high
        assert prediction == predict(history, ahead, LAST)
        same = predict([history[0]] * len(history), ahead, LAST)
        assert (same.low, same.total, same.high) == (history[0] * ahead,) * 3


@pytest.mark.many_cases
@given(history=st.lists(st.integers(1, 1000), min_size=1, max_size=MIN_WEEKLY - 1), ahead=st.integers(0, 31))
def test_prediction_of_a_few_days_is_their_exact_mean(history: list[int], ahead: int) -> None:
    with localcontext(Context(prec=120)):
        got = Fraction(predict([Decimal(day) for day in history], ahead, LAST).total)
    exact = Fraction(sum(history) * ahead, len(history))
    assert abs(got - exact) <= Fraction(1, 10**75)
    assert got == exact or 10**9 % exact.denominator  # exact wherever it is a decimal number
