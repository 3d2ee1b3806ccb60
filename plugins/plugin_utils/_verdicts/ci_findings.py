# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the CI forms of verdicts share: which verdicts are findings, how bad, and where in the budget file.

A green result must never be false: whatever is not a plain pass is a finding, and no verdicts at all is one as well.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import yaml

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    DEFAULT_SEVERITY,
    Verdict,
    label,
    no_verdicts,
)

OVER_LIMIT = "over-limit"
NEAR_LIMIT = "near-limit"
NOT_KNOWN = "not-known"

RULES = {
    OVER_LIMIT: "A budget is over its limit",
    NEAR_LIMIT: "A budget is close to its limit",
    NOT_KNOWN: "It is not known whether a budget is met",
}
_LINE = re.compile(r"(.+?), line ([0-9]{1,7}): ")
_NAME = re.compile(r": budget '([^']*)'")
_RULE_OF_STATUS = {"fail": OVER_LIMIT, "warn": NEAR_LIMIT, "unknown": NOT_KNOWN}


@dataclass(frozen=True)
class Finding:
    """One verdict that is not a pass, or a thing for which there is none."""

    rule: str
    title: str
    message: str
    outcome: str
    severity: str
    fingerprint: str
    line: int
    verdict: Verdict | None

    @property
    def text(self) -> str:
        """What people read: a problem of a file begins with that file."""
        return f"{self.title}: {self.message}" if self.verdict else self.message


def findings(report: VerdictReport) -> list[Finding]:
    """Return the verdicts that are not a pass, in order, each with a fingerprint that stays the same between runs."""
    lines = budget_lines(report.text)
    if not report.verdicts:
        return [_of_problem(problem, report.path, lines) for problem in dict.fromkeys(no_verdicts(report.problem))]
    found: list[Finding] = []
    seen: dict[tuple[str, str], int] = {}
    for verdict in report.verdicts:
        if verdict["status"] == "pass":
            continue
        rule = _RULE_OF_STATUS[verdict["status"]]
        group: Mapping[str, Any] = verdict.get("group") or {}
        identity = repr([verdict["name"], group.get("dimension"), group.get("id")])
        seen[(rule, identity)] = copy = seen.get((rule, identity), -1) + 1
        found.append(
            Finding(
                rule=rule,
                title=label(verdict),
                message=str(verdict["message"]),
                outcome=verdict["outcome"],
                severity=verdict.get("severity") or DEFAULT_SEVERITY,
                fingerprint=_fingerprint(rule, identity, copy),
                line=lines.get(str(verdict["name"]), 1),
                verdict=verdict,
            )
        )
    return found


def _of_problem(problem: str, path: str, lines: Mapping[str, int]) -> Finding:
    """Return a thing for which there is no verdict, at the line that it names, or at that of the budget it names."""
    line, name = _LINE.match(problem), _NAME.search(problem)
    place = lines.get(name[1], 1) if name else 1
    if line and PurePath(line[1]).name == PurePath(path).name:
        place = int(line[2])
    mark = _fingerprint(NOT_KNOWN, problem, 0)
    return Finding(NOT_KNOWN, "budgets", problem, "fail", DEFAULT_SEVERITY, mark, place, None)


def _fingerprint(rule: str, identity: str, copy: int) -> str:
    return hashlib.sha256(repr([rule, identity, copy]).encode()).hexdigest()


def budget_lines(text: str | None) -> dict[str, int]:
    """Return the line where each named budget of a YAML or JSON file starts; a file that can't be read has none."""
    if not text:
        return {}
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return {}
    lines: dict[str, int] = {}
    for name, line in _named_items(root):
        lines.setdefault(name, line)
    return lines


def _named_items(root: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Walk the nodes in the order of the file, each once: aliases must not multiply the work."""
    waiting = [root] if root is not None else []
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == "name" and isinstance(value, yaml.ScalarNode):
                    yield value.value, node.start_mark.line + 1
            waiting.extend(value for _key, value in reversed(node.value))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))
