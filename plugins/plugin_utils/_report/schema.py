# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the report for programs (``usage.json``), which other tools may rely on."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import USAGE_SCHEMA

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_NUMBER = {"type": ["number", "null"]}
_DAY = {"type": "string", "format": "date"}
_MAYBE_DAY = {"type": ["string", "null"], "format": "date"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Describe an object that has at least these keys; later versions may add some."""
    return {"type": "object", "properties": properties, "required": list(properties)}


VERDICT_SCHEMA = _object(
    {
        "name": _TEXT,
        "group": {
            "anyOf": [{"type": "null"}, _object({"dimension": _TEXT, "id": _MAYBE_TEXT, "name": _MAYBE_TEXT})],
        },
        "status": {"enum": ["pass", "warn", "fail", "unknown"]},
        "outcome": {"enum": ["pass", "warn", "fail"]},
        "on": _TEXT,
        "measure": _TEXT,
        "actual": _MAYBE_NUMBER,
        "actual_is_lower_bound": {"type": "boolean"},
        "limit": _MAYBE_NUMBER,
        "unit": _MAYBE_TEXT,
        "currency": _MAYBE_TEXT,
        "percent": _MAYBE_NUMBER,
        "forecast": _MAYBE_NUMBER,
        "forecast_low": _MAYBE_NUMBER,
        "forecast_high": _MAYBE_NUMBER,
        "estimated": {"type": "boolean"},
        "from": _DAY,
        "to": _DAY,
        "days_used": {"type": "integer", "minimum": 0},
        "crossed_on": _MAYBE_DAY,
        "reasons": {"type": "array", "items": _TEXT},
        "message": _TEXT,
        "severity": {"enum": ["info", "minor", "major", "critical"]},
        "owner": _MAYBE_TEXT,
        "note": _MAYBE_TEXT,
    }
)

_LINE = {
    "account_id": _MAYBE_TEXT,
    "metric_id": _MAYBE_TEXT,
    "metric_name": _MAYBE_TEXT,
    "consumed_unit": _MAYBE_TEXT,
    "quantity": _MAYBE_NUMBER,
}
ESTIMATE_SCHEMA = _object(
    {
        "currency": _TEXT,
        "amount": _MAYBE_NUMBER,
        "is_lower_bound": {"type": "boolean"},
        "items": {
            "type": "array",
            "items": _object(
                {
                    **_LINE,
                    "account_name": _MAYBE_TEXT,
                    "included": _MAYBE_NUMBER,
                    "billable_quantity": _MAYBE_NUMBER,
                    "price": _MAYBE_NUMBER,
                    "amount": _MAYBE_NUMBER,
                    "rule": _TEXT,
                }
            ),
        },
        "unpriced": {"type": "array", "items": _object({**_LINE, "reason": _TEXT})},
        "rate_card": _object({"name": _TEXT, "source": _TEXT, "checked_on": _TEXT}),
    }
)

REPORT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Usage report of finops.cloudflare",
    "additionalProperties": False,
    **_object(
        {
            "collection_version": _TEXT,
            "generated_at": {"type": "string", "format": "date-time"},
            "usage": {key: value for key, value in USAGE_SCHEMA.items() if key != "$schema"},
            "verdicts": {"type": "array", "items": VERDICT_SCHEMA},
            "estimate": {"anyOf": [{"type": "null"}, ESTIMATE_SCHEMA]},
        }
    ),
}
