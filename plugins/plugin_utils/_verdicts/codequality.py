# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts as a GitLab Code Quality report: one issue for each verdict that is not a pass."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean, repository_path
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.ci_findings import Finding, findings
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport

_SEVERITIES = ("info", "minor", "major", "critical", "blocker")


def budgets_codequality(report: VerdictReport) -> str:
    """Return the JSON text."""
    issues = [_issue(finding, report.path) for finding in findings(report)]
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, path: str) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": f"cloudflare-budget/{finding.rule}",
        "description": clean(finding.text),
        "categories": ["Performance"],
        "fingerprint": finding.fingerprint,
        "severity": _severity(finding),
        "location": {"path": repository_path(path), "lines": {"begin": finding.line}},
    }


def _severity(finding: Finding) -> str:
    """Return the budget's severity where the gate fails, ``minor`` for a warning, ``info`` for what it lets through."""
    if finding.outcome == "fail":
        return finding.severity if finding.severity in _SEVERITIES else "major"
    return "minor" if finding.outcome == "warn" else "info"
