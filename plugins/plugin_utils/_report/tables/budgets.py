# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts for people: in the order of what needs a person, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_count,
    format_percent,
    join_words,
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
    VerdictAlert,
    count_statuses,
    is_ignored,
    label,
    worst_first,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    actual_text,
    amount_text,
    counted_as,
    crossing_text,
    error_before_text,
    is_expected,
    is_of_forecast,
    period_text,
)

MAX_OPEN, MAX_OPEN_KEPT = 4, 3
_PASSED = {True: "yes", False: "no", None: "unknown"}


def budget_tables(verdicts: Sequence[Verdict], limit: int) -> list[Table]:
    """Return at most ``limit`` verdicts in the order of what needs a person; others than these are folded."""
    shown = worst_first(verdicts)[:limit]
    kind = counted_as(verdicts)
    need = sum(verdict["status"] != "pass" or _has_passed(verdict) for verdict in shown)
    first = min(need, MAX_OPEN) or MAX_OPEN_KEPT
    parts = [("Budgets, those that need a person first", shown[:first])]
    if shown[first:]:
        parts.append((_rest(shown[first:], kind), shown[first:]))
    columns = _columns(shown)
    return [
        Table(
            caption=caption,
            columns=[column for column, _cell in columns],
            groups=[RowGroup([[cell(verdict) for _column, cell in columns] for verdict in part])],
            more=and_more(len(verdicts), len(shown), kind) if part[-1] is shown[-1] else "",
            folded=place > 0,
        )
        for place, (caption, part) in enumerate(parts)
        if part
    ]


def _has_passed(verdict: Verdict) -> bool:
    return any(alert["crossed"] for alert in verdict.get("alerts") or [])


def _rest(verdicts: Sequence[Verdict], kind: str) -> str:
    counted = count_statuses(verdicts)
    words = [f"{counted[status]:,} {STATUS_WORDS[status]}" for status in STATUS_WORDS if counted[status]]
    return f"{format_count(len(verdicts), f'more {kind}')}: {join_words(words)}"


def _columns(verdicts: Sequence[Verdict]) -> list[tuple[Column, Callable[[Verdict], Cell]]]:
    """Return the columns with what fills them, forecasts only where there are some."""
    columns: list[tuple[Column, Callable[[Verdict], Cell]]] = [
        (Column("Budget"), _name),
        (Column("Status"), _status),
        (Column("Of the limit", numeric=True), _used),
        (Column("Actual", numeric=True), _actual),
        (Column("Limit", numeric=True), _limit),
    ]
    if any(verdict.get("forecast") is not None for verdict in verdicts):
        columns.append((Column("Forecast, 80% range", numeric=True), _forecast))
    return columns


def _name(verdict: Verdict) -> Cell:
    alerts = [(_alert_status(alert), _alert(alert, verdict)) for alert in verdict.get("alerts") or []]
    return Cell(label(verdict), note=_note(verdict), items=alerts)


def _status(verdict: Verdict) -> Cell:
    status = verdict["status"]
    note = "does not fail the gate" if is_ignored(verdict) else ""
    return Cell(STATUS_WORDS[status].capitalize(), status=status, note=note)


def _used(verdict: Verdict) -> Cell:
    percent = verdict.get("percent")
    share, status = (None, "") if percent is None else (max(0.0, percent / 100), verdict["status"])
    expected = " expected" if percent is not None and is_of_forecast(verdict) else ""
    return Cell(f"{format_percent(percent)}{expected}", _measured_kind(verdict, percent), share=share, status=status)


def _bare(verdict: Verdict) -> Verdict:
    """Return the verdict without its unit, which stands below the limit."""
    bare = verdict.copy()
    bare["unit"] = None
    return bare


def _actual(verdict: Verdict) -> Cell:
    return Cell(actual_text(_bare(verdict)), _measured_kind(verdict, verdict.get("actual")))


def _limit(verdict: Verdict) -> Cell:
    limit = verdict.get("limit")
    if limit is None:
        return Cell("none")
    return Cell(amount_text(limit, _bare(verdict)), note=name_text(verdict.get("unit")))


def _alert_status(alert: VerdictAlert) -> str:
    return "unknown" if alert["crossed"] is None else alert["outcome"] if alert["crossed"] else "pass"


def _alert(alert: VerdictAlert, verdict: Verdict) -> str:
    percent = alert["percent"]
    share = "" if percent is None else f" ({percent:g}%)"
    kind = alert["on"].replace("_", " ").capitalize()
    return f"{kind} over {amount_text(alert['threshold'], verdict)}{share}: {_PASSED[alert['crossed']]}"


def _forecast(verdict: Verdict) -> Cell:
    forecast = verdict.get("forecast")
    if forecast is None:
        return Cell("", NOTHING)
    bare = _bare(verdict)
    return Cell(amount_text(forecast, bare), _measured_kind(verdict, forecast), note=_range(bare))


def _measured_kind(verdict: Verdict, value: float | None) -> str:
    return UNKNOWN if value is None else ESTIMATED if verdict.get("estimated") else "known"


def _note(verdict: Verdict) -> str:
    """Return the period, the message, and what else is known of a budget."""
    owner = verdict.get("owner")
    parts = [
        period_text(verdict),
        verdict["message"],
        _crossing_range(verdict),
        error_before_text(verdict),
        str(verdict.get("note") or ""),
        f"Owner: {owner}" if owner else "",
    ]
    return " · ".join(part for part in parts if part)


def _crossing_range(verdict: Verdict) -> str:
    """Return the day of crossing where it has a range: the message names the day itself."""
    return crossing_text(verdict) if verdict.get("crossed_earliest") and is_expected(verdict) else ""


def _range(verdict: Verdict) -> str:
    low, high = verdict.get("forecast_low"), verdict.get("forecast_high")
    if low is None or high is None:
        return ""
    return f"{amount_text(low, verdict)} to {amount_text(high, verdict)}"
