# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same numbers every time, for any window, and every switch that shapes them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    EMPTY_ORGANIZATION_ID,
    NOT_COVERED_ACCOUNT_ID,
    ORGANIZATION_ID,
    Config,
    Simulator,
)

TODAY = dt.date(2025, 6, 2)
FIRST, LAST = dt.date(2025, 5, 1), dt.date(2025, 5, 31)


def rows(scope: str = ACCOUNT_ID, first: dt.date = FIRST, last: dt.date = LAST, **switches: Any) -> list[Any]:
    return Simulator(Config(**{"today": TODAY, **switches})).records(scope, first, last)


def totals(records: Iterable[Any], column: str = "ConsumedQuantity") -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for record in records:
        name = record["x_BillableMetricId"]
        sums[name] = sums.get(name, Decimal(0)) + Decimal(str(record[column]))
    return sums


def test_data_numbers_are_the_same_on_every_machine() -> None:
    text = json.dumps(rows(ORGANIZATION_ID, cost="all", regions=2, corrections=True))
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "9e238c0b0012560f322da2ee1bc9a89f9e1b07eac3e01952a3c0f6e4205de038"
    )


def test_data_a_day_is_the_same_whatever_the_window_and_whatever_today() -> None:
    day = dt.date(2025, 5, 17)
    wide = [row for row in rows() if row["ChargePeriodStart"].startswith("2025-05-17")]
    assert wide == rows(first=day, last=day) == rows(first=day, last=day, today=dt.date(2031, 1, 1))
    assert {row["ChargePeriodEnd"] for row in wide} == {"2025-05-18T00:00:00Z"}


def test_data_more_metrics_zones_and_accounts_leave_the_others_alone() -> None:
    few = rows(metrics=4, zones=2, accounts=1)
    many = rows(metrics=40, zones=5, accounts=7)
    assert len(few) == 31 * 5
    assert [row for row in many if row in few] == few


def test_data_every_year_has_rows() -> None:
    for year in (1, 1999, 2025, 9999):
        day = dt.date(year, 3, 1)
        found = rows(first=day, last=day, today=dt.date(9999, 12, 31))
        assert len(found) == 16
        assert all(row["ConsumedQuantity"] > 0 for row in found)


def test_data_rows_end_with_the_last_day_that_has_arrived() -> None:
    today = dt.date(2025, 5, 20)
    for lag, last in ((0, "2025-05-20"), (1, "2025-05-19"), (3, "2025-05-17")):
        assert max(row["ChargePeriodStart"] for row in rows(today=today, lag_days=lag))[:10] == last


def test_data_organization_is_the_sum_of_its_accounts() -> None:
    simulator = Simulator(Config(today=TODAY, accounts=4, organizations=2))
    described = simulator.api.dataset.describe()
    owned = [one["id"] for one in described["accounts"] if one["organization_id"] == ORGANIZATION_ID]
    assert len(owned) == 2
    one_by_one = [row for ident in owned for row in simulator.records(ident, FIRST, LAST)]
    together = simulator.records(ORGANIZATION_ID, FIRST, LAST)
    assert Counter(map(str, together)) == Counter(map(str, one_by_one))
    assert [row["ChargePeriodStart"] for row in together] == sorted(row["ChargePeriodStart"] for row in together)


def test_data_some_have_nothing() -> None:
    assert rows(NOT_COVERED_ACCOUNT_ID) == rows(EMPTY_ORGANIZATION_ID) == rows("f" * 32) == []


@pytest.mark.parametrize("count", [31, 100, 1000, 5000])
def test_data_any_31_days_have_exactly_the_asked_number_of_rows(count: int) -> None:
    for start in (dt.date(2024, 2, 11), dt.date(2025, 4, 30)):
        found = rows(first=start, last=start + dt.timedelta(days=30), records_per_window=count)
        assert len(found) == count
        days_by_metric: dict[str, set[str]] = {}
        for row in found:
            days_by_metric.setdefault(row["x_BillableMetricId"], set()).add(row["ChargePeriodStart"])
        assert {len(days) for days in days_by_metric.values()} == {31}


def test_data_few_zones_make_rows_that_look_alike() -> None:
    found = rows(records_per_window=31 * 40, zones=2, metrics=4)
    assert Counter(map(str, found)).most_common(1)[0][1] == 5


def test_data_regions_and_subscriptions_divide_exactly() -> None:
    whole, parts = rows(), rows(regions=3, sub_accounts=2)
    assert len(parts) == 6 * len(whole)
    assert totals(parts) == totals(whole)
    assert len({row["RegionId"] for row in parts}) == 3
    assert len({row["SubAccountId"] for row in parts}) == 2
    assert len({row["SubAccountName"] for row in parts}) == 2
    assert {row["RegionName"] for row in rows(regions=8)} >= {"Western Europe", "Western Europe 6"}


def test_data_corrections_are_negative() -> None:
    extra = [row for row in rows(corrections=True) if "ChargeClass" in row]
    assert {row["ChargeClass"] for row in extra} == {"Correction"}
    assert {row["ChargePeriodStart"][:10] for row in extra} == {f"2025-05-{day:02}" for day in (5, 10, 15, 20, 25, 30)}
    assert all(row["ConsumedQuantity"] < 0 for row in extra)


def test_data_contract_rows_have_no_account() -> None:
    for scope in (ACCOUNT_ID, ORGANIZATION_ID):
        without = [row for row in rows(scope, contract_rows=True) if "BillingAccountId" not in row]
        assert len(without) == 31
        assert not {"BillingAccountName", "x_ZoneId"} & set(without[0])


def test_data_sparse_metrics_miss_days() -> None:
    assert 0 < len(rows()) - len(rows(sparse=True)) < len(rows()) / 4


def test_data_plan_is_all_that_is_used_of_a_metric_and_leaves_the_others_alone() -> None:
    planned = rows(plan='{"d1_rows_read": {"2025-05-20": 930000000000, "2025-05-21": 7}, "r2_storage": {}}')
    old = totals(rows())
    assert totals(planned) == {
        **{name: amount for name, amount in old.items() if name != "r2_storage"},
        "d1_rows_read": Decimal(930000000007),
    }
    days = {row["ChargePeriodStart"][:10] for row in planned if row["x_BillableMetricId"] == "d1_rows_read"}
    assert days == {"2025-05-20", "2025-05-21"}


def test_data_spike_raises_one_day_of_one_metric() -> None:
    for spike in ("2025-05-20:d1_rows_read:50", "today-13:d1_rows_read:50"):
        changed = [
            (
                row["ChargePeriodStart"][:10],
                row["x_BillableMetricId"],
                row["ConsumedQuantity"] / old["ConsumedQuantity"],
            )
            for row, old in zip(rows(spike=spike), rows(), strict=True)
            if row != old
        ]
        assert changed == [("2025-05-20", "d1_rows_read", 50)]
    assert totals(rows(spike="2025-05-20")) != totals(rows())


def test_data_growth_and_weekends_show() -> None:
    name = "workers_standard_requests"
    march = rows(first=dt.date(2025, 3, 3), last=dt.date(2025, 3, 31))
    later = rows(first=dt.date(2026, 3, 2), last=dt.date(2026, 3, 30), today=dt.date(2026, 6, 1))
    assert totals(later)[name] > totals(march)[name]
    daily = [row["ConsumedQuantity"] for row in march if row["x_BillableMetricId"] == name]
    assert max(daily[5:7]) < min(daily[0:5])


def test_data_quantity_can_be_one_number() -> None:
    found = rows(quantity="0.01", records_per_window=3100)
    assert {row["ConsumedQuantity"] for row in found} == {0.01}
    assert sum(totals(found).values()) == 31


def test_data_costs_none_all_some_zero() -> None:
    costs = {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "BillingCurrency", "PricingUnit"}
    assert not any(costs & set(row) for row in rows())
    assert all(costs <= set(row) for row in rows(cost="all"))
    some = [costs <= set(row) for row in rows(cost="some")]
    assert any(some)
    assert not all(some)
    assert {row["BilledCost"] for row in rows(cost="zero")} == {0}


def test_data_costs_follow_from_quantity_and_price() -> None:
    for row in rows(cost="all", metrics=40):
        quantity, price = Decimal(str(row["PricingQuantity"])), Decimal(str(row["ContractedUnitPrice"]))
        assert quantity == Decimal(str(row["ConsumedQuantity"]))
        assert abs(Decimal(str(row["BilledCost"])) - quantity * price) <= Decimal("1e-9")
        assert row["ListCost"] >= row["BilledCost"] == row["EffectiveCost"] == row["ContractedCost"]
        assert row["BillingPeriodStart"] == "2025-05-01T00:00:00Z"
        assert row["BillingPeriodEnd"] == "2025-06-01T00:00:00Z"


def test_data_currencies_can_be_mixed() -> None:
    assert {row["BillingCurrency"] for row in rows(cost="all", currencies=("USD", "EUR"))} == {"USD", "EUR"}


def test_data_metrics_never_end() -> None:
    assert len({row["x_BillableMetricId"] for row in rows(metrics=75)}) == 75


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("shape", "sdk99"),
        ("cost", "maybe"),
        ("names", "evil"),
        ("envelope", "inside"),
        ("to", "never"),
        ("metric_parameter", "id"),
        ("accounts", 0),
        ("zones", 0),
        ("records_per_window", 30),
        ("currencies", ()),
        ("token", ""),
        ("spike", "tomorrow"),
        ("plan", "d1_rows_read"),
        ("plan", '{"d1_rows_read": 5}'),
        ("plan", '{"d1_rows_read": {"tomorrow": 5}}'),
        ("spike", "2025-05-20:x:many"),
    ],
)
def test_data_a_switch_that_means_nothing_is_refused(switch: str, value: Any) -> None:
    with pytest.raises(ValueError, match=switch):
        Config(**{switch: value})


def test_data_memory_for_bodies_has_a_limit() -> None:
    small = Simulator(Config(today=TODAY, cache_mb=0))
    assert small.prepare() == Simulator(Config(today=TODAY)).prepare() > 100_000
    assert small.records(ACCOUNT_ID, FIRST, LAST) == rows()
