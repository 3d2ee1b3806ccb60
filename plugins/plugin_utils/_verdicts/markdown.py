# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts as Markdown for a job summary or a comment, short enough for both."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.comments import marker_line
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    and_more,
    format_percent,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    STATUS_WORDS,
    Verdict,
    label,
    worst_first,
    worst_status,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    ICONS,
    actual_text,
    amount_text,
    headline,
)

_RESERVE = 200  # for the line that says what was left out


def budgets_markdown(report: VerdictReport) -> str:
    """Return the Markdown text of at most ``max_length`` characters, the budgets that need a person first."""
    verdicts = report.verdicts
    status = worst_status(verdicts)
    lines = [
        marker_line(report.marker),
        f"## {ICONS[status]} {markdown(report.title)}",
        "",
        f"**{markdown(headline(verdicts))}**{_period(verdicts)}",
        "",
    ]
    if not verdicts:
        return "\n".join(
            [*lines, *([markdown(report.problem[: report.max_length // 2]), ""] if report.problem else [])]
        )
    lines += ["| Status | Budget | Used | Actual | Limit | What it says |", "| :-- | :-- | --: | --: | --: | :-- |"]
    room = report.max_length - _RESERVE - sum(len(line) + 1 for line in lines)
    shown = 0
    for verdict in worst_first(verdicts):
        row = _row(verdict)
        room -= len(row) + 1
        if room < 0:
            break
        lines.append(row)
        shown += 1
    more = and_more(len(verdicts), shown, "budget")
    return "\n".join([*lines, "", *([f"_… {more}_", ""] if more else [])])


def _period(verdicts: Sequence[Verdict]) -> str:
    spans = {(verdict.get("from"), verdict.get("to")) for verdict in verdicts}
    first, last = spans.pop() if len(spans) == 1 else (None, None)
    return f" {format_span(first, last)}, UTC." if first and last else ""


def _row(verdict: Verdict) -> str:
    status = verdict["status"]
    estimated = " (estimated)" if verdict.get("estimated") and verdict.get("actual") is not None else ""
    limit = verdict.get("limit")
    cells = [
        f"{ICONS[status]} {STATUS_WORDS[status]}",
        f"**{markdown(label(verdict))}**",
        format_percent(verdict.get("percent")),
        markdown(actual_text(verdict)) + estimated,
        "none" if limit is None else markdown(amount_text(limit, verdict)),
        markdown(verdict["message"]),
    ]
    return f"| {' | '.join(cells)} |"
