# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estimate beside the bill: where a rate card does not say what Cloudflare charges, and why that may be."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_money,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    Estimate,
    ReconciledLine,
    Reconciliation,
)
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


def reconciliation_tables(estimate: Estimate, limit: int) -> list[Table]:
    """Return the lines of an estimate beside those of the bill, none where the facts have no costs.

    The lines come in the order of the reconciliation: unknown ones first, then the largest differences.
    """
    found = estimate["reconciliation"]
    if not found or not found["lines"]:
        return []
    lines = found["lines"]
    rows = [_row(line, found) for line in lines[:limit]]
    more = and_more(len(lines), len(rows), "line")
    caption = "Estimate and bill, unknown and largest differences first"
    return [Table(caption, _COLUMNS, [RowGroup(rows)], more, totals=[_total(found)], folded=True)]


def _total(found: Reconciliation) -> list[Cell]:
    """Return what the lines come to of which both amounts are known."""
    currency = name_text(found["currency"]) or None
    return [
        Cell("Total of what both know"),
        _money(found["estimated"], currency, ESTIMATED),
        _money(found["billed"], currency, KNOWN),
        _money(found["difference"], currency, KNOWN),
        Cell("", NOTHING),
    ]


def _row(line: ReconciledLine, found: Reconciliation) -> list[Cell]:
    currency = name_text(found["currency"]) or None
    metric = name_text(line["metric_name"] or line["metric_id"]) or "No metric"
    account = name_text(line["account_name"] or line["account_id"]) or "No account"
    why = "; ".join(name_text(found["explanations"].get(code, code)) for code in line["reasons"])
    return [
        Cell(metric, note=f"{account} · {format_span(line['from'], line['to'])}"),
        _money(line["estimated"], currency, ESTIMATED),
        _money(line["billed"], currency, KNOWN),
        _money(line["difference"], currency, KNOWN),
        Cell(why or "they are equal"),
    ]


def _money(amount: float | None, currency: str | None, kind: str) -> Cell:
    return Cell(UNKNOWN, UNKNOWN) if amount is None else Cell(format_money(amount, currency), kind)
