# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prices: on the total of each account and cycle, in whole blocks, with what is included, and nothing unpriced as 0."""

from __future__ import annotations

import datetime
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import (
    cycle_end,
    cycle_start,
    cycles,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import RateCardError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    cycle_doubts,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import (
    RATE_CARD_SCHEMA,
    read_rate_card,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.reconcile import reconcile_costs
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    empty_usage,
    group,
    reason,
    usage,
)


def card(*prices: Any, **keys: Any) -> Facts:
    return {
        "name": "Sample prices",
        "source": "made up",
        "checked_on": "2025-05-01",
        "currency": "USD",
        "prices": list(prices) or [price()],
        **keys,
    }


def price(**keys: Any) -> Facts:
    if "tiers" not in keys:
        keys = {"price": 3, **keys}
    return {"metric": "workers_*", "unit": "Requests", **keys}


def amount(facts: Facts, *prices: Facts, **keys: Any) -> float | None:
    estimate = estimate_costs(facts, card(*prices, **keys))
    assert not estimate["is_lower_bound"], estimate
    found: float | None = estimate["amount"]
    return found


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, 930),
        ({"block": 100}, 9.3),
        ({"block": 100, "round_up": True}, 12),
        ({"block": 155, "round_up": True}, 6),
        ({"block": 1000, "round_up": True}, 3),
        ({"included_per_cycle": 310}, 0),
        ({"included_per_cycle": 311, "block": 100, "round_up": True}, 0),
        ({"included_per_cycle": 309, "block": 100, "round_up": True}, 3),
        ({"included_per_cycle": 10, "block": 100, "round_up": True}, 9),
        ({"included_per_day": 9}, 93),
        ({"included_per_day": 11}, 0),
        ({"included_per_day": 9, "block": 10, "round_up": True}, 12),
        ({"price": 0.1, "block": 3}, 10.333333333333334),
        ({"price": 0}, 0),
        ({"tiers": [{"up_to": 100, "price": 2}, {"up_to": 200, "price": 1}, {"price": 0.5}]}, 355),
        ({"tiers": [{"up_to": 100, "price": 2}, {"price": 1}], "included_per_cycle": 250}, 120),
        ({"tiers": [{"up_to": 100, "price": 2}, {"price": 1}], "block": 100, "round_up": True}, 5),
    ],
)
def test_pricing_a_cycle_is_priced(keys: Facts, expected: float) -> None:
    assert amount(usage([group([10] * 31)]), price(**keys)) == expected


def test_pricing_an_allowance_is_that_of_each_account() -> None:
    facts = usage([group([10] * 31), group([10] * 31, account=STAGING)])
    assert amount(facts, price(included_per_cycle=300)) == 60


def test_pricing_zones_share_the_allowance_and_the_blocks_of_their_account() -> None:
    zones = [group([1] * 31, zone=zone) for zone in "abc"]
    facts = usage(zones, group_by=("account", "metric", "zone"))
    assert amount(facts, price(included_per_cycle=90, block=10, round_up=True)) == 3


def test_pricing_daily_allowances_are_used_day_by_day() -> None:
    facts = usage([group([0, 30] + [0] * 29)])
    assert amount(facts, price(included_per_day=10)) == 60


def test_pricing_each_cycle_has_its_own_allowance() -> None:
    facts = usage([group([10] * 61)], first="2025-05-01")
    estimate = estimate_costs(facts, card(price(included_per_cycle=300)))
    assert [(each["from"], each["to"], each["amount"]) for each in estimate["items"]] == [
        ("2025-05-01", "2025-05-31", 30),
        ("2025-06-01", "2025-06-30", 0),
    ]
    assert amount(usage([group([10] * 31)], first="2025-05-17"), price(included_per_cycle=300), cycle_day=17) == 30


def test_pricing_a_cycle_of_which_the_start_is_missing_is_a_lower_bound() -> None:
    estimate = estimate_costs(usage([group([10] * 31)], first="2025-05-17"), card())
    assert (estimate["is_lower_bound"], estimate["reasons"]) == (True, ["cycle_start_missing"])


def in_cycle(facts: Facts, anchor: int) -> Facts:
    return {**facts, "billing_cycle": {"from": "2025-04-15", "to": "2025-05-14", "anchor": anchor}}


def test_pricing_an_estimate_uses_the_cycle_of_the_facts() -> None:
    facts = in_cycle(usage([group([10] * 32)], first="2025-04-15"), 15)
    estimate = estimate_costs(facts, card(price(included_per_cycle=100)))
    assert [(item["from"], item["amount"]) for item in estimate["items"]] == [("2025-04-15", 600), ("2025-05-15", 0)]
    assert estimate["reasons"] == []


def test_pricing_a_cycle_day_of_the_card_counts_and_its_contradiction_is_told() -> None:
    facts = in_cycle(usage([group([10] * 30)], first="2025-05-01"), 15)
    estimate = estimate_costs(facts, card(cycle_day=1))
    assert (estimate["reasons"], estimate["amount"], estimate["is_lower_bound"]) == (["cycle_day_differs"], 900, True)
    assert estimate_costs(in_cycle(facts, 1), card(cycle_day=1))["reasons"] == []


def test_pricing_bills_of_different_cycles_need_a_cycle_day() -> None:
    facts = usage([group([10] * 31)]) | {"source": "paygo", "billing_cycle": None}
    assert estimate_costs(facts, card())["reasons"] == ["cycle_unknown"]
    assert estimate_costs(facts, card(cycle_day=1))["reasons"] == []


def test_pricing_a_price_takes_every_unit_of_its_list() -> None:
    facts = usage([group([10] * 31), group([10] * 31, metric="workers_x", unit="Count")])
    assert amount(facts, price(unit=["Requests", "Count"])) == 2 * 930


def test_pricing_an_estimate_tells_how_it_came_about() -> None:
    estimate = estimate_costs(usage([group([10] * 31)]), card(price(included_per_cycle=300, block=100, round_up=True)))
    assert estimate == {
        "currency": "USD",
        "amount": 3,
        "is_lower_bound": False,
        "reasons": [],
        "items": [
            {
                "account_id": PRODUCTION,
                "account_name": "Production",
                "metric_id": "workers_standard_requests",
                "metric_name": "Workers Standard Requests",
                "consumed_unit": "Requests",
                "from": "2025-05-01",
                "to": "2025-05-31",
                "quantity": 310,
                "included": 300,
                "billable_quantity": 10,
                "price": 3,
                "tiers": [{"up_to": None, "price": 3}],
                "block": 100,
                "amount": 3,
                "rule": "prices[0] workers_*",
                "running": [0] * 30 + [3],
            }
        ],
        "unpriced": [],
        "rate_card": {"name": "Sample prices", "source": "made up", "checked_on": "2025-05-01"},
        "reconciliation": None,
    }


def test_pricing_an_estimate_of_a_bill_is_held_against_it() -> None:
    facts = usage([group([10] * 31, cost=[30] * 31)])
    estimate = estimate_costs(facts, card())
    assert estimate["reconciliation"] == reconcile_costs(facts, card())
    assert estimate["reconciliation"]["result"] == "equal"
    tiers = [{"up_to": 100, "price": 2}, {"price": 1}]
    (item,) = estimate_costs(usage([group([10] * 31)]), card(price(tiers=tiers)))["items"]
    assert (item["price"], item["tiers"]) == (None, [{"up_to": 100, "price": 2}, {"up_to": None, "price": 1}])


@pytest.mark.parametrize(
    ("other", "prices", "why"),
    [
        ({"metric": "r2_storage"}, [price()], "no_price"),
        ({"unit": "requests"}, [price()], "other_unit"),
        ({"unit": None}, [price()], "other_unit"),
        ({"account": None}, [price()], "no_account"),
        (
            {"metric": "workers_kv_reads"},
            [price(metric="workers_kv_reads", valid_from="2025-05-02"), price(metric="workers_standard_requests")],
            "outside_dates",
        ),
        (
            {"metric": "workers_kv_reads"},
            [
                price(metric="workers_kv_reads", valid_until="2025-05-30"),
                price(metric="workers_kv_reads", valid_from="2025-05-31"),
                price(metric="workers_kv_reads", unit="GB"),
                price(metric="workers_standard_requests"),
            ],
            "outside_dates",
        ),
    ],
)
def test_pricing_what_has_no_price_is_listed(other: Facts, prices: list[Facts], why: str) -> None:
    facts = usage([group([10] * 31), group([2] * 31, **other)])
    estimate = estimate_costs(facts, card(*prices))
    assert (estimate["amount"], estimate["is_lower_bound"]) == (930, True)
    (unpriced,) = estimate["unpriced"]
    assert (unpriced["reason"], unpriced["quantity"]) == (why, 62)
    assert unpriced.keys() == {
        "account_id",
        "account_name",
        "metric_id",
        "metric_name",
        "consumed_unit",
        "from",
        "to",
        "quantity",
        "reason",
    }
    assert (unpriced["from"], unpriced["to"]) == ("2025-05-01", "2025-05-31")


def test_pricing_a_negative_total_is_listed() -> None:
    estimate = estimate_costs(usage([group([-1] * 31)]), card())
    assert estimate["amount"] is None
    assert estimate["reasons"] == []
    assert [(each["reason"], each["quantity"]) for each in estimate["unpriced"]] == [("negative_quantity", -31)]


def test_pricing_use_that_was_taken_back_or_is_less_than_one_has_a_price() -> None:
    assert amount(usage([group([5, -5] + [0] * 29)])) == 0
    assert amount(usage([group([0.5] + [0] * 30)])) == 1.5


def test_pricing_a_metric_without_a_name_has_its_price() -> None:
    nameless = group([10] * 31) | {"x_billable_metric_name": None}
    (item,) = estimate_costs(usage([nameless]), card())["items"]
    assert (item["metric_id"], item["metric_name"], item["amount"]) == ("workers_standard_requests", None, 930)


def test_pricing_doubts_of_cycles_are_told_in_words() -> None:
    def told(facts: Facts, **keys: Any) -> list[tuple[str, str]]:
        return list(cycle_doubts(read_facts(facts), read_rate_card(card(**keys))))

    facts = usage([group([10] * 31)], first="2025-05-17")
    assert told(facts) == [("cycle_start_missing", "the billing cycle began before 2025-05-17")]
    assert told(usage([group([10] * 31)]) | {"source": "paygo", "billing_cycle": None}) == [
        ("cycle_unknown", "the billing cycles of these accounts begin on different days")
    ]
    text = "by the rate card billing cycles begin on day 1 of the month, in the facts on day 15"
    assert told(in_cycle(usage([group([10] * 31)]), 15)) == [("cycle_day_differs", text)]


def test_pricing_no_use_costs_nothing_whatever_the_card_says() -> None:
    assert amount(usage([group([10] * 31), group([0] * 31, metric="r2_storage")])) == 930
    assert amount(usage([group([0] * 31, metric="r2_storage")])) == 0


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        (usage([group([10] * 31)], complete=30), ["days_not_complete_yet"]),
        (usage([group([10] * 31)], reasons=[reason("cost_on_some_records", affects="cost")]), []),
        (usage([group([10] * 31)], group_by=["metric"]), ["not_grouped_by"]),
        (empty_usage(), ["empty"]),
    ],
)
def test_pricing_facts_that_are_not_whole_make_a_lower_bound(facts: Facts, reasons: list[str]) -> None:
    estimate = estimate_costs(facts, card())
    assert (estimate["reasons"], estimate["is_lower_bound"]) == (reasons, bool(reasons))
    assert (estimate["amount"] is None) is (reasons in (["not_grouped_by"], ["empty"]))


def test_pricing_the_first_price_that_fits_counts() -> None:
    special = price(metric="Workers Standard Requests", price=1)
    facts = usage([group([10] * 31)])
    assert amount(facts, special, price()) == 310
    assert amount(facts, price(), special) == 930
    assert amount(facts, price(valid_until="2024-12-31"), special) == 310
    assert amount(facts, price(metric=["x", "workers_standard_requests"])) == 930


def test_pricing_the_days_of_the_card_hold_for_its_prices() -> None:
    facts = usage([group([10] * 31)])
    estimate = estimate_costs(facts, card(price(), valid_from="2025-06-01"))
    assert [each["reason"] for each in estimate["unpriced"]] == ["outside_dates"]
    assert amount(facts, price(valid_from="2025-05-01"), valid_from="2025-06-01", valid_until="2025-12-31") == 930
    assert amount(facts, price(valid_until="2025-05-31")) == 930


# cycles


@pytest.mark.parametrize(
    ("day", "cycle_day", "first", "last"),
    [
        ("2025-05-15", 1, "2025-05-01", "2025-05-31"),
        ("2025-05-15", 15, "2025-05-15", "2025-06-14"),
        ("2025-05-14", 15, "2025-04-15", "2025-05-14"),
        ("2025-01-05", 28, "2024-12-28", "2025-01-27"),
        ("2025-02-28", 31, "2025-02-28", "2025-03-30"),
        ("2025-02-27", 31, "2025-01-31", "2025-02-27"),
        ("2024-02-29", 30, "2024-02-29", "2024-03-29"),
        ("2025-12-31", 1, "2025-12-01", "2025-12-31"),
    ],
)
def test_pricing_a_cycle_begins_on_its_day(day: str, cycle_day: int, first: str, last: str) -> None:
    asked = datetime.date.fromisoformat(day)
    assert (cycle_start(asked, cycle_day).isoformat(), cycle_end(asked, cycle_day).isoformat()) == (first, last)


def test_pricing_cycles_follow_each_other() -> None:
    found = list(cycles(datetime.date(2025, 1, 20), datetime.date(2025, 3, 31), 31))
    assert [(first.isoformat(), last.isoformat()) for first, last in found] == [
        ("2024-12-31", "2025-01-30"),
        ("2025-01-31", "2025-02-27"),
        ("2025-02-28", "2025-03-30"),
        ("2025-03-31", "2025-04-29"),
    ]


# the card


def problems(document: Any) -> list[str]:
    with pytest.raises(RateCardError) as caught:
        read_rate_card(document)
    assert caught.value.failure() == {"kind": "rate_card", "problems": caught.value.problems}
    return caught.value.problems


def test_pricing_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(RATE_CARD_SCHEMA)
    assert not jsonschema.Draft202012Validator(RATE_CARD_SCHEMA).is_valid({"name": "a"})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"price": "3"}, "price: '3' is not accepted, it must be a number from 0"),
        ({"price": -1}, "price: -1 is not accepted"),
        ({"price": float("nan")}, "price: nan is not accepted"),
        ({"block": 0}, "block: 0 is not accepted, it must be a number above 0"),
        ({"round_up": "yes", "block": 1}, "round_up: 'yes' is not accepted, it must be true or false"),
        ({"unit": 3}, "unit: 3 is not accepted"),
        ({"colour": 3}, "colour: not known here; known are metric, unit, price"),
        ({"valid_from": "2025-5-1"}, "valid_from: '2025-5-1' is not accepted, it must be a day as YYYY-MM-DD"),
        ({"valid_from": "2025-02-30"}, "valid_from: '2025-02-30' is not a valid date"),
        ({"valid_from": "2025-02-02", "valid_until": "2025-02-01"}, "valid_until: is before valid_from"),
        ({"tiers": [{"price": 1}], "price": 1}, "price: give either price or tiers"),
        ({"round_up": True}, "round_up: rounding up needs the size of the block"),
        ({"included_per_cycle": 1, "included_per_day": 1}, "included_per_day: give an allowance for the cycle or for"),
        ({"tiers": []}, "tiers: an empty list is not accepted"),
        ({"tiers": [{"up_to": 1}]}, "tiers[0].price: missing"),
        ({"tiers": [{"up_to": 1, "price": 1}]}, "tiers: up_to must grow from tier to tier"),
        ({"tiers": [{"price": 1}, {"price": 1}]}, "tiers: up_to must grow from tier to tier"),
        ({"tiers": [{"up_to": 2, "price": 1}, {"up_to": 1, "price": 1}, {"price": 1}]}, "tiers: up_to must grow"),
    ],
)
def test_pricing_each_problem_names_the_price_and_the_key(keys: Facts, message: str) -> None:
    (found,) = problems(card(price(**keys)))
    assert found.startswith(f"rate card, price number 1 (workers_*), {message}")


def test_pricing_all_problems_of_a_card_come_at_once() -> None:
    document = card(
        price(price="3"),
        price(round_up=True),
        "x",
        {"unit": "GB", "price": 1, "metric": [3]},
        checked_on="2025-02-30",
        source="",
    )
    del document["currency"]
    assert [text.split(":")[0] for text in problems(document)] == [
        "rate card, currency",
        "rate card, price number 1 (workers_*), price",
        "rate card, price number 3",
        "rate card, price number 4, metric[0]",
        "rate card, source",
        "rate card, checked_on",
        "rate card, price number 2 (workers_*), round_up",
    ]
    assert problems([])[0].startswith(
        "rate card: an empty list is not accepted, it must be a mapping with name, source"
    )
    assert problems(card(prices={"a": 1}))[0].startswith("rate card, prices: a mapping is not accepted")


def test_pricing_days_without_quotes_are_days() -> None:
    document = card(price(valid_from=datetime.date(2025, 1, 1)), checked_on=datetime.date(2025, 5, 1))
    read = read_rate_card(document)
    assert (read.checked_on, read.prices[0].valid_from) == ("2025-05-01", datetime.date(2025, 1, 1))
