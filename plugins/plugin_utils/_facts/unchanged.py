# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether facts that were read again say anything new, so that a report of the same data keeps its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._report_head import GROUPS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import parse_moment
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage

# How the facts were got, which says nothing about the usage.
_READING = ("fetched_at", "requests")


def group_lines(usage: Usage) -> Iterator[str]:
    """Yield each group as JSON."""
    return (json.dumps(group, allow_nan=False) for group in usage["groups"])


def groups_digest(usage: Usage) -> str:
    """Return what tells the groups of these facts from all others."""
    digest = sha256()
    for line in group_lines(usage):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def keep_unchanged_usage(usage: Usage, report: str) -> Usage:
    """Return the facts with the reading of those of an earlier JSON report where only that differs, else ``usage``.

    The head of the report is enough, as it holds the digest of its groups. What is wrong behind it does not live on:
    the report that is made of the facts differs from it.
    """
    head = report.partition(GROUPS)[0]
    try:
        document = json.loads(f"{head}{GROUPS}]}}}}")
        earlier = document["usage"]
        same = (
            earlier.keys() == usage.keys()
            and _content(earlier) == _content({**usage, "groups": []})
            and document["groups_sha256"] == groups_digest(usage)
        )
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
