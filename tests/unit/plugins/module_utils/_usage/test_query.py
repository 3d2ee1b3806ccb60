# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked options to facts: which requests are made, which are not, and what is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any, TypeVar

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import Query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import connection, resolve
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    API_URL,
    BASE,
    MAY,
    NOW,
    ORGANIZATION,
    TODAY,
    TOKEN,
    Server,
    ask,
    between,
    codes,
    daily,
    record,
    usage,
)

T = TypeVar("T")


def query(**options: Any) -> Query:
    return resolve(check_query({**BASE, **options}, TODAY), TODAY)


def test_query_without_any_period_it_is_the_month_to_date() -> None:
    asked = query()
    assert (str(asked.first), str(asked.last), asked.period) == ("2025-06-01", "2025-06-02", "month_to_date")


def test_query_days_that_are_given_are_taken() -> None:
    asked = query(**MAY)
    assert (str(asked.first), str(asked.last), asked.period) == ("2025-05-01", "2025-05-31", None)


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"period": "last_7_days"}, "2025-05-27", "2025-06-02"),
        ({"period": "last_7_days", "complete_days": True}, "2025-05-25", "2025-05-31"),
        ({"period": "last_7_days", "complete_days": True, "lag_days": 0}, "2025-05-26", "2025-06-01"),
        ({"period": "year_to_date", "complete_days": True, "lag_days": 3}, "2025-01-01", "2025-05-29"),
        ({"complete_days": True}, "2025-06-01", "2025-06-02"),
        ({"period": "previous_month", "complete_days": True, "lag_days": 5}, "2025-05-01", "2025-05-31"),
    ],
)
def test_query_words_are_resolved_in_utc_with_the_lag(options: dict[str, Any], first: str, last: str) -> None:
    asked = query(**options)
    assert (str(asked.first), str(asked.last)) == (first, last)


def test_query_defaults_are_those_of_the_documentation() -> None:
    asked = query()
    assert (asked.scope, asked.scope_id, asked.path) == ("account", ACCOUNT, f"/accounts/{ACCOUNT}")
    assert (asked.lag_days, asked.window_days, asked.concurrency) == (1, 31, 4)
    assert (asked.group_by, asked.metric, asked.keep_records) == (("account", "product_family", "metric"), (), False)


def test_query_ids_are_lowered_once_as_the_api_knows_them() -> None:
    assert query(account_id=ACCOUNT.upper()).scope_id == ACCOUNT
    asked = query(account_id=None, organization_id=ORGANIZATION.upper(), expected_accounts=[ACCOUNT.upper()])
    assert (asked.scope_id, asked.expected_accounts) == (ORGANIZATION, (ACCOUNT,))
    ended = query(ended_accounts={ACCOUNT.upper(): "2025-05-20"})
    assert ended.ended_accounts == {ACCOUNT: date(2025, 5, 20)}


def test_query_an_organization_has_a_path_of_its_own() -> None:
    server = Server([])
    facts = usage(server, organization_id=ORGANIZATION)
    assert server.paths == {f"/organizations/{ORGANIZATION}/billable/usage"}
    assert (facts["scope"], facts["scope_id"]) == ("organization", ORGANIZATION)


def test_query_the_connection_takes_every_option_of_its_own() -> None:
    options = {
        "timeout": 7.5,
        "max_retries": 9,
        "validate_certs": False,
        "ca_path": "/ca",
        "concurrency": 3,
        "deadline": 60.0,
    }
    assert connection({**BASE, **options}) == Connection(API_URL, TOKEN, 7.5, 9, False, "/ca", 3, 60.0)
    assert connection(BASE) == Connection(API_URL, TOKEN)
    assert Connection(API_URL, TOKEN).verify is True
    assert Connection(API_URL, TOKEN, ca_path="/ca").verify == "/ca"
    assert Connection(API_URL, TOKEN, ca_path="/ca", validate_certs=False).verify is False


def requests(rows: Iterable[Mapping[str, Any]], *, exclusive: bool = False, **options: Any) -> list[str]:
    server = Server(map(dict, rows), exclusive=exclusive)
    usage(server, **options)
    return [
        " ".join([each["from"], each["to"], *([each["metric"]] if "metric" in each else [])]) for each in server.asked
    ]


MAY_ROWS = daily("2025-05-01", 31)
ALL_ROWS = daily("2025-03-01", 94)


def test_query_an_inclusive_server_is_asked_once() -> None:
    assert requests(MAY_ROWS, **MAY) == ["2025-05-01 2025-05-31"]


def test_query_an_exclusive_server_is_asked_once_more_for_the_last_day() -> None:
    assert requests(MAY_ROWS, exclusive=True, **MAY) == ["2025-05-01 2025-05-31", "2025-05-31 2025-06-01"]
    assert usage(Server(MAY_ROWS, exclusive=True), **MAY)["record_count"] == 31


def test_query_a_last_day_without_rows_is_asked_for_once_more() -> None:
    assert requests(MAY_ROWS[:-1], **MAY) == ["2025-05-01 2025-05-31", "2025-05-31 2025-06-01"]
    facts = usage(Server(MAY_ROWS[:-1]), **MAY)
    assert (facts["record_count"], facts["requests"]) == (30, 2)


@pytest.mark.parametrize("exclusive", [False, True])
def test_query_one_day_is_asked_for_so_that_both_readings_answer(*, exclusive: bool) -> None:
    asked = between("2025-05-07", "2025-05-07")
    assert requests(MAY_ROWS, exclusive=exclusive, **asked) == ["2025-05-07 2025-05-08"]
    facts = usage(Server(MAY_ROWS, exclusive=exclusive), **asked)
    assert (facts["record_count"], facts["dropped"]["outside_range"]) == (1, 0)
    assert facts["groups"][0]["daily_quantity"] == [1]


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("last", ["2025-06-02", "2025-06-03", "2025-12-31"])
def test_query_nothing_is_asked_for_days_to_come(last: str, *, exclusive: bool) -> None:
    assert requests(ALL_ROWS, exclusive=exclusive, **between("2025-06-01", last)) == ["2025-06-01 2025-06-02"]
    assert requests([], exclusive=exclusive, **between("2025-06-02", last)) == ["2025-06-02 2025-06-02"]


def test_query_yesterday_is_settled_with_a_request_that_ends_today() -> None:
    asked = between("2025-05-25", "2025-06-01")
    assert requests(ALL_ROWS, exclusive=True, **asked) == ["2025-05-25 2025-06-01", "2025-06-01 2025-06-02"]


def test_query_a_long_range_is_asked_for_in_windows_that_share_a_day() -> None:
    asked = between("2025-03-01", "2025-05-31")
    windows = [
        "2025-03-01 2025-03-31",
        "2025-03-31 2025-04-30",
        "2025-04-30 2025-05-30",
        "2025-05-30 2025-05-31",
    ]
    assert requests(ALL_ROWS, **asked) == windows
    assert requests(ALL_ROWS, exclusive=True, **asked) == [*windows, "2025-05-31 2025-06-01"]


def test_query_a_shared_day_that_came_settles_how_the_server_reads_its_end() -> None:
    rows = [each for each in ALL_ROWS if each["ChargePeriodStart"] < "2025-05-31"]
    assert len(requests(rows, **between("2025-03-01", "2025-05-31"))) == 4


def test_query_each_metric_is_asked_for_by_itself() -> None:
    rows = [*MAY_ROWS, *daily("2025-05-01", 31, x_BillableMetricId="r2")]
    both = ["workers_requests", "r2"]
    assert requests(rows, metric=both, **MAY) == [f"2025-05-01 2025-05-31 {metric}" for metric in both]
    assert requests(rows, exclusive=True, metric=both, **MAY) == [
        *(f"2025-05-01 2025-05-31 {metric}" for metric in both),
        *(f"2025-05-31 2025-06-01 {metric}" for metric in both),
    ]


def test_query_one_metric_on_the_last_day_settles_it_for_all() -> None:
    rows = [*MAY_ROWS, *daily("2025-05-01", 30, x_BillableMetricId="r2")]
    assert len(requests(rows, metric=["r2", "workers_requests"], **MAY)) == 2


def test_query_the_facts_in_full() -> None:
    facts = usage(
        Server(MAY_ROWS), period="previous_month", lag_days=0, metric=["workers_requests"], group_by=["metric"]
    )
    (group,) = facts.pop("groups")
    assert group["consumed_quantity"] == 31
    assert len(facts.pop("days")) == 31
    assert facts == {
        "source": "usage",
        "scope": "account",
        "scope_id": ACCOUNT,
        "from": "2025-05-01",
        "to": "2025-05-31",
        "period": "previous_month",
        "billing_cycle": None,
        "complete_through": "2025-05-31",
        "lag_days": 0,
        "status": "complete",
        "reasons": [],
        "record_count": 31,
        "dropped": {"outside_range": 0, "other_metric": 0, "other_account": 0, "not_counted": 0},
        "accounts": [{"id": ACCOUNT, "name": "Production", "last_day": "2025-05-31"}],
        "metric": ["workers_requests"],
        "group_by": ["metric"],
        "cost": {"available": "none", "currency": None},
        "fetched_at": "2025-06-02T03:00:00Z",
        "requests": 1,
        "collection_version": COLLECTION_VERSION,
        "sources": [],
    }


def test_query_the_days_are_an_axis_also_where_nothing_came() -> None:
    facts = usage(Server([]), **between("2024-02-27", "2024-03-01"))
    assert facts["days"] == ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]
    assert (facts["status"], facts["groups"], facts["accounts"]) == ("empty", [], [])
    read_usage(facts)


def test_query_the_hour_of_the_call_decides_the_utc_day() -> None:
    last_second = datetime(2025, 5, 31, 23, 59, 59, tzinfo=timezone.utc)
    facts = usage(Server([]), last_second)
    assert (facts["from"], facts["to"], facts["fetched_at"]) == ("2025-05-01", "2025-05-31", "2025-05-31T23:59:59Z")


def test_query_records_are_returned_only_when_asked_for() -> None:
    without, with_them = ask(Server(MAY_ROWS), **MAY), ask(Server(MAY_ROWS), return_records=True, **MAY)
    assert "records" not in without
    assert [each["charge_period_start"][:10] for each in with_them["records"]] == with_them["usage"]["days"]
    assert with_them["usage"] == without["usage"]


def test_query_small_facts_come_of_many_records() -> None:
    few, many = (ask(Server(MAY_ROWS * times), **MAY)["usage"] for times in (1, 60))
    assert len(json.dumps(many)) < len(json.dumps(few)) * 1.2


@pytest.mark.parametrize(("rows", "status"), [(MAY_ROWS, "complete"), (MAY_ROWS[3:], "partial"), ([], "empty")])
def test_query_a_warning_says_what_is_not_known(rows: Sequence[dict[str, Any]], status: str) -> None:
    answer = ask(Server(rows), **MAY)
    assert answer["usage"]["status"] == status
    if status == "complete":
        assert answer["warnings"] == []
        return
    (warning,) = answer["warnings"]
    assert warning.startswith(f"The usage of account {ACCOUNT} is {status}: ")
    assert all(each["message"] in warning for each in answer["usage"]["reasons"])
    assert ("this proves nothing" in warning) == (status == "empty")


def test_query_organizations_without_accounts_and_unknown_ones_are_empty_with_a_warning() -> None:
    answer = ask(Server([]), organization_id=ORGANIZATION, **MAY)
    assert answer["usage"]["status"] == "empty"
    assert "An unknown id" in answer["warnings"][0]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_query_an_answer_that_says_no_ends_the_query(concurrency: int) -> None:
    class Refusing(Server):
        def get_result(
            self,
            path: str,
            query: Mapping[str, str],
            consume: Callable[[Iterable[Any]], T],
            columns: Sequence[str] = (),
            required: frozenset[str] = REQUIRED,
            body: Mapping[str, Any] | None = None,
        ) -> Answer[T]:
            if query["from"] == "2025-03-31":
                raise ApiResponseError("no.", path=path, http_status=403)
            return super().get_result(path, query, consume, columns)

    server = Refusing(ALL_ROWS)
    with pytest.raises(ApiResponseError, match=r"^no\. A pay-as-you-go account reads its bill with source: paygo\.$"):
        usage(server, concurrency=concurrency, window_days=3, **between("2025-03-01", "2025-05-31"))
    # Of 46 windows, those behind the refused one are not asked for any more.
    assert server.requests <= 15 + 2 * concurrency


def test_query_the_first_answer_may_arrive_last() -> None:
    others = threading.Semaphore(0)

    class Late(Server):
        def get_result(
            self,
            path: str,
            query: Mapping[str, str],
            consume: Callable[[Iterable[Any]], T],
            columns: Sequence[str] = (),
            required: frozenset[str] = REQUIRED,
            body: Mapping[str, Any] | None = None,
        ) -> Answer[T]:
            if query["from"] == "2025-03-01":
                assert all(others.acquire(timeout=600) for _other in range(3))
            result = super().get_result(path, query, consume, columns)
            others.release()
            return result

    query = {**between("2025-03-01", "2025-05-31"), "window_days": 9, "return_records": True}
    late, usual = ask(Late(ALL_ROWS), concurrency=4, **query), ask(Server(ALL_ROWS), **query)
    assert late == usual
    assert [each["charge_period_start"][:10] for each in late["records"]] == late["usage"]["days"]


def test_query_the_session_is_closed_whatever_happens() -> None:
    closed = []

    class Closing(Server):
        def __exit__(self, *_arguments: object) -> None:
            closed.append(True)

    usage(Closing(MAY_ROWS), **MAY)
    assert closed == [True]


def test_query_the_connection_is_made_of_the_checked_options() -> None:
    server = Server(MAY_ROWS)
    query_usage(check_query({**BASE, **MAY, "timeout": 3.0, "concurrency": 2}, TODAY), NOW, server)
    assert server.connection == Connection(API_URL, TOKEN, timeout=3.0, concurrency=2)


def test_query_facts_hold_no_token() -> None:
    assert TOKEN not in json.dumps(ask(Server([record("2025-05-01", "bad")]), **MAY))


def test_query_rows_of_today_are_counted_and_today_is_never_complete() -> None:
    facts = usage(Server(ALL_ROWS), **between("2025-06-01", "2025-06-02"))
    assert facts["groups"][0]["daily_quantity"] == [1, 1]
    assert codes(facts) == ["days_not_complete_yet"]


def test_query_envelope_that_says_more_than_its_records_makes_the_facts_partial() -> None:
    said = Notices(
        errors=({"code": 1015, "message": "one shard is late"}, {"code": None, "message": "x"}),
        messages=({"code": None, "message": "Results were truncated"}, {"code": 7, "message": "A new column is here"}),
        more="page: 1, total_pages: 2",
    )
    answer = ask(Server(MAY_ROWS, notices=said), **MAY)
    facts = answer["usage"]
    assert (facts["status"], codes(facts)) == ("partial", ["errors_beside_success", "more_pages", "answer_truncated"])
    assert [each["message"] for each in facts["reasons"]] == [
        "The API sent errors although it says success: 1015 one shard is late; x",
        "The API says that there are more results than it sent: page: 1, total_pages: 2",
        "The API says that its answer is not whole: Results were truncated",
    ]
    assert answer["warnings"][1:] == [
        f"Cloudflare says of /accounts/{ACCOUNT}: Results were truncated",
        f"Cloudflare says of /accounts/{ACCOUNT}: A new column is here",
    ]


def test_query_envelope_with_errors_and_without_records_says_both() -> None:
    answer = ask(Server([], notices=Notices(errors=({"code": 1, "message": "late"},))), **MAY)
    assert codes(answer["usage"]) == ["empty", "errors_beside_success"]


def test_query_messages_of_many_windows_are_warned_of_once() -> None:
    said = Notices(messages=({"code": None, "message": "A new column is here"},))
    answer = ask(Server(ALL_ROWS, notices=said), window_days=3, **between("2025-05-01", "2025-05-31"))
    assert answer["usage"]["status"] == "complete"
    assert len(answer["warnings"]) == 1


def test_query_record_with_a_column_nested_too_deeply_is_refused() -> None:
    deep: Any = "x"
    for _level in range(60):
        deep = [deep]
    rows = [record("2025-05-01", Tags=deep)]
    assert ask(Server(rows), **MAY)["usage"]["record_count"] == 1
    with pytest.raises(RecursionError, match="a column is too deeply nested"):
        ask(Server(rows), return_records=True, **MAY)
