# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All verdicts of a run in one: what it does to the gate, its exit code, a message, and a compact form for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.verdict import WORST
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain

STATUSES = ("pass", "warn", "unknown", "fail")
MAX_NAMED = 100
_NEEDED = ("name", "status", "outcome", "message")


def gate_outcome(verdicts: Any) -> dict[str, Any]:
    """Return the worst outcome with all that a gate needs; no verdict at all could not tell, and fails."""
    checked = read_verdicts(verdicts)
    outcomes = [_outcome(verdict) for verdict in checked]
    outcome = max(outcomes, key=WORST.index) if outcomes else "fail"
    named = {status: [label(each) for each in checked if each["status"] == status] for status in STATUSES}
    result = _result(outcome, checked)
    counts = Counter(verdict["status"] for verdict in checked)
    facts = {
        "outcome": outcome,
        "result": result,
        "failed": outcome == "fail",
        "exit_code": 2 if outcome == "fail" else 0,
        "status": max((verdict["status"] for verdict in checked), key=STATUSES.index, default="unknown"),
        "counts": {status: counts[status] for status in STATUSES},
    }
    message = _message(result, checked)
    return {
        **facts,
        "violated": named["fail"],
        "unknown": named["unknown"],
        "warned": named["warn"],
        "message": message,
        "compact": {**facts, "message": message, **_compact(checked)},
    }


def read_verdicts(verdicts: Any) -> list[dict[str, Any]]:
    """Return verdicts in built-in types, or raise a BudgetError where these are none."""
    checked = plain(verdicts)
    if not isinstance(checked, list):
        raise BudgetError(["verdicts: not a list"])
    problems = []
    for index, verdict in enumerate(checked, 1):
        if not isinstance(verdict, Mapping) or any(not isinstance(verdict.get(key), str) for key in _NEEDED):
            problems.append(f"verdict number {index}: no verdict, which has {', '.join(_NEEDED)} as text")
        elif verdict["status"] not in STATUSES or verdict["outcome"] not in WORST:
            problems.append(f"verdict number {index}: status or outcome is none that a verdict can have")
    if problems:
        raise BudgetError(problems)
    return checked


def label(verdict: Mapping[str, Any]) -> str:
    """Return the name of the budget, with the value where it has ``each``."""
    value = value_label(verdict)
    name = printable(verdict["name"], 100)
    return f"{name} [{value}]" if value else name


def value_label(verdict: Mapping[str, Any]) -> str:
    """Return the value of a verdict with ``each`` for people, or nothing."""
    group = verdict.get("group")
    if not isinstance(group, Mapping):
        return ""
    shown = group.get("name") or group.get("id")
    return f"no {str(group.get('dimension')).replace('_', ' ')}" if shown is None else printable(shown, 100)


def _outcome(verdict: Mapping[str, Any]) -> str:
    """Return what a verdict does: a violated budget fails, whatever else it says."""
    return "fail" if verdict["status"] == "fail" else str(verdict["outcome"])


def _result(outcome: str, verdicts: list[dict[str, Any]]) -> str:
    if outcome == "fail":
        return "violated" if any(verdict["status"] == "fail" for verdict in verdicts) else "could_not_tell"
    return "within_budget" if outcome == "pass" else "warning"


_HEADLINES = {
    "violated": "Budget violated",
    "could_not_tell": "Could not tell whether the budgets are kept",
    "warning": "Within budget, with warnings",
    "within_budget": "Within budget",
}


def _message(result: str, verdicts: list[dict[str, Any]]) -> str:
    """Return the headline and a line for each verdict that is no pass, the worst first."""
    if not verdicts:
        return f"{_HEADLINES[result]}: there is no verdict at all."
    notable = _worst_first([verdict for verdict in verdicts if verdict["status"] != "pass"])
    total = f"{len(verdicts)} verdict{'' if len(verdicts) == 1 else 's'}"
    if not notable:
        return f"{_HEADLINES[result]}: {total}, all passed."
    lines = [f"{_HEADLINES[result]}: {len(notable)} of {total} did not pass."]
    for verdict in notable:
        ignored = ", ignored" if verdict["status"] == "unknown" and verdict["outcome"] == "pass" else ""
        owner = f" (owner: {printable(verdict['owner'], 100)})" if verdict.get("owner") else ""
        lines.append(f"{verdict['status']}{ignored}: {label(verdict)}: {printable(verdict['message'], 600)}{owner}")
    return "\n".join(lines)


def _worst_first(verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(verdicts, key=lambda each: (-WORST.index(_outcome(each)), -STATUSES.index(each["status"])))


def _compact(verdicts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return at most ``MAX_NAMED`` verdicts with what the next job needs, the worst first."""
    kept = _worst_first(verdicts)[:MAX_NAMED]
    return {
        "budgets": [
            {
                "name": printable(verdict["name"], 200),
                "group": value_label(verdict) or None,
                "status": verdict["status"],
                "outcome": verdict["outcome"],
                "percent": verdict.get("percent"),
                "reasons": verdict.get("reasons", []),
            }
            for verdict in kept
        ],
        "left_out": len(verdicts) - len(kept),
    }
