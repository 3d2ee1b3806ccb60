# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records on the wire, and an API in memory that answers with them: no sockets, so thousands of cases take a second."""

from __future__ import annotations

import json
import random
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, TypeVar

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._api.decoder import Envelope
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import RecordSelection
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Series, Sums
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage

T = TypeVar("T")
Record = dict[str, Any]
Facts = dict[str, Any]

ACCOUNT, OTHER_ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353", "5f3a6c1e9b7d48208c4e2f6a1d0b9e77"
ORGANIZATION = "4a6ff5f4b2a94c7f9ae1c3d56a6b6a0e"
TOKEN = "token-that-must-not-show"
API_URL = "https://api.example.com/client/v4"
TODAY = date(2025, 6, 2)
NOW = datetime(2025, 6, 2, 3, 0, tzinfo=timezone.utc)
BASE = {"api_token": TOKEN, "api_url": API_URL, "account_id": ACCOUNT}
MAY: dict[str, Any] = {"from": "2025-05-01", "to": "2025-05-31"}


class Literal:
    """A number that goes into the JSON exactly as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(count)]


def record(when: str | date, quantity: Any = 1, **columns: Any) -> Record:
    """Return a record as the reference page shows it; a column that is ``...`` is left out."""
    start = date.fromisoformat(when) if isinstance(when, str) else when
    whole = {
        "BillingAccountId": ACCOUNT,
        "BillingAccountName": "Production",
        "ChargeCategory": "Usage",
        "ChargeDescription": "Workers Standard Requests",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": f"{start}T00:00:00Z",
        "ChargePeriodEnd": f"{start + timedelta(days=1)}T00:00:00Z",
        "ConsumedQuantity": quantity,
        "ConsumedUnit": "Requests",
        "HostProviderName": "Cloudflare",
        "InvoiceIssuerName": "Cloudflare",
        "ServiceProviderName": "Cloudflare",
        "x_BillableMetricId": "workers_requests",
        "x_BillableMetricName": "Workers Requests",
        "x_ProductFamilyName": "Workers",
        **columns,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def daily(first: str, count: int, quantity: Any = 1, **columns: Any) -> list[Record]:
    """Return one record for each of ``count`` days."""
    return [record(each, quantity, **columns) for each in days(day(first), count)]


def answer(records: Iterable[Any], **fields: Any) -> bytes:
    """Return the body of an answer; Literal numbers stand in it as written."""
    return _body(map(_encode, records), **fields)


def _body(records: Iterable[str], **fields: Any) -> bytes:
    head = _encode({"errors": [], "messages": [], **fields})
    return f'{head[:-1]},"result":[{",".join(records)}],"success":true}}'.encode()


def _encode(value: Any) -> str:
    return _MARKED.sub(r"\1", json.dumps(value, default=lambda literal: f"@@{literal.text}@@"))


_MARKED = re.compile(r'"@@(.*?)@@"')


def blocks(body: bytes, size: int) -> Iterator[bytes]:
    """Cut a body as a network does."""
    return (body[start : start + size] for start in range(0, len(body), size))


def decoded(records: Iterable[Any]) -> list[Any]:
    """Return records as the decoder gives them."""
    return list(Envelope([answer(records)]).records())


def selection(
    first: str = "2025-05-01",
    last: str = "2025-05-31",
    *,
    group_by: Sequence[str] = ("account", "product_family", "metric"),
    metric: Iterable[str] = (),
    keep_records: bool = False,
) -> RecordSelection:
    return RecordSelection(day(first), day(last), tuple(group_by), frozenset(metric), keep_records)


def state(value: Any) -> Any:
    """Return all that a series holds, with its sums, to be compared."""
    if isinstance(value, (Series, Sums)):
        return {name: state(getattr(value, name)) for name in value.__slots__}
    return value


NOTHING_SAID = Notices()


class Server(Client):
    """Answers from records in memory: those of the days that a request names, as often as they are there.

    ``exclusive`` says how it reads ``to``, ``filters`` whether it knows ``metric``; ``order`` rearranges an answer.
    ``notices`` are what every answer says beside its records.
    """

    def __init__(
        self,
        records: Iterable[Record],
        *,
        exclusive: bool = False,
        filters: bool = True,
        order: Callable[[list[str]], None] | None = None,
        block: int = 700,
        notices: Notices = NOTHING_SAID,
    ) -> None:
        self.requests = 0
        self.asked: list[dict[str, str]] = []
        self.paths: set[str] = set()
        self.connection: Connection | None = None
        self._records = [(each, _encode(each)) for each in records]
        self._exclusive = exclusive
        self._filters = filters
        self._order = order
        self._block = block
        self._notices = notices
        self._guard = threading.Lock()

    def __call__(self, connection: Connection) -> Server:
        self.connection = connection
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def cancel(self) -> None:
        pass

    def get_result(
        self,
        path: str,
        query: Mapping[str, str],
        consume: Callable[[Iterable[Any]], T],
        columns: Sequence[str] = (),
        required: frozenset[str] = REQUIRED,
        body: Mapping[str, Any] | None = None,
    ) -> Answer[T]:
        with self._guard:
            self.requests += 1
            self.asked.append(dict(query))
            self.paths.add(path)
        found = [text for each, text in self._records if self._serves(each, query)]
        if self._order:
            self._order(found)
        return Answer(consume(Envelope(blocks(_body(found), self._block)).records()), self._notices)

    def _serves(self, each: Record, query: Mapping[str, str]) -> bool:
        if self._filters and "metric" in query and each.get("x_BillableMetricId") != query["metric"]:
            return False
        # A record without a day of its own comes with the days that its place names.
        when = str(each.get("ChargePeriodStart") or each.get("Place") or query["from"])[:10]
        return query["from"] <= when <= query["to"] and not (self._exclusive and when == query["to"])


def between(first: str, last: str) -> dict[str, Any]:
    """Return the options of a range."""
    return {"from": first, "to": last}


def shuffler(seed: int) -> Callable[[list[str]], None]:
    return random.Random(seed).shuffle


def ask(server: Server, now: datetime = NOW, /, **options: Any) -> dict[str, Any]:
    """Check the options as the module does, and run the query; an option that is None is not given."""
    parameters = {**BASE, "return_records": False, "concurrency": 1, **options}
    if "organization_id" in parameters:
        parameters["account_id"] = None
    return query_usage(check_query(parameters, now.date()), now, server)


def usage(server: Server, now: datetime = NOW, /, **options: Any) -> Facts:
    facts: Facts = ask(server, now, **options)["usage"]
    return facts


def reason(facts: Mapping[str, Any], code: str) -> Facts:
    """Return the only reason with this code."""
    found: list[Facts] = [each for each in facts["reasons"] if each["code"] == code]
    assert len(found) == 1, facts["reasons"]
    return found[0]


def codes(facts: Mapping[str, Any]) -> list[str]:
    return [each["code"] for each in facts["reasons"]]


def execute(path: str, name: str) -> dict[str, Any]:
    """Run the code of a module once more, under another name; return what it defines."""
    fresh = ModuleType(name)
    sys.modules[name] = fresh
    try:
        exec(compile(Path(path).read_text(encoding="utf-8"), path, "exec"), vars(fresh))
    finally:
        del sys.modules[name]
    return vars(fresh)
