# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a budget can't be judged, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import value_label
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    Facts,
    budget,
    empty_usage,
    group,
    reason,
    usage,
)

KV: Facts = {"metric": "workers_kv_reads", "unit": "Operations"}
WHOLE = usage([group([3] * 31), group([1] * 31, account=STAGING)])
ABOUT_STAGING = reason("account_silent", about=[{"account": STAGING}])
BEFORE = usage([group([3] * 30), group([1] * 30, **KV, account=STAGING)], first="2025-04-01", reasons=[ABOUT_STAGING])
BEFORE_BY_ACCOUNT = usage([group([3] * 30)], first="2025-04-01", group_by=["account"])
STANDARD = "workers_standard_requests"
USED = "at least 124 Requests used of 200 Requests"
CARD: Facts = {
    "name": "c",
    "source": "s",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "prices": [{"metric": "*", "unit": "Requests", "price": 1}],
}


def verdicts(facts: Facts, previous: Facts | None = None, **keys: Any) -> list[Any]:
    return list(evaluate_budgets(facts, [budget(**keys)], None, previous))


@pytest.mark.parametrize(
    ("facts", "previous", "keys", "reasons", "message"),
    [
        (
            WHOLE,
            None,
            {"match": {"account": ["Production", "G" * 81]}},
            ["pattern_without_match"],
            f"nothing in the facts matches '{'G' * 79}…', at least 93 Requests used of 100 Requests.",
        ),
        (WHOLE, None, {"match": {"account": "Gone"}}, ["no_match"], "nothing in the facts matches 'Gone'."),
        (
            WHOLE,
            None,
            {"match": {"zone": "x", "region": "y"}},
            ["not_grouped_by"],
            "the facts are not grouped by zone, region.",
        ),
        (
            {**WHOLE, "status": "partial", "reasons": [reason("gap")]},
            None,
            {"match": {"zone": "x"}},
            ["not_grouped_by", "facts_partial", "gap"],
            "the facts are not grouped by zone; It is gap.",
        ),
        (usage([]), None, {}, ["no_match"], "nothing in the facts belongs to the budget."),
        (
            empty_usage(),
            None,
            {},
            ["no_match", "facts_empty"],
            "nothing in the facts belongs to the budget; It is empty.",
        ),
        (
            {**WHOLE, "metric": ["r2", "b" * 61]},
            None,
            {"limit": 200},
            ["metrics_not_asked"],
            f"the facts hold only {'b' * 59}…, r2, and the budget may look at more, {USED}.",
        ),
        (
            WHOLE,
            BEFORE_BY_ACCOUNT,
            {"on_": "growth", "match": {"metric": STANDARD}},
            ["not_grouped_by", "previous_no_match"],
            "the facts before are not grouped by metric; nothing in the period before belongs to the budget.",
        ),
        (
            WHOLE,
            {**BEFORE, "metric": ["x"]},
            {"on_": "growth", "match": {"account": "Production"}},
            ["previous_metrics_not_asked"],
            "the period before: the facts hold only x, and the budget may look at more.",
        ),
    ],
)
def test_evaluate_says_why_it_can_not_tell(
    facts: Facts, previous: Facts | None, keys: Facts, reasons: list[str], message: str
) -> None:
    [found] = verdicts(facts, previous, **{"limit": 100, **keys})
    assert (found["status"], found["reasons"]) == ("unknown", reasons)
    assert found["message"] == f"Can't tell: {message}"


def test_evaluate_doubts_of_the_period_before_are_those_of_the_value() -> None:
    production, staging = verdicts(WHOLE, BEFORE, limit=10, on_="growth", each="account")
    assert (production["status"], production["reasons"], production["limit"]) == ("pass", [], 102.3)
    assert staging["reasons"] == ["previous_facts_partial", "previous_account_silent", "unit_differs"]
    assert staging["message"] == (
        "Can't tell: the period before: It is account_silent; the period before has another unit or currency."
    )
    missing = reason("accounts_missing", about=[{"account": "c" * 32}])
    lacking = {**BEFORE, "reasons": [*BEFORE["reasons"], missing]}
    assert verdicts(WHOLE, lacking, limit=10, on_="growth", each="account") == [production, staging]
    third = usage([*WHOLE["groups"], group([1] * 31, account="c" * 32)])
    *_others, new = verdicts(third, BEFORE, limit=10, on_="growth", each="account")
    assert (new["status"], new["reasons"]) == ("unknown", ["previous_no_match"])


def test_evaluate_pattern_without_match_has_a_verdict_of_its_own_beside_those_of_each() -> None:
    found = verdicts(WHOLE, limit=100, each="account", match={"account": ["Prod*", "Gone", "Lost"]})
    assert [(each["status"], each["reasons"], value_label(each)) for each in found] == [
        ("pass", [], "Production"),
        ("unknown", ["pattern_without_match"], ""),
    ]
    assert found[1]["message"] == (
        "Can't tell: nothing in the facts matches 'Gone'; nothing in the facts matches 'Lost'."
    )
    assert (found[1]["limit"], found[1]["days_used"]) == (100, 0)


@pytest.mark.parametrize(("on", "limit"), [("actual", 100), ("forecast", 100), ("growth", None), ("spike", None)])
def test_evaluate_of_nothing_has_the_limit_only_where_it_is_an_amount(on: str, limit: int | None) -> None:
    [found] = verdicts(usage([]), limit=100, on_=on)
    assert (found["limit"], found["actual"], found["days_used"]) == (limit, None, 0)


def test_evaluate_doubts_of_each_are_those_of_the_value_and_of_all() -> None:
    about_metric = reason("gap", about=[{"account": STAGING, "metric": STANDARD}])
    general = reason("unit_missing")
    facts = {**WHOLE, "status": "partial", "reasons": [about_metric, general]}
    found = verdicts(facts, limit=200, each="account")
    assert [each["reasons"] for each in found] == [
        ["facts_partial", "unit_missing"],
        ["facts_partial", "gap", "unit_missing"],
    ]


def test_evaluate_absent_account_has_every_doubt_about_it_and_its_id_as_value() -> None:
    third = {"account": "c" * 32}
    doubts = [reason("accounts_missing", about=[third]), reason("account_silent", about=[third, {"account": STAGING}])]
    found = verdicts({**WHOLE, "status": "partial", "reasons": doubts}, limit=200, each="account")
    assert [(value_label(each), each["status"]) for each in found] == [
        ("Production", "pass"),
        ("Staging", "unknown"),
        ("c" * 32, "unknown"),
    ]
    assert found[2]["group"] == {"dimension": "account", "id": "c" * 32, "name": None}
    assert [code for code in found[2]["reasons"] if code != "facts_partial"] == ["accounts_missing", "account_silent"]
    metric = verdicts(
        {**WHOLE, "status": "partial", "reasons": [reason("gap", about=[{"metric": "r2", "account": STAGING}])]},
        limit=200,
        each="metric",
    )
    assert [(value_label(each), each["status"]) for each in metric] == [
        ("Workers Standard Requests", "pass"),
        ("r2", "unknown"),
    ]


def test_evaluate_estimates_need_a_card() -> None:
    many = [budget(measure="estimated_cost") | {"name": "n" * 81}, budget(name="a"), budget(measure="estimated_cost")]
    with pytest.raises(BudgetError) as caught:
        evaluate_budgets(WHOLE, many)
    text = "measure: estimated_cost needs a rate card"
    assert caught.value.problems == [f"budget '{'n' * 79}…', {text}", f"budget 'budget', {text}"]
    found = evaluate_budgets(WHOLE, [budget(measure="estimated_cost", limit=124)], CARD)
    assert [(each["status"], each["actual"], each["rate_card"]) for each in found] == [("pass", 124, "c")]


def test_evaluate_names_the_facts_that_are_none() -> None:
    with pytest.raises(UsageError, match=r"^Invalid usage facts: "):
        evaluate_budgets({}, [budget()])
    with pytest.raises(UsageError, match=r"^Invalid usage facts \(previous\): "):
        evaluate_budgets(WHOLE, [budget()], None, {"a": 1})


def test_evaluate_sentence_of_a_doubt_without_words_is_its_code() -> None:
    doubt = {**reason("gap"), "message": "."}
    [found] = verdicts({**WHOLE, "status": "partial", "reasons": [doubt]}, limit=200)
    assert found["message"].startswith("Can't tell: gap, ")


@pytest.mark.parametrize("count", [5, 6])
def test_evaluate_patterns_without_match_are_named_up_to_five(count: int) -> None:
    patterns = [f"gone {number}" for number in range(count)]
    [found] = verdicts(WHOLE, limit=100, match={"account": patterns})
    named = [f"nothing in the facts matches {pattern!r}" for pattern in patterns]
    text = "; ".join(named) if count == 5 else f"{named[0]}, like 5 more"
    assert found["message"].startswith(f"Can't tell: {text}")


def test_evaluate_card_is_for_estimates_only() -> None:
    [found] = evaluate_budgets(WHOLE, [budget(limit=124)], CARD)
    assert (found["status"], found["unit"], found["currency"], found["estimated"]) == ("pass", "Requests", None, False)


def test_evaluate_period_before_is_doubted_for_its_last_days_and_for_all_that_it_is_not_grouped_by() -> None:
    filling = usage([group([3] * 30), group([1] * 30, account=STAGING)], first="2025-04-01", complete=29)
    [found] = verdicts(WHOLE, filling, limit=10, on_="growth")
    assert found["reasons"][:2] == ["previous_facts_partial", "previous_days_not_complete_yet"]
    flat = usage([group([3] * 30)], first="2025-04-01", group_by=[])
    [found] = verdicts(WHOLE, flat, limit=10, on_="growth", match={"metric": STANDARD, "account": "Production"})
    assert "the facts before are not grouped by account, metric" in found["message"]


@pytest.mark.parametrize(
    ("keys", "reasons"),
    [
        ({"each": "account"}, ["metrics_not_asked"]),
        ({"match": {"account": "Gone"}}, ["no_match", "metrics_not_asked"]),
        ({"each": "account", "match": {"account": "Gone"}}, ["no_match", "metrics_not_asked"]),
    ],
)
def test_evaluate_metrics_that_were_not_asked_for_are_a_doubt_of_every_value(keys: Facts, reasons: list[str]) -> None:
    found = verdicts({**WHOLE, "metric": ["r2"]}, limit=200, **keys)
    assert {(each["status"], *each["reasons"]) for each in found} == {("unknown", *reasons)}
