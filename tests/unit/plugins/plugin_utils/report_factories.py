# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts, verdicts and estimates to report in tests: deterministic, of any size, in every state."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, columns
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.input import report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict, read_verdicts

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example";"click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "a|b|c",
    "`code`",
    "two\nlines\r\nand more",
    "\x1b[31mred\x1b[0m",
    "\x9b31m",
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "{{ lookup('pipe', 'id') }}",
    "{% raw %}",
    "]]>",
    "nul\x00byte",
    "\ufeffbom\ufffe",
    "\ud800 lone surrogate",
    "[click](https://evil.example)",
    "https://evil.example www.evil.example",
    "@everyone #1 !2",
    "</svg></style></title><script>",
    "' onmouseover='x",
    "--><script>",
    "$(id) ${{ github.token }}",
    "$x$",
    "# heading",
    "1. list",
    "<!-- comment",
    "Zürich 東京 🚀",
    "x" * 5000,
]

METRICS = [
    ("Workers", "workers_standard_requests", "Workers Standard Requests", "Requests", 1_500_000),
    ("Workers", "workers_cpu_ms", "Workers CPU Time", "ms", 9_400_000),
    ("Workers KV", "kv_reads", "KV Read Operations", "Operations", 820_000),
    ("Workers KV", "kv_writes", "KV Write Operations", "Operations", 41_000),
    ("R2", "r2_storage", "R2 Storage", "GB-months", 12.4375),
    ("R2", "r2_class_a", "R2 Class A Operations", "Operations", 64_000),
    ("R2", "r2_class_b", "R2 Class B Operations", "Operations", 2_300_000),
    ("D1", "d1_rows_read", "D1 Rows Read", "Rows", 410_000_000),
    ("Stream", "stream_minutes", "Stream Minutes Delivered", "Minutes", 5_321.5),
    ("Images", "images_transformed", "Images Transformed", "Images", 9_120),
]
NAMES = ("Production", "Staging", "Marketing site", "Data platform", "Internal tools")


def days_between(first: str, last: str) -> list[str]:
    """Return every day from first to last as ISO text."""
    start, end = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    return [(start + datetime.timedelta(days=offset)).isoformat() for offset in range((end - start).days + 1)]


def _daily(base: float, days: list[str], seed: int, growth: float) -> list[int | float]:
    values: list[int | float] = []
    for index, day in enumerate(days):
        weekend = datetime.date.fromisoformat(day).weekday() >= 5
        wave = 1 + 0.12 * math.sin(index * 1.7 + seed) + growth * index / max(1, len(days))
        value = base * wave * (0.55 if weekend else 1.0)
        values.append(round(value) if isinstance(base, int) else round(value, 4))
    return values


def make_group(
    account: tuple[str, str | None] | None,
    metric: tuple[str | None, str | None, str | None, str | None, float],
    days: list[str],
    *,
    future: int = 0,
    seed: int = 0,
    scale: float = 1.0,
    growth: float = 0.2,
    price: float | None = None,
) -> Any:
    """Return one group of facts; the last ``future`` days are still to come."""
    family, metric_id, metric_name, unit, base = metric
    scaled = round(base * scale) if isinstance(base, int) else base * scale
    past = _daily(scaled, days[: len(days) - future], seed, growth)
    daily: list[int | float | None] = [*past, *([None] * future)]
    total = sum(past)
    costs = [] if price is None else [round(value * price, 4) for value in past]
    cost = None if price is None else round(sum(costs), 4)
    return {
        "billing_account_id": account[0] if account else None,
        "billing_account_name": account[1] if account else None,
        "x_product_family_name": family,
        "x_billable_metric_id": metric_id,
        "x_billable_metric_name": metric_name,
        "consumed_unit": unit,
        "billing_currency": None if price is None else "USD",
        "record_count": len(past),
        "consumed_quantity": total if isinstance(total, int) else round(total, 4),
        "billed_cost": cost,
        "effective_cost": cost,
        "contracted_cost": cost,
        "list_cost": cost,
        "incomplete_costs": {},
        "daily_quantity": daily,
        "daily_billed_cost": None if price is None else [*costs, *([None] * future)],
    }


def make_usage(
    *,
    accounts: int = 1,
    metrics: list[Any] | None = None,
    first: str = "2025-05-01",
    last: str = "2025-05-31",
    complete_through: str | None = "2025-05-31",
    future: int = 0,
    price: float | None = None,
    scale: float = 1.0,
    growth: float = 0.2,
    zones: int = 0,
    **changes: Any,
) -> Any:
    """Return usage facts; ``changes`` replaces top-level keys."""
    days = days_between(first, last)
    people: list[tuple[str, str | None]] = [
        (f"{number:032x}", NAMES[number] if number < len(NAMES) else f"Account {number:03d}")
        for number in range(accounts)
    ]
    groups = []
    for number, account in enumerate(people):
        for index, metric in enumerate(metrics or METRICS):
            group = make_group(
                account,
                metric,
                days,
                future=future,
                seed=number * 7 + index,
                scale=scale / (number + 1),
                growth=growth if (number + index) % 3 else -growth,
                price=price,
            )
            if not zones:
                groups.append(group)
            for zone in range(zones):
                names = {"x_zone_id": f"z{number}{zone}", "x_zone_name": f"shop-{zone}.example.com"}
                groups.append({**group, **names})
    complete = complete_through == last
    reasons = [
        {
            "code": "days_not_complete_yet",
            "affects": "usage",
            "message": "The last days are not complete yet: the data comes about a day late.",
            "days": [day for day in days if complete_through is None or day > complete_through],
        }
    ]
    facts = {
        "scope": "account" if accounts == 1 else "organization",
        "scope_id": "023e105f4ecef8ad9ca31a8372d0c353",
        "from": first,
        "to": last,
        "period": None,
        "days": days,
        "complete_through": complete_through,
        "lag_days": 1,
        "status": "complete" if complete else "partial",
        "reasons": [] if complete else reasons,
        "record_count": sum(group["record_count"] for group in groups),
        "dropped": {"outside_range": 0, "other_metric": 0, "not_counted": 0},
        "accounts": [{"id": account[0], "name": account[1]} for account in people] if groups else [],
        "metric": [],
        "group_by": ["account", "product_family", "metric", *(["zone"] if zones else [])],
        "cost": {"available": "none" if price is None else "all", "currency": None if price is None else "USD"},
        "fetched_at": "2025-06-02T03:00:00Z",
        "requests": 1,
        "collection_version": "1.0.0",
        "sources": [],
        "groups": groups,
    }
    return {**facts, **changes}


def consistent(usage: Any) -> Any:
    """Return facts whose totals, counts, accounts and labels are those of their groups again, after an edit."""
    labels = {key for name in usage["group_by"] for key in columns(DIMENSIONS[name])}
    for group in usage["groups"]:
        for key in {key for each in DIMENSIONS.values() for key in columns(each)} - labels:
            group.pop(key, None)
        group["consumed_quantity"] = add(group["daily_quantity"])
        if group["daily_billed_cost"] is not None:
            group["billed_cost"] = add(group["daily_billed_cost"])
    usage["record_count"] = sum(group["record_count"] for group in usage["groups"])
    if "account" in usage["group_by"]:
        names = {group["billing_account_id"]: group["billing_account_name"] for group in usage["groups"]}
        usage["accounts"] = [{"id": key, "name": name} for key, name in names.items() if key is not None]
    return usage


def add(values: Any) -> float:
    """Return the exact sum of what is known."""
    exact = sum((Decimal(repr(value)) for value in values if value is not None), Decimal(0))
    return int(exact) if exact == int(exact) else float(exact)


def empty_usage() -> Any:
    """Return the facts of an answer without a record."""
    reason = {"code": "empty", "affects": "usage", "message": "The API sent no records. That is unknown, not zero use."}
    return make_usage(
        complete_through=None,
        status="empty",
        reasons=[reason],
        groups=[],
        accounts=0,
        scope="account",
        record_count=0,
    )


def make_verdict(name: str = "workers-requests", status: str = "pass", **changes: Any) -> Verdict:
    """Return one verdict; ``changes`` replaces keys."""
    percent = {"pass": 61.2, "warn": 93.0, "fail": 118.4, "unknown": None}.get(status)
    verdict = {
        "name": name,
        "group": None,
        "status": status,
        "outcome": "fail" if status == "unknown" else status,
        "on": "actual",
        "measure": "consumed_quantity",
        "actual": None if percent is None else round(percent * 500_000),
        "actual_is_lower_bound": False,
        "limit": 50_000_000,
        "unit": "Requests",
        "currency": None,
        "percent": percent,
        "baseline": None,
        "forecast": None,
        "forecast_low": None,
        "forecast_high": None,
        "forecast_error_before": None,
        "estimated": False,
        "rate_card": None,
        "from": "2025-05-01",
        "to": "2025-05-31",
        "days_used": 31,
        "crossed_on": None,
        "period": None,
        "alerts": [],
        "crossed_earliest": None,
        "crossed_latest": None,
        "anomaly": None,
        "contract": None,
        "reasons": {"fail": ["over_limit"], "warn": ["over_warning"], "unknown": ["facts_partial"]}.get(status, []),
        "message": f"{name}: the sentence for people.",
        "severity": "major",
        "owner": None,
        "note": None,
    }
    return read_verdicts([{**verdict, **changes}])[0]


def make_estimate(**changes: Any) -> Any:
    """Return an estimate with one priced and one unpriced quantity."""
    estimate = {
        "currency": "USD",
        "amount": 11.4,
        "is_lower_bound": True,
        "reasons": [],
        "items": [
            {
                "account_id": f"{0:032x}",
                "account_name": "Production",
                "metric_id": "workers_standard_requests",
                "metric_name": "Workers Standard Requests",
                "consumed_unit": "Requests",
                "from": "2026-10-01",
                "to": "2026-10-31",
                "quantity": 48_000_000,
                "included": 10_000_000,
                "billable_quantity": 38_000_000,
                "price": 0.3,
                "tiers": [{"up_to": None, "price": 0.3}],
                "block": 1_000_000,
                "amount": 11.4,
                "rule": "workers-requests",
                "running": None,
            }
        ],
        "unpriced": [
            {
                "account_id": f"{0:032x}",
                "account_name": "Production",
                "metric_id": "stream_minutes",
                "metric_name": "Stream Minutes Delivered",
                "consumed_unit": "Minutes",
                "from": "2026-10-01",
                "to": "2026-10-31",
                "quantity": 164_966.5,
                "reason": "no_price",
            }
        ],
        "rate_card": {
            "name": "Published prices",
            "source": "https://www.example.com/p",
            "checked_on": "2026-10-01",
        },
        "reconciliation": None,
    }
    return {**estimate, **changes}


def sample(usage: Any | None = None, **parts: Any) -> ReportInput:
    """Return the input of a renderer, checked as the filters check it."""
    return report_input(usage or make_usage(), **parts)
