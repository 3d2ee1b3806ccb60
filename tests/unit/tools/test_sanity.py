# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-test says is read as what ran and what failed."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.tests.tools.sanity import EXPECTED, verdict

RAN = "".join(f'Running sanity test "{name}"\n' for name in sorted(EXPECTED))
FAILED = """\
FATAL: The 2 sanity test(s) listed below (out of 8) failed. See error output above for details.
import --python 3.11
pylint
"""


def test_all_passed() -> None:
    assert verdict(RAN, 0).passed == len(EXPECTED)
    assert verdict(RAN, 0).good


def test_failures_are_counted_and_named() -> None:
    result = verdict(RAN + FAILED, 1)
    assert (result.passed, result.failed, result.note) == (len(EXPECTED) - 2, 2, "import, pylint")


def test_a_run_that_skipped_every_target_failed() -> None:
    assert not verdict("WARNING: All targets skipped.\n", 0).good


def test_a_test_without_anything_to_look_at_did_not_run() -> None:
    result = verdict(RAN.replace('"pylint"\n', '"pylint"\nNo tests applicable.\n'), 0)
    assert result.note == "ansible-test did not run pylint"
    assert not result.good


def test_a_bad_end_without_a_list_is_a_failure() -> None:
    assert not verdict(RAN, 1).good
