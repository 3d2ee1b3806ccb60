# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums are exact, and never cross units or currencies."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    CostSum,
    add,
    complete_days,
    totals,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    make_usage,
)

PRODUCT, METRIC, ACCOUNT = (DIMENSIONS[key] for key in ("product_family", "metric", "account"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0),
        ([1, 2], 3),
        ([0.1, 0.2], 0.3),
        ([0.5, 0.5], 1),
        ([10**29, 1], 10**29 + 1),
        ([1, None], None),
        ([0.5, None], None),
        ([None], None),
        ([-2, 2], 0),
    ],
)
def test_totals_sums_are_exact_and_unknown_stays_unknown(values: list[Any], expected: Any) -> None:
    result = add(values)
    assert result == expected
    assert type(result) is type(expected)


def test_totals_units_are_never_added_together() -> None:
    usage = make_usage(metrics=[("P", "m", "M", "GB", 10), ("P", "m", "M", "Requests", 10), ("P", "m", "M", None, 10)])
    found = totals(usage["groups"], [METRIC])
    assert [total.unit for total in found] == ["GB", "Requests", None]


def test_totals_a_total_adds_its_groups_and_their_days() -> None:
    usage = make_usage(accounts=3, metrics=METRICS[4:5], complete_through="2025-05-28", future=3)
    (total,) = totals(usage["groups"], [PRODUCT, METRIC])
    assert len(total.groups) == 3
    assert total.quantity == pytest.approx(sum(group["consumed_quantity"] for group in usage["groups"]))
    assert total.daily[28:] == [None] * 3
    first_days = [group["daily_quantity"][0] for group in usage["groups"]]
    assert total.daily[0] == add(first_days)
    assert total.name(METRIC) == "R2 Storage"


def test_totals_a_value_is_told_by_its_id_and_shown_by_its_name() -> None:
    usage = make_usage(accounts=2, metrics=METRICS[:1])
    usage["groups"][0]["billing_account_name"] = usage["groups"][1]["billing_account_name"] = "Same"
    assert len(totals(usage["groups"], [ACCOUNT])) == 2
    usage["groups"][1].update(billing_account_id=None, billing_account_name=None)
    assert totals(usage["groups"], [ACCOUNT])[1].name(ACCOUNT) == "No account"


def _cost(*groups: Any) -> CostSum:
    cost = CostSum()
    for group in groups:
        empty: Any = {
            "billed_cost": None,
            "billing_currency": None,
            "incomplete_costs": {},
            "record_count": 1,
        }
        cost.take(empty | group)
    return cost


def test_totals_costs_are_added_by_currency() -> None:
    cost = _cost(
        {"billed_cost": 0.1, "billing_currency": "USD", "record_count": 1},
        {"billed_cost": 0.2, "billing_currency": "USD"},
        {"billed_cost": 5, "billing_currency": "EUR"},
    )
    assert cost.amounts() == [("EUR", 5), ("USD", 0.3)]
    assert cost.missing == 0


def test_totals_a_cost_that_only_some_records_carry_is_missing_for_the_others() -> None:
    incomplete = {"billed_cost": {"amount": 1.2, "record_count": 3}}
    cost = _cost({"billing_currency": "USD", "incomplete_costs": incomplete, "record_count": 10}, {"record_count": 4})
    assert cost.amounts() == [("USD", 1.2)]
    assert cost.missing == 11


def test_totals_no_cost_is_no_amount() -> None:
    assert _cost({"record_count": 7}).amounts() == []
    assert _cost({"record_count": 7}).missing == 7


@pytest.mark.parametrize(("through", "days"), [(None, 0), ("2025-05-01", 1), ("2025-05-31", 31), ("2025-04-30", 0)])
def test_totals_complete_days(through: str | None, days: int) -> None:
    assert complete_days(make_usage(complete_through=through)) == days
