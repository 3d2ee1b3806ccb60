# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of usage facts: the same as the types beside it, for programs and for other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import DIGITS, EXACT
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import SOURCES
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, columns

_DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "maxLength": 10}
_MAYBE_DAY = {"anyOf": [{"type": "null"}, _DAY]}
_TEXT = {"type": ["string", "null"]}
_TAG = r"^tag\."
_COUNT = {"type": "integer", "minimum": 0}
_COST = {"type": ["number", "null"]}
_NUMBERS = {"type": "array", "items": {"type": ["number", "null"]}}
_TEXTS = {"type": "array", "items": {"type": "string"}}

LABELS = {key: tuple(columns(dimension)) for key, dimension in DIMENSIONS.items()}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] | None = None, **rules: Any) -> dict[str, Any]:
    wanted = list(properties if required is None else required)
    return {"type": "object", "properties": dict(properties), "required": wanted, **rules}


_REASON = _object(
    {
        "code": {"type": "string", "minLength": 1},
        "affects": {"enum": ["usage", "cost"]},
        "message": {"type": "string"},
        "about": {
            "type": "array",
            "minItems": 1,
            "items": _object(
                {"account": {"type": "string"}, "metric": {"type": "string"}},
                (),
                minProperties=1,
                additionalProperties=False,
            ),
        },
        "count": _COUNT,
        "days": _TEXTS,
        "metrics": _TEXTS,
        "accounts": _TEXTS,
        "columns": _TEXTS,
        "currencies": _TEXTS,
        "samples": {"type": "array", "items": {"type": "object"}},
        "sources": _TEXTS,
    },
    ("code", "affects", "message"),
    additionalProperties=False,
)
GROUP_ALWAYS: dict[str, Any] = {
    "consumed_unit": _TEXT,
    "billing_currency": _TEXT,
    "record_count": _COUNT,
    "consumed_quantity": {"type": "number"},
    **dict.fromkeys(COST_FACTS, _COST),
    "incomplete_costs": {
        "type": "object",
        "propertyNames": {"enum": list(COST_FACTS)},
        "additionalProperties": _object({"amount": {"type": "number"}, "record_count": _COUNT}),
    },
    "daily_quantity": _NUMBERS,
    "daily_billed_cost": {"anyOf": [{"type": "null"}, _NUMBERS]},
}
_DIGITS = {"type": ["string", "null"], "pattern": DIGITS}
_EXACT = {
    "type": "object",
    "description": "the digits of those numbers of the group that a float does not keep",
    "properties": {
        **dict.fromkeys(("consumed_quantity", "pricing_quantity", *COST_FACTS), _DIGITS),
        "daily_quantity": {"type": "array", "items": _DIGITS},
        "daily_billed_cost": {"type": "array", "items": _DIGITS},
        "incomplete_costs": {"type": "object"},
    },
    "additionalProperties": False,
}
# What facts made by hand may leave out.
GROUP_SOMETIMES: dict[str, Any] = {
    "rated_through": _MAYBE_DAY,
    "pricing_quantity": _COST,
    "pricing_unit": _TEXT,
    "allocation_rule": _TEXT,
    EXACT: _EXACT,
}
GROUP_SCHEMA = _object(
    {**{label: _TEXT for labels in LABELS.values() for label in labels}, **GROUP_ALWAYS, **GROUP_SOMETIMES},
    tuple(GROUP_ALWAYS),
    patternProperties={_TAG: _TEXT},
    additionalProperties=False,
)
_SOURCE_NAME = {"enum": [*SOURCES, None]}
_SOURCE = _object(
    {
        "source": _SOURCE_NAME,
        "scope": {"enum": ["account", "organization"]},
        "scope_id": {"type": "string"},
        "from": _DAY,
        "to": _DAY,
        "status": {"enum": ["complete", "partial", "empty", "failed"]},
        "complete_through": _MAYBE_DAY,
        "record_count": _COUNT,
        "fetched_at": {"type": "string"},
        "failure": {
            "anyOf": [{"type": "null"}, _object({"kind": {"type": "string"}, "message": {"type": "string"}})],
        },
    },
    ("scope", "scope_id", "from", "to", "status", "complete_through", "record_count", "fetched_at"),
    additionalProperties=False,
)
_BILLING_CYCLE = _object(
    {"from": _DAY, "to": _DAY, "anchor": {"type": "integer", "minimum": 1, "maximum": 31}}, additionalProperties=False
)
_SUBSCRIPTION = _object(
    {
        "billing_account_id": {"type": "string"},
        **dict.fromkeys(("id", "name", "rate_plan_id", "state"), _TEXT),
        "price": _COST,
        **dict.fromkeys(("currency", "frequency"), _TEXT),
        "period": {"anyOf": [{"type": "null"}, _object({"from": _DAY, "to": _DAY}, additionalProperties=False)]},
        "cost": _COST,
        "daily_cost": _NUMBERS,
        "unknown": _TEXT,
    },
    additionalProperties=False,
)
USAGE_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Usage facts",
    **_object(
        {
            "scope": {"enum": ["account", "organization", "combined"]},
            "scope_id": _TEXT,
            "from": _DAY,
            "to": _DAY,
            "period": _TEXT,
            "days": {"type": "array", "items": _DAY, "minItems": 1, "uniqueItems": True},
            "complete_through": _MAYBE_DAY,
            "lag_days": _COUNT,
            "status": {"enum": ["complete", "partial", "empty"]},
            "reasons": {"type": "array", "items": _REASON},
            "record_count": _COUNT,
            "dropped": _object(
                {"outside_range": _COUNT, "other_metric": _COUNT, "other_account": _COUNT, "not_counted": _COUNT},
                ("outside_range", "other_metric", "not_counted"),
            ),
            "accounts": {
                "type": "array",
                "items": _object(
                    {"id": {"type": "string"}, "name": _TEXT, "last_day": _DAY},
                    ("id", "name"),
                ),
            },
            "metric": _TEXTS,
            "group_by": {
                "type": "array",
                "items": {"type": "string", "pattern": rf"^(?:{'|'.join(DIMENSIONS)}|tag\..+)$"},
                "uniqueItems": True,
            },
            "cost": _object({"available": {"enum": ["all", "some", "none"]}, "currency": _TEXT}),
            "fetched_at": {"type": "string"},
            "requests": _COUNT,
            "collection_version": {"type": "string"},
            "sources": {"type": "array", "items": _SOURCE},
            "groups": {"type": "array", "items": GROUP_SCHEMA},
        },
        additionalProperties=False,
    ),
}
# What facts made by hand may leave out.
USAGE_SCHEMA["properties"] |= {
    "source": _SOURCE_NAME,
    "billing_cycle": {"anyOf": [{"type": "null"}, _BILLING_CYCLE]},
    "subscriptions": {"type": "array", "items": _SUBSCRIPTION},
}
