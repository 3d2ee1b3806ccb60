# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitLab Code Quality: what its documentation asks of a report."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.codequality import budgets_codequality
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    make_verdict,
)

# Written from "Code Quality report format" in GitLab's documentation: an array of issues with at least these keys.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "pattern": "^[a-z/-]+$"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def _issues(verdicts: list[Verdict], path: str = "budgets.yml", text: str | None = None) -> list[dict[str, Any]]:
    issues: list[dict[str, Any]] = json.loads(budgets_codequality(VerdictReport(verdicts, path=path, text=text)))
    jsonschema.validate(issues, SCHEMA)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return issues


@pytest.mark.parametrize(
    ("status", "outcome", "severity", "expected"),
    [
        ("fail", "fail", "critical", "critical"),
        ("unknown", "fail", "minor", "minor"),
        ("unknown", "fail", "odd", "major"),
        ("unknown", "pass", "critical", "info"),
        ("warn", "warn", "critical", "minor"),
    ],
)
def test_severity_is_what_the_gate_makes_of_it(status: str, outcome: str, severity: str, expected: str) -> None:
    (issue,) = _issues([make_verdict("b", status, outcome=outcome, severity=severity)])
    assert issue["severity"] == expected


def test_codequality_an_issue_stands_at_its_budget() -> None:
    verdicts = [make_verdict("a"), make_verdict("b", "fail", message="Over.")]
    (issue,) = _issues(verdicts, path="./ci/b.yml", text="- name: a\n- name: b\n")
    assert issue["location"] == {"path": "ci/b.yml", "lines": {"begin": 2}}
    assert (issue["check_name"], issue["description"]) == ("cloudflare-budget/over-limit", "b: Over.")


def test_codequality_all_passed_is_an_empty_report_and_nothing_checked_is_none() -> None:
    assert _issues([make_verdict()]) == []
    assert len(_issues([])) == 1


def test_codequality_hostile_text_is_text() -> None:
    issues = _issues([make_verdict(name, "fail", message=name) for name in HOSTILE], path="\x1b[31m\n\u202ebudgets.yml")
    assert len(issues) == len(HOSTILE)
    assert json.dumps(issues, ensure_ascii=False).isprintable()
