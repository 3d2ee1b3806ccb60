# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the days to come will use, from the whole days before them. The rule stands in docs/budgets.md with an example.

1. Look at the last 28 whole days at most.
2. A spike is more than twice each of the day before, the day after, and the same weekday a week before and after,
   of which one is enough. If there is just one, it counts as the larger of its same weekdays; more are a habit.
3. From 14 days on, a day to come is the mean of the same weekdays, each week weighing a quarter of the week after it.
   With fewer days it is the plain mean.
4. The range is two standard deviations of the days from that rule, for the sum of the days to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.plugin_utils.exact import ZERO, total

WEEK = 7
MAX_HISTORY = 28
MIN_WEEKLY = 14
_SPIKE = 2
_FADE = Decimal("0.25")


@dataclass(frozen=True)
class Prediction:
    """The days to come one by one; ``low`` and ``high`` are the range of their sum."""

    days: tuple[Decimal, ...]
    low: Decimal
    high: Decimal

    @property
    def total(self) -> Decimal:
        return total(self.days)


def predict(history: Sequence[Decimal], ahead: int) -> Prediction:
    """Return a prediction of the ``ahead`` days after ``history``, which holds at least one day."""
    recent = list(history[-MAX_HISTORY:])
    calm = without_spikes(recent)
    days = tuple(max(ZERO, expected_day(calm, len(calm) + offset)) for offset in range(ahead))
    spread = _spread(recent, calm, ahead)
    rest = total(days)
    return Prediction(days, max(ZERO, rest - spread), rest + spread)


def without_spikes(values: Sequence[Decimal]) -> list[Decimal]:
    """Return the values with a single spike lowered to the larger of its same weekdays."""
    spikes: dict[int, Decimal] = {}
    for index in range(1, len(values) - 1):
        same_weekday = [values[place] for place in (index - WEEK, index + WEEK) if 0 <= place < len(values)]
        around = [values[index - 1], values[index + 1], *same_weekday]
        if same_weekday and values[index] > _SPIKE * max(around):
            spikes[index] = max(same_weekday)
    lowered = spikes if len(spikes) == 1 else {}
    return [lowered.get(index, value) for index, value in enumerate(values)]


def expected_day(values: Sequence[Decimal], index: int) -> Decimal:
    """Return what the rule expects of a day at ``index``, which may lie behind the end of ``values``."""
    if len(values) < MIN_WEEKLY:
        return total(values) / len(values)
    latest = len(values) - 1
    weights = [
        (_FADE ** ((latest - place) // WEEK), value)
        for place, value in enumerate(values)
        if (index - place) % WEEK == 0
    ]
    return total(weight * value for weight, value in weights) / total(weight for weight, _value in weights)


def _spread(values: Sequence[Decimal], calm: Sequence[Decimal], ahead: int) -> Decimal:
    """Return two standard deviations of the sum of the days to come, with what the mean itself may be off."""
    known = len(values)
    squares = total((value - expected_day(calm, place)) ** 2 for place, value in enumerate(values))
    variance = squares / max(1, known - 1)
    return 2 * (variance * ahead * (1 + Decimal(ahead) / known)).sqrt()
