# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source ``paygo``: version 1 of the usage API, the bill of a pay-as-you-go account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import (
    ObjectReader,
    Query,
    Request,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_cycles import (
    Cycle,
    Phase,
    beside_moves,
    corrected,
    cycle_of,
    overlap,
    plan,
    read_phases,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_names import (
    KEY_COLUMNS,
    PAYGO_AMOUNTS,
    RELIED_ON,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_rows import CycleAggregator, CycleNote
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    Keep,
    RecordSelection,
    row_columns,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import BillingCycle
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    about,
    day_range,
    listed,
    reason,
    subject,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    Window,
    days_between,
    last_complete_day,
)

Reason = dict[str, Any]


class PaygoV1:
    """Asks for one billing cycle at a time: a range with two anchors comes back empty, or with one part only."""

    name = "paygo"
    required = RELIED_ON
    elsewhere = (
        "An account with a contract reads its quantities with source: usage, and what they cost with source: rated."
    )

    def __init__(self, account_id: str) -> None:
        self._path = f"/accounts/{account_id}/billable-usage"
        self.notices: Sequence[Notices] = ()
        self._covered = False
        self._phases: list[Phase] = []

    def prepare(self, client: ObjectReader) -> None:
        answer = client.get_object(f"{self._path}/info")
        info = answer.value
        self.notices = (answer.notices,)
        self._covered = info.get("covered") is True
        self._phases = read_phases(info, f"{self._path}/info")

    def cycle(self, day: date) -> BillingCycle | None:
        return cycle_of(self._phases, day)

    def requests(self, query: Query) -> Sequence[Request]:
        return [self._request(cycle) for cycle in self._planned(query)]

    def probes(self, query: Query) -> Sequence[Request]:
        """Ask for the first cycle on each side of an anchor that moved: the info endpoint names the later one only."""
        return [self._request(cycle) for cycle in beside_moves(self._phases, self._planned(query))]

    def _request(self, cycle: Cycle) -> Request:
        return Request(
            self._path, Window(cycle.first, cycle.last, cycle.last), {"from": str(cycle.first), "to": str(cycle.last)}
        )

    def settling_requests(self, query: Query) -> Sequence[Request]:
        """A day more would be the next anchor."""
        return []

    def _planned(self, query: Query) -> list[Cycle]:
        """Return the cycles to ask for: none for an account that is not covered, or for days to come."""
        return plan(self._phases, query.first, min(query.last, query.today)) if self._covered else []

    def replan(self, query: Query, notes: Sequence[CycleNote]) -> bool:
        """Take the starts of cycles from the records where they are not those of the info endpoint."""
        if not any(note.unplanned for note in notes):
            return False
        seen: dict[str | None, set[date]] = {}
        for subscription, start in (each for note in notes for each in note.starts):
            seen.setdefault(subscription, set()).add(start)
        before = self._planned(query)
        self._phases = corrected(self._phases, seen)
        return self._planned(query) != before

    def still_holds(self, query: Query, part: Aggregate) -> bool:
        """A cycle that is planned again, with none but its own records."""
        notes: list[CycleNote] = part.notes
        return all(note.cycle in self._planned(query) and not note.unplanned for note in notes)

    def row_columns(self, selection: RecordSelection) -> tuple[str, ...]:
        return row_columns(KEY_COLUMNS, PAYGO_AMOUNTS)

    def aggregate(self, query: Query, request: Request, records: Iterable[Any], keep: Keep | None) -> Aggregate:
        planned = self._planned(query)
        cycle = next(
            each for each in planned if each.first == request.window.first and each.last == request.window.last
        )
        counted = CycleAggregator(query.selection, query.scope_id, cycle, planned, keep)
        counted.count(records)
        return counted.asked_part()

    def reasons(self, query: Query, result: Aggregate) -> list[Reason]:
        if not self._covered:
            return [
                reason(
                    "account_not_covered",
                    f"Cloudflare says that version 1 of the usage API does not cover this account. {self.elsewhere}",
                )
            ]
        planned = self._planned(query)
        if not planned:
            return [
                reason(
                    "no_active_subscription",
                    "The account had no usage-based subscription in these days, so there is no billing cycle to ask"
                    " for.",
                )
            ]
        notes: list[CycleNote] = result.notes
        return [*_cycle_reasons(query, planned, notes), *_cost_reasons(query.scope_id, notes)]


def _cycle_reasons(query: Query, planned: Sequence[Cycle], notes: Sequence[CycleNote]) -> Iterator[Reason]:
    if overlap(planned):
        starts = sorted({cycle.first.day for cycle in planned})
        yield reason(
            "billing_cycles_differ",
            f"The account has subscriptions whose billing cycles begin on different days of the month ({starts}). Each"
            " was asked for by itself, and the API may leave out a part where cycles run side by side.",
            days=listed(sorted({cycle.first for cycle in planned})),
        )
    moved = sorted({start for note in notes for start in note.unplanned})
    if moved:
        yield reason(
            "billing_cycle_moved",
            f"Records belong to billing cycles that begin on other days than the API names, the first on {moved[0]}, so"
            " parts of these cycles can be missing.",
            days=listed(moved),
        )
    whole = last_complete_day(query.today, query.lag_days)
    for note in notes:
        days = days_between(max(note.cycle.first, query.first), min(note.cycle.last, query.last, whole))
        if days and not note.rows and any(each.rows for each in notes):
            yield reason(
                "billing_cycle_without_rows",
                f"No row at all came for the billing cycle of {note.cycle.first} to {note.cycle.last}.",
                days=listed(days),
            )


def _cost_reasons(account: str, notes: Sequence[CycleNote]) -> Iterator[Reason]:
    unrated = {key: count for note in notes for key, count in note.unrated.items()}
    if unrated:
        days = sorted({day for _metric, day in unrated})
        yield reason(
            "cost_not_rated_yet",
            f"{sum(unrated.values())} record(s) of {day_range(days)} go beyond the allowance and have no cost yet.",
            affects="cost",
            count=sum(unrated.values()),
            days=listed(days),
            metrics=listed(sorted({metric for metric, _day in unrated})),
            **about(subject(account, metric or None) for metric, _day in unrated),
        )
    differing = [each for note in notes for each in note.differing]
    if differing:
        first = differing[0]
        yield reason(
            "cost_differs_from_running_total",
            printable(
                f"The days of {len(differing)} line(s) of the bill do not add up to Cloudflare's own running total;"
                f" first {first.metric} in the cycle from {first.start}: {first.days:f} and {first.running:f}."
            ),
            affects="cost",
            count=len(differing),
            metrics=listed(sorted({each.metric for each in differing})),
            **about(subject(account, each.metric) for each in differing),
        )
