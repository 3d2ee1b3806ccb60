# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The FOCUS record of the API and its fact: names, types, and what can be counted in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COLUMNS, COSTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import parse_number, to_json_number

_NUMBERS = frozenset((*COSTS, "ContractedUnitPrice", "ListUnitPrice", "PricingQuantity", "ConsumedQuantity"))

MAX_DEPTH = 50  # lists and objects within a column; what is nested deeper breaks what comes after this module
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def moment(value: object) -> datetime | None:
    """Return the UTC time of an ISO 8601 text (without an offset it is UTC); None for all else."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value[:-1] + "+00:00" if value.endswith(("Z", "z")) else value)
        return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def text(value: object) -> str | None:
    """Return a name or id as text that any output can carry; null stays null."""
    if value is None or (isinstance(value, str) and value.isascii()):
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")


def texts(values: tuple[Any, ...]) -> tuple[str | None, ...]:
    """Return names and ids as text; the same tuple where all are."""
    found = tuple(map(text, values))
    return values if found == values else found


def snake_case(column: str) -> str:
    """Return the fact name of any column: ``x_BillableMetricId`` becomes ``x_billable_metric_id``."""
    return COLUMNS.get(column) or _WORD_START.sub("_", column).lower()


def fact_name(column: str, taken: Mapping[str, Any]) -> str:
    """Return the fact name of an unknown column, with ``_`` behind it where another column has that name already."""
    name = snake_case(column)
    while name in taken:
        name += "_"
    return name


def to_fact(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with fact names: every documented field (null if absent), then all unknown columns."""
    fact = {name: _value(column, record.get(column)) for column, name in COLUMNS.items()}
    for column, value in record.items():
        if column not in COLUMNS:
            fact[fact_name(column, fact)] = _value(column, value)
    return fact


def _value(column: str, value: Any) -> Any:
    if value is None:
        return None
    if column in _NUMBERS:
        number = parse_number(value)
        return None if number is None else to_json_number(number)
    return _jsonable(value)


def _jsonable(value: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise RecursionError("a column is too deeply nested")
    convert: Callable[[Any, int], Any] | None = _CONVERSIONS.get(type(value))
    return convert(value, depth) if convert else value


_CONVERSIONS: dict[type, Callable[[Any, int], Any]] = {
    str: lambda value, _depth: value if value.isascii() else text(value),
    Decimal: lambda value, _depth: to_json_number(value) if parse_number(value) is not None else str(value),
    list: lambda value, depth: [_jsonable(each, depth + 1) for each in value],
    dict: lambda value, depth: {text(key): _jsonable(each, depth + 1) for key, each in value.items()},
}
