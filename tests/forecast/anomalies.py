# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""False alarms on clean weeks and found doubled days: the anomaly beside a plain z-score and the kind spike."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from statistics import NormalDist, fmean, median, stdev

from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.usual import last_episode

KNOWN = 90
NOISE = (0.05, 0.1, 0.15)
PERCENT = 50  # the limit of anomaly and of spike
LAST = date(2025, 9, 8)  # a Monday
FALSE_ALARMS = 0.001
_DAY = timedelta(days=1)

Values = Sequence[float]


def by_anomaly(values: Values, last: date = LAST) -> bool:
    """Alarm where the last days are off by more than chance explains, and by more than the percentage."""
    episode = last_episode(values, last)
    off = sum(values[-episode.days :]) - sum(episode.expected)
    return abs(off) > max(episode.usual_off, PERCENT / 100 * fmean(episode.expected))


def by_z_score(values: Values, _last: date = LAST) -> bool:
    """Alarm where the last day is three standard deviations from the mean of the days before."""
    return abs(values[-1] - fmean(values[:-1])) > 3 * stdev(values[:-1])


def by_spike(values: Values, _last: date = LAST) -> bool:
    """Alarm where the last day is above the median of the days before by more than the percentage."""
    return values[-1] > median(values[:-1]) * (1 + PERCENT / 100)


ALARMS: dict[str, Callable[..., bool]] = {"anomaly": by_anomaly, "z-score of 3": by_z_score, "spike": by_spike}


def week(number: int, spread: float) -> list[float]:
    """Return days whose weekend is lower, with noise of this size, and nothing else."""
    chance = random.Random(f"week {number} {spread}")
    low = chance.uniform(0.2, 0.9)
    first = LAST - _DAY * (KNOWN - 1)
    return [
        1000 * (low if (first + _DAY * place).weekday() >= 5 else 1) * math.exp(chance.gauss(0, spread))
        for place in range(KNOWN)
    ]


def cases() -> dict[str, tuple[list[float], date, bool]]:
    """Return what happened on the last day, by name, and whether it is an anomaly."""
    chance = random.Random("cases")

    def days(shape: Callable[[date], float], last: date) -> list[float]:
        dates = [last - _DAY * back for back in reversed(range(KNOWN))]
        return [shape(day) * math.exp(chance.gauss(0, 0.08)) for day in dates]

    def workweek(day: date) -> float:
        return 60 if day.weekday() >= 5 else 1000

    saturday = LAST + _DAY * 5
    at_fifteen = days(workweek, saturday)
    at_fifteen[-1] *= 15
    dropped = days(workweek, LAST)
    dropped[-1] = 0
    creeping = days(lambda _day: 1000, LAST)
    creeping[-5:] = [value * 1.1 ** (place + 1) for place, value in enumerate(creeping[-5:])]
    growing = [value * 1.03**place for place, value in enumerate(days(lambda _day: 1000, LAST))]
    first = date(2025, 9, 1)
    return {
        "a batch that runs each Monday": (days(lambda day: 5000 if day.weekday() == 0 else 500, LAST), LAST, False),
        "a job on each 1st of the month": (days(lambda day: 8000 if day.day == 1 else 500, first), first, False),
        "growth of 3 % a day": (growing, LAST, False),
        "a Saturday at 15 times its Saturdays": (at_fifteen, saturday, True),
        "a fall to zero": (dropped, LAST, True),
        "a creep of 10 % a day, fifth day": (creeping, LAST, True),
    }


def most_found(spread: float) -> float:
    """Return the share of doubled days that any test can find whose false alarms are one in 1,000 (Neyman, Pearson).

    It would know what is usual and the size of the noise, which a real test has to learn from the days before.
    """
    normal = NormalDist()
    return normal.cdf(math.log(2) / spread + normal.inv_cdf(FALSE_ALARMS))


def anomaly_table(count: int) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| | " + " | ".join(ALARMS) + " | at most |"
    yield "| --- |" + " ---: |" * (len(ALARMS) + 1)
    for spread in NOISE:
        weeks = [week(number, spread) for number in range(count)]
        for name, factor in (("false alarms in 1,000 days", 1), ("doubled days found, %", 2)):
            found = [
                fmean(alarm([*each[:-1], each[-1] * factor]) for each in weeks) * (1000 if factor == 1 else 100)
                for alarm in ALARMS.values()
            ]
            bound = 1000 * FALSE_ALARMS if factor == 1 else 100 * most_found(spread)
            yield f"| {name}, noise of {spread:.0%} | " + " | ".join(f"{share:.1f}" for share in (*found, bound)) + " |"
    for name, (values, last, is_one) in cases().items():
        answers = ["alarm" if alarm(values, last) else "-" for alarm in ALARMS.values()]
        yield f"| {name} ({'an anomaly' if is_one else 'usual'}) | " + " | ".join(answers) + " | |"
