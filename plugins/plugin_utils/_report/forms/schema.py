# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the report for programs (``usage.json``), which other tools may rely on."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import ESTIMATE_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import USAGE_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.schema import VERDICT_SCHEMA

_TEXT = {"type": "string"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Describe an object that has at least these keys; later versions may add some."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _nested(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "$schema"}


REPORT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Usage report of finops.cloudflare",
    "additionalProperties": False,
    **_object(
        {
            "collection_version": _TEXT,
            "generated_at": {"type": "string", "format": "date-time"},
            "groups_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "usage": _nested(USAGE_SCHEMA),
            "verdicts": {"type": "array", "items": VERDICT_SCHEMA},
            "estimate": {"anyOf": [{"type": "null"}, _nested(ESTIMATE_SCHEMA)]},
        }
    ),
}
