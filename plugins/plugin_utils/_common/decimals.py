# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exact decimal arithmetic: what a document says in decimals is added, compared and divided in decimals."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from decimal import Context, Decimal, localcontext
from typing import Any, ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

# Wide enough that no sum or product of plausible quantities is ever rounded.
_EXACT = Context(prec=120)
_HUNDRED = Decimal(100)

ZERO = Decimal(0)
# No amount comes near it, and whatever is done to smaller ones stays exact.
LARGEST = 10**40


def exactly(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Run ``function`` with enough decimal places, whatever the caller's context is."""

    @functools.wraps(function)
    def wrapper(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with localcontext(_EXACT):
            return function(*args, **kwargs)

    return wrapper


def is_number(value: Any) -> bool:
    """Tell whether ``value`` is a number that can be an amount; a bool, NaN and infinity are none."""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < LARGEST
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -LARGEST < value < LARGEST


def decimal(value: Any) -> Decimal | None:
    """Return the number as it is written in decimals, or None for what is no finite number."""
    if not is_number(value):
        return None
    return Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)


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


def number(value: Decimal | None) -> int | float | None:
    """Return a JSON number: an int when whole, else the nearest float."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def rounded(value: Decimal | None, places: int = 6) -> int | float | None:
    """Return a JSON number for what was divided: to ``places`` places at most."""
    return None if value is None else number(round(value, places))
