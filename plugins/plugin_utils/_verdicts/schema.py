# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of verdicts as evaluate_budgets gives them: the same as the type in model.py, for programs."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import OUTCOMES, SEVERITIES, STATUSES

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_NUMBER = {"type": ["number", "null"]}
_DAY = {"type": "string", "format": "date"}
_MAYBE_DAY = {"type": ["string", "null"], "format": "date"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Describe an object that has at least these keys; later versions may add some."""
    return {"type": "object", "properties": properties, "required": list(properties)}


_ANOMALY = _object(
    {
        "direction": _TEXT,
        "since": _DAY,
        "days": {"type": "integer", "minimum": 1},
        "impact": _MAYBE_NUMBER,
        "cost": _MAYBE_NUMBER,
        "currency": _MAYBE_TEXT,
        "groups": {
            "type": "array",
            "items": _object(
                {
                    "labels": {"type": "object", "additionalProperties": _MAYBE_TEXT},
                    "impact": _MAYBE_NUMBER,
                    "percent": _MAYBE_NUMBER,
                }
            ),
        },
    }
)
_CONTRACT = _object(
    {
        "drawn_percent": _MAYBE_NUMBER,
        "days_percent": _MAYBE_NUMBER,
        "left": _MAYBE_NUMBER,
        "used_up_on": _MAYBE_DAY,
        "used_up_earliest": _MAYBE_DAY,
        "used_up_latest": _MAYBE_DAY,
        "unused": _MAYBE_NUMBER,
        "unused_low": _MAYBE_NUMBER,
        "unused_high": _MAYBE_NUMBER,
    }
)
VERDICT_SCHEMA = _object(
    {
        "name": _TEXT,
        "group": {
            "anyOf": [{"type": "null"}, _object({"dimension": _TEXT, "id": _MAYBE_TEXT, "name": _MAYBE_TEXT})],
        },
        "status": {"enum": list(STATUSES)},
        "outcome": {"enum": list(OUTCOMES)},
        "on": _TEXT,
        "measure": _TEXT,
        "actual": _MAYBE_NUMBER,
        "actual_is_lower_bound": {"type": "boolean"},
        "limit": _MAYBE_NUMBER,
        "unit": _MAYBE_TEXT,
        "currency": _MAYBE_TEXT,
        "percent": _MAYBE_NUMBER,
        "baseline": _MAYBE_NUMBER,
        "forecast": _MAYBE_NUMBER,
        "forecast_low": _MAYBE_NUMBER,
        "forecast_high": _MAYBE_NUMBER,
        "forecast_error_before": _MAYBE_NUMBER,
        "estimated": {"type": "boolean"},
        "rate_card": _MAYBE_TEXT,
        "period": {"anyOf": [{"type": "null"}, _object({"name": _TEXT, "from": _DAY, "to": _DAY})]},
        "from": _DAY,
        "to": _DAY,
        "days_used": {"type": "integer", "minimum": 0},
        "crossed_on": _MAYBE_DAY,
        "crossed_earliest": _MAYBE_DAY,
        "crossed_latest": _MAYBE_DAY,
        "anomaly": {"anyOf": [{"type": "null"}, _ANOMALY]},
        "contract": {"anyOf": [{"type": "null"}, _CONTRACT]},
        "reasons": {"type": "array", "items": _TEXT},
        "message": _TEXT,
        "alerts": {
            "type": "array",
            "items": _object(
                {
                    "on": _TEXT,
                    "percent": _MAYBE_NUMBER,
                    "threshold": _MAYBE_NUMBER,
                    "amount": _MAYBE_NUMBER,
                    "crossed": {"type": ["boolean", "null"]},
                    "severity": {"enum": list(SEVERITIES)},
                    "outcome": {"enum": list(OUTCOMES)},
                }
            ),
        },
        "severity": {"enum": list(SEVERITIES)},
        "owner": _MAYBE_TEXT,
        "note": _MAYBE_TEXT,
    }
)
VERDICTS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Verdicts",
    "type": "array",
    "items": VERDICT_SCHEMA,
}
