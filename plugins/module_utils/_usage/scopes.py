# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose usage is asked for: accounts and organizations, each once, an organization by its accounts where need be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    Reason,
    about,
    listed,
    reason,
    subject,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_DEFAULTS, SCOPES
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.plugins.module_utils._api.listings import Listing

_OF_SCOPES = frozenset((*SCOPES, "expected_accounts", "expected_accounts_by_organization"))


@dataclass(frozen=True)
class Scope:
    """What is read by itself; ``kind`` is account or organization, ``id`` is in small letters."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def alone(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that ask for this one only."""
        alike = {name: value for name, value in given.items() if name not in _OF_SCOPES}
        expected = _expected(given, self)
        return {**alike, f"{self.kind}_id": self.id, **({"expected_accounts": expected} if expected else {})}


@dataclass
class Roster:
    """What is read, each by itself.

    ``failures`` says of which organizations the accounts can't be listed, ``reasons`` and ``notes`` what their lists
    leave open and say beside. ``by_account`` tells whether organizations are read by their accounts.
    """

    scopes: list[Scope]
    by_account: bool = False
    failures: dict[Scope, ApiError] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def asked_scopes(given: Mapping[str, Any]) -> list[Scope]:
    """Return what checked parameters name, each once, accounts first."""
    named = [
        Scope(kind, ident.lower())
        for kind in ("account", "organization")
        for ident in (*_one(given, f"{kind}_id"), *given.get(f"{kind}_ids", ()))
    ]
    return list(dict.fromkeys(named))


def _one(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return (given[name],) if name in given else ()


def reads_accounts_only(given: Mapping[str, Any]) -> bool:
    """Tell whether the source sends the records of one account at a time."""
    source: str = given.get("source", QUERY_DEFAULTS["source"])
    return source != "usage"


def make_roster(given: Mapping[str, Any], client: Client) -> Roster:
    """Return what is to be read; a source that reads accounts reads all of an organization. Raises ApiError."""
    asked = asked_scopes(given)
    organizations = [scope for scope in asked if scope.kind == "organization"]
    if not organizations or not reads_accounts_only(given):
        return Roster(asked)
    from ansible_collections.finops.cloudflare.plugins.module_utils._api.listings import accounts_of_organizations

    roster = Roster([scope for scope in asked if scope.kind == "account"], by_account=True)

    def members(organization: Scope) -> Listing | ApiError:
        try:
            return accounts_of_organizations(client, [organization.id], sub_organizations=False)
        except ApiError as error:
            return error.with_traceback(None)

    workers = min(len(organizations), {**QUERY_DEFAULTS, **given}["concurrency"])
    answers = map_ordered(members, organizations, workers, client.cancel, ahead=len(organizations))
    for organization, answer in zip(organizations, answers, strict=True):
        if isinstance(answer, ApiError):
            roster.failures[organization] = answer
        else:
            _enrol(roster, organization, answer, _expected(given, organization))
    roster.scopes = list(dict.fromkeys(roster.scopes))
    return roster


def _expected(given: Mapping[str, Any], scope: Scope) -> list[str]:
    """Return the accounts that an organization is expected to have, in small letters; empty where nobody said."""
    if scope.kind == "account":
        return []
    if "organization_id" in given:
        return [each.lower() for each in given.get("expected_accounts", ())]
    by_organization = given.get("expected_accounts_by_organization", {})
    return [each.lower() for key, ids in by_organization.items() if key.lower() == scope.id for each in ids]


def _enrol(roster: Roster, organization: Scope, listing: Listing, expected: Sequence[str]) -> None:
    """Add the accounts of an organization: those that are listed, or the expected ones, listed or not."""
    roster.notes += listing["notes"]
    found = [account["id"] for account in listing["accounts"]]
    roster.scopes += [Scope("account", each) for each in expected or found]
    if expected:  # then nobody relies on the list
        roster.notes += listing["doubts"]
        roster.reasons += _unexpected(organization, sorted(set(found) - set(expected)))
    else:
        roster.reasons += [
            reason("accounts_not_all_listed", printable(doubt, 600), sources=[organization.id])
            for doubt in listing["doubts"]
        ]


def _unexpected(organization: Scope, accounts: Sequence[str]) -> Iterator[Reason]:
    if accounts:
        yield reason(
            "accounts_not_expected",
            f"{str(organization).capitalize()} has {len(accounts)} account(s) that were not expected and are not read,"
            f" the first is {accounts[0]}.",
            accounts=listed(accounts),
            count=len(accounts),
            **about(map(subject, accounts)),
        )


def account_ids(usage: Mapping[str, Any]) -> set[str]:
    """Return the accounts that have rows in facts, and not only on earlier days, in small letters."""
    return {account["id"].lower() for account in usage["accounts"] if account["last_day"] >= usage["from"]}


def not_inside(scopes: Iterable[Scope], organizations: Iterable[Mapping[str, Any]]) -> list[Scope]:
    """Return the accounts that are not in the facts of organizations."""
    inside = set().union(*map(account_ids, organizations))
    return [scope for scope in scopes if scope.kind == "account" and scope.id not in inside]
