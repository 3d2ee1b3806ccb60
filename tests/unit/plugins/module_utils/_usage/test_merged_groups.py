# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups that are added up as they come are the same, to the last byte, in whatever order that is."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import to_decimal
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import from_json_group, to_json_group
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merged_groups import Group, MergedGroups
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._usage.test_merge import COSTS, group

DIGITS = Decimal("0.1000000000000000000000000000000000000001")  # no float has so many


def groups_of(number: int, rng: random.Random) -> list[Group]:
    """Return the groups of one of many accounts: of some not all costs are known, in every way in which that can be."""
    quantity = DIGITS * number
    known = {cost: rng.choice([DIGITS * 3, None]) if number % 7 == 0 else Decimal(number) / 8 for cost in COSTS}
    some: Group = {
        "x_billable_metric_name": rng.choice([None, "", "Metric", "A metric"]),
        "record_count": 3,
        "consumed_quantity": quantity,
        "daily_quantity": [quantity, None],
        **known,
        "incomplete_costs": {
            cost: {"amount": DIGITS, "record_count": 1}
            for cost, amount in known.items()
            if amount is None and rng.random() < 0.5
        },
        "daily_billed_cost": None if known["billed_cost"] is None else [known["billed_cost"], None],
        "rated_through": rng.choice(["2025-05-01", "2025-05-02"]),
    }
    metrics = [f"m{metric}" for metric in range(3) if rng.random() < 0.8]
    return [to_json_group(group(**some, x_billable_metric_id=metric)) for metric in metrics] + [
        to_json_group(group(x_billable_metric_id=f"only {number}"))
    ]


def quantity_of(found: Group) -> Fraction:
    return Fraction(to_decimal(from_json_group(found)["consumed_quantity"]) or 0)


def merged(parts: list[list[Group]]) -> str:
    sums = MergedGroups(["metric"])
    for part in parts:
        sums.add(part)
    return json.dumps(sums.groups())


@pytest.mark.parametrize("accounts", [2, 33, 34, 150])
def test_merged_groups_are_the_same_bytes_in_any_order(accounts: int) -> None:
    rng = random.Random(accounts)
    parts = [groups_of(number, rng) for number in range(accounts)]
    expected = merged(parts)
    for _turn in range(5):
        rng.shuffle(parts)
        assert merged(parts) == expected
    halves = [json.loads(merged(parts[::2])), json.loads(merged(parts[1::2]))]
    assert merged(halves) == expected
    by_metric = {each["x_billable_metric_id"]: each for each in json.loads(expected)}
    assert len(by_metric) == accounts + 3
    for metric, found in by_metric.items():
        same = [each for part in parts for each in part if each["x_billable_metric_id"] == metric]
        assert quantity_of(found) == sum(map(quantity_of, same))
        assert found["record_count"] == sum(each["record_count"] for each in same)


def test_merged_groups_hold_few_of_many_of_a_kind() -> None:
    sums = MergedGroups(["metric"])
    alive = 0

    class Counted(dict[str, object]):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    most = 0
    for _number in range(500):
        alive += 1
        sums.add([Counted(group())])
        most = max(most, alive)
    assert most < 40
    [found] = sums.groups()
    assert (found["record_count"], found["consumed_quantity"]) == (1000, 1000)
