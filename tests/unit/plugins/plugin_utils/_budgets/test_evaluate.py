# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict that a careful person would give, for facts of every kind and budgets of every kind."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
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

WHOLE = usage([group([3] * 31), group([1] * 31, account=STAGING)])
KV: Facts = {"metric": "workers_kv_reads", "unit": "Operations"}


def judge(facts: Facts, **keys: Any) -> tuple[str, list[str]]:
    (verdict,) = evaluate_budgets(facts, [budget(**keys)])
    return verdict["status"], verdict["reasons"]


def changed(facts: Facts, **keys: Any) -> Facts:
    return {**copy.deepcopy(facts), **keys}


def with_group(facts: Facts, index: int = 0, **keys: Any) -> Facts:
    result = copy.deepcopy(facts)
    result["groups"][index].update(keys)
    return result


FACTS = {
    "whole": WHOLE,
    "last day still filling": usage([group([3] * 31), group([1] * 31, account=STAGING)], complete=30),
    "rows not counted": usage(
        [group([3] * 31), group([1] * 31, account=STAGING)], reasons=[reason("records_not_counted")]
    ),
    "costs doubtful": usage(
        [group([3] * 31), group([1] * 31, account=STAGING)], reasons=[reason("cost_on_some_records", affects="cost")]
    ),
}
CONTRADICTORY = {
    "partial without reasons": changed(WHOLE, status="partial"),
    "complete with reasons": changed(WHOLE, reasons=[reason("unit_missing")]),
    "status unheard of": changed(WHOLE, status="fine"),
    "reason unreadable": changed(WHOLE, status="partial", reasons=["because"]),
    "ends after the whole days, called complete": changed(WHOLE, complete_through="2025-05-30"),
    "no whole day, called complete": changed(WHOLE, complete_through=None),
    "the last whole day moved": changed(
        usage([group([3] * 31), group([1] * 31, account=STAGING)], complete=30), complete_through="2025-05-20"
    ),
    "a day dropped from the days": changed(WHOLE, days=WHOLE["days"][:10] + WHOLE["days"][11:]),
    "series cut short": with_group(WHOLE, daily_quantity=[3] * 30),
    "series and total differ": with_group(WHOLE, daily_quantity=[3] * 30 + [2]),
    "no series": with_group(WHOLE, daily_quantity=None),
    "a day null": with_group(WHOLE, daily_quantity=[3] * 30 + [None]),
    "quantity null": with_group(WHOLE, consumed_quantity=None),
    "quantity NaN": with_group(WHOLE, consumed_quantity=float("nan")),
    "quantity true": with_group(WHOLE, consumed_quantity=True),
    "a source counted more": changed(WHOLE, sources=[{"record_count": 61}, {"record_count": 2}]),
    "a group dropped": changed(WHOLE, groups=WHOLE["groups"][:1]),
    "an account dropped": changed(WHOLE, accounts=WHOLE["accounts"][:1]),
    "no count of records": with_group(WHOLE, record_count=None),
    "grouped by nothing known": changed(WHOLE, group_by=["account", "product_family", "metric", "colour"]),
    "a column dropped": changed(
        WHOLE, groups=[{key: each[key] for key in each if key != "x_billable_metric_id"} for each in WHOLE["groups"]]
    ),
    "the unit dropped": changed(
        WHOLE, groups=[{key: each[key] for key in each if key != "consumed_unit"} for each in WHOLE["groups"]]
    ),
    "called empty": changed(WHOLE, status="empty", reasons=[reason("empty")]),
}
# 124 were used: what is over the limit by what is certain fails, and only whole facts pass.
WHOLE_ENOUGH = {"whole", "costs doubtful"}


@pytest.mark.parametrize("facts", FACTS, ids=str)
@pytest.mark.parametrize(("limit", "whole_verdict"), [(200, "pass"), (124, "pass"), (130, "warn"), (50, "fail")])
def test_only_whole_facts_pass_and_certain_excess_always_fails(facts: str, limit: int, whole_verdict: str) -> None:
    status, _reasons = judge(FACTS[facts], limit=limit, warn_at=[95] if limit == 130 else [])
    expected = whole_verdict if facts in WHOLE_ENOUGH or whole_verdict == "fail" else "unknown"
    assert status == expected


@pytest.mark.parametrize("on", ["actual", "forecast", "spike", "growth"])
@pytest.mark.parametrize("facts", sorted(FACTS.keys() - WHOLE_ENOUGH), ids=str)
def test_evaluate_no_kind_of_budget_passes_on_facts_that_are_not_whole(facts: str, on: str) -> None:
    status, reasons = judge(FACTS[facts], limit=1000, on=on)
    whole_days_only = on != "actual" and facts == "last day still filling"
    assert status == ("pass" if whole_days_only else "unknown")
    assert bool(reasons) is not whole_days_only


@pytest.mark.parametrize("on", ["actual", "forecast", "spike", "growth"])
@pytest.mark.parametrize("limit", [1, 1000])
@pytest.mark.parametrize("facts", CONTRADICTORY, ids=str)
def test_evaluate_facts_that_contradict_themselves_are_an_error(facts: str, limit: int, on: str) -> None:
    with pytest.raises(UsageError, match=r"^Invalid usage facts: "):
        judge(CONTRADICTORY[facts], limit=limit, on=on)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"limit": 124}, ("pass", [])),
        ({"limit": 123.99}, ("fail", ["over_limit"])),
        ({"limit": 124, "warn_at": 100}, ("pass", [])),
        ({"limit": 155, "warn_at": 80}, ("pass", [])),
        ({"limit": 154, "warn_at": [80, 90]}, ("warn", ["over_warning"])),
        ({"limit": 0}, ("fail", ["over_limit"])),
        ({"limit": 200, "unit": "Requests"}, ("pass", [])),
        ({"limit": 200, "unit": "requests"}, ("unknown", ["unit_differs"])),
        ({"limit": 1, "unit": "GB"}, ("unknown", ["unit_differs"])),
        ({"limit": 93, "match": {"account": "Production"}}, ("pass", [])),
        ({"limit": 92, "match": {"account": "Production"}}, ("fail", ["over_limit"])),
        ({"limit": 31, "match": {"account": STAGING}}, ("pass", [])),
        ({"limit": 200, "match": {"account": ["Prod*", STAGING]}}, ("pass", [])),
        ({"limit": 200, "match": {"product_family": "Workers", "metric": "workers_*"}}, ("pass", [])),
        ({"limit": 200, "match": {"account": "production"}}, ("unknown", ["no_match"])),
        ({"limit": 200, "match": {"account": "Prod"}}, ("unknown", ["no_match"])),
        ({"limit": 200, "match": {"account": ["Production", "Gone"]}}, ("unknown", ["pattern_without_match"])),
        (
            {"limit": 50, "match": {"account": ["Production", "Gone"]}},
            ("fail", ["over_limit", "pattern_without_match"]),
        ),
        ({"limit": 200, "match": {"zone": "example.com"}}, ("unknown", ["not_grouped_by"])),
        ({"limit": 200, "each": "region"}, ("unknown", ["not_grouped_by"])),
        ({"limit": 200, "measure": "billed_cost"}, ("unknown", ["cost_unknown"])),
        ({"limit": 200, "measure": "list_cost", "currency": "USD"}, ("unknown", ["cost_unknown"])),
    ],
)
def test_evaluate_budgets_over_whole_facts(keys: Facts, expected: tuple[str, list[str]]) -> None:
    assert judge(WHOLE, **keys) == expected


@pytest.mark.parametrize(
    ("groups", "keys", "expected"),
    [
        # units
        ([group([3] * 9), group([1] * 9, **KV)], {"unit": "Requests"}, ("unknown", ["unit_differs"])),
        ([group([30] * 9), group([1] * 9, **KV)], {"unit": "Requests"}, ("fail", ["over_limit", "unit_differs"])),
        ([group([3] * 9), group([1] * 9, **KV)], {}, ("unknown", ["mixed_units"])),
        ([group([30] * 9), group([1] * 9, **KV)], {}, ("unknown", ["mixed_units"])),
        ([group([3] * 9), group([1] * 9, **KV)], {"match": {"metric": "*kv*"}}, ("pass", [])),
        ([group([3] * 9, unit=None)], {"unit": "Requests"}, ("unknown", ["unit_differs"])),
        ([group([3] * 9, unit=None)], {}, ("pass", [])),
        # costs
        ([group([3] * 9, cost=[2] * 9)], {"measure": "billed_cost", "currency": "USD"}, ("pass", [])),
        ([group([3] * 9, cost=[2] * 9)], {"measure": "billed_cost"}, ("pass", [])),
        ([group([3] * 9, cost=[20] * 9)], {"measure": "billed_cost"}, ("fail", ["over_limit"])),
        (
            [group([3] * 9, cost=[2] * 9)],
            {"measure": "billed_cost", "currency": "EUR"},
            ("unknown", ["currency_differs"]),
        ),
        (
            [group([3] * 9, cost=[20] * 9)],
            {"measure": "billed_cost", "currency": "EUR"},
            ("unknown", ["currency_differs"]),
        ),
        (
            [group([3] * 9, cost=[2] * 9), group([3] * 9, cost=[2] * 9, currency="EUR", account=STAGING)],
            {"measure": "billed_cost"},
            ("unknown", ["mixed_currencies"]),
        ),
        (
            [group([3] * 9, cost=[2] * 9), group([3] * 9, cost=[2] * 9, currency="EUR", account=STAGING)],
            {"measure": "billed_cost", "currency": "EUR", "match": {"account": STAGING}},
            ("pass", []),
        ),
        (
            [group([3] * 9, cost=[2] * 9), group([3] * 9, account=STAGING)],
            {"measure": "billed_cost", "currency": "USD"},
            ("unknown", ["cost_unknown"]),
        ),
        (
            [group([3] * 9, cost=[20] * 9), group([3] * 9, account=STAGING)],
            {"measure": "billed_cost", "currency": "USD"},
            ("fail", ["over_limit", "cost_unknown"]),
        ),
        ([group([3] * 9, cost=[0] * 9)], {"measure": "billed_cost"}, ("unknown", ["cost_all_zero"])),
        ([group([0] * 9, cost=[0] * 9)], {"measure": "billed_cost"}, ("pass", [])),
        # corrections
        ([group([30] * 8 + [-200])], {}, ("pass", [])),
        # exact sums
        ([group([0.1] * 10)], {"limit": 1}, ("pass", [])),
        (
            [group([0.1] * 10), group([0.2], account=STAGING) | group([0.2] + [0] * 9, account=STAGING)],
            {"limit": 1.2},
            ("pass", []),
        ),
    ],
)
def test_units_currencies_and_sums(groups: list[Facts], keys: Facts, expected: tuple[str, list[str]]) -> None:
    assert judge(usage(groups), **{"limit": 100, **keys}) == expected


def test_evaluate_a_billed_cost_of_0_counts_where_a_list_cost_shows_that_it_was_rated() -> None:
    rated = group([3] * 9, cost=[0] * 9)
    rated["list_cost"] = 4.5
    assert judge(usage([rated]), measure="billed_cost", limit=1) == ("pass", [])


def test_evaluate_a_cost_without_currency_belongs_to_no_limit() -> None:
    facts = usage([group([3] * 9, cost=[20] * 9)])
    facts["groups"][0]["billing_currency"] = None
    assert judge(facts, measure="billed_cost", limit=1) == ("unknown", ["currency_missing"])


def test_evaluate_the_known_part_of_a_cost_fails_when_over_the_limit() -> None:
    part = group([3] * 9, cost=[2] * 9)
    part.update(
        billed_cost=None, daily_billed_cost=None, incomplete_costs={"billed_cost": {"amount": 120, "record_count": 3}}
    )
    facts = usage([part], reasons=[reason("cost_on_some_records", affects="cost")])
    (verdict,) = evaluate_budgets(facts, [budget(measure="billed_cost", currency="USD")])
    assert (verdict["status"], verdict["actual"], verdict["actual_is_lower_bound"]) == ("fail", 120, True)
    status, reasons = judge(facts, measure="billed_cost", limit=200)
    assert status == "unknown"
    assert reasons == ["cost_unknown"]


def test_evaluate_mixed_currencies_elsewhere_do_not_matter() -> None:
    groups = [group([3] * 9, cost=[2] * 9), group([3] * 9, cost=[2] * 9, currency="EUR", account=STAGING)]
    facts = usage(groups, reasons=[reason("mixed_currencies", affects="cost")])
    assert judge(facts, measure="billed_cost", match={"account": "Production"}, currency="USD") == ("pass", [])
    assert judge(facts, measure="billed_cost", currency="USD") == ("unknown", ["currency_differs"])


THIRD = "c" * 32
KV_OF_STAGING = {"account": STAGING, "metric": "workers_kv_reads"}
TWO_BY_TWO = [group([3] * 31), group([1] * 31, **KV, account=STAGING)]


@pytest.mark.parametrize(
    ("about", "match", "expected"),
    [
        (None, {"account": "Production"}, "unknown"),
        ([{"account": STAGING}], {}, "unknown"),
        ([{"account": STAGING}], {"account": "Staging"}, "unknown"),
        ([{"account": STAGING}], {"account": "Production"}, "pass"),
        ([{"account": STAGING}], {"metric": "workers_standard_requests"}, "pass"),
        ([{"account": STAGING}], {"metric": "workers_*"}, "unknown"),
        ([KV_OF_STAGING], {"account": "Staging"}, "unknown"),
        ([KV_OF_STAGING], {"metric": "Workers Kv Reads"}, "unknown"),
        ([KV_OF_STAGING], {"account": "Production"}, "pass"),
        ([{"metric": "workers_kv_reads"}], {"account": "Production"}, "pass"),
        ([{"metric": "workers_kv_reads"}], {"account": "Staging"}, "unknown"),
        ([{"account": STAGING}, {"metric": "workers_standard_requests"}], {"account": "Production"}, "unknown"),
        # what sent nothing: a pattern could mean it, unless it names something else
        ([{"account": THIRD}], {}, "unknown"),
        ([{"account": THIRD}], {"account": "*"}, "unknown"),
        ([{"account": THIRD}], {"account": "Prod*"}, "unknown"),
        ([{"account": THIRD}], {"account": ["Production", "Staging"]}, "pass"),
        ([{"account": THIRD}], {"account": "Production"}, "pass"),
        ([{"account": THIRD}], {"metric": "workers_standard_requests"}, "unknown"),
        ([{"metric": "r2"}], {"metric": "workers_standard_requests"}, "pass"),
        ([{"metric": "r2"}], {"account": "Production"}, "unknown"),
    ],
)
@pytest.mark.parametrize("on", ["actual", "forecast", "spike", "growth"])
def test_evaluate_doubt_counts_for_budgets_that_look_at_what_it_is_about(
    about: list[Facts] | None, match: Facts, expected: str, on: str
) -> None:
    details: Facts = {"about": about} if about else {}
    doubt = reason("gap_in_daily_metric", **details)
    facts = usage([group([3] * 31), group([1] * 31, account=STAGING, metric="workers_kv_reads")], reasons=[doubt])
    assert judge(facts, limit=1000, on=on, **({"match": match} if match else {}))[0] == expected


def test_evaluate_doubt_about_an_account_that_the_facts_do_not_tell_apart_counts_for_all() -> None:
    doubt = reason("account_silent", about=[{"account": STAGING}])
    facts = usage([group([3] * 31)], group_by=["metric"], reasons=[doubt])
    assert judge(facts, limit=1000, match={"metric": "workers_*"})[0] == "unknown"


def test_evaluate_doubt_about_one_value_of_each_is_a_doubt_of_this_value() -> None:
    facts = usage(TWO_BY_TWO, reasons=[reason("account_silent", about=[{"account": STAGING}])])
    found = evaluate_budgets(facts, [budget(limit=1000, each="account")])
    assert [(value_label(each), each["status"]) for each in found] == [
        ("Production", "pass"),
        ("Staging", "unknown"),
    ]
    assert found[1]["reasons"] == ["facts_partial", "account_silent"]


@pytest.mark.parametrize(("each", "about"), [("account", {"account": THIRD}), ("metric", {"metric": "r2"})])
def test_evaluate_value_of_each_that_sent_nothing_has_an_unknown_verdict(each: str, about: Facts) -> None:
    facts = usage(TWO_BY_TWO, reasons=[reason("accounts_missing", about=[about])])
    *others, absent = evaluate_budgets(facts, [budget(limit=1000, each=each)])
    assert [verdict["status"] for verdict in others] == ["pass", "pass"]
    assert (absent["status"], value_label(absent)) == ("unknown", about[each])
    assert absent["reasons"] == ["facts_partial", "accounts_missing"]
    other = {"account": "metric", "metric": "account"}[each]
    assert {verdict["status"] for verdict in evaluate_budgets(facts, [budget(limit=1000, each=other)])} == {"unknown"}


def test_evaluate_doubt_of_the_period_before_counts_for_what_it_is_about() -> None:
    before = usage(
        [group([3] * 30), group([1] * 30, **KV, account=STAGING)],
        first="2025-04-01",
        reasons=[reason("account_silent", about=[{"account": STAGING}])],
    )
    found = evaluate_budgets(usage(TWO_BY_TWO), [budget(limit=50, on="growth", each="account")], None, before)
    assert [each["status"] for each in found] == ["pass", "unknown"]
    assert found[1]["reasons"] == ["previous_facts_partial", "previous_account_silent"]


@pytest.mark.parametrize(
    ("costs", "rated", "expected"),
    [
        ([[2], [2]], {}, "pass"),
        ([[2], [0]], {}, "unknown"),
        ([[0], [0]], {}, "unknown"),
        ([[2], [0]], {"rated_through": "2025-05-31"}, "pass"),
    ],
)
def test_evaluate_use_whose_costs_are_all_0_does_not_hide_behind_other_costs(
    costs: list[list[int]], rated: Facts, expected: str
) -> None:
    groups = [
        group([3] * 31, cost=cost * 31, account=account) | rated
        for account, cost in zip(("a" * 32, STAGING), costs, strict=True)
    ]
    status, reasons = judge(usage(groups), measure="billed_cost", limit=1000)
    assert (status, reasons) == (expected, ["cost_all_zero"] if expected == "unknown" else [])


def test_evaluate_empty_facts_prove_nothing() -> None:
    assert judge(empty_usage()) == ("unknown", ["no_match", "facts_empty"])


def test_evaluate_whole_facts_without_groups_match_nothing() -> None:
    assert judge(usage([])) == ("unknown", ["no_match"])


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (None, "unknown"),
        ({"metric": "workers_*"}, "unknown"),
        ({"metric": "workers_standard_requests"}, "pass"),
        ({"metric": "Workers Standard Requests"}, "pass"),
    ],
)
def test_evaluate_facts_of_some_metrics_say_nothing_of_all(match: Facts | None, expected: str) -> None:
    facts = changed(WHOLE, metric=["workers_standard_requests"])
    status, reasons = judge(facts, limit=1000, **({"match": match} if match else {}))
    assert status == expected
    assert reasons == ([] if expected == "pass" else ["metrics_not_asked"])


def test_evaluate_names_of_asked_metrics_may_be_missing() -> None:
    nameless = group([1] * 31, metric="workers_kv_reads") | {"x_billable_metric_name": None}
    facts = changed(usage([group([3] * 31), nameless]), metric=["workers_standard_requests", "workers_kv_reads"])
    match = {"metric": ["Workers Standard Requests", "workers_kv_reads"]}
    assert judge(facts, limit=1000, match=match) == ("pass", [])


def test_evaluate_facts_of_some_metrics_that_are_not_grouped_by_metric() -> None:
    facts = changed(usage([group([3] * 9)], group_by=["account"]), metric=["workers_standard_requests"])
    assert judge(facts) == ("unknown", ["metrics_not_asked"])
