# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The level of a series and where it goes: a few ways in which levels move, each as likely as the days before make it.

A value is a constant, maybe with a slope, maybe with one step, and a deviation that fades (an autoregression), stays
(a random walk) or is none, and noise. Each combination is a regression whose rows are freed from the deviation by a
Kalman filter with one state. How likely it is comes out of the same sums (the marginal likelihood).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul

_MIN_AUTOREGRESSION = 10
_STEP_EDGE = 4
_SLOPE, _JUMP = 0.02, 0.7  # how large a slope (a day) and a step usually are, as shares of the level
_LEVEL_PRIOR = 1e-6
_CONSTANT, _TREND, _STEP = range(3)


@dataclass(frozen=True)
class Motion:
    """How a level moves: ``keeps`` is the share of a deviation that the next day has, ``drive`` its daily variance.

    The variance is that of the noise of a day, times this. ``prior`` is the logarithm of how usual it is.
    """

    keeps: float
    drive: float
    prior: float = 0.0


MOTIONS = (
    Motion(0.0, 0.0, 5.0),
    *(Motion(keeps, size * (1 - keeps * keeps)) for keeps in (0.5, 0.85) for size in (0.5, 2.0, 20.0)),
    *(Motion(1.0, drive, 2.0) for drive in (0.04, 0.4, 4.0, 40.0)),
)


@dataclass(frozen=True)
class Outlook:
    """Where one model goes: the path of the coming days without what the calendar adds, and what it takes to say how
    far their weighed sum may be off."""

    likelihood: float
    path: tuple[float, ...]
    motion: Motion
    variance: float
    state_variance: float
    rows: tuple[tuple[float, ...], ...]
    inverse: tuple[tuple[float, ...], ...]
    surprises: tuple[float, ...]

    def variance_of(self, weights: Sequence[float], jobs: Sequence[float], noise: float = 1.0) -> float:
        """Return the variance of the weighed sum of the days.

        ``jobs`` is one part of the noise for each time that a job of that day was seen before, which is how far off the
        size of the job may be; ``noise`` multiplies the noise of single days.
        """
        keeps, drive = self.motion.keeps, self.motion.drive
        lead = sum(weight * math.pow(keeps, step) for step, weight in enumerate(weights))
        found: float = lead * lead * self.state_variance + noise * sum(
            weight * weight * (1 + job) for weight, job in zip(weights, jobs, strict=True)
        )
        later = 0.0
        for weight in reversed(weights[1:]):
            later = later * keeps + weight
            found += drive * later * later
        sums = [sum(map(mul, weights, column)) for column in zip(*self.rows, strict=True)]
        found += sum(
            a * b * value for a, row in zip(sums, self.inverse, strict=True) for b, value in zip(sums, row, strict=True)
        )
        return found * self.variance


def outlooks(values: Sequence[float], ahead: int, lost: float) -> list[Outlook]:
    """Return where each model goes from here; ``lost`` degrees of freedom went into what the calendar adds."""
    known = len(values)
    columns = [[1.0] * known, [float(place - known + 1) for place in range(known)]]
    coming = [[1.0] * ahead, [float(step + 1) for step in range(ahead)]]
    step = _largest_step(values)
    if step is not None:
        columns.append([float(place >= step) for place in range(known)])
        coming.append([1.0] * ahead)
    change = max(1e-12, sum((b - a) ** 2 for a, b in pairwise(values)) / (2 * max(1, known - 1)))
    priors = (_LEVEL_PRIOR, change / _SLOPE**2, change / _JUMP**2)
    found = []
    for motion in MOTIONS:
        if known >= _MIN_AUTOREGRESSION or motion.keeps in (0.0, 1.0):
            filtered = _Filtered(motion, [list(values), *columns], coming)
            terms = [(_CONSTANT,), (_CONSTANT, _TREND)]
            if step is not None:
                terms += [(_CONSTANT, _STEP), (_CONSTANT, _TREND, _STEP)]
            found += [filtered.outlook(each, priors, max(3.0, known - 1 - lost)) for each in terms]
    return found


def _largest_step(values: Sequence[float]) -> int | None:
    """Return the place from which on the mean differs most from that before; None in a short series."""
    known, whole, before = len(values), sum(values), 0.0
    best: tuple[float, int] | None = None
    for place in range(1, known - _STEP_EDGE + 1):
        before += values[place - 1]
        gap = before / place - (whole - before) / (known - place)
        score = gap * gap * place * (known - place)
        if place >= _STEP_EDGE and (best is None or score > best[0]):
            best = score, place
    return best[1] if best and known >= 3 * _STEP_EDGE else None


class _Filtered:
    """The values and the columns of the regression, freed from a motion; the values are the first of the series."""

    def __init__(self, motion: Motion, series: Sequence[Sequence[float]], coming: Sequence[Sequence[float]]) -> None:
        self._motion = motion
        self._known = len(series[0])
        keeps, drive = motion.keeps, motion.drive
        gains, self._log_scale = [], 0.0
        variance = drive / (1 - keeps * keeps) if 0 < keeps < 1 else 0.0
        for _each in range(self._known):
            whole = variance + 1
            gains.append((keeps * variance / whole, math.sqrt(whole)))
            self._log_scale += math.log(whole)
            variance = keeps * keeps * variance / whole + drive
        self._variance = variance
        filtered = [_filter(each, keeps, gains) for each in series]
        self._states = [state for _row, state in filtered]
        self._columns = [row for row, _state in filtered]
        self._products = [[sum(map(mul, a, b)) for b in self._columns] for a in self._columns]
        self._coming = coming

    def outlook(self, terms: Sequence[int], priors: Sequence[float], freedom: float) -> Outlook:
        """Return where the model with these terms goes."""
        products = self._products
        matrix = [[products[1 + a][1 + b] + (priors[a] if a == b else 0.0) for b in terms] for a in terms]
        inverse, log_determinant = _invert(matrix)
        given = [products[0][1 + term] for term in terms]
        factors = [sum(map(mul, row, given)) for row in inverse]
        squares = max(products[0][0] - sum(map(mul, factors, given)), 1e-10 * self._known)
        likelihood = self._motion.prior - (self._log_scale + log_determinant + freedom * math.log(squares)) / 2
        likelihood += sum(math.log(priors[term]) for term in terms[1:]) / 2
        likelihood -= 3.5 * (_TREND in terms) + (3 + math.log(self._known)) * (_STEP in terms)
        fading = [math.pow(self._motion.keeps, step) for step in range(len(self._coming[0]))]
        rows = [
            tuple(self._coming[term][step] - share * self._states[1 + term] for term in terms)
            for step, share in enumerate(fading)
        ]
        return Outlook(
            likelihood,
            tuple(
                share * self._states[0] + sum(map(mul, factors, row)) for share, row in zip(fading, rows, strict=True)
            ),
            self._motion,
            squares / freedom,
            self._variance,
            tuple(rows),
            tuple(map(tuple, inverse)),
            tuple(
                value - sum(map(mul, factors, row))
                for value, *row in zip(self._columns[0], *(self._columns[1 + term] for term in terms), strict=True)
            ),
        )


def _filter(series: Sequence[float], keeps: float, gains: Sequence[tuple[float, float]]) -> tuple[list[float], float]:
    """Return each value without what the values before say of it, on one scale; and what they all say of the next."""
    state, row = 0.0, []
    for value, (gain, scale) in zip(series, gains, strict=True):
        row.append((value - state) / scale)
        state = keeps * state + gain * (value - state)
    return row, state


def _invert(matrix: Sequence[Sequence[float]]) -> tuple[list[list[float]], float]:
    """Return the inverse of a positive definite matrix, and the logarithm of its determinant."""
    size = len(matrix)
    rows = [[*row, *(float(place == index) for place in range(size))] for index, row in enumerate(matrix)]
    log_determinant = 0.0
    for index in range(size):
        pivot = rows[index][index]
        log_determinant += math.log(pivot)
        rows[index] = [value / pivot for value in rows[index]]
        for other in range(size):
            factor = rows[other][index]
            if other != index and factor:
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[index], strict=True)]
    return [row[size:] for row in rows], log_determinant
