# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JUnit as a real consumer reads it: red is red, and green is never false."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.junit import budgets_junit
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import label
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    make_verdict,
)


def _read(text: str) -> tuple[TestSuite, list[TestCase]]:
    document = JUnitXml.fromstring(text.encode())
    (suite,) = list(document)
    cases = list(suite)
    written = (suite.tests, suite.failures, suite.errors, suite.skipped)
    count: Any = suite.update_statistics  # carries no types
    count()
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == written
    assert (document.tests, document.failures, document.errors) == written[:3]
    return suite, cases


@pytest.mark.parametrize(
    ("status", "outcome", "kind"),
    [
        ("pass", "pass", None),
        ("warn", "warn", None),
        ("warn", "fail", Failure),
        ("fail", "fail", Failure),
        ("fail", "pass", Failure),
        ("unknown", "fail", Error),
        ("unknown", "warn", Skipped),
        ("unknown", "pass", Skipped),
    ],
)
def test_junit_status_and_outcome(status: str, outcome: str, kind: Any) -> None:
    _suite, (case,) = _read(budgets_junit(VerdictReport([make_verdict("b", status, outcome=outcome)])))
    assert [type(result) for result in case.result] == ([kind] if kind else [])


def test_junit_the_case_says_what_happened() -> None:
    group = {"dimension": "zone", "id": "z1", "name": "example.com"}
    verdicts = [make_verdict("b", "fail", group=group, message="Over."), make_verdict("c", "warn", message="Near.")]
    _suite, (failed, warned) = _read(budgets_junit(VerdictReport(verdicts)))
    assert (failed.name, failed.classname) == ("b [example.com]", "budgets.actual")
    assert (failed.result[0].type, failed.result[0].message) == ("over_limit", "Over.")
    assert failed.result[0].text == "Over. [over_limit]"
    assert warned.system_out == "WARNING: Near."


def test_junit_an_error_without_codes_is_its_message() -> None:
    _suite, (case,) = _read(budgets_junit(VerdictReport([make_verdict("b", "unknown", reasons=[], message="Why.")])))
    assert (case.result[0].type, case.result[0].text) == ("unknown", "Why.")


def test_junit_no_verdicts_are_an_error() -> None:
    suite, (case,) = _read(budgets_junit(VerdictReport([], title="Nightly")))
    assert suite.name == "Nightly"
    assert isinstance(case.result[0], Error)
    assert case.result[0].message.startswith("No budget was checked")


def test_junit_problems_begin_with_their_file_each_on_a_line() -> None:
    problems = ["budgets.yml: budget 'a', limit: no", "budgets.yml: budget 'b', unit: no"]
    _suite, (case,) = _read(budgets_junit(VerdictReport([], problem="\n".join(problems))))
    assert (case.result[0].message, case.result[0].text.splitlines()) == (problems[0], problems)


def test_junit_hostile_text_is_text() -> None:
    verdicts = [
        make_verdict(name, status, message=name, reasons=[name], outcome=outcome)
        for name in HOSTILE
        for status, outcome in (("fail", "fail"), ("unknown", "pass"), ("warn", "warn"))
    ]
    text = budgets_junit(VerdictReport(verdicts, title="\x1b<suite>]]>"))
    _suite, cases = _read(text)
    assert [case.name for case in cases] == [label(verdict) for verdict in verdicts]
    known = {"testsuites", "testsuite", "testcase", "failure", "skipped", "system-out"}
    assert {element.tag for element in ElementTree.fromstring(text).iter()} == known
    assert not [char for char in text if ord(char) < 32 and char != "\n"]
