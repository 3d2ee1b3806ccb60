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


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Describe an object that has at least these keys; later versions may add some."""
    return {"type": "object", "properties": properties, "required": list(properties)}


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
        "estimated": {"type": "boolean"},
        "rate_card": _MAYBE_TEXT,
        "from": _DAY,
        "to": _DAY,
        "days_used": {"type": "integer", "minimum": 0},
        "crossed_on": {"type": ["string", "null"], "format": "date"},
        "reasons": {"type": "array", "items": _TEXT},
        "message": _TEXT,
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
