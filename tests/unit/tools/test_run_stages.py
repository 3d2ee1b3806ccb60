# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner starts what can start, and nothing that was not run counts as passed."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import pytest

from ansible_collections.finops.cloudflare.tests.tools import run_stages
from ansible_collections.finops.cloudflare.tests.tools.commands import StageError
from ansible_collections.finops.cloudflare.tests.tools.environments import ANSIBLE
from ansible_collections.finops.cloudflare.tests.tools.results import Result
from ansible_collections.finops.cloudflare.tests.tools.run_stages import Ended, Job, jobs_for, run_all, summary
from ansible_collections.finops.cloudflare.tests.tools.stages import Stage, Workplace


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    monkeypatch.setattr(run_stages, "LOGS", tmp_path)
    return Workplace(tmp_path, tmp_path)


def good(place: Workplace, log: TextIO) -> Result:
    return Result(passed=3)


def bad(place: Workplace, log: TextIO) -> Result:
    raise StageError("the reason")


def broken(place: Workplace, log: TextIO) -> Result:
    raise ValueError("a bug")


def job(name: str, function: object = good, needs: tuple[str, ...] = ()) -> Job:
    assert callable(function)
    return Job(name, needs, Stage(name, function, ANSIBLE))


def test_a_stage_brings_its_needs_and_its_environment() -> None:
    names = [each.name for each in jobs_for(["integration"])]
    assert names == ["environment-unit", "artifact", "integration"]


def test_needs_come_first_and_failures_do_not_stop_the_rest(
    place: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = [job("last", needs=("first",)), job("first"), job("bad", bad), job("after", needs=("bad",))]
    outcomes = {each.name: each.result for each in run_all(jobs, place, 2, show=False)}
    assert outcomes["last"].passed == 3
    assert outcomes["bad"] == Result(failed=1, note="the reason")
    assert outcomes["after"] == Result(failed=1, note="not run: bad failed")
    assert "the reason" in capsys.readouterr().out


def test_a_stage_that_breaks_has_failed(place: Workplace) -> None:
    assert [each.result for each in run_all([job("broken", broken)], place, 1, show=False)] == [
        Result(failed=1, note="ValueError: a bug")
    ]


def test_the_summary_ends_with_the_sum() -> None:
    outcomes = [
        Ended("environment-unit", Result(), 1.0, counted=False),
        Ended("unit", Result(40, 0, 0), 2.0, counted=True),
        Ended("lint", Result(0, 1, 0), 3.0, counted=True),
    ]
    assert summary(outcomes).splitlines()[-1] == "40 passed, 1 failed"
    assert "skipped" not in summary(outcomes)
    skipped = Ended("some", Result(1, 0, 2), 1.0, counted=True)
    assert summary([skipped]).splitlines()[-1] == "1 passed, 0 failed, 2 skipped"
