# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of use: by account, product, metric, zone and whatever else was asked; each cut at a stated length."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_change,
    format_number,
    format_percent,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, Dimension
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.compare import (
    Change,
    change_cell,
    legible,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import (
    has_several,
    identity,
    product_name,
    sorted_totals,
    subject_name,
    subjects,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import (
    Cell,
    Column,
    RowGroup,
    Table,
    quantity_cell,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    Total,
    complete_days,
    per_day,
    totals,
)

MAX_METRICS = 100
MAX_VALUES = 25
MAX_INNER = 5


def metric_table(usage: Usage) -> Table:
    """Return one row for each metric and unit."""
    by, days = subjects(usage), complete_days(usage)
    everything = sorted_totals(usage, by)
    rows = []
    for total in everything[:MAX_METRICS]:
        average = per_day(total.daily, days)
        rows.append(
            [
                Cell(
                    subject_name(total, by),
                    note=product_name(total, by),
                    identity=identity(total, by[-1]) if by else "",
                ),
                Cell(total.unit_name or "no unit"),
                quantity_cell(total.quantity),
                Cell(UNKNOWN, UNKNOWN) if average is None else Cell(format_number(legible(average))),
            ]
        )
    columns = [
        Column("Metric"),
        Column("Unit", copied=True),
        Column("Quantity", numeric=True),
        Column("Per complete day", numeric=True),
    ]
    more = and_more(len(everything), len(rows), "metric")
    return Table("Use by metric", columns, [RowGroup(rows)], more)


def product_table(usage: Usage) -> Table:
    """Return one row for each product and unit; metrics of one unit are added up, units never."""
    product = DIMENSIONS["product_family"]
    everything = sorted_totals(usage, [product])
    rows = []
    for total in everything[:MAX_METRICS]:
        metrics = len(totals(total.groups, subjects(usage)))
        rows.append(
            [
                Cell(total.name(product)),
                Cell(total.unit_name or "no unit"),
                quantity_cell(total.quantity),
                Cell(f"{metrics:,}"),
            ]
        )
    columns = [
        Column("Product"),
        Column("Unit", copied=True),
        Column("Quantity", numeric=True),
        Column("Metrics", numeric=True),
    ]
    more = and_more(len(everything), len(rows), "row")
    return Table("Use by product and unit", columns, [RowGroup(rows)], more)


def value_table(usage: Usage, dimension: Dimension) -> Table:
    """Return the values of a dimension, those with the largest shares first, each with its largest metrics."""
    by = subjects(usage)
    wholes = {total.key: total.quantity for total in totals(usage["groups"], by)}
    ranked = []
    for total in totals(usage["groups"], [dimension, *by]):
        whole, own = wholes[total.key[1:]], total.quantity
        ranked.append((own / whole if whole and own is not None else 0.0, total))
    found: dict[str | None, list[tuple[float, Total]]] = {}
    for share, total in sorted(ranked, key=lambda pair: (-abs(pair[0]), str(pair[1].key))):
        found.setdefault(total.key[0], []).append((share, total))
    groups = [
        RowGroup(
            rows=[_share_row(usage, share, total, by) for share, total in members[:MAX_INNER]],
            title=members[0][1].name(dimension),
            identity=identity(members[0][1], dimension),
            more=and_more(len(members), min(MAX_INNER, len(members)), "metric"),
        )
        for members in list(found.values())[:MAX_VALUES]
    ]
    columns = [
        Column("Metric"),
        Column("Unit", copied=True),
        Column("Quantity", numeric=True),
        Column("Share of the metric", numeric=True),
    ]
    return Table(
        caption=f"Use by {dimension.title.lower()}, largest shares first",
        columns=columns,
        groups=groups,
        more=and_more(len(found), len(groups), dimension.title.lower(), dimension.plural),
    )


def _share_row(usage: Usage, share: float, total: Total, by: Sequence[Dimension]) -> list[Cell]:
    return [
        Cell(subject_name(total, by), note=product_name(total, by)),
        Cell(total.unit_name or "no unit"),
        quantity_cell(total.quantity),
        Cell(format_percent(share * 100), share=max(0.0, min(1.0, share))),
    ]


def dimension_table(usage: Usage, dimension: Dimension) -> Table | None:
    """Return the table of a dimension; None where all use has one and the same value."""
    if dimension.key == "metric":
        return metric_table(usage)
    if dimension.key == "product_family":
        return product_table(usage)
    return value_table(usage, dimension) if has_several(usage, dimension) else None


def comparison_table(changes: list[Change], by: Sequence[Dimension], *, folded: bool = False) -> Table:
    """Return the use per complete day of each metric, now and before."""
    rows = [
        [
            Cell(subject_name(change.total, by), note=product_name(change.total, by)),
            Cell(change.total.unit_name or "no unit"),
            Cell(format_number(legible(change.before))),
            Cell(format_number(legible(change.now))),
            change_cell(change),
        ]
        for change in changes[:MAX_METRICS]
    ]
    columns = [
        Column("Metric"),
        Column("Unit", copied=True),
        Column("Before, per day", numeric=True),
        Column("Now, per day", numeric=True),
        Column("Change", numeric=True),
    ]
    more = and_more(len(changes), len(rows), "metric")
    return Table("Use per complete day against the period before", columns, [RowGroup(rows)], more, folded=folded)


def movers_table(
    moved: list[Change], by: Sequence[Dimension], around: Sequence[Dimension], *, folded: bool = False
) -> Table:
    """Return the largest changes; ``around`` are the dimensions that tell who moved."""
    rows = []
    for change in moved:
        who = [change.total.name(dimension) for dimension in around]
        rows.append(
            [
                Cell(subject_name(change.total, by), note=" · ".join(who) or product_name(change.total, by)),
                Cell(change.total.unit_name or "no unit"),
                Cell(format_number(legible(change.before))),
                Cell(format_number(legible(change.now))),
                change_cell(change),
                Cell(format_change(legible(change.share))),
            ]
        )
    columns = [
        Column("Metric"),
        Column("Unit", copied=True),
        Column("Before, per day", numeric=True),
        Column("Now, per day", numeric=True),
        Column("Change", numeric=True),
        Column("Of the whole metric", numeric=True),
    ]
    return Table("Largest changes of use per day", columns, [RowGroup(rows)], folded=folded)
