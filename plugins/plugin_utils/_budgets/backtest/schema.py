# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a back-test is: its types, and their JSON Schema for programs."""

from __future__ import annotations

from typing import Any, TypedDict

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    STATUSES,
    Status,
    VerdictGroup,
)

_Span = TypedDict("_Span", {"from": str, "to": str})


class BacktestRun(_Span):
    """Nights in a row with one status; ``message`` is what the verdict of the first of them said."""

    status: Status
    nights: int
    message: str


class BacktestPeak(TypedDict):
    """The night on which the most of the limit was used or expected, in percent of it, with the amount."""

    on: str
    percent: float
    amount: float | None


class BudgetBacktest(_Span):
    """What one budget, or one of its values where it has ``each``, would have said from one night to another."""

    name: str
    group: VerdictGroup | None
    on: str
    period: str | None
    unit: str | None
    currency: str | None
    limit: float | None
    nights: int
    counts: dict[Status, int]
    runs: list[BacktestRun]
    highest: BacktestPeak | None
    owner: str | None


_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_NUMBER = {"type": ["number", "null"]}
_DAY = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"}
_NIGHTS = {"type": "integer", "minimum": 0}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Describe an object that has at least these keys; later versions may add some."""
    return {"type": "object", "properties": properties, "required": list(properties)}


BACKTEST_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Back-test of budgets",
    "description": "a back-test, as budgets_backtest returns it",
    "type": "array",
    "items": _object(
        {
            "name": _TEXT,
            "group": {
                "anyOf": [{"type": "null"}, _object({"dimension": _TEXT, "id": _MAYBE_TEXT, "name": _MAYBE_TEXT})],
            },
            "on": _TEXT,
            "period": _MAYBE_TEXT,
            "unit": _MAYBE_TEXT,
            "currency": _MAYBE_TEXT,
            "limit": _MAYBE_NUMBER,
            "from": _DAY,
            "to": _DAY,
            "nights": _NIGHTS,
            "counts": {
                "type": "object",
                "properties": dict.fromkeys(STATUSES, _NIGHTS),
                "required": list(STATUSES),
                "additionalProperties": _NIGHTS,
            },
            "runs": {
                "type": "array",
                "items": _object(
                    {"status": {"enum": list(STATUSES)}, "from": _DAY, "to": _DAY, "nights": _NIGHTS, "message": _TEXT}
                ),
            },
            "highest": {
                "anyOf": [
                    {"type": "null"},
                    _object({"on": _DAY, "percent": {"type": "number"}, "amount": _MAYBE_NUMBER}),
                ],
            },
            "owner": _MAYBE_TEXT,
        }
    ),
}
