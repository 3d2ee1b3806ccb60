# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether facts that were read again say anything new, so that a report of the same data keeps its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import parse_moment
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage

# How the facts were got, which says nothing about the usage.
_READING = ("fetched_at", "requests")
_OF_A_GROUP = {"record_count", "daily_quantity"}


def keep_unchanged_usage(usage: Usage, report: str) -> Usage:
    """Return the facts with the reading of those of an earlier JSON report where only that differs, else ``usage``.

    ``usage`` has been checked, so whatever says the same as it is right as well, but for its time.
    """
    groups = iter(usage["groups"])

    def compared(value: dict[str, Any]) -> Any:
        """Put in place of an earlier group whether it is the one here: all of them would take as much memory again."""
        return value == next(groups, None) if value.keys() >= _OF_A_GROUP else value

    try:
        earlier = json.loads(report, object_hook=compared)["usage"]
        all_same = {**usage, "groups": [True] * len(usage["groups"])}
        same = earlier.keys() == usage.keys() and _content(earlier) == _content(all_same)
        parse_moment(earlier["fetched_at"])
    except (AttributeError, LookupError, TypeError, ValueError):
        return usage
    if not same:
        return usage
    reading: Usage = {
        **usage,
        "fetched_at": earlier["fetched_at"],
        "requests": earlier["requests"],
        "sources": earlier["sources"],
    }
    return reading


def _content(usage: Mapping[str, Any]) -> dict[str, Any]:
    content = {key: value for key, value in usage.items() if key not in _READING}
    content["sources"] = [
        {key: value for key, value in source.items() if key not in _READING} for source in usage["sources"]
    ]
    return content
