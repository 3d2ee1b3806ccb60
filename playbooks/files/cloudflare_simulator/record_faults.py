# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows changed by faults. Slower than sending bodies made ahead, so only done where a fault asks for it."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from .faults import Fault
from .messages import dump

_START, _END, _NUMBER = "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity"
_COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
_RUNNING = "CumulatedContractedCost"
_NUMBERS = itertools.count()

TWICE = "\0"
"""Ends a column that comes twice: no other name ends so, and it is taken off again once the row is text."""


def _nested(depth: int) -> Any:
    return [_nested(depth - 1)] if depth else []


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
    "deep": ("x_Deep", _nested(330)),
    "twice": (_NUMBER + TWICE, 1),
}
_REMOVE: dict[str, tuple[str, ...]] = {
    "no-day": (_START,),
    "no-number": (_NUMBER,),
    "no-unit": ("ConsumedUnit",),
    "no-metric": ("x_BillableMetricId", "x_BillableMetricName", "ServiceName"),
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


def written(rows: list[Any]) -> bytes:
    """Return rows as JSON text, without the brackets around them."""
    return dump(rows)[1:-1].replace(b'\\u0000"', b'"')


def read(text: bytes) -> list[Any]:
    rows: list[Any] = json.loads(b"[" + text + b"]")
    return rows


def _drop(rows: list[Any], fault: Fault) -> list[Any]:
    kind, _sign, what = fault.value.partition(":")
    if kind == "column":
        return [{name: value for name, value in row.items() if name != what} for row in rows]
    ident, _sign, days = ("", "", what) if kind == "day" else what.partition("@")
    since = days.removesuffix("..") if days.endswith("..") else None

    def is_meant(row: Any) -> bool:
        if kind == "account" and row.get("BillingAccountId") != ident:
            return False
        if kind == "metric" and row.get("x_BillableMetricId", row.get("ServiceName")) != ident:
            return False
        is_then: bool = row[_START] >= since if since else row[_START].startswith(days)
        return is_then

    return [row for row in rows if not is_meant(row)]


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


def _some(rows: list[Any], fault: Fault, change: Callable[[Any], Any]) -> list[Any]:
    """Change as many rows as the fault says."""
    count = len(rows) if fault.options.get("rows") == "all" else fault.number("rows", 1)
    return [*map(change, rows[:count]), *rows[count:]]


def _records(rows: list[Any], fault: Fault) -> list[Any]:
    return _some(rows, fault, lambda row: _broken(row, fault.value))


def _broken(row: Any, how: str) -> Any:
    if how in _REPLACE:
        return _REPLACE[how]
    if how in _SET:
        name, value = _SET[how]
        return {**row, name: value}
    if how == "negative":
        return {**row, _NUMBER: -row[_NUMBER]}
    if how == "offset":
        return {**row, **{name: row[name].replace("Z", "+02:00") for name in (_START, _END)}}
    if how == "new-ids":
        name = "ServiceName" if "ServiceName" in row else "x_BillableMetricId"
        return {**row, name: f"new-{next(_NUMBERS)}", _START: "1999-01-01T00:00:00Z", _END: "1999-01-02T00:00:00Z"}
    return {name: value for name, value in row.items() if name not in _REMOVE[how]}


def _set(rows: list[Any], fault: Fault) -> list[Any]:
    name, _sign, text = fault.value.partition(":")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return _some(rows, fault, lambda row: {**row, name: value})


def _unrated(rows: list[Any], fault: Fault) -> list[Any]:
    """Take the costs of the newest days away: the running total stays where it was."""
    rated: dict[Any, Any] = {}
    changed = []
    for row in rows:
        line = (row.get("ServiceName"), row.get("SubscriptionId"), row.get("ZoneId"))
        if row[_START] < fault.value:
            changed.append(row)
            rated[line] = row.get(_RUNNING)
        else:
            zeros = {name: 0 for name in _COSTS if name in row}
            changed.append(row | zeros | ({_RUNNING: rated.get(line, 0)} if _RUNNING in row else {}))
    return changed


_CHANGES: dict[str, Callable[[list[Any], Fault], list[Any]]] = {
    "drop": _drop,
    "restate": _restate,
    "repeat": _repeat,
    "order": _order,
    "records": _records,
    "set": _set,
    "unrated": _unrated,
}
