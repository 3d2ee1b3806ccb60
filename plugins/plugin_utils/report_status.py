# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the facts are worth, in words: status, freshness, and what is missing."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils import wording
from ansible_collections.finops.cloudflare.plugins.plugin_utils.escaping import clean
from ansible_collections.finops.cloudflare.plugins.plugin_utils.report_totals import complete_days

STATUS_WORDS = {"complete": "Complete", "partial": "Partial", "empty": "No data"}
_STALE_AFTER_HOURS = 36


def freshness(usage: dict[str, Any]) -> str:
    """Return one sentence on which days can be trusted."""
    total, complete = len(usage["days"]), complete_days(usage)
    if usage["status"] == "empty":
        return "No records came back. What was used is unknown; it is not zero."
    if not complete:
        return "No day is known to be complete."
    if complete == total:
        return f"Every day is in, through {wording.day(usage['to'])}."
    open_days = wording.count(total - complete, "day")
    through = wording.day(usage["complete_through"])
    return f"Complete through {through}; {open_days} after that can still change."


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


def subject(usage: dict[str, Any]) -> str:
    """Return what the report is about."""
    accounts = usage["accounts"]
    if usage["scope"] == "account" and len(accounts) == 1:
        return clean(accounts[0].get("name") or accounts[0].get("id"), 120)
    if usage["scope"] == "combined":
        return f"{wording.count(len(accounts), 'account')} from {wording.count(len(usage['sources']), 'source')}"
    return f"{usage['scope'].capitalize()} {clean(usage.get('scope_id'), 120)}".strip()
