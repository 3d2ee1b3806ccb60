# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of budgets: thin names over one function each, with Ansible's own errors and true documentation."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import BUDGETS_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RATE_CARD_SCHEMA

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"
NAMES = (
    "evaluate_budgets",
    "budget_dimensions",
    "budget_periods",
    "budgets_backtest",
    "backtest_markdown",
    "estimate_costs",
    "gate_outcome",
    "budgets_table",
)


def module(name: str) -> ModuleType:
    return importlib.import_module(f"ansible_collections.finops.cloudflare.plugins.filter.{name}")


def run(name: str, *args: Any, **kwargs: Any) -> Any:
    return module(name).FilterModule().filters()[name](*args, **kwargs)


def example(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def documented(name: str) -> dict[str, Any]:
    options: dict[str, Any] = yaml.safe_load(module(name).DOCUMENTATION)["options"]
    return options


def test_budget_filters_from_facts_to_the_gate() -> None:
    budgets, card = example("budgets.yml"), example("../../playbooks/files/rate-card-2026-10.yml")
    usage = example("usage.yml")
    assert set(run("budget_dimensions", budgets)) <= set(usage["group_by"])
    verdicts = run("evaluate_budgets", usage, budgets, rate_card=card)
    documented_keys = yaml.safe_load(module("evaluate_budgets").RETURN)["_value"]["contains"].keys()
    assert {frozenset(verdict) for verdict in verdicts} == {frozenset(documented_keys)}
    gate = run("gate_outcome", verdicts)
    assert gate.keys() == yaml.safe_load(module("gate_outcome").RETURN)["_value"]["contains"].keys()
    assert (gate["result"], gate["failed"]) == ("violated", True)
    assert gate["message"] in run("budgets_table", verdicts)
    estimate = run("estimate_costs", usage, card)
    contents = yaml.safe_load(module("estimate_costs").RETURN)["_value"]["contains"]
    assert estimate.keys() == contents.keys()
    assert {frozenset(item) for item in estimate["items"]} == {frozenset(contents["items"]["contains"])}


def test_budget_filters_growth_takes_the_facts_before() -> None:
    usage = example("usage.yml")
    budgets = [{"name": "b", "limit": 100, "on": "growth", "match": {"metric": "workers_kv_reads"}}]
    (verdict,) = run("evaluate_budgets", usage, budgets, previous=usage)
    assert verdict["reasons"] == ["previous_not_adjacent"]
    nothings: list[Any] = [{}, None]
    for nothing in nothings:
        (verdict,) = run("evaluate_budgets", usage, budgets, previous=nothing, rate_card=nothing)
        assert verdict["status"] == "pass"


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("evaluate_budgets", ({}, [{"name": "b", "limit": 1}]), "evaluate_budgets: Invalid usage facts: "),
        ("evaluate_budgets", ({}, [{"name": "b", "limt": 1}]), "budget 'b', limt: not known here"),
        ("budget_dimensions", ([],), "budget_dimensions: budgets: an empty list"),
        ("budget_periods", ([], "2026-08-22"), "budget_periods: budgets: an empty list"),
        ("budget_periods", ([{"name": "b", "limit": 1}], "soon"), "today: 'soon' is not a valid date"),
        ("budget_periods", ([{"name": "b", "limit": 1}], "2026-08-22", "1"), "lag_days: '1' is not a number of days"),
        ("estimate_costs", ({}, {}), "estimate_costs: rate card, name: missing"),
        ("gate_outcome", ({},), "gate_outcome: verdicts: not a list"),
        ("budgets_table", ([{}],), "budgets_table: verdict number 1: not a verdict"),
    ],
)
def test_budget_filters_errors_are_those_of_ansible(name: str, args: tuple[Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        run(name, *args)


@pytest.mark.parametrize("name", NAMES)
def test_budget_filters_each_file_holds_the_filter_of_its_name(name: str) -> None:
    assert list(module(name).FilterModule().filters()) == [name]
    assert yaml.safe_load(module(name).DOCUMENTATION)["name"] == name
    assert f"finops.cloudflare.{name}" in module(name).EXAMPLES


def test_budget_filters_the_documented_budget_is_that_of_the_schema() -> None:
    keys = BUDGETS_SCHEMA["items"]["properties"]
    options = documented("evaluate_budgets")["budgets"]["suboptions"]
    assert options.keys() == keys.keys()
    for key, option in options.items():
        assert option.get("choices") == keys[key].get("enum"), key
        assert bool(option.get("required")) is (key in BUDGETS_SCHEMA["items"]["required"]), key


def test_budget_filters_the_documented_rate_card_is_that_of_the_schema() -> None:
    options = documented("estimate_costs")["rate_card"]["suboptions"]
    assert options.keys() == RATE_CARD_SCHEMA["properties"].keys()
    prices = RATE_CARD_SCHEMA["properties"]["prices"]["items"]
    assert options["prices"]["suboptions"].keys() == prices["properties"].keys()
    required = {key for key, option in options["prices"]["suboptions"].items() if option.get("required")}
    assert required == set(prices["required"])
