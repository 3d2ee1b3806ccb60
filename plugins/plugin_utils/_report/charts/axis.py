# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days on the axis of a chart, and the card that a chart stands on."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_day,
    format_short_day,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import Safe
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import Daily, per_day

MAX_DAILY_BARS = 92  # more days are drawn as weeks, of which a screen shows more than a comb
_WEEK = 7


@dataclass(frozen=True)
class Chart(Safe):
    """One small multiple."""

    product: str
    name: str
    unit: str
    total: str
    change: str
    svg: Markup
    needs_person: bool = False


def to_bars(days: Sequence[str], daily: Daily, complete: int) -> tuple[list[str], Daily, int]:
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


def coming_bars(days: Sequence[str], coming: int) -> int:
    """Return how many of the last bars are wholly to come, where so many days are."""
    return coming // (1 if len(days) <= MAX_DAILY_BARS else _WEEK)


def days_from(first: str, count: int) -> list[str]:
    """Return so many days in a row."""
    start = datetime.date.fromisoformat(first)
    return [(start + datetime.timedelta(days=place)).isoformat() for place in range(count)]


def axis_ends(days: Sequence[str]) -> tuple[str, str]:
    """Return the first and the last day as they stand below a chart."""
    shown = format_short_day if days[0][:4] == days[-1][:4] else format_day
    return shown(days[0]), shown(days[-1])
