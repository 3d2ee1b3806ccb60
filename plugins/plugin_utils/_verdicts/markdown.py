# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts as Markdown for a job summary or a comment, short enough for both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
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
    is_of_forecast,
)

_MAX_GONE, _MAX_GONE_NAME = 5, 40
_MAX_PROBLEM = 1_000
_RESERVE = 200  # for the line that says what was left out
_PREVIEW = "\N{EYE}\N{VARIATION SELECTOR-16}"
_LINK = re.compile(r"https://[A-Za-z0-9._~:/?#@$&*+,;=%-]{1,500}")  # nothing that ends a link of Markdown


def budgets_markdown(report: VerdictReport) -> str:
    """Return the Markdown text of at most ``max_length`` characters, the budgets that need a person first."""
    verdicts = report.verdicts
    lines = _head(report)
    if not verdicts:
        problems = [
            f"- {markdown(problem, _MAX_PROBLEM)}" for problem in report.problem[: report.max_length // 2].splitlines()
        ]
        return "\n".join([*lines, *([*problems, ""] if problems else [])])
    before = None if report.preview is None else {_identity(verdict): verdict for verdict in report.preview.before}
    titles = ["Status", "Budget", "Of the limit", "Actual", *([] if before is None else ["Limit before"]), "Limit"]
    lines.append(f"| {' | '.join([*titles, 'What it says'])} |")
    lines.append(f"| :-- | :-- |{' --: |' * (len(titles) - 2)} :-- |")
    gone = _gone(verdicts, before or {})
    room = report.max_length - _RESERVE - len(gone) - sum(len(line) + 1 for line in lines)
    shown = 0
    for verdict in worst_first(verdicts):
        row = _row(verdict, before)
        room -= len(row) + 1
        if room < 0:
            break
        lines.append(row)
        shown += 1
    more = and_more(len(verdicts), shown, "budget")
    return "\n".join([*lines, "", *([f"_… {more}_", ""] if more else []), *([gone, ""] if gone else [])])


def _head(report: VerdictReport) -> list[str]:
    """Return the lines above the table; a preview says that it is one, and has no mark of a result."""
    verdicts, preview = report.verdicts, report.preview
    said = f"**{markdown(headline(verdicts))}**{_period(verdicts)}"
    title = markdown(report.title)
    if preview is None:
        return [marker_line(report.marker), f"## {ICONS[worst_status(verdicts)]} {title}", "", said, ""]
    against = markdown(preview.against)
    if _LINK.fullmatch(preview.link):
        against = f"[{against}]({preview.link})"
    return [
        marker_line(report.marker),
        f"## {_PREVIEW} Preview: {title}",
        "",
        f"Held against {against}. Nothing fails because of this.",
        "",
        said,
        "",
    ]


def _identity(verdict: Verdict) -> tuple[str, str | None, str | None]:
    group = verdict.get("group")
    return verdict["name"], (group["id"] if group else None), (group["name"] if group else None)


def _gone(verdicts: Sequence[Verdict], before: Mapping[tuple[str, str | None, str | None], Verdict]) -> str:
    """Return a sentence about budgets that are there no more."""
    names = dict.fromkeys(printable(name, _MAX_GONE_NAME) for name, _id, _name in before)
    kept = {printable(verdict["name"], _MAX_GONE_NAME) for verdict in verdicts}
    left = [name for name in names if name not in kept]
    more = and_more(len(left), len(left[:_MAX_GONE]), "budget")
    return f"No more budgets: {markdown(', '.join([*left[:_MAX_GONE], *([more] if more else [])]))}." if left else ""


def _period(verdicts: Sequence[Verdict]) -> str:
    spans = {(verdict.get("from"), verdict.get("to")) for verdict in verdicts}
    first, last = spans.pop() if len(spans) == 1 else (None, None)
    return f" {format_span(first, last)}, UTC." if first and last else ""


def _row(verdict: Verdict, before: Mapping[tuple[str, str | None, str | None], Verdict] | None) -> str:
    status = verdict["status"]
    estimated = " (estimated)" if verdict.get("estimated") and verdict.get("actual") is not None else ""
    cells = [
        STATUS_WORDS[status] if before is not None else f"{ICONS[status]} {STATUS_WORDS[status]}",
        f"**{markdown(label(verdict))}**",
        format_percent(verdict.get("percent"))
        + (" expected" if is_of_forecast(verdict) and verdict.get("percent") is not None else ""),
        markdown(actual_text(verdict)) + estimated,
        *([] if before is None else [_limit_before(verdict, before)]),
        _limit(verdict),
        markdown(verdict["message"]),
    ]
    return f"| {' | '.join(cells)} |"


def _limit(verdict: Verdict) -> str:
    limit = verdict.get("limit")
    return "none" if limit is None else markdown(amount_text(limit, verdict))


def _limit_before(verdict: Verdict, before: Mapping[tuple[str, str | None, str | None], Verdict]) -> str:
    earlier = before.get(_identity(verdict))
    if earlier is None:
        return "new"
    return "the same" if _limit(earlier) == _limit(verdict) else _limit(earlier)
