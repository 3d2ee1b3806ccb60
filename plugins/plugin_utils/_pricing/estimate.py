# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What usage facts cost by a rate card, as a fact: what is priced, line by line, and what is not, with why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    ZERO,
    exact_arithmetic,
    to_json_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import days_between
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    Estimate,
    EstimateItem,
    EstimateLine,
    UnpricedLine,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    NEEDED_DIMENSIONS,
    Item,
    Line,
    Unpriced,
    cycle_doubts,
    lines_of,
    price_cycle,
    price_lines,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard, read_rate_card
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.reconcile import reconcile

_MAX_RUNNING = 10_000  # days of all lines together


@exact_arithmetic
def estimate_costs(usage: Any, rate_card: Any) -> Estimate:
    """Return what usage facts cost by a rate card; what it can't price is listed and makes it a lower bound."""
    card = read_rate_card(rate_card)
    facts = read_facts(usage)
    card = card.in_cycles_from(facts.cycle_day)
    reasons = [doubt.code for doubt in facts.doubts_about("estimated_cost", "actual")]
    reasons += [code for code, _text in cycle_doubts(facts, card)]
    lines = list(lines_of(facts.groups).values()) if facts.group_by >= NEEDED_DIMENSIONS else []
    bill = price_lines(lines, facts, card)
    if not facts.group_by >= NEEDED_DIMENSIONS:
        reasons.append("not_grouped_by")
    short = sum(len(days_between(item.first, item.last)) for item in bill.items) <= _MAX_RUNNING
    return {
        "currency": card.currency,
        "amount": None if not bill.items and (reasons or bill.unpriced) else to_json_number(bill.amount),
        "is_lower_bound": bool(reasons or bill.unpriced),
        "reasons": list(dict.fromkeys(reasons)),
        "items": [_item_fact(item, _running(item, facts, card) if short else None) for item in bill.items],
        "unpriced": [_unpriced_fact(each) for each in bill.unpriced],
        "rate_card": {"name": card.name, "source": card.source, "checked_on": card.checked_on},
        "reconciliation": reconcile(facts, card) if _has_bill(facts) else None,
    }


def _running(item: Item, facts: Facts, card: RateCard) -> list[float]:
    """Return what the days of a line up to each day come to: allowance and blocks count on the total, so all is anew.

    A day up to which nothing can be priced, as less than nothing was used, comes to 0.
    """
    start = (item.first - facts.first).days
    sums = []
    for place, day in enumerate(days_between(item.first, item.last), 1):
        used = (item.line.daily or ())[start : start + place]
        priced = price_cycle(item.line, used, item.first, day, card)
        sums.append(to_json_number(priced.amount if isinstance(priced, Item) else ZERO))
    return sums


def _has_bill(facts: Facts) -> bool:
    return any(group.known_amount("billed_cost") is not None for group in facts.groups)


def _line_fact(line: Line, first: date, last: date, quantity: Decimal) -> EstimateLine:
    return {
        "account_id": line.account_id,
        "account_name": line.account_name,
        "metric_id": line.metric_id,
        "metric_name": line.metric_name,
        "consumed_unit": line.unit,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "quantity": to_json_number(quantity),
    }


def _item_fact(item: Item, running: list[float] | None) -> EstimateItem:
    tiers = item.price.tiers
    return {
        **_line_fact(item.line, item.first, item.last, item.quantity),
        "included": to_json_number(item.included),
        "billable_quantity": to_json_number(item.billable),
        "price": to_json_number(tiers[0].price) if len(tiers) == 1 else None,
        "tiers": [{"up_to": to_json_number(tier.up_to), "price": to_json_number(tier.price)} for tier in tiers],
        "block": to_json_number(item.price.block),
        "amount": to_json_number(item.amount),
        "rule": item.price.rule,
        "running": running,
    }


def _unpriced_fact(each: Unpriced) -> UnpricedLine:
    return {**_line_fact(each.line, each.first, each.last, each.quantity), "reason": each.reason}
