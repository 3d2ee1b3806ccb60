# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estimate beside the bill: where a rate card does not say what Cloudflare charges, and why that may be."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import exact_arithmetic
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import total as exact_total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_count,
    format_money,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    Estimate,
    ReconciledLine,
    Reconciliation,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.money import exact, shown_amounts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import (
    ESTIMATED,
    KNOWN,
    NOTHING,
    Cell,
    Column,
    RowGroup,
    Table,
)

_COLUMNS = [
    Column("Metric and account"),
    Column("Estimated", numeric=True),
    Column("Billed", numeric=True),
    Column("Billed more", numeric=True),
    Column("Why they may differ"),
]


@exact_arithmetic
def reconciliation_tables(estimate: Estimate, limit: int) -> list[Table]:
    """Return the lines of an estimate beside those of the bill, none where the facts have no costs.

    The lines come in the order of the reconciliation: unknown ones first, then the largest differences. Amounts of
    which both are known add up as shown, from left to right as well; beyond ``limit`` lines these are one row.
    """
    found = estimate["reconciliation"]
    if not found or not found["lines"]:
        return []
    lines, currency = found["lines"], name_text(found["currency"]) or None
    left = sum(_is_known(line) for line in lines[limit:])
    estimated, billed = _shown(lines, "estimated", limit, currency), _shown(lines, "billed", limit, currency)
    known = zip(estimated, billed, strict=True)
    rows = [
        _row(line, found, _beside(*next(known), currency) if _is_known(line) else _apart(line, currency))
        for line in lines[:limit]
    ]
    if left:
        name = format_count(left, "more line of which both are known", "more lines of which both are known")
        rows.append([Cell(name), *_beside(*next(known), currency), Cell("", NOTHING)])
    total = [Cell("Total of what both know"), *_beside(sum(estimated), sum(billed), currency), Cell("", NOTHING)]
    more = and_more(len(lines), min(len(lines), limit), "line")
    caption = "Estimate and bill, unknown and largest differences first"
    return [Table(caption, _COLUMNS, [RowGroup(rows)], more, totals=[total], folded=True)]


def _is_known(line: ReconciledLine) -> bool:
    return line["estimated"] is not None and line["billed"] is not None


def _shown(
    lines: Sequence[ReconciledLine], which: Literal["estimated", "billed"], limit: int, currency: str | None
) -> list[Decimal]:
    """Return one of the amounts of each line of which both are known, those beyond ``limit`` as one."""
    first, rest = (
        [exact(line[which] or 0) for line in part if _is_known(line)] for part in (lines[:limit], lines[limit:])
    )
    return shown_amounts([*first, exact_total(rest)] if rest else first, currency)


def _beside(estimated: Decimal | int, billed: Decimal | int, currency: str | None) -> list[Cell]:
    return [
        Cell(format_money(estimated, currency), ESTIMATED),
        *(Cell(format_money(amount, currency)) for amount in (billed, billed - estimated)),
    ]


def _apart(line: ReconciledLine, currency: str | None) -> list[Cell]:
    """Return the amounts of a line of which not both are known."""
    kinds = ((line["estimated"], ESTIMATED), (line["billed"], KNOWN), (None, KNOWN))
    return [
        Cell(UNKNOWN, UNKNOWN) if amount is None else Cell(format_money(amount, currency), kind)
        for amount, kind in kinds
    ]


def _row(line: ReconciledLine, found: Reconciliation, amounts: list[Cell]) -> list[Cell]:
    metric = name_text(line["metric_name"] or line["metric_id"]) or "No metric"
    account = name_text(line["account_name"] or line["account_id"]) or "No account"
    why = "; ".join(name_text(found["explanations"].get(code, code)) for code in line["reasons"])
    note = f"{format_span(line['from'], line['to'])} \N{MIDDLE DOT} {account}"
    return [Cell(metric, note=note), *amounts, Cell(why or "they are equal")]
