# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far facts can be trusted: the status, the last whole day, and a reason for every doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import MAX_LISTED
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Literal,
    Record,
    Server,
    codes,
    daily,
    day,
    reason,
    record,
    usage,
)


def facts(rows: Sequence[Record], **options: Any) -> Facts:
    """Ask on the second of June, when all of May is whole."""
    return usage(Server(rows), **{**MAY, **options})


def but(rows: Sequence[Record], *left_out: str) -> list[Record]:
    return [each for each in rows if each["ChargePeriodStart"][:10] not in left_out]


WHOLE = daily("2025-05-01", 31)


def test_coverage_whole_facts_have_no_reason() -> None:
    assessed = facts(WHOLE)
    assert (assessed["status"], assessed["reasons"], assessed["complete_through"]) == ("complete", [], "2025-05-31")


@pytest.mark.parametrize("rows", [[], [record("2025-05-01", "bad")], [record("2025-05-01", x_BillableMetricId="r2")]])
def test_coverage_no_record_that_counts_is_empty_and_proves_nothing(rows: list[Record]) -> None:
    assessed = usage(Server(rows, filters=False), metric=["workers_requests"], **MAY)
    assert (assessed["status"], assessed["complete_through"], assessed["groups"]) == ("empty", None, [])
    found = reason(assessed, "empty")
    assert "this proves nothing" in found["message"]
    assert (found["affects"], found["metrics"]) == ("usage", ["workers_requests"])
    assert ("records_not_counted" in codes(assessed)) == (assessed["dropped"]["not_counted"] > 0)


@pytest.mark.parametrize(
    ("last_row", "last_asked", "lag_days", "through"),
    [
        # Today is 2 June. The earliest of: the last asked day, lag_days before yesterday, the last day with a row.
        ("2025-05-31", "2025-05-31", 0, "2025-05-31"),
        ("2025-05-31", "2025-05-31", 1, "2025-05-31"),
        ("2025-05-31", "2025-05-31", 2, "2025-05-30"),
        ("2025-06-02", "2025-06-02", 0, "2025-06-01"),
        ("2025-06-02", "2025-06-02", 1, "2025-05-31"),
        ("2025-05-20", "2025-05-31", 1, "2025-05-20"),
        ("2025-05-20", "2025-05-20", 1, "2025-05-20"),
        ("2025-05-10", "2025-05-10", 31, "2025-05-01"),
        ("2025-05-31", "2025-06-30", 1, "2025-05-31"),
        ("2025-06-01", "2025-06-30", 1, "2025-05-31"),
    ],
)
def test_coverage_complete_through_is_the_earliest_of_three_days(
    last_row: str, last_asked: str, lag_days: int, through: str
) -> None:
    rows = daily("2025-05-01", (day(last_row) - day("2025-05-01")).days + 1)
    assert facts(rows, lag_days=lag_days, to=last_asked)["complete_through"] == through


def test_coverage_no_day_at_all_may_be_complete() -> None:
    assessed = facts(daily("2025-06-01", 2), **{"from": "2025-06-01", "to": "2025-06-02"})
    assert (assessed["complete_through"], assessed["status"]) == (None, "partial")
    assert codes(assessed) == ["days_not_complete_yet"]
    assessed = facts(daily("2025-05-01", 3), lag_days=31, **{"from": "2025-05-02", "to": "2025-05-03"})
    assert assessed["complete_through"] is None


def test_coverage_days_that_can_still_fill_up_are_named() -> None:
    assessed = facts(daily("2025-05-20", 14), **{"from": "2025-05-20", "to": "2025-06-04"})
    found = reason(assessed, "days_not_complete_yet")
    assert found["days"] == ["2025-06-01", "2025-06-02", "2025-06-03", "2025-06-04"]
    assert found["message"] == "Rows for 2025-06-01 to 2025-06-04 can still be missing."
    assert (codes(assessed), assessed["status"]) == (["days_not_complete_yet"], "partial")
    one = reason(facts(WHOLE, lag_days=2), "days_not_complete_yet")
    assert (one["days"], one["message"]) == (["2025-05-31"], "Rows for 2025-05-31 can still be missing.")


def test_coverage_days_without_any_row_at_the_start_and_at_the_end() -> None:
    assessed = facts(daily("2025-05-03", 27))
    assert codes(assessed) == ["no_rows_on_first_days", "no_rows_on_last_days"]
    assert reason(assessed, "no_rows_on_first_days")["days"] == ["2025-05-01", "2025-05-02"]
    assert reason(assessed, "no_rows_on_last_days")["days"] == ["2025-05-30", "2025-05-31"]
    assert assessed["complete_through"] == "2025-05-29"


def test_coverage_days_that_are_not_complete_yet_are_not_missed() -> None:
    assessed = facts(WHOLE, to="2025-06-02")
    assert codes(assessed) == ["days_not_complete_yet"]


def test_coverage_a_row_that_counts_for_another_metric_is_a_row_on_that_day() -> None:
    rows = [*daily("2025-05-01", 1), *daily("2025-05-31", 1, x_BillableMetricId="r2")]
    assert codes(facts(rows)) == []


def test_coverage_a_metric_is_whole_when_its_zones_and_units_take_turns() -> None:
    rows = [
        {**each, "x_ZoneId": f"z{number % 3}", "ConsumedUnit": ("GB", "MB")[number % 2]}
        for number, each in enumerate(WHOLE)
    ]
    assert codes(facts(rows, group_by=["zone"])) == []


def test_coverage_no_gap_is_seen_where_days_are_not_complete_yet() -> None:
    rows = [*daily("2025-05-01", 31, 1000), *daily("2025-05-01", 33, 1000, x_BillableMetricId="r2")]
    assert codes(facts(rows, to="2025-06-02")) == ["days_not_complete_yet"]


def test_coverage_records_that_cannot_be_counted_make_facts_partial_and_are_quoted() -> None:
    assessed = facts([*WHOLE, record("2025-05-05", "a lot"), record("2025-05-06", Literal("NaN"))])
    found = reason(assessed, "records_not_counted")
    assert (assessed["status"], found["count"], assessed["dropped"]["not_counted"]) == ("partial", 2, 2)
    assert found["message"] == "2 record(s) can't be counted, the first because of: ConsumedQuantity is not a number."
    assert [each["value"] for each in found["samples"]] == ["a lot", "NaN"]


def test_coverage_columns_that_the_api_must_send() -> None:
    rows = [
        *WHOLE,
        record("2025-05-05", ChargeCategory=..., ServiceProviderName=...),
        record("2025-05-06", ChargeCategory=...),
    ]
    found = reason(facts(rows), "columns_missing")
    assert (found["columns"], found["count"]) == (["ChargeCategory", "ServiceProviderName"], 2)


def test_coverage_a_record_without_any_metric_is_doubtful_and_counts() -> None:
    nameless = record("2025-05-05", 7, x_BillableMetricId=..., x_BillableMetricName=...)
    assessed = facts([*WHOLE, nameless])
    found = reason(assessed, "columns_missing")
    assert (found["columns"], found["count"]) == (["x_BillableMetricId"], 1)
    assert assessed["record_count"] == 32
    labels = record("2025-05-05", 7, x_BillableMetricId=...)
    assert codes(facts([*WHOLE, labels])) == []


@pytest.mark.parametrize("unit", [None, ...])
def test_coverage_a_unit_that_is_missing(unit: Any) -> None:
    assessed = facts([*WHOLE, record("2025-05-05", ConsumedUnit=unit), record("2025-05-06", ConsumedUnit="")])
    assert reason(assessed, "unit_missing")["count"] == 1
    assert ("columns_missing" in codes(assessed)) == (unit is ...)


def test_coverage_a_period_longer_than_a_day() -> None:
    assessed = facts([*WHOLE, record("2025-05-05", ChargePeriodEnd="2025-05-12T00:00:00Z")])
    assert reason(assessed, "period_longer_than_a_day")["days"] == ["2025-05-05"]


def test_coverage_a_metric_that_was_asked_for_and_sent_nothing() -> None:
    assessed = facts(WHOLE, metric=["workers_requests", "typo", "another"])
    found = reason(assessed, "metric_without_rows")
    assert found["metrics"] == ["another", "typo"]
    assert "A metric id that does not exist gives the same answer" in found["message"]


def test_coverage_accounts_that_must_be_there() -> None:
    asked = {"account_id": None, "organization_id": ORGANIZATION, "expected_accounts": [ACCOUNT.upper(), OTHER_ACCOUNT]}
    found = reason(facts(WHOLE, **asked), "accounts_missing")
    assert (found["accounts"], found["count"]) == ([OTHER_ACCOUNT], 1)
    both = [*WHOLE, record("2025-05-05", BillingAccountId=OTHER_ACCOUNT.upper())]
    assert codes(facts(both, **asked)) == []


def test_coverage_rows_of_another_account_in_the_answer_of_an_account_do_not_count() -> None:
    strange = daily("2025-05-01", 31, 5000, BillingAccountId=OTHER_ACCOUNT)
    assessed = facts([*WHOLE, *strange])
    found = reason(assessed, "records_of_other_accounts")
    assert (found["accounts"], found["count"]) == ([OTHER_ACCOUNT], 31)
    assert "about" not in found
    assert (assessed["record_count"], assessed["dropped"]["other_account"]) == (31, 31)
    assert [each["id"] for each in assessed["accounts"]] == [ACCOUNT]
    assert codes(facts(strange)) == ["empty", "records_of_other_accounts"]


def test_coverage_rows_of_an_account_that_an_organization_is_not_expected_to_have_do_not_count() -> None:
    strange = daily("2025-05-01", 31, 5000, BillingAccountId=OTHER_ACCOUNT)
    asked = {"account_id": None, "organization_id": ORGANIZATION}
    assert codes(facts([*WHOLE, *strange], **asked)) == []
    assessed = facts([*WHOLE, *strange], **asked, expected_accounts=[ACCOUNT])
    assert reason(assessed, "records_of_other_accounts")["about"] == [{"account": OTHER_ACCOUNT}]
    assert assessed["record_count"] == 31


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"ChargePeriodEnd": None}, "period_without_end"),
        ({"ChargePeriodEnd": "2025-05-04T00:00:00Z"}, "period_ends_before_start"),
        ({"ChargePeriodStart": "2025-05-05T02:00:00+02:00"}, "period_not_in_utc"),
    ],
)
def test_coverage_charge_period_that_is_odd_is_a_doubt(columns: dict[str, Any], code: str) -> None:
    assessed = facts([*WHOLE, record("2025-05-05", **columns)])
    assert reason(assessed, code)["days"] == ["2025-05-05"]
    assert assessed["record_count"] == 32


def test_coverage_quantity_below_zero_is_a_doubt_unless_it_is_a_correction() -> None:
    assert codes(facts([*WHOLE, record("2025-05-05", -3, ChargeClass="Correction")])) == []
    found = reason(facts([*WHOLE, record("2025-05-05", -3)]), "negative_quantity")
    assert (found["count"], found["about"]) == (1, [{"account": ACCOUNT, "metric": "workers_requests"}])


def test_coverage_mixed_currencies_make_costs_doubtful_and_quantities_not() -> None:
    rows = [{**each, "BilledCost": 1, "BillingCurrency": "USD"} for each in WHOLE]
    assessed = facts([*rows, record("2025-05-05", BilledCost=1, BillingCurrency="EUR")])
    found = reason(assessed, "mixed_currencies")
    assert (found["affects"], found["currencies"]) == ("cost", ["EUR", "USD"])
    assert assessed["cost"] == {"available": "all", "currency": None}
    assert {each["affects"] for each in assessed["reasons"]} == {"cost"}


def test_coverage_one_currency_is_no_doubt() -> None:
    costs = {"BilledCost": 1, "EffectiveCost": 1, "ContractedCost": 1, "ListCost": 1, "BillingCurrency": "USD"}
    assessed = facts([{**each, **costs} for each in WHOLE])
    assert (assessed["status"], assessed["reasons"]) == ("complete", [])
    assert assessed["cost"] == {"available": "all", "currency": "USD"}


def test_coverage_currencies_from_outside_neither_move_the_cursor_nor_fill_the_screen() -> None:
    rows = [record("2025-05-05", BilledCost=1, BillingCurrency=f"\x1b[{number}m" * 9) for number in range(100)]
    found = reason(facts(rows), "mixed_currencies")
    assert "\x1b" not in found["message"]
    assert len(found["message"]) <= 300
    assert len(found["currencies"]) == MAX_LISTED


def test_coverage_costs_on_some_rows_only() -> None:
    rows = [{**each, "BilledCost": 1, "BillingCurrency": "USD"} for each in WHOLE]
    assessed = facts([*rows, record("2025-05-05", ListCost=1, BillingCurrency="USD")])
    found = reason(assessed, "cost_on_some_records")
    assert (found["affects"], found["columns"]) == ("cost", ["billed_cost", "list_cost"])
    assert assessed["cost"] == {"available": "some", "currency": "USD"}


def test_coverage_a_cost_that_is_no_number() -> None:
    rows = [record("2025-05-05", BilledCost="free", ListCost=True, BillingCurrency="USD"), *WHOLE]
    found = reason(facts(rows), "cost_not_a_number")
    assert (found["affects"], found["columns"], found["count"]) == ("cost", ["billed_cost", "list_cost"], 2)


def test_coverage_a_cost_without_a_currency() -> None:
    assessed = facts([{**each, "BilledCost": 1, "ListCost": 1} for each in WHOLE])
    found = reason(assessed, "currency_missing")
    assert (found["affects"], found["count"]) == ("cost", 31)
    assert assessed["cost"] == {"available": "all", "currency": None}


def test_coverage_long_lists_are_cut() -> None:
    assessed = facts(daily("2025-05-31", 1))
    assert len(reason(assessed, "no_rows_on_first_days")["days"]) == MAX_LISTED
    assert "2025-05-01 to 2025-05-30" in reason(assessed, "no_rows_on_first_days")["message"]
