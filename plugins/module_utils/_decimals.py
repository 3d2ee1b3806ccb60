# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exact decimal arithmetic and its limits: what a record or a document says in decimals is never rounded on the way."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable
from decimal import Context, Decimal, localcontext
from typing import Any, ParamSpec, TypeAlias, TypeVar, overload

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

Number: TypeAlias = "int | Decimal"

ZERO = Decimal(0)
_HUNDRED = Decimal(100)

# No usage or price of one record reaches this; it also keeps hostile exponents out of exact sums.
LARGEST = 10**30
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -60, 30
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,2})?")
# No amount, which is a sum of numbers below LARGEST, comes near this.
LARGEST_AMOUNT = 10**40

SUMS = Context(prec=100_000)  # wide enough that a sum of plausible numbers never rounds
_FLOAT_DIGITS = 17
_SETTLED = Decimal("1e-75")
_AMOUNTS = Context(prec=120)  # wide enough that no sum or product of plausible amounts does


def exact_arithmetic(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Run ``function`` with enough decimal places, whatever the caller's context is."""

    @functools.wraps(function)
    def wrapper(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with localcontext(_AMOUNTS):
            return function(*args, **kwargs)

    return wrapper


def parse_number(value: object) -> Number | None:
    """Return a number of the API, also one sent as text, as it is written; None for everything else."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = Decimal(value)
    if isinstance(value, Decimal):
        return value if _SMALLEST_EXPONENT < value.adjusted() < _LARGEST_EXPONENT else None
    if isinstance(value, int) and not isinstance(value, bool) and -LARGEST < value < LARGEST:
        return value
    return None


def is_number(value: Any) -> bool:
    """Tell whether ``value`` is a number that can be an amount; a bool, NaN and infinity are none."""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < LARGEST_AMOUNT
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -LARGEST_AMOUNT < value < LARGEST_AMOUNT


def to_decimal(value: Any) -> Decimal | None:
    """Return the number as it is written in decimals, or None for what is not a finite number."""
    return as_decimal(value) if is_number(value) else None


def as_decimal(value: float | Decimal) -> Decimal:
    """Return the same of what was checked to be a number."""
    return Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)


@overload
def to_json_number(value: Number) -> int | float: ...
@overload
def to_json_number(value: None) -> None: ...


def to_json_number(value: Number | None) -> int | float | None:
    """Return a number as JSON carries it: an int when whole, else the nearest float; None stays None."""
    if value is None or isinstance(value, int):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def settled(value: Decimal) -> Decimal:
    """Return what was divided without the rounding of its last digits, so that three thirds are one again.

    Amounts have far fewer places than 75, so nothing that differs from a limit comes to lie on it.
    """
    return value.quantize(_SETTLED, context=SUMS)


def rounded(value: Decimal | None) -> int | float | None:
    """Return a JSON number; of what was divided and has no end, six places, or six digits of a smaller value."""
    if value is None:
        return None
    digits = len(value.normalize().as_tuple().digits)
    return to_json_number(value if digits <= _FLOAT_DIGITS else round(value, max(6, 5 - value.adjusted())))


def rounded_beside(value: Decimal | None, limit: Decimal | None) -> int | float | None:
    """Return the JSON number of an amount, on the side of the limit's on which the amount is.

    So a number in a verdict never denies the status beside it.
    """
    number, bound = rounded(value), rounded(limit)
    if number is None or bound is None or value is None or limit is None:
        return number
    if value > limit:
        return number if number > bound else math.nextafter(bound, math.inf)
    return number if value == limit or number < bound else math.nextafter(bound, -math.inf)


def total(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    return sum(values, ZERO)


def percent_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return ``part`` in percent of ``whole``; None where ``whole`` is nothing, or next to it."""
    percent = part * _HUNDRED / whole if whole else None
    return percent if is_number(percent) else None


def plus_percent(base: Decimal, percent: Decimal) -> Decimal:
    """Return ``base`` increased by ``percent``."""
    return base * (_HUNDRED + percent) / _HUNDRED
