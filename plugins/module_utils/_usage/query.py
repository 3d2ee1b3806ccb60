# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked parameters to usage facts: period, requests, records, summary, coverage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    RecordSelection,
    WindowAggregator,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.coverage import (
    MAX_LISTED,
    Expectation,
    coverage,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.groups import (
    accounts,
    cost_counts,
    currencies,
    groups,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    MAX_WINDOW_DAYS,
    Window,
    days_between,
    last_complete_day,
    resolve_period,
    settling_window,
    windows,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION

S = TypeVar("S")
T = TypeVar("T")
Step = tuple[Window, "str | None"]  # one request: a window, of one metric or of all

DEFAULT_GROUP_BY = ("account", "product_family", "metric")


@dataclass(frozen=True)
class Query:
    """A usage query with everything resolved: ``today`` is the UTC day of the call."""

    scope: str
    scope_id: str
    first: date
    last: date
    period: str | None
    today: date
    lag_days: int
    window_days: int
    metric: tuple[str, ...]
    group_by: tuple[str, ...]
    expected_accounts: tuple[str, ...]
    keep_records: bool
    concurrency: int

    @property
    def path(self) -> str:
        return f"/{self.scope}s/{self.scope_id}/billable/usage"

    @property
    def selection(self) -> RecordSelection:
        return RecordSelection(self.first, self.last, self.group_by, frozenset(self.metric), self.keep_records)


def resolve(given: Mapping[str, Any], today: date) -> Query:
    """Return the query that checked parameters stand for."""
    scope = "account" if "account_id" in given else "organization"
    lag_days = given.get("lag_days", 1)
    period = given.get("period")
    if "from" in given:
        first, last = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
    else:
        period = period or "month_to_date"
        whole = last_complete_day(today, lag_days) if given.get("complete_days") else None
        first, last = resolve_period(period, today, whole)
    return Query(
        scope=scope,
        scope_id=given[f"{scope}_id"],
        first=first,
        last=last,
        period=period,
        today=today,
        lag_days=lag_days,
        window_days=given.get("window_days", MAX_WINDOW_DAYS),
        metric=tuple(given.get("metric", ())),
        group_by=tuple(given.get("group_by", DEFAULT_GROUP_BY)),
        expected_accounts=tuple(account.lower() for account in given.get("expected_accounts", ())),
        keep_records=given.get("return_records", True),
        concurrency=given.get("concurrency", 4),
    )


def connection(given: Mapping[str, Any]) -> Connection:
    """Return the connection that checked parameters describe."""
    return Connection(**{each.name: given[each.name] for each in fields(Connection) if each.name in given})


class RecordSink(Protocol):
    """Takes whole records, all columns of them, while they are counted; several windows may be open at once."""

    def start(self, window: Window, metric: str | None) -> AbstractContextManager[Callable[[Mapping[str, Any]], None]]:
        """Return what takes each record of an answer that counts; another try of the same request starts anew."""

    def add(self, window: Window, metric: str | None) -> None:
        """Take over the records of an answer that is whole; called in the order of the requests."""


def fetch(query: Query, client: Client, sink: RecordSink | None = None) -> Aggregate:
    """Ask for all windows, side by side, and once more for the last day where its rows may have been left out.

    With a ``sink``, which has every record, the days are counted but not added up.
    """
    metrics: Sequence[str | None] = query.metric or (None,)
    asked = _windows(query)
    result = Aggregate(query.selection.columns, query.first, query.last, sums=sink is None)

    def add(steps: Sequence[Step]) -> bool:
        """Add the answers to the result; tell whether one has shown rows on the last day that it was asked for."""
        last_day_arrived = False
        for step, part in zip(steps, _answers(query, client, steps, sink), strict=True):
            last_day_arrived = last_day_arrived or part.last_day_arrived
            result.add(part)
            if sink is not None:
                sink.add(*step)
        return last_day_arrived

    inclusive = add([(window, metric) for window in asked for metric in metrics])
    last = asked[-1]
    if not inclusive and last.last == last.owned < query.today:
        add([(settling_window(last.owned), metric) for metric in metrics])
    return result


def _windows(query: Query) -> list[Window]:
    last = min(query.last, query.today)  # nothing can have come in for days to come
    if query.first == last < query.today:
        return [settling_window(last)]  # one day: the request that both readings of ``to`` answer
    return windows(query.first, last, query.window_days)


def _answers(
    query: Query, client: Client, steps: Sequence[Step], sink: RecordSink | None
) -> Iterator[WindowAggregator]:
    """Yield what each window (of one metric, or of all) came to, in the order of the steps."""
    selection = query.selection
    columns = () if sink is not None or selection.keep_records else selection.row_columns

    def ask(step: Step) -> WindowAggregator:
        window, metric = step
        params = {"from": str(window.first), "to": str(window.last)}
        if metric is not None:
            params["metric"] = metric

        def count(records: Iterable[Any]) -> WindowAggregator:
            if sink is None:
                return WindowAggregator(window, selection, metric).count(records)
            with sink.start(window, metric) as keep:
                return WindowAggregator(window, selection, metric, keep).count(records)

        answer = client.get_result(query.path, params, count, columns)
        answer.value.notices.append(answer.notices)
        return answer.value

    return map_ordered(ask, steps, query.concurrency, client.cancel)


def map_ordered(
    call: Callable[[S], T], steps: Sequence[S], concurrency: int, cancel: Callable[[], None]
) -> Iterator[T]:
    """Yield the results in the order of the steps, with at most ``concurrency`` of them under way or waiting.

    The first call that raises ends all others by ``cancel``, and its error is the one that is raised.
    """
    if concurrency == 1 or len(steps) == 1:
        yield from map(call, steps)
        return
    from collections import deque  # only a long range pays for these imports
    from concurrent.futures import ThreadPoolExecutor, wait

    errors: list[Exception] = []

    def attempt(step: S) -> T:
        try:
            return call(step)
        except Exception as error:
            errors.append(error)
            cancel()
            raise

    with ThreadPoolExecutor(concurrency) as pool:
        under_way = deque(pool.submit(attempt, step) for step in steps[:concurrency])
        to_come = iter(steps[concurrency:])
        try:
            while under_way:
                first = under_way.popleft()
                wait((first,))
                if errors:
                    raise errors[0]
                yield first.result()
                under_way.extend(pool.submit(attempt, step) for step in islice(to_come, 1))
        except BaseException:  # an error, Ctrl-C, or nobody wants the rest
            cancel()
            raise
        finally:
            for future in under_way:
                future.cancel()


def facts(query: Query, result: Aggregate, now: datetime, requests: int) -> dict[str, Any]:
    """Return the usage facts; their shape is documented with the module and held by a JSON Schema."""
    asked = (min(query.last, query.today) - query.first).days + 1
    return {**usage_metadata(query, result, now, requests), "groups": groups(result, query.group_by, asked)}


def usage_metadata(query: Query, result: Aggregate, now: datetime, requests: int) -> dict[str, Any]:
    """Return the facts without their groups: what was asked, what came, and what is not known."""
    assessed = coverage(result, query.selection, Expectation(query.today, query.lag_days, query.expected_accounts))
    days = days_between(query.first, query.last)
    return {
        "scope": query.scope,
        "scope_id": query.scope_id,
        "from": str(query.first),
        "to": str(query.last),
        "period": query.period,
        "days": [str(day) for day in days],
        "complete_through": None if assessed.complete_through is None else str(assessed.complete_through),
        "lag_days": query.lag_days,
        "status": assessed.status,
        "reasons": assessed.reasons,
        "record_count": result.record_count,
        "dropped": result.dropped,
        "accounts": accounts(result),
        "metric": list(query.metric),
        "group_by": list(query.group_by),
        "cost": _cost(result),
        "fetched_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "requests": requests,
        "collection_version": COLLECTION_VERSION,
        "sources": [],
    }


def _cost(result: Aggregate) -> dict[str, Any]:
    carrying = cost_counts(result)["BilledCost"]
    seen = currencies(result)
    return {
        "available": "none" if not carrying else "all" if carrying == result.record_count else "some",
        "currency": seen[0] if len(seen) == 1 else None,
    }


def warnings(assessed: Mapping[str, Any]) -> list[str]:
    """Return what a person should be told of the facts: that they are empty or partial, and why."""
    if assessed["status"] == "complete":
        return []
    said = " ".join(reason["message"] for reason in assessed["reasons"])
    return [f"The usage of {assessed['scope']} {assessed['scope_id']} is {assessed['status']}: {said}"]


def api_messages(result: Aggregate, path: str) -> list[str]:
    """Return the messages that the API sent beside the records, each once, as warnings."""
    said = dict.fromkeys(message["message"] for notices in result.notices for message in notices.messages)
    return [f"Cloudflare says of {path}: {message}" for message in islice(said, MAX_LISTED)]


def query_usage(
    given: Mapping[str, Any], now: datetime, client: Callable[[Connection], Client] = Client
) -> dict[str, Any]:
    """Run a checked query; return ``usage``, ``records`` if asked for, and ``warnings``."""
    query = resolve(given, now.date())
    with client(connection(given)) as session:
        result = fetch(query, session)
        usage = facts(query, result, now, session.requests)
    answer = {"usage": usage, "warnings": [*warnings(usage), *api_messages(result, query.path)]}
    return {**answer, "records": result.records} if query.keep_records else answer
