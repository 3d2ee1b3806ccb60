# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts as JUnit XML: one case per budget and group.

fail is a failure; unknown is an error of type ``unknown``. A verdict that the budget's ``on_unknown`` or
``on_no_match`` lets through (its outcome is not fail) is skipped with its message: not red, and never green. warn
passes, with the warning in the output of the case. No verdicts at all is an error.
"""

from __future__ import annotations

from xml.etree import ElementTree

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    Verdict,
    label,
    no_verdicts,
)

_TITLE_LIMIT = 300


def budgets_junit(report: VerdictReport) -> str:
    """Return the XML document."""
    root = ElementTree.Element("testsuites", name=clean(report.title))
    element = ElementTree.SubElement(root, "testsuite", name=clean(report.title))
    counts = {"failure": 0, "error": 0, "skipped": 0}
    if report.verdicts:
        results = [_case(element, verdict) for verdict in report.verdicts]
    else:
        empty = ElementTree.SubElement(element, "testcase", classname="budgets", name="any budget", time="0")
        problems = [clean(problem) for problem in no_verdicts(report.problem)]
        ElementTree.SubElement(empty, "error", type="unknown", message=problems[0]).text = "\n".join(problems)
        results = ["error"]
    for result in results:
        if result in counts:
            counts[result] += 1
    totals = {"tests": len(results), "failures": counts["failure"], "errors": counts["error"]}
    for name, value in totals.items():
        root.set(name, str(value))
        element.set(name, str(value))
    element.set("skipped", str(counts["skipped"]))
    element.set("time", "0")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False, short_empty_elements=True).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _case(suite: ElementTree.Element, verdict: Verdict) -> str:
    classname = f"budgets.{verdict.get('on') or 'actual'}"
    case = ElementTree.SubElement(
        suite, "testcase", classname=clean(classname), name=clean(label(verdict), _TITLE_LIMIT), time="0"
    )
    message = clean(verdict["message"])
    kind = result_of(verdict)
    if kind in {"failure", "error"}:
        codes = ", ".join(clean(code) for code in verdict.get("reasons") or [])
        detail = ElementTree.SubElement(
            case, kind, type="over_limit" if kind == "failure" else "unknown", message=message
        )
        detail.text = f"{message} [{codes}]" if codes else message
    elif kind == "skipped":
        ElementTree.SubElement(case, "skipped", message=f"{clean(verdict['status'])}: {message}")
    elif verdict["status"] == "warn":
        ElementTree.SubElement(case, "system-out").text = f"WARNING: {message}"
    return kind


def result_of(verdict: Verdict) -> str:
    """Return ``passed``, ``failure``, ``error`` or ``skipped``."""
    if verdict["status"] == "unknown":
        return "error" if verdict["outcome"] == "fail" else "skipped"
    return "failure" if verdict["outcome"] == "fail" else "passed"
