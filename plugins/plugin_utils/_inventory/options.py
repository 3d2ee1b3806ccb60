# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the inventory: one JSON Schema, checked as those of the modules are."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import BOOLEAN, one_of
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    ACCOUNT_ID,
    CONNECTION_PROPERTIES,
    ORGANIZATION_ID,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._inventory.hosts import FILTERS

_PATTERNS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 256},
    "minItems": 1,
    "description": "a list of patterns, such as prod-*",
}
_SHARED: dict[str, Any] = {
    "accounts": {"type": "array", "items": ACCOUNT_ID, "minItems": 1, "description": "a list of account ids"},
    "organizations": {
        "type": "array",
        "items": ORGANIZATION_ID,
        "minItems": 1,
        "description": "a list of organization ids",
    },
    "sub_organizations": BOOLEAN,
    "hostname": one_of(("id", "name")),
    **dict.fromkeys(FILTERS, _PATTERNS),
    **CONNECTION_PROPERTIES,
}
LISTED_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Accounts that the API lists",
    "type": "object",
    "properties": _SHARED,
    "required": ["api_token", "api_url"],
}
# Nothing is asked for, and nothing but the ids is known.
NAMED_SCHEMA: dict[str, Any] = {
    **LISTED_SCHEMA,
    "title": "Accounts named by their ids",
    "required": [],
    "allOf": [{"not": {"required": ["accounts", name]}} for name in ("organizations", *FILTERS)],
}
