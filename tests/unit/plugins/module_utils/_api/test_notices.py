# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a successful answer says beside its records is handed back with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import (
    MAX_DAYS_AHEAD,
    Notices,
    api_messages,
    http_date,
    notices,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import Redaction
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import MAY, PATH, Api
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import TOKEN

RECEIVED = datetime(2025, 6, 3, 0, 2, tzinfo=timezone.utc)
REDACTION = Redaction("marker-token_0123456789")


def test_notices_come_with_the_result(connect: Callable[..., Api]) -> None:
    api = connect()
    answer = api.client.get_result(PATH, MAY, list)
    assert len(answer.value) == len(api.expected)
    assert (answer.notices.errors, answer.notices.messages, answer.notices.more) == ((), (), "")


def test_notices_hold_what_was_said_without_the_token() -> None:
    fields = {
        "errors": [{"code": 1000, "message": "no marker-token_0123456789"}],
        "messages": [{"message": "the last day is late"}],
        "result_info": {"page": 1, "total_pages": 2},
    }
    assert notices(fields, {"date": "Mon, 02 Jun 2025 03:00:00 GMT"}, RECEIVED, REDACTION) == Notices(
        errors=({"code": 1000, "message": "no [redacted]"},),
        messages=({"code": None, "message": "the last day is late"},),
        more="page: 1, total_pages: 2",
        goes_on="",
        days_ahead=1,
    )
    assert notices({}, {}, RECEIVED, REDACTION) == Notices()


@pytest.mark.parametrize(
    ("date", "days"),
    [
        ("Tue, 03 Jun 2025 00:02:00 GMT", 0),
        ("Mon, 02 Jun 2025 23:57:00 GMT", 0),  # another day, and within the tolerance
        ("Mon, 02 Jun 2025 23:56:59 GMT", 1),
        ("Tue, 03 Jun 2025 00:00:00 GMT", 0),
        ("Tue, 03 Jun 2025 23:59:59 GMT", 0),  # hours apart, and still the same day
        ("Wed, 04 Jun 2025 00:00:00 GMT", -1),
        ("Tue, 03 Jun 2025 00:30:00 +0200", 1),
        ("Sat, 31 May 2025 12:00:00 GMT", 3),
        ("Fri, 31 Dec 9999 23:59:59 GMT", -MAX_DAYS_AHEAD),
        ("Fri, 01 Jan 0100 00:00:00 GMT", MAX_DAYS_AHEAD),
        ("Fri, 31 Dec 99999 23:59:59 GMT", 0),
        ("some day", 0),
        ("", 0),
    ],
)
def test_notices_tell_by_how_many_days_the_calendars_differ(date: str, days: int) -> None:
    assert notices({}, {"date": date}, RECEIVED, REDACTION).days_ahead == days


@pytest.mark.parametrize(("seconds", "days"), [(0, 0), (-86400, 1), (86400, -1)])
def test_notices_hold_the_date_against_the_clock_of_this_machine(
    connect: Callable[..., Api], seconds: int, days: int
) -> None:
    answer = connect(f"clock={seconds}").client.get_result(PATH, MAY, list)
    assert answer.notices.days_ahead == days


@pytest.mark.parametrize(
    ("info", "more"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ({"page": 1, "per_page": 50, "count": 7, "total_count": 7, "total_pages": 1}, ""),
        ({"page": 2, "per_page": 50, "count": 7, "total_count": 57, "total_pages": 2}, ""),
        ({"count": 7, "total_count": 7, "cursor": "", "next_page_token": None, "has_more": False}, ""),
        ({"total_pages": True, "total_count": -1, "truncated": "no"}, ""),
        ({"total_pages": 1}, ""),
        ({"page": 1, "total_pages": 3}, "page: 1, total_pages: 3"),
        ({"total_pages": 3}, "page: None, total_pages: 3"),
        ({"page": "1", "total_pages": "3"}, "page: 1, total_pages: 3"),
        ({"page": Decimal("1.0"), "total_pages": Decimal("3.0")}, "page: 1.0, total_pages: 3.0"),
        ({"offset": 0, "limit": 50, "total": 51}, "per_page: 50, total_count: 51"),
        ({"offset": 50, "limit": 50, "total": 100}, ""),
        ({"page_size": 50, "total_results": 51}, "per_page: 50, total_count: 51"),
        ({"nextPageToken": "abc"}, "next_page_token: abc"),
        ({"hasMore": "true"}, "has_more: true"),
        ({"more": 1}, "more: 1"),
        ({"more": 0, "has_more": "false", "truncated": None}, ""),
        ({"links": {"prev": "x", "next": "abc"}}, "next: abc"),
        ({"links": {"next": None}}, ""),
        ({"count": 5, "total_count": 9}, "count: 5, total_count: 9"),
        ({"page": 1, "per_page": 50, "total_count": 51}, "per_page: 50, total_count: 51"),
        ({"next_page_token": "abc"}, "next_page_token: abc"),
        ({"cursor": "abc"}, "cursor: abc"),
        ({"cursors": {"before": "x", "after": "abc"}}, "after: abc"),
        ({"cursors": {"before": "x", "after": ""}}, ""),
        ({"truncated": True}, "truncated: True"),
        ({"has_more": True, "next_page": 2}, "has_more: True, next_page: 2"),
        ({"cursor": "marker-token_0123456789"}, "cursor: [redacted]"),
    ],
)
def test_notices_tell_of_more_results(info: Any, more: str) -> None:
    assert notices({"result_info": info}, {}, RECEIVED, REDACTION).more == more


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({"next_page_token": "abc"}, "next_page_token: abc"),
        ({"hasMore": True}, "has_more: True"),
        ({"pagination": {"next": "abc"}}, "next: abc"),
        ({"meta": {"page_info": {"cursors": {"after": "abc"}}}}, "after: abc"),
        ({"meta": {"meta": {"meta": {"meta": {"next": "abc"}}}}}, ""),
        ({"next_page_token": "", "truncated": False, "links": []}, ""),
    ],
)
def test_notices_tell_of_more_results_wherever_the_answer_says_so(
    listen: Callable[..., str], fields: dict[str, Any], more: str
) -> None:
    body = json.dumps({"success": True, "result": [], **fields}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with Client(Connection(listen(lambda connection: connection.sendall(head + body)), TOKEN)) as client:
        assert client.get_result(PATH, {}, list).notices.more == more


@pytest.mark.parametrize(
    ("link", "more"),
    [
        ('</x?page=2>; rel="next"', "Link: next"),
        ("</x>; rel=prev, </y>; rel=next; title=y", "Link: next"),
        ('</next>; rel="preload"; as="next"', ""),
        ('</x>; rel="prev"', ""),
    ],
)
def test_notices_tell_of_more_results_that_a_header_links_to(link: str, more: str) -> None:
    assert notices({}, {"link": link}, RECEIVED, REDACTION).more == more


@pytest.mark.parametrize("errors", [[None], [""], [{}], [[]]])
def test_notices_keep_an_error_that_has_no_text(errors: list[Any]) -> None:
    assert notices({"errors": errors}, {}, RECEIVED, REDACTION).errors == (
        {"code": None, "message": "an error without text"},
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, []),
        ([], []),
        ({}, []),
        ("", []),
        ([None, "", []], []),
        ("text", [{"code": None, "message": "text"}]),
        (["text", 7], [{"code": None, "message": "text"}, {"code": None, "message": "7"}]),
        ({"code": 1}, [{"code": 1, "message": ""}]),
        ({"code": 1, "text": "cut"}, [{"code": 1, "message": "{'text': 'cut'}"}]),
        ([{"code": "x", "message": ["odd"]}], [{"code": None, "message": "['odd']"}]),
        ([{"code": True, "message": "m"}], [{"code": None, "message": "m"}]),
        ([{"code": 10**5000, "message": "m"}], [{"code": None, "message": "m"}]),
        ([{"code": 7, "message": "a\nb"}], [{"code": 7, "message": "a b"}]),
        ([{"code": 1, "message": "m"}] * 50, [{"code": 1, "message": "m"}] * 10),
        ([{"message": "x" * 290 + "marker-token_0123456789"}], [{"code": None, "message": "x" * 290 + "[redacted]"}]),
    ],
)
def test_notices_api_messages_may_be_anything(sent: Any, kept: list[Any]) -> None:
    assert api_messages(sent, REDACTION) == kept


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Mon, 02 Jun 2025 03:00:00 GMT", datetime(2025, 6, 2, 3, tzinfo=timezone.utc)),
        ("Mon, 02 Jun 2025 03:00:00 +0200", datetime(2025, 6, 2, 1, tzinfo=timezone.utc)),
        ("Mon, 02 Jun 2025 03:00:00 -0000", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("Mon, 02 Jun 2025 03:00:00 " + "9" * 400, None),
        ("Mon, 02 Jun " + "9" * 5000 + " 03:00:00 GMT", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_notices_http_date_is_a_time_or_nothing(value: str | None, moment: datetime | None) -> None:
    assert http_date(value) == moment
