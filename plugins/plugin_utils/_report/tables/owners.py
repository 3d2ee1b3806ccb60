# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns what, in allocated facts: the use, share and cost of each owner, and the rule that gave it."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    and_more,
    format_count,
    format_percent,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, Dimension
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.money import cost_cells, sum_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import (
    product_name,
    subject_name,
    subjects,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import (
    NOTHING,
    Cell,
    Column,
    RowGroup,
    Table,
    quantity_cell,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import totals

MAX_ROWS = 200
_OWNER = DIMENSIONS["owner"]
_RULE = Dimension("rule", "allocation_rule", "allocation_rule", "Rule", "rules", "no rule", "rule")


def owner_table(usage: Usage) -> Table:
    """Return a row for each metric, unit and rule of an owner; what has no owner comes last, and is never left out."""
    by = subjects(usage)
    used = {total.key: total.quantity for total in totals(usage["groups"], by)}
    ranked = []
    for total in totals(usage["groups"], [_OWNER, *by, _RULE]):
        all_of_it, own = used[total.key[1:-2] + total.key[-1:]], total.quantity
        ranked.append((own / all_of_it if all_of_it and own is not None else None, total))
    ranked.sort(key=lambda pair: (pair[1].name(_OWNER).casefold(), -(pair[0] or 0), str(pair[1].key)))
    owned = [pair for pair in ranked if pair[1].groups[0].get("owner") and pair[1].key[-2] is not None]
    rest = [pair for pair in ranked if pair not in owned]
    shown = [*owned[:MAX_ROWS], *rest[:MAX_ROWS]]
    left = [*owned[MAX_ROWS:], *rest[MAX_ROWS:]]
    costs = [total.cost for _share, total in shown]
    cells, whole = cost_cells([*costs, sum_costs([total.cost for _share, total in left])] if left else costs)
    groups: dict[str, list[list[Cell]]] = {}
    for (share, total), cost in zip(shown, cells, strict=False):
        groups.setdefault(total.name(_OWNER), []).append(
            [
                Cell(subject_name(total, by), note=product_name(total, by)),
                Cell(total.unit_name or "no unit"),
                quantity_cell(total.quantity),
                Cell("", NOTHING)
                if share is None
                else Cell(format_percent(share * 100), share=max(0.0, min(1.0, share))),
                cost,
                Cell(total.name(_RULE)),
            ]
        )
    others = [_cost_alone(format_count(len(left), "other"), cells[-1])] if left else []
    columns = [
        Column("Metric"),
        Column("Unit", copied=True),
        Column("Quantity", numeric=True),
        Column("Share of the metric", numeric=True),
        Column("Cost", numeric=True),
        Column("Rule"),
    ]
    return Table(
        "Use by owner",
        columns,
        [*(RowGroup(rows, name) for name, rows in groups.items()), *([RowGroup(others)] if others else [])],
        and_more(len(ranked), len(shown), "row"),
        totals=[_cost_alone("Total", whole)],
    )


def _cost_alone(name: str, cost: Cell) -> list[Cell]:
    """Return a row of different metrics, whose use does not add up."""
    return [Cell(name), *[Cell("", NOTHING)] * 3, cost, Cell("", NOTHING)]
