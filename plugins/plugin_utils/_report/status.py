# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the facts are worth, in words: status, freshness, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_count,
    format_day,
    format_moment,
    join_words,
    parse_moment,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Reason, Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import complete_days

STATUS_WORDS = {"complete": "Complete", "partial": "Partial", "empty": "No data"}
_STALE_AFTER_HOURS = 36
_MAX_NAMES = 3


def freshness(usage: Usage) -> str:
    """Return one sentence on which days can be trusted."""
    total, complete = len(usage["days"]), complete_days(usage)
    if usage["status"] == "empty":
        return "No records came back: what was used is unknown, not zero."
    if not complete:
        return "No day is known to be complete."
    if complete == total:
        return f"Every day is in, through {format_day(usage['to'])}."
    coming = coming_days(usage)
    parts = [
        f"{format_count(count, 'day')} {words}"
        for count, words in (
            (total - complete - coming, "can still change"),
            (coming, "is to come" if coming == 1 else "are to come"),
        )
        if count
    ]
    return f"Complete through {format_day(usage['days'][complete - 1])}; {join_words(parts)}."


def coming_days(usage: Usage) -> int:
    """Return how many of the asked days had not begun when the facts were fetched."""
    today = parse_moment(usage["fetched_at"]).date().isoformat()
    return sum(day > today for day in usage["days"])


def age(usage: Usage, generated_at: str) -> str:
    """Return when the facts were fetched, and how old they were when the report was made if that matters."""
    fetched, made = parse_moment(usage["fetched_at"]), parse_moment(generated_at)
    hours = (made - fetched).total_seconds() / 3600
    text = f"Fetched {format_moment(usage['fetched_at'])}"
    if hours < _STALE_AFTER_HOURS:
        return f"{text}."
    return f"{text}, {format_count(round(hours / 24), 'day')} before this report was made."


def missing(reasons: Iterable[Reason]) -> list[str]:
    """Return a sentence for each reason why the facts are not whole."""
    return [
        (reason.get("message") or reason["code"])
        + (" This concerns costs only." if reason.get("affects") == "cost" else "")
        for reason in reasons
    ]


def subject(usage: Usage, previous: Usage | None = None) -> tuple[str, str]:
    """Return what the report is about, in names where the records have them, and the id behind it.

    Where no record came yet, those of the period before know the names.
    """
    accounts = usage["accounts"]
    if not accounts and previous and usage.get("scope_id") and previous.get("scope_id") == usage["scope_id"]:
        accounts = previous["accounts"]
    names = [name_text(account["name"]) for account in accounts if account.get("name")]
    identity = f"{usage['scope'].capitalize()} {usage.get('scope_id') or ''}"
    if usage["scope"] == "combined":
        sources = format_count(len(usage.get("sources") or []), "query", "queries")
        identity = f"{format_count(len(accounts), 'account')} from {sources}"
    if not names:
        return identity, ""
    left = len(accounts) - len(names[:_MAX_NAMES])
    parts = [*names[:_MAX_NAMES], *([format_count(left, "more account")] if left else [])]
    return join_words(parts), identity
