# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage as CSV: one row per group and day, so that a spreadsheet or a database has the whole data.

Where that would be more rows than MAX_ROWS there is one row per group instead, for all days together.
An empty cell is unknown, never zero. ``status`` says what the row is worth: ``known``; ``incomplete`` while the day can
still change; ``unknown`` where there is no number yet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import csv_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts import dimensions
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage, UsageGroup
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput

_FIGURES = ["consumed_unit", "consumed_quantity", "billing_currency", "billed_cost", "status"]


MAX_ROWS = 200_000  # some thirty megabytes; a spreadsheet ends at a million
BYTE_ORDER_MARK = "\ufeff"


def usage_csv(report: ReportInput, *, bom: bool = False) -> str:
    """Return the CSV text with a header line; ``bom`` puts the mark in front by which Excel knows that it is UTF-8."""
    names = [name for dimension in dimensions.asked(report.usage) for name in dimensions.columns(dimension)]
    names += ["allocation_rule"] if "owner" in names else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["day", *names, *_FIGURES])
    rows = _row_of_all_days if days_left_out(report.usage) else _rows
    for group in report.usage["groups"]:
        writer.writerows(rows(group, names, report.usage))
    return (BYTE_ORDER_MARK if bom else "") + text.getvalue()


def days_left_out(usage: Usage) -> str:
    """Return a sentence where the rows are too many to have one for each day, else nothing."""
    groups, days = len(usage["groups"]), len(usage["days"])
    if groups * days <= MAX_ROWS:
        return ""
    return (
        f"One row for each of the {groups:,} groups, for all {days} days together, as more than {MAX_ROWS:,} rows would"
        " be needed for each day; the JSON report has every day, and so has the module cloudflare_usage_export."
    )


def _row_of_all_days(group: UsageGroup, names: list[str], usage: Usage) -> Iterator[list[str]]:
    days, quantity = usage["days"], group["consumed_quantity"]
    yield [
        f"{days[0]}/{days[-1]}",
        *(csv_text(group.get(name)) for name in names),
        csv_text(group["consumed_unit"]),
        decimal_text(quantity),
        csv_text(group["billing_currency"]),
        decimal_text(group["billed_cost"]),
        day_status(days[-1], quantity, usage["complete_through"]),
    ]


def _rows(group: UsageGroup, names: list[str], usage: Usage) -> Iterator[list[str]]:
    """Yield a row for each day."""
    days = usage["days"]
    costs = group.get("daily_billed_cost") or [None] * len(days)
    texts = [*(csv_text(group.get(name)) for name in names), csv_text(group["consumed_unit"])]
    currency = csv_text(group["billing_currency"])
    for day, quantity, cost in zip(days, group["daily_quantity"], costs, strict=True):
        status = day_status(day, quantity, usage["complete_through"])
        yield [day, *texts, decimal_text(quantity), currency, decimal_text(cost), status]


def day_status(day: str, quantity: float | None, complete_through: str | None) -> str:
    """Return what a daily value is worth: ``known``, ``incomplete`` or ``unknown``."""
    if quantity is None:
        return "unknown"
    return "known" if complete_through is not None and day <= complete_through else "incomplete"


def decimal_text(value: float | None) -> str:
    """Return a plain decimal without exponent; unknown is the empty text."""
    return "" if value is None else str(value) if isinstance(value, int) else f"{Decimal(repr(value)):f}"
