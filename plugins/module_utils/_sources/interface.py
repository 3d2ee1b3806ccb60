# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a source of records is: what it must be asked for a query, and what its records come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    Keep,
    RecordSelection,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import BillingCycle
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window


@dataclass(frozen=True)
class Request:
    """One request; ``window`` says which days it covers, ``metric`` is the one that it asks for by itself.

    A request with a ``body`` is a POST.
    """

    path: str
    window: Window
    query: Mapping[str, str]
    metric: str | None = None
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Query:
    """A usage query with everything resolved: ``today`` is the UTC day of the call.

    ``days_of`` returns the first and the last day that the same question would mean if today were another day.
    """

    source: Source
    scope: str
    scope_id: str
    first: date
    last: date
    period: str | None
    today: date
    days_of: Callable[[date], tuple[date, date]]
    lag_days: int
    window_days: int
    metric: tuple[str, ...]
    group_by: tuple[str, ...]
    expected_accounts: tuple[str, ...]
    ended_accounts: Mapping[str, date]
    keep_records: bool
    concurrency: int

    @property
    def path(self) -> str:
        """The path of the account or organization."""
        return f"/{self.scope}s/{self.scope_id}"

    @property
    def selection(self) -> RecordSelection:
        accounts = (self.scope_id,) if self.scope == "account" else self.expected_accounts
        return RecordSelection(
            self.first, self.last, self.group_by, frozenset(self.metric), self.keep_records, frozenset(accounts)
        )


class ObjectReader(Protocol):
    """As much of the client as a source needs before there is a query."""

    def get_object(self, path: str) -> Answer[dict[str, Any]]:
        """Return the object that ``result`` is, and what the answer says beside. Raises ApiError."""


class Source(Protocol):
    """Where records come from. One object serves one query; only ``aggregate`` is called by several threads."""

    name: str  # as the option source has it
    required: frozenset[str]  # the columns that each of its records has
    elsewhere: str  # which source to try where this one is refused or empty; a sentence
    notices: Sequence[Notices]  # what the answers to ``prepare`` said beside

    def prepare(self, client: ObjectReader) -> None:
        """Ask what must be known before a period in words can be resolved. Raises ApiError."""

    def cycle(self, day: date) -> BillingCycle | None:
        """Return the billing cycle that holds ``day``; None where nobody knows when cycles begin."""

    def requests(self, query: Query) -> Sequence[Request]:
        """Return the requests that cover the asked days."""

    def settling_requests(self, query: Query) -> Sequence[Request]:
        """Return what to ask once more where no answer has shown rows on the last day that it was asked for."""

    def probes(self, query: Query) -> Sequence[Request]:
        """Return those of ``requests`` to ask ahead of the others, as their records can change what these are."""

    def replan(self, query: Query, notes: Sequence[Any]) -> bool:
        """Tell whether the notes of parts show that other requests are needed, which ``requests`` then returns."""

    def still_holds(self, query: Query, part: Aggregate) -> bool:
        """Tell whether what a request came to is the same after ``replan``."""

    def row_columns(self, selection: RecordSelection) -> tuple[str, ...]:
        """Return the columns that ``aggregate`` looks at: it takes tuples of these as well as whole records."""

    def aggregate(self, query: Query, request: Request, records: Iterable[Any], keep: Keep | None) -> Aggregate:
        """Return what the records of an answer come to, columns and kept records under the names of version 2.

        ``keep`` gets every record that counts, in place of ``Aggregate.records``.
        """

    def reasons(self, query: Query, result: Aggregate) -> list[dict[str, Any]]:
        """Return the doubts that only this source can have."""
