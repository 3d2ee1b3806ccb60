# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An amount in parts that add up to it to the last digit: the largest remainders are rounded up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import SUMS

_DIGITS = 12  # of an amount, that its parts have at least


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Return the parts of an amount in proportion to the weights, of which none is negative and not all are 0.

    They have the last digit of the amount, or more where it has fewer than twelve.
    """
    last = min(_exponent(amount), amount.adjusted() - _DIGITS + 1)
    return [
        Decimal(part).scaleb(last, SUMS) for part in _shared_out(int(amount.scaleb(-last, SUMS)), _integers(weights))
    ]


def split_count(count: int, weights: Sequence[Decimal]) -> list[int]:
    """Return the parts of a count, which are whole."""
    return _shared_out(count, _integers(weights))


def _shared_out(count: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    parts, remainders = zip(*(divmod(count * weight, whole) for weight in weights), strict=True)
    largest = sorted(range(len(weights)), key=lambda place: (-remainders[place], place))
    rounded_up = set(largest[: count - sum(parts)])
    return [part + (place in rounded_up) for place, part in enumerate(parts)]


def _integers(weights: Sequence[Decimal]) -> list[int]:
    """Return whole numbers in the proportion of the weights."""
    last = min(map(_exponent, weights))
    return [int(weight.scaleb(-last, SUMS)) for weight in weights]


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)
