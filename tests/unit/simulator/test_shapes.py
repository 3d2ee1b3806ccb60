# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns as the API page and each SDK have them, and JSON in every style."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

REQUIRED = {
    "ChargeCategory",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "HostProviderName",
    "InvoiceIssuerName",
    "ServiceProviderName",
}
ACCOUNT = {"BillingAccountId", "BillingAccountName"}
NAME, ID = {"x_BillableMetricName"}, {"x_BillableMetricId"}
NEW = {"Tags", "x_ProductCategoryName", "x_ProductFamilyId"}
ALL = REQUIRED | ACCOUNT | NAME | ID
ALL |= {"BilledCost", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeClass", "ContractedCost"}
ALL |= {"ContractedUnitPrice", "EffectiveCost", "ListCost", "ListUnitPrice", "PricingQuantity", "PricingUnit"}
ALL |= {"RegionId", "RegionName", "SubAccountId", "SubAccountName", "x_ProductFamilyName", "x_ZoneId", "x_ZoneName"}

Start = Callable[..., Any]
DAY = {"from": "2025-05-10", "to": "2025-05-10"}


@pytest.mark.parametrize(
    ("shape", "required", "every"),
    [
        ("seed", REQUIRED | ACCOUNT | NAME, ALL),
        ("sdk53", REQUIRED | ACCOUNT | NAME, ALL),
        ("sdk56", REQUIRED | ACCOUNT | NAME, ALL),
        ("sdk57", REQUIRED | ACCOUNT | NAME | ID, ALL | NEW),
        ("sdk59", REQUIRED | ID, ALL | NEW),
    ],
)
def test_shapes_columns_of_each_shape(client: Start, shape: str, required: set[str], every: set[str]) -> None:
    for row in client(shape=shape, minimal=True, cost="all", regions=2, sub_accounts=2).usage().rows:
        assert set(row) == required
    for row in client(shape=shape, nulls=True).usage().rows:
        assert set(row) == every
        assert row["BilledCost"] is row["ChargeClass"] is row["RegionId"] is None
    for row in client(shape=shape, contract_rows=True).usage().rows:
        assert not set(row) - every
        assert None not in row.values()


def test_shapes_unknown_columns(client: Start) -> None:
    row = client(extra_columns=True).usage().rows[0]
    assert {type(value).__name__ for name, value in row.items() if name.startswith("x_Future")} == {
        "bool",
        "dict",
        "float",
        "str",
    }
    assert row["CommitmentDiscountId"] is None


def test_shapes_numbers_as_strings(client: Start) -> None:
    numbers = client(cost="all").usage().rows
    texts = client(cost="all", numbers_as_strings=True).usage().rows
    for row, text in zip(numbers, texts, strict=True):
        for name, value in row.items():
            if isinstance(value, (int, float)):
                assert isinstance(text[name], str)
                assert float(text[name]) == value


def test_shapes_whole_numbers_have_no_fraction_and_none_has_an_exponent(client: Start) -> None:
    body = client(cost="all", metrics=40).usage().body
    seen: list[str] = []
    json.loads(body, parse_float=seen.append, parse_int=seen.append)
    assert "." in "".join(seen)
    assert not any("e" in text.lower() or text.endswith((".", ".0")) for text in seen)


def test_shapes_json_with_spaces_says_the_same(client: Start) -> None:
    for envelope in ("after", "before"):
        plain, spaced = client(envelope=envelope).usage(), client(envelope=envelope, spaced_json=True).usage()
        assert spaced.data == plain.data
        assert b'"success" : true' in spaced.body


def test_shapes_success_stands_before_or_after_the_rows(client: Start) -> None:
    after, before = client().usage(), client(envelope="before").usage()
    assert after.data == before.data
    assert after.body.endswith(b'],"success":true}')
    assert before.body.startswith(b'{"success":true')


@pytest.mark.parametrize("style", ["unicode", "hostile"])
def test_shapes_names_can_be_anything(client: Start, style: str) -> None:
    started = client(names=style, accounts=12, metrics=12, zones=12)
    found = started.usage(DAY, scope="/organizations/a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3").rows
    for column in ("BillingAccountName", "x_BillableMetricName", "x_ZoneName"):
        ident = column.replace("Name", "Id")
        names = {row[ident]: row[column] for row in found if ident in row}
        assert len(set(names.values())) >= min(len(names), 12)
    text = "".join(row["BillingAccountName"] for row in found)
    wanted = ("🚀", "\u202e") if style == "unicode" else ("<script>", "{{", "\x1b[31m", "=HYPERLINK", "\n", "]]>", "%}")
    assert all(one in text for one in wanted)
    assert {account["name"] for account in started.get("/accounts", {"per_page": 50}).rows} >= {
        row["BillingAccountName"] for row in found
    }
