# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked parameters to usage facts: period, requests, records, groups, coverage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any, Protocol

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import TAG
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import Query, Request, Source
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_v1 import PaygoV1
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.rated_v2 import RatedV2
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.usage_v2 import UsageV2
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import Aggregate
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import calendar_cycle
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.coverage import (
    Coverage,
    Expectation,
    coverage,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.rating import cost_counts, currencies
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import MAX_LISTED
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.fees import fixed_fees
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.groups import (
    accounts,
    groups,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_DEFAULTS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    CYCLE_PERIOD,
    Window,
    days_between,
    last_complete_day,
    resolve_cycle_period,
    resolve_period,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION


def open_source(given: Mapping[str, Any], client: Client) -> Source:
    """Return the source that checked parameters name, ready to be asked. Raises ApiError."""
    source = _source(given)
    with _naming_another(source, tagged=False):
        source.prepare(client)
    return source


_TAGS_REFUSED = "The data of some accounts can't be grouped by tags: leave out tags, or check their keys."


@contextmanager
def _naming_another(source: Source, *, tagged: bool) -> Iterator[None]:
    """Let a refusal name the source that may work in place of this one, which never happens by itself."""
    try:
        yield
    except ApiResponseError as error:
        remedy = source.elsewhere if error.http_status == 403 else ""
        if tagged and error.http_status == 400:
            remedy = _TAGS_REFUSED
        error.args = (f"{error.args[0]} {remedy}".rstrip(),)
        raise


def _source(given: Mapping[str, Any]) -> Source:
    if given.get("source") == "paygo":
        return PaygoV1(given["account_id"].lower())
    kind = RatedV2 if given.get("source") == "rated" else UsageV2
    return kind(given.get("cycle_day"))


def resolve(given: Mapping[str, Any], today: date, source: Source | None = None) -> Query:
    """Return the query that checked parameters stand for; ids in small letters, as the API knows them."""
    asked = {**QUERY_DEFAULTS, **given}
    source = source or _source(asked)
    scope = "account" if "account_id" in given else "organization"
    period = None if "from" in given else asked["period"]
    if period is None:
        first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
    else:
        whole = last_complete_day(today, asked["lag_days"]) if asked["complete_days"] else None
        if CYCLE_PERIOD.fullmatch(period):
            first, last = resolve_cycle_period(period, partial(_cycle, source), today, whole)
        else:
            first, last = resolve_period(period, today, whole)
    return Query(
        source=source,
        scope=scope,
        scope_id=asked[f"{scope}_id"].lower(),
        first=first,
        last=last,
        period=period,
        today=today,
        lag_days=asked["lag_days"],
        window_days=asked["window_days"],
        metric=tuple(asked["metric"]),
        group_by=(*asked["group_by"], *(TAG + tag for tag in asked["tags"])),
        expected_accounts=tuple(account.lower() for account in asked["expected_accounts"]),
        ended_accounts={key.lower(): date.fromisoformat(day) for key, day in asked["ended_accounts"].items()},
        keep_records=asked["return_records"],
        concurrency=asked["concurrency"],
    )


def _cycle(source: Source, day: date) -> tuple[date, date]:
    """Return the days of a billing cycle, of a calendar month where the source has none: then it has no rows either."""
    found = source.cycle(day) or calendar_cycle(day, 1)
    return found.first, found.last


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
    """Ask for all days, side by side, and once more for the last one where its rows may have been left out.

    With a ``sink``, which has every record, the days are counted but not added up. Without one, all is asked anew where
    the records show that the requests were not the right ones. Raises ApiError.
    """
    tagged = any(name.startswith(TAG) for name in query.group_by)
    with _naming_another(query.source, tagged=tagged):
        result = _fetch(query, client, sink)
        if sink is None and query.source.replan(query, result):
            result = _fetch(query, client, sink)
    return result


def _fetch(query: Query, client: Client, sink: RecordSink | None) -> Aggregate:
    result = Aggregate(query.selection.columns, query.first, query.last, sums=sink is None)
    result.notices += query.source.notices

    def add(requests: Sequence[Request]) -> bool:
        """Add the answers to the result; tell whether one has shown rows on the last day that it was asked for."""
        last_day_arrived = False
        for request, part in zip(requests, _answers(query, client, requests, sink), strict=True):
            last_day_arrived = last_day_arrived or part.last_day_arrived
            result.add(part)
            if sink is not None:
                sink.add(request.window, request.metric)
        return last_day_arrived

    if not add(query.source.requests(query)):
        add(query.source.settling_requests(query))
    return result


def _answers(query: Query, client: Client, requests: Sequence[Request], sink: RecordSink | None) -> Iterator[Aggregate]:
    """Yield what the answer to each request came to, in the order of the requests."""
    source = query.source
    columns = () if sink is not None or query.keep_records else source.row_columns(query.selection)

    def ask(request: Request) -> Aggregate:
        def count(records: Iterable[Any]) -> Aggregate:
            if sink is None:
                return source.aggregate(query, request, records, None)
            with sink.start(request.window, request.metric) as keep:
                return source.aggregate(query, request, records, keep)

        answer = client.get_result(request.path, request.query, count, columns, source.required, request.body)
        answer.value.notices.append(answer.notices)
        return answer.value

    return map_ordered(ask, requests, query.concurrency, client.cancel)


def read_fees(query: Query, client: Client, result: Aggregate) -> list[dict[str, Any]]:
    """Return the fixed fees of an account's subscriptions, which no source has among its records. Raises ApiError."""
    path = f"{query.path}/subscriptions"
    answer = client.get_result(path, {}, list)
    result.notices.append(answer.notices)
    return fixed_fees(answer.value, query.scope_id, days_between(query.first, query.last), path)


def facts(query: Query, result: Aggregate, now: datetime, requests: int) -> dict[str, Any]:
    """Return the usage facts; their shape is documented with the module and held by a JSON Schema."""
    asked = (min(query.last, query.today) - query.first).days + 1
    assessed = assess(query, result)
    return {
        **usage_metadata(query, result, assessed, now, requests),
        "groups": groups(result, query.group_by, asked, assessed.rating),
    }


def assess(query: Query, result: Aggregate) -> Coverage:
    """Return how far the result can be trusted."""
    return coverage(
        result,
        query.selection,
        Expectation(
            today=query.today,
            lag_days=query.lag_days,
            accounts=query.expected_accounts,
            doubts=tuple(query.source.reasons(query, result)),
            elsewhere=query.source.elsewhere,
            ended=query.ended_accounts,
        ),
    )


def usage_metadata(query: Query, result: Aggregate, assessed: Coverage, now: datetime, requests: int) -> dict[str, Any]:
    """Return the facts without their groups: what was asked, what came, and what is not known."""
    days = days_between(query.first, query.last)
    cycle = query.source.cycle(min(query.last, query.today))
    return {
        "source": query.source.name,
        "scope": query.scope,
        "scope_id": query.scope_id,
        "from": str(query.first),
        "to": str(query.last),
        "period": query.period,
        "billing_cycle": None if cycle is None else cycle.fact(),
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
        "cost": _cost(result, assessed),
        "fetched_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "requests": requests,
        "collection_version": COLLECTION_VERSION,
        "sources": [],
    }


def _cost(result: Aggregate, assessed: Coverage) -> dict[str, Any]:
    carrying = cost_counts(result, assessed.rating.unrated_records)["BilledCost"]
    seen = currencies(result)
    return {
        "available": "none" if not carrying else "all" if carrying == result.record_count else "some",
        "currency": seen[0] if len(seen) == 1 else None,
    }


@dataclass(frozen=True)
class Reading:
    """What a query came to: its facts, its records if they were asked for, and what the API said beside of ``path``."""

    usage: dict[str, Any]
    records: list[dict[str, Any]]
    messages: tuple[str, ...]
    path: str


def read(given: Mapping[str, Any], now: datetime, client: Client) -> Reading:
    """Run a checked query. Raises ApiError."""
    query = resolve(given, now.date(), open_source(given, client))
    result = fetch(query, client)
    fees = {"subscriptions": read_fees(query, client, result)} if given.get("subscriptions") else {}
    usage = {**facts(query, result, now, client.requests), **fees}
    return Reading(usage, result.records, api_messages(result), query.path)


def api_messages(result: Aggregate) -> tuple[str, ...]:
    """Return the first of the messages that the API sent beside the records, each once."""
    said = dict.fromkeys(message["message"] for notices in result.notices for message in notices.messages)
    return tuple(islice(said, MAX_LISTED))


def warnings(assessed: Mapping[str, Any]) -> list[str]:
    """Return what a person should be told of the facts: that they are empty or partial, and why."""
    if assessed["status"] == "complete":
        return []
    said = " ".join(reason["message"] for reason in assessed["reasons"])
    scope = f"{assessed['scope']} {assessed['scope_id']}"
    whose = scope if assessed["scope_id"] else f"{len(assessed['sources'])} accounts"
    return [f"The usage of {whose} is {assessed['status']}: {said}"]


def api_warnings(messages: Iterable[tuple[str, str]]) -> list[str]:
    """Return warnings of what the API said, each once; ``messages`` are pairs of a path and a message."""
    paths: dict[str, list[str]] = {}
    for path, message in messages:
        paths.setdefault(message, []).append(path)
    return [
        f"Cloudflare says of {of[0]}{f' and {len(of) - 1} more' if len(of) > 1 else ''}: {message}"
        for message, of in islice(paths.items(), MAX_LISTED)
    ]


def result_of(given: Mapping[str, Any], usage: Mapping[str, Any], readings: Sequence[Reading]) -> dict[str, Any]:
    """Return ``usage``, ``records`` if they were asked for, and ``warnings``."""
    said = ((reading.path, message) for reading in readings for message in reading.messages)
    result = {"usage": usage, "warnings": [*warnings(usage), *api_warnings(said)]}
    if not given.get("return_records"):
        return result
    return {**result, "records": [record for reading in readings for record in reading.records]}


def query_usage(
    given: Mapping[str, Any], now: datetime, client: Callable[[Connection], Client] = Client
) -> dict[str, Any]:
    """Run a checked query for one account or organization; return the result of the module. Raises ApiError."""
    with client(connection(given)) as session:
        reading = read(given, now, session)
    return result_of(given, reading.usage, [reading])
