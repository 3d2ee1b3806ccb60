# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts that were cut, edited or mixed up never get past the door."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError, read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import USAGE_SCHEMA
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    MAY,
    ORGANIZATION,
    Facts,
    Literal,
    Server,
    daily,
    record,
    usage,
)

ROWS = [
    *daily("2025-05-01", 31, Literal("1.5"), BilledCost=Literal("0.25"), BillingCurrency="USD"),
    *daily("2025-05-01", 10, 7, BillingAccountId=None, x_ZoneId="z", ListCost=1, BillingCurrency="USD"),
    record("2025-05-04", 1, ListCost=None, BillingAccountId=None, x_ZoneId="z", BillingCurrency="USD"),
    record("2025-05-04", "bad"),
]
WHOLE = usage(Server(ROWS), organization_id=ORGANIZATION, group_by=["account", "zone"], **MAY)


# What facts made by hand may leave out.
SOMETIMES = (
    "source",
    "billing_cycle",
    "subscriptions",
    "pricing_quantity",
    "pricing_unit",
    "rated_through",
    "last_day",
    "other_account",
)


def problems(facts: Any) -> str:
    with pytest.raises(UsageError) as caught:
        read_usage(facts)
    message = str(caught.value)
    assert message.startswith("Invalid usage facts: ")
    assert caught.value.failure() == {"kind": "usage"}
    return message


def test_schema_real_facts_pass_unchanged() -> None:
    facts = copy.deepcopy(WHOLE)
    assert read_usage(facts) == WHOLE
    assert json.loads(json.dumps(read_usage(facts))) == WHOLE


def test_schema_the_schema_is_one_and_says_the_same_of_real_facts() -> None:
    jsonschema.Draft202012Validator.check_schema(USAGE_SCHEMA)
    assert jsonschema.Draft202012Validator(USAGE_SCHEMA).is_valid(WHOLE)


@pytest.mark.parametrize("value", [None, 7, "facts", [], [WHOLE], {}, {"usage": WHOLE}])
def test_schema_what_is_something_else(value: Any) -> None:
    assert "usage: " in problems(value)


def every_path(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every member that is required: those of reasons depend on their codes."""
    found = []
    if isinstance(value, dict) and path[:1] != ("reasons",) and path[2:] != ("incomplete_costs",):
        for name, item in value.items():
            if name in SOMETIMES:
                continue
            found += [(*path, name), *every_path(item, (*path, name))]
    if isinstance(value, list) and value and path != ("reasons",):
        found += every_path(value[0], (*path, 0))
    return found


@pytest.mark.parametrize("path", every_path(WHOLE), ids=lambda path: ".".join(map(str, path)))
def test_schema_every_field_is_missed_and_every_type_is_held(path: tuple[Any, ...]) -> None:
    for spoil in (None, [7], {"x": 1}, True, "word", -1.5):
        facts = copy.deepcopy(WHOLE)
        place = facts
        for step in path[:-1]:
            place = place[step]
        if spoil is None:
            del place[path[-1]]
        elif type(spoil) is type(place[path[-1]]) or _fits(path, spoil):
            continue
        else:
            place[path[-1]] = spoil
        assert problems(facts)


def _fits(path: tuple[Any, ...], value: Any) -> bool:
    """Tell which wrong values are right where there is a null, or a whole number that can be a fraction."""
    texts = {"period", "billing_account_id", "billing_account_name", "x_zone_id", "x_zone_name", "name"}
    texts |= {"consumed_unit", "billing_currency", "currency"}
    numbers = {"consumed_quantity", "billed_cost", "effective_cost", "contracted_cost", "list_cost", "amount"}
    return (value == "word" and path[-1] in texts) or (value == -1.5 and path[-1] in numbers)


def spoiled(change: Callable[[Facts], Any]) -> Facts:
    facts = copy.deepcopy(WHOLE)
    change(facts)
    return facts


def put(*path: Any, value: Any) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        place: Any = facts
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (put("more", value=1), "usage: Additional properties are not allowed ('more' was unexpected)"),
        (put("groups", 0, "more", value=1), "groups.0.usage: 'more' does not match"),
        (put("reasons", 0, "more", value=1), "reasons.0: Additional properties are not allowed"),
        (put("status", value="fine"), "status: 'fine' is not one of"),
        (put("from", value="1.5.2025"), "from: '1.5.2025' does not match"),
        (put("from", value="2025-05-01\n"), "from: '2025-05-01\\n' is too long"),
        (put("from", value="2025-02-30"), "from, to: not valid dates"),
        (put("to", value="2025-05-30"), "days: not every day from from to to"),
        (put("from", value="2025-06-01"), "days: not every day from from to to"),
        (lambda facts: facts["days"].pop(), "days: not every day from from to to"),
        (lambda facts: facts["days"].reverse(), "days: not every day from from to to"),
        (put("status", value="complete"), "status: complete exactly without reasons"),
        (put("reasons", value=[]), "status: complete exactly without reasons"),
        (put("status", value="empty"), "status: empty, but there are groups"),
        (lambda facts: facts.update(status="empty", groups=[]), "status: empty, but there are groups"),
        (lambda facts: facts.update(status="empty", record_count=0), "status: empty, but there are groups"),
        (put("scope", value="combined"), "scope_id: null exactly when scope is combined"),
        (put("scope_id", value=None), "scope_id: null exactly when scope is combined"),
        (put("group_by", value=["account"]), "groups.0: its labels are not those of group_by"),
        (put("group_by", value=["account", "zone", "metric"]), "groups.1: its labels are not those of group_by"),
        (put("group_by", value=["colour"]), "group_by.0: 'colour' does not match"),
        (put("group_by", value=["zone", "zone"]), "group_by: ['zone', 'zone'] has non-unique elements"),
        (
            lambda facts: facts["groups"][0]["daily_quantity"].pop(),
            "groups.0.daily_quantity: not one value for each day that add up",
        ),
        (
            put("groups", 1, "daily_billed_cost", value=[0]),
            "groups.1.daily_billed_cost: not one value for each day that add up",
        ),
        (put("groups", 1, "daily_quantity", 3, value="7"), "groups.1.daily_quantity.3: '7' is not of type"),
        (put("record_count", value=10_000), "record_count: not that of the groups together"),
        (put("groups", value=[]), "record_count: not that of the groups together"),
        (put("groups", 1, "record_count", value=-1), "groups.1.record_count: -1 is less than the minimum"),
        (put("groups", 0, "consumed_quantity", value=float("nan")), "groups.0: not every number is finite"),
        (put("groups", 1, "daily_quantity", 3, value=float("inf")), "groups.1: not every number is finite"),
        (put("groups", 1, "billed_cost", value=-float("inf")), "groups.1: not every number is finite"),
        (put("groups", 0, "daily_billed_cost", value=[float("nan")] * 31), "groups.0: not every number is finite"),
        (
            put("groups", 0, "incomplete_costs", value={"list_cost": {"amount": float("nan"), "record_count": 1}}),
            "groups.0",
        ),
        (put("groups", 0, "consumed_quantity", value=10**400), "groups.0: not every number is finite and plausible"),
        (put("groups", 0, "incomplete_costs", value={"price": {"amount": 1, "record_count": 1}}), "groups.0."),
        (put("groups", 0, value=None), "groups.0.usage: None is not of type 'object'"),
        (put("cost", "available", value="perhaps"), "cost.available: 'perhaps' is not one of"),
        (put("dropped", value={"outside_range": 0}), "dropped: 'other_metric' is a required property"),
        (put("accounts", 0, "id", value=None), "accounts.0.id: None is not of type 'string'"),
    ],
)
def test_schema_what_is_wrong_is_named_with_its_place(change: Callable[[Facts], Any], problem: str) -> None:
    assert problem in problems(spoiled(change))


def test_schema_of_many_problems_some_are_quoted_and_all_counted() -> None:
    facts = spoiled(
        lambda each: [each.pop(name) for name in ("scope", "from", "to", "days", "status", "cost", "groups")]
    )
    message = problems(facts)
    assert message.count("is a required property") == 5
    assert message.endswith("; and 2 more.")


def test_schema_a_long_value_does_not_fill_the_screen_and_moves_no_cursor() -> None:
    message = problems(spoiled(put("status", value="\x1b[31m" + "x" * 10_000)))
    assert len(message) < 300
    assert "\x1b" not in message


@pytest.mark.many_cases
@pytest.mark.parametrize("seed", range(2))
def test_schema_the_quick_look_at_groups_never_lets_through_what_the_schema_refuses(seed: int) -> None:
    rng = random.Random(seed)
    odd: list[Any] = [None, True, 7, -7, 1.5, "text", [], [1], ["x"], [None], {}, {"a": 1}]
    odd.append({"billed_cost": {"amount": 1, "record_count": 2}})
    validator = jsonschema.Draft202012Validator(USAGE_SCHEMA["properties"]["groups"]["items"])
    refused = 0
    for _case in range(100):
        facts = copy.deepcopy(WHOLE)
        group = rng.choice(facts["groups"])
        name = rng.choice(sorted(group))
        if rng.random() < 0.1:
            del group[name]
        else:
            group[name] = copy.deepcopy(rng.choice(odd))
        if not validator.is_valid(group):
            refused += 1
            problems(facts)
    assert refused > 50
