# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of accounts and organizations: every page, in both forms that the API has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypedDict

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError, MalformedError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable

PAGE_SIZE = "50"
MAX_PAGES = 10_000  # a list that goes on and on ends here
_is_id = re.compile(r"[0-9a-f]{32}").fullmatch
_is_count = re.compile(r"[0-9]{1,9}").fullmatch

Entries = dict[str, Mapping[str, Any]]  # by id


class ListReader(Protocol):
    """As much of the client as lists need."""

    def get_result(
        self, path: str, query: Mapping[str, str], consume: Callable[[Iterable[Any]], list[Any]]
    ) -> Answer[list[Any]]:
        """Return the elements of ``result``, and what the answer says beside. Raises ApiError."""


class Account(TypedDict):
    """An account as the list shows it; all but the id may be unknown (None)."""

    id: str
    name: str | None
    type: str | None
    created_on: str | None
    organization_id: str | None
    organization_name: str | None


class Listing(TypedDict):
    """The accounts, sentences about what may be missing, and others about what was said beside."""

    accounts: list[Account]
    doubts: list[str]
    notes: list[str]


def accounts_of_token(client: ListReader) -> Listing:
    """Return all accounts that the token sees. Raises ApiError."""
    reader = _Reader(client)
    accounts = list(map(_account, reader.numbered_pages("/accounts").values()))
    return {"accounts": accounts, "doubts": reader.doubts, "notes": reader.notes}


def accounts_of_organizations(client: ListReader, organizations: Sequence[str], *, sub_organizations: bool) -> Listing:
    """Return the accounts of organizations, given by their ids, and of those below them.

    Where the API refuses the list of an organization, the accounts that name it as their parent stand in, and a doubt
    says so. An unknown organization and one without accounts give the same empty answer, so it raises ApiError.
    """
    named = list(dict.fromkeys(each.lower() for each in organizations))
    reader = _Reader(client)
    known = reader.pages_by_token("/organizations") if sub_organizations else {}
    found: dict[str, Account] = {}
    refused: dict[str, ApiResponseError] = {}
    for organization in _with_those_below(named, known):
        try:
            entries = reader.pages_by_token(f"/organizations/{organization}/accounts")
        except ApiResponseError as error:
            if error.transient:
                raise
            refused[organization] = error
            continue
        for ident, entry in entries.items():
            found.setdefault(ident, _account(entry, organization))
    if refused:
        for account in map(_account, reader.numbered_pages("/accounts").values()):
            if account["organization_id"] in refused:
                found.setdefault(account["id"], account)
    doubts = [_stand_in(organization, error) for organization, error in refused.items()]
    notes = [*_empty(named, known, refused, found.values()), *reader.notes]
    return {"accounts": list(found.values()), "doubts": doubts + reader.doubts, "notes": notes}


def _stand_in(organization: str, error: ApiResponseError) -> str:
    return (
        f"The API refused the accounts of organization {organization} (HTTP {error.http_status}). In their place stand"
        " the accounts of /accounts that name it as their parent; those that the token can't see are missing."
    )


def _empty(
    named: Sequence[str], known: Entries, refused: Mapping[str, ApiResponseError], accounts: Iterable[Account]
) -> Iterator[str]:
    """Yield a note for each organization without accounts; raise ApiResponseError where that can't be told."""
    filled = {account["organization_id"] for account in accounts}
    for organization in named:
        below = _with_those_below([organization], known)
        if not filled.isdisjoint(below):
            continue
        if organization not in known or not refused.keys().isdisjoint(below):
            raise ApiResponseError(
                f"No accounts of organization {organization} are in sight. One that does not exist, that the token"
                " does not see, or that is empty gives the same answer: check the id and the token, or leave it out.",
                path=f"/organizations/{organization}/accounts",
                http_status=200,
            )
        yield f"Organization {organization} has no accounts."


def _with_those_below(named: Sequence[str], known: Entries) -> list[str]:
    """Return the organizations and all that are below them, each once."""
    below: dict[str, list[str]] = {}
    for ident, entry in known.items():
        below.setdefault(_text(_member(entry, "parent").get("id")) or "", []).append(ident)
    found = dict.fromkeys(named)
    waiting = list(named)
    while waiting:
        fresh = [ident for ident in below.get(waiting.pop(), ()) if ident not in found]
        found.update(dict.fromkeys(fresh))
        waiting += fresh
    return list(found)


def _account(entry: Mapping[str, Any], organization: str | None = None) -> Account:
    parent = _member(entry, "managed_by")
    parent_id = _text(parent.get("parent_org_id"))
    return {
        "id": entry["id"].lower(),
        "name": _text(entry.get("name")),
        "type": _text(entry.get("type")),
        "created_on": _text(entry.get("created_on")),
        "organization_id": organization or (parent_id and parent_id.lower()),
        "organization_name": _text(parent.get("parent_org_name")),
    }


def _member(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = entry.get(name)
    return member if isinstance(member, Mapping) else {}


def _text(value: object) -> str | None:
    """Return text that any output can carry: ansible-inventory prints variables to a terminal as they are."""
    return printable(value) if isinstance(value, str) else None


class _Reader:
    """Reads whole lists; ``doubts`` and ``notes`` are sentences of what the answers say beside, errors and others."""

    def __init__(self, client: ListReader) -> None:
        self.doubts: list[str] = []
        self.notes: list[str] = []
        self._client = client

    def numbered_pages(self, path: str) -> Entries:
        """Return the entries of a list whose pages have numbers."""
        entries: Entries = {}
        counted: list[int] = []
        for number in range(1, MAX_PAGES + 1):
            page, info, goes_on = self._page(path, {"page": str(number), "per_page": PAGE_SIZE})
            before, pages = len(entries), _number(info, "total_pages")
            entries |= page
            counted += _counted(info)
            if pages is not None and number >= pages:
                break
            if len(entries) == before:
                if pages is not None:
                    raise self._changed(path, f"{path} has {pages} pages, and page {number} shows nothing new")
                break
        self._doubt(path, goes_on)
        problem = _missing(path, counted, len(entries))
        if problem:
            raise self._changed(path, problem)
        return entries

    def _changed(self, path: str, problem: str) -> MalformedError:
        message = f"{problem}: the list changed while it was read. Run again, or name the accounts by their ids."
        return MalformedError(message, path=path, http_status=200)

    def pages_by_token(self, path: str) -> Entries:
        """Return the entries of a list each of whose pages names the next one by a token."""
        entries: Entries = {}
        counted: list[int] = []
        query = {"page_size": PAGE_SIZE}
        seen: set[str] = set()
        while True:
            page, info, goes_on = self._page(path, query)
            entries |= page
            counted += _counted(info)
            token = info.get("next_page_token")
            if not token:
                self._doubt(path, goes_on)
                problem = _missing(path, counted, len(entries))
                self.doubts += [f"{problem}, with no more pages."] if problem else []
                return entries
            if not isinstance(token, str) or token in seen or len(seen) >= MAX_PAGES:
                raise MalformedError(f"The pages of {path} have no end. Check api_url.", path=path, http_status=200)
            seen.add(token)
            query = {"page_size": PAGE_SIZE, "page_token": token}

    def _doubt(self, path: str, goes_on: str) -> None:
        """Note that the last page of a list says, in a form of its own, that it is not the last."""
        if goes_on:
            self.doubts.append(f"{path} says that it has more entries than it showed: {goes_on}.")

    def _page(self, path: str, query: Mapping[str, str]) -> tuple[Entries, Mapping[str, Any], str]:
        answer = self._client.get_result(path, query, list)
        for said, sentences in ((answer.notices.errors, self.doubts), (answer.notices.messages, self.notes)):
            new = (f"{path} says beside its list: {each['message']}" for each in said)
            sentences += [each for each in new if each not in sentences]
        return _by_id(path, answer.value), answer.result_info, answer.notices.goes_on


def _number(info: Mapping[str, Any], name: str) -> int | None:
    """Return a count of a page, None where it says none."""
    text = str(info.get(name))
    return int(text) if _is_count(text) else None


def _counted(info: Mapping[str, Any]) -> list[int]:
    """Return how many entries a page says that its list has; the two forms call that by different names."""
    counts = (_number(info, name) for name in ("total_count", "total_size"))
    return [count for count in counts if count is not None][:1]


def _missing(path: str, counted: Sequence[int], shown: int) -> str | None:
    """Return what tells that a list is not whole, None for one that is, or that counts nothing."""
    if len(set(counted)) > 1:  # an entry that was taken away moves the later ones, and the first on a page is not shown
        return f"{path} counted {counted[0]} entries first and {counted[-1]} in the end"
    return f"{path} counts {counted[0]} entries and showed {shown}" if counted and shown < counted[0] else None


def _by_id(path: str, page: Sequence[Any]) -> Entries:
    entries: Entries = {}
    for entry in page:
        ident = entry.get("id") if isinstance(entry, Mapping) else None
        if not isinstance(ident, str) or not _is_id(ident.lower()):
            message = f"{path} lists something without an id of 32 hexadecimal characters. Check api_url and any proxy."
            raise MalformedError(message, path=path, http_status=200)
        entries[ident.lower()] = entry
    return entries
