# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists: accounts and organizations page by page, and the fixed fees of an account."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from . import catalogue
from .dataset import Account, Organization
from .messages import ApiError, Request, Response, envelope

_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
# id of the rate plan, its name, scope, state, price, currency, frequency
_PLANS = (
    ("workers_paid", "Workers Paid", "account", "Paid", 5, "USD", "monthly"),
    ("pro", "Pro Plan", "zone", "Paid", 240, "USD", "yearly"),
    ("lb_basic", "Load Balancing", "zone", "Paid", 45, "USD", "quarterly"),
    ("business", "Business Plan", "zone", "Trial", 250, "USD", "monthly"),
    ("images_basic", "Images Basic", "account", "Cancelled", 5, "USD", "monthly"),
    ("stream_basic", "Stream Basic", "account", "Paid", 4.5, "EUR", "monthly"),
)


def numbered(request: Request, entries: list[Any]) -> Response:
    """Return the page of a list that has numbered pages."""
    number, size = _count(request, "page", 1, 10**6), _count(request, "per_page", 20, 50)
    shown = entries[(number - 1) * size : number * size]
    pages = -(-len(entries) // size)
    counts = {"count": len(shown), "total_count": len(entries), "total_pages": pages}
    return envelope(shown, {"page": number, "per_page": size, **counts})


def by_token(request: Request, entries: list[Any]) -> Response:
    """Return the page of a list that is followed by page_token."""
    size = _count(request, "page_size", 10, 100)
    found = re.fullmatch(r"after-(\d{1,9})", request.one("page_token") or "after-0")
    if not found:
        raise ApiError(400, 1183, "invalid page_token")
    end = int(found[1]) + size
    info: dict[str, Any] = {"total_size": len(entries)}
    if end < len(entries):
        info["next_page_token"] = f"after-{end}"
    return envelope(entries[end - size : end], info)


def _count(request: Request, name: str, default: int, most: int) -> int:
    """Return a number from the query; what is too large is cut down without a word, as servers do."""
    text = request.one(name) or str(default)
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
        raise ApiError(400, 1183, f"invalid {name}")
    return min(int(text), most)


def account_entry(account: Account) -> Mapping[str, Any]:
    entry: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "type": "enterprise" if account.covered and not account.paygo else "standard",
        "settings": {"enforce_twofactor": False},
        "created_on": "2019-03-01T00:00:00Z",
    }
    if account.organization:
        entry["managed_by"] = _named("parent_org_", account.organization)
    return entry


def organization_entry(organization: Organization) -> Mapping[str, Any]:
    parent = organization.parent
    entry: dict[str, Any] = {
        "id": organization.id,
        "name": organization.name,
        "create_time": "2023-06-01T00:00:00Z",
        "meta": {"hierarchy_tags": [*([parent.id] if parent else []), organization.id]},
    }
    return entry | ({"parent": _named("", parent)} if parent else {})


def _named(prefix: str, organization: Organization) -> dict[str, str]:
    return {f"{prefix}id": organization.id, f"{prefix}name": organization.name}


def fixed_fees(account: Account, today: dt.date) -> list[dict[str, Any]]:
    """Return the subscriptions with a price: of every kind for the first accounts, Workers Paid for other ones."""
    if not account.covered:
        return []
    return [_fee(account, today, *plan) for plan in (_PLANS if account.index % 100 == 0 else _PLANS[:1])]


def _fee(
    account: Account,
    today: dt.date,
    plan: str,
    name: str,
    scope: str,
    state: str,
    price: float,
    currency: str,
    frequency: str,
) -> dict[str, Any]:
    months = _MONTHS[frequency]
    number = (today.year * 12 + today.month - 1) // months * months
    start, end = (dt.date(one // 12, one % 12 + 1, 1) for one in (number, min(number + months, 9999 * 12 + 11)))
    if state == "Cancelled":
        end = start.replace(day=calendar.monthrange(start.year, start.month)[1])
    return {
        "id": catalogue.stable_id("fee", account.id, plan),
        "state": state,
        "price": price,
        "currency": currency,
        "frequency": frequency,
        "rate_plan": {
            "id": plan,
            "public_name": name,
            "currency": currency,
            "scope": scope,
            "externally_managed": False,
            "is_contract": False,
            "sets": [],
        },
        "current_period_start": f"{start}T00:00:00Z",
        "current_period_end": f"{end}T00:00:00Z",
    }
