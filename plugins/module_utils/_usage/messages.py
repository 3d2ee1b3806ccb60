# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person should be told beside the facts: how far they can be trusted, and what the API said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import Aggregate
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import MAX_LISTED


def api_messages(result: Aggregate) -> tuple[str, ...]:
    """Return the first of the messages that the API sent beside the records, each once."""
    said = dict.fromkeys(message["message"] for notices in result.notices for message in notices.messages)
    return tuple(islice(said, MAX_LISTED))


def warnings(assessed: Mapping[str, Any]) -> list[str]:
    """Return what a person should be told of the facts: that they are empty or partial, and why."""
    if assessed["status"] == "complete":
        return []
    said = " ".join(reason["message"] for reason in assessed["reasons"])
    return [f"The usage of {whose(assessed)} is {assessed['status']}: {said}"]


def whose(usage: Mapping[str, Any]) -> str:
    """Return whose usage facts are of, in words."""
    if usage["scope_id"]:
        return f"{usage['scope']} {usage['scope_id']}"
    kinds = " and ".join(dict.fromkeys(f"{source['scope']}s" for source in usage["sources"]))
    return f"{len(usage['sources'])} {kinds}"


def api_warnings(messages: Iterable[tuple[str, str]]) -> list[str]:
    """Return warnings of what the API said, each once; ``messages`` are pairs of a path and a message."""
    paths: dict[str, list[str]] = {}
    for path, message in messages:
        paths.setdefault(message, []).append(path)
    return [
        f"Cloudflare says of {of[0]}{f' and {len(of) - 1} more' if len(of) > 1 else ''}: {message}"
        for message, of in islice(paths.items(), MAX_LISTED)
    ]
