# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the CI forms share: what is a finding, and where it stands in the budget file."""

from __future__ import annotations

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.ci_findings import (
    budget_lines,
    findings,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import label, no_verdicts
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    make_verdict,
)

LIST = """\
---
# a comment
- name: first
  limit: 1
- limit: 2
  match: {metric: x}
  name: second
- {name: third, limit: 3}
"""
VARIABLES = """\
region:
  name: not a budget
budgets:
  - limit: 2
    name: "first"
  - name: second
other: [{name: first}]
"""


def test_ci_findings_lines_of_a_list() -> None:
    assert budget_lines(LIST) == {"first": 3, "second": 5, "third": 8}


def test_ci_findings_lines_of_a_file_of_variables_take_the_first_of_a_name() -> None:
    assert budget_lines(VARIABLES) == {"not a budget": 2, "first": 4, "second": 6}


def test_ci_findings_json_is_read_as_well() -> None:
    assert budget_lines('[\n {"name": "a"},\n {"name": "b"}\n]') == {"a": 2, "b": 3}


@pytest.mark.parametrize("text", [None, "", "a: [", "just text", "- name: [1]", "\x00", "- 1\n- {1: name}"])
def test_ci_findings_a_file_that_says_nothing_has_no_lines(text: str | None) -> None:
    assert budget_lines(text) == {}


def test_ci_findings_aliases_and_unknown_tags_neither_loop_nor_multiply() -> None:
    bomb = "a: &a [x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{f'*{chr(97 + n)}, ' * 9}]\n" for n in range(20))
    assert budget_lines(bomb + "z: !vault [{name: safe}]\nself: &self [*self]\n") == {"safe": 22}


def test_ci_findings_every_verdict_that_is_no_pass_is_a_finding() -> None:
    verdicts = [make_verdict(status, status) for status in ("pass", "warn", "fail", "unknown")]
    found = findings(VerdictReport(verdicts, text=LIST))
    assert [(each.rule, each.title) for each in found] == [
        ("near-limit", "warn"),
        ("over-limit", "fail"),
        ("not-known", "unknown"),
    ]


def test_ci_findings_no_verdict_at_all_is_a_finding() -> None:
    found = findings(VerdictReport([]))
    assert [(each.rule, each.message, each.outcome, each.line) for each in found] == [
        ("not-known", no_verdicts("")[0], "fail", 1)
    ]


def test_ci_findings_each_problem_is_one_that_begins_with_its_file_and_stands_at_its_line() -> None:
    problems = [
        "ops/budgets.yml: budget 'second', limit: not a number",
        "ops/budgets.yml, line 4: not valid YAML",
        "rates.yml, line 3: not valid YAML",
        "ops/budgets.yml: budget 'gone', limit: not a number",
    ]
    report = VerdictReport([], problem="\n".join([*problems, problems[0]]), path="ops/budgets.yml", text=LIST)
    found = findings(report)
    assert [(each.text, each.line) for each in found] == list(zip(problems, (5, 4, 1, 1), strict=True))
    assert len({each.fingerprint for each in found}) == 4


def test_ci_findings_a_violated_budget_fails_whatever_its_outcome_says() -> None:
    assert findings(VerdictReport([make_verdict("a", "fail", outcome="pass")]))[0].outcome == "fail"


def test_findings_stand_at_the_line_of_their_budget() -> None:
    found = findings(VerdictReport([make_verdict("second", "fail"), make_verdict("elsewhere", "fail")], text=LIST))
    assert [each.line for each in found] == [5, 1]


def test_ci_findings_fingerprints_are_unique_and_stay_when_the_numbers_change() -> None:
    groups = [{"dimension": "zone", "id": each, "name": each} for each in ("a", "b")]
    verdicts = [make_verdict("x", "fail", group=group) for group in groups] + [make_verdict("x", "fail")] * 2
    prints = [each.fingerprint for each in findings(VerdictReport(verdicts))]
    assert len(set(prints)) == 4
    changed = [make_verdict("x", "fail", group=each.get("group"), actual=1, message="other") for each in verdicts]
    assert [each.fingerprint for each in findings(VerdictReport(changed))] == prints


def test_ci_findings_hostile_names_give_fingerprints() -> None:
    assert len(
        {each.fingerprint for each in findings(VerdictReport([make_verdict(name, "fail") for name in HOSTILE]))}
    ) == len(HOSTILE)


@pytest.mark.parametrize(
    ("group", "text"),
    [
        (None, "b"),
        ({"dimension": "zone", "id": "z1", "name": "example.com"}, "b [example.com]"),
        ({"dimension": "zone", "id": "z1", "name": None}, "b [z1]"),
        ({"dimension": "zone", "id": None, "name": None}, "b [no zone]"),
    ],
)
def test_ci_findings_the_title_names_the_value(group: dict[str, str | None] | None, text: str) -> None:
    assert label(make_verdict("b", group=group)) == text
