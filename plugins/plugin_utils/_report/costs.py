# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs for people: billed, estimated and unknown are three things and never mixed."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_count,
    format_money,
    format_number,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.table import (
    ESTIMATED,
    Cell,
    Column,
    RowGroup,
    Table,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.totals import CostSum

_NO_PRICE = {
    "no_price": "the rate card has no price for it",
    "other_unit": "the rate card prices another unit",
    "outside_dates": "its price is not valid for all of these days",
    "quantity_unknown": "its quantity is not known",
    "negative_quantity": "it comes to less than nothing",
    "no_account": "it belongs to no account",
}
_DOUBTS = {
    "cycle_start_missing": "The billing cycle began before the first day, and its earlier use is not in the estimate.",
    "not_grouped_by": "The facts are not grouped by account and metric, which an estimate needs.",
}


def amounts_text(cost: CostSum) -> str:
    """Return the known amounts, one for each currency."""
    return "; ".join(format_money(amount, name_text(currency) or None) for currency, amount in cost.amounts())


def cost_cell(cost: CostSum) -> Cell:
    """Return a billed cost: whole, partly known, or unknown."""
    text = amounts_text(cost)
    if not text:
        return Cell(UNKNOWN, UNKNOWN)
    if cost.missing:
        return Cell(UNKNOWN, UNKNOWN, note=f"{text} known; {format_count(cost.missing, 'record')} without")
    return Cell(text)


def billed(usage: Usage) -> tuple[Cell, str]:
    """Return the billed total of all groups and a sentence about it."""
    cost = CostSum()
    for group in usage["groups"]:
        cost.take(group)
    text = amounts_text(cost)
    if not text:
        return Cell("Cost unknown", UNKNOWN), "The records carry no billed cost."
    if cost.missing:
        return Cell("Cost unknown", UNKNOWN), (
            f"{text} is known, but {format_count(cost.missing, 'record carries', 'records carry')} no billed cost."
        )
    several = len(cost.known) > 1
    return Cell(text), "Billed cost; currencies are not added up." if several else "Billed cost."


def estimate_amount(estimate: dict[str, Any]) -> str:
    """Return the estimated total, as a lower bound where something has no price."""
    if estimate["amount"] is None:
        return "no amount: nothing can be priced"
    text = format_money(estimate["amount"], name_text(estimate["currency"]) or None)
    return f"at least {text}" if estimate["is_lower_bound"] else text


def estimate_intro(estimate: dict[str, Any]) -> list[str]:
    """Return what the estimate rests on, as sentences."""
    card = estimate.get("rate_card") or {}
    quoted = f"\N{LEFT DOUBLE QUOTATION MARK}{name_text(card.get('name'))}\N{RIGHT DOUBLE QUOTATION MARK}"
    parts = [f"Estimated from {'the rate card ' + quoted if card.get('name') else 'a rate card'}; not a bill."]
    if card.get("source"):
        parts.append(f"Prices from {name_text(card['source'])}.")
    if card.get("checked_on"):
        parts.append(f"Checked on {name_text(card['checked_on'])}.")
    total = f"Total: {estimate_amount(estimate)}."
    if estimate["unpriced"]:
        total += f" {format_count(len(estimate['unpriced']), 'quantity has', 'quantities have')} no price (see below)."
    codes = estimate.get("reasons") or []
    doubts = [_DOUBTS[code] for code in codes if code in _DOUBTS]
    if len(codes) > len(doubts):
        doubts.append("The usage itself is not whole, so the estimate is not whole either.")
    return [" ".join(parts), " ".join([total, *doubts])]


def estimate_tables(estimate: dict[str, Any], limit: int) -> list[Table]:
    """Return the priced quantities, the largest amounts first, and those without a price."""
    tables = []
    if estimate["items"]:
        tables.append(_priced(estimate, limit))
    if estimate["unpriced"]:
        tables.append(_unpriced(estimate["unpriced"], limit))
    return tables


def _priced(estimate: dict[str, Any], limit: int) -> Table:
    items = sorted(estimate["items"], key=lambda item: -(item["amount"] or 0))
    currency = name_text(estimate["currency"]) or None
    several = len({(item.get("from"), item.get("to")) for item in items}) > 1
    rows = [
        [
            Cell(_metric(item), note=_account(item) + (_cycle(item) if several else "")),
            Cell(f"{format_number(item['quantity'])} {name_text(item['consumed_unit'])}".strip()),
            Cell(format_number(item["included"])),
            Cell(format_number(item["billable_quantity"])),
            Cell(format_money(item["amount"], currency), ESTIMATED if item["amount"] is not None else UNKNOWN),
        ]
        for item in items[:limit]
    ]
    columns = [
        Column("Metric and account"),
        Column("Quantity", numeric=True),
        Column("Included", numeric=True),
        Column("Billable", numeric=True),
        Column("Estimated cost", numeric=True),
    ]
    return Table(
        "Estimated cost, largest first", columns, [RowGroup(rows)], and_more(len(items), len(rows), "estimated amount")
    )


def _unpriced(items: list[dict[str, Any]], limit: int) -> Table:
    rows = [
        [
            Cell(_metric(item), note=_account(item)),
            Cell(f"{format_number(item['quantity'])} {name_text(item['consumed_unit'])}".strip()),
            Cell(UNKNOWN, UNKNOWN, note=_NO_PRICE.get(str(item["reason"]), name_text(item["reason"]))),
        ]
        for item in items[:limit]
    ]
    columns = [Column("Metric and account"), Column("Quantity", numeric=True), Column("Cost", numeric=True)]
    return Table(
        "Quantities without a price",
        columns,
        [RowGroup(rows)],
        and_more(len(items), len(rows), "quantity", "quantities"),
    )


def _cycle(item: dict[str, Any]) -> str:
    first, last = item.get("from"), item.get("to")
    return f" · {format_span(first, last)}" if first and last else ""


def _metric(item: dict[str, Any]) -> str:
    return name_text(item.get("metric_name") or item.get("metric_id")) or "No metric"


def _account(item: dict[str, Any]) -> str:
    return name_text(item.get("account_name") or item.get("account_id")) or "No account"
