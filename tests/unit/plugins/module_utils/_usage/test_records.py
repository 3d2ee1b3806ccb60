# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record becomes a fact under the names of the reference pages, with exact numbers and nothing lost."""

from __future__ import annotations

import json
import random
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COLUMNS, COSTS, REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    LARGEST,
    parse_number,
    to_json_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import (
    moment,
    snake_case,
    text,
    to_fact,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    Literal,
    decoded,
    record,
)

# The response table of the reference pages, which name every field in snake case.
REFERENCE = [
    "billing_account_id",
    "billing_account_name",
    "charge_category",
    "charge_description",
    "charge_frequency",
    "charge_period_end",
    "charge_period_start",
    "consumed_quantity",
    "consumed_unit",
    "host_provider_name",
    "invoice_issuer_name",
    "service_provider_name",
    "x_billable_metric_name",
    "billed_cost",
    "billing_currency",
    "billing_period_end",
    "billing_period_start",
    "charge_class",
    "contracted_cost",
    "contracted_unit_price",
    "effective_cost",
    "list_cost",
    "list_unit_price",
    "pricing_quantity",
    "pricing_unit",
    "region_id",
    "region_name",
    "sub_account_id",
    "sub_account_name",
    "x_billable_metric_id",
    "x_product_family_name",
    "x_zone_id",
    "x_zone_name",
]
NUMBERS = {"consumed_quantity", "contracted_unit_price", "list_unit_price", "pricing_quantity"}
NUMBERS |= {COLUMNS[cost] for cost in COSTS}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        (-5, -5),
        (0, 0),
        (Decimal("0.01"), Decimal("0.01")),
        (Decimal("1E+20"), 10**20),
        ("12", 12),
        ("-0.5", Decimal("-0.5")),
        ("+3", 3),
        ("1e3", 1000),
        ("1.5E-7", Decimal("0.00000015")),
        ("007", 7),
        (LARGEST - 1, LARGEST - 1),
        (1 - LARGEST, 1 - LARGEST),
        (Decimal("9" * 30), Decimal("9" * 30)),
        (Decimal("1E-59"), Decimal("1E-59")),
        (Decimal("0." + "3" * 100), Decimal("0." + "3" * 100)),
    ],
)
def test_records_a_plausible_number_is_exact(value: object, number: Any) -> None:
    found = parse_number(value)
    assert found == number
    assert not isinstance(found, float)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        "",
        " 1",
        "1 ",
        "1_000",
        "1,000",
        "1.",
        ".5",
        "0x10",
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "1e400",
        "1e-400",
        "9" * 41,
        "a lot",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "1\n",
        1.5,
        float("nan"),
        [],
        {},
        [1],
        LARGEST,
        -LARGEST,
        Decimal("1E+30"),
        Decimal("-1E+400"),
        Decimal("1E-60"),
        Decimal("1E-999999"),
    ],
)
def test_records_what_is_no_plausible_number_is_none(value: object) -> None:
    assert parse_number(value) is None


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (5, 5),
        (Decimal("5.00"), 5),
        (Decimal("1E+20"), 10**20),
        (Decimal("-0"), 0),
        (Decimal("0.10"), 0.1),
        (Decimal("-2.5"), -2.5),
        (Decimal("123456789012345678901.5"), 123456789012345678901.5),
    ],
)
def test_records_a_number_leaves_as_int_when_whole_else_as_the_nearest_float(number: Any, value: float) -> None:
    assert to_json_number(number) == value
    assert type(to_json_number(number)) is type(value)


def test_records_the_float_is_the_nearest_to_any_exact_number() -> None:
    rng = random.Random(11)
    for _each in range(2000):
        digits, scale = rng.randrange(-(10**20), 10**20), rng.randrange(1, 25)
        exactly = Fraction(digits, 10**scale)
        assert to_json_number(Decimal(f"{digits}e-{scale}")) == (float(exactly) if exactly.denominator > 1 else exactly)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2025-05-01T00:00:00Z", "2025-05-01T00:00:00"),
        ("2025-05-01T23:59:59.999999z", "2025-05-01T23:59:59.999999"),
        ("2025-05-01", "2025-05-01T00:00:00"),
        ("2025-05-01T00:00:00", "2025-05-01T00:00:00"),
        ("2025-05-01T00:30:00+02:00", "2025-04-30T22:30:00"),
        ("2024-02-28T23:00:00-05:00", "2024-02-29T04:00:00"),
        ("2025-05-01 06:00:00+00:00", "2025-05-01T06:00:00"),
    ],
)
def test_records_times_are_utc(value: str, time: str) -> None:
    assert moment(value) == datetime.fromisoformat(time).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "value", [None, "", "some day", "2025-02-30", "0001-01-01T00:00:00+23:00", 20250501, Decimal(1), [], {}, True]
)
def test_records_what_is_no_time_is_none(value: object) -> None:
    assert moment(value) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        ("a", "a"),
        ("é日🚀", "é日🚀"),
        ("x\ud800y", "x?y"),
        (7, "7"),
        (Decimal("1.50"), "1.50"),
        (True, "True"),
    ],
)
def test_records_text_is_text_that_any_output_can_carry(value: object, shown: str | None) -> None:
    assert text(value) == shown


def test_records_every_field_of_the_reference_pages_has_its_name() -> None:
    assert sorted(COLUMNS.values()) == sorted(REFERENCE)
    assert {snake_case(column) for column in COLUMNS} == set(REFERENCE)
    assert set(COLUMNS) >= REQUIRED


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("x_ProductFamilyId", "x_product_family_id"),
        ("Tags", "tags"),
        ("x_FutureURLText", "x_future_url_text"),
        ("CommitmentDiscountId", "commitment_discount_id"),
        ("SkuPriceId2", "sku_price_id2"),
        ("already_snake", "already_snake"),
        ("", ""),
    ],
)
def test_records_unknown_columns_get_names_of_the_same_kind(column: str, name: str) -> None:
    assert snake_case(column) == name


def test_records_an_absent_and_a_null_field_are_null() -> None:
    (fact,) = map(to_fact, decoded([{"ConsumedQuantity": None}]))
    assert fact == dict.fromkeys(REFERENCE)


def test_records_a_whole_record() -> None:
    costs = dict.fromkeys(COSTS, Literal("1.25"))
    prices = {"ContractedUnitPrice": Literal("0.0000003"), "ListUnitPrice": "0.10", "PricingQuantity": Literal("3")}
    (fact,) = map(to_fact, decoded([record("2025-05-01", Literal("150000.0"), **costs, **prices)]))
    assert set(fact) == set(REFERENCE)
    assert (fact["consumed_quantity"], type(fact["consumed_quantity"])) == (150000, int)
    assert {name: fact[name] for name in sorted(NUMBERS)} == {
        "billed_cost": 1.25,
        "consumed_quantity": 150000,
        "contracted_cost": 1.25,
        "contracted_unit_price": 3e-07,
        "effective_cost": 1.25,
        "list_cost": 1.25,
        "list_unit_price": 0.1,
        "pricing_quantity": 3,
    }
    assert fact["charge_period_start"] == "2025-05-01T00:00:00Z"
    assert fact["x_billable_metric_id"] == "workers_requests"
    assert fact["region_id"] is None


@pytest.mark.parametrize("value", [True, False, "n/a", Literal("1e400"), [1], {"a": 1}, Literal("NaN"), ""])
def test_records_a_number_field_holds_a_number_or_null(value: object) -> None:
    columns = ("PricingQuantity", "ListUnitPrice", "BilledCost", "ConsumedQuantity")
    (fact,) = map(to_fact, decoded([record("2025-05-01", **dict.fromkeys(columns, value))]))
    assert [fact[COLUMNS[column]] for column in columns] == [None] * len(columns)


def test_records_unknown_columns_are_kept_with_their_values() -> None:
    extra = {
        "x_FutureFlag": True,
        "x_FutureNumber": Literal("7.25"),
        "x_FutureHuge": Literal("1e400"),
        "x_FutureBeyond": Literal("1e99999999999999999999"),
        "x_FutureNot": Literal("NaN"),
        "Tags": {"team": "web", "n": Literal("0.5"), "deep": [Literal("1.0"), None, {"bad": "\ud800"}]},
        "x_Text": "é \ud800",
        "x_Null": None,
    }
    (fact,) = map(to_fact, decoded([record("2025-05-01", **extra)]))
    unknown = {name: value for name, value in fact.items() if name not in REFERENCE}
    assert unknown == {
        "x_future_flag": True,
        "x_future_number": 7.25,
        "x_future_huge": "1E+400",
        "x_future_beyond": "1e99999999999999999999",
        "x_future_not": "NaN",
        "tags": {"team": "web", "n": 0.5, "deep": [1, None, {"bad": "?"}]},
        "x_text": "é ?",
        "x_null": None,
    }
    assert json.loads(json.dumps(fact, allow_nan=False)) == fact
    assert json.dumps(fact, ensure_ascii=False).encode("utf-8")


def test_records_two_columns_with_one_name_are_both_kept_and_no_documented_field_is_overwritten() -> None:
    extra = {"consumed_quantity": 999, "Consumed_Quantity": 998, "tags": 2, "Tags": 1, "TAGS": 3}
    (fact,) = map(to_fact, decoded([record("2025-05-01", 5, **extra)]))
    assert fact["consumed_quantity"] == 5
    assert sorted(str(value) for name, value in fact.items() if name not in REFERENCE) == ["1", "2", "3", "998", "999"]


@pytest.mark.parametrize("shape", ["seed", "sdk"])
def test_records_a_record_that_is_kept_can_be_written_as_json(shape: str) -> None:
    columns: dict[str, Any] = {} if shape == "seed" else {"BillingAccountId": ..., "BillingAccountName": ...}
    (fact,) = map(to_fact, decoded([record("2025-05-01", Literal("0.1"), **columns)]))
    assert json.loads(json.dumps(fact)) == fact
    assert (fact["billing_account_id"] is None) == (shape == "sdk")
