# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A checked query: its source and period, its requests side by side, and what all of that comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields, replace
from datetime import date
from functools import partial
from itertools import islice
from typing import Any, Protocol

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import TAG
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import Query, Request, Source
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.usage_v2 import UsageV2
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import Aggregate
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import calendar_cycle
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_DEFAULTS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    CYCLE_PERIOD,
    DAY,
    Window,
    days_between,
    last_complete_day,
    resolve_cycle_period,
    resolve_period,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered


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
        from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_v1 import PaygoV1

        return PaygoV1(given["account_id"].lower())
    if given.get("source") == "rated":
        from ansible_collections.finops.cloudflare.plugins.module_utils._sources.rated_v2 import RatedV2

        return RatedV2(given.get("cycle_day"))
    return UsageV2(given.get("cycle_day"))


def resolve(given: Mapping[str, Any], today: date, source: Source | None = None) -> Query:
    """Return the query that checked parameters stand for; ids in small letters, as the API knows them."""
    asked = {**QUERY_DEFAULTS, **given}
    source = source or _source(asked)
    scope = "account" if "account_id" in given else "organization"
    days_of = partial(_days, asked, source)
    first, last = days_of(today)
    return Query(
        source=source,
        scope=scope,
        scope_id=asked[f"{scope}_id"].lower(),
        first=first,
        last=last,
        period=None if "from" in given else asked["period"],
        today=today,
        days_of=days_of,
        lag_days=asked["lag_days"],
        window_days=asked["window_days"],
        metric=tuple(asked["metric"]),
        group_by=(*asked["group_by"], *(TAG + tag for tag in asked["tags"])),
        expected_accounts=tuple(account.lower() for account in asked["expected_accounts"]),
        ended_accounts={key.lower(): date.fromisoformat(day) for key, day in asked["ended_accounts"].items()},
        keep_records=asked["return_records"],
        concurrency=asked["concurrency"],
    )


def _days(asked: Mapping[str, Any], source: Source, today: date) -> tuple[date, date]:
    """Return the first and the last day that checked parameters mean on a day."""
    if "from" in asked:
        return date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
    whole = last_complete_day(today, asked["lag_days"]) if asked["complete_days"] else None
    if CYCLE_PERIOD.fullmatch(asked["period"]):
        return resolve_cycle_period(asked["period"], partial(_cycle, source), today, whole)
    return resolve_period(asked["period"], today, whole)


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


def fetch(query: Query, client: Client, new_sink: Callable[[], RecordSink] | None = None) -> Aggregate:
    """Ask for all days, side by side, and once more for the last one where its rows may have been left out.

    With ``new_sink``, the last of whose sinks has every record, the days are counted but not added up. All is asked
    anew where the records show that the requests were not the right ones. Raises ApiError.
    """
    tagged = any(name.startswith(TAG) for name in query.group_by)
    with _naming_another(query.source, tagged=tagged):
        result = _fetch(query, client, new_sink and new_sink())
        if query.source.replan(query, result.notes):
            result = _fetch(query, client, new_sink and new_sink())
    return result


def fetch_history(query: Query, days: int, client: Client) -> Aggregate | None:
    """Return what so many days before the query came to, None for no day: they tell what is in use. Raises ApiError."""
    if not days:
        return None
    return fetch(
        replace(query, first=query.first - DAY * days, last=query.first - DAY, keep_records=False),
        client,
    )


def _fetch(query: Query, client: Client, sink: RecordSink | None) -> Aggregate:
    result = Aggregate(query.selection.columns, query.first, query.last, sums=sink is None)
    result.notices += query.source.notices
    probes = query.source.probes(query)
    known = {each.window: part for each, part in zip(probes, _answers(query, client, probes, sink), strict=True)}
    if query.source.replan(query, [note for part in known.values() for note in part.notes]):
        known = {window: part for window, part in known.items() if query.source.still_holds(query, part)}

    def add(requests: Sequence[Request]) -> bool:
        """Add the answers to the result; tell whether one has shown rows on the last day that it was asked for."""
        last_day_arrived = False
        fresh = _answers(query, client, [each for each in requests if each.window not in known], sink)
        for request, part in zip(requests, _in_order(requests, known, fresh), strict=True):
            last_day_arrived = last_day_arrived or part.last_day_arrived
            result.add(part)
            if sink is not None:
                sink.add(request.window, request.metric)
        return last_day_arrived

    if not add(query.source.requests(query)):
        add(query.source.settling_requests(query))
    return result


def _in_order(
    requests: Sequence[Request], known: Mapping[Window, Aggregate], fresh: Iterator[Aggregate]
) -> Iterator[Aggregate]:
    """Yield what all requests came to, out of what is known and what arrives."""
    for request in requests:
        if request.window in known:
            yield known[request.window]
        else:
            yield from islice(fresh, 1)
    yield from fresh  # nothing is left of it, and it has to come to its end


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
    from ansible_collections.finops.cloudflare.plugins.module_utils._usage.fees import fixed_fees

    path = f"{query.path}/subscriptions"
    answer = client.get_result(path, {}, list)
    result.notices.append(answer.notices)
    return fixed_fees(answer.value, query.scope_id, days_between(query.first, query.last), path)
