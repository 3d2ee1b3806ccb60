# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The usage facts of a query: what was asked, what came, how far it can be trusted, and its groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import Query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import Aggregate
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.clock import api_calendar, clock_reasons
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.coverage import (
    Coverage,
    Expectation,
    coverage,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.rating import cost_counts, currencies
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.groups import accounts, groups
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import days_between
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION


def usage_facts(
    query: Query, result: Aggregate, now: datetime, requests: int, earlier: Aggregate | None = None
) -> dict[str, Any]:
    """Return the usage facts; their shape is documented with the module and held by a JSON Schema.

    ``earlier`` are the days before: they tell what is in use, and whether days without rows are a surprise.
    """
    asked = (min(query.last, query.today) - query.first).days + 1
    seen = None if earlier is None else _seen(earlier, result)
    assessed = assess(query, result, seen)
    return {
        **usage_metadata(query, result, assessed, now, requests),
        "accounts": accounts(seen or result),
        "groups": groups(result, query.group_by, asked, assessed.rating, seen),
    }


def _seen(earlier: Aggregate, result: Aggregate) -> Aggregate:
    """Return which records of the days before and of the result came on which day, without their sums."""
    seen = Aggregate(result.columns, earlier.first, result.day(result.days - 1), sums=False)
    seen.add(earlier)
    seen.add(result)
    return seen


def assess(query: Query, result: Aggregate, seen: Aggregate | None = None) -> Coverage:
    """Return how far the result can be trusted; ``seen`` are its records by day with those of earlier days."""
    calendar = api_calendar(query.today, result.notices)
    return coverage(
        result,
        query.selection,
        Expectation(
            today=min(calendar),
            lag_days=query.lag_days,
            accounts=query.expected_accounts,
            doubts=(*clock_reasons(query, calendar), *query.source.reasons(query, result)),
            elsewhere=query.source.elsewhere,
            ended=query.ended_accounts,
        ),
        seen,
    )


def usage_metadata(query: Query, result: Aggregate, assessed: Coverage, now: datetime, requests: int) -> dict[str, Any]:
    """Return the facts without their groups: what was asked, what came, and what is not known."""
    days = days_between(query.first, query.last)
    cycle = query.source.cycle(min(query.last, query.today))
    return {
        "source": query.source.name,
        "scope": query.scope,
        "scope_id": query.scope_id,
        "from": str(query.first),
        "to": str(query.last),
        "period": query.period,
        "billing_cycle": None if cycle is None else cycle.fact(),
        "days": [str(day) for day in days],
        "complete_through": None if assessed.complete_through is None else str(assessed.complete_through),
        "lag_days": query.lag_days,
        "status": assessed.status,
        "reasons": assessed.reasons,
        "record_count": result.record_count,
        "dropped": result.dropped,
        "accounts": accounts(result),
        "metric": list(query.metric),
        "group_by": list(query.group_by),
        "cost": _cost(result, assessed),
        "fetched_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "requests": requests,
        "collection_version": COLLECTION_VERSION,
        "sources": [],
    }


def _cost(result: Aggregate, assessed: Coverage) -> dict[str, Any]:
    carrying = cost_counts(result, assessed.rating.unrated_records)["BilledCost"]
    seen = currencies(result)
    return {
        "available": "none" if not carrying else "all" if carrying == result.record_count else "some",
        "currency": seen[0] if len(seen) == 1 else None,
    }
