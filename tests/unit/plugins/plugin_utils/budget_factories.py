# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage facts to judge in tests: whole ones, and ways to make them less than whole."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

Facts = dict[str, Any]

PRODUCTION, STAGING = "a" * 32, "b" * 32
NAMES = {PRODUCTION: "Production", STAGING: "Staging"}
COSTS = ("billed_cost", "effective_cost", "contracted_cost", "list_cost")
_FAMILIES = {"workers_standard_requests": "Workers", "workers_kv_reads": "Workers", "r2_storage": "R2"}


def days(first: str, count: int) -> list[str]:
    start = datetime.date.fromisoformat(first)
    return [(start + datetime.timedelta(days=offset)).isoformat() for offset in range(count)]


def group(
    daily: Iterable[float],
    *,
    account: str | None = PRODUCTION,
    metric: str = "workers_standard_requests",
    unit: str | None = "Requests",
    zone: str | None = None,
    cost: Iterable[float] | None = None,
    currency: str | None = None,
) -> Facts:
    """Return a group with every key that any test groups by."""
    quantities = list(daily)
    costs = None if cost is None else list(cost)
    amount = None if costs is None else sum(costs)
    return {
        "billing_account_id": account,
        "billing_account_name": NAMES.get(account or ""),
        "x_product_family_name": _FAMILIES.get(metric, "Other"),
        "x_billable_metric_id": metric,
        "x_billable_metric_name": metric.replace("_", " ").title(),
        "x_zone_id": None if zone is None else (zone * 32)[:32],
        "x_zone_name": None if zone is None else f"{zone}.example.com",
        "consumed_unit": unit,
        "billing_currency": currency if currency or cost is None else "USD",
        "record_count": len(quantities),
        "consumed_quantity": sum(quantities),
        **dict.fromkeys(COSTS, amount),
        "incomplete_costs": {},
        "daily_quantity": quantities,
        "daily_billed_cost": costs,
    }


_COLUMNS = {
    "account": ("billing_account_id", "billing_account_name"),
    "product_family": ("x_product_family_name",),
    "metric": ("x_billable_metric_id", "x_billable_metric_name"),
    "zone": ("x_zone_id", "x_zone_name"),
}


def usage(
    groups: list[Facts],
    *,
    first: str = "2025-05-01",
    group_by: Iterable[str] = ("account", "product_family", "metric"),
    complete: int | None = None,
    reasons: Iterable[Facts] = (),
) -> Facts:
    """Return facts of these groups, which agree on the number of days; ``complete`` of them are whole."""
    axis = days(first, len(groups[0]["daily_quantity"]) if groups else 31)
    whole = len(axis) if complete is None else complete
    why = list(reasons)
    if whole < len(axis) and not why:
        why.append(reason("days_not_complete_yet", days=axis[whole:]))
    unused = {column for name, names in _COLUMNS.items() if name not in group_by for column in names}
    kept = [{key: value for key, value in each.items() if key not in unused} for each in groups]
    ids = {str(each["billing_account_id"]) for each in kept if each.get("billing_account_id")}
    return {
        "scope": "organization",
        "scope_id": "c" * 32,
        "from": axis[0],
        "to": axis[-1],
        "period": None,
        "days": axis,
        "complete_through": axis[whole - 1] if whole else None,
        "lag_days": 1,
        "status": "partial" if why else "complete",
        "reasons": why,
        "record_count": sum(each["record_count"] for each in kept),
        "dropped": {"outside_range": 0, "other_metric": 0, "not_counted": 0},
        "accounts": [{"id": each, "name": NAMES.get(each)} for each in sorted(ids)],
        "metric": [],
        "group_by": list(group_by),
        "cost": {"available": "none", "currency": None},
        "fetched_at": "2025-06-02T03:00:00Z",
        "requests": 1,
        "collection_version": "1.0.0",
        "sources": [],
        "groups": kept,
    }


def reason(code: str, *, affects: str = "usage", **details: Any) -> Facts:
    return {"code": code, "affects": affects, "message": f"It is {code}.", **details}


def empty_usage() -> Facts:
    facts = usage([])
    facts.update(status="empty", reasons=[reason("empty")], complete_through=None)
    return facts


def budget(limit: float = 100, **keys: Any) -> Facts:
    """Return a budget; ``on_`` stands for ``on`` where a keyword reads better."""
    return {"name": "budget", "limit": limit, **{key.rstrip("_"): value for key, value in keys.items()}}
