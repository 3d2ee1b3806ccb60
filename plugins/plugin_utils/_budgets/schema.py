# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a budgets document may hold, as a JSON Schema."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import (
    DAY,
    PRINTABLE,
    one_of,
    whole_number,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import (
    DIMENSIONS,
    KINDS,
    MEASURES,
    MONTH_DAY,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import PERIODS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import TAG_KEY, match_schema
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import SEVERITIES

DIRECTIONS = ("up", "down", "both")
ON_UNKNOWN = ("fail", "warn", "ignore")
ON_UNKNOWN_KEYS = ("on_unknown", "on_no_match")
# What an alert looks at, and the kind of budget that tells it.
ALERT_KINDS = ("actual", "forecast", "forecast_high")
MAX_BUDGETS = 1000
MAX_ALERTS = 20
DEFAULT_MIN_DAYS = {"anomaly": 21}  # three of each weekday
DEFAULT_WINDOW = {"spike": 1, "growth": 7}
PLANNED = "^[1-9][0-9]{3}-(0[1-9]|1[0-2]|Q[1-4])$(?!\\n)"
_AMOUNT = {"type": "number", "minimum": 0, "description": "a number from 0 (not a text, not true or false)"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": PRINTABLE}

BUDGETS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Budgets",
    "description": f"a list of 1 to {MAX_BUDGETS} budgets",
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_BUDGETS,
    "items": {
        "type": "object",
        "title": "Budget",
        "description": "a mapping with text keys",
        "additionalProperties": False,
        "required": ["name", "limit"],
        "properties": {
            "name": {**_TEXT, "maxLength": 200, "description": "a text of 1 to 200 characters in one line"},
            "match": match_schema(DIMENSIONS),
            "measure": one_of(MEASURES),
            "on": one_of(KINDS),
            "limit": {
                "if": {"type": "object"},
                "then": {
                    "description": "a mapping of at least one month or quarter",
                    "minProperties": 1,
                    "maxProperties": 120,
                    "propertyNames": {
                        "pattern": PLANNED,
                        "maxLength": 7,
                        "description": "a month such as 2026-10 or a quarter such as 2026-Q4",
                    },
                    "additionalProperties": _AMOUNT,
                },
                "else": _AMOUNT,
            },
            "unit": {
                "type": "string",
                "maxLength": 100,
                "pattern": PRINTABLE,
                "description": "the data's consumed_unit as text",
            },
            "currency": {
                "type": "string",
                "pattern": "^[A-Z]{3}$",
                "maxLength": 3,
                "description": "a currency of three capital letters such as USD",
            },
            "warn_at": {
                "description": "a percentage above 0 and up to 100, or a list of them",
                "if": {"type": "array"},
                "then": {
                    "items": {
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "maximum": 100,
                        "description": "a percentage above 0 and up to 100",
                    },
                    "uniqueItems": True,
                    "description": "a list of percentages, each once",
                },
                "else": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 100,
                    "description": "a percentage above 0 and up to 100, or a list of them",
                },
            },
            "alerts": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_ALERTS,
                "uniqueItems": True,
                "description": f"a list of 1 to {MAX_ALERTS} alerts, each once",
                "items": {
                    "type": "object",
                    "description": "a mapping with percent or amount",
                    "additionalProperties": False,
                    "properties": {
                        "percent": {
                            "type": "number",
                            "exclusiveMinimum": 0,
                            "maximum": 1000,
                            "description": "a percentage above 0 and up to 1000",
                        },
                        "amount": _AMOUNT,
                        "on": one_of(ALERT_KINDS),
                        "severity": one_of(SEVERITIES),
                        "outcome": one_of(ON_UNKNOWN),
                    },
                },
            },
            "each": {
                "type": "string",
                "pattern": rf"^(?:{'|'.join(DIMENSIONS)})$|{TAG_KEY}",
                "maxLength": 500,
                "description": f"one of {', '.join(DIMENSIONS)}, or tag.KEY",
            },
            "period": {
                "description": f"one of {', '.join(PERIODS)}, or a mapping of from and to",
                "if": {"type": "object"},
                "then": {
                    "additionalProperties": False,
                    "required": ["from", "to"],
                    "properties": {"from": DAY, "to": DAY},
                },
                "else": one_of(PERIODS),
            },
            "starts_on": {
                "description": "a month and a day such as 04-01, or for billing_cycle a day of the month, 1 to 31",
                "if": {"type": "string"},
                "then": {"pattern": MONTH_DAY, "maxLength": 5, "description": "a month and a day such as 04-01"},
                "else": {"type": "integer", "minimum": 1, "maximum": 31, "description": "a day of the month, 1 to 31"},
            },
            "cycle_day": {"type": "integer", "minimum": 1, "maximum": 31, "description": "a day of the month, 1 to 31"},
            "min_days": whole_number(1, 366),
            "window": whole_number(1, 183),
            "direction": one_of(DIRECTIONS),
            "floor": {"type": "number", "minimum": 0, "description": "a number from 0"},
            "on_unknown": one_of(ON_UNKNOWN),
            "on_no_match": one_of(ON_UNKNOWN),
            "severity": one_of(SEVERITIES),
            "owner": {**_TEXT, "description": "a text of 1 to 500 characters in one line"},
            "note": {"type": "string", "maxLength": 2000, "description": "a text of up to 2000 characters"},
        },
    },
}
