# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/doubts.md says what the rules are: its tables are the tables that the tests hold the rules against."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._usage.doubts.test_rating import ZEROS
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._usage.doubts.test_silence import (
    GAPS,
    SILENCE,
)

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "doubts.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, str]:
    """Return the first two columns of the table whose heading begins like this."""
    (found,) = re.findall(rf"^\| {re.escape(heading)}[^\n]*\n\|[-|: ]+\|\n((?:\|[^\n]*\n)+)", PAGE, re.MULTILINE)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()]
    return {row[0]: row[1] for row in cells}


@pytest.mark.parametrize(
    ("heading", "cases"),
    [
        ("days with rows in May 2025", {case: doubt for case, (_days, doubt) in SILENCE.items()}),
        ("days without rows of a metric", {case: doubt for case, (_days, _kind, doubt) in GAPS.items()}),
    ],
)
def test_doubts_page_has_every_case_of_the_tests(heading: str, cases: dict[str, bool]) -> None:
    assert table(heading) == {case: "yes" if doubt else "no" for case, doubt in cases.items()}


def test_doubts_page_says_which_costs_are_rated() -> None:
    days = {case: through for case, (_rows, through) in ZEROS.items()}
    expected = {case: "no day" if through is None else f"{int(through[-2:])} May" for case, through in days.items()}
    assert table("use on 1 to 20 May") == expected


def test_doubts_page_lists_every_reason() -> None:
    files = [
        *(ROOT / "plugins" / "module_utils" / "_usage").rglob("*.py"),
        ROOT / "plugins" / "plugin_utils" / "_facts" / "merge.py",
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    codes = set(re.findall(r'(?:\breason\(\s*|"code": |_own\()"([a-z_]+)"', text))
    codes |= set(re.findall(r'"(period_[a-z_]+)"', text)) | {"source_empty"}
    listed = {code for cell in table("code | doubt") for code in re.findall("`([a-z_]+)`", cell)}
    assert len(codes) > 20
    assert codes <= listed
