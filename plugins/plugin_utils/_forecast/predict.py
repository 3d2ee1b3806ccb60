# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the days to come will use, from the whole days before them. The rule stands in docs/budgets.md with an example.

1. Look at the last 28 whole days at most. With fewer than 14, a day to come is their mean.
2. A spike is more than twice each of the day before, the day after, and the same weekday a week before and after, as
   far as these are among the days. A single one counts as the larger of its same weekdays; more are a habit.
3. A day to come is the mean of the same weekdays, each week weighing a tenth of the week after it, and never negative.
4. The range is two standard deviations of the days from that rule, for the sum of the days to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, settled, total

WEEK = 7
MAX_HISTORY = 28
MIN_WEEKLY = 14
_SPIKE = 2
_FADE = Decimal("0.1")


@dataclass(frozen=True)
class Prediction:
    """The days to come one by one; ``low`` and ``high`` are the range of their sum."""

    days: tuple[Decimal, ...]
    low: Decimal
    high: Decimal

    @property
    def total(self) -> Decimal:
        return settled(total(self.days))


def predict(history: Sequence[Decimal], ahead: int) -> Prediction:
    """Return a prediction of the ``ahead`` days after ``history``, which holds at least one day."""
    recent = history[-MAX_HISTORY:]
    week = expected_week(without_spikes(recent))
    days = tuple(max(ZERO, week[(len(recent) + offset) % WEEK]) for offset in range(ahead))
    rest, spread = settled(total(days)), _spread(recent, week, ahead)
    return Prediction(days, max(ZERO, rest - spread), rest + spread)


def without_spikes(values: Sequence[Decimal]) -> list[Decimal]:
    """Return the values with a single spike lowered to the larger of its same weekdays; it takes two weeks to tell."""
    if len(values) < MIN_WEEKLY:
        return list(values)
    spikes: dict[int, Decimal] = {}
    for index, value in enumerate(values):
        same_weekday = [values[place] for place in (index - WEEK, index + WEEK) if 0 <= place < len(values)]
        beside = [values[place] for place in (index - 1, index + 1) if 0 <= place < len(values)]
        if value > _SPIKE * max(*beside, *same_weekday):
            spikes[index] = max(same_weekday)
    lowered = spikes if len(spikes) == 1 else {}
    return [lowered.get(index, value) for index, value in enumerate(values)]


def expected_week(values: Sequence[Decimal]) -> list[Decimal]:
    """Return what the rule expects of seven days in a row, beginning with the weekday of the first value."""
    if len(values) < MIN_WEEKLY:
        return [total(values) / len(values)] * WEEK
    latest = len(values) - 1
    weights = [_FADE ** ((latest - place) // WEEK) for place in range(len(values))]
    week = []
    for first in range(WEEK):
        places = range(first, len(values), WEEK)
        weighed = total(weights[place] * values[place] for place in places)
        week.append(weighed / total(weights[place] for place in places))
    return week


def _spread(values: Sequence[Decimal], week: Sequence[Decimal], ahead: int) -> Decimal:
    """Return two standard deviations of the sum of the days to come, with what the mean itself may be off."""
    known = len(values)
    squares = total((value - week[place % WEEK]) ** 2 for place, value in enumerate(values))
    variance = squares / max(1, known - 1)
    return 2 * (variance * ahead * (1 + Decimal(ahead) / known)).sqrt()
