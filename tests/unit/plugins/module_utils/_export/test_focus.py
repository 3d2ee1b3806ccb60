# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every column of a dataset: where it comes from, what it looks like, and when it stays empty."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COLUMNS, REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._export import focus
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import (
    CUSTOM_COLUMNS,
    DATASET_COLUMNS,
    FOCUS_COLUMNS,
    NEVER_NULL,
    NUMBERS,
    TIMES,
    Mapper,
    decimal,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import Record, record

# The record of the API's reference page, with every column.
REFERENCE: Record = {
    "BillingAccountId": "023e105f4ecef8ad9ca31a8372d0c353",
    "BillingAccountName": "My Account",
    "ChargeCategory": "Usage",
    "ChargeDescription": "Workers Standard Requests — daily usage",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2025-05-02T00:00:00Z",
    "ChargePeriodStart": "2025-05-01T00:00:00Z",
    "ConsumedQuantity": 150000,
    "ConsumedUnit": "Requests",
    "HostProviderName": "Cloudflare",
    "InvoiceIssuerName": "Cloudflare",
    "ServiceProviderName": "Cloudflare",
    "x_BillableMetricName": "Workers Standard Requests",
    "BilledCost": 0,
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2025-06-01T00:00:00Z",
    "BillingPeriodStart": "2025-05-01T00:00:00Z",
    "ChargeClass": "Correction",
    "ContractedCost": Decimal("0.75"),
    "ContractedUnitPrice": Decimal("0.000005"),
    "EffectiveCost": 0,
    "ListCost": Decimal("0.75"),
    "ListUnitPrice": Decimal("0.000005"),
    "PricingQuantity": 150000,
    "PricingUnit": "Requests",
    "RegionId": "EEUR",
    "RegionName": "Eastern Europe",
    "SubAccountId": "c9bd752d-9ca8-411d-b804-be44a758057f",
    "SubAccountName": "My Subscription",
    "x_BillableMetricId": "workers_standard_requests",
    "x_ProductFamilyName": "Workers",
    "x_ZoneId": "023e105f4ecef8ad9ca31a8372d0c353",
    "x_ZoneName": "example.com",
}


def labels(each: Record, **settings: Any) -> dict[str, str]:
    """Return the columns of a record's row that are not null."""
    row = zip(DATASET_COLUMNS, Mapper(**settings).row(each), strict=True)
    return {column: value for column, value in row if value != settings.get("null", "")}


def test_focus_columns_are_those_of_focus_in_its_order_and_custom_ones_come_after() -> None:
    assert (*sorted(FOCUS_COLUMNS), *CUSTOM_COLUMNS) == DATASET_COLUMNS
    assert len(set(DATASET_COLUMNS)) == len(DATASET_COLUMNS) == 48
    assert all(column.startswith("x_") for column in CUSTOM_COLUMNS)
    assert {*NUMBERS, *TIMES, *NEVER_NULL} <= set(FOCUS_COLUMNS)
    assert set(COLUMNS) | REQUIRED <= set(DATASET_COLUMNS)


def test_focus_the_reference_record_keeps_every_column_and_gets_those_that_follow_from_it() -> None:
    assert labels(REFERENCE) == {
        **{column: str(value) for column, value in REFERENCE.items()},
        "ContractedUnitPrice": "0.000005",
        "ListUnitPrice": "0.000005",
        "PricingCategory": "Standard",
        "ProviderName": "Cloudflare",
        "PublisherName": "Cloudflare",
        "ServiceCategory": "Compute",
        "ServiceName": "Workers",
        "ServiceSubcategory": "Serverless Compute",
        "SkuId": "workers_standard_requests",
        "SkuMeter": "Workers Standard Requests",
        "SkuPriceId": "workers_standard_requests",
    }


def test_focus_without_costs_nothing_stands_in_for_them() -> None:
    row = labels(record("2025-05-01", 0))
    assert row["ConsumedQuantity"] == "0"
    priced = {*NUMBERS, "BillingCurrency", "PricingUnit", "PricingCategory", "BillingPeriodStart", "BillingPeriodEnd"}
    assert row.keys() & priced == {"ConsumedQuantity"}
    assert "0" not in [value for column, value in row.items() if column != "ConsumedQuantity"]


def test_focus_each_column_that_the_api_leaves_out_stays_empty() -> None:
    follows = {
        "ServiceProviderName": {"ProviderName", "PublisherName"},
        "x_BillableMetricName": {"SkuMeter"},
        "x_BillableMetricId": {"SkuId", "SkuPriceId", "PricingQuantity"},
    }
    whole = labels(REFERENCE)
    for absent in REFERENCE:
        for each in (
            {**REFERENCE, absent: None},
            {column: REFERENCE[column] for column in REFERENCE if column != absent},
        ):
            lost = whole.keys() - labels(each).keys()
            assert lost == {absent, *follows.get(absent, set())}, absent


@pytest.mark.parametrize("column", [column for column in FOCUS_COLUMNS if column not in {*NUMBERS, *TIMES, "Tags"}])
def test_focus_what_the_api_sends_under_a_focus_name_wins(column: str) -> None:
    assert labels({**REFERENCE, column: "as sent"})[column] == "as sent"


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-3, "-3"),
        (10**25, "1" + "0" * 25),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("5.0E+3"), "5000"),
        (Decimal("0.10"), "0.10"),
        ("1e-05", "0.00001"),
        ("+12", "12"),
        (Decimal("0.1234567890123456789012345"), "0.1234567890123456789012345"),
    ],
)
def test_focus_numbers_are_plain_decimals_as_the_api_sent_them(column: str, value: Any, written: str) -> None:
    assert labels({**REFERENCE, column: value})[column] == written


@pytest.mark.parametrize(
    "value", ["", "12 USD", "NaN", "Infinity", True, [1], {"amount": 1}, 10**31, Decimal("1E+999")]
)
def test_focus_what_is_no_number_is_null(value: Any) -> None:
    assert "BilledCost" not in labels({**REFERENCE, "BilledCost": value})
    assert decimal(value) is None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2025-05-01", "2025-05-01T00:00:00Z"),
        ("2025-05-01T02:00:00+02:00", "2025-05-01T00:00:00Z"),
        ("2025-05-01T00:00:00.000z", "2025-05-01T00:00:00Z"),
        ("2025-04-30T23:30:15.75Z", "2025-04-30T23:30:15Z"),
    ],
)
@pytest.mark.parametrize("column", TIMES)
def test_focus_times_are_utc_to_the_second(column: str, value: str, written: str) -> None:
    assert labels({**REFERENCE, column: value})[column] == written


@pytest.mark.parametrize("value", [None, "", "soon", 20250501, ["2025-05-01"]])
@pytest.mark.parametrize("column", TIMES)
def test_focus_what_is_no_time_is_null(column: str, value: Any) -> None:
    assert column not in labels({**REFERENCE, column: value})


@pytest.mark.parametrize(
    ("day", "cycle_day", "cycle"),
    [
        ("2025-05-01", 1, ("2025-05-01", "2025-06-01")),
        ("2025-05-14", 15, ("2025-04-15", "2025-05-15")),
        ("2025-05-15", 15, ("2025-05-15", "2025-06-15")),
        ("2025-02-28", 31, ("2025-02-28", "2025-03-31")),
    ],
)
def test_focus_a_billing_cycle_follows_from_its_first_day_where_the_api_names_none(
    day: str, cycle_day: int, cycle: tuple[str, str]
) -> None:
    row = labels(record(day), cycle_day=cycle_day)
    assert (row["BillingPeriodStart"], row["BillingPeriodEnd"]) == tuple(f"{each}T00:00:00Z" for each in cycle)
    sent = labels({**REFERENCE, "BillingPeriodStart": "2025-04-20T00:00:00Z"}, cycle_day=cycle_day)
    assert sent["BillingPeriodStart"] == "2025-04-20T00:00:00Z"


def test_focus_a_category_of_pricing_takes_a_price() -> None:
    unpriced = {**REFERENCE, "ListUnitPrice": None, "ContractedUnitPrice": None, "PricingQuantity": None}
    assert "PricingCategory" not in labels(unpriced)
    for column in ("ListUnitPrice", "ContractedUnitPrice", "PricingQuantity"):
        assert labels({**unpriced, column: 0})["PricingCategory"] == "Standard"
    assert labels({**unpriced, "ListUnitPrice": 1}, null="null", encode=json.dumps)["PricingCategory"] == '"Standard"'


@pytest.mark.parametrize(
    "column", [column for column in DATASET_COLUMNS[:-1] if column not in {*NUMBERS, *TIMES, "Tags"}]
)
def test_focus_an_empty_text_is_null(column: str) -> None:
    assert labels({**REFERENCE, column: ""}).get(column) == labels({**REFERENCE, column: None}).get(column)


def test_focus_tags_are_a_flat_object_and_anything_else_goes_to_the_other_columns() -> None:
    assert labels({**REFERENCE, "Tags": {"team": "web", "env": True}})["Tags"] == '{"env":true,"team":"web"}'
    for tags in ([{"Key": "team"}], {"team": {"name": "web"}}, "team=web"):
        row = labels({**REFERENCE, "Tags": tags})
        assert "Tags" not in row
        assert json.loads(row["x_OtherColumns"]) == {"Tags": tags}


def test_focus_columns_that_nobody_knows_yet_are_kept() -> None:
    others = {"ResourceId": "é", "x_Future": {"b": [1, Decimal("0.5")], "a": None}, "x_OtherColumns": 1}
    row = labels({**REFERENCE, **others, "x_Null": None, "x_Huge": Decimal("1E+999")})
    assert row["x_OtherColumns"] == (
        '{"ResourceId":"é","x_Future":{"a":null,"b":[1,0.5]},"x_Huge":"1E+999","x_OtherColumns":1}'
    )
    assert {column: value for column, value in row.items() if column != "x_OtherColumns"} == labels(REFERENCE)


def test_focus_an_object_in_place_of_a_text_is_written_as_json() -> None:
    row = labels({**REFERENCE, "ChargeDescription": {"en": "Requests"}, "RegionName": 7})
    assert (row["ChargeDescription"], row["RegionName"]) == ('{"en":"Requests"}', "7")


def test_focus_half_a_character_does_not_break_the_file() -> None:
    row = labels({**REFERENCE, "BillingAccountName": "A\ud800", "Tags": {"a": "\udfff"}})
    assert (row["BillingAccountName"], row["Tags"]) == ("A?", '{"a":"?"}')


def test_focus_what_focus_requires_and_nobody_knows_is_named() -> None:
    for null in ("", "null"):
        mapper = Mapper(null=null)
        assert mapper.unknown(mapper.row(REFERENCE)) == ()
        assert mapper.unknown(mapper.row(record("2025-05-01"))) == (
            "BilledCost",
            "BillingCurrency",
            "BillingPeriodEnd",
            "BillingPeriodStart",
            "ContractedCost",
            "EffectiveCost",
            "ListCost",
        )


def test_focus_what_is_remembered_is_bounded_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [record(f"2025-05-0{day}", day, x_ZoneName=f"{zone}.example") for day in (1, 2, 3) for zone in range(5)]
    mapper = Mapper()
    rows = [mapper.row(each) for each in records]
    monkeypatch.setattr(focus, "_MOST_REMEMBERED", 2)
    forgetful = Mapper()
    assert [forgetful.row(each) for each in records] == rows
    assert max(len(forgetful._fixed), len(forgetful._times)) <= 2
