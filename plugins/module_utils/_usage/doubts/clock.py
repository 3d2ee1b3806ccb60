# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock of this machine that is not that of the API: other days would be meant, and others would be whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import Query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import Reason, reason
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY, last_complete_day


def api_calendar(today: date, notices: Iterable[Notices]) -> set[date]:
    """Return the days that are today by this machine, and by each answer of the API."""
    return {today, *(today - DAY * each.days_ahead for each in notices)}


def clock_reasons(query: Query, calendar: set[date]) -> Iterator[Reason]:
    """Yield that it depends on the clock which days are meant, or which of them are whole."""
    if len(calendar) == 1 or not _matters(query, calendar):
        return
    by_api = max(calendar - {query.today}, key=lambda day: abs(day - query.today))
    ahead = "ahead of" if by_api < query.today else "behind"
    yield reason(
        "clock_differs",
        f"Today is {query.today} by the clock of this machine, {abs(by_api - query.today).days} day(s) {ahead} the"
        f" {by_api} that the API dates its answer with, so other days may be meant, or still fill up. Set the clock; if"
        " it is right, something in between has kept an old answer.",
    )


def _matters(query: Query, calendar: set[date]) -> bool:
    if len({query.days_of(day) for day in calendar}) > 1:
        return True
    whole = last_complete_day(min(calendar), query.lag_days)
    # Days that somebody named may have been made out by the same clock, up to the last that it took for whole.
    return query.last > whole or (query.period is None and query.last == whole)
