# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budgets that can't be used: every problem at once, each at the budget's name and key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import BUDGETS_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError


def problems(document: Any) -> list[str]:
    with pytest.raises(BudgetError) as caught:
        read_budgets(document)
    assert isinstance(caught.value, FinopsError)
    assert caught.value.failure() == {"kind": "budgets", "problems": caught.value.problems}
    assert str(caught.value) == "; ".join(caught.value.problems)
    return caught.value.problems


def problem(**keys: Any) -> str:
    (found,) = problems([{"name": "b", "limit": 1, **keys}])
    return found


def test_read_budgets_schema_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(BUDGETS_SCHEMA)
    assert not jsonschema.Draft202012Validator(BUDGETS_SCHEMA).is_valid([{"name": "a"}])


def test_read_budgets_needs_little_and_gets_every_default() -> None:
    (budget,) = read_budgets([{"name": "b", "limit": 1.5}])
    assert (budget.limit, budget.measure, budget.on, budget.match) == (
        Decimal("1.5"),
        "consumed_quantity",
        "actual",
        {},
    )
    assert (budget.on_unknown, budget.on_no_match, budget.severity) == ("fail", "fail", "major")
    assert (budget.min_days, budget.period, budget.warn_at) == (7, None, ())


def test_read_budgets_takes_every_key() -> None:
    (budget,) = read_budgets(
        [
            {
                "name": "b",
                "limit": 50,
                "match": {"account": "a", "metric": ["m", "n*"]},
                "on": "spike",
                "unit": "",
                "warn_at": [95, 80.5],
                "each": "account",
                "min_days": 3,
                "window": 2,
                "floor": 0.1,
                "on_unknown": "warn",
                "on_no_match": "ignore",
                "severity": "info",
                "owner": "us",
                "note": "two\nlines",
            }
        ]
    )
    assert budget.match == {"account": ("a",), "metric": ("m", "n*")}
    assert budget.warn_at == (Decimal("80.5"), Decimal(95))
    assert (budget.window, budget.floor, budget.unit, budget.on) == (2, Decimal("0.1"), "", "spike")
    assert budget.dimensions == ("account", "metric")


def test_read_budgets_what_yaml_makes_of_the_key_on_is_turned_back() -> None:
    assert read_budgets([{"name": "b", "limit": 1, True: "forecast"}])[0].on == "forecast"
    (found,) = problems([{"name": "b", "limit": 1, True: "forecast", "on": "actual"}])
    assert (
        found
        == "budget 'b': a mapping with keys that are not text is not accepted, it must be a mapping with text keys"
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"limit": "5"}, "limit: '5' is not accepted, it must be a number from 0 (not a text, not true or false)"),
        ({"limit": True}, "limit: True is not accepted, it must be a number from 0 (not a text, not true or false)"),
        ({"limit": -1}, "limit: -1 is not accepted, it must be a number from 0 (not a text, not true or false)"),
        (
            {"limit": float("nan")},
            "limit: nan is not accepted, it must be a number from 0 (not a text, not true or false)",
        ),
        (
            {"limit": float("inf")},
            "limit: inf is not accepted, it must be a number from 0 (not a text, not true or false)",
        ),
        ({"limit": None}, "limit: None is not accepted, it must be a number from 0 (not a text, not true or false)"),
        ({"metrik": "x"}, "metrik: not known here; known are name, match, measure, on, limit"),
        ({"match": {"colour": "x"}}, "match.colour: not known here; known are account, sub_account, product_family"),
        ({"match": {"metric": []}}, "match.metric: an empty list is not accepted, it must be a list of at least one"),
        ({"match": {"metric": [7]}}, "match.metric[0]: 7 is not accepted, it must be a text in quotes"),
        ({"match": {"metric": 7}}, "match.metric: 7 is not accepted, it must be a text in quotes"),
        ({"match": {"metric": {}}}, "match.metric: a mapping is not accepted, it must be a text in quotes"),
        ({"match": {"metric": ["a", "a"]}}, "match.metric: a list is not accepted"),
        ({"match": "x"}, "match: 'x' is not accepted, it must be a mapping of account"),
        ({"measure": "cost"}, "measure: 'cost' is not accepted, it must be one of consumed_quantity"),
        ({"on": "guess"}, "on: 'guess' is not accepted, it must be one of actual, forecast, contract, spike, growth"),
        ({"measure": "billed_cost", "currency": "usd"}, "currency: 'usd' is not accepted"),
        ({"measure": "billed_cost", "currency": "USD\n"}, "currency: 'USD\\n' is not accepted"),
        ({"warn_at": 0}, "warn_at: 0 is not accepted, it must be a percentage above 0 and up to 100"),
        ({"warn_at": [101]}, "warn_at[0]: 101 is not accepted, it must be a percentage above 0 and up to 100"),
        ({"each": "charge_class"}, "each: 'charge_class' is not accepted"),
        ({"on": "forecast", "cycle_day": 32}, "cycle_day: 32 is not accepted, it must be a day of the month, 1 to 31"),
        ({"on": "forecast", "min_days": 1.5}, "min_days: 1.5 is not accepted, it must be a whole number"),
        ({"on": "forecast", "min_days": float("inf")}, "min_days: inf is not accepted, it must be a whole number"),
        ({"on_unknown": "pass"}, "on_unknown: 'pass' is not accepted, it must be one of fail, warn, ignore"),
        ({"severity": "blocker"}, "severity: 'blocker' is not accepted"),
        ({"owner": "a\x1b[31m"}, "owner: 'a\\x1b[31m' is not accepted"),
        ({"currency": "USD"}, "currency: a quantity has a unit, not a currency"),
        ({"measure": "billed_cost", "unit": "GB"}, "unit: billed_cost has a currency, not a unit"),
        ({"measure": "list_cost", "on": "spike"}, "on: spike needs a daily series, and list_cost has none"),
        ({"measure": "estimated_cost", "on": "growth"}, "on: growth needs a daily series"),
        ({"cycle_day": 3}, "cycle_day: has no effect with on: actual, only with forecast"),
        (
            {"on": "growth", "min_days": 3},
            "min_days: has no effect with on: growth, only with forecast or contract or spike",
        ),
        ({"floor": 3}, "floor: has no effect with on: actual, only with spike or growth"),
        ({"measure": "estimated_cost", "each": "zone"}, "each: zone can't be used with estimated_cost"),
        ({"measure": "estimated_cost", "match": {"region": "x"}}, "match.region: can't be used with estimated_cost"),
        ({"measure": "estimated_cost", "on": "forecast", "cycle_day": 2}, "cycle_day: with estimated_cost the billing"),
        ({"limit": {}, "period": "month"}, "limit: a mapping is not accepted, it must be a mapping of at least one"),
        ({"limit": {"2026-13": 1}, "period": "month"}, "limit: '2026-13' is not accepted, it must be a month such as"),
        ({"limit": {"2026-01": "1"}, "period": "month"}, "limit.2026-01: '1' is not accepted, it must be a number"),
        ({"limit": {"2026-01": 1, "2026-Q2": 1}, "period": "month"}, "limit: a mapping of months or of quarters"),
        ({"limit": {"2026-01": 1}}, "limit: months need period: month, billing_cycle or day"),
        ({"limit": {"2026-01": 1}, "period": "year"}, "limit: months need period: month, billing_cycle or day"),
        ({"limit": {"2026-Q1": 1}, "period": "month"}, "limit: quarters need period: quarter"),
        ({"alerts": []}, "alerts: an empty list is not accepted, it must be a list of 1 to 20 alerts"),
        ({"alerts": [{}]}, "alerts[0]: needs either percent or amount"),
        ({"alerts": [{"percent": 1, "amount": 1}]}, "alerts[0]: needs either percent or amount"),
        ({"alerts": [{"percent": 0}]}, "alerts[0].percent: 0 is not accepted, it must be a percentage above 0"),
        ({"alerts": [{"percent": 1}, {"percent": 1}]}, "alerts: a list is not accepted, it must be a list of 1 to 20"),
        (
            {"alerts": [{"percent": 1, "on": "spike"}]},
            "alerts[0].on: 'spike' is not accepted, it must be one of",
        ),
        ({"alerts": [{"percent": 1, "colour": 1}]}, "alerts[0].colour: not known here; known are percent, amount, on"),
        ({"alerts": [{"percent": 1}], "on": "spike"}, "alerts: has no effect with on: spike, only with actual or"),
        (
            {"alerts": [{"percent": 1, "on": "forecast"}], "measure": "list_cost"},
            "alerts[0].on: a forecast needs a daily series, and list_cost has none",
        ),
        (
            {"alerts": [{"percent": 1, "on": "forecast"}], "measure": "estimated_cost", "period": "year"},
            "period: can't be used with estimated_cost",
        ),
        (
            {"period": "week"},
            "period: 'week' is not accepted, it must be one of day, month, billing_cycle, quarter, year",
        ),
        ({"period": {"from": "2026-01-01"}}, "period.to: missing"),
        ({"period": {"from": "2026-02-01", "to": "2026-01-31"}}, "period: from 2026-02-01 is after to 2026-01-31"),
        ({"period": {"from": "2026-02-01", "to": "2026-02-30"}}, "period.to: '2026-02-30' is not a valid date"),
        ({"period": {"from": "2026-02-01", "to": "soon"}}, "period.to: 'soon' is not accepted, it must be a day"),
        ({"period": "month", "on": "spike"}, "period: has no effect with on: spike, only with actual or forecast"),
        ({"period": "month", "on": "forecast", "cycle_day": 3}, "cycle_day: stands for period: billing_cycle"),
        ({"starts_on": 3}, "starts_on: has no effect without period: billing_cycle, quarter or year"),
        (
            {"period": "month", "starts_on": 3},
            "starts_on: has no effect without period: billing_cycle, quarter or year",
        ),
        ({"period": "year", "starts_on": 3}, "starts_on: with year it must be a month and a day such as 04-01"),
        ({"period": "year", "starts_on": "02-30"}, "starts_on: '02-30' is not a day of any year"),
        ({"period": "year", "starts_on": "13-01"}, "starts_on: '13-01' is not accepted, it must be a month and a day"),
        ({"period": "billing_cycle", "starts_on": "04-01"}, "starts_on: with billing_cycle it must be a day of the"),
        ({"period": "billing_cycle", "starts_on": 32}, "starts_on: 32 is not accepted, it must be a day of the month"),
        ({"measure": "estimated_cost", "period": "day"}, "period: can't be used with estimated_cost"),
        (
            {"measure": "estimated_cost", "on": "forecast", "period": "year"},
            "period: can't be used with estimated_cost",
        ),
        (
            {"measure": "estimated_cost", "period": "billing_cycle", "starts_on": 3},
            "starts_on: with estimated_cost the",
        ),
    ],
)
def test_read_budgets_each_problem_names_the_budget_and_the_key(keys: dict[str, Any], message: str) -> None:
    assert problem(**keys).startswith(f"budget 'b', {message}")


def test_read_budgets_all_problems_come_at_once() -> None:
    found = problems(
        [{"name": "a", "limit": "1", "colour": 2}, {"limit": 1}, {"name": "c", "on": "x"}, "d", {"name": 3, "limit": 1}]
    )
    assert [text.split(":")[0] for text in found] == [
        "budget 'a', colour",
        "budget 'a', limit",
        "budget number 2, name",
        "budget 'c', limit",
        "budget 'c', on",
        "budget number 4",
        "budget number 5, name",
    ]


@pytest.mark.parametrize("document", [[], {}, None, "text", 3])
def test_read_budgets_no_budgets_are_no_budgets(document: Any) -> None:
    (found,) = problems(document)
    assert found.startswith("budgets: ")
    assert found.endswith("it must be a list of 1 to 1000 budgets")


def test_read_budgets_names_are_used_once() -> None:
    assert problems([{"name": "a", "limit": 1}, {"name": "a", "limit": 2}]) == [
        "budget 'a', name: used 2 times, each budget needs its own"
    ]


def test_read_budgets_names_in_messages_can_not_steer_a_terminal() -> None:
    (found,) = problems([{"name": "\x1b[31m", "limit": 1}])
    assert "\x1b" not in found
