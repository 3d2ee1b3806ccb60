# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that ask the API, as argument specs; private to the collection."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from ansible.module_utils.basic import AnsibleFallbackNotFound, env_fallback

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    QUERY_DEFAULTS,
    SCOPE_SETS,
    SCOPES,
    SOURCES,
)

DEFAULT_API_URL = "https://api.cloudflare.com/client/v4"


def connection_options() -> dict[str, Any]:
    """Return the argument spec of the options that every module shares."""
    return {
        "api_token": {"type": "str", "no_log": True, "fallback": (_environment, ["CLOUDFLARE_API_TOKEN"])},
        "api_url": {"type": "str", "default": DEFAULT_API_URL, "fallback": (_environment, ["CLOUDFLARE_BASE_URL"])},
        "timeout": {"type": "float", "default": Connection.timeout},
        "deadline": {"type": "float", "default": Connection.deadline},
        "max_retries": {"type": "int", "default": Connection.max_retries},
        "validate_certs": {"type": "bool", "default": Connection.validate_certs},
        "ca_path": {"type": "path"},
    }


def _environment(name: str) -> str:
    """Return an environment variable; one that is empty is as good as none."""
    value: str = env_fallback(name)
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def query_options() -> dict[str, Any]:
    """Return the argument spec of the options that say which usage is asked for."""
    return {
        "source": {"type": "str", "choices": list(SOURCES), "default": QUERY_DEFAULTS["source"]},
        "account_id": {"type": "str"},
        "account_ids": {"type": "list", "elements": "str"},
        "organization_id": {"type": "str"},
        "organization_ids": {"type": "list", "elements": "str"},
        "from": {"type": "str"},
        "to": {"type": "str"},
        "period": {"type": "str"},
        "cycle_day": {"type": "int"},
        "complete_days": {"type": "bool", "default": QUERY_DEFAULTS["complete_days"]},
        "metric": {"type": "list", "elements": "str"},
        "lag_days": {"type": "int", "default": QUERY_DEFAULTS["lag_days"]},
        "window_days": {"type": "int", "default": QUERY_DEFAULTS["window_days"]},
        "concurrency": {"type": "int", "default": QUERY_DEFAULTS["concurrency"]},
        "expected_accounts": {"type": "list", "elements": "str"},
        "expected_accounts_by_organization": {"type": "dict"},
        "ended_accounts": {"type": "dict"},
    }


def query_rules() -> dict[str, Any]:
    """Return the rules between the options of a usage query."""
    pairs = combinations(SCOPE_SETS, 2)
    return {
        "required_one_of": [SCOPES],
        "mutually_exclusive": [
            *(both for one, other in pairs for both in product(one, other)),
            ("period", "from"),
            ("period", "to"),
        ],
        "required_together": [("from", "to")],
    }
