# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Version 1: cycles, allowances, blocks, running totals, and its traps."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    NOT_COVERED_ACCOUNT_ID,
    PAYGO_ACCOUNT_ID,
)

Start = Callable[..., Any]
COLUMNS = {
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodStart"),
    *("ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart"),
    *("ConsumedQuantity", "ConsumedUnit", "ContractedCost", "CumulatedContractedCost", "CumulatedPricingQuantity"),
    *("EffectiveCost", "HostProviderName", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit"),
    *("ServiceName", "ServiceProviderName", "ServiceFamilyName", "SubscriptionId"),
}
TWO, MOVED, ENDED, ZERO = "22" * 16, "10" * 8 + "20" * 8, "ed" * 16, "0a" * 16


def days(rows: list[Any]) -> tuple[str, str] | None:
    starts = sorted(row["ChargePeriodStart"][:10] for row in rows)
    return (starts[0], starts[-1]) if starts else None


def money(value: Any) -> Decimal:
    return Decimal(str(value))


def anchors(started: Any, account_id: str) -> list[str]:
    found = started.get(f"/accounts/{account_id}/billable-usage/info").rows
    return [one["billing_cycle_anchor_timestamp"][:10] for one in found["subscriptions"]]


def test_paygo_record_has_the_columns_of_version_1(client: Start) -> None:
    rows = client().paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows
    assert {frozenset(row) for row in rows} == {frozenset(COLUMNS), frozenset(COLUMNS | {"ZoneId", "ZoneName"})}
    for row in rows:
        assert row["BilledCost"] == row["EffectiveCost"] == row["ListCost"] == row["ContractedCost"]
        assert row["ChargeClass"] is None
        assert isinstance(row["PricingQuantity"], int)
        assert isinstance(row["CumulatedPricingQuantity"], int)
    units = {row["ServiceName"]: (row["ConsumedUnit"], row["PricingUnit"]) for row in rows}
    assert units["R2 Storage Class A Operations (First 1M included)"] == ("", "Count")
    assert units["R2 Data Stored (First 10GB included)"] == ("GB-months", "GB-months")
    explicit = client(nulls=True).paygo(ACCOUNT_ID, "2025-05-01", "2025-05-01").rows
    assert {row["ZoneId"] is None for row in explicit} == {True, False}


def test_paygo_has_the_quantities_of_version_2(client: Start) -> None:
    started = client()
    bill, usage = started.paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows, started.usage().rows
    assert [row["ConsumedQuantity"] for row in bill] == [row["ConsumedQuantity"] for row in usage]


@pytest.mark.parametrize(
    ("service", "included", "block", "price"),
    [
        ("Workers Standard Requests (First 10M included)", 10_000_000, 1_000_000, "0.30"),
        ("R2 Storage Class A Operations (First 1M included)", 1_000_000, 1_000_000, "4.50"),
        ("R2 Data Stored (First 10GB included)", 10, 1, "0.015"),
        ("D1 Rows Read (First 25B included)", 25_000_000_000, 1_000_000, "0.001"),
        ("Argo Smart Routing (GB, First GB is included)", 1, 1, "0.10"),
    ],
)
def test_paygo_charges_whole_blocks_beyond_the_allowance_of_the_cycle(
    client: Start, service: str, included: int, block: int, price: str
) -> None:
    rows = [row for row in client().paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows if row["ServiceName"] == service]
    used = sum(money(row["ConsumedQuantity"]) for row in rows)
    blocks = math.ceil(max(used - included, 0) / block)
    assert sum(row["PricingQuantity"] for row in rows) == blocks * block
    assert sum(money(row["ContractedCost"]) for row in rows) == blocks * Decimal(price)
    assert all((row["PricingQuantity"] == 0) == (row["ContractedCost"] == 0) for row in rows)


def test_paygo_allowance_can_be_of_a_day(client: Start) -> None:
    rows = [
        row for row in client().paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows if "Neurons" in row["ServiceName"]
    ]
    beyond = sum(max(row["ConsumedQuantity"] - 10_000, 0) for row in rows)
    assert sum(row["PricingQuantity"] for row in rows) == -(-beyond // 1000) * 1000 > 0


def test_paygo_running_totals_are_those_of_each_line(client: Start) -> None:
    rows = client().paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows
    totals: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows:
        line = totals[row["ServiceName"], row.get("ZoneId"), row["SubscriptionId"]]
        line[0] += money(row["ContractedCost"])
        line[1] += row["PricingQuantity"]
        assert line == [money(row["CumulatedContractedCost"]), row["CumulatedPricingQuantity"]]
    assert len(totals) == 16


def test_paygo_needs_the_anchor_day_in_the_range(client: Start) -> None:
    started = client()

    def asked(first: str, last: str) -> tuple[str, str] | None:
        return days(started.paygo(PAYGO_ACCOUNT_ID, first, last).rows)

    assert asked("2025-04-15", "2025-05-14") == ("2025-04-15", "2025-05-14")
    assert asked("2025-04-16", "2025-05-14") is None
    assert asked("2025-04-15", "2025-04-20") == ("2025-04-15", "2025-04-20")
    assert asked("2025-04-01", "2025-04-20") == ("2025-04-15", "2025-04-20")
    assert asked("2025-04-15", "2025-05-15") is None
    rows = started.paygo(PAYGO_ACCOUNT_ID, "2025-05-15", "2025-06-14").rows
    assert (days(rows), {row["BillingPeriodStart"] for row in rows}) == (
        ("2025-05-15", "2025-06-01"),
        {"2025-05-15T00:00:00Z"},
    )


def test_paygo_range_with_two_anchors_can_have_one_part_only(client: Start) -> None:
    rows = client(two_anchors="first").paygo(PAYGO_ACCOUNT_ID, "2025-04-10", "2025-05-20").rows
    assert days(rows) == ("2025-04-15", "2025-05-14")


def test_paygo_without_dates_has_two_cycles(client: Start) -> None:
    rows = client().paygo(PAYGO_ACCOUNT_ID).rows
    assert days(rows) == ("2025-04-15", "2025-06-01")
    assert {row["BillingPeriodStart"][:10] for row in rows} == {"2025-04-15", "2025-05-15"}


@pytest.mark.parametrize("query", [("2025-05-01",), ("2025-05-02", "2025-05-01"), ("May", "June")])
def test_paygo_bad_ranges_are_refused(client: Start, query: tuple[str, ...]) -> None:
    assert client().paygo(PAYGO_ACCOUNT_ID, *query).codes == [1183]


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (29, ["2024-01-29", "2024-02-29", "2024-03-29", "2025-02-28", "2025-03-29"]),
        (30, ["2024-01-30", "2024-02-29", "2024-03-30", "2025-02-28", "2025-03-30"]),
        (31, ["2024-01-31", "2024-02-29", "2024-03-31", "2025-02-28", "2025-03-31"]),
    ],
)
def test_paygo_anchor_at_the_end_of_a_month_comes_back_after_a_short_one(
    client: Start, day: int, starts: list[str]
) -> None:
    started, ident = client(), str(day) * 16
    assert anchors(started, ident) == [f"2024-01-{day}"]
    for start in starts:
        rows = started.paygo(ident, start, start).rows
        assert {row["BillingPeriodStart"][:10] for row in rows} == {start}
    march = dt.date(2025, 3, day)
    assert days(started.paygo(ident, "2025-02-28", str(march - dt.timedelta(days=1))).rows) == (
        "2025-02-28",
        str(march - dt.timedelta(days=1)),
    )


def test_paygo_two_subscriptions_have_cycles_of_their_own(client: Start) -> None:
    started = client()
    assert anchors(started, TWO) == ["2024-01-01", "2024-01-20"]
    first, second = (started.paygo(TWO, f"2025-05-{day}", "2025-05-31").rows for day in ("01", "20"))
    assert len({row["SubscriptionId"] for row in first}) == 2
    assert len({row["SubscriptionId"] for row in second}) == 1
    assert not {row["ServiceName"] for row in started.paygo(TWO, "2025-05-01", "2025-05-19").rows} & {
        row["ServiceName"] for row in second
    }


def test_paygo_anchor_that_moved_leaves_a_short_cycle(client: Start) -> None:
    started = client()
    assert anchors(started, MOVED) == ["2025-04-20"]
    for first, last in (("03-10", "04-09"), ("04-10", "04-19"), ("04-20", "05-19"), ("05-20", "06-01")):
        rows = started.paygo(MOVED, f"2025-{first}", f"2025-{last}").rows
        assert days(rows) == (f"2025-{first}", f"2025-{last}")
        assert {row["BillingPeriodStart"][:10] for row in rows} == {f"2025-{first}"}


def test_paygo_info_of_every_account(client: Start) -> None:
    started = client()

    def info(account_id: str) -> Any:
        return started.get(f"/accounts/{account_id}/billable-usage/info").rows

    assert info(NOT_COVERED_ACCOUNT_ID) == {"covered": False, "subscriptions": []}
    assert anchors(started, ACCOUNT_ID) == ["2024-01-01"]
    assert "end_timestamp" not in info(ACCOUNT_ID)["subscriptions"][0]
    assert info(ENDED)["subscriptions"][0]["end_timestamp"] == "2025-04-01T00:00:00Z"
    assert (info(ZERO)["covered"], len(info(ZERO)["subscriptions"])) == (True, 1)
    owned = [account.id for account in started.simulator.api.dataset.accounts]
    assert [info(ident)["covered"] for ident in owned] == [True, True, False]


def test_paygo_nothing_is_a_success(client: Start) -> None:
    started = client()
    for ident in (NOT_COVERED_ACCOUNT_ID, ZERO, ENDED):
        assert started.paygo(ident, "2025-05-01", "2025-05-31").rows == []
    assert days(started.paygo(ENDED, "2025-03-01", "2025-03-31").rows) == ("2025-03-01", "2025-03-31")
    unknown = started.paygo("f" * 32, "2025-05-01", "2025-05-31")
    assert (unknown.status, unknown.codes) == (403, [9109])


def test_paygo_restated_days_rise_later(client: Start) -> None:
    early = client(today=dt.date(2025, 5, 20), restated_days=3).paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows
    late = client(restated_days=3).paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows
    for row, other in zip(early, late, strict=False):
        restated = row["ChargePeriodStart"][:10] >= "2025-05-17"
        assert (row["ConsumedQuantity"] < other["ConsumedQuantity"]) is restated


def test_paygo_exact_quantities_add_up(client: Start) -> None:
    rows = client(quantity="0.01").paygo(ACCOUNT_ID, "2025-05-01", "2025-05-31").rows
    argo = [row for row in rows if row["ServiceName"].startswith("Argo")]
    assert {row["ConsumedQuantity"] for row in rows} == {0.01}
    assert sum(row["PricingQuantity"] for row in argo) == 0
