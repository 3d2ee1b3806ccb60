# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists page by page, from a real client and the simulator; some answers of a server that the simulator is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    EMPTY_ORGANIZATION_ID,
    NOT_COVERED_ACCOUNT_ID,
    ORGANIZATION_ID,
    PAYGO_ACCOUNT_ID,
    SUB_ORGANIZATION_ID,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._api.listings import (
    accounts_of_organizations,
    accounts_of_token,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiError,
    ApiResponseError,
    MalformedError,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._api.conftest import Timers

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.plugins.module_utils._api.listings import Listing

UNKNOWN = "1" * 32
NO_ORGANIZATIONS = "status=403,code=9109,path=/organizations"
NO_MEMBERS = "status=403,code=9109,path=/organizations/*/accounts"


def ids(listing: Listing) -> set[str]:
    return {account["id"] for account in listing["accounts"]}


def test_listings_accounts_of_a_token_come_from_all_pages(connect: Callable[..., Any]) -> None:
    api = connect(simulator={"accounts": 3000})
    listing = accounts_of_token(api.client)
    assert (len(listing["accounts"]), len(ids(listing)), listing["notes"]) == (3009, 3009, [])
    assert api.client.requests == 61
    assert listing["accounts"][0] == {
        "id": ACCOUNT_ID,
        "name": "My Account",
        "type": "enterprise",
        "created_on": "2019-03-01T00:00:00Z",
        "organization_id": ORGANIZATION_ID,
        "organization_name": "Example Organization",
    }
    [alone] = [each for each in listing["accounts"] if each["id"] == NOT_COVERED_ACCOUNT_ID]
    assert (alone["organization_id"], alone["organization_name"]) == (None, None)


def test_listings_accounts_of_an_organization_come_from_all_pages_and_from_below(connect: Callable[..., Any]) -> None:
    api = connect(simulator={"accounts": 120})
    listing = accounts_of_organizations(api.client, [ORGANIZATION_ID.upper()], sub_organizations=True)
    assert api.client.requests == 5
    assert len(ids(listing)) == len(listing["accounts"]) == 128
    assert {each["organization_id"] for each in listing["accounts"]} == {ORGANIZATION_ID, SUB_ORGANIZATION_ID}
    assert listing["notes"] == []


def test_listings_organizations_below_are_found_on_all_pages(connect: Callable[..., Any]) -> None:
    api = connect(simulator={"organizations": 70})
    listing = accounts_of_organizations(api.client, [ORGANIZATION_ID], sub_organizations=True)
    assert api.client.requests == 4
    assert PAYGO_ACCOUNT_ID in ids(listing)


def test_listings_accounts_below_are_left_out_on_demand_and_an_organization_named_twice_counts_once(
    connect: Callable[..., Any],
) -> None:
    api = connect(NO_ORGANIZATIONS)
    listing = accounts_of_organizations(api.client, [ORGANIZATION_ID] * 2, sub_organizations=False)
    assert ids(listing) == {ACCOUNT_ID}
    assert api.client.requests == 1


def test_accounts_by_parent_stand_in_where_the_api_refuses_and_a_doubt_says_so(connect: Callable[..., Any]) -> None:
    refused = accounts_of_organizations(connect(NO_MEMBERS).client, [ORGANIZATION_ID], sub_organizations=True)
    open_to_all = accounts_of_organizations(connect().client, [ORGANIZATION_ID], sub_organizations=True)
    assert refused["accounts"] == open_to_all["accounts"]
    assert [note.split(" (")[0] for note in refused["doubts"]] == [
        f"The API refused the accounts of organization {each}" for each in (ORGANIZATION_ID, SUB_ORGANIZATION_ID)
    ]


def test_listings_accounts_are_not_replaced_where_the_api_only_fails(connect: Callable[..., Any]) -> None:
    api = connect("status=503,path=/organizations/*/accounts", max_retries=0)
    with pytest.raises(ApiResponseError, match="HTTP 503"):
        accounts_of_organizations(api.client, [ORGANIZATION_ID], sub_organizations=True)
    assert api.client.requests == 2


@pytest.mark.parametrize("faults", [(), (NO_MEMBERS,)])
def test_listings_an_organization_of_which_nothing_is_seen_is_an_error(
    connect: Callable[..., Any], faults: tuple[str, ...]
) -> None:
    with pytest.raises(ApiResponseError, match=f"No accounts of organization {UNKNOWN} are in sight"):
        accounts_of_organizations(connect(*faults).client, [ORGANIZATION_ID, UNKNOWN], sub_organizations=True)


def test_listings_an_organization_that_is_known_may_be_empty(connect: Callable[..., Any]) -> None:
    both = [EMPTY_ORGANIZATION_ID, SUB_ORGANIZATION_ID]
    listing = accounts_of_organizations(connect().client, both, sub_organizations=True)
    assert PAYGO_ACCOUNT_ID in ids(listing)
    assert listing["notes"] == [f"Organization {EMPTY_ORGANIZATION_ID} has no accounts."]
    with pytest.raises(ApiResponseError, match="in sight"):
        accounts_of_organizations(connect(NO_MEMBERS).client, [EMPTY_ORGANIZATION_ID], sub_organizations=True)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("status=400,code=1001,path=/accounts", "one that belongs to an account never may"),
        ("status=403,code=9109,path=/accounts", "name the accounts by their ids: accounts in an inventory"),
        ("status=401,code=10000,path=/accounts", "The API does not accept the token"),
    ],
)
def test_listings_a_refused_list_says_what_to_do(connect: Callable[..., Any], fault: str, words: str) -> None:
    with pytest.raises(ApiResponseError, match=words):
        accounts_of_token(connect(fault).client)


def test_listings_a_refused_list_of_organizations_says_what_to_do(connect: Callable[..., Any]) -> None:
    with pytest.raises(ApiResponseError, match="set sub_organizations to false"):
        accounts_of_organizations(connect(NO_ORGANIZATIONS).client, [ORGANIZATION_ID], sub_organizations=True)


@pytest.mark.parametrize(("fault", "kind"), [("messages", "notes"), ("errors-beside-success", "doubts")])
def test_listings_what_a_list_says_beside_is_told_once(connect: Callable[..., Any], fault: str, kind: str) -> None:
    listing = accounts_of_token(connect(f"envelope={fault},message=be careful", simulator={"accounts": 120}).client)
    assert len(listing["accounts"]) == 129
    nothing: dict[str, list[str]] = {"notes": [], "doubts": []}
    said = {name: listing[name] for name in ("notes", "doubts")}
    assert said == {**nothing, kind: ["/accounts says beside its list: be careful"]}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"next_page_token": "x"}, "next_page_token: x"),
        ({"result_info": {"cursors": {"after": "x"}}}, "after: x"),
        ({"result_info": {"has_more": True}}, "has_more: True"),
        ({"result_info": {"cursors": {"after": ""}, "has_more": False}}, ""),
    ],
)
@pytest.mark.parametrize("organization", [True, False])
def test_listings_that_go_on_in_a_form_that_is_not_theirs_are_doubted(
    listen: Callable[..., str], more: dict[str, Any], told: str, organization: bool
) -> None:
    body = json.dumps({"success": True, "result": [{"id": ACCOUNT_ID}], **more}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    address = listen(lambda connection: connection.sendall(head + body))
    with Client(Connection(address, "token-of-a-test"), timer=Timers()) as client:
        if organization:
            listing = accounts_of_organizations(client, [ORGANIZATION_ID], sub_organizations=False)
            path = f"/organizations/{ORGANIZATION_ID}/accounts"
        else:
            listing, path = accounts_of_token(client), "/accounts"
    assert ids(listing) == {ACCOUNT_ID}
    assert listing["doubts"] == ([f"{path} says that it has more entries than it showed: {told}."] if told else [])


class Pages:
    """A client whose pages are given; the last one comes again and again."""

    def __init__(self, *pages: tuple[Sequence[Any], Mapping[str, Any]]) -> None:
        self.pages = pages
        self.queries: list[Mapping[str, str]] = []

    def get_result(
        self, _path: str, query: Mapping[str, str], consume: Callable[[Sequence[Any]], list[Any]]
    ) -> Answer[list[Any]]:
        self.queries.append(query)
        entries, info = self.pages[min(len(self.queries), len(self.pages)) - 1]
        return Answer(consume(entries), Notices(), info)


def entry(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"{number:032X}", **more}


def listed(*pages: tuple[Sequence[Any], Mapping[str, Any]]) -> Listing:
    return accounts_of_token(cast(Client, Pages(*pages)))


def test_listings_numbered_pages_without_a_total_go_on_until_nothing_new_comes() -> None:
    pages = Pages(([entry(1), entry(2)], {}), ([entry(3)], {}), ([], {}))
    assert len(accounts_of_token(cast(Client, pages))["accounts"]) == 3
    assert [query["page"] for query in pages.queries] == ["1", "2", "3"]
    # A server that does not know the parameter sends the same page for ever.
    assert len(listed(([entry(1)], {}))["accounts"]) == 1


def test_listings_numbered_pages_that_lack_what_was_counted_are_an_error() -> None:
    with pytest.raises(MalformedError, match="/accounts counts 3 entries and showed 2: the list changed"):
        listed(([entry(1)], {"total_pages": 2, "total_count": 3}), ([entry(2)], {"total_pages": 2, "total_count": 3}))


@pytest.mark.parametrize("counts", [{"total_pages": 2}, {"total_pages": "2", "total_count": "1"}])
@pytest.mark.parametrize("first", [[], [entry(1)]], ids=["empty", "again"])
def test_listings_numbered_pages_that_show_nothing_new_too_early_are_an_error(
    first: list[Any], counts: dict[str, Any]
) -> None:
    pages = [(first, {**counts, "total_pages": 3}), (first, {**counts, "total_pages": 3}), ([entry(2)], counts)]
    with pytest.raises(
        MalformedError, match=r"/accounts has 3 pages, and page \d shows nothing new: .* name the accounts"
    ):
        listed(*pages)


def test_listings_numbered_pages_whose_count_changes_meanwhile_are_an_error() -> None:
    # Of 1 to 4 the first went while they were read: 3 moved to a page that had been shown already.
    shrinking = [
        ([entry(1), entry(2)], {"total_pages": 2, "total_count": 4}),
        ([entry(4)], {"total_pages": 2, "total_count": 3}),
    ]
    with pytest.raises(MalformedError, match="/accounts counted 4 entries first and 3 in the end: the list changed"):
        listed(*shrinking)


@pytest.mark.parametrize("name", ["total_count", "total_size"])
@pytest.mark.parametrize(
    ("first", "last", "doubt"),
    [
        (2, 2, ""),
        (3, 3, "counts 3 entries and showed 2, with no more pages."),
        (4, 3, "counted 4 entries first and 3 in the end, with no more pages."),
        (2, True, ""),
        (None, "", ""),
    ],
)
def test_listings_pages_by_token_that_lack_what_was_counted_are_a_doubt(
    name: str, first: Any, last: Any, doubt: str
) -> None:
    pages = Pages(([entry(1)], {name: first, "next_page_token": "2"}), ([entry(2)], {name: last}))
    found = accounts_of_organizations(cast(Client, pages), [UNKNOWN], sub_organizations=False)
    assert len(found["accounts"]) == 2
    assert found["doubts"] == ([f"/organizations/{UNKNOWN}/accounts {doubt}"] if doubt else [])


@pytest.mark.parametrize("tokens", [["same"], [7], [["list"]]])
def test_listings_pages_by_token_end(tokens: list[Any]) -> None:
    pages = Pages(*(([entry(1)], {"next_page_token": token}) for token in tokens))
    with pytest.raises(MalformedError, match=r"The pages of /organizations/1{32}/accounts have no end"):
        accounts_of_organizations(cast(Client, pages), [UNKNOWN], sub_organizations=False)
    assert len(pages.queries) <= 2


@pytest.mark.parametrize("odd", [None, "text", {}, {"id": 7}, {"id": "short"}, {"id": "f" * 32 + "\n"}])
def test_listings_what_has_no_id_is_an_error(odd: Any) -> None:
    with pytest.raises(ApiError, match="lists something without an id"):
        listed(([entry(1), odd], {}))


def test_listings_members_of_other_types_are_unknown_and_half_characters_are_replaced() -> None:
    odd = entry(10, name="a\ud800", type=7, created_on=[], managed_by="nobody")
    [account] = listed(([odd], {}))["accounts"]
    assert account == {
        "id": f"{10:032x}",
        "name": "a\N{REPLACEMENT CHARACTER}",
        "type": None,
        "created_on": None,
        "organization_id": None,
        "organization_name": None,
    }


def test_listings_organizations_in_a_circle_are_each_read_once() -> None:
    first, second = f"{1:032x}", f"{2:032x}"
    circle = [entry(1, parent={"id": second}), entry(2, parent={"id": first})]
    pages = Pages((circle, {}), ([entry(3)], {}), ([entry(4)], {}))
    listing = accounts_of_organizations(cast(Client, pages), [first], sub_organizations=True)
    assert len(listing["accounts"]) == 2
    assert len(pages.queries) == 3
