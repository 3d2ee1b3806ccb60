# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups: by dimension, unit and currency, with the latest names and honest costs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Literal,
    Record,
    Server,
    record,
    usage,
)


def groups(rows: Sequence[Record], *group_by: str, **options: Any) -> list[Facts]:
    facts = usage(Server(rows), organization_id=ORGANIZATION, group_by=list(group_by), **{**MAY, **options})
    found: list[Facts] = facts["groups"]
    return found


def test_groups_a_group_in_full() -> None:
    rows = [record("2025-05-01", 150_000), record("2025-05-03", Literal("0.5")), record("2025-05-03", 2)]
    (group,) = groups(rows, "account", "product_family", "metric")
    assert group == {
        "billing_account_id": ACCOUNT,
        "billing_account_name": "Production",
        "x_product_family_name": "Workers",
        "x_billable_metric_id": "workers_requests",
        "x_billable_metric_name": "Workers Requests",
        "consumed_unit": "Requests",
        "billing_currency": None,
        "record_count": 3,
        "consumed_quantity": 150_002.5,
        "billed_cost": None,
        "effective_cost": None,
        "contracted_cost": None,
        "list_cost": None,
        "incomplete_costs": {},
        "daily_quantity": [150_000, 0, 2.5] + [0] * 28,
        "daily_billed_cost": None,
        "rated_through": None,
        "pricing_quantity": None,
        "pricing_unit": None,
    }


@pytest.mark.parametrize(
    ("dimension", "labels"),
    [
        ("account", {"billing_account_id", "billing_account_name"}),
        ("sub_account", {"sub_account_id", "sub_account_name"}),
        ("product_family", {"x_product_family_name"}),
        ("metric", {"x_billable_metric_id", "x_billable_metric_name"}),
        ("zone", {"x_zone_id", "x_zone_name"}),
        ("region", {"region_id", "region_name"}),
        ("charge_class", {"charge_class"}),
    ],
)
def test_groups_each_dimension_has_its_keys_and_no_other(dimension: str, labels: set[str]) -> None:
    (none,) = groups([record("2025-05-01")])
    (one,) = groups([record("2025-05-01")], dimension)
    assert one.keys() - none.keys() == labels


def test_groups_without_dimensions_units_and_currencies_are_still_kept_apart() -> None:
    rows = [record("2025-05-01", 1, ConsumedUnit=unit) for unit in ("GB", "Requests", "", None, "GB")]
    rows += [record("2025-05-01", 1, ConsumedUnit="GB", BillingCurrency=each) for each in ("USD", "EUR", None)]
    found = [(each["consumed_unit"], each["billing_currency"], each["consumed_quantity"]) for each in groups(rows)]
    assert found == [
        (None, None, 1),
        ("", None, 1),
        ("GB", None, 3),
        ("GB", "EUR", 1),
        ("GB", "USD", 1),
        ("Requests", None, 1),
    ]


def test_groups_usage_of_the_contract_has_a_group_without_account() -> None:
    contract = {"BillingAccountId": ..., "BillingAccountName": ...}
    rows = [
        record("2025-05-01", 1),
        record("2025-05-01", 2, **contract),
        record("2025-05-01", 4, BillingAccountId=None),
    ]
    found = groups(rows, "account")
    assert [(each["billing_account_id"], each["consumed_quantity"]) for each in found] == [
        (None, 2),
        (None, 4),
        (ACCOUNT, 1),
    ]
    assert [each["billing_account_name"] for each in found] == [None, "Production", "Production"]


def test_groups_a_thing_keeps_its_group_when_it_is_renamed_and_shows_its_latest_name() -> None:
    rows = [
        record("2025-05-01", 1, BillingAccountName="Old"),
        record("2025-05-09", 2, BillingAccountName="New"),
        record("2025-05-05", 4, BillingAccountName="Zwischen"),
        record("2025-05-10", 8, BillingAccountName=None),
    ]
    for seed in range(6):
        random.Random(seed).shuffle(rows)
        (group,) = groups(rows, "account")
        assert (group["billing_account_name"], group["consumed_quantity"]) == ("New", 15)


def test_groups_of_two_names_on_one_day_the_order_of_arrival_does_not_choose() -> None:
    rows = [record("2025-05-01", 1, x_ZoneId="z", x_ZoneName=name) for name in ("a", "c", "b")]
    for _order in range(3):
        rows = rows[1:] + rows[:1]
        (group,) = groups(rows, "zone")
        assert group["x_zone_name"] == "c"


def test_groups_without_an_id_the_name_makes_the_group() -> None:
    rows = [record("2025-05-01", 1, x_BillableMetricId=..., x_BillableMetricName=name) for name in ("A", "B", "A")]
    found = [(each["x_billable_metric_name"], each["consumed_quantity"]) for each in groups(rows, "metric")]
    assert found == [("A", 2), ("B", 1)]


def test_groups_come_in_one_order_whatever_the_order_of_rows() -> None:
    rows = [
        record("2025-05-01", 1, BillingAccountId=account, x_ZoneId=zone, ConsumedUnit=unit)
        for account in (ACCOUNT, OTHER_ACCOUNT, None)
        for zone in ("b", None, "a")
        for unit in ("GB", "Requests", None)
    ]
    expected = groups(rows, "account", "zone")
    assert len(expected) == 27
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        assert groups(rows, "account", "zone") == expected


def cost(day: str, **columns: Any) -> Record:
    return record(day, 1, BillingCurrency="USD", **columns)


def test_groups_a_cost_that_every_row_carries_is_a_total_and_a_daily_series() -> None:
    rows = [cost("2025-05-01", BilledCost=Literal("0.1")), cost("2025-05-01", BilledCost=Literal("0.2"))]
    rows.append(cost("2025-05-03", BilledCost="1"))
    (group,) = groups(rows)
    assert group["billed_cost"] == 1.3
    assert group["daily_billed_cost"] == [0.3, 0, 1] + [0] * 28
    assert group["incomplete_costs"] == {}


def test_groups_a_cost_that_only_some_rows_carry_is_unknown_and_told_apart() -> None:
    rows = [cost("2025-05-01", BilledCost=Literal("1.2"), ListCost=1), cost("2025-05-01", ListCost=2)]
    (group,) = groups(rows)
    assert (group["billed_cost"], group["daily_billed_cost"], group["list_cost"]) == (None, None, 3)
    assert group["incomplete_costs"] == {"billed_cost": {"amount": 1.2, "record_count": 1}}


def test_groups_a_cost_of_nothing_is_known_where_nothing_is_charged() -> None:
    rows = [cost("2025-05-01", BilledCost=0), cost("2025-05-02", BilledCost=Literal("0.0"))]
    (group,) = groups([{**row, "PricingQuantity": 0} for row in rows])
    assert (group["billed_cost"], group["daily_billed_cost"]) == (0, [0] * 31)


def test_groups_days_to_come_are_null_in_every_daily_series() -> None:
    rows = [cost("2025-06-01", BilledCost=2)]
    (group,) = groups(rows, **{"from": "2025-06-01", "to": "2025-06-05"})
    assert group["daily_quantity"] == [1, 0, None, None, None]
    assert group["daily_billed_cost"] == [2, 0, None, None, None]


def test_groups_names_from_outside_can_be_written_anywhere() -> None:
    (group,) = groups([record("2025-05-01", x_ZoneId="z\ud800", x_ZoneName="\ud83d half")], "zone")
    assert (group["x_zone_id"], group["x_zone_name"]) == ("z?", "? half")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([], []),
        ([None], []),
        ([OTHER_ACCOUNT, ACCOUNT, None, ACCOUNT], [ACCOUNT, OTHER_ACCOUNT]),
    ],
)
def test_groups_accounts_are_those_that_sent_records(ids: list[str | None], expected: list[str]) -> None:
    rows = [record("2025-05-01", BillingAccountId=account, BillingAccountName=f"{account} name") for account in ids]
    rows.append(record("2025-05-01", "no number", BillingAccountId="uncounted"))
    facts = usage(Server(rows), organization_id=ORGANIZATION, **MAY)
    assert facts["accounts"] == [
        {"id": account, "name": f"{account} name", "last_day": "2025-05-01"} for account in expected
    ]


def test_groups_an_account_without_a_name_has_none() -> None:
    facts = usage(Server([record("2025-05-01", BillingAccountName=None)]), **MAY)
    assert facts["accounts"] == [{"id": ACCOUNT, "name": None, "last_day": "2025-05-01"}]


@pytest.mark.parametrize("late", ["workers_requests", "r2_storage"])
def test_groups_last_day_of_an_account_is_that_of_its_latest_record(late: str) -> None:
    rows = [record("2025-05-03", x_BillableMetricId=each) for each in ("workers_requests", "r2_storage")]
    facts = usage(Server([*rows, record("2025-05-09", x_BillableMetricId=late)]), **MAY)
    assert [account["last_day"] for account in facts["accounts"]] == ["2025-05-09"]


def test_groups_of_all_accounts_hold_each_record_once() -> None:
    priced = {"BillingCurrency": "USD", "PricingUnit": "Count", "PricingQuantity": 2, "BilledCost": 5}
    rows = [record("2025-05-01", 3, BillingAccountId=account, **priced) for account in (ACCOUNT, OTHER_ACCOUNT)]
    (group,) = groups(rows, "metric")
    assert (group["consumed_quantity"], group["billed_cost"], group["pricing_quantity"]) == (6, 10, 4)
    assert (group["daily_quantity"][0], group["daily_billed_cost"][0], group["record_count"]) == (6, 10, 2)


@pytest.mark.parametrize("group_by", [("account", "metric"), ("metric",)])
def test_groups_an_account_is_one_however_its_id_is_written(group_by: tuple[str, ...]) -> None:
    rows = [record("2025-05-01", 5), record("2025-05-02", 7, BillingAccountId=ACCOUNT.upper())]
    facts = usage(Server(rows), group_by=list(group_by), **MAY)
    assert [group["consumed_quantity"] for group in facts["groups"]] == [12]
    assert [each["id"] for each in facts["accounts"]] == [ACCOUNT]
