# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module cloudflare_usage_info without Ansible: a checked query of one or many, to facts, records and warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.accounts import read_all, together
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import MAX_LISTED
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.facts import usage_facts
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.messages import (
    api_messages,
    api_warnings,
    warnings,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import (
    connection,
    fetch,
    fetch_history,
    open_source,
    read_fees,
    resolve,
)


@dataclass(frozen=True)
class Reading:
    """What a query came to: its facts, its records if they were asked for, and what the API said beside of ``path``."""

    usage: dict[str, Any]
    records: list[dict[str, Any]]
    messages: tuple[str, ...]
    path: str


def read(given: Mapping[str, Any], now: datetime, client: Client) -> Reading:
    """Run a checked query. Raises ApiError."""
    query = resolve(given, now.date(), open_source(given, client))
    result = fetch(query, client)
    earlier = fetch_history(query, given.get("history_days", 0), client)
    result.notices += earlier.notices if earlier else []
    fees = {"subscriptions": read_fees(query, client, result)} if given.get("subscriptions") else {}
    usage = {**usage_facts(query, result, now, client.requests, earlier), **fees}
    return Reading(usage, result.records, api_messages(result), query.path)


def result_of(
    given: Mapping[str, Any], usage: Mapping[str, Any], readings: Sequence[Reading], notes: Sequence[str] = ()
) -> dict[str, Any]:
    """Return ``usage``, ``records`` if they were asked for, and ``warnings``; ``notes`` are more of them."""
    said = ((reading.path, message) for reading in readings for message in reading.messages)
    result = {"usage": usage, "warnings": [*warnings(usage), *notes[:MAX_LISTED], *api_warnings(said)]}
    if not given.get("return_records"):
        return result
    return {**result, "records": [record for reading in readings for record in reading.records]}


def query_usage(
    given: Mapping[str, Any], now: datetime, client: Callable[[Connection], Client] = Client
) -> dict[str, Any]:
    """Run a checked query for everything that it names; return the result of the module.

    Raises ApiError, and AccountsError where nothing of several could be read.
    """
    with client(connection(given)) as session:
        readings = read_all(given, session, lambda alone: read(alone, now, session))
        requests = session.requests
    if readings.alone:
        return result_of(given, readings.alone.usage, [readings.alone])
    usage, counting = together(readings)
    return result_of(given, {**usage, "requests": requests}, counting, readings.roster.notes)
