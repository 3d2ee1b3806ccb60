# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source ``usage``: version 2 of the usage API, which sends quantities of accounts and organizations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import (
    ObjectReader,
    Query,
    Request,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    Keep,
    RecordSelection,
    WindowAggregator,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import BillingCycle, calendar_cycle
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    Window,
    settling_window,
    windows,
)


class UsageV2:
    """Asks in windows of at most 31 days that share a day, since nobody says whether ``to`` is inclusive."""

    name = "usage"
    required = REQUIRED
    notices: Sequence[Notices] = ()
    elsewhere = "A pay-as-you-go account reads its bill with source: paygo."

    def __init__(self, cycle_day: int | None = None) -> None:
        self._cycle_day = cycle_day

    def cycle(self, day: date) -> BillingCycle | None:
        return None if self._cycle_day is None else calendar_cycle(day, self._cycle_day)

    def prepare(self, client: ObjectReader) -> None:
        """Nothing need be known."""

    def requests(self, query: Query) -> Sequence[Request]:
        return [self._request(query, window, metric) for window in _windows(query) for metric in _metrics(query)]

    def settling_requests(self, query: Query) -> Sequence[Request]:
        last = _windows(query)[-1]
        if not last.last == last.owned < query.today:
            return []
        return [self._request(query, settling_window(last.owned), metric) for metric in _metrics(query)]

    def _request(self, query: Query, window: Window, metric: str | None) -> Request:
        params = {"from": str(window.first), "to": str(window.last)}
        return Request(
            f"{query.path}/billable/usage", window, params if metric is None else {**params, "metric": metric}, metric
        )

    def probes(self, query: Query) -> Sequence[Request]:
        """Nothing in records changes the requests."""
        return []

    def replan(self, query: Query, notes: Sequence[Any]) -> bool:
        """Records can't show that."""
        return False

    def still_holds(self, query: Query, part: Aggregate) -> bool:
        """There are no other requests."""
        return True

    def row_columns(self, selection: RecordSelection) -> tuple[str, ...]:
        return selection.row_columns

    def aggregate(self, query: Query, request: Request, records: Iterable[Any], keep: Keep | None) -> Aggregate:
        return WindowAggregator(request.window, query.selection, request.metric, keep).count(records)

    def reasons(self, query: Query, result: Aggregate) -> list[dict[str, Any]]:
        """Everything that can be doubted here can be doubted of every source."""
        return []


def _metrics(query: Query) -> Sequence[str | None]:
    return query.metric or (None,)


def _windows(query: Query) -> list[Window]:
    last = min(query.last, query.today)  # nothing can have come in for days to come
    if query.first == last < query.today:
        return [settling_window(last)]  # one day: the request that both readings of ``to`` answer
    return windows(query.first, last, query.window_days)
