# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budgets on tags: each key is a dimension of its own, and use without the tag is known to be without it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import budget_dimensions
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    Facts,
    budget,
    group,
    usage,
)


def tagged(team: str | None, daily: list[float]) -> Facts:
    return group(daily) | {"tag.team": team}


def by_team() -> Facts:
    facts = usage([tagged("payments", [1, 2]), tagged("search", [10, 20]), tagged(None, [100, 200])])
    facts["group_by"] = [*facts["group_by"], "tag.team"]
    return facts


@pytest.mark.parametrize(("pattern", "amount"), [("payments", 3), ("pay*", 3), (["payments", "search"], 33)])
def test_tags_match_by_their_value(pattern: Any, amount: float) -> None:
    (verdict,) = evaluate_budgets(by_team(), [budget(50, match={"tag.team": pattern})])
    assert (verdict["status"], verdict["actual"]) == ("pass", amount)


def test_tags_are_values_to_split_by_and_no_tag_is_one() -> None:
    verdicts: Any = evaluate_budgets(by_team(), [budget(50, each="tag.team")])
    found = {each["group"]["id"]: (each["status"], each["actual"]) for each in verdicts}
    assert found == {"payments": ("pass", 3), "search": ("pass", 30), None: ("fail", 300)}


def test_tags_that_the_facts_lack_are_unknown() -> None:
    (verdict,) = evaluate_budgets(by_team(), [budget(50, match={"tag.env": "prod"})])
    assert (verdict["status"], verdict["reasons"]) == ("unknown", ["not_grouped_by"])
    (verdict,) = evaluate_budgets(by_team(), [budget(50, match={"tag.team": "nobody"})])
    assert (verdict["status"], verdict["reasons"]) == ("unknown", ["no_match"])


def test_tags_are_dimensions_to_ask_for() -> None:
    wanted = [budget(50, match={"tag.team": "payments", "metric": "*"}), budget(50, name="b", each="tag.env")]
    assert budget_dimensions(wanted) == ["metric", "tag.env", "tag.team"]


def test_tags_beside_a_typing_error_are_not_what_is_refused() -> None:
    with pytest.raises(BudgetError) as refused:
        evaluate_budgets(by_team(), [budget(50, match={"tag.team": "payments", "metrik": "*", "tag.": "x"})])
    assert "match.metrik: not known here" in str(refused.value)
    assert "match.tag.: not known here" in str(refused.value)
    assert "tag.team" not in str(refused.value)
