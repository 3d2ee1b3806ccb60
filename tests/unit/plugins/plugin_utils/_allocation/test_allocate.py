# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Allocation: who gets what, computed by hand, and sums that are those of the facts to the last digit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import exact_arithmetic
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import from_json_group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.allocate import (
    AllocationFactsError,
    allocate_usage,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import read_rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    group,
    reason,
    usage,
)

ZONES = ("account", "product_family", "metric", "zone")
READS = "workers_kv_reads"
SHOP = {"name": "shop", "match": {"zone": "s.example.com"}, "owner": "shop"}
FIND = {"name": "find", "match": {"zone": "f*"}, "owner": "find"}


def allocated(groups: list[dict[str, Any]], *rules: dict[str, Any], **keys: Any) -> Usage:
    """Return allocated facts, which are right facts again."""
    facts = read_usage(usage(groups, group_by=ZONES, **keys))
    return read_usage(allocate_usage(facts, read_rules(list(rules))))


def owned(facts: Usage) -> list[tuple[str | None, str | None, float]]:
    return [(each["owner"], each["allocation_rule"], each["consumed_quantity"]) for each in facts["groups"]]


def test_allocation_first_rule_that_fits_takes_a_group_and_is_named() -> None:
    facts = allocated(
        [group([1, 2], zone="s"), group([4, 5], zone="f"), group([7, 8], zone="x"), group([9, 9])],
        SHOP,
        FIND,
        {"name": "later", "match": {"zone": ["s.example.com", "x.example.com"]}, "owner": "late"},
    )
    assert owned(facts) == [("shop", "shop", 3), ("find", "find", 9), ("late", "later", 15), ("unallocated", None, 18)]
    assert facts["group_by"] == [*ZONES, "owner"]


@pytest.mark.parametrize("dimension", ["account", "product_family", "metric", "zone", "tag.team"])
def test_allocation_matches_every_dimension_by_id_name_and_glob(dimension: str) -> None:
    one = {**group([6], zone="s"), "tag.team": "red"}
    other = {
        **group([1], account=STAGING, metric="r2_storage", zone="f"),
        "tag.team": None,
    }
    patterns = {
        "account": [PRODUCTION, "Production", "Prod*"],
        "product_family": ["Workers", "Work*"],
        "metric": ["workers_standard_requests", "Workers Standard Requests", "workers_*"],
        "zone": ["s" * 32, "s.example.com", "s.*"],
        "tag.team": ["red", "r?d"],
    }[dimension]
    given_facts = read_usage(usage([one, other], group_by=[*ZONES, "tag.team"]))
    for pattern in patterns:
        rules = read_rules([{"name": "rule", "match": {dimension: pattern}, "owner": "me"}])
        assert owned(allocate_usage(given_facts, rules)) == [("me", "rule", 6), ("unallocated", None, 1)]


def test_allocation_split_evenly_of_ten_by_three() -> None:
    facts = allocated([group([10], cost=[1])], {"name": "even", "owners": ["a", "b", "c"]})
    assert owned(facts) == [
        ("a", "even", 3.3333333334),
        ("b", "even", 3.3333333333),
        ("c", "even", 3.3333333333),
    ]
    assert [each["billed_cost"] for each in facts["groups"]] == [0.33333333334, 0.33333333333, 0.33333333333]
    assert [each["record_count"] for each in facts["groups"]] == [1, 0, 0]


def test_allocation_split_by_fixed_shares_splits_days_and_every_cost() -> None:
    facts = allocated([group([10, 30], cost=[2, 4])], {"name": "fixed", "shares": {"a": 75, "b": 25}})
    one, other = facts["groups"]
    assert (one["daily_quantity"], other["daily_quantity"]) == ([7.5, 22.5], [2.5, 7.5])
    assert (one["daily_billed_cost"], other["daily_billed_cost"]) == ([1.5, 3], [0.5, 1])
    assert [one[cost] for cost in ("billed_cost", "effective_cost", "contracted_cost", "list_cost")] == [4.5] * 4
    assert (one["consumed_quantity"], other["consumed_quantity"]) == (30, 10)


def test_allocation_split_by_use_goes_by_what_owners_use_themselves_of_the_same_metric() -> None:
    facts = allocated(
        [
            group([30], zone="s"),
            group([5], zone="s", metric=READS),
            group([10], zone="f"),
            group([15], zone="f", metric=READS),
            group([100], account=STAGING),
            group([100], account=STAGING, metric=READS),
        ],
        SHOP,
        FIND,
        {"name": "shared", "match": {"account": "Staging"}, "owners": ["shop", "find"], "by": "use"},
    )
    # requests 30 : 10, reads 5 : 15
    assert owned(facts)[4:] == [
        ("shop", "shared", 75),
        ("find", "shared", 25),
        ("shop", "shared", 25),
        ("find", "shared", 75),
    ]


def test_allocation_split_by_another_metric() -> None:
    storage = {"name": "storage", "match": {"metric": "r2_storage"}, "owners": ["shop", "find"]}
    facts = allocated(
        [group([30], zone="s"), group([10], zone="f"), group([2], metric="r2_storage", unit="GB", cost=[8])],
        SHOP,
        FIND,
        {**storage, "by": {"metric": "Workers Standard*"}},
    )
    assert owned(facts)[2:] == [("shop", "storage", 1.5), ("find", "storage", 0.5)]
    assert [each["billed_cost"] for each in facts["groups"]][2:] == [6, 2]


@pytest.mark.parametrize(
    ("basis", "by"),
    [
        ([], "use"),
        ([group([0], zone="s")], "use"),
        ([group([5], zone="s", unit="Millions")], "use"),
        ([group([5], zone="s"), group([-1], zone="f")], "use"),
        ([group([5], zone="s"), group([5], zone="f", unit="GB")], {"metric": "*"}),
        ([group([5], zone="s")], {"metric": "no_such_metric"}),
    ],
    ids=["nothing", "zero", "another-unit", "negative", "two-units", "no-match"],
)
def test_allocation_owner_is_not_known_where_nothing_tells_the_shares(basis: list[dict[str, Any]], by: Any) -> None:
    shared = {"name": "shared", "match": {"account": "Staging"}, "owners": ["shop", "find"], "by": by}
    facts = allocated([*basis, group([100], account=STAGING)], SHOP, FIND, shared)
    assert owned(facts)[-1] == (None, "shared", 100)


def test_allocation_owner_that_used_nothing_gets_no_part() -> None:
    shared = {"name": "shared", "match": {"account": "Staging"}, "owners": ["find", "shop"], "by": "use"}
    facts = allocated([group([5], zone="s"), group([100], account=STAGING)], SHOP, FIND, shared)
    assert owned(facts)[1:] == [("shop", "shared", 100)]


def test_allocation_what_is_shared_is_no_basis_for_another_rule() -> None:
    facts = allocated(
        [group([30], zone="s"), group([10], zone="f"), group([1000], account=STAGING), group([8], zone="x")],
        SHOP,
        FIND,
        {"name": "fixed", "match": {"account": "Staging"}, "shares": {"shop": 1, "find": 99}},
        {"name": "use", "owners": ["shop", "find"], "by": "use"},
    )
    assert owned(facts)[4:] == [("shop", "use", 6), ("find", "use", 2)]


def test_allocation_unknown_days_and_costs_stay_unknown_in_every_part() -> None:
    late = {**group([6, 3, 0], cost=[2, 0, 0]), "daily_quantity": [6, 3, None], "daily_billed_cost": None}
    late.update(billed_cost=None, list_cost=None, incomplete_costs={"billed_cost": {"amount": 2, "record_count": 1}})
    facts = allocated([late], {"name": "even", "owners": ["a", "b"]}, complete=2)
    for part, records in zip(facts["groups"], (1, 0), strict=True):
        assert part["daily_quantity"] == [3, 1.5, None]
        assert (part["billed_cost"], part["list_cost"], part["daily_billed_cost"]) == (None, None, None)
        assert part["incomplete_costs"] == {"billed_cost": {"amount": 1, "record_count": records}}
    assert (facts["status"], facts["reasons"]) == ("partial", [reason("days_not_complete_yet", days=["2025-05-03"])])


def test_allocation_keeps_digits_that_a_float_does_not() -> None:
    exact = {"consumed_quantity": "9007199254740993.1", "daily_quantity": ["9007199254740993.1"]}
    big = {**group([9007199254740993.1]), "exact": exact}
    parts = [from_json_group(dict(each)) for each in allocated([big], {"name": "even", "owners": ["a", "b"]})["groups"]]
    assert [part["consumed_quantity"] for part in parts] == [
        Decimal("4503599627370496.6"),
        Decimal("4503599627370496.5"),
    ]


@pytest.mark.parametrize(("match", "by"), [({"zone": "x"}, "evenly"), ({"tag.team": "x"}, "evenly"), ({}, "use")])
def test_allocation_facts_that_are_not_grouped_by_what_rules_look_at_are_refused(
    match: dict[str, str], by: str
) -> None:
    facts = read_usage(usage([group([1])], group_by=["account"]))
    rules = read_rules([{"name": "rule", "match": match, "owners": ["a", "b"], "by": by}])
    with pytest.raises(AllocationFactsError, match="by which the usage facts are not grouped"):
        allocate_usage(facts, rules)


def test_allocation_happens_once() -> None:
    facts = allocated([group([1], zone="s")], SHOP)
    with pytest.raises(AllocationFactsError, match="allocated already"):
        allocate_usage(facts, read_rules([SHOP]))


NUMBERS = st.one_of(
    st.integers(min_value=-(10**6), max_value=10**15),
    st.floats(min_value=1e-30, max_value=1e12),
    st.floats(min_value=-1e6, max_value=-1e-30),
)
SHARES = st.sampled_from([{"a": 50, "b": 50}, {"a": 33.3, "b": 33.3, "c": 33.4}, {"a": 0.1, "b": 99.9}])


@pytest.mark.many_cases
@given(st.lists(st.tuples(st.sampled_from("sfx"), NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=6), SHARES)
def test_allocation_sums_are_those_of_the_facts_to_the_last_digit(
    rows: list[tuple[str, float, float, float]], shares: dict[str, float]
) -> None:
    groups = [group([one, two], zone=zone, cost=[cost, 0]) for zone, one, two, cost in rows]
    rules = [
        SHOP,
        {"name": "fixed", "match": {"zone": "f*"}, "shares": shares},
        {"name": "use", "owners": ["shop", "a"], "by": "use"},
    ]
    facts = read_usage(usage(groups, group_by=ZONES))
    parts = allocate_usage(facts, read_rules(rules))
    assert sums(parts) == sums(facts)
    assert sum(each["record_count"] for each in parts["groups"]) == facts["record_count"]


@exact_arithmetic
def sums(facts: Usage) -> list[Decimal]:
    exact = [from_json_group(dict(each)) for each in facts["groups"]]
    rows = [
        [
            each["consumed_quantity"],
            each["billed_cost"],
            each["list_cost"],
            *each["daily_quantity"],
            *each["daily_billed_cost"],
        ]
        for each in exact
    ]
    return [sum(map(decimal, column), Decimal(0)) for column in zip(*rows, strict=True)]


def decimal(value: float | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))
