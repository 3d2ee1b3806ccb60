# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All verdicts of a run in one: what it does to the gate, its exit code, a message, and a compact form for others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import fit_lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    STATUSES,
    Verdict,
    count_statuses,
    is_ignored,
    label,
    read_verdicts,
    value_label,
    worst_first,
    worst_outcome,
    worst_status,
)

MAX_MESSAGE = 4_000  # characters
MAX_COMPACT = 28_000  # bytes of JSON
MAX_NAMED = 100
_HEADLINES = {
    "violated": "Budget violated",
    "could_not_tell": "Could not tell whether the budgets are kept",
    "warning": "Within budget, with warnings",
    "within_budget": "Within budget",
}


def gate_outcome(verdicts: Any) -> dict[str, Any]:
    """Return the worst outcome with all that a gate needs; no verdict at all could not tell, and fails.

    Raises VerdictError where these are not verdicts.
    """
    checked = read_verdicts(verdicts)
    outcome = worst_outcome(checked)
    named = {status: [label(each) for each in checked if each["status"] == status] for status in STATUSES}
    result = _result(outcome, checked)
    facts = {
        "outcome": outcome,
        "result": result,
        "failed": outcome == "fail",
        "exit_code": 2 if outcome == "fail" else 0,
        "status": worst_status(checked),
        "counts": count_statuses(checked),
    }
    message = _message(result, checked)
    return {
        **facts,
        "violated": named["fail"],
        "unknown": named["unknown"],
        "warned": named["warn"],
        "message": message,
        "compact": _compact({**facts, "message": message}, checked),
    }


def _result(outcome: str, verdicts: Sequence[Verdict]) -> str:
    if outcome == "fail":
        return "violated" if any(verdict["status"] == "fail" for verdict in verdicts) else "could_not_tell"
    return "within_budget" if outcome == "pass" else "warning"


def _message(result: str, verdicts: Sequence[Verdict]) -> str:
    """Return the headline and a line for each verdict that did not pass, the worst first; at most ``MAX_MESSAGE``."""
    if not verdicts:
        return f"{_HEADLINES[result]}: there is no verdict at all."
    notable = worst_first([verdict for verdict in verdicts if verdict["status"] != "pass"])
    total = f"{len(verdicts)} verdict{'' if len(verdicts) == 1 else 's'}"
    if not notable:
        return f"{_HEADLINES[result]}: {total}, all passed."
    ignored_only = result == "within_budget" and all(map(is_ignored, notable))
    found = "not known, and ignored as the budgets say" if ignored_only else "did not pass"
    lines = [f"{_HEADLINES[result]}: {len(notable)} of {total} {found}."]
    for verdict in notable:
        ignored = ", ignored" if (verdict["status"], verdict["outcome"]) == ("unknown", "pass") else ""
        owner = f" (owner: {printable(verdict['owner'], 100)})" if verdict.get("owner") else ""
        lines.append(f"{verdict['status']}{ignored}: {label(verdict)}: {printable(verdict['message'], 600)}{owner}")
    return "\n".join(fit_lines(lines, MAX_MESSAGE, "verdict"))


def _compact(facts: dict[str, Any], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the facts with the verdicts that the next job needs, the worst first; at most ``MAX_COMPACT``."""
    named = [
        {
            "name": printable(verdict["name"], 200),
            "group": value_label(verdict) or None,
            "status": verdict["status"],
            "outcome": verdict["outcome"],
            "percent": verdict.get("percent"),
            "reasons": verdict.get("reasons", []),
        }
        for verdict in worst_first(verdicts)[:MAX_NAMED]
    ]
    form = {**facts, "budgets": [], "left_out": len(verdicts)}
    room = MAX_COMPACT + len(", ") - _size(form)
    kept = []
    for each in named:
        room -= _size(each) + len(", ")
        if room < 0:
            break
        kept.append(each)
    return {**form, "budgets": kept, "left_out": len(verdicts) - len(kept)}


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str).encode())
