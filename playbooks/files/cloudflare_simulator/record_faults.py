# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows changed by faults. Slower than sending bodies made ahead, so only done where a fault asks for it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from .faults import Fault

_START, _NUMBER = "ChargePeriodStart", "ConsumedQuantity"

_SET: dict[str, tuple[str, Any]] = {
    "null-day": (_START, None),
    "bad-day": (_START, "some day"),
    "null-number": (_NUMBER, None),
    "bad-number": (_NUMBER, "a lot"),
    "nan": (_NUMBER, float("nan")),
    "infinity": (_NUMBER, float("inf")),
    "boolean-number": (_NUMBER, True),
    "object-number": (_NUMBER, {"value": 1}),
    "null-unit": ("ConsumedUnit", None),
}
_REMOVE: dict[str, tuple[str, ...]] = {
    "no-day": (_START,),
    "no-number": (_NUMBER,),
    "no-unit": ("ConsumedUnit",),
    "no-metric": ("x_BillableMetricId", "x_BillableMetricName"),
    "no-account": ("BillingAccountId", "BillingAccountName"),
}
_REPLACE: dict[str, Any] = {"not-object": "not a record", "null": None}


def spoil(rows: list[Any], faults: Sequence[Fault]) -> list[Any]:
    """Return the rows as the faults want them, one fault after the other."""
    for fault in faults:
        change = _CHANGES.get(fault.action)
        if change:
            rows = change(rows, fault)
    return rows


def read(text: bytes) -> list[Any]:
    rows: list[Any] = json.loads(b"[" + text + b"]")
    return rows


def _drop(rows: list[Any], fault: Fault) -> list[Any]:
    kind, _sign, what = fault.value.partition(":")
    if kind == "column":
        return [{name: value for name, value in row.items() if name != what} for row in rows]
    metric, _sign, day = what.partition("@")
    tests: dict[str, Callable[[Any], bool]] = {
        "day": lambda row: row[_START][:10] == what,
        "account": lambda row: row.get("BillingAccountId") == what,
        "metric": lambda row: row.get("x_BillableMetricId") == metric and row[_START].startswith(day),
    }
    return [row for row in rows if not tests[kind](row)]


def _restate(rows: list[Any], fault: Fault) -> list[Any]:
    share = 100 + int(fault.value)
    return [{**row, _NUMBER: round(float(row[_NUMBER]) * share / 100, 6)} for row in rows]


def _order(rows: list[Any], fault: Fault) -> list[Any]:
    if fault.value == "reversed":
        return rows[::-1]
    rows = rows[:]
    random.Random(len(rows)).shuffle(rows)
    return rows


def _repeat(rows: list[Any], fault: Fault) -> list[Any]:
    return [row for row in rows for _number in range(int(fault.value))]


def _records(rows: list[Any], fault: Fault) -> list[Any]:
    count = len(rows) if fault.options.get("rows") == "all" else fault.number("rows", 1)
    return [_broken(row, fault.value) for row in rows[:count]] + rows[count:]


def _broken(row: Any, how: str) -> Any:
    if how in _REPLACE:
        return _REPLACE[how]
    if how in _SET:
        name, value = _SET[how]
        return {**row, name: value}
    return {name: value for name, value in row.items() if name not in _REMOVE[how]}


_CHANGES: dict[str, Callable[[list[Any], Fault], list[Any]]] = {
    "drop": _drop,
    "restate": _restate,
    "repeat": _repeat,
    "order": _order,
    "records": _records,
}
