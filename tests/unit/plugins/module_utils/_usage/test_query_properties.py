# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random records, windows, servers and orders of arrival against the plain reference."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._usage.usage_reference import (
    KEYS,
    Row,
    naive,
    random_rows,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ORGANIZATION,
    TODAY,
    Facts,
    Server,
    ask,
    shuffler,
    usage,
)


def canonical(groups: Sequence[Facts]) -> list[str]:
    return sorted(json.dumps(group, sort_keys=True) for group in groups)


def comparable(facts: Facts) -> Facts:
    """Leave out what tells of the requests: their number, and which of the bad records were met first."""
    reasons = [{name: value for name, value in each.items() if name != "samples"} for each in facts["reasons"]]
    for each in reasons:
        if each["code"] == "records_not_counted":
            each["message"] = "by the first sample"
    return {**facts, "requests": 0, "reasons": reasons}


def random_query(rng: random.Random) -> dict[str, Any]:
    first = TODAY - timedelta(days=rng.randrange(70))
    last = first + timedelta(days=rng.choice((0, 1, 5, 30, 31, 60)))
    return {
        "organization_id": ORGANIZATION,
        "from": str(first),
        "to": str(last),
        "metric": rng.choice((None, None, ["workers_requests"], ["r2_storage", "workers_requests"])),
        "group_by": rng.sample(sorted(KEYS), rng.randrange(len(KEYS) + 1)),
    }


def random_server(rng: random.Random, rows: Sequence[Row], *, exclusive: bool) -> Server:
    order = shuffler(rng.randrange(10**6)) if rng.random() < 0.7 else None
    return Server(
        (row.wire for row in rows),
        exclusive=exclusive,
        filters=rng.random() < 0.7,
        order=order,
        block=rng.randrange(1, 5000),
    )


@pytest.mark.many_cases
@pytest.mark.parametrize("seed", range(40))
def test_query_properties_facts_are_those_of_the_reference(seed: int) -> None:
    rng = random.Random(seed)
    query = random_query(rng)
    first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
    # Rows before and after the asked days, but never of days to come.
    rows = random_rows(rng, first - timedelta(days=3), min(last + timedelta(days=3), TODAY), rng.choice((0, 1, 5, 60)))
    for exclusive in (False, True):
        # Nothing is asked for days to come, so an exclusive server can't send today.
        known = [row for row in rows if not (exclusive and row.day == TODAY)]
        expected = naive(known, first, last, TODAY, query["group_by"], query["metric"] or ())
        for window_days in (31, rng.randrange(1, 31)):
            server = random_server(rng, rows, exclusive=exclusive)
            facts = usage(server, window_days=window_days, concurrency=rng.randrange(1, 5), **query)
            for group in facts["groups"]:
                del group["rated_through"]
            assert canonical(facts["groups"]) == canonical(expected["groups"])
            assert facts["record_count"] == expected["record_count"]
            assert facts["accounts"] == expected["accounts"]
            assert facts["cost"] == expected["cost"]
            if not query["metric"]:
                assert facts["dropped"] == {
                    "outside_range": 0,
                    "other_metric": 0,
                    "other_account": 0,
                    "not_counted": expected["not_counted"],
                }
            assert_requests_are_right(server, first, last, exclusive=exclusive)
    read_usage(facts)


def assert_requests_are_right(server: Server, first: date, last: date, *, exclusive: bool) -> None:
    """No request is too long, for other days, for days to come, or asked twice."""
    asked = [(date.fromisoformat(each["from"]), date.fromisoformat(each["to"])) for each in server.asked]
    assert len({json.dumps(each, sort_keys=True) for each in server.asked}) == len(server.asked)
    served = set()
    for start, end in asked:
        assert start <= end
        assert (end - start).days + 1 <= 31
        assert first <= start
        # One day more than asked is only for a server that leaves out the last one.
        assert end <= min(last + timedelta(days=1), TODAY)
        assert end <= last or start == last
        served |= {start + timedelta(days=offset) for offset in range((end - start).days + (not exclusive))}
    whole = {first + timedelta(days=offset) for offset in range((min(last, TODAY) - first).days + 1)}
    assert served >= whole - ({TODAY} if exclusive else set())


@pytest.mark.many_cases
@pytest.mark.parametrize("seed", range(16))
def test_query_properties_facts_do_not_depend_on_windows_order_or_concurrency(seed: int) -> None:
    rng = random.Random(1000 + seed)
    first = TODAY - timedelta(days=rng.randrange(32, 80))
    last = first + timedelta(days=30)
    query = {**random_query(rng), "from": str(first), "to": str(last)}
    rows = random_rows(rng, first, last, 60)
    exclusive = rng.random() < 0.5
    one = usage(Server((row.wire for row in rows), exclusive=exclusive), **query)
    for window_days in (1, 2, 3, 7, rng.randrange(4, 31)):
        order = shuffler(rng.randrange(10**6))
        server = Server((row.wire for row in rows), exclusive=exclusive, order=order, block=rng.randrange(1, 5000))
        facts = usage(server, window_days=window_days, concurrency=rng.randrange(1, 9), **query)
        assert comparable(facts) == comparable(one)


@pytest.mark.parametrize("exclusive", [False, True])
def test_query_properties_one_window_and_thirty_one_give_the_same_facts_and_records(*, exclusive: bool) -> None:
    rng = random.Random(31)
    first, last = date(2025, 5, 1), date(2025, 5, 31)
    rows = random_rows(rng, first, last, 200)
    query = {"organization_id": ORGANIZATION, "from": str(first), "to": str(last), "return_records": True}
    answers = []
    for window_days in (31, 2):
        server = Server((row.wire for row in rows), exclusive=exclusive, filters=False)
        answers.append((ask(server, window_days=window_days, concurrency=4, **query), server.requests))
    (one, one_requests), (many, many_requests) = answers
    assert one_requests == 1 + exclusive
    assert many_requests == 30 + exclusive
    assert comparable(one["usage"]) == comparable(many["usage"])
    assert canonical(one["records"]) == canonical(many["records"])
    assert len(one["records"]) == one["usage"]["record_count"]


@pytest.mark.parametrize("window_days", [31, 3])
def test_metrics_that_are_asked_apart_count_once_even_when_the_server_sends_all_of_them(window_days: int) -> None:
    rng = random.Random(5)
    first, last = date(2025, 5, 1), date(2025, 5, 31)
    rows = [row for row in random_rows(rng, first, last, 100) if row.wire.get("x_BillableMetricId")]
    query = {"organization_id": ORGANIZATION, "from": str(first), "to": str(last), "window_days": window_days}
    whole = usage(Server(row.wire for row in rows), **query)
    both = ["workers_requests", "r2_storage"]
    for filters in (True, False):
        server = Server((row.wire for row in rows), filters=filters)
        facts = usage(server, metric=both, **query)
        assert facts["groups"] == whole["groups"]
        assert facts["dropped"] == whole["dropped"]
        assert {each["metric"] for each in server.asked} == set(both)
    one = usage(Server((row.wire for row in rows), filters=False), metric=both[:1], **query)
    others = [row for row in rows if row.wire["x_BillableMetricId"] != both[0]]
    assert one["dropped"]["other_metric"] == len(others)
    assert one["record_count"] + one["dropped"]["not_counted"] == len(rows) - len(others)


def test_query_properties_rows_outside_the_asked_days_are_dropped_and_counted_and_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(8)
    first, last = date(2025, 5, 1), date(2025, 5, 20)
    rows = random_rows(rng, first - timedelta(days=4), last + timedelta(days=4), 150)
    outside = [row for row in rows if not first <= row.day <= last]
    query = {"organization_id": ORGANIZATION, "from": str(first), "to": str(last)}
    right = usage(Server(row.wire for row in rows), **query)
    monkeypatch.setattr(Server, "_serves", lambda *_arguments: True)
    server = Server(row.wire for row in rows)
    facts = usage(server, **query)
    assert facts["groups"] == right["groups"]
    assert facts["dropped"]["outside_range"] == len(outside) > 0
    assert "records_outside_range" in {each["code"] for each in facts["reasons"]}
    assert facts["status"] == "partial"
    many = usage(Server(row.wire for row in rows), window_days=4, **query)
    assert many["groups"] == right["groups"]


@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_query_properties_no_more_than_so_many_requests_are_under_way(concurrency: int) -> None:
    """The pool never holds more answers than that either, or memory would grow with the range."""
    started: list[int] = []
    results: list[int] = []
    most = 0

    def call(step: int) -> int:
        started.append(step)
        return step * step

    for result in map_ordered(call, list(range(40)), concurrency, lambda: None):
        results.append(result)
        most = max(most, len(started) - len(results))
    assert results == [step * step for step in range(40)]
    assert most <= concurrency
