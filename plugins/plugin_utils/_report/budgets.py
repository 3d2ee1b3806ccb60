# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts for people: in the order of what needs a person, in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    format_count,
    format_money,
    format_number,
    format_percent,
    join_words,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.table import (
    ESTIMATED,
    NOTHING,
    Cell,
    Column,
    RowGroup,
    Table,
    and_more,
    name_text,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.ci_findings import outcome_of, title

STATUS_WORDS = {"fail": "over limit", "unknown": "unknown", "warn": "near limit", "pass": "within limit"}
_SEVERITIES = ("critical", "major", "minor", "info")
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
    counts: list[tuple[str, str, int]]
    table: Table | None


def ordered(verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the worst first: what fails the gate, then by status, severity, share of the limit and name."""

    def rank(verdict: dict[str, Any]) -> tuple[Any, ...]:
        severity = verdict.get("severity")
        return (
            outcome_of(verdict) != "fail",
            list(STATUS_WORDS).index(verdict["status"]),
            _SEVERITIES.index(severity) if severity in _SEVERITIES else 1,
            -(verdict.get("percent") or 0),
            title(verdict),
        )

    return sorted(verdicts, key=rank)


def budgets_view(verdicts: list[dict[str, Any]], limit: int) -> BudgetsView:
    """Return what to show of the verdicts, with at most ``limit`` rows."""
    counted = Counter(verdict["status"] for verdict in verdicts)
    counts = [(status, words, counted[status]) for status, words in STATUS_WORDS.items() if counted[status]]
    shown = ordered(verdicts)[:limit]
    width = len(_COLUMNS) if any(verdict.get("forecast") is not None for verdict in shown) else len(_COLUMNS) - 1
    table = None
    if verdicts:
        table = Table(
            caption="Budgets, those that need a person first",
            columns=_COLUMNS[:width],
            groups=[RowGroup([_row(verdict)[:width] for verdict in shown])],
            more=and_more(len(verdicts), len(shown), _counted(verdicts)),
        )
    return BudgetsView(worst(verdicts), headline(verdicts), counts, table)


def worst(verdicts: list[dict[str, Any]]) -> str:
    """Return the status that stands for all: ``fail``, ``unknown``, ``warn`` or ``pass``."""
    present = {verdict["status"] for verdict in verdicts}
    return next((status for status in STATUS_WORDS if status in present), "unknown")


def headline(verdicts: list[dict[str, Any]]) -> str:
    """Return the one sentence that a reader takes away."""
    total = len(verdicts)
    if not total:
        return "No budgets were checked."
    counted = Counter(verdict["status"] for verdict in verdicts)
    if counted["pass"] == total:
        many = f"All {total:,} {_counted(verdicts)}s are within their limits."
        return "The budget is within its limit." if total == 1 else many
    phrases = {
        "fail": ("is over its limit", "are over their limits"),
        "unknown": ("could not be judged", "could not be judged"),
        "warn": ("is near its limit", "are near their limits"),
    }
    if total == 1:
        return f"The budget {phrases[worst(verdicts)][0]}."
    parts = [
        f"{counted[status]:,} {one if counted[status] == 1 else many}"
        for status, (one, many) in phrases.items()
        if counted[status]
    ]
    return f"Of {format_count(total, _counted(verdicts))}, {join_words(parts)}."


def _counted(verdicts: list[dict[str, Any]]) -> str:
    """Return what is counted: a budget that is applied to each value gives several verdicts."""
    return "budget check" if any(verdict.get("group") for verdict in verdicts) else "budget"


def amount_text(value: float | None, verdict: dict[str, Any]) -> str:
    """Return an amount or a quantity with what it is counted in."""
    if value is None:
        return UNKNOWN
    if verdict.get("currency"):
        return format_money(value, name_text(verdict["currency"]))
    return f"{format_number(value)} {name_text(verdict.get('unit'))}".strip()


def actual_text(verdict: dict[str, Any]) -> str:
    """Return the actual value; a lower bound says so."""
    text = amount_text(verdict.get("actual"), verdict)
    return f"at least {text}" if verdict.get("actual_is_lower_bound") and verdict.get("actual") is not None else text


def _measured_kind(verdict: dict[str, Any], value: float | None) -> str:
    return UNKNOWN if value is None else ESTIMATED if verdict.get("estimated") else "known"


def _row(verdict: dict[str, Any]) -> list[Cell]:
    status = verdict["status"]
    percent = verdict.get("percent")
    let_through = status == "unknown" and outcome_of(verdict) != "fail"
    word = STATUS_WORDS[status].capitalize()
    forecast = verdict.get("forecast")
    limit = verdict.get("limit")
    bare, unit = {**verdict, "unit": None}, name_text(verdict.get("unit"))
    return [
        Cell(name_text(title(verdict)), note=_note(verdict)),
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


def _note(verdict: dict[str, Any]) -> str:
    owner = verdict.get("owner")
    sentences = [name_text(verdict.get("note"))] if verdict.get("note") else []
    sentences += [f"Owner: {name_text(owner)}"] if owner else []
    return " · ".join([clean(verdict["message"], 400), *sentences])


def _range(verdict: dict[str, Any]) -> str:
    low, high = verdict.get("forecast_low"), verdict.get("forecast_high")
    if low is None or high is None:
        return ""
    return f"{amount_text(low, verdict)} to {amount_text(high, verdict)}"
