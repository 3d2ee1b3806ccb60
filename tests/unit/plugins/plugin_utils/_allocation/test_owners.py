# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owners in budgets, report, CSV and metrics: what an allocation gave, and nothing that it could not give."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.allocate import allocate_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import read_rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import budget_dimensions
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import model
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.csv import usage_csv
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import usage_html
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.markdown import usage_markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.openmetrics import usage_openmetrics
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.input import report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.owners import owner_table
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    budget,
    group,
    usage,
)

SHOP = {"name": "zone-of-the-shop", "match": {"zone": "s.example.com"}, "owner": "shop"}
FIND = {"name": "find", "match": {"zone": "f.example.com"}, "owner": "find"}
SHARED: dict[str, Any] = {"name": "shared", "match": {"account": "Staging"}, "owners": ["shop", "find"]}
GROUPS = [
    group([30, 30], zone="s", cost=[3, 3]),
    group([10, 10], zone="f", cost=[1, 1]),
    group([40, 40], account=STAGING, cost=[4, 4]),
    group([1, 1], zone="x", cost=[0.5, 0.5]),
]


def allocated(*rules: dict[str, Any], groups: list[dict[str, Any]] | None = None) -> Any:
    facts = usage(groups or GROUPS, group_by=("account", "product_family", "metric", "zone"))
    facts["cost"] = {"available": "all", "currency": "USD"}
    return allocate_usage(read_usage(facts), read_rules(list(rules)))


def judged(facts: Any, **keys: Any) -> list[tuple[Any, str, Any]]:
    return [
        (each["group"] and each["group"]["id"], each["status"], each["actual"])
        for each in evaluate_budgets(facts, [budget(**keys)])
    ]


def test_owners_budget_counts_what_is_theirs_and_their_part_of_what_is_shared() -> None:
    facts = allocated(SHOP, FIND, {**SHARED, "by": "use"})
    # 60 of their own, and three quarters of 80
    assert judged(facts, limit=120, match={"owner": "shop"}) == [(None, "pass", 120)]
    assert judged(facts, limit=119, match={"owner": "shop"}) == [(None, "fail", 120)]
    assert judged(facts, limit=12, measure="billed_cost", match={"owner": "sh*"}) == [(None, "pass", 12)]
    assert judged(facts, limit=119, each="owner") == [
        ("find", "pass", 40),
        ("shop", "fail", 120),
        ("unallocated", "pass", 2),
    ]


def test_owners_budget_on_everything_is_the_same_with_and_without_rules() -> None:
    facts = allocated(SHOP, FIND, {**SHARED, "owners": ["a", "b", "c"]})
    assert judged(facts, limit=200) == judged(usage(GROUPS), limit=200) == [(None, "pass", 162)]


def test_owners_unknown_owner_keeps_a_budget_of_any_owner_from_passing() -> None:
    facts = allocated(SHOP, {**SHARED, "owners": ["find", "other"], "by": "use"})
    assert judged(facts, limit=100, match={"owner": "shop"}) == [(None, "unknown", 60)]
    assert judged(facts, limit=140, match={"owner": "shop"}) == [(None, "pass", 60)]
    assert judged(facts, limit=59, match={"owner": "shop"}) == [(None, "fail", 60)]


def test_owners_budget_without_an_allocation_is_unknown() -> None:
    [verdict] = evaluate_budgets(usage(GROUPS), [budget(match={"owner": "shop"})])
    assert (verdict["status"], verdict["outcome"]) == ("unknown", "fail")
    assert "the facts are not grouped by owner" in verdict["message"]


def test_owners_are_nothing_to_ask_cloudflare_for() -> None:
    assert budget_dimensions([budget(match={"owner": "shop", "zone": "x"}, each="owner")]) == ["zone"]


@pytest.mark.parametrize("measure", ["estimated_cost", "total_cost"])
def test_owners_have_no_part_of_an_allowance_or_a_fee(measure: str) -> None:
    with pytest.raises(BudgetError, match=f"match.owner: can't be used with {measure}"):
        evaluate_budgets(usage(GROUPS), [budget(measure=measure, match={"owner": "shop"})])


def test_owners_table_shows_use_share_cost_and_rule_and_what_has_no_owner_last() -> None:
    table = owner_table(allocated(SHOP, {**SHARED, "owners": ["shop", "find"], "by": "use"}, FIND))
    rows = [
        [group.title, *(cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row[2:])]
        for group in table.groups
        for row in group.rows
    ]
    assert rows == [
        ["find", "20", "12.3%", "USD 2.00", "find"],
        ["find", "20", "12.3%", "USD 2.00", "shared"],
        ["shop", "60", "37.0%", "USD 6.00", "shared"],
        ["shop", "60", "37.0%", "USD 6.00", "zone-of-the-shop"],
        ["unallocated", "2", "1.2%", "USD 1.00", "no rule"],
    ]
    assert [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in table.totals[0]] == [
        "Total", "", "", "", "USD 17.00", "",
    ]  # fmt: skip


def test_owners_table_unknown_owner_and_unknown_cost_are_words() -> None:
    groups = [*GROUPS[:2], {**group([4, 4], account=STAGING)}]
    table = owner_table(allocated(SHOP, {**SHARED, "owners": ["other"], "by": "use"}, FIND, groups=groups))
    last = table.groups[-1].rows[-1]
    assert (table.groups[-1].title, last[4].kind, last[5].text) == ("Owner not known", "unknown", "shared")


def test_owners_are_in_the_report_once_and_only_with_an_allocation() -> None:
    with_rules = model.build(report_input(allocated(SHOP, FIND)))
    keys = [section.key for section in with_rules.sections]
    assert (keys.count("owners"), keys.count("by-owner")) == (1, 0)
    [cost] = [section for section in with_rules.sections if section.key == "cost"]
    assert "Cost by owner, largest first" in [table.caption for table in cost.tables]
    assert "owners" not in [section.key for section in model.build(report_input(usage(GROUPS))).sections]


def test_owners_are_in_every_form_of_the_report() -> None:
    report = report_input(allocated(SHOP, FIND, SHARED))
    rows = list(csv.DictReader(io.StringIO(usage_csv(report))))
    assert [(row["owner"], row["allocation_rule"]) for row in rows[::2]] == [
        ("shop", "zone-of-the-shop"),
        ("find", "find"),
        ("shop", "shared"),
        ("find", "shared"),
        ("unallocated", ""),
    ]
    assert sum(float(row["billed_cost"]) for row in rows) == 17
    assert "zone-of-the-shop" in usage_html(report)
    assert "zone-of-the-shop" in usage_markdown(report)
    assert 'owner="unallocated"' in usage_openmetrics(report)


def test_owners_names_are_text_that_steers_nothing() -> None:
    hostile = {**SHOP, "name": "</script>=1+1|x", "owner": "=HYPERLINK(1)<i>|[x](y)"}
    report = report_input(allocated(hostile))
    assert "<i>" not in usage_html(report)
    assert "</script>" not in usage_html(report)
    assert "'=HYPERLINK" in usage_csv(report)
    assert "[x](y)" not in usage_markdown(report)


def test_owners_rules_and_budgets_of_the_guide_are_right() -> None:
    guide = (Path(__file__).parents[5] / "docs" / "allocation.md").read_text(encoding="utf-8")
    rules, budgets = map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL))
    facts = allocated(*rules, groups=[group([30], zone="shop", cost=[3]), group([1], account=STAGING, cost=[1])])
    verdicts = evaluate_budgets(facts, budgets)
    assert {each["name"] for each in verdicts} == {"requests-of-each-team", "shop-cost"}
    assert not [each for each in verdicts if {"no_match", "not_grouped_by"} & set(each["reasons"])]
