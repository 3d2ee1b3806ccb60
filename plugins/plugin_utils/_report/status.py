# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the facts are worth, in words: status, freshness, and what is missing."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common import formatting as wording
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.totals import complete_days

STATUS_WORDS = {"complete": "Complete", "partial": "Partial", "empty": "No data"}
_STALE_AFTER_HOURS = 36


def freshness(usage: dict[str, Any]) -> str:
    """Return one sentence on which days can be trusted."""
    total, complete = len(usage["days"]), complete_days(usage)
    if usage["status"] == "empty":
        return "No records came back: what was used is unknown, not zero."
    if not complete:
        return "No day is known to be complete."
    if complete == total:
        return f"Every day is in, through {wording.day(usage['to'])}."
    coming = coming_days(usage)
    parts = [
        f"{wording.count(count, 'day')} {words}"
        for count, words in (
            (total - complete - coming, "can still change"),
            (coming, "is to come" if coming == 1 else "are to come"),
        )
        if count
    ]
    return f"Complete through {wording.day(usage['complete_through'])}; {wording.join(parts)}."


def coming_days(usage: dict[str, Any]) -> int:
    """Return how many of the asked days had not begun when the facts were fetched."""
    today = wording.parse_moment(usage["fetched_at"]).date().isoformat()
    return sum(day > today for day in usage["days"])


def age(usage: dict[str, Any], generated_at: str) -> str:
    """Return when the facts were fetched, and how old they were when the report was made if that matters."""
    fetched, made = wording.parse_moment(usage["fetched_at"]), wording.parse_moment(generated_at)
    hours = (made - fetched).total_seconds() / 3600
    text = f"Fetched {wording.moment(usage['fetched_at'])}"
    if hours < _STALE_AFTER_HOURS:
        return f"{text}."
    return f"{text}, {wording.count(round(hours / 24), 'day')} before this report was made."


def missing(usage: dict[str, Any]) -> list[str]:
    """Return a sentence for each reason why the facts are not whole."""
    return [
        clean(reason.get("message") or reason["code"], 600)
        + (" This concerns costs only." if reason.get("affects") == "cost" else "")
        for reason in usage["reasons"]
    ]


def subject(usage: dict[str, Any]) -> tuple[str, str]:
    """Return what the report is about, and the id behind it."""
    accounts = usage["accounts"]
    identity = clean(usage.get("scope_id"), 120)
    if usage["scope"] == "account" and len(accounts) == 1 and accounts[0].get("name"):
        return clean(accounts[0]["name"], 120), identity
    if usage["scope"] == "combined":
        sources = len(usage.get("sources") or [])
        return f"{wording.count(len(accounts), 'account')} from {wording.count(sources, 'query', 'queries')}", ""
    return usage["scope"].capitalize(), identity
