# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One period against another: always the use per complete day, so that a month that is not over compares fairly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import format_change
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import Dimension
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import Cell
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    Total,
    add,
    complete_days,
    per_day,
    totals,
)

WEEK = 7
LEAST_MOVE = 0.001  # of the whole metric; less is no news


_Reader = Callable[[Total], "float | None"]


@dataclass(frozen=True)
class Change:
    """The use per day, or the cost of some days, now and before; ``share`` is of the larger whole of its unit."""

    total: Total
    now: float
    before: float
    share: float = 0.0

    @property
    def relative(self) -> float | None:
        """The change as a share of before; None when there was nothing before."""
        return (self.now - self.before) / abs(self.before) if self.before else None


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
    """Return the change of the use per complete day of every total of either period."""
    days_now, days_before = complete_days(usage), complete_days(previous)
    return _changes(
        totals(usage["groups"], by),
        totals(previous["groups"], by),
        lambda total: per_day(total.daily, days_now),
        lambda total: per_day(total.daily, days_before),
    )


def compared_days(usage: Usage, previous: Usage) -> int:
    """Return how many of the first days are complete in both periods: over these, costs compare."""
    return min(complete_days(usage), complete_days(previous))


def cost_against(usage: Usage, previous: Usage, by: Sequence[Dimension]) -> list[Change]:
    """Return the change of the billed cost of the same number of days, where it is known in both periods."""
    days = compared_days(usage, previous)

    def cost(total: Total) -> float | None:
        return add(total.daily_cost[:days])

    return _changes(totals(usage["groups"], by, costs=True), totals(previous["groups"], by, costs=True), cost, cost)


def week_against_week(usage: Usage, by: Sequence[Dimension], *, costs: bool = False) -> list[Change]:
    """Return the change of the last seven complete days against the seven before; nothing when there are fewer.

    Of use it is the average of a day, of costs the sum.
    """
    last = complete_days(usage)
    if last < 2 * WEEK:
        return []

    def read(total: Total, end: int) -> float | None:
        return add(total.daily_cost[end - WEEK : end]) if costs else per_day(total.daily[end - WEEK : end], WEEK)

    found = totals(usage["groups"], by, costs=costs)
    return _changes(found, found, lambda total: read(total, last), lambda total: read(total, last - WEEK))


def _changes(now: list[Total], before: list[Total], new: _Reader, old: _Reader) -> list[Change]:
    """Return the changes; what has no rows in a compared period had nothing there, what is unknown is left out."""
    current = {total.key: (total, new(total)) for total in now}
    earlier = {total.key: (total, old(total)) for total in before}
    unknown = {key[:-1] for found in (current, earlier) for key, (_total, value) in found.items() if value is None}
    return [
        Change((current.get(key) or earlier[key])[0], *(_value(found.get(key)) for found in (current, earlier)))
        for key in dict.fromkeys([*current, *earlier])
        if key[:-1] not in unknown
    ]


def _value(found: tuple[Total, float | None] | None) -> float:
    return 0.0 if found is None or found[1] is None else found[1]


def movers(changes: Sequence[Change], depth: int, limit: int) -> list[Change]:
    """Return the changes that moved their whole most.

    Units can't be compared, so each change is measured against all that shares the last ``depth`` parts of its key:
    the metric and its unit, or the currency.
    """
    sizes: dict[tuple[str | None, ...], tuple[float, float]] = {}
    for change in changes:
        now, before = sizes.get(change.total.key[-depth:], (0.0, 0.0))
        sizes[change.total.key[-depth:]] = (now + change.now, before + change.before)
    shared = [
        Change(change.total, change.now, change.before, (change.now - change.before) / size)
        for change in changes
        if (size := max(map(abs, sizes[change.total.key[-depth:]])))
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
