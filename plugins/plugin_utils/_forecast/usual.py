# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a day usually comes to, and how many of the last days in a row are not usual. docs/anomaly.md has the rule.

A day is held against the median of the same weekdays before it, carried on by the usual growth, and against
what the same day of earlier months was. How far values usually are from that is a robust
deviation (MAD) of their ratios.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.rhythm import WEEK, days_of_month

MAX_HISTORY = 90
MIN_USUAL = 14
FAR = 4.0  # usual deviations that chance does not reach, more where few days are known
_WEEKDAYS = 6  # same weekdays that are looked at
_WALK = 28  # days that are judged one by one, to find where something began
_NEW_LEVEL = 14  # after so many days in a row it is the usual level
_HABIT = 3  # days like that were there before, so it is none of a kind
_SIGMA_OF_MAD, _SIGMA_OF_NINETY = 1.4826, 1.645
_MAX_GROWTH = 0.05
_SHORT_MONTH = 28
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Episode:
    """The last days in a row that are off the same way, or the last day alone where it is not off.

    ``expected`` has one amount for each of these days; ``usual_off`` is how far the sum of so many days usually is
    off at most; ``baseline`` are the places of the days that count as usual.
    """

    expected: tuple[float, ...]
    usual_off: float
    baseline: tuple[int, ...]

    @property
    def days(self) -> int:
        return len(self.expected)


@dataclass(frozen=True)
class _Usual:
    """What is usual before a day: the places it rests on, the growth of a day, deviations as ratios and as amounts."""

    places: tuple[int, ...]
    growth: float
    ratio: float
    amount: float
    ties: float
    offs: tuple[tuple[int, float], ...]


def expected_on(values: Sequence[float], place: int, baseline: Sequence[int], growth: float = 0.0) -> float:
    """Return the median of the nearest same weekdays of the baseline, carried on by the growth."""
    same = [each for each in baseline if each != place and (place - each) % WEEK == 0]
    near = sorted(same, key=lambda each: abs(place - each))[:_WEEKDAYS]
    return median([values[each] * math.exp(growth * (place - each)) for each in near] or [0.0])


def last_episode(values: Sequence[float], last: date) -> Episode:
    """Return the episode that the last of the values, which is of the day ``last``, belongs to."""
    known = len(values)
    strange: set[int] = set()
    run: list[tuple[int, float, float]] = []  # place, expected, how far off
    begins = max(0, known - MAX_HISTORY)
    usual = _usual(values, (), begins)
    scale = 0.0
    for place in range(max(begins + MIN_USUAL, known - _WALK), known):
        if len(run) >= _NEW_LEVEL:
            begins = run[0][0]
            strange, run = set(), []
        before = [each for each in range(begins, run[0][0] if run else place) if each not in strange]
        if len(before) < MIN_USUAL:
            before = list(range(begins, place))
        usual = _usual(values, before, place)
        expected = _with_month(values, place, usual, last - _DAY * (known - 1 - place))
        scale = usual.ratio * expected if expected > 0 else usual.amount
        off = values[place] - expected
        if (run and (off > 0) != (run[-1][2] > 0)) or abs(off) <= scale:
            run = []
        if _is_habit(values, usual.offs, off, expected):
            off, expected, run = 0.0, values[place], []
        run.append((place, expected, off))
        if abs(sum(each[2] for each in run)) > _usual_off(scale, len(run), usual):
            strange.update(each[0] for each in run)
        if abs(off) <= scale:
            run = [] if place < known - 1 else run
    shown = run or [(known - 1, values[-1], 0.0)]
    return Episode(tuple(each[1] for each in shown), _usual_off(scale, len(shown), usual), usual.places)


def _usual_off(scale: float, days: int, usual: _Usual) -> float:
    """Return how far the sum of days in a row is off at most; where a day resembles the one before, it is further."""
    tied = math.sqrt((1 + usual.ties) / (1 - usual.ties)) if days > 1 else 1.0
    few = 1 + WEEK / max(1, len(usual.places))
    return FAR * few * scale * math.sqrt(days) * tied


def _usual(values: Sequence[float], before: Sequence[int], place: int) -> _Usual:
    """Return what is usual by the days before a place."""
    growth = _growth(values, before)
    offs = [(each, values[each], expected_on(values, each, before, growth)) for each in before]
    ratios = [(value - expected) / expected for _each, value, expected in offs if expected > 0]
    amounts = [value - expected for _each, value, expected in offs]
    return _Usual(
        tuple(before),
        growth,
        _deviation(ratios),
        _deviation(amounts),
        _ties(ratios),
        tuple((each, value - expected) for each, value, expected in offs),
    )


def _deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of all but what is odd, as large as nine of ten values ask for."""
    if not values:
        return 0.0
    sizes = sorted(map(abs, values))
    ninety = sizes[min(len(sizes) - 1, int(0.9 * len(sizes)))]
    return max(_SIGMA_OF_MAD * median(sizes), ninety / _SIGMA_OF_NINETY)


def _ties(values: Sequence[float]) -> float:
    """Return how much a day resembles the day before, from 0 (not at all)."""
    squares = sum(value * value for value in values)
    products = sum(a * b for a, b in pairwise(values))
    return min(0.8, max(0.0, products / squares)) if squares else 0.0


def _growth(values: Sequence[float], before: Sequence[int]) -> float:
    """Return the usual growth of a day as a logarithm: the median of all slopes between weeks (Theil and Sen)."""
    weeks = [before[max(0, end - WEEK) : end] for end in range(len(before), WEEK - 1, -WEEK)]
    levels = [(median(week), median(values[each] for each in week)) for week in weeks]
    if len(levels) < 4 or min(level for _place, level in levels) <= 0:
        return 0.0
    slopes = [
        (math.log(later[1]) - math.log(earlier[1])) / (later[0] - earlier[0])
        for index, later in enumerate(levels)
        for earlier in levels[index + 1 :]
    ]
    return max(-_MAX_GROWTH, min(_MAX_GROWTH, median(slopes)))


def _with_month(values: Sequence[float], place: int, usual: _Usual, day: date) -> float:
    """Return what is expected of a day: by its weekday, or by what it was in earlier months where that is nearer."""
    found = expected_on(values, place, usual.places, usual.growth)
    keys = set(days_of_month(day))
    for earlier, off in usual.offs:
        odd = abs(off) > FAR * usual.ratio * abs(values[earlier] - off)
        if odd and place - earlier >= _SHORT_MONTH and keys & set(days_of_month(day - _DAY * (place - earlier))):
            then = values[earlier] * math.exp(usual.growth * (place - earlier))
            if abs(values[place] - then) < min(abs(values[place] - found), FAR * usual.ratio * then):
                found = then
    return found


def _is_habit(values: Sequence[float], offs: Sequence[tuple[int, float]], off: float, expected: float) -> bool:
    """Tell whether days were as far off the same way often enough before; days in a row are one time."""
    size = off / expected if expected > 0 else off
    like = []
    for place, each in offs:
        usual = values[place] - each
        other = each / usual if usual > 0 < expected else each
        if other * size > 0 and abs(other) >= 0.8 * abs(size) and (usual > 0) == (expected > 0):
            like.append(place)
    return off != 0 and sum(place - 1 not in like for place in like) >= _HABIT
