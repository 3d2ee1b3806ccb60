# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The running total of an estimate: allowances and blocks count on the total of a cycle, on every day."""

from __future__ import annotations

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing import estimate as estimates
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import Facts, group, usage

PRICE = {"metric": "workers_*", "unit": "Requests", "included_per_cycle": 20, "block": 5, "round_up": True, "price": 2}
CARD = {"name": "Prices", "source": "made up", "checked_on": "2025-05-01", "currency": "USD", "prices": [PRICE]}


def running(*groups: Facts) -> list[float] | None:
    """Return the running total of the first line; each comes to its amount."""
    found = estimates.estimate_costs(usage(list(groups)), CARD)
    for item in found["items"]:
        assert item["running"] is None or item["running"][-1] == item["amount"]
    return found["items"][0]["running"]


def test_running_comes_to_the_amount_day_by_day() -> None:
    # 20 are included, and each begun block of 5 costs 2
    assert running(group([1] * 31)) == [0] * 20 + [2] * 5 + [4] * 5 + [6]


def test_running_is_that_of_each_line() -> None:
    many, few = group([30] * 31), group([1] * 31, metric="workers_kv")
    assert running(few, many) == running(few)
    assert running(many, few) == running(many)


def test_running_of_less_than_nothing_is_nothing() -> None:
    assert running(group([-5, 40, *[0] * 29])) == [0] + [6] * 30


def test_running_is_null_where_it_would_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "_MAX_RUNNING", 30)
    assert running(group([1] * 31)) is None
