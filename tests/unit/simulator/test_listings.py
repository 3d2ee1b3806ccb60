# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists page by page, fixed fees, and a limit of requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    EMPTY_ORGANIZATION_ID,
    NOT_COVERED_ACCOUNT_ID,
    ORGANIZATION_ID,
    PAYGO_ACCOUNT_ID,
    SUB_ORGANIZATION_ID,
)

Start = Callable[..., Any]


def by_token(started: Any, path: str, **size: int) -> list[list[Any]]:
    """Follow page_token to the end and return every page."""
    pages: list[list[Any]] = []
    query: dict[str, Any] = {**size}
    while True:
        answer = started.get(path, query)
        pages.append(answer.rows)
        token = answer.data["result_info"].get("next_page_token")
        if token is None:
            return pages
        query = {**size, "page_token": token}


def test_listings_accounts_come_in_numbered_pages(client: Start) -> None:
    started = client(accounts=111)
    first, last = started.get("/accounts"), started.get("/accounts", {"page": 3, "per_page": 500})
    assert first.data["result_info"] == {
        "page": 1,
        "per_page": 20,
        "total_pages": 6,
        "count": 20,
        "total_count": 120,
    }
    assert first.rows[0]["id"] == ACCOUNT_ID
    assert first.rows[0]["managed_by"]["parent_org_id"] == ORGANIZATION_ID
    assert (last.data["result_info"]["per_page"], len(last.rows)) == (50, 20)
    [not_covered] = [entry for entry in last.rows if entry["id"] == NOT_COVERED_ACCOUNT_ID]
    assert "managed_by" not in not_covered
    for query in ({"page": 0}, {"per_page": "many"}, {"page": -1}):
        assert started.get("/accounts", query).codes == [1183]


def test_listings_accounts_can_be_thousands(client: Start) -> None:
    started = client(accounts=3000)
    assert started.get("/accounts").data["result_info"]["total_count"] == 3009
    pages = by_token(started, f"/organizations/{ORGANIZATION_ID}/accounts", page_size=100)
    assert (len(pages), len({entry["id"] for page in pages for entry in page})) == (30, 3000)


def test_listings_organizations_come_by_token_ten_at_a_time(client: Start) -> None:
    started = client(organizations=23)
    pages = by_token(started, "/organizations")
    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({entry["id"] for page in pages for entry in page}) == 25
    assert len(started.get("/organizations", {"page_size": 100}).rows) == 25
    assert started.get("/organizations", {"page_token": "made-up"}).codes == [1183]


def test_listings_sub_organization_names_its_parent_and_holds_accounts_of_its_own(client: Start) -> None:
    started = client()
    [sub] = [entry for entry in started.get("/organizations").rows if entry["id"] == SUB_ORGANIZATION_ID]
    assert sub["parent"] == {"id": ORGANIZATION_ID, "name": "Example Organization"}
    assert sub["meta"]["hierarchy_tags"] == [ORGANIZATION_ID, SUB_ORGANIZATION_ID]
    [members] = by_token(started, f"/organizations/{SUB_ORGANIZATION_ID}/accounts")
    assert members[0]["id"] == PAYGO_ACCOUNT_ID
    assert {entry["managed_by"]["parent_org_id"] for entry in members} == {SUB_ORGANIZATION_ID}


def test_listings_accounts_of_an_organization_nobody_knows_are_none(client: Start) -> None:
    for ident in ("1" * 32, EMPTY_ORGANIZATION_ID):
        assert client().get(f"/organizations/{ident}/accounts").rows == []


def test_listings_lists_can_be_refused_to_some_tokens(client: Start) -> None:
    started = client("status=400,code=1001,path=/accounts", "status=403,code=9109,path=/organizations/*/accounts")
    assert started.get("/accounts").codes == [1001]
    assert started.get(f"/organizations/{ORGANIZATION_ID}/accounts").codes == [9109]
    assert started.get("/organizations").status == 200


def test_listings_fees_are_of_every_state_frequency_and_currency(client: Start) -> None:
    fees = client().get(f"/accounts/{ACCOUNT_ID}/subscriptions").rows
    seen = [(fee["state"], fee["price"], fee["currency"], fee["frequency"]) for fee in fees]
    assert seen == [
        ("Paid", 5, "USD", "monthly"),
        ("Paid", 240, "USD", "yearly"),
        ("Paid", 45, "USD", "quarterly"),
        ("Trial", 250, "USD", "monthly"),
        ("Cancelled", 5, "USD", "monthly"),
        ("Paid", 4.5, "EUR", "monthly"),
    ]
    periods = [(fee["current_period_start"][:10], fee["current_period_end"][:10]) for fee in fees]
    assert periods[:3] == [("2025-06-01", "2025-07-01"), ("2025-01-01", "2026-01-01"), ("2025-04-01", "2025-07-01")]
    assert fees[0]["rate_plan"]["public_name"] == "Workers Paid"
    assert client().get(f"/accounts/{NOT_COVERED_ACCOUNT_ID}/subscriptions").rows == []


@pytest.mark.parametrize("limit", ["2", "2/300"])
def test_listings_rate_limit_refuses_what_is_too_much(client: Start, limit: str) -> None:
    started = client(rate_limit=limit)
    first, second, third = (started.get("/accounts") for _number in range(3))
    assert [first.status, second.status, third.status] == [200, 200, 429]
    assert (first.headers["Ratelimit-Policy"], "Retry-After" in first.headers) == ('"default";q=2;w=300', False)
    assert first.headers["Ratelimit"].startswith('"default";r=1;t=')
    assert third.codes == [971]
    assert 0 < int(third.headers["Retry-After"]) <= 300


def test_listings_rate_limit_ends(client: Start) -> None:
    started = client(rate_limit="1/0.01")
    statuses = iter(lambda: started.get("/accounts").status, None)
    assert 429 in statuses
    assert 200 in statuses
