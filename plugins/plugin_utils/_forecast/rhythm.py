# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes again: by the day of the week, by the day of the month, every so many days. And what came only once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean, median

WEEK = 7
MIN_WEEKLY = 14
_HALF = 7
_SIGMA_OF_MAD = 1.4826
_OFF, _FAR_OFF = 2.0, 4.5  # in standard deviations
_STEPS = range(3, 15)  # days from one job to the next
_MIN_JOBS = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Job:
    """What a job adds on its day, seen so many times."""

    effect: float
    times: int


@dataclass(frozen=True)
class Rhythm:
    """The effects that come again, and the ``calm`` values: those without these effects and without one-off days.

    ``weekday`` begins with the weekday of the first value; ``monthly`` has days of the month from 1, and from -1 (the
    last day) backwards; ``stepped`` is a job every ``step`` days from the place ``start`` on.
    """

    weekday: tuple[float, ...]
    monthly: Mapping[int, Job]
    calm: tuple[float, ...]
    stepped: Job | None = None
    step: int = 1
    start: int = 0

    def effect(self, place: int, day: date) -> float:
        """Return what the calendar adds on a day at a place of the series."""
        job = self.job(place, day)
        return self.weekday[place % WEEK] + (job.effect if job else 0.0)

    def job(self, place: int, day: date) -> Job | None:
        """Return the job of a day at a place of the series."""
        if self.stepped is not None and (place - self.start) % self.step == 0:
            return self.stepped
        return next((self.monthly[key] for key in days_of_month(day) if key in self.monthly), None)


def days_of_month(day: date) -> tuple[int, int]:
    """Return the day of the month counted from its start, 1 and up, and from its end, -1 and down."""
    next_month = (day.replace(day=28) + 4 * _DAY).replace(day=1)
    return day.day, (day - next_month).days


def find_rhythm(values: Sequence[float], last: date) -> Rhythm:
    """Return what comes again in values of days in a row, of which ``last`` is the last day."""
    weekday = _weekday_effects(values)
    rest = [value - weekday[place % WEEK] for place, value in enumerate(values)]
    usual = [_running_median(rest, place) for place in range(len(rest))]
    off = [value - level for value, level in zip(rest, usual, strict=True)]
    scale = _scale(off)
    far = {place for place, value in enumerate(off) if scale and abs(value) > _FAR_OFF * scale}
    stepped, step, start = _stepped([(place, off[place]) for place in sorted(far)], len(off))
    if stepped is not None:
        for place in far:
            rest[place] -= stepped.effect
        return Rhythm(weekday, {}, tuple(rest), stepped, step, start)
    monthly, known = _monthly_effects(off, scale, last) if scale else ({}, {})
    for place, effect in known.items():
        rest[place] -= effect
    once = far - known.keys()
    if len(rest) >= MIN_WEEKLY and len(once) <= max(1, len(rest) // 30):  # more are a habit
        for place in once:
            rest[place] = usual[place]
    return Rhythm(weekday, monthly, tuple(rest))


def _stepped(far: Sequence[tuple[int, float]], known: int) -> tuple[Job | None, int, int]:
    """Return the job that explains all days that are far off, how many days lie between, and the first."""
    places = [place for place, _off in far]
    steps = {later - earlier for earlier, later in pairwise(places)}
    step = min(steps, default=0)
    same_way = len({off > 0 for _place, off in far}) == 1
    if len(far) < _MIN_JOBS or len(steps) > 1 or step not in _STEPS or not same_way or known - places[-1] > step:
        return None, 1, 0
    return Job(fmean(off for _place, off in far), len(far)), step, places[0]


def _running_median(values: Sequence[float], place: int) -> float:
    return median(values[max(0, place - _HALF) : place + _HALF + 1])


def _weekday_effects(values: Sequence[float]) -> tuple[float, ...]:
    """Return how far each weekday is from the days around it, the less the more that may be chance."""
    if len(values) < MIN_WEEKLY:
        return (0.0,) * WEEK
    off = [value - _running_median(values, place) for place, value in enumerate(values)]
    parts = [off[first::WEEK] for first in range(WEEK)]
    middles = [median(part) for part in parts]
    mean = fmean(middles)
    effects = [middle - mean for middle in middles]
    left = [value - middle for part, middle in zip(parts, middles, strict=True) for value in part]
    within = sum(value * value for value in left) / max(1, len(left) - WEEK)
    robust = (_SIGMA_OF_MAD * median(map(abs, left))) ** 2
    chance = 2 * (min(within, 1.5 * robust) if robust else within) * WEEK / len(values)
    between = sum(effect * effect for effect in effects) / (WEEK - 1)
    share = max(0.0, 1 - chance / between) if between else 0.0
    return tuple(effect * share for effect in effects)


def _scale(off: Sequence[float]) -> float:
    """Return the standard deviation of the distances without those that are far off."""
    usual = _SIGMA_OF_MAD * median(map(abs, off))
    return usual or math.sqrt(sum(value * value for value in off) / len(off)) / 3


def _monthly_effects(off: Sequence[float], scale: float, last: date) -> tuple[dict[int, Job], dict[int, float]]:
    """Return the effects of days of the month that are off each time, and of the places where they were."""
    places: dict[int, list[int]] = {}
    for place in range(len(off)):
        for key in days_of_month(last - (len(off) - 1 - place) * _DAY):
            places.setdefault(key, []).append(place)
    monthly: dict[int, Job] = {}
    known: dict[int, float] = {}
    for key in sorted(places, key=lambda key: (abs(key), key)):
        at = places[key]
        if not known.keys() & set(at) and _is_job([off[place] / scale for place in at], key):
            monthly[key] = Job(fmean(off[place] for place in at), len(at))
            known.update(dict.fromkeys(at, monthly[key].effect))
    return monthly, known


def _is_job(scores: Sequence[float], key: int) -> bool:
    """Tell whether a day of the month was off each time, the same way and together far.

    Once is enough for the last and for the first day of a month, where most such jobs run.
    """
    same_way = min(scores) > _OFF or max(scores) < -_OFF
    often = len(scores) > 1 or abs(key) == 1
    return often and same_way and abs(fmean(scores)) * math.sqrt(len(scores)) > _FAR_OFF
