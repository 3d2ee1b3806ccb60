# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that are looked at: each a state in which somebody finds the report."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import usage_html
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    consistent,
    empty_usage,
    make_estimate,
    make_usage,
    make_verdict,
    sample,
)

LONG = "A budget whose name somebody made as long as the form of the finance department lets anybody make a name"
MAY: dict[str, Any] = {
    "first": "2025-05-01",
    "complete_through": "2025-05-26",
    "future": 3,
    "fetched_at": "2025-05-28T03:00:00Z",
}
CARD = {
    "name": "The prices of the framework contract",
    "source": "the contract of January, appendix B, and what was agreed by mail since",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "prices": [
        {"metric": "workers_*", "unit": "Requests", "price": 0.3, "block": 1_000_000},
        {"metric": "kv_*", "unit": "Operations", "price": 0.5, "block": 1_000_000},
    ],
}


def _ahead(name: str, status: str, **changes: Any) -> Verdict:
    """Return a verdict that looks ahead in money, with its period and alerts."""
    return make_verdict(
        name,
        status,
        **{
            "on": "forecast",
            "measure": "billed_cost",
            "unit": None,
            "currency": "USD",
            "actual": 8_412.37,
            "limit": 10_000,
            "percent": 84.12,
            "forecast": 10_104.11,
            "forecast_low": 9_871.02,
            "forecast_high": 10_377.4,
            "forecast_error_before": 3.1,
            "crossed_on": "2025-05-31",
            "crossed_earliest": "2025-05-30",
            "period": {"name": "month", "from": "2025-05-01", "to": "2025-05-31"},
            "alerts": [
                _alert("actual", 50, 5_000, 8_412.37),
                _alert("forecast", 100, 10_000, 10_104.11),
                _alert("forecast_high", 120, 12_000, 10_377.4),
            ],
            "message": f"{name}: USD 8,412.37 used of USD 10,000.00 (84.1%); expected over the limit on 2025-05-31.",
            "owner": "Platform team",
            "note": "Agreed with finance in January, to be looked at again in July.",
        }
        | changes,
    )


def _alert(on: str, percent: float, threshold: float, amount: float) -> dict[str, Any]:
    crossed = amount > threshold
    return {
        "on": on, "percent": percent, "threshold": threshold, "amount": amount, "crossed": crossed,
        "severity": "major", "outcome": "warn" if crossed else "pass",
    }  # fmt: skip


def fullest() -> ReportInput:
    """Return the report of a month that is not over, in which everything occurs that a report can have."""
    usage = make_usage(accounts=3, zones=2, price=0.000004, **MAY)
    usage["group_by"].append("tag.team")
    for number, group in enumerate(usage["groups"]):
        group["tag.team"] = (None, "payments", "search")[number % 3]
    usage.update(source="paygo", subscriptions=[_fee("Workers Paid", 5), _fee("Business plan", None)])
    verdicts = [
        _ahead("invoice", "warn"),
        _ahead(LONG, "fail", actual=12_345.67, percent=123.5, crossed_on="2025-05-22"),
        make_verdict("requests", "unknown", owner="Web"),
        *(make_verdict(f"metric-{number}", "pass") for number in range(9)),
    ]
    before = make_usage(
        accounts=3, zones=2, price=0.000004, first="2025-04-01", last="2025-04-30", complete_through="2025-04-30",
        scale=0.8,
    )  # fmt: skip
    return sample(usage, verdicts=verdicts, estimate=estimate_costs(usage, CARD), previous=before)


def _fee(name: str, cost: float | None) -> dict[str, Any]:
    return {
        "billing_account_id": f"{0:032x}", "id": f"{7:032x}", "name": name, "rate_plan_id": "plan", "state": "Paid",
        "price": 250, "currency": "USD", "frequency": "monthly", "period": None, "cost": cost, "daily_cost": [],
        "unknown": None if cost is not None else "the API names the current period only",
    }  # fmt: skip


def costs_only() -> ReportInput:
    """Return the report of a bill without budgets, which is allocated to owners."""
    usage = make_usage(accounts=2, price=0.00001)
    usage["group_by"].append("owner")
    for number, group in enumerate(usage["groups"]):
        owner = ("team search", "team payments", None)[number % 3]
        group.update(owner=owner, allocation_rule="the first of three rules" if owner else None)
    return sample(usage)


def many_budgets() -> ReportInput:
    """Return the report of forty budgets in all states."""
    states = ("pass", "pass", "warn", "fail", "unknown")
    verdicts = [
        (_ahead if number % 2 else make_verdict)(f"budget-{number:02d}", states[number % 5]) for number in range(40)
    ]
    return sample(make_usage(price=0.00001), verdicts=verdicts)


def many_accounts() -> ReportInput:
    """Return the report of an organization of 500 accounts and 40 metrics."""
    metrics = [
        (f"Product {number % 13}", f"m{number}", f"Metric {number}", "GB" if number % 3 else "Requests", 1000 + number)
        for number in range(40)
    ]
    usage = make_usage(metrics=metrics, scope="organization", first="2025-05-25", price=0.001)
    usage["groups"] = [
        {**group, "billing_account_id": f"{number:032x}", "billing_account_name": f"Account {number}"}
        for number in range(500)
        for group in usage["groups"]
    ]
    return sample(consistent(usage), verdicts=[make_verdict(str(number)) for number in range(100)])


def partial() -> ReportInput:
    """Return the report of a month of which some days are missing, without costs."""
    usage = make_usage(accounts=2, metrics=METRICS, **MAY)
    usage["reasons"].append(
        {
            "code": "gap_in_daily_metric", "affects": "usage", "message": "Two days have no rows.",
            "days": ["2025-05-12", "2025-05-13"],
        }
    )  # fmt: skip
    for group in usage["groups"]:
        for place in (11, 12):
            group["daily_quantity"][place] = 0
    verdicts = [make_verdict("requests", "unknown"), make_verdict("reads", "warn")]
    return sample(consistent(usage), verdicts=verdicts, estimate=make_estimate())


def young() -> ReportInput:
    """Return the report of the second day of a month, on which nothing is complete yet, with a credit and two scripts.

    The account has an Arabic name, the metric a Chinese one, and costs are in several currencies.
    """
    usage = make_usage(
        accounts=2, metrics=METRICS[:4], price=0.0001, last="2025-05-02", complete_through=None,
        fetched_at="2025-05-02T03:00:00Z",
    )  # fmt: skip
    for place, group in enumerate(usage["groups"]):
        group["billing_currency"] = ("USD", "JPY", "KWD", "EUR")[place % 4]
        group["x_billable_metric_name"] = f"KV \u8bfb\u53d6\u64cd\u4f5c {place % 4}"
        group["daily_quantity"][1], group["daily_billed_cost"][1] = 0, 0
        if group["billing_account_id"] == f"{0:032x}":
            group["billing_account_name"] = "\u062d\u0633\u0627\u0628 \u0627\u0644\u0625\u0646\u062a\u0627\u062c"
    usage["groups"][0]["daily_billed_cost"][0] = -250.5
    usage["cost"]["currency"] = None
    before = make_usage(
        accounts=2, metrics=METRICS[:4], price=0.0001, first="2025-04-01", last="2025-04-30",
        complete_through="2025-04-30",
    )  # fmt: skip
    verdicts = [_ahead("\u0645\u064a\u0632\u0627\u0646\u064a\u0629", "unknown", forecast=None, percent=None)]
    return sample(consistent(usage), verdicts=verdicts, previous=before)


def parts_of_an_estimate() -> ReportInput:
    """Return the report of a month so far whose only costs are estimated, with budgets of parts of them."""
    usage = make_usage(accounts=2, **MAY)
    estimate = estimate_costs(usage, CARD)
    money: dict[str, Any] = {
        "measure": "estimated_cost",
        "currency": "USD",
        "unit": None,
        "estimated": True,
        "limit": 10,
    }
    verdicts = [
        make_verdict(str(item["metric_name"]), "warn", actual=item["amount"], **money) for item in estimate["items"]
    ]
    return sample(usage, verdicts=[*verdicts, make_verdict("a glob", actual=3.21, **money)], estimate=estimate)


STATES = {
    "empty": lambda: sample(empty_usage(), verdicts=[make_verdict("requests", "unknown")]),
    "partial": partial,
    "costs-only": costs_only,
    "40-budgets": many_budgets,
    "500-accounts": many_accounts,
    "fullest": fullest,
    "young": young,
    "estimate": parts_of_an_estimate,
}


def page(state: str) -> str:
    """Return the HTML of a state."""
    return usage_html(STATES[state]())
