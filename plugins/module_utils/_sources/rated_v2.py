# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source ``rated``: version 2 of the usage API with costs, which it sends for one account at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED, TAG
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
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import GROUPED
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY, Window, windows


class RatedV2:
    """Asks with a POST that only reads; the end of its days is exclusive, so no day need be asked for twice."""

    name = "rated"
    required = REQUIRED
    notices: Sequence[Notices] = ()
    elsewhere = "A pay-as-you-go account reads its bill with source: paygo. Quantities without costs are source: usage."

    def __init__(self, cycle_day: int | None = None) -> None:
        self._cycle_day = cycle_day

    def prepare(self, client: ObjectReader) -> None:
        """Nothing need be known."""

    def cycle(self, day: date) -> BillingCycle | None:
        return None if self._cycle_day is None else calendar_cycle(day, self._cycle_day)

    def requests(self, query: Query) -> Sequence[Request]:
        last = min(query.last, query.today)  # nothing can have come in for days to come
        return [
            Request(f"{query.path}/billable/usage", window, {}, body=_body(query, window))
            for window in windows(query.first, last, query.window_days)
        ]

    def settling_requests(self, query: Query) -> Sequence[Request]:
        """The end is exclusive by specification."""
        return []

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
        """No tuples: what an answer leaves out is added to whole records."""
        return ()

    def aggregate(self, query: Query, request: Request, records: Iterable[Any], keep: Keep | None) -> Aggregate:
        tags = _tags(query)
        counted = _RatedAggregator(request.window, query.selection, None, keep and _without_tags(keep))
        return counted.count(_as_counted(record, query.scope_id, tags) for record in records)

    def reasons(self, query: Query, result: Aggregate) -> list[dict[str, Any]]:
        """Everything that can be doubted here can be doubted of every source."""
        return []


def _body(query: Query, window: Window) -> dict[str, Any]:
    body: dict[str, Any] = {
        "TimePeriod": {"From": f"{window.first}T00:00:00Z", "To": f"{window.last + DAY}T00:00:00Z"},
        "Metric": "cost",
    }
    if query.metric:
        body["FilterBy"] = {"MetricIds": list(query.metric)}
    grouped = [
        *({"Type": "TAG", "Key": tag} for tag in _tags(query)),
        *({"Type": "DIMENSION", "Key": name} for name in GROUPED if name in query.group_by),
    ]
    return {**body, "GroupBy": grouped} if grouped else body


def _tags(query: Query) -> list[str]:
    return [name.removeprefix(TAG) for name in query.group_by if name.startswith(TAG)]


class _RatedAggregator(WindowAggregator):
    def _keep_fact(self, record: Mapping[str, Any]) -> None:
        _without_tags(super()._keep_fact)(record)


def _without_tags(keep: Keep) -> Keep:
    """Return what keeps a record without the columns that ``_as_counted`` made of its tags."""
    return lambda record: keep({name: value for name, value in record.items() if not name.startswith(TAG)})


def _as_counted(record: Any, account_id: str, tags: Sequence[str]) -> Any:
    """Return a record with the account, which is left out where it is not grouped by, and with a column for each tag.

    Use without a tag has null there.
    """
    if not isinstance(record, Mapping):
        return record
    found = record.get("Tags")
    values = found if isinstance(found, Mapping) else {}
    return {
        **record,
        "BillingAccountId": record.get("BillingAccountId") or account_id,
        **{TAG + tag: _tag_value(values.get(tag)) for tag in tags},
    }


def _tag_value(value: Any) -> str | None:
    """Return the value of a tag as text; a tag without a value is true."""
    return None if value is None else "true" if value is True else str(value)
