# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rate card beside the bill: a cent shows, and what is not known is never equal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    EXPLANATIONS,
    RECONCILIATION_SCHEMA,
    Reconciliation,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.reconcile import reconcile_costs
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    Facts,
    group,
    reason,
    usage,
)

PAGE = Path(__file__).parents[5] / "docs" / "rate-cards.md"


def card(price: float = 0.3, **keys: Any) -> Facts:
    return {
        "name": "Sample prices",
        "source": "made up",
        "checked_on": "2025-05-01",
        "currency": "USD",
        "prices": [{"metric": "workers_*", "unit": "Requests", "price": price, "included_per_cycle": 10, **keys}],
    }


def billed(cost: float, daily: float = 10, days: int = 31, **keys: Any) -> Facts:
    """Return a group with its whole cost on the last day."""
    charged = keys.pop("pricing_quantity", None)
    return group([daily] * days, cost=[0] * (days - 1) + [cost], **keys) | {"pricing_quantity": charged}


def reconcile(*groups: Facts, rate_card: Facts | None = None, **keys: Any) -> Reconciliation:
    found = reconcile_costs(usage(list(groups), **keys), rate_card or card())
    jsonschema.Draft202012Validator(RECONCILIATION_SCHEMA).validate(found)
    assert found["explanations"].keys() == {code for line in found["lines"] for code in line["reasons"]}
    return found


def line(*groups: Facts, **keys: Any) -> list[Any]:
    found: Any
    (found,) = reconcile(*groups, **keys)["lines"]
    return [found[key] for key in ("estimated", "billed", "difference", "result", "reasons")]


def test_reconcile_reconciliation_of_a_card_that_is_right() -> None:
    found = reconcile(billed(90), billed(90, account=STAGING))
    assert (found["result"], found["estimated"], found["billed"], found["difference"]) == ("equal", 180, 180, 0)
    assert [each["account_name"] for each in found["lines"]] == ["Production", "Staging"]
    assert (found["lines"][0]["quantity"], found["lines"][0]["rule"]) == (310, "prices[0] workers_*")


def test_reconcile_reconciliation_shows_a_cent() -> None:
    assert line(billed(90.01)) == [90, 90.01, 0.01, "different", ["quantity_or_price_differs"]]
    assert line(billed(89.99))[2:4] == [-0.01, "different"]
    assert line(billed(90.004)) == [90, 90.004, 0.004, "equal", ["rounding"]]
    assert line(billed(90.005))[3] == "different"


@pytest.mark.parametrize(("charged", "why"), [(300, "price_differs"), (310, "charged_quantity_differs")])
def test_reconcile_reconciliation_tells_a_quantity_from_a_price(charged: float, why: str) -> None:
    assert line(billed(93, pricing_quantity=charged))[3:] == ["different", [why]]


def test_reconcile_reconciliation_takes_the_zones_of_an_account_together() -> None:
    zones = [billed(45, daily=5, zone=zone, pricing_quantity=150) for zone in "xy"]
    assert line(*zones, group_by=("account", "metric", "zone"))[:4] == [90, 90, 0, "equal"]


def test_reconcile_reconciliation_goes_by_cycle() -> None:
    costs = [0] * 30 + [90] + [0] * 29 + [88]
    found = reconcile(group([10] * 61, cost=costs))
    assert [(each["from"], each["difference"], each["result"]) for each in found["lines"]] == [
        ("2025-06-01", 1, "different"),
        ("2025-05-01", 0, "equal"),
    ]
    assert found["result"] == "different"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (group([10] * 31), [90, None, None, "unknown", ["cost_unknown"]]),
        (billed(90, currency="EUR"), [90, None, None, "unknown", ["currency_differs"]]),
        (billed(90, metric="r2_storage"), [None, 90, None, "unknown", ["no_price"]]),
        (billed(90, unit="Count"), [None, 90, None, "unknown", ["other_unit"]]),
        (billed(90, account=None), [None, 90, None, "unknown", ["no_account"]]),
        (billed(7, daily=0), [0, 7, 7, "different", ["quantity_or_price_differs"]]),
    ],
)
def test_reconcile_reconciliation_of_what_is_not_known(found: Facts, expected: list[Any]) -> None:
    assert line(found) == expected
    assert reconcile(found)["result"] == expected[3]


def test_reconcile_reconciliation_adds_up_what_has_no_counterpart() -> None:
    found = reconcile(billed(90), billed(5, metric="r2_storage"), group([10] * 31, metric="workers_kv_reads"))
    assert (found["estimated"], found["billed"], found["difference"]) == (90, 90, 0)
    assert (found["billed_without_estimate"], found["estimated_without_bill"]) == (5, 90)
    assert found["result"] == "unknown"


def test_reconcile_reconciliation_needs_the_beginning_and_whole_days() -> None:
    late = line(billed(81, days=28), first="2025-05-04")
    assert late[3:] == ["unknown", ["cycle_start_missing"]]
    filling = line(billed(90), complete=30)
    assert filling[3:] == ["unknown", ["days_not_complete_yet"]]


def test_reconcile_reconciliation_of_a_cycle_that_goes_on() -> None:
    assert line(billed(57, days=20)) == [57, 57, 0, "equal", ["cycle_not_ended"]]


def test_reconcile_reconciliation_is_unknown_where_facts_are_in_doubt() -> None:
    found = reconcile(billed(90), reasons=[reason("cost_differs_from_running_total", affects="cost")])
    assert (found["result"], found["reasons"]) == ("unknown", ["cost_differs_from_running_total"])
    found = reconcile(billed(90), group_by=("account",))
    assert (found["result"], found["reasons"], found["lines"]) == ("unknown", ["not_grouped_by"], [])


def test_reconcile_reconciliation_codes_are_described() -> None:
    assert set(re.findall(r"`([a-z_]+)`", PAGE.read_text(encoding="utf-8"))) >= EXPLANATIONS.keys()
