# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often the range of a forecast holds, and how far off it is beside its rivals, by kind of series."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from statistics import fmean

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import exact_arithmetic
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import Prediction, predict

from .corpus import DAYS, Series, series

Rival = Callable[[Series], float]


@dataclass
class Score:
    """What was found over some series; errors are in percent of a month at the mean of the series."""

    held: list[bool] = field(default_factory=list)
    days_held: list[bool] = field(default_factory=list)
    errors: dict[str, list[float]] = field(default_factory=dict)

    def add(self, other: Score) -> None:
        """Count another score in."""
        self.held += other.held
        self.days_held += other.days_held
        for name, errors in other.errors.items():
            self.errors.setdefault(name, []).extend(errors)

    @property
    def coverage(self) -> float:
        """The share of months, in percent, whose rest was in the range."""
        return 100 * fmean(self.held)

    @property
    def day_coverage(self) -> float:
        """The share of months, in percent, whose limit was passed on a day in the range of that day."""
        return 100 * fmean(self.days_held)

    def error(self, name: str) -> float:
        """Return the mean error of the forecast or of a rival."""
        return fmean(self.errors[name])

    @property
    def ratio(self) -> float:
        """The mean error beside that of the best rival."""
        return self.error(OURS) / min(self.error(name) for name in self.errors if name != OURS)


OURS = "forecast"


@exact_arithmetic
def measure(kind: str, numbers: Sequence[int], rivals: Mapping[str, Rival], *, month_only: bool = False) -> Score:
    """Return the score of series of one kind; ``month_only`` hides the days before the month."""
    score = Score()
    for number in numbers:
        given = series(kind, number)
        past = given.month_so_far if month_only else given.history
        found = predict(tuple(map(Decimal, past)), DAYS - given.known, given.last)
        score.held.append(float(found.low) <= given.rest <= float(found.high))
        if given.rest:
            score.days_held.append(_day_holds(given, found, random.Random(f"day {kind} {number}").uniform(0.2, 0.95)))
        month = fmean(given.days[-DAYS // 2 :]) * 30
        predicted = {OURS: float(found.total), **{name: rival(given) for name, rival in rivals.items()}}
        for name, amount in predicted.items():
            score.errors.setdefault(name, []).append(100 * abs(amount - given.rest) / month)
    return score


def _day_holds(given: Series, found: Prediction, share: float) -> bool:
    """Tell whether the day on which the rest of the month passes a share of itself is in the range of that day."""
    limit = Decimal(given.rest * share)
    counts = range(1, DAYS - given.known + 1)
    passed = next(
        count for count, used in zip(counts, accumulate(given.days[given.known :]), strict=True) if used > limit
    )
    return _count_over(found.high_of, limit, counts) <= passed <= _count_over(found.low_of, limit, counts)


def _count_over(end: Callable[[int], Decimal], limit: Decimal, counts: range) -> int:
    """Return how many days it takes to pass a limit at an end of the range, one more than there are if it is not."""
    return 1 + bisect_left(counts, True, key=lambda count: end(count) > limit)
