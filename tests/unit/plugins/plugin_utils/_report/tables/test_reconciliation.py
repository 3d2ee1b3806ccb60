# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estimate beside the bill: each amount in words, unknown ones as that, and hostile names inert."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.reconciliation import (
    reconciliation_tables,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import Facts, group, usage

CARD: dict[str, Any] = {
    "name": "Sample prices",
    "source": "made up",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "prices": [{"metric": "workers_*", "unit": "Requests", "price": 1}],
}


def rows(*groups: Facts, limit: int = 10) -> list[list[str]]:
    (table,) = reconciliation_tables(estimate_costs(usage(list(groups)), CARD), limit)
    (part,) = table.groups
    return [[cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in part.rows]


def bill(cost: float, **keys: Any) -> Facts:
    return group([1] * 31, cost=[0] * 30 + [cost], **keys)


def test_reconciliation_shows_both_amounts_and_why() -> None:
    found = rows(bill(31), bill(40, metric="workers_kv_reads"), bill(5, metric="r2_storage"))
    assert [row[0] for row in found] == ["R2 Storage", "Workers Kv Reads", "Workers Standard Requests"]
    assert [row[1:4] for row in found] == [
        ["unknown", "USD 5.00", "unknown"],
        ["USD 31.00", "USD 40.00", "USD 9.00"],
        ["USD 31.00", "USD 31.00", "USD 0.00"],
    ]
    assert [row[4] for row in found] == [
        "the rate card has no price for it",
        "the facts do not say for which quantity of this cycle Cloudflare charged",
        "they are equal",
    ]


def test_reconciliation_totals_what_both_know() -> None:
    groups = [bill(31), bill(40, metric="workers_kv_reads"), bill(5, metric="r2_storage")]
    (table,) = reconciliation_tables(estimate_costs(usage(groups), CARD), 1)
    ((name, *amounts, _why),) = table.totals
    texts = [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in amounts]
    assert (name.text, texts) == ("Total of what both know", ["USD 62.00", "USD 71.00", "USD 9.00"])


def test_reconciliation_says_what_it_leaves_out() -> None:
    groups = [bill(31, metric=f"workers_{number}") for number in range(4)]
    (table,) = reconciliation_tables(estimate_costs(usage(groups), CARD), 3)
    assert table.more == "and 1 more line"
    last = [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in table.groups[0].rows[-1]]
    assert last == ["1 more line of which both are known", "USD 31.00", "USD 31.00", "USD 0.00", ""]


def test_reconciliation_adds_up_as_shown_down_and_across() -> None:
    bills = [bill(0.336 + number, metric=f"workers_{number}") for number in range(4)]
    card = {**CARD, "prices": [{**CARD["prices"][0], "price": 0.0333}]}
    (table,) = reconciliation_tables(estimate_costs(usage(bills), card), 2)
    shown = [
        [Decimal(cell.text.split("\N{NO-BREAK SPACE}")[1].replace("\N{MINUS SIGN}", "-")) for cell in row[1:4]]
        for row in [*table.groups[0].rows, *table.totals]
    ]
    assert all(estimated + more == billed for estimated, billed, more in shown)
    *parts, total = shown
    assert [sum(column) for column in zip(*parts, strict=True)] == total


def test_reconciliation_of_names_is_inert() -> None:
    hostile = bill(31) | {"x_billable_metric_name": "\x1b[31m<b>\u202e"}
    assert "\x1b" not in rows(hostile)[0][0]


def test_reconciliation_needs_a_bill() -> None:
    assert reconciliation_tables(estimate_costs(usage([group([1] * 31)]), CARD), 10) == []
