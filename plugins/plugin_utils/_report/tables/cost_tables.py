# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of billed cost: who costs how much, and what became dearer or cheaper."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import exact_arithmetic
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import total as exact_total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_change,
    format_count,
    format_money,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import Dimension, asked
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.compare import (
    Change,
    change_cell,
    legible,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.money import (
    MAX_SHARES,
    Part,
    cost_cells,
    exact,
    share_table,
    sum_costs,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import (
    has_several,
    identity,
    product_name,
    subject_name,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import (
    Cell,
    Column,
    RowGroup,
    Table,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import CostSum, Total, totals

_TITLES = (Column("Before", numeric=True), Column("Now", numeric=True))


def cost_shares(usage: Usage) -> list[Table]:
    """Return the shares by each dimension that has several values; all but the first are folded."""
    several = [dimension for dimension in asked(usage) if has_several(usage, dimension)]
    return [_shares(usage, dimension, folded=place > 0) for place, dimension in enumerate(several)]


def _shares(usage: Usage, dimension: Dimension, *, folded: bool) -> Table:
    found: dict[str | None, list[Total]] = {}
    for total in totals(usage["groups"], [dimension]):
        found.setdefault(total.key[0], []).append(total)
    parts = [
        Part(members[0].name(dimension), _cost(members), identity=identity(members[0], dimension))
        for members in found.values()
    ]
    return share_table(f"Cost by {dimension.title.lower()}, largest first", dimension.title, parts, folded=folded)


def _cost(members: Sequence[Total]) -> CostSum:
    """Return the cost of a value in all its units."""
    cost = CostSum()
    for total in members:
        for group in total.groups:
            cost.take(group)
    return cost


def cost_movers(moved: Sequence[Change], by: Sequence[Dimension], around: Sequence[Dimension]) -> Table:
    """Return the largest changes of cost; ``around`` are the dimensions that tell who moved."""
    rows = []
    for change in moved:
        who = [change.total.name(dimension) for dimension in around]
        currency = change.total.unit_name or None
        amounts = [Cell(format_money(amount, currency)) for amount in (change.before, change.now)]
        name = Cell(subject_name(change.total, by), note=" · ".join(who) or product_name(change.total, by))
        rows.append([name, *amounts, change_cell(change), Cell(format_change(legible(change.share)))])
    columns = [Column("Metric"), *_TITLES, Column("Change", numeric=True), Column("Of the whole cost", numeric=True)]
    return Table("Largest changes of cost", columns, [RowGroup(rows)])


def cost_changes(caption: str, changes: Sequence[Change], by: Sequence[Dimension], whole: str = "Total") -> Table:
    """Return costs before and now, the largest changes first, with what they come to, which ``whole`` names."""
    ranked = sorted(changes, key=lambda change: (-abs(change.now - change.before), str(change.total.key)))
    kept = len(ranked) if len(ranked) <= MAX_SHARES + 1 else MAX_SHARES
    before, total_before = _cells(ranked, lambda each: each.before, kept)
    now, total_now = _cells(ranked, lambda each: each.now, kept)
    rows = []
    for change, old, new in zip(ranked[:kept], before, now, strict=False):
        name = Cell(subject_name(change.total, by), note=product_name(change.total, by))
        rows.append([name, old, new, change_cell(change)])
    if ranked[kept:]:
        left = format_count(len(ranked) - kept, "other")
        rows.append([Cell(left), before[-1], now[-1], change_of(ranked[kept:])])
    total = [Cell(whole), total_before, total_now, change_of(ranked)]
    columns = [Column("Metric"), *_TITLES, Column("Change", numeric=True)]
    return Table(caption, columns, [RowGroup(rows)], totals=[total])


def _cells(changes: Sequence[Change], amount: Callable[[Change], float], kept: int) -> tuple[list[Cell], Cell]:
    """Return the amounts of the rows, of those that are left out if any, and of all: the rows add up as shown."""
    costs = [CostSum({change.total.key[-1]: [amount(change)]}) for change in changes]
    rest = [sum_costs(costs[kept:])] if costs[kept:] else []
    return cost_cells([*costs[:kept], *rest])


@exact_arithmetic
def change_of(changes: Sequence[Change]) -> Cell:
    """Return the change of all of them together; of several currencies there is none."""
    if len({change.total.key[-1] for change in changes}) != 1:
        return Cell("", "nothing")
    now, before = (exact_total(exact(value) for value in column) for column in _columns(changes))
    return change_cell(Change(changes[0].total, float(now), float(before)))


def _columns(changes: Sequence[Change]) -> tuple[list[float], list[float]]:
    return [change.now for change in changes], [change.before for change in changes]
