# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a sparse month is doubted without cause: simulated, which gives the table of docs/doubts.md."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.patterns import (
    began_late,
    fell_silent,
    is_few_uses,
    is_steady,
    longest_pause,
    surprising_holes,
)

DOC = Path(__file__).parents[6] / "docs" / "doubts.md"
MONTHS, MONTHS_OF_NIGHTS = 3000, 500
HISTORY = 30
Month = dict[int, float]


def poisson(rng: random.Random, mean: float) -> int:
    product, count = rng.random(), 0
    while product > math.exp(-mean):
        product *= rng.random()
        count += 1
    return count


def uses(mean: float) -> Callable[[random.Random, int], Month]:
    """Return what makes a month of single uses, ``mean`` of them a day."""

    def month(rng: random.Random, days: int) -> Month:
        counts = [poisson(rng, mean) for _day in range(days)]
        return {day: float(count) for day, count in enumerate(counts) if count}

    return month


def weekdays(*wanted: int) -> Callable[[random.Random, int], Month]:
    def month(rng: random.Random, days: int) -> Month:
        first = rng.randrange(7)
        return {day: rng.randint(900, 1100) for day in range(days) if (first + day) % 7 in wanted}

    return month


def bursts(rng: random.Random, days: int) -> Month:
    """Bursts of two days on average, with five days without any use between them, of very different amounts."""
    month: Month = {}
    is_on = rng.random() < 2 / 7
    for day in range(days):
        if is_on:
            month[day] = rng.randint(1, 10**6)
        if rng.random() < (1 / 2 if is_on else 1 / 5):
            is_on = not is_on
    return month


SPARSE = {
    **{f"{mean} uses a day": uses(mean) for mean in (0.2, 0.5, 1, 1.5, 2, 3, 4, 5)},
    "Monday to Saturday": weekdays(*range(6)),
    "working days": weekdays(*range(5)),
    "twice a week": weekdays(0, 3),
    "once a week": weekdays(0),
    "bursts": bursts,
}


def is_doubted(month: Month, days: int) -> bool:
    """Tell whether a month of an account with one metric gives any doubt."""
    active, amounts, end = sorted(month), list(month.values()), days - 1
    single = is_few_uses(amounts) and len(set(amounts)) > 1
    return (
        fell_silent(active, end, none_is_near=single)
        or began_late(active, end, none_is_near=not is_steady(amounts))
        or bool(surprising_holes(month, end))
    )


@pytest.mark.many_cases
@pytest.mark.parametrize("series", SPARSE)
def test_patterns_sparse_months_are_doubted_in_at_most_one_of_a_hundred(series: str) -> None:
    rng = random.Random(series)
    doubted = seen = 0
    for _month in range(MONTHS):
        days = rng.randint(28, 31)
        month = SPARSE[series](rng, days)
        if month:
            seen += 1
            doubted += is_doubted(month, days)
    assert doubted <= 0.01 * seen
    assert f"| {series} | {100 * doubted / seen:.2f} % |" in DOC.read_text(encoding="utf-8")


def is_doubted_by_night(days: Month, night: int) -> bool:
    """Tell whether the days known by a night give any doubt of those from HISTORY on."""
    known = {day: amount for day, amount in days.items() if day <= night}
    if not known:
        return True
    active, amounts = sorted(known), list(known.values())
    single = is_few_uses(amounts) and len(set(amounts)) > 1
    begins_late = active[0] > HISTORY and began_late(active, night, none_is_near=not is_steady(amounts))
    holes = surprising_holes(known, active[-1])
    return begins_late or fell_silent(active, night, none_is_near=single) or any(day >= HISTORY for day in holes)


@pytest.mark.many_cases
@pytest.mark.parametrize("series", SPARSE)
def test_patterns_nights_with_history_are_doubted_in_at_most_one_of_a_hundred_months(series: str) -> None:
    rng = random.Random(f"{series}, each night")
    doubted = 0
    for _month in range(MONTHS_OF_NIGHTS):
        days = SPARSE[series](rng, HISTORY + 31)
        doubted += any(is_doubted_by_night(days, night) for night in range(HISTORY, HISTORY + 31))
    assert doubted <= 0.01 * MONTHS_OF_NIGHTS
    (row,) = (line for line in DOC.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {series} | "))
    assert row.endswith(f" | {100 * doubted / MONTHS_OF_NIGHTS:.1f} % |")


@pytest.mark.parametrize("length", [1, 2, 3, 7, 12])
def test_patterns_hole_in_a_dense_month_is_always_found(length: int) -> None:
    rng = random.Random(length)
    for _month in range(300):
        month: Month = {day: rng.gauss(10_000, 1500) for day in range(31)}
        start = rng.randrange(7, 31 - length)
        for day in range(start, start + length):
            del month[day]
        assert surprising_holes(month, 30) == list(range(start, start + length))


@pytest.mark.parametrize(
    ("active", "end", "silent"),
    [
        ([0], 0, False),
        ([0], 1, True),
        ([1], 20, False),
        (range(10), 10, True),
        (range(1, 14), 20, False),
        (range(1, 15), 20, True),
        ([day for day in range(20) if day % 5], 21, False),
        ([day for day in range(20) if day % 5], 23, True),
        # seven days in ten, and a pattern of fourteen
        ([day for day in range(20) if day % 3 != 2], 25, True),
        ([day for day in range(22) if day % 3 != 2], 35, False),
        ([day for day in range(18) if day % 4 != 3], 23, True),
        ([day for day in range(17) if day % 4 != 3], 40, False),
        # more than twice the longest pause
        ([*range(20), *range(23, 40)], 45, False),
        ([*range(20), *range(23, 40)], 46, True),
    ],
)
def test_patterns_silence_needs_a_pattern(active: list[int], end: int, *, silent: bool) -> None:
    assert fell_silent(list(active), end) is silent
    assert began_late([end - day for day in reversed(list(active))], end) is silent


@pytest.mark.parametrize(
    ("active", "end", "silent"),
    [
        (range(68), 69, False),
        (range(69), 70, True),
        (range(5, 73), 74, False),
        (range(5, 74), 75, True),
        ([day for day in range(20) if day % 5], 24, False),
        ([day for day in range(20) if day % 5], 25, True),
    ],
)
def test_patterns_silence_where_none_is_near_must_not_be_chance(
    active: Sequence[int], end: int, *, silent: bool
) -> None:
    assert fell_silent(active, end, none_is_near=True) is silent


@pytest.mark.parametrize(
    ("active", "end", "late"),
    [
        (range(20), 21, False),
        (range(21), 22, True),
        (range(5, 25), 26, False),
        (range(5, 26), 27, True),
    ],
)
def test_patterns_late_begin_where_none_is_near_must_not_be_chance(active: range, end: int, *, late: bool) -> None:
    assert fell_silent(active, end)
    shifted = [end - day for day in reversed(active)]
    assert began_late(shifted, end, none_is_near=True) is late
    assert began_late(shifted, end)


@pytest.mark.parametrize(("few", "shortest"), [(1, 4), (1000, 3)])
def test_patterns_hole_in_single_uses_must_be_less_probable(few: int, shortest: int) -> None:
    for length in range(2, 6):
        amounts = {day: float(few * (1 + 9 * (day % 2))) for day in range(40) if not 20 <= day < 20 + length}
        assert bool(surprising_holes(amounts, 39)) is (length >= shortest)


def days_but(end: int, *missing: int) -> list[int]:
    return [day for day in range(end + 1) if day not in missing]


@pytest.mark.parametrize(
    ("active", "end", "holes"),
    [
        ([], 9, []),
        ([20], 9, []),
        (range(14), 13, []),
        (range(14), 9, []),
        # nine days in ten, and a weekday that else always has rows
        (days_but(9, 8), 9, [8]),
        (days_but(8, 7), 8, []),
        (days_but(9, 2), 9, [2]),
        (days_but(16, 3), 16, [3]),
        (days_but(9, 7), 9, [7]),
        (days_but(9, 4), 9, []),
        ([*range(3, 8), *range(9, 17)], 16, [8]),
        (days_but(30, 8, 15), 30, []),
    ],
)
def test_patterns_hole_of_a_weekday_is_found_in_steady_days(active: list[int], end: int, holes: list[int]) -> None:
    steady = dict.fromkeys(active, 1000.0)
    assert surprising_holes(steady, end) == holes
    assert surprising_holes(dict.fromkeys(active, 1.0), end) == []


@pytest.mark.parametrize(
    ("count", "length", "steady", "unsteady"),
    [
        (13, 5, False, False),
        (14, 4, True, False),
        (20, 3, False, False),
        (20, 4, True, False),
        (21, 2, True, False),
        (21, 3, True, True),
    ],
)
def test_patterns_hole_that_is_no_chance_is_found(count: int, length: int, *, steady: bool, unsteady: bool) -> None:
    hole = range(10, 10 + length)
    active = [*range(10), *range(10 + length, count + length)]
    for found, amounts in ((steady, [1000.0] * count), (unsteady, [1.0, 5000.0] * count)):
        month = dict(zip(active, amounts, strict=False))
        assert surprising_holes(month, active[-1]) == (list(hole) if found else [])


@pytest.mark.parametrize(
    ("missing", "end", "found"),
    [
        ((10, 40, 41, 42), 103, [40, 41, 42]),
        ((10, 40, 41), 102, []),
        ((10, 11, 40, 41, 42, 43), 105, []),
        ((10, 11, 40, 41, 42, 43, 44), 106, [40, 41, 42, 43, 44]),
        ((3, 5, 7, *range(20, 26)), 35, list(range(20, 26))),
        ((3, 5, 7, *range(20, 26)), 34, []),
        ((250, 251), 501, [250, 251]),
        ((250, 251), 498, []),
    ],
)
def test_patterns_hole_must_be_far_longer_than_the_others(missing: tuple[int, ...], end: int, found: list[int]) -> None:
    month = {day: (1.0, 5000.0)[day % 2] for day in days_but(end, *missing)}
    assert surprising_holes(month, end) == found


def test_patterns_pause_is_the_longest_one() -> None:
    assert longest_pause([3]) == 0
    assert longest_pause([1, 2, 5, 6, 8]) == 2


@pytest.mark.parametrize(
    ("amounts", "few", "steady"),
    [
        ([1, 1, 1], True, False),
        ([10, 10], True, False),
        ([10, 11], False, True),
        ([1.5, 1.5], False, True),
        ([100, 200, 300], False, False),
        ([100, 110, 90], False, True),
        ([70, 130], False, True),
        ([69, 131], False, False),
        ([10, 10.5], False, True),
    ],
)
def test_patterns_amounts_say_how_near_none_is(amounts: list[float], *, few: bool, steady: bool) -> None:
    assert (is_few_uses(amounts), is_steady(amounts)) == (few, steady)
