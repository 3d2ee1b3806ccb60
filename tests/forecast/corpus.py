# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Series of daily use of twelve kinds, made from name and number alone: 90 days before a month, and the month."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

HISTORY, MONTH = 90, 30
DAYS = HISTORY + MONTH
FIRST = date(2025, 9, 1) - timedelta(days=HISTORY)  # the month is September
MIN_KNOWN = 7
_DAY = timedelta(days=1)

Shape = Callable[[random.Random], Callable[[int], float]]


@dataclass(frozen=True)
class Series:
    """The use of 120 days, of which the first ``known`` have happened; the rest of the month is to be predicted."""

    days: tuple[float, ...]
    known: int

    @property
    def history(self) -> tuple[float, ...]:
        return self.days[max(0, self.known - HISTORY) : self.known]

    @property
    def month_so_far(self) -> tuple[float, ...]:
        return self.days[HISTORY : self.known]

    @property
    def rest(self) -> float:
        return sum(self.days[self.known :])

    @property
    def last(self) -> date:
        return FIRST + _DAY * (self.known - 1)


def series(kind: str, number: int) -> Series:
    """Return one series; which part of the month has happened belongs to it."""
    chance = random.Random(f"{kind} {number}")
    # run-rate needs some days of the month, so at least five have happened
    known = HISTORY + chance.randrange(7 if kind == "launched in the period" else 5, MONTH - 2)
    factor = KINDS[kind](chance) if kind != "launched in the period" else _launched(chance, known)
    level = 10 ** chance.uniform(3, 8)
    spread = 0.0 if kind in _OWN_NOISE else chance.uniform(0.04, 0.25)
    week = _week(chance, kind)
    values = []
    for place in range(DAYS):
        noise = math.exp(chance.gauss(0, spread) - spread * spread / 2)
        values.append(float(round(level * factor(place) * week[_weekday(place)] * noise)))
    return Series(tuple(values), known)


def _weekday(place: int) -> int:
    return (FIRST + _DAY * place).weekday()


def _week(chance: random.Random, kind: str) -> list[float]:
    """Return the share of each weekday: of half of the series the weekend is lower."""
    if kind in _NO_WEEK or (kind != "weekly rhythm" and chance.random() < 0.5):
        return [1.0] * 7
    low = chance.uniform(0.2, 0.8)
    return [low if weekday >= 5 else chance.uniform(0.9, 1.1) for weekday in range(7)]


def _flat(_chance: random.Random) -> Callable[[int], float]:
    return lambda _place: 1.0


def _trend(low: float, high: float) -> Shape:
    def shape(chance: random.Random) -> Callable[[int], float]:
        daily = 1 + chance.uniform(low, high)
        return lambda place: daily ** (place - HISTORY)

    return shape


def _step(*, up: bool) -> Shape:
    def shape(chance: random.Random) -> Callable[[int], float]:
        day, size = chance.randrange(20, HISTORY), chance.uniform(1.4, 3)
        after = size if up else 1 / size
        return lambda place: after if place >= day else 1.0

    return shape


def _autocorrelated(chance: random.Random) -> Callable[[int], float]:
    return _wander(chance, chance.uniform(0.5, 0.9), chance.uniform(0.04, 0.15))


def _random_walk(chance: random.Random) -> Callable[[int], float]:
    return _wander(chance, 1.0, chance.uniform(0.02, 0.08))


def _wander(chance: random.Random, keeps: float, size: float) -> Callable[[int], float]:
    deviations = [0.0]
    for _day in range(DAYS):
        deviations.append(keeps * deviations[-1] + chance.gauss(0, size))
    return lambda place: math.exp(deviations[place])


def _batches(chance: random.Random) -> Callable[[int], float]:
    """A job each week, each 5 or 10 days, or on days that nothing tells."""
    every, size, first = chance.choice((7, 7, 5, 10, 0)), chance.uniform(3, 15), chance.randrange(10)
    share = chance.uniform(0.1, 0.3)
    runs = [(place + first) % every == 0 if every else chance.random() < share for place in range(DAYS)]
    return lambda place: size if runs[place] else 1.0


def _month_end(chance: random.Random) -> Callable[[int], float]:
    size = chance.uniform(3, 12)
    return lambda place: size if (FIRST + _DAY * (place + 1)).day == 1 else 1.0


def _many_zeros(chance: random.Random) -> Callable[[int], float]:
    share = chance.uniform(0.5, 0.85)
    sizes = [0.0 if chance.random() < share else math.exp(chance.gauss(0, 0.6)) for _day in range(DAYS)]
    return lambda place: sizes[place]


def _launched(chance: random.Random, known: int) -> Callable[[int], float]:
    """Nothing before a day that is a week back at least, three at most."""
    day = known - chance.randrange(MIN_KNOWN, 22)
    return lambda place: float(place >= day)


KINDS: dict[str, Shape] = {
    "noise": _flat,
    "weekly rhythm": _flat,
    "growth of 1 to 3 % a day": _trend(0.01, 0.03),
    "decline": _trend(-0.03, -0.01),
    "step up": _step(up=True),
    "step down": _step(up=False),
    "autocorrelated": _autocorrelated,
    "random walk": _random_walk,
    "batch jobs": _batches,
    "month-end jobs": _month_end,
    "many zeros": _many_zeros,
    "launched in the period": _flat,
}
_NO_WEEK = ("noise", "random walk", "batch jobs", "many zeros")
_OWN_NOISE = ("autocorrelated", "random walk", "many zeros")
