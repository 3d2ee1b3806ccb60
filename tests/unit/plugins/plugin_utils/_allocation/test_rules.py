# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of an allocation: what is refused, with messages that name the rule and the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import (
    MAX_RULES,
    read_rules,
    rule_dimensions,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import (
    AllocationError,
    DocumentError,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.read_document import read_document

EXAMPLE = Path(__file__).parents[5] / "docs" / "examples" / "allocation.yml"


def rule(**keys: Any) -> dict[str, Any]:
    return {"name": "shop", "match": {"account": "Shop"}, "owner": "team shop", **keys}


def shared(**keys: Any) -> dict[str, Any]:
    return {"name": "shared", "match": {"account": "Platform"}, **keys}


def test_rules_of_the_example_are_read_in_order() -> None:
    rules = read_rules(read_document(EXAMPLE.read_text(encoding="utf-8"), "allocation.yml"))
    assert [each.name for each in rules] == [
        "shop",
        "search",
        "shared-requests",
        "shared-storage",
        "rest-of-the-platform",
    ]
    assert rule_dimensions(rules) == ["account", "product_family", "metric", "zone"]
    assert [each.direct for each in rules] == [True, True, False, False, False]


def test_rules_look_at_metrics_where_use_decides_and_at_tags_last() -> None:
    assert rule_dimensions(read_rules([rule(match={"tag.team": "shop", "zone": "a"})])) == ["zone", "tag.team"]
    assert rule_dimensions(read_rules([shared(owners=["a", "b"], by="use")])) == ["account", "metric"]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([shared(shares={"a": 60, "b": 30})], "rule 'shared', shares: they come to 90 %, and must come to 100 %"),
        ([shared(shares={"a": 60, "b": 50})], "rule 'shared', shares: they come to 110 %, and must come to 100 %"),
        ([shared(shares={"a": 33.3, "b": 33.3, "c": 33.3})], "rule 'shared', shares: they come to 99.9 %"),
        ([shared(shares={"a": 0, "b": 100})], "rule 'shared', shares.a: 0 is not accepted, it must be a percentage"),
        ([shared(shares={})], "rule 'shared', shares: a mapping is not accepted, it must be a mapping of 1 to 100"),
        (
            [shared(shares={"a": 100}, owner="b")],
            "rule 'shared': needs exactly one of owner, shares, owners, not owner and shares",
        ),
        ([shared()], "rule 'shared': needs exactly one of owner, shares, owners"),
        ([shared(owners=["a", "a"])], "rule 'shared', owners: a list is not accepted, it must be a list of 1 to 100"),
        ([shared(owners=["a"], by="size")], "rule 'shared', by: 'size' is not accepted, it must be evenly, use, or"),
        ([shared(owners=["a"], by={"metrics": "x"})], "rule 'shared', by.metric: missing"),
        ([rule(by="use")], "rule 'shop', by: has no effect without owners"),
        ([rule(owner="unallocated")], "rule 'shop', owner: 'unallocated' is not accepted"),
        ([shared(shares={"unallocated": 100})], "rule 'shared', shares: 'unallocated' is not accepted"),
        ([rule(match={"account": []})], "rule 'shop', match.account: an empty list is not accepted"),
        ([rule(match={"owner": "x"})], "rule 'shop', match.owner: not known here; known are account"),
        ([rule(match={"tag.": "x"})], "rule 'shop', match.tag.: not known here"),
        ([rule(team="x")], "rule 'shop', team: not known here; known are name, match"),
        ([rule(), rule()], "rule 'shop', name: used 2 times, each rule needs its own"),
        (
            [{"name": "all", "owner": "x"}, rule()],
            "rule 'all', match: missing; a rule without it takes all that is left, so it must be the last one",
        ),
        ([{"owner": "x"}], "rule number 1, name: missing"),
        (["x"], "rule number 1: 'x' is not accepted, it must be a mapping with text keys"),
        ([], "allocation: an empty list is not accepted, it must be a list of 1 to 1000 rules"),
        ({"rules": []}, "allocation: a mapping is not accepted"),
        ([rule(name=f"r{number}") for number in range(MAX_RULES + 1)], "allocation: 1,001 rules are too many"),
    ],
)
def test_rules_that_are_wrong_are_refused_with_rule_and_key(document: Any, problem: str) -> None:
    with pytest.raises(AllocationError) as found:
        read_rules(document)
    assert [text for text in found.value.problems if text.startswith(problem)], found.value.problems


def test_rules_every_problem_of_a_file_is_told_at_once() -> None:
    with pytest.raises(AllocationError) as found:
        read_rules([rule(owner=5), shared(shares={"a": 10})])
    assert [text.partition(":")[0] for text in found.value.problems] == ["rule 'shop', owner", "rule 'shared', shares"]


def test_rules_key_that_appears_twice_is_refused_with_its_line() -> None:
    text = "- name: shop\n  owner: a\n  match: {zone: x}\n  owner: b\n"
    with pytest.raises(DocumentError, match=r"allocation.yml, line 4: duplicate key 'owner' .* first in line 2"):
        read_document(text, "allocation.yml")
