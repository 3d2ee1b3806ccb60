# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Billing cycles: months that begin on any day of the month, on the last one where a month is too short."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_DAY = timedelta(days=1)


def cycle_start(day: date, cycle_day: int) -> date:
    """Return the first day of the cycle that holds ``day``."""
    begins = _anchor(day.year, day.month, cycle_day)
    if begins <= day:
        return begins
    before = day.replace(day=1) - _DAY
    return _anchor(before.year, before.month, cycle_day)


def cycle_end(day: date, cycle_day: int) -> date:
    """Return the last day of the cycle that holds ``day``."""
    begins = cycle_start(day, cycle_day)
    after = begins.replace(day=1) + timedelta(days=monthrange(begins.year, begins.month)[1])
    return _anchor(after.year, after.month, cycle_day) - _DAY


def cycles(first: date, last: date, cycle_day: int) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each cycle that the days from ``first`` to ``last`` touch."""
    while first <= last:
        begins, ends = cycle_start(first, cycle_day), cycle_end(first, cycle_day)
        yield begins, ends
        first = ends + _DAY


def _anchor(year: int, month: int, cycle_day: int) -> date:
    return date(year, month, min(cycle_day, monthrange(year, month)[1]))


@dataclass(frozen=True)
class BillingCycle:
    """Both days are part of the cycle; ``anchor`` is the day of the month on which cycles begin (1 to 31)."""

    first: date
    last: date
    anchor: int

    def fact(self) -> dict[str, Any]:
        """Return ``billing_cycle`` of the facts."""
        return {"from": str(self.first), "to": str(self.last), "anchor": self.anchor}


def calendar_cycle(day: date, anchor: int) -> BillingCycle:
    """Return the cycle that holds ``day`` where cycles begin on day ``anchor`` of each month."""
    return BillingCycle(cycle_start(day, anchor), cycle_end(day, anchor), anchor)
