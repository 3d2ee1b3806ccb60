# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts in words for people: a sentence for all of them, and amounts with what they are counted in."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    format_count,
    format_day,
    format_money,
    format_number,
    format_percent,
    format_span,
    join_words,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    Status,
    Verdict,
    count_statuses,
    worst_status,
)

ICONS: dict[str, str] = {"fail": "❌", "unknown": "❓", "warn": "⚠️", "pass": "✅"}


def headline(verdicts: Sequence[Verdict]) -> str:
    """Return the one sentence that a reader takes away."""
    total = len(verdicts)
    if not total:
        return "No budgets were checked."
    counted = count_statuses(verdicts)
    if counted["pass"] == total:
        many = f"All {total:,} {counted_as(verdicts)}s are within their limits."
        return "The budget is within its limit." if total == 1 else many
    phrases: dict[Status, tuple[str, str]] = {
        "fail": ("is over its limit", "are over their limits"),
        "unknown": ("could not be judged", "could not be judged"),
        "warn": ("is near its limit", "are near their limits"),
    }
    if total == 1:
        return f"The budget {phrases[worst_status(verdicts)][0]}."
    parts = [
        f"{counted[status]:,} {one if counted[status] == 1 else many}"
        for status, (one, many) in phrases.items()
        if counted[status]
    ]
    return f"Of {format_count(total, counted_as(verdicts))}, {join_words(parts)}."


def counted_as(verdicts: Sequence[Verdict]) -> str:
    """Return what is counted: a budget that is applied to each value gives several verdicts."""
    return "budget check" if any(verdict.get("group") for verdict in verdicts) else "budget"


def is_expected(verdict: Verdict) -> bool:
    """Tell whether a limit is only expected to be passed: what is certain by now has not passed it."""
    actual, limit = verdict.get("actual"), verdict.get("limit")
    return actual is None or limit is None or actual <= limit


def is_of_forecast(verdict: Verdict) -> bool:
    """Tell whether the share of the limit is that of the forecast, not of what is used by now."""
    return verdict.get("on") in ("forecast", "contract") and verdict.get("forecast") is not None


def crossing_day(verdict: Verdict) -> datetime.date | None:
    """Return the day on which the limit was passed or is expected to be."""
    try:
        return datetime.date.fromisoformat(verdict.get("crossed_on") or "")
    except ValueError:
        return None


def crossing_text(verdict: Verdict) -> str:
    """Return when the limit was passed or is expected to be, with the range of an expected day, or nothing."""
    day, (earliest, latest) = crossing_day(verdict), _crossing_range(verdict)
    if day is None:
        return f"Over on {format_day(earliest)} at the earliest" if earliest and is_expected(verdict) else ""
    if not is_expected(verdict):
        return f"Over on {format_day(day.isoformat())}"
    text = f"Expected over on {format_day(day.isoformat())}"
    if earliest and latest and earliest != latest:
        return f"{text}, between {format_day(earliest)} and {format_day(latest)}"
    return f"{text}, at the earliest on {format_day(earliest)}" if earliest and earliest != day.isoformat() else text


def _crossing_range(verdict: Verdict) -> tuple[str, str]:
    """Return the ends of the range of the day as ISO dates; an unknown end is no text."""
    ends = []
    for value in (verdict.get("crossed_earliest"), verdict.get("crossed_latest")):
        try:
            ends.append(datetime.date.fromisoformat(value or "").isoformat())
        except ValueError:
            ends.append("")
    return ends[0], ends[1]


def error_before_text(verdict: Verdict) -> str:
    """Return how far off the forecast of the period before was on the same day, or nothing."""
    error = verdict.get("forecast_error_before")
    if error is None:
        return ""
    if not error:
        return "The forecast of the period before was right"
    return f"The forecast of the period before was {format_percent(abs(error))} too {'high' if error > 0 else 'low'}"


def period_text(verdict: Verdict) -> str:
    """Return the period of a budget with its days, or nothing where it is the range of the facts."""
    period = verdict.get("period")
    if not period:
        return ""
    name = "Period" if period["name"] == "range" else period["name"].replace("_", " ").capitalize()
    return f"{name} {format_span(period['from'], period['to'])}"


def amount_text(value: float | None, verdict: Verdict) -> str:
    """Return an amount or a quantity with what it is counted in, told apart from the others of the verdict."""
    if value is None:
        return UNKNOWN
    others = (verdict.get("actual"), verdict.get("limit"), verdict.get("forecast"))
    if verdict.get("currency"):
        return format_money(value, name_text(verdict["currency"]), *others)
    return f"{format_number(value, *others)} {name_text(verdict.get('unit'))}".strip()


def actual_text(verdict: Verdict) -> str:
    """Return the actual value; a lower bound says so."""
    text = amount_text(verdict.get("actual"), verdict)
    return f"at least {text}" if verdict.get("actual_is_lower_bound") and verdict.get("actual") is not None else text
