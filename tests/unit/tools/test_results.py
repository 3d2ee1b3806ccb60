# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stage that tested nothing, or ended badly, is never counted as good."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.tests.tools.results import Result, pytest_result

SUITE = '<testsuites><testsuite tests="{0}" failures="{1}" errors="{2}" skipped="{3}"/></testsuites>'


@pytest.mark.parametrize(
    ("counts", "status", "expected"),
    [
        ((5, 0, 0, 0), 0, Result(5, 0, 0)),
        ((5, 1, 1, 1), 1, Result(2, 2, 1)),
        ((5, 0, 0, 0), 1, Result(5, 1, 0, "pytest ended with exit status 1")),
        ((0, 0, 0, 0), 5, Result(0, 1, 0, "pytest ended with exit status 5")),
        ((2, 0, 0, 2), 0, Result(0, 1, 2, "no test ran")),
    ],
)
def test_counts(tmp_path: Path, counts: tuple[int, ...], status: int, expected: Result) -> None:
    report = tmp_path / "report.xml"
    report.write_text(SUITE.format(*counts))
    assert pytest_result(report, status) == expected


def test_no_report_is_a_failure(tmp_path: Path) -> None:
    assert not pytest_result(tmp_path / "none.xml", 0).good


def test_nothing_passed_is_not_good() -> None:
    assert not Result().good
    assert Result(passed=1).good
    assert not Result(passed=1, failed=1).good
