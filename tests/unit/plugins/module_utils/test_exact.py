# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._exact import (
    exact_agrees,
    from_json_group,
    to_json_group,
)

LONG = "9007199254740992.5"


def test_exact_digits_are_there_only_where_a_float_loses_some() -> None:
    plain = {"consumed_quantity": Decimal("0.1"), "daily_quantity": [2**80, Decimal("1e20"), None], "unit": "GB"}
    numbers = {"consumed_quantity": 0.1, "daily_quantity": [2**80, 10**20, None], "unit": "GB"}
    assert to_json_group(plain) == numbers
    long = {**plain, "consumed_quantity": Decimal(LONG), "incomplete_costs": {"billed_cost": {"amount": Decimal(LONG)}}}
    assert to_json_group(long) == {
        **numbers,
        "consumed_quantity": 2.0**53,
        "incomplete_costs": {"billed_cost": {"amount": 2.0**53}},
        "exact": {"consumed_quantity": LONG, "incomplete_costs": {"billed_cost": {"amount": LONG}}},
    }


@given(daily=st.lists(st.none() | st.decimals(-(10**9), 10**9, places=20) | st.decimals(0, 9, places=2), max_size=5))
def test_exact_numbers_come_back_from_json(daily: list[Decimal | None]) -> None:
    sent = json.loads(json.dumps(to_json_group({"daily_quantity": daily})))
    assert exact_agrees(sent)
    found = [None if value is None else Decimal(str(value)) for value in from_json_group(sent)["daily_quantity"]]
    assert found == daily


@pytest.mark.parametrize(
    "exact",
    [
        {"consumed_quantity": "9007199254740993.5"},
        {"consumed_quantity": "9007199254740992"},
        {"consumed_quantity": "1" * 10_000},
        {"consumed_quantity": "x"},
        {"consumed_quantity": 5},
        {"consumed_quantity": None},
        {"consumed_quantity": [LONG]},
        {"consumed_quantity": {"a": LONG}},
        {"billed_cost": LONG},
        {"daily_quantity": [LONG]},
        {"daily_quantity": ["0.1", None]},
        {"unit": "1"},
        {},
        None,
        "x",
        [LONG],
    ],
    ids=str,
)
def test_exact_digits_that_deny_the_numbers_are_found(exact: Any) -> None:
    group = {"consumed_quantity": 2.0**53, "daily_quantity": [0.1, 5], "billed_cost": None, "unit": "GB"}
    assert exact_agrees({**group, "exact": {"consumed_quantity": LONG}})
    assert not exact_agrees({**group, "exact": exact})
