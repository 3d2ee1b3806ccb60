# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts for people: in the order of what needs a person, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_count,
    format_percent,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import (
    ESTIMATED,
    NOTHING,
    Cell,
    Column,
    RowGroup,
    Table,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    STATUS_WORDS,
    Verdict,
    is_ignored,
    label,
    worst_first,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    actual_text,
    amount_text,
    counted_as,
)

_COLUMNS = [
    Column("Budget"),
    Column("Status"),
    Column("Used", numeric=True),
    Column("Actual", numeric=True),
    Column("Limit", numeric=True),
    Column("Forecast", numeric=True),
]


MAX_OPEN = 6


def budget_tables(verdicts: Sequence[Verdict], limit: int) -> list[Table]:
    """Return at most ``limit`` verdicts in the order of what needs a person, the first of them open, others folded."""
    shown = worst_first(verdicts)[:limit]
    kind = counted_as(verdicts)
    width = len(_COLUMNS) if any(verdict.get("forecast") is not None for verdict in shown) else len(_COLUMNS) - 1
    parts = [("Budgets, those that need a person first", shown[:MAX_OPEN])]
    if shown[MAX_OPEN:]:
        parts.append((f"{format_count(len(shown) - MAX_OPEN, f'more {kind}')}", shown[MAX_OPEN:]))
    return [
        Table(
            caption=caption,
            columns=_COLUMNS[:width],
            groups=[RowGroup([_row(verdict)[:width] for verdict in part])],
            more=and_more(len(verdicts), len(shown), kind) if part[-1] is shown[-1] else "",
            folded=place > 0,
        )
        for place, (caption, part) in enumerate(parts)
        if part
    ]


def _measured_kind(verdict: Verdict, value: float | None) -> str:
    return UNKNOWN if value is None else ESTIMATED if verdict.get("estimated") else "known"


def _row(verdict: Verdict) -> list[Cell]:
    status = verdict["status"]
    percent = verdict.get("percent")
    let_through = is_ignored(verdict)
    word = STATUS_WORDS[status].capitalize()
    forecast = verdict.get("forecast")
    limit = verdict.get("limit")
    unit = name_text(verdict.get("unit"))
    bare = verdict.copy()
    bare["unit"] = None
    return [
        Cell(label(verdict), note=_note(verdict)),
        Cell(word, status=status, note="does not fail the gate" if let_through else ""),
        Cell(
            format_percent(percent),
            _measured_kind(verdict, percent),
            share=None if percent is None else max(0.0, percent / 100),
            status="" if percent is None else status,
        ),
        Cell(actual_text(bare), _measured_kind(verdict, verdict.get("actual"))),
        Cell("none") if limit is None else Cell(amount_text(limit, bare), note=unit),
        Cell("", NOTHING)
        if forecast is None
        else Cell(amount_text(forecast, bare), _measured_kind(verdict, forecast), note=_range(bare)),
    ]


def _note(verdict: Verdict) -> str:
    owner = verdict.get("owner")
    sentences = [str(verdict.get("note"))] if verdict.get("note") else []
    sentences += [f"Owner: {owner}"] if owner else []
    return " · ".join([verdict["message"], *sentences])


def _range(verdict: Verdict) -> str:
    low, high = verdict.get("forecast_low"), verdict.get("forecast_high")
    if low is None or high is None:
        return ""
    return f"{amount_text(low, verdict)} to {amount_text(high, verdict)}"
