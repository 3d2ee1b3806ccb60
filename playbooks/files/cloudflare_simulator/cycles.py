# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billing cycles: which subscriptions an account has, and on which days their cycles start."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import catalogue
from .dataset import Account

_STARTED = dt.date(2024, 1, 1)


@dataclass(frozen=True)
class Subscription:
    """A usage-based subscription. Its cycle starts on a day of the month, or on the last one of a shorter month."""

    id: str
    day: int
    ended: dt.date | None = None
    """The first day without it."""
    moved: dt.date | None = None
    """The day that the anchor moved to; cycles before it start on old_day."""
    old_day: int = 0

    def starts(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """Return the days from first to last, both included, on which a cycle starts."""
        found = []
        for month in _months(first, last):
            end = calendar.monthrange(month.year, month.month)[1]
            on_day, on_old_day = (month.replace(day=min(day, end)) for day in (self.day, self.old_day or self.day))
            if not self.moved:
                found.append(on_day)
                continue
            if on_old_day < self.moved:
                found.append(on_old_day)
            if on_day >= self.moved:
                found.append(on_day)
        return [day for day in found if first <= day <= last and _STARTED <= day < (self.ended or dt.date.max)]

    def end(self, start: dt.date) -> dt.date:
        """Return the last day of the cycle that starts on this day."""
        after = self.starts(start + dt.timedelta(days=1), start + dt.timedelta(days=62))
        last = after[0] if after else self.ended or start + dt.timedelta(days=32)
        return last - dt.timedelta(days=1)

    def two_last(self, today: dt.date) -> list[dt.date]:
        """Return the starts of the running cycle and of the one before."""
        return self.starts(today - dt.timedelta(days=62), today)[-2:]

    def info(self) -> dict[str, Any]:
        anchor = self.moved or self.starts(_STARTED, _STARTED + dt.timedelta(days=31))[0]
        entry = {
            "id": self.id,
            "billing_cycle_anchor_timestamp": f"{anchor}T00:00:00Z",
            "start_timestamp": f"{_STARTED}T00:00:00Z",
        }
        return entry | ({"end_timestamp": f"{self.ended}T00:00:00Z"} if self.ended else {})


def subscriptions(account: Account, today: dt.date) -> list[Subscription]:
    """Return the usage-based subscriptions of an account: none, if version 1 does not cover it."""
    before_last = _month(today, -2)
    ident = catalogue.stable_id("usage subscription", account.id)
    if not account.paygo:
        days = {0: 1, 1: 15}.get(account.index % 3) if account.covered else None
        return [Subscription(ident, days)] if days else []
    kind = account.id[:2]
    if kind == "22":
        return [Subscription(ident, 1), Subscription(catalogue.stable_id("second", account.id), 20)]
    if kind == "10":
        return [Subscription(ident, 20, moved=before_last.replace(day=20), old_day=10)]
    if kind == "ed":
        return [Subscription(ident, 1, ended=before_last)]
    return [Subscription(ident, int(kind) if kind.isdecimal() else 1)]


def _months(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _month(month, 1)


def _month(day: dt.date, by: int) -> dt.date:
    """Return the first day of the month that is so many months away, within the calendar."""
    number = min(max(day.year * 12 + day.month - 1 + by, 12), 9999 * 12 + 11)
    return dt.date(number // 12, number % 12 + 1, 1)
