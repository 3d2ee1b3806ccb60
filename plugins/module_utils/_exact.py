# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exact numbers through JSON, whose floats keep about 15 digits: the digits of the others travel beside them as text.

A group of usage facts holds JSON numbers under their usual keys. Where a float is not the number itself, the key
``exact`` has the number in decimals, under the same key (and in the same place of a list, which else holds null).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import to_json_number

EXACT = "exact"
DIGITS = r"^-?[0-9]{1,60}(?:\.[0-9]{1,120})?$"


def to_json_group(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group of exact numbers with JSON numbers, and with ``exact`` where one of them is not the number."""
    exact = _digits(group)
    return {**_json(group), **({EXACT: exact} if exact else {})}


def from_json_group(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group with exact numbers in place of the JSON numbers that are not, and without ``exact``."""
    numbers = {key: value for key, value in group.items() if key != EXACT}
    restored: dict[str, Any] = _restored(numbers, group.get(EXACT))
    return restored


def exact_agrees(group: Mapping[str, Any]) -> bool:
    """Tell whether ``exact`` says in more digits what the JSON numbers of a group say, and nothing else."""
    try:
        return to_json_group(from_json_group(group)) == dict(group)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return False


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return to_json_number(value) if isinstance(value, Decimal) else value


def _digits(value: Any) -> Any:
    """Return the digits that the JSON numbers of a value lose, or None."""
    if isinstance(value, Mapping):
        return {key: found for key, item in value.items() if (found := _digits(item)) is not None} or None
    if isinstance(value, list):
        found = [_digits(item) for item in value]
        return found if any(each is not None for each in found) else None
    if not isinstance(value, Decimal):
        return None
    number = to_json_number(value)
    return f"{value:f}".rstrip("0") if isinstance(number, float) and Decimal(repr(number)) != value else None


def _restored(value: Any, digits: Any) -> Any:
    if isinstance(digits, Mapping):
        return {**value, **{key: _restored(value[key], item) for key, item in digits.items()}}
    if isinstance(digits, list):
        return [_restored(item, found) for item, found in zip(value, digits, strict=True)]
    if digits is None:
        return value
    if not re.fullmatch(DIGITS, digits):
        raise ValueError("not the digits of a number")
    return Decimal(digits)
