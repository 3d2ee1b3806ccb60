# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report in short: for other jobs, and for a chat."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import chat_text, fit_lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.markdown import usage_markdown

MAX_TEXT = 3_000  # characters, which every chat takes in one message
MAX_PUBLISHED = 32_000  # bytes
_KEPT = (
    "scope", "scope_id", "from", "to", "status", "complete_through", "record_count", "cost", "fetched_at",
)  # fmt: skip


def report_text(report: ReportInput, gate_message: str = "") -> str:
    """Return the report in a few lines of plain text, of at most ``MAX_TEXT`` characters also where it is escaped.

    ``gate_message`` is what the verdicts come to, if there are any.
    """
    usage = report.usage
    whole = usage["complete_through"]
    freshness = f"whole through {whole}" if whole else "no day is whole yet"
    lines = [f"Cloudflare usage from {usage['from']} to {usage['to']} (UTC): {usage['status']}, {freshness}."]
    lines += gate_message.splitlines()
    text = "\n".join(lines)
    limit = MAX_TEXT
    while len(chat_text(text)) > MAX_TEXT:
        text, limit = "\n".join(fit_lines(lines, limit)), limit - 100
    return text


def report_in_short(report: ReportInput, files: Iterable[PurePosixPath]) -> dict[str, Any]:
    """Return the report in short with its Markdown, of at most ``MAX_PUBLISHED`` bytes."""
    usage = report.usage
    short = {
        **{key: usage.get(key) for key in _KEPT},
        "reasons": list(dict.fromkeys(reason["code"] for reason in usage["reasons"])),
        "accounts": len(usage["accounts"]),
        "files": [str(path) for path in files],
    }
    room = MAX_PUBLISHED - len(json.dumps(short, default=str).encode()) - 1_000
    return {**short, "markdown": _first_bytes(usage_markdown(report), room)}


def _first_bytes(text: str, room: int) -> str:
    """Return whole lines of a text, with a last line that says that there was more."""
    lines = text.splitlines()
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            return "\n".join([*kept, "", f"_… and {len(lines) - len(kept)} more lines_", ""])
        kept.append(line)
    return text
