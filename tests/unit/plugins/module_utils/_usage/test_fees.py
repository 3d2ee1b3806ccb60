# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixed fees: what each day takes of a price, and when that is not known."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MalformedError, ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.fees import fixed_fees
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    NOW,
    ORGANIZATION,
    Server,
    ask,
    daily,
    day,
    days,
)

DAYS = days(day("2025-05-01"), 31)


def fee(**fields: Any) -> dict[str, Any]:
    """Return a monthly subscription from May 5 as the API lists it; a field that is ``...`` is left out."""
    whole = {
        "id": "f1",
        "state": "Paid",
        "price": 31,
        "currency": "USD",
        "frequency": "monthly",
        "rate_plan": {"id": "workers_paid", "public_name": "Workers Paid"},
        "current_period_start": "2025-05-05T00:00:00Z",
        "current_period_end": "2025-06-05T00:00:00Z",
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def period(start: str, end: str, **fields: Any) -> dict[str, Any]:
    return fee(current_period_start=f"{start}T08:00:00Z", current_period_end=f"{end}T08:00:00Z", **fields)


def fact(subscription: Any) -> dict[str, Any]:
    (found,) = fixed_fees([subscription], ACCOUNT, DAYS, "/path")
    return found


def test_fees_are_known_in_the_current_period_only() -> None:
    found = fact(fee())
    assert found["daily_cost"] == [None] * 4 + [1] * 27
    assert (found["cost"], found["unknown"]) == (None, "the API names the current period only")
    assert found["period"] == {"from": "2025-05-05", "to": "2025-06-04"}
    assert (found["name"], found["rate_plan_id"], found["billing_account_id"]) == (
        "Workers Paid",
        "workers_paid",
        ACCOUNT,
    )


@pytest.mark.parametrize(
    ("subscription", "cost"),
    [
        (period("2025-05-01", "2025-06-01"), 31),
        (period("2025-05-01", "2025-06-01", price=25), 25),
        (period("2025-05-01", "2025-06-01", price=0), 0),
        (period("2025-05-01", "2025-06-01", state="Provisioned"), 31),
        (period("2025-05-01", "2025-06-01", state="AwaitingPayment"), 31),
        (period("2025-05-01", "2025-06-01", state="Trial"), 0),
        (period("2025-05-01", "2025-06-01", state="Trial", price=None), 0),
        (period("2025-04-15", "2026-04-15", frequency="yearly", price=365), 31),
        (period("2025-04-01", "2025-07-01", frequency="quarterly", price=91), 31),
        (period("2025-04-01", "2025-05-01", state="Cancelled"), 0),
        (period("2025-04-20", "2025-05-20", state="Cancelled", price=30), 19),
        (period("2025-04-01", "2025-05-01", state="Expired"), 0),
    ],
)
def test_fees_are_spread_over_the_days_of_their_period(subscription: dict[str, Any], cost: float) -> None:
    found = fact(subscription)
    assert (found["cost"], found["unknown"]) == (cost, None)
    assert sum(found["daily_cost"]) == pytest.approx(cost)
    assert len(found["daily_cost"]) == 31


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"state": "Failed"}, "its state does not say whether it is paid for"),
        ({"state": None}, "its state does not say whether it is paid for"),
        ({"price": None}, "it has no price"),
        ({"price": "free"}, "it has no price"),
        ({"frequency": "yearly"}, "its period is not as long as its frequency says"),
        ({"frequency": "daily"}, "its period is not as long as its frequency says"),
        ({"frequency": ...}, "its period is not as long as its frequency says"),
    ],
)
def test_fees_that_are_not_known_say_why(fields: dict[str, Any], why: str) -> None:
    found = fact(period("2025-05-01", "2025-06-01", **fields))
    assert found["cost"] is None
    assert found["daily_cost"] == [None] * 31
    assert found["unknown"].startswith(why)


@pytest.mark.parametrize("end", [None, "soon", "2025-05-05T23:00:00Z", ...])
def test_fees_without_a_period_are_not_known(end: Any) -> None:
    found = fact(fee(current_period_end=end))
    assert (found["period"], found["cost"]) == (None, None)
    assert found["unknown"] == "the current period has no start and end"


def test_fees_of_what_is_no_subscription_are_an_error() -> None:
    with pytest.raises(MalformedError, match="not every subscription is an object"):
        fixed_fees([fee(), "x"], ACCOUNT, DAYS, "/path")
    assert fact(fee(rate_plan="x", id=None))["name"] is None


def test_fees_are_facts_of_their_own_beside_the_groups() -> None:
    class Billing(Server):
        def get_result(self, path: str, query: Any, consume: Any, *more: Any) -> Any:
            if path == f"/accounts/{ACCOUNT}/subscriptions":
                self.requests += 1
                return Answer(consume([fee(id="b"), fee(id="a", currency="EUR")]), Notices())
            return super().get_result(path, query, consume, *more)

    facts = ask(Billing(daily("2025-05-01", 31)), NOW, subscriptions=True, **MAY)["usage"]
    assert [(each["id"], each["currency"]) for each in facts["subscriptions"]] == [("a", "EUR"), ("b", "USD")]
    assert (facts["requests"], facts["groups"][0]["billed_cost"], facts["status"]) == (2, None, "complete")
    read_usage(facts)
    other = {**facts, "scope_id": "f" * 32, "accounts": [], "groups": [], "record_count": 0}
    empty = {
        "status": "empty",
        "reasons": [{"code": "empty", "affects": "usage", "message": ""}],
        "complete_through": None,
    }
    merged = merge_usage([facts, {**other, **empty}])
    assert len(merged["subscriptions"]) == 4
    del other["subscriptions"]
    assert "subscriptions" not in merge_usage([facts, {**other, **empty}])


def test_fees_need_an_account() -> None:
    server = Server([])
    with pytest.raises(ParameterError, match="subscriptions: can't be used with organization_id"):
        ask(server, NOW, organization_id=ORGANIZATION, subscriptions=True)
    assert server.requests == 0
