# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amounts add up to their total as they are shown, and what is unknown stays unknown."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import format_money
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import billed
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.compare import Change
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.cost_tables import (
    cost_changes,
    cost_shares,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.money import (
    MAX_SHARES,
    Part,
    share_table,
    shown_amounts,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import CostSum, Total
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    consistent,
    make_usage,
)

SPACE = "\N{NO-BREAK SPACE}"


def _shown(*amounts: str, currency: str = "USD") -> list[str]:
    return [str(each) for each in shown_amounts([Decimal(amount) for amount in amounts], currency)]


def _texts(table: Any, column: int = 1) -> list[str]:
    return [row[column].text for group in table.groups for row in [*group.rows, *table.totals]]


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        (["0.333", "0.333", "0.334"], ["0.33", "0.33", "0.34"]),
        (["98.048", "98.048", "98.038"], ["98.05", "98.05", "98.03"]),
        (["1.005", "1.005"], ["1.01", "1.00"]),
        (["-0.336", "1.336"], ["-0.34", "1.34"]),
        (["0.0004", "0.0004"], ["0.00040", "0.00040"]),
        ([], []),
        (["0", "0"], ["0.00", "0.00"]),
    ],
)
def test_money_shown_adds_up_to_its_sum(amounts: list[str], shown: list[str]) -> None:
    assert _shown(*amounts) == shown


def test_money_of_a_currency_without_cents_adds_up() -> None:
    assert _shown("1.5", "1.5", "1.5", currency="JPY") == ["2", "1", "1"]


def test_money_of_many_random_amounts_adds_up_and_stays_near() -> None:
    chance = random.Random(13)
    for _round in range(50):
        amounts = [Decimal(chance.randint(-5_000, 900_000)).scaleb(-5) for _each in range(chance.randint(1, 40))]
        shown = shown_amounts(amounts, "USD")
        whole = sum(amounts, Decimal(0))
        assert sum(shown) == round(whole, 2) or abs(whole) < Decimal("0.01")
        assert all(abs(one - other) <= Decimal("0.01") for one, other in zip(shown, amounts, strict=True))


def _part(name: str, *amounts: float, missing: int = 0, currency: str = "USD") -> Part:
    return Part(name, CostSum({currency: list(amounts)} if amounts else {}, missing))


def test_money_shares_stand_with_a_total() -> None:
    table = share_table("Cost", "Account", [_part("small", 1), _part("large", 2, 1)])
    assert [[cell.text for cell in row] for row in [*table.groups[0].rows, *table.totals]] == [
        ["large", f"USD{SPACE}3.00", "75.0%"],
        ["small", f"USD{SPACE}1.00", "25.0%"],
        ["Total", f"USD{SPACE}4.00", "100.0%"],
    ]


def test_money_shares_of_the_others_are_one_row() -> None:
    table = share_table("Cost", "Account", [_part(f"{number:02d}", 0.125) for number in range(20)])
    assert len(table.groups[0].rows) == MAX_SHARES + 1
    assert [cell.text for cell in table.groups[0].rows[-1]] == ["12 others", f"USD{SPACE}1.50", "60.0%"]
    assert table.totals[0][1].text == f"USD{SPACE}2.50"


def test_money_shares_of_what_is_partly_unknown_say_so() -> None:
    table = share_table("Cost", "Account", [_part("a", 3, missing=2), _part("b", missing=1), _part("c", 1)])
    first, second, third = table.groups[0].rows
    assert (first[1].kind, first[1].note) == ("unknown", f"USD{SPACE}3.00 known; 2 records without")
    assert (second[0].text, second[2].text) == ("c", "25.0%")
    assert (third[1].text, third[2].text) == ("unknown", "unknown")
    assert (table.totals[0][1].kind, table.totals[0][1].note) == (
        "unknown",
        f"USD{SPACE}4.00 known; 3 records without",
    )
    assert table.columns[-1].title == "Share of what is known"


def test_money_shares_of_several_currencies_are_none() -> None:
    table = share_table("Cost", "Account", [_part("a", 3), _part("b", 1, currency="EUR")])
    assert _texts(table) == [f"USD{SPACE}3.00", f"EUR{SPACE}1.00", f"EUR{SPACE}1.00; USD{SPACE}3.00"]
    assert [column.title for column in table.columns] == ["Account", "Cost"]


@pytest.mark.parametrize("credit", [-4, -5])
def test_money_there_are_no_shares_of_a_total_that_credits_bring_to_nothing_or_below(credit: int) -> None:
    table = share_table("Cost", "Account", [_part("a", 3), _part("b", 1), _part("credit", credit)])
    assert [column.title for column in table.columns] == ["Account", "Cost"]
    assert {len(row) for row in [*table.groups[0].rows, *table.totals]} == {2}


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ([1, 1, 1], ["33.4%", "33.3%", "33.3%"]),
        (
            [69.15, 8.35, 8.35, 6.15, 4.0, 2.0, 1.3, 0.7],
            ["69.2%", "8.4%", "8.3%", "6.1%", "4.0%", "2.0%", "1.3%", "0.7%"],
        ),
        ([9997, 1, 1, 1], ["99.9%", "0.1%", "0.0%", "0.0%"]),
        ([12, -2], ["120.0%", "\N{MINUS SIGN}20.0%"]),
        ([5], ["100.0%"]),
    ],
)
def test_money_shares_come_to_100_percent_as_shown(amounts: list[float], shown: list[str]) -> None:
    table = share_table("Cost", "Account", [_part(str(place), amount) for place, amount in enumerate(amounts)])
    assert _texts(table, 2) == [*shown, "100.0%"]


def test_money_shares_of_many_random_amounts_come_to_100_percent() -> None:
    chance = random.Random(13)
    for _round in range(30):
        amounts = [chance.randint(-500, 9_000) / 1000 + 0.6 for _each in range(chance.randint(1, 9))]
        *parts, total = _texts(share_table("Cost", "A", [_part(str(each), each) for each in amounts]), 2)
        assert sum(Decimal(text.rstrip("%").replace("\N{MINUS SIGN}", "-").replace(",", "")) for text in parts) == 100
        assert total == "100.0%"


def test_money_shares_never_show_something_as_nothing() -> None:
    assert _texts(share_table("Cost", "Account", [_part("a", 5), _part("b", 0.001)])) == [
        f"USD{SPACE}5.00",
        f"about USD{SPACE}0.00",
        f"USD{SPACE}5.00",
    ]


def test_money_cost_shares_of_every_dimension_add_up_to_the_headline() -> None:
    usage = consistent(make_usage(accounts=3, metrics=METRICS[:5], price=0.0000137))
    tables = cost_shares(usage)
    assert [table.caption for table in tables] == [
        "Cost by account, largest first",
        "Cost by product, largest first",
        "Cost by metric, largest first",
    ]
    assert [table.folded for table in tables] == [False, True, True]
    whole = billed(usage)[0].text
    for table in tables:
        *parts, total = (Decimal(text.rpartition(SPACE)[2].replace(",", "")) for text in _texts(table))
        assert sum(parts) == total
        assert format_money(total, "USD") == whole


def test_money_cost_changes_add_up_in_both_periods() -> None:
    changes = [Change(Total((f"m{number}", "USD"), [_group(number)]), 0.333 + number, 0.004) for number in range(12)]
    table = cost_changes("Cost", changes, [])
    assert len(table.groups[0].rows) == MAX_SHARES + 1
    for column in (1, 2):
        *parts, total = (Decimal(text.rpartition(SPACE)[2].replace(",", "")) for text in _texts(table, column))
        assert sum(parts) == total
    assert table.totals[0][3].text.startswith("+")


def _group(number: int) -> Any:
    return make_usage(metrics=[("P", f"m{number}", f"M{number}", "GB", 1)])["groups"][0]
