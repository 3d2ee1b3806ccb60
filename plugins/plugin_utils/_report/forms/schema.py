# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the report for programs (``usage.json``), which other tools may rely on."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import USAGE_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.schema import VERDICT_SCHEMA

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_NUMBER = {"type": ["number", "null"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Describe an object that has at least these keys; later versions may add some."""
    return {"type": "object", "properties": properties, "required": list(properties)}


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
