# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One period against another: always the use per complete day, so that a month that is not over compares fairly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import format_change
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import Dimension
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.table import Cell
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.totals import (
    Daily,
    Total,
    complete_days,
    totals,
)

WEEK = 7
LEAST_MOVE = 0.001  # of the whole metric; less is no news


@dataclass(frozen=True)
class Change:
    """The use per day now and before; ``share`` is how much of the larger total of its metric the change is."""

    total: Total
    now: float
    before: float
    share: float = 0.0

    @property
    def relative(self) -> float | None:
        """The change as a share of before; None when there was nothing before."""
        return (self.now - self.before) / abs(self.before) if self.before else None


def per_day(daily: Daily, days: int) -> float | None:
    """Return the average of the first ``days`` days, or None when one of them is unknown or there are none."""
    known = [value for value in daily[:days] if value is not None]
    return float(sum(known)) / days if days and len(known) == days else None


def why_not_comparable(usage: Usage, previous: Usage, by: Sequence[Dimension]) -> str:
    """Return why the two can't be compared, or nothing."""
    if (usage["scope"], usage.get("scope_id")) != (previous["scope"], previous.get("scope_id")):
        return "The period before is of another account or organization."
    if sorted(usage.get("metric") or []) != sorted(previous.get("metric") or []):
        return "The period before was asked for other metrics."
    if any(dimension.key not in previous["group_by"] for dimension in by):
        return "The period before is grouped by other dimensions."
    if previous["status"] == "empty":
        return "There is no data of the period before."
    if not complete_days(previous):
        return "No day of the period before is complete."
    if not complete_days(usage):
        return "No day of this period is complete yet."
    return ""


def against(usage: Usage, previous: Usage, by: Sequence[Dimension]) -> list[Change]:
    """Return the change of every total of either period; one without rows in a compared period had no use there."""
    days_now, days_before = complete_days(usage), complete_days(previous)
    now = {total.key: total for total in totals(usage["groups"], by)}
    before = {total.key: total for total in totals(previous["groups"], by)}
    changes = []
    for key in dict.fromkeys([*now, *before]):
        new = per_day(now[key].daily, days_now) if key in now else 0.0
        old = per_day(before[key].daily, days_before) if key in before else 0.0
        if new is not None and old is not None:
            changes.append(Change(now.get(key) or before[key], new, old))
    return changes


def week_against_week(usage: Usage, by: Sequence[Dimension]) -> list[Change]:
    """Return the change of the last seven complete days against the seven before; nothing when there are fewer."""
    last = complete_days(usage)
    if last < 2 * WEEK:
        return []
    changes = []
    for total in totals(usage["groups"], by):
        daily = total.daily
        new = per_day(daily[last - WEEK : last], WEEK)
        old = per_day(daily[last - 2 * WEEK : last - WEEK], WEEK)
        if new is not None and old is not None:
            changes.append(Change(total, new, old))
    return changes


def movers(changes: list[Change], wholes: list[Change], depth: int, limit: int) -> list[Change]:
    """Return the changes that moved their metric most.

    Units can't be compared, so each change is measured against the whole of its own metric: ``wholes`` are the changes
    by the last ``depth`` parts of the key (the metric and its unit).
    """
    sizes = {whole.total.key[-depth:]: max(abs(whole.now), abs(whole.before)) for whole in wholes}
    shared = [
        Change(change.total, change.now, change.before, (change.now - change.before) / size)
        for change in changes
        if (size := sizes.get(change.total.key[-depth:], 0.0))
    ]
    moved = [change for change in shared if abs(change.share) >= LEAST_MOVE]
    return sorted(moved, key=lambda change: (-abs(change.share), str(change.total.key)))[:limit]


def change_cell(change: Change) -> Cell:
    """Return a change as a signed share; from nothing it is a word."""
    if change.relative is None:
        return Cell("new" if change.now else "no use")
    return Cell("no change" if change.now == change.before else format_change(legible(change.relative)))


def legible(value: float) -> float:
    """Return an average without the places that only the division made."""
    return round(value) if abs(value) >= 1000 else float(f"{value:.6g}")
