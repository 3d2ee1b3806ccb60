# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daily use as small multiples: one chart for each metric and unit, with its words for those who can't see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_compact,
    format_count,
    format_number,
    format_short_day,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import Dimension
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.axis import (
    MAX_DAILY_BARS,
    Chart,
    axis_ends,
    coming_bars,
    to_bars,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.svg import Bars, bars
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.status import coming_days
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.compare import Change, change_cell
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import (
    product_name,
    subject_name,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    Total,
    complete_days,
)

UNFINISHED = "not complete yet"


def charts(
    usage: Usage, totals: Sequence[Total], by: Sequence[Dimension], changes: Mapping[Any, Change]
) -> list[Chart]:
    """Return a chart for each total; ``changes`` by the key of the total."""
    return [_chart(total, usage, by, changes.get(total.key)) for total in totals]


def weeks_intro(usage: Usage) -> list[str]:
    """Return what a bar is where it is not a day."""
    text = "Each bar is the daily average of a week; the first takes in the days before the first full week."
    return [text] if len(usage["days"]) > MAX_DAILY_BARS else []


def legend(
    charts: Sequence[Chart], days: int, *, unfinished: str = UNFINISHED, reference: str = ""
) -> list[tuple[str, str]]:
    """Return the kinds of marks that occur in charts of so many days, with their words.

    ``unfinished`` is what hatched bars are, ``reference`` the dashed line across.
    """
    span = "day" if days <= MAX_DAILY_BARS else "week"
    marks = (
        ('class="bar"', "whole", f"complete {span}"),
        ('class="bar open"', "open", unfinished),
        ('class="gap"', "none", "no data"),
        ('class="reference"', "before", reference),
    )
    return [(kind, words) for mark, kind, words in marks if words and any(mark in chart.svg for chart in charts)]


def _chart(total: Total, usage: Usage, by: Sequence[Dimension], change: Change | None) -> Chart:
    unit, name = total.unit_name, subject_name(total, by)
    labels, values, complete = to_bars(usage["days"], total.daily, complete_days(usage))
    chart = Bars(
        labels=labels,
        ends=axis_ends(usage["days"]),
        values=values,
        complete=complete,
        alternative=alternative(name, total, usage),
        unit=unit,
        coming=coming_bars(usage["days"], coming_days(usage)),
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


def alternative(name: str, total: Total, usage: Usage) -> str:
    """Return what the chart shows, in words."""
    days, daily, complete = usage["days"], total.daily, complete_days(usage)
    quantity = f"{format_number(total.quantity)} {total.unit_name}".strip()
    parts = [f"Daily {name}, {format_span(days[0], days[-1])}. Total {quantity}."]
    whole = [(value, day) for value, day in zip(daily[:complete], days[:complete], strict=True) if value is not None]
    if whole:
        high, low = max(whole, key=lambda pair: pair[0]), min(whole, key=lambda pair: pair[0])
        parts.append(
            f"Of the complete days the highest is {format_number(high[0])} on {format_short_day(high[1])},"
            f" the lowest {format_number(low[0])} on {format_short_day(low[1])}."
        )
    coming = coming_days(usage)
    missing = sum(value is None for value in daily[: len(days) - coming])
    unfinished = sum(value is not None for value in daily[complete:])
    for count, one, many in (
        (unfinished, "day is not complete yet", "days are not complete yet"),
        (missing, "day has no data", "days have no data"),
        (coming, "day is to come", "days are to come"),
    ):
        parts += [f"{format_count(count, one, many)}."] if count else []
    return " ".join(parts)
