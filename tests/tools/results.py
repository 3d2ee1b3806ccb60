# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came out of a stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Result:
    """How many tests of a stage passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""

    @property
    def good(self) -> bool:
        """Something ran and nothing failed."""
        return self.failed == 0 and self.passed > 0


def pytest_result(report: Path, status: int) -> Result:
    """Count the tests in pytest's JUnit report; a run that ended badly is a failure whatever was counted."""
    if not report.exists():
        return Result(failed=1, note=f"pytest ended with exit status {status} and no report")
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in suites:
        for name in counts:
            counts[name] += int(suite.get(name, "0"))
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    note = ""
    if status and not failed:
        failed, note = 1, f"pytest ended with exit status {status}"
    elif passed <= 0 and not failed:
        failed, note = 1, "no test ran"
    return Result(passed=passed, failed=failed, skipped=counts["skipped"], note=note)
