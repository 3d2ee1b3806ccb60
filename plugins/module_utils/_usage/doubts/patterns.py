# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When days without rows are a surprise: rules that a series of days is held against, by its own pattern.

A day without a row is a day without use. It is a doubt only where the other days say that there should have been one.
Days are positions, 0 the first that was asked for; docs/doubts.md states the rules and how often they are wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, pvariance

WEEK = 7
_PATTERN = 14  # days with rows that are a pattern
_UNSTEADY_PATTERN = 21  # where their amounts are not steady
_DAILY_SHARE = 0.9  # of the days, those that a daily metric has rows on
_REGULAR_SHARE = 0.7  # of the days, those that an account in regular use has rows on
_STEADY = 0.3  # the largest deviation of steady amounts, as a share of their mean
_FEW_USES = 10  # whole amounts of at most this mean are single uses, of which a day can have none
_CHANCE = 0.002  # a silence that is less probable than this is a surprise
_CHANCE_OF_FEW_USES = 0.0002  # the same of single uses, which are asked about night after night


def is_few_uses(amounts: Collection[float]) -> bool:
    """Tell whether the amounts of the days are so few single uses that none at all is near."""
    return fmean(amounts) <= _FEW_USES and all(float(amount).is_integer() for amount in amounts)


def is_steady(amounts: Collection[float]) -> bool:
    """Tell whether the amounts of the days differ so little that none at all is far off."""
    return not is_few_uses(amounts) and pvariance(amounts) <= (_STEADY * fmean(amounts)) ** 2


def fell_silent(active: Sequence[int], end: int, *, none_is_near: bool = False) -> bool:
    """Tell whether it is a surprise that no day after the last of ``active``, sorted, up to ``end`` has rows.

    ``none_is_near`` says that the amounts are such that a day without use is no surprise by itself.
    """
    return _is_silent(active, end, none_is_near=none_is_near, limit=_CHANCE_OF_FEW_USES if none_is_near else _CHANCE)


def _is_silent(active: Sequence[int], end: int, *, none_is_near: bool, limit: float) -> bool:
    first, last = active[0], active[-1]
    silent, span = end - last, last - first + 1
    if silent <= 0:
        return False
    pause = longest_pause(active)
    chance = (1 - (len(active) + 1) / (span + 2)) ** silent
    if pause:
        regular = len(active) >= max(_PATTERN, _REGULAR_SHARE * span)
        return regular and silent > 2 * pause and chance < limit
    if first > 0 and span < _PATTERN:
        return False
    return not none_is_near or chance < limit


def began_late(active: Sequence[int], end: int, *, none_is_near: bool = False) -> bool:
    """Tell whether it is a surprise that no day before the first of ``active`` has rows; ``end`` is the last day."""
    return _is_silent([end - day for day in reversed(active)], end, none_is_near=none_is_near, limit=_CHANCE)


def longest_pause(active: Sequence[int]) -> int:
    """Return the number of days of the longest pause between two days of ``active``."""
    return max((later - earlier - 1 for earlier, later in pairwise(active)), default=0)


def surprising_holes(amounts: Mapping[int, float], end: int) -> list[int]:
    """Return the days without rows up to ``end`` that are a surprise in a series; ``amounts`` are those of its days."""
    active = sorted(day for day in amounts if day <= end)
    holes = [hole for earlier, later in pairwise((*active, end + 1)) if (hole := range(earlier + 1, later))]
    if not holes:
        return []
    known = [amounts[day] for day in active]
    steady, limit = is_steady(known), _CHANCE_OF_FEW_USES if is_few_uses(known) else _CHANCE
    return [day for hole in holes if _is_surprise(hole, holes, active, steady=steady, limit=limit) for day in hole]


def _is_surprise(hole: range, holes: Sequence[range], active: Sequence[int], *, steady: bool, limit: float) -> bool:
    missing = sum(map(len, holes))
    if steady and len(active) >= _DAILY_SHARE * (missing + len(active)) and _breaks_weekday(hole, active):
        return True
    rest = missing - len(hole) + len(active)
    chance = (rest + len(hole)) * (1 - (len(active) + 1) / (rest + 2)) ** len(hole)
    longest_other = max((len(each) for each in holes if each != hole), default=0)
    daily = len(active) >= max(_PATTERN if steady else _UNSTEADY_PATTERN, _DAILY_SHARE * rest)
    return daily and len(hole) > 2 * longest_other and chance < limit


def _breaks_weekday(hole: range, active: Sequence[int]) -> bool:
    """Tell whether a day of the hole is missing although all others of its weekday have rows."""
    known = set(active)
    for day in hole:
        same = [each for each in range(day % WEEK, active[-1] + 1, WEEK) if each >= active[0] and each not in hole]
        if same and known.issuperset(same):
            return True
    return False
