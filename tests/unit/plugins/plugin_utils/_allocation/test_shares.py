# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shares: parts of an amount that add up to it, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import SUMS, exact_arithmetic, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.shares import split, split_count

AMOUNTS = st.decimals(min_value=-(10**25), max_value=10**25, allow_nan=False, allow_infinity=False, places=20)
WEIGHTS = st.lists(st.decimals(min_value=0, max_value=10**12, places=6), min_size=1, max_size=7).filter(any)


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        # 100 / 3 in twelve digits; the first of equal remainders is rounded up
        ("100", "1 1 1", "33.333333334 33.333333333 33.333333333"),
        ("10", "1 1 1", "3.3333333334 3.3333333333 3.3333333333"),
        ("90", "60 40", "54 36"),
        ("1", "1 2", "0.33333333333 0.66666666667"),
        # the amount has more digits than twelve, so its own last digit is the last one
        ("9007199254740993.1", "1 1", "4503599627370496.6 4503599627370496.5"),
        ("-1", "1 1 1", "-0.33333333333 -0.33333333333 -0.33333333334"),
        ("0", "1 1", "0 0"),
        ("7", "0 1", "0 7"),
        ("5", "0.25 0.75", "1.25 3.75"),
    ],
)
def test_shares_are_the_hand_computed_ones(amount: str, weights: str, parts: str) -> None:
    assert split(Decimal(amount), decimals(*weights.split())) == decimals(*parts.split())


@given(AMOUNTS, WEIGHTS)
def test_shares_add_up_to_the_last_digit_and_are_off_by_less_than_a_unit_of_it(
    amount: Decimal, weights: list[Decimal]
) -> None:
    check(amount, weights)


@exact_arithmetic
def check(amount: Decimal, weights: list[Decimal]) -> None:
    parts = split(amount, weights)
    assert total(parts) == amount
    unit = max(abs(amount).scaleb(-11, SUMS), Decimal(10) ** -20)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total(weights) - amount * weight) < unit * total(weights)


@given(st.integers(min_value=0, max_value=10**12), WEIGHTS)
def test_shares_of_a_count_are_whole_and_add_up(count: int, weights: list[Decimal]) -> None:
    parts = split_count(count, weights)
    assert sum(parts) == count
    assert min(parts) >= 0
