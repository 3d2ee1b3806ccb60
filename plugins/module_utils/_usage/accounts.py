# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several accounts and organizations in one task: read side by side, put together, and none that fails hides others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiError, FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    about,
    listed,
    reason,
    subject,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_DEFAULTS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.scopes import (
    Roster,
    Scope,
    account_ids,
    make_roster,
    not_inside,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merged_groups import MergedGroups

Facts = dict[str, Any]
Days = tuple[str, str]
_MAX_KINDS = 4  # of failures that a message tells, each with the first account of it


class HasUsage(Protocol):
    """What reading an account or organization came to."""

    @property
    def usage(self) -> Facts: ...

    @property
    def path(self) -> str: ...


T = TypeVar("T", bound=HasUsage)


class AccountsError(FinopsError):
    """Not one of several accounts and organizations could be read; ``errors`` says why."""

    def __init__(self, errors: Mapping[Scope, ApiError]) -> None:
        kinds: dict[tuple[str, int | None], str] = {}
        for scope, error in errors.items():
            kinds.setdefault((error.kind, error.http_status), f"{str(scope).capitalize()}: {error}")
        said = " ".join(islice(kinds.values(), _MAX_KINDS))
        whose = " and ".join(dict.fromkeys(f"{scope.kind}s" for scope in errors))
        super().__init__(f"None of the {len(errors)} {whose} could be read. {said}")
        self.errors = errors

    def failure(self) -> dict[str, Any]:
        """Return the failure of the first one, and those of all by their ids."""
        failures = {scope.id: error.failure() for scope, error in self.errors.items()}
        return {**next(iter(failures.values())), "accounts": failures}


class CountedTwiceError(ApiError):
    """An organization has some of its accounts in common with another one."""

    kind = "accounts_twice"


@dataclass
class Readings(Generic[T]):
    """What was read of each account and organization, and what went wrong with the others."""

    roster: Roster
    read: dict[Scope, T] = field(default_factory=dict)
    errors: dict[Scope, ApiError] = field(default_factory=dict)
    _merged: dict[Days, MergedGroups] = field(default_factory=dict)
    _first: T | None = None
    _lock: Lock = field(default_factory=Lock)

    def merge_early(self, reading: T) -> None:
        """Add the groups of an account to those before it, unless it is the first, which may be the only one.

        So no more than one account is held whole, in whatever order they come.
        """
        with self._lock:
            if self._first is None:
                self._first = reading
            else:
                self._merge(self._first)
                self._merge(reading)

    def merged(self, days: Days) -> MergedGroups | None:
        """Return the groups of everything that was read of these days, None where nothing has any."""
        for reading in self.read.values():
            self._merge(reading)
        return self._merged.get(days)

    def _merge(self, reading: T) -> None:
        """Take the groups out of a reading, and add them to the others."""
        from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merged_groups import MergedGroups

        usage = reading.usage
        if "groups" in usage:
            self._merged.setdefault(_days(usage), MergedGroups(usage["group_by"])).add(usage.pop("groups"))

    @property
    def alone(self) -> T | None:
        """What the only one came to, where there is nothing to put together."""
        beside = self.errors or self.roster.by_account or self.roster.notes or self.roster.reasons
        only = len(self.read) == 1 and not beside
        return next(iter(self.read.values())) if only else None


def read_all(given: Mapping[str, Any], client: Client, read_one: Callable[[Mapping[str, Any]], T]) -> Readings[T]:
    """Read everything that checked parameters name, with ``read_one`` for the parameters of each.

    One by itself is read as such. Raises ApiError where that fails, and AccountsError where all of several do.
    """
    roster = make_roster(given, client)
    readings: Readings[T] = Readings(roster, errors=dict(roster.failures))
    if len(roster.scopes) == 1 and not roster.failures:
        [scope] = roster.scopes
        return Readings(roster, {scope: read_one(scope.alone(given))})
    organizations = [scope for scope in roster.scopes if scope.kind == "organization"]
    _read(organizations, readings, given, client, read_one)
    _count_once(readings)
    others = not_inside(roster.scopes, [reading.usage for reading in readings.read.values()])
    _read(others, readings, given, client, read_one)
    if not readings.read:
        if len(readings.errors) == 1:
            raise next(iter(readings.errors.values()))
        raise AccountsError(readings.errors)
    return readings


def _read(
    scopes: Sequence[Scope],
    readings: Readings[T],
    given: Mapping[str, Any],
    client: Client,
    read_one: Callable[[Mapping[str, Any]], T],
) -> None:
    def attempt(scope: Scope) -> T | ApiError:
        # one request of it at a time: a failure must not end the requests of the others
        try:
            reading = read_one({**scope.alone(given), "concurrency": 1})
        except ApiError as error:
            return error.with_traceback(None)  # which holds what had arrived
        if scope.kind == "account":  # of organizations some may not count
            readings.merge_early(reading)
        return reading

    workers = max(1, min(len(scopes), {**QUERY_DEFAULTS, **given}["concurrency"]))
    outcomes = map_ordered(attempt, scopes, workers, client.cancel, ahead=len(scopes))
    for scope, outcome in zip(scopes, outcomes, strict=True):
        if isinstance(outcome, ApiError):
            readings.errors[scope] = outcome
        else:
            readings.read[scope] = outcome


def _count_once(readings: Readings[T]) -> None:
    """Leave out organizations whose accounts have come with a larger one, such as the one above them.

    One that shares only some of its accounts with others fails: what it has beside them can't be told apart.
    """
    accounts = {scope: account_ids(reading.usage) for scope, reading in readings.read.items()}
    counted: set[str] = set()
    for scope in sorted(accounts, key=lambda each: -len(accounts[each])):
        shared = accounts[scope] & counted
        if not shared:
            counted |= accounts[scope]
            continue
        inside = readings.read.pop(scope)
        if shared == accounts[scope]:
            readings.roster.notes.append(
                f"All accounts of {scope} have come with other organizations: they count once."
            )
            readings.roster.reasons += [each for each in inside.usage["reasons"] if each["code"] == "accounts_missing"]
        else:
            message = (
                f"{len(shared)} of its {len(accounts[scope])} accounts have come with another organization, the first"
                f" is {min(shared)}, and would count twice. Name one of the two, and accounts in place of the other."
            )
            readings.errors[scope] = CountedTwiceError(message, path=inside.path)


def together(readings: Readings[T]) -> tuple[Facts, list[T]]:
    """Return one set of facts, with a source for each account and organization in the order of asking; and what counts.

    A billing cycle in words can be other days for each account; those of most count.
    """
    from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merge import merge_facts, source_entry

    parts = {scope: readings.read[scope].usage for scope in readings.roster.scopes if scope in readings.read}
    days = _asked_days(list(parts.values()))
    failures = {scope: {**error.failure(), "message": printable(error)} for scope, error in readings.errors.items()}
    failures |= {scope: _other_days(part, days) for scope, part in parts.items() if _days(part) != days}
    counting = [scope for scope in parts if scope not in failures]
    reasons = [*readings.roster.reasons, *_failed(failures)]
    merged = merge_facts([parts[scope] for scope in counting], reasons, readings.merged(days))
    nothing = {**merged, "status": "failed", "complete_through": None, "record_count": 0}
    entries = {(source["scope"], source["scope_id"]): source for source in merged["sources"]}
    for scope, failure in failures.items():
        named = {"scope": scope.kind, "scope_id": scope.id}
        entries[scope.kind, scope.id] = source_entry({**nothing, **named}, failure)
    order = dict.fromkeys((scope.kind, scope.id) for scope in (*readings.roster.scopes, *readings.errors))
    facts = {**merged, "sources": [entries[key] for key in order if key in entries]}
    return facts, [readings.read[scope] for scope in counting]


def _days(part: Facts) -> Days:
    return part["from"], part["to"]


def _asked_days(parts: Sequence[Facts]) -> Days:
    """Return the days of most accounts."""
    telling = [part for part in parts if part["status"] != "empty"] or parts
    return Counter(map(_days, telling)).most_common(1)[0][0]


def _other_days(part: Facts, days: Days) -> Facts:
    """Return why the facts of other days don't count: they can't be added up with those of the other accounts."""
    if part["status"] == "empty":
        from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merge import empty_failure

        return empty_failure(part)
    return {
        "kind": "other_days",
        "message": (
            f"Its {part['period']} is {part['from']} to {part['to']}, and that of the others {days[0]} to {days[1]};"
            " ask for it by itself, or name the days with from and to."
        ),
    }


def _failed(failures: Mapping[Scope, Facts]) -> list[Facts]:
    """Return the reason that names the accounts and organizations of which nothing counts."""
    if not failures:
        return []
    first, failure = next(iter(failures.items()))
    of_whom = "account(s)" if all(scope.kind == "account" for scope in failures) else "account(s) and organization(s)"
    return [
        reason(
            "accounts_failed",
            printable(
                f"Of {len(failures)} {of_whom} nothing could be read that counts, the first is {first.id}:"
                f" {failure['message']}",
                600,
            ),
            accounts=listed(scope.id for scope in failures),
            count=len(failures),
            # nobody knows which accounts are in an organization that fails
            **about(subject(scope.id if scope.kind == "account" else None) for scope in failures),
        )
    ]
