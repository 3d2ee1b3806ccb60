# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts as SARIF 2.1.0: one result for each verdict that is not a pass, at the budget's line of the budget file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import (
    clean,
    sarif_text,
    uri_path,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.ci_findings import (
    NEAR_LIMIT,
    NOT_KNOWN,
    OVER_LIMIT,
    RULES,
    Finding,
    findings,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
INFORMATION = "https://github.com/finops-cloudflare/finops.cloudflare"

_DEFAULT_LEVELS = {OVER_LIMIT: "error", NEAR_LIMIT: "warning", NOT_KNOWN: "error"}
_LEVEL_OF_OUTCOME = {"fail": "error", "warn": "warning"}
_HELP = {
    OVER_LIMIT: "Use less, or raise the limit in the budget file and have the change reviewed.",
    NEAR_LIMIT: "Nothing fails yet. Look at the use before it passes the limit.",
    NOT_KNOWN: "Data was missing, or of another unit or currency; the message says which. Unknown is never a pass.",
}
_PLACE_KEYS = (
    "status",
    "outcome",
    "severity",
    "owner",
    "on",
    "measure",
    "actual",
    "limit",
    "percent",
    "unit",
    "currency",
)


def budgets_sarif(report: VerdictReport) -> str:
    """Return the JSON text."""
    rules = list(RULES)
    run = {
        "tool": {
            "driver": {
                "name": "finops.cloudflare",
                "semanticVersion": COLLECTION_VERSION,
                "informationUri": INFORMATION,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": "cloudflare-budgets/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules, report.path) for finding in findings(report)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, allow_nan=False) + "\n"


def _rule(rule: str) -> dict[str, Any]:
    return {
        "id": f"cloudflare-budget/{rule}",
        "name": "".join(word.title() for word in rule.split("-")),
        "shortDescription": {"text": RULES[rule]},
        "fullDescription": {"text": f"{RULES[rule]}."},
        "help": {"text": _HELP[rule]},
        "defaultConfiguration": {"level": _DEFAULT_LEVELS[rule]},
        "properties": {"tags": ["cost", "budget"]},
    }


def _result(finding: Finding, rules: list[str], path: str) -> dict[str, Any]:
    verdict: Mapping[str, Any] = finding.verdict or {}
    properties = {key: value for key, value in verdict.items() if key in _PLACE_KEYS and value is not None}
    return {
        "ruleId": f"cloudflare-budget/{finding.rule}",
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVEL_OF_OUTCOME.get(finding.outcome, "note"),
        "message": {"text": sarif_text(finding.text)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri_path(path)},
                    "region": {"startLine": finding.line},
                }
            }
        ],
        "partialFingerprints": {"budgetAndGroup/v1": finding.fingerprint},
        "properties": {key: clean(value) if isinstance(value, str) else value for key, value in properties.items()},
    }
