# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts for people: in the order of what needs a person, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean, name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_percent,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.table import (
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
    count_statuses,
    is_ignored,
    label,
    worst_first,
    worst_status,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    actual_text,
    amount_text,
    counted_as,
    headline,
)

_COLUMNS = [
    Column("Budget"),
    Column("Status"),
    Column("Used", numeric=True),
    Column("Actual", numeric=True),
    Column("Limit", numeric=True),
    Column("Forecast", numeric=True),
]


@dataclass(frozen=True)
class BudgetsView:
    """Counts by status in the order of STATUS_WORDS, one sentence for all, and the table."""

    status: str
    headline: str
    counts: Sequence[tuple[str, str, int]]
    table: Table | None


def budgets_view(verdicts: Sequence[Verdict], limit: int) -> BudgetsView:
    """Return what to show of the verdicts, with at most ``limit`` rows."""
    counted = count_statuses(verdicts)
    counts = [(status, words, counted[status]) for status, words in STATUS_WORDS.items() if counted[status]]
    shown = worst_first(verdicts)[:limit]
    width = len(_COLUMNS) if any(verdict.get("forecast") is not None for verdict in shown) else len(_COLUMNS) - 1
    table = None
    if verdicts:
        table = Table(
            caption="Budgets, those that need a person first",
            columns=_COLUMNS[:width],
            groups=[RowGroup([_row(verdict)[:width] for verdict in shown])],
            more=and_more(len(verdicts), len(shown), counted_as(verdicts)),
        )
    return BudgetsView(worst_status(verdicts), headline(verdicts), counts, table)


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
        Cell(name_text(label(verdict)), note=_note(verdict)),
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
    sentences = [name_text(verdict.get("note"))] if verdict.get("note") else []
    sentences += [f"Owner: {name_text(owner)}"] if owner else []
    return " · ".join([clean(verdict["message"], 400), *sentences])


def _range(verdict: Verdict) -> str:
    low, high = verdict.get("forecast_low"), verdict.get("forecast_high")
    if low is None or high is None:
        return ""
    return f"{amount_text(low, verdict)} to {amount_text(high, verdict)}"
