# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several accounts in one task: read side by side, put together, and one that fails hides none of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiError, FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    about,
    listed,
    reason,
    subject,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merge import (
    empty_failure,
    merge_facts,
    source_entry,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_DEFAULTS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import (
    Reading,
    connection,
    query_usage,
    read,
    result_of,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.side_by_side import map_ordered

Facts = dict[str, Any]
_MAX_KINDS = 4  # of failures that a message tells, each with the first account of it


class AccountsError(FinopsError):
    """Not one of several accounts could be read; ``errors`` says why, by id."""

    def __init__(self, errors: Mapping[str, ApiError]) -> None:
        kinds: dict[tuple[str, int | None], str] = {}
        for account, error in errors.items():
            kinds.setdefault((error.kind, error.http_status), f"Account {account}: {error}")
        said = " ".join(islice(kinds.values(), _MAX_KINDS))
        super().__init__(f"None of the {len(errors)} accounts could be read. {said}")
        self.errors = errors

    def failure(self) -> dict[str, Any]:
        """Return the failure of the first account, and those of all by their ids."""
        failures = {account: error.failure() for account, error in self.errors.items()}
        return {**next(iter(failures.values())), "accounts": failures}


def query_accounts(
    given: Mapping[str, Any], now: datetime, client: Callable[[Connection], Client] = Client
) -> dict[str, Any]:
    """Run a checked query for each of ``account_ids`` once; return the result of the module.

    One account is read as by itself. Raises ApiError where that fails, and AccountsError where all of several do.
    """
    accounts = list(dict.fromkeys(account.lower() for account in given["account_ids"]))
    alike = {name: value for name, value in given.items() if name != "account_ids"}
    if len(accounts) == 1:
        return query_usage({**alike, "account_id": accounts[0]}, now, client)
    with client(connection(given)) as session:

        def read_one(account: str) -> Reading | ApiError:
            # one request of it at a time: a failure must not end the requests of the others
            try:
                return read({**alike, "account_id": account, "concurrency": 1}, now, session)
            except ApiError as error:
                return error.with_traceback(None)  # which holds what had arrived

        workers = min(len(accounts), {**QUERY_DEFAULTS, **given}["concurrency"])
        read_all = map_ordered(read_one, accounts, workers, session.cancel, ahead=len(accounts))
        outcomes = dict(zip(accounts, read_all, strict=True))
        requests = session.requests
    readings = {account: outcome for account, outcome in outcomes.items() if isinstance(outcome, Reading)}
    errors = {account: outcome for account, outcome in outcomes.items() if isinstance(outcome, ApiError)}
    if not readings:
        raise AccountsError(errors)
    usage = {**_together(accounts, readings, errors), "requests": requests}
    return result_of(given, usage, list(readings.values()))


def _together(accounts: Sequence[str], readings: Mapping[str, Reading], errors: Mapping[str, ApiError]) -> Facts:
    """Return one set of facts, with a source for each account in the order that they were asked for in."""
    parts = {account: reading.usage for account, reading in readings.items()}
    days = _asked_days(list(parts.values()))
    failures = {account: {**error.failure(), "message": printable(error)} for account, error in errors.items()}
    failures |= {account: _other_days(part, days) for account, part in parts.items() if _days(part) != days}
    merged = merge_facts([part for account, part in parts.items() if account not in failures], _failed(failures))
    nothing = {
        **merged,
        "scope": "account",
        "status": "failed",
        "complete_through": None,
        "record_count": 0,
    }
    sources = {source["scope_id"]: source for source in merged["sources"]}
    sources |= {
        account: source_entry({**nothing, "scope_id": account}, failure) for account, failure in failures.items()
    }
    return {**merged, "sources": [sources[account] for account in accounts]}


def _days(part: Facts) -> tuple[str, str]:
    return part["from"], part["to"]


def _asked_days(parts: Sequence[Facts]) -> tuple[str, str]:
    """Return the days of most accounts: a billing cycle in words can be another one for each of them."""
    telling = [part for part in parts if part["status"] != "empty"] or parts
    return Counter(map(_days, telling)).most_common(1)[0][0]


def _other_days(part: Facts, days: tuple[str, str]) -> Facts:
    """Return why the facts of other days don't count: they can't be added up with those of the other accounts."""
    if part["status"] == "empty":
        return empty_failure(part)
    return {
        "kind": "other_days",
        "message": (
            f"Its {part['period']} is {part['from']} to {part['to']}, and that of the others {days[0]} to {days[1]};"
            " ask for it by itself, or name the days with from and to."
        ),
    }


def _failed(failures: Mapping[str, Facts]) -> list[Facts]:
    """Return the reason that names the accounts of which nothing counts."""
    if not failures:
        return []
    first, failure = next(iter(failures.items()))
    return [
        reason(
            "accounts_failed",
            printable(
                f"Of {len(failures)} account(s) nothing could be read that counts, the first is {first}:"
                f" {failure['message']}",
                600,
            ),
            accounts=listed(failures),
            count=len(failures),
            **about(map(subject, failures)),
        )
    ]
