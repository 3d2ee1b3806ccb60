# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UTC days: periods in words, the last complete day, and the windows that requests are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
MAX_WINDOW_DAYS = 31  # the API's limit, counted with both ends

PERIODS = {
    "month_to_date": "the first of this month to today",
    "previous_month": "the whole calendar month before this one",
    "quarter_to_date": "the first of this calendar quarter to today",
    "previous_quarter": "the whole calendar quarter before this one",
    "year_to_date": "the first of January to today",
    "previous_year": "the whole calendar year before this one",
    "last_7_days": "7 days, today the last",
    "last_30_days": "30 days, today the last",
    "last_90_days": "90 days, today the last",
}
# Words that need to know when billing cycles begin; N is 2 to MAX_CYCLES.
CYCLE_PERIODS = {
    "billing_cycle": "the first day of this billing cycle to today",
    "previous_billing_cycle": "the whole billing cycle before this one",
    "last_N_billing_cycles": "N billing cycles, this one up to today the last",
}
MAX_CYCLES = 36
CYCLE_PERIOD = re.compile(r"(?:(?:previous_)?billing_cycle|last_([2-9]|[12][0-9]|3[0-6])_billing_cycles)")


def last_complete_day(today: date, lag_days: int) -> date:
    """Return the last day whose rows can all be there.

    Today is never whole, and rows arrive up to ``lag_days`` days late.
    """
    return today - DAY * (1 + lag_days)


def _start(period: str, today: date) -> date:
    """Return the first day of the calendar unit that ``today`` lies in."""
    if period.startswith("year"):
        return today.replace(month=1, day=1)
    if period.startswith("quarter"):
        return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return today.replace(day=1)


def resolve_period(period: str, today: date, last: date | None = None) -> tuple[date, date]:
    """Return the first and the last day of a period in words, both inclusive.

    ``last`` stands in for today as the last day, as long as the period then still has a day.
    """
    shape, _underscore, unit = period.partition("_")
    if shape == "previous":
        end = _start(unit, today) - DAY
        return _start(unit, end), end
    if shape == "last":
        end = last or today
        return end - DAY * (int(unit.partition("_")[0]) - 1), end
    first = _start(period, today)
    return first, last if last and last >= first else today


def resolve_cycle_period(
    period: str, cycle: Callable[[date], tuple[date, date]], today: date, last: date | None = None
) -> tuple[date, date]:
    """Return the first and the last day of a period in billing cycles; ``cycle`` returns those of the one with a day.

    ``last`` stands in for today as with calendar months.
    """
    first, _end = cycle(today)
    if period == "previous_billing_cycle":
        end = first - DAY
        return cycle(end)[0], end
    shape, _underscore, rest = period.partition("_")
    for _earlier in range(int(rest.partition("_")[0]) - 1 if shape == "last" else 0):
        first = cycle(first - DAY)[0]
    return first, last if last and last >= first else today


@dataclass(frozen=True)
class Window:
    """One request's days, both ends as sent; it owns ``first`` to ``owned``, a later window the shared day."""

    first: date
    last: date
    owned: date


def windows(first: date, last: date, size: int = MAX_WINDOW_DAYS) -> list[Window]:
    """Cover ``first`` to ``last`` with windows of at most ``size`` days, neighbours sharing one day.

    The shared day belongs to the later window, which asks for it as its first day: so it is neither lost nor
    doubled, whether the server takes ``to`` as inclusive or exclusive.
    """
    span = DAY * (max(size, 2) - 1)
    found = []
    while first + span < last:
        found.append(Window(first, first + span, first + span - DAY))
        first += span
    found.append(Window(first, last, last))
    return found


def settling_window(last: date) -> Window:
    """Return the small window that gets ``last`` from a server that takes ``to`` as exclusive."""
    return Window(last, last + DAY, last)


def days_between(first: date, last: date) -> list[date]:
    """Return every day from ``first`` to ``last``, both inclusive."""
    return [first + DAY * offset for offset in range((last - first).days + 1)]
