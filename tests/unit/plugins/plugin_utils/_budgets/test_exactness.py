# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exactly at a limit is within it, however the amount was divided on the way, and no two amounts read alike."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._exact import to_json_group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import MAX_BUDGETS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.table import budgets_table
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    Facts,
    budget,
    group,
    usage,
)

pytestmark = pytest.mark.many_cases


def judge(facts: Facts, previous: Facts | None = None, card: Facts | None = None, **keys: Any) -> Facts:
    (verdict,) = evaluate_budgets(facts, [budget(**keys)], card, previous)
    return {**verdict}


def pick(verdict: Facts, *keys: str) -> list[Any]:
    return [verdict[key] for key in keys]


def card(**price: Any) -> Facts:
    return {
        "name": "Sample",
        "source": "made up",
        "checked_on": "2025-05-01",
        "currency": "USD",
        "prices": [{"metric": "*", "unit": "Requests", "price": 1, **price}],
    }


MONTHS = {28: "2025-02-01", 30: "2025-04-01", 31: "2025-05-01"}


@given(
    length=st.sampled_from(sorted(MONTHS)),
    daily=st.lists(st.integers(1, 1000), min_size=7, max_size=13),
    data=st.data(),
)
def test_forecast_exactly_at_its_limit_is_within_it(length: int, daily: list[int], data: st.DataObject) -> None:
    known = len(daily)
    daily[data.draw(st.integers(0, known - 1))] += -sum(daily) % (known // math.gcd(known, length))
    limit = length * sum(daily) // known  # a whole number, though the mean of the days mostly has no end
    facts = usage([group(daily + [0] * (length - known))], first=MONTHS[length], complete=known)
    verdict = judge(facts, on="forecast", limit=limit)
    assert pick(verdict, "status", "forecast", "percent") == ["pass", limit, 100]
    assert judge(facts, on="forecast", limit=limit - 1e-9)["status"] == "fail"


@given(days=st.lists(st.integers(50, 80), min_size=7, max_size=7))
def test_exactness_forecast_of_weeks_comes_to_its_limit(days: list[int]) -> None:
    limit = 4 * sum(days)
    facts = usage([group([*days, *days] + [0] * 14)], first=MONTHS[28], complete=14)
    assert judge(facts, on="forecast", limit=limit)["status"] == "pass"
    assert judge(facts, on="forecast", limit=limit - 1e-9)["status"] == "fail"


@pytest.mark.parametrize(("known", "use"), [(9, 3), (12, 2), (7, 7), (13, 13)])
def test_exactness_forecast_starts_no_block_more_than_its_use(known: int, use: int) -> None:
    facts = usage([group([use] + [0] * 29)], first=MONTHS[30], complete=known)
    total = Fraction(30 * use, known)
    sample = card(block=int(total) / 10, round_up=True)
    verdict = judge(facts, card=sample, measure="estimated_cost", on="forecast", limit=10)
    assert pick(verdict, "status", "forecast") == ["pass", 10]
    assert judge(facts, card=sample, measure="estimated_cost", on="forecast", limit=9.99)["status"] == "fail"


def test_exactness_estimate_of_thirds_adds_up() -> None:
    facts = usage([group([1, 0, 0]), group([1, 0, 0], metric="r2_storage"), group([1, 0, 0], account=STAGING)])
    assert judge(facts, None, card(block=3), measure="estimated_cost", limit=1)["status"] == "pass"


@pytest.mark.parametrize("before", [7, 9, 11, 13])
def test_exactness_growth_exactly_at_its_limit_is_within_it(before: int) -> None:
    # a use of 1 in `before` days is a mean that has no end; a day of it, grown by `before` times, is 1 again
    previous = usage([group([1] + [0] * (before - 1))])
    facts = usage([group([1])], first=f"2025-05-{before + 1:02}")
    assert judge(facts, previous, on="growth", limit=100 * before - 100)["status"] == "pass"
    assert judge(facts, previous, on="growth", limit=100 * before - 100.001)["status"] == "fail"


@pytest.mark.parametrize(
    ("actual", "limit", "shown"),
    [
        (500.0004, 500, "500.0004 Requests used of 500 Requests"),
        (500, 499.9996, "500 Requests used of 499.9996 Requests"),
        (1e-9, 0, "0.000000001 Requests used of 0 Requests"),
        (2**53 + 2, 2**53 + 1, "9,007,199,254,740,994 Requests used of 9,007,199,254,740,993 Requests"),
        (0.1234571, 0.1234567, "0.1234571 Requests used of 0.1234567 Requests"),
        (1234567.123, 1234567.122, "1,234,567.123 Requests used of 1,234,567.122 Requests"),
        (12345.678, 500, "12,345.7 Requests used of 500 Requests (2,469%)"),
    ],
)
def test_exactness_verdict_tells_actual_and_limit_apart(actual: float, limit: float, shown: str) -> None:
    verdict = judge(usage([group([actual])]), limit=limit)
    assert verdict["status"] == "fail"
    assert verdict["message"].startswith(shown)
    assert verdict["actual"] > verdict["limit"]
    row = budgets_table([verdict]).splitlines()[1]
    so_far, _sep, limit_cell = re.sub(r" {2,}", "\n", row).partition(" Requests\n")
    assert so_far.rpartition("\n")[2] != limit_cell.partition(" Requests")[0]


@pytest.mark.parametrize(
    ("currency", "actual", "limit", "shown"),
    [
        ("USD", 500.001, 500, "USD 500.001 billed of USD 500.00 ("),
        ("JPY", 501, 500, "JPY 501 billed of JPY 500 ("),
        ("JPY", 500.4, 500, "JPY 500.4 billed of JPY 500 ("),
        ("KWD", 1.2345, 1, "KWD 1.234 billed of KWD 1.000 ("),
    ],
)
def test_verdict_shows_money_in_its_own_decimals(currency: str, actual: float, limit: float, shown: str) -> None:
    facts = usage([group([1], cost=[actual], currency=currency)])
    verdict = judge(facts, measure="billed_cost", limit=limit)
    assert verdict["message"].startswith(shown)


def test_exactness_verdict_keeps_what_is_tiny() -> None:
    verdict = judge(usage([group([1e-15])]), limit=1e-20)
    assert (verdict["actual"], verdict["limit"]) == (1e-15, 1e-20)
    assert verdict["message"].startswith("1e\N{MINUS SIGN}15 Requests used of 1e\N{MINUS SIGN}20 Requests")


def test_exactness_verdict_of_a_third_is_on_its_side_of_the_limit() -> None:
    facts = usage([group([0] * 7 + [1, 0, 0])])  # a mean of 0.333..., which is shown with six places
    over = judge(facts, on="spike", window=3, limit=0, floor=0.33333331)
    assert pick(over, "status", "limit") == ["fail", 0.33333331]
    assert over["actual"] > over["limit"]
    within = judge(facts, on="spike", window=3, limit=0, floor=0.33333334)
    assert pick(within, "status", "actual") == ["pass", 0.333333]


CYCLE: list[Any] = []
CYCLE.append(CYCLE)
BOMB: Any = {"name": "a", "limit": 1}
for _ in range(40):
    BOMB = {"left": BOMB, "right": BOMB}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([budget(name=str(number)) for number in range(MAX_BUDGETS + 1)], "1,001 budgets are too many"),
        ([budget(name=str(number)) for number in range(100_000)], "more than 50,000 values"),
        (CYCLE, "nested more than 32 levels deep"),
        (BOMB, "nested more than 32 levels deep"),
        ([budget(limit=10**5000)], "limit: a number with more than 40 digits"),
        ([{10**5000: 1}], "a number with more than 40 digits"),
        ([budget(owner="x" * 1_000_001)], "more than 1,000,000 characters"),
    ],
    ids=["many", "more", "cycle", "bomb", "digits", "key", "text"],
)
def test_exactness_budgets_have_bounds(document: Any, words: str) -> None:
    with pytest.raises(BudgetError) as found:
        read_budgets(document)
    assert found.value.problems[0].startswith("budgets: ")
    assert words in found.value.problems[0]


def test_exactness_budgets_with_many_problems_tell_the_first() -> None:
    with pytest.raises(BudgetError) as found:
        read_budgets([{"name": str(number), "limit": "1"} for number in range(100)])
    assert len(found.value.problems) == 21
    assert found.value.problems[-1] == "and 80 more"


def exactly(*daily: str) -> Facts:
    """Return a group as the module returns one whose days are these numbers."""
    values = list(map(Decimal, daily))
    return to_json_group({**group([0] * len(daily)), "consumed_quantity": sum(values), "daily_quantity": values})


@pytest.mark.parametrize(
    ("daily", "limit", "status"),
    [
        (["9007199254740992.5"], 2**53, "fail"),
        (["9007199254740992"], 2**53, "pass"),
        (["0.10000000000000000001"], 0.1, "fail"),
        (["0.09999999999999999999"], 0.1, "pass"),
        (["0.03333333333333333333", "0.06666666666666666667"], 0.1, "pass"),
        (["0.03333333333333333333", "0.06666666666666666668"], 0.1, "fail"),
    ],
)
def test_exactness_budget_is_held_against_all_digits(daily: list[str], limit: float, status: str) -> None:
    one = judge(usage([exactly(*daily)]), limit=limit)
    assert one["status"] == status
    assert (one["actual"] > one["limit"]) == (status == "fail")
    # the same in two groups, and in facts that were merged
    two = [exactly(day) | {"x_billable_metric_id": f"m{number}"} for number, day in enumerate(daily)]
    assert judge(usage(two), limit=limit)["status"] == status
    parts = [usage([exactly(day) | {"billing_account_id": None}]) for day in daily]
    for number, part in enumerate(parts):
        part.update(scope="account", scope_id=str(number) * 32)
    assert judge(dict(merge_usage(parts)), limit=limit)["status"] == status


def test_exactness_estimate_of_exactly_ten_blocks_starts_no_eleventh() -> None:
    facts = usage([exactly("3.33333333333333333333", "6.66666666666666666667")])
    sample = card(round_up=True, block=1)
    assert judge(facts, card=sample, measure="estimated_cost", limit=10)["status"] == "pass"
