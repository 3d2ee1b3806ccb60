# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daily use as small multiples: one chart for each metric and unit, with its words for those who can't see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_compact,
    format_count,
    format_day,
    format_number,
    format_short_day,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import Dimension
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts import Bars, bars
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.compare import Change, change_cell, per_day
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.subjects import product_name, subject_name
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.totals import (
    Daily,
    Total,
    complete_days,
)

MAX_DAILY_BARS = 92  # more days are drawn as weeks, of which a screen shows more than a comb
_WEEK = 7


@dataclass(frozen=True)
class Chart:
    """One small multiple."""

    product: str
    name: str
    unit: str
    total: str
    change: str
    svg: Markup


def charts(
    usage: Usage, totals: Sequence[Total], by: Sequence[Dimension], changes: Mapping[Any, Change]
) -> list[Chart]:
    """Return a chart for each total; ``changes`` by the key of the total."""
    return [_chart(total, usage, by, changes.get(total.key)) for total in totals]


def intro(usage: Usage) -> list[str]:
    """Return how to read the charts."""
    sentences = ["One chart for each metric and unit, on a scale of its own: its highest value stands above it."]
    if len(usage["days"]) > MAX_DAILY_BARS:
        sentences.append(
            "Each bar is the daily average of a week; the first takes in the days before the first full week."
        )
    return sentences


def legend(usage: Usage, totals: Sequence[Total], *, compared: bool) -> list[tuple[str, str]]:
    """Return the kinds of marks that occur, with their words."""
    complete = complete_days(usage)
    after = [value for total in totals for value in total.daily[complete:]]
    span = "day" if len(usage["days"]) <= MAX_DAILY_BARS else "week"
    marks = [("whole", f"complete {span}")] if complete else []
    marks += [("open", "not complete yet")] if any(value is not None for value in after) else []
    marks += [("none", "no data yet")] if None in after else []
    return marks + ([("before", "daily average of the period before")] if compared else [])


def _chart(total: Total, usage: Usage, by: Sequence[Dimension], change: Change | None) -> Chart:
    unit, name = name_text(total.unit), subject_name(total, by)
    labels, values, complete = _bars(usage["days"], total.daily, complete_days(usage))
    chart = Bars(
        labels=labels,
        ends=_ends(usage["days"]),
        values=values,
        complete=complete,
        alternative=alternative(name, total, usage),
        unit=unit,
        reference=change.before if change else None,
    )
    return Chart(
        product=product_name(total, by),
        name=name,
        unit=unit or "no unit",
        total=format_compact(total.quantity),
        change="" if change is None else f"{change_cell(change).text} per day against before",
        svg=bars(chart),
    )


def _bars(days: Sequence[str], daily: Daily, complete: int) -> tuple[list[str], Daily, int]:
    """Return label and value of each bar and how many of them are complete: days, or weeks when there are many."""
    if len(days) <= MAX_DAILY_BARS:
        return [format_short_day(day) for day in days], daily, complete
    ends = range(_WEEK + len(days) % _WEEK, len(days) + 1, _WEEK)
    starts = [0, *ends[:-1]]
    labels, values = [], []
    for start, end in zip(starts, ends, strict=True):
        known = [value for value in daily[start:end] if value is not None]
        labels.append(format_span(days[start], days[end - 1]))
        values.append(per_day([*known], len(known)))
    return labels, list(values), sum(end <= complete for end in ends)


def _ends(days: Sequence[str]) -> tuple[str, str]:
    shown = format_short_day if days[0][:4] == days[-1][:4] else format_day
    return shown(days[0]), shown(days[-1])


def alternative(name: str, total: Total, usage: Usage) -> str:
    """Return what the chart shows, in words."""
    days, daily, complete = usage["days"], total.daily, complete_days(usage)
    quantity = f"{format_number(total.quantity)} {name_text(total.unit)}".strip()
    parts = [f"Daily {name}, {format_span(days[0], days[-1])}. Total {quantity}."]
    whole = [(value, day) for value, day in zip(daily[:complete], days[:complete], strict=True) if value is not None]
    if whole:
        high, low = max(whole, key=lambda pair: pair[0]), min(whole, key=lambda pair: pair[0])
        parts.append(
            f"Of the complete days the highest is {format_number(high[0])} on {format_short_day(high[1])},"
            f" the lowest {format_number(low[0])} on {format_short_day(low[1])}."
        )
    coming = sum(value is None for value in daily[complete:])
    if len(days) > complete + coming:
        parts.append(f"{format_count(len(days) - complete - coming, 'day is', 'days are')} not complete yet.")
    if coming:
        parts.append(f"{format_count(coming, 'day has', 'days have')} no data yet.")
    return " ".join(parts)
