# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs for people: billed, estimated and unknown are three things and never mixed."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean, name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_count,
    format_number,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    EXPLANATIONS,
    Estimate,
    EstimateItem,
    EstimateLine,
    UnpricedLine,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import estimate_amount
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.money import (
    Part,
    cost_cells,
    share_table,
    sum_costs,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import (
    ESTIMATED,
    NOTHING,
    Cell,
    Column,
    RowGroup,
    Table,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import CostSum

_DOUBTS = {
    "cycle_start_missing": "The billing cycle began before the first day, and its earlier use is not in the estimate.",
    "not_grouped_by": "The facts are not grouped by account and metric, which an estimate needs.",
}


def estimate_intro(estimate: Estimate) -> list[str]:
    """Return what the estimate rests on, as sentences."""
    card = estimate["rate_card"]
    quoted = f"\N{LEFT DOUBLE QUOTATION MARK}{name_text(card['name'])}\N{RIGHT DOUBLE QUOTATION MARK}"
    parts = [
        f"Estimated from the rate card {quoted}; not a bill.",
        f"Prices from {clean(card['source']).rstrip('.')}.",
        f"Checked on {name_text(card['checked_on'])}.",
    ]
    total = f"Total: {estimate_amount(estimate)}."
    if estimate["unpriced"]:
        total += f" {format_count(len(estimate['unpriced']), 'quantity has', 'quantities have')} no price (see below)."
    codes = estimate["reasons"]
    doubts = [_DOUBTS[code] for code in codes if code in _DOUBTS]
    if len(codes) > len(doubts):
        doubts.append("The usage itself is not whole, so the estimate is not whole either.")
    return [" ".join(parts), " ".join([total, *doubts])]


def estimate_tables(estimate: Estimate, limit: int) -> list[Table]:
    """Return who costs how much, the priced quantities, the largest amounts first, and those without a price."""
    tables = []
    if estimate["items"]:
        tables += [*_shares(estimate), _priced(estimate, limit)]
    if estimate["unpriced"]:
        tables.append(_unpriced(estimate["unpriced"], limit))
    return tables


def _shares(estimate: Estimate) -> list[Table]:
    """Return the shares by account and metric, where there are several."""
    tables: list[Table] = []
    for title, identity, name in (("Account", _account_pair, _account), ("Metric", _metric_pair, _metric)):
        found: dict[str, list[EstimateItem]] = {}
        for item in estimate["items"]:
            found.setdefault(identity(item)[0] or name(item), []).append(item)
        parts = []
        for value, items in found.items():
            words = name(next((item for item in items if identity(item)[1]), items[0]))
            cost = CostSum({estimate["currency"]: [item["amount"] for item in items]})
            parts.append(Part(words, cost, identity="" if value == words else str(value)))
        if len(parts) > 1:
            caption = f"Estimated cost by {title.lower()}, largest first"
            tables.append(share_table(caption, title, parts, kind=ESTIMATED, folded=bool(tables)))
    return tables


def _priced(estimate: Estimate, limit: int) -> Table:
    items = sorted(estimate["items"], key=lambda item: -item["amount"])
    several = _several_cycles(items)
    costs = [CostSum({estimate["currency"]: [item["amount"]]}) for item in items]
    rest = [sum_costs(costs[limit:])] if costs[limit:] else []
    cells, whole = cost_cells([*costs[:limit], *rest], ESTIMATED)
    rows = [
        [
            Cell(_metric(item), note=_place(item, several=several)),
            Cell(f"{format_number(item['quantity'])} {name_text(item['consumed_unit'])}".strip()),
            Cell(format_number(item["included"])),
            Cell(format_number(item["billable_quantity"])),
            cell,
        ]
        for item, cell in zip(items[:limit], cells, strict=False)
    ]
    if rest:
        rows.append(_amount_alone(format_count(len(items) - limit, "other"), cells[-1]))
    columns = [
        Column("Metric and account"),
        Column("Quantity", numeric=True),
        Column("Included", numeric=True),
        Column("Billable", numeric=True),
        Column("Estimated cost", numeric=True),
    ]
    return Table(
        "Estimated cost of each quantity, largest first",
        columns,
        [RowGroup(rows)],
        and_more(len(items), min(limit, len(items)), "estimated amount"),
        totals=[_amount_alone("Total", whole)],
        folded=True,
    )


def _amount_alone(name: str, amount: Cell) -> list[Cell]:
    return [Cell(name), *[Cell("", NOTHING)] * 3, amount]


def _unpriced(items: list[UnpricedLine], limit: int) -> Table:
    several = _several_cycles(items)
    rows = [
        [
            Cell(_metric(item), note=_place(item, several=several)),
            Cell(f"{format_number(item['quantity'])} {name_text(item['consumed_unit'])}".strip()),
            Cell(UNKNOWN, UNKNOWN, note=EXPLANATIONS.get(item["reason"], name_text(item["reason"]))),
        ]
        for item in items[:limit]
    ]
    columns = [Column("Metric and account"), Column("Quantity", numeric=True), Column("Cost", numeric=True)]
    return Table(
        "Quantities without a price",
        columns,
        [RowGroup(rows)],
        and_more(len(items), len(rows), "quantity", "quantities"),
        folded=True,
    )


def _several_cycles(items: Sequence[EstimateLine]) -> bool:
    return len({(item["from"], item["to"]) for item in items}) > 1


def _place(item: EstimateLine, *, several: bool) -> str:
    """Return the account, behind its cycle where there are several: a number behind a name would join its direction."""
    return f"{format_span(item['from'], item['to'])} · {_account(item)}" if several else _account(item)


def _metric_pair(item: EstimateLine) -> tuple[str | None, str | None]:
    return item["metric_id"], item["metric_name"]


def _account_pair(item: EstimateLine) -> tuple[str | None, str | None]:
    return item["account_id"], item["account_name"]


def _metric(item: EstimateLine) -> str:
    return name_text(item["metric_name"] or item["metric_id"]) or "No metric"


def _account(item: EstimateLine) -> str:
    return name_text(item["account_name"] or item["account_id"]) or "No account"
