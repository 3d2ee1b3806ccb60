# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the days to come will use, from up to 90 whole days before, and the range that holds 80 % of the time.

The method and how it was measured stand in docs/forecast.md. In short: days are compared as amounts, and as ratios
where none is 0, by how well each fits; the calendar is taken out (rhythm.py), the level goes on as levels do
(level.py), and the models are averaged by how likely each is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import fmean

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, settled, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.level import Outlook, outlooks
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.rhythm import MIN_WEEKLY, WEEK, find_rhythm

MAX_HISTORY = 90
LOW, HIGH = 0.1, 0.9  # the ends of the range: it holds 80 % of the time
_UNLIKELY = 9.0  # what is less likely than the best by more than this exponent does not count
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Prediction:
    """The days to come one by one; their sum lies from ``low`` to ``high`` 80 % of the time."""

    days: tuple[Decimal, ...]
    low: Decimal
    high: Decimal
    quantile: Callable[[int, float], Decimal] | None = field(default=None, compare=False, repr=False)

    @property
    def total(self) -> Decimal:
        return settled(total(self.days))

    def low_of(self, count: int) -> Decimal:
        """Return what the sum of the first ``count`` days is below one time in ten."""
        return self._end(count, LOW, min)

    def high_of(self, count: int) -> Decimal:
        """Return what the sum of the first ``count`` days is above one time in ten."""
        return self._end(count, HIGH, max)

    def _end(self, count: int, share: float, further: Callable[[Decimal, Decimal], Decimal]) -> Decimal:
        whole = settled(total(self.days[:count]))
        return further(self.quantile(count, share), whole) if self.quantile and count else whole

    def path_to(self, amount: Decimal) -> tuple[Decimal, ...]:
        """Return the days as they are where their sum comes to another amount, such as an end of the range."""
        if not self.total:
            return (amount / max(1, len(self.days)),) * len(self.days)
        return tuple(day * amount / self.total for day in self.days)


@dataclass(frozen=True)
class _Model:
    """What one model says: how likely it is, its days, and how far the sum of so many may be off, in means of a day."""

    likelihood: float
    days: Sequence[float]
    spread: Callable[[int], float]


def history_in_use(values: Sequence[Decimal]) -> Sequence[Decimal]:
    """Return the last 90 days at most, without the days before the first use."""
    first = next((place for place, value in enumerate(values) if value), len(values))
    return values[max(first, len(values) - MAX_HISTORY) :]


def predict(history: Sequence[Decimal], ahead: int, last: date) -> Prediction:
    """Return a prediction of the ``ahead`` days after ``last``, which is the last day of ``history``."""
    used = history_in_use(history)
    if not used or not ahead:
        return Prediction((ZERO,) * ahead, ZERO, ZERO)
    period = 1 if len(set(used)) == 1 else WEEK
    if period == 1 or (len(used) >= MIN_WEEKLY and used[WEEK:] == used[:-WEEK]):
        # what repeats to the last digit goes on to the last digit
        days = tuple(max(ZERO, used[len(used) - period + step % period]) for step in range(ahead))
        return Prediction(days, settled(total(days)), settled(total(days)))
    unit = float(total(map(abs, used)) / len(used))
    values = [float(value) / unit for value in used]
    models = _models(values, ahead, last)
    weights = _weights(models)
    mean = [
        max(0.0, sum(weight * model.days[step] for weight, model in zip(weights, models, strict=True)))
        for step in range(ahead)
    ]
    smallest = min((value for value in values if value > 0), default=0.0)

    def quantile(count: int, share: float) -> Decimal:
        amount = max(0.0, _quantile(models, weights, share, min(values), count))
        if (
            share == LOW and min(values) <= 0 and amount < smallest
        ):  # there is nothing between none and the smallest use
            amount = 0.0
        return _decimal(amount * unit)

    days = tuple(_decimal(value * unit) for value in mean)
    if len(used) < MIN_WEEKLY:  # a few days tell no more than their mean
        days = (max(ZERO, total(used) / len(used)),) * ahead
    whole, low, high = settled(total(days)), quantile(ahead, LOW), quantile(ahead, HIGH)
    return Prediction(days, min(low, whole), max(high, whole), quantile)


def _decimal(value: float) -> Decimal:
    """Return nine digits, which is more than any prediction is worth."""
    return Decimal(f"{value:.9g}")


def _models(values: Sequence[float], ahead: int, last: date) -> list[_Model]:
    """Return the models on ratios, where there is no day of 0 or less, and on amounts."""
    found = _fitted(values, ahead, last, 0.0, _of_amounts)
    if min(values) > 0:
        logs = [math.log(value) for value in values]
        found += _fitted(logs, ahead, last, sum(logs), _of_ratios)
    best = max(model.likelihood for model in found)
    return [model for model in found if model.likelihood > best - _UNLIKELY]


def _fitted(
    values: Sequence[float],
    ahead: int,
    last: date,
    scale: float,
    model: Callable[[Outlook, Sequence[float], Sequence[float]], _Model],
) -> list[_Model]:
    """Return the models of one way to compare days; ``scale`` makes their likelihoods comparable."""
    rhythm = find_rhythm(values, last)
    coming = [last + _DAY * (step + 1) for step in range(ahead)]
    effects = [rhythm.effect(len(values) + step, day) for step, day in enumerate(coming)]
    jobs = [1 / job.times if (job := rhythm.job(len(values) + step, day)) else 0.0 for step, day in enumerate(coming)]
    lost = float(WEEK - 1) if any(rhythm.weekday) else 0.0
    found = outlooks(rhythm.calm, ahead, lost)
    best = max(outlook.likelihood for outlook in found)
    return [
        _Model(made.likelihood - scale, made.days, made.spread)
        for outlook in found
        if outlook.likelihood > best - _UNLIKELY
        for made in [model(outlook, effects, jobs)]
    ]


def _of_amounts(outlook: Outlook, effects: Sequence[float], jobs: Sequence[float]) -> _Model:
    days = [level + effect for level, effect in zip(outlook.path, effects, strict=True)]

    def spread(count: int) -> float:
        return math.sqrt(outlook.variance_of([1.0] * count, jobs[:count]))

    return _Model(outlook.likelihood, days, spread)


def _of_ratios(outlook: Outlook, effects: Sequence[float], jobs: Sequence[float]) -> _Model:
    """Turn logarithms back: the mean of the ratios is not the ratio of the mean, so it is taken from the days known."""
    ratios = [math.exp(min(surprise, 50.0)) for surprise in outlook.surprises]
    mean = fmean(ratios)
    varies = sum((ratio - mean) ** 2 for ratio in ratios) / len(ratios) / mean**2
    noise = varies / outlook.variance
    days = [mean * math.exp(min(level + effect, 50.0)) for level, effect in zip(outlook.path, effects, strict=True)]

    def spread(count: int) -> float:
        return math.sqrt(outlook.variance_of(days[:count], jobs[:count], noise if noise > 1.5 else 1.0))

    return _Model(outlook.likelihood, days, spread)


def _weights(models: Sequence[_Model]) -> list[float]:
    best = max(model.likelihood for model in models)
    shares = [math.exp(model.likelihood - best) for model in models]
    return [share / sum(shares) for share in shares]


def _quantile(models: Sequence[_Model], weights: Sequence[float], share: float, least: float, count: int) -> float:
    """Return the amount that the sum of the first ``count`` days stays below with this probability."""
    sums = [(sum(model.days[:count]), model.spread(count)) for model in models]
    bottom = min(mean - 6 * spread for mean, spread in sums)
    top = max(mean + 12 * spread for mean, spread in sums)
    for _halving in range(44):
        middle = (bottom + top) / 2
        below = sum(
            weight * _below(middle, mean, spread, positive=least >= 0)
            for weight, (mean, spread) in zip(weights, sums, strict=True)
        )
        bottom, top = (middle, top) if below < share else (bottom, middle)
    return top


def _below(amount: float, mean: float, spread: float, *, positive: bool) -> float:
    """Return the probability of less than an amount: a gamma distribution where nothing is negative, else a normal one.

    The gamma distribution is that of Wilson and Hilferty, a cube root that is close to normal.
    """
    if spread <= 0:
        return float(amount >= mean)
    shape = (mean / spread) ** 2
    if positive and mean > 0 and shape > 0.15:
        score = ((max(amount, 0.0) / mean) ** (1 / 3) - 1 + 1 / (9 * shape)) * 3 * math.sqrt(shape)
    else:
        score = (amount - mean) / spread
    return math.erfc(-score / math.sqrt(2)) / 2
