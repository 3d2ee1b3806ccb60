# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the stages of `make test`, side by side where they do not need each other, and sum up what came out."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from .commands import CACHE, StageError, end_all
from .environments import Environment
from .results import Result
from .sources import copy, link
from .stages import STAGES, Stage, Workplace

LOGS = CACHE / "logs"


@dataclass(frozen=True)
class Ended:
    """A job that is over."""

    name: str
    result: Result
    seconds: float
    counted: bool  # an environment is no test, unless it could not be made

    @property
    def good(self) -> bool:
        """Nothing speaks against starting what needs this."""
        return self.result.good if self.counted else self.result.failed == 0


@dataclass(frozen=True)
class Job:
    """A stage, or the environment that stages share."""

    name: str
    needs: tuple[str, ...]
    stage: Stage | None = None
    environment: Environment | None = None

    def work(self, place: Workplace) -> Ended:
        """Do it with a log of its own."""
        start = time.monotonic()
        with (LOGS / f"{self.name}.log").open("w+", encoding="utf-8", errors="replace") as log:
            try:
                result = self._do(place, log)
            except StageError as error:
                result = Result(failed=1, note=str(error))
        return Ended(self.name, result, time.monotonic() - start, self.stage is not None)

    def _do(self, place: Workplace, log: TextIO) -> Result:
        if self.stage is not None:
            return self.stage.run(place, log)
        if self.environment is not None:
            self.environment.make(log)
        return Result()


def jobs_for(names: Iterable[str]) -> list[Job]:
    """List the named stages and all they need."""
    wanted = set(names)
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted.update(stage.needs)
    stages = [stage for stage in STAGES if stage.name in wanted]
    jobs: dict[str, Job] = {}
    for stage in stages:
        # An environment just before its first stage: what is long starts before the next environment is made.
        made = Job(f"environment-{stage.environment.name}", (), environment=stage.environment)
        jobs.setdefault(made.name, made)
        jobs[stage.name] = Job(stage.name, (made.name, *stage.needs), stage)
    return list(jobs.values())


def run_all(jobs: list[Job], place: Workplace, workers: int, show: bool) -> list[Ended]:
    """Start each job once what it needs is over; those that need a failed one are not started and count as failed."""
    waiting = list(jobs)
    ended: dict[str, Ended] = {}
    running: dict[Future[Ended], Job] = {}
    with ThreadPoolExecutor(workers) as pool:
        while waiting or running:
            for job in list(waiting):
                failed = [need for need in job.needs if need in ended and not ended[need].good]
                if failed:
                    waiting.remove(job)
                    ended[job.name] = Ended(job.name, Result(failed=1, note=f"not run: {failed[0]} failed"), 0.0, True)
                elif len(running) < workers and all(need in ended for need in job.needs):
                    waiting.remove(job)
                    running[pool.submit(job.work, place)] = job
            over = wait(running, return_when=FIRST_COMPLETED).done if running else ()
            for future in over:
                outcome = outcome_of(running.pop(future), future)
                ended[outcome.name] = outcome
                report(outcome, show)
    return [ended[job.name] for job in jobs]


def outcome_of(job: Job, future: Future[Ended]) -> Ended:
    """Return how a job ended; one that broke has failed, and the others still run."""
    error = future.exception()
    if error is None:
        return future.result()
    return Ended(job.name, Result(failed=1, note=f"{type(error).__name__}: {error}"), 0.0, True)


def report(outcome: Ended, show: bool) -> None:
    """Say that a job is over, with its log where it failed."""
    if not outcome.good or (show and outcome.counted):
        print(f"----- {outcome.name}", flush=True)
        print((LOGS / f"{outcome.name}.log").read_text(encoding="utf-8", errors="replace").rstrip(), flush=True)
        print(f"----- {outcome.name}", flush=True)
    print(line_of(outcome), flush=True)


def line_of(outcome: Ended) -> str:
    """Return the summary's line of a job."""
    counts = f"{outcome.result.passed} passed, {outcome.result.failed} failed" if outcome.counted else ""
    word = "ok" if outcome.good else "FAILED"
    parts = (f"{outcome.name:<20} {word:<7} {outcome.seconds:6.1f} s", counts, outcome.result.note)
    return "  ".join(part for part in parts if part)


def summary(outcomes: list[Ended]) -> str:
    """Return one line for each job and the sum of all counts."""
    passed, failed, skipped = (
        sum(getattr(each.result, name) for each in outcomes) for name in ("passed", "failed", "skipped")
    )
    total = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    return "\n".join(["", "Summary", *(line_of(each) for each in outcomes), total])


def _stop(number: int, frame: FrameType | None) -> None:
    print(f"Stopped by signal {number}.", file=sys.stderr, flush=True)
    end_all()


def main() -> int:
    """Run what the command line names, or everything."""
    names = [stage.name for stage in STAGES]
    parser = argparse.ArgumentParser(prog="python3 -m tests.tools.run_stages", description=__doc__)
    parser.add_argument("stage", nargs="*", metavar="STAGE", help=f"{', '.join(names)}; all of them if none is named")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 2, 4), help="how many run side by side")
    parser.add_argument("--pytest", default="", metavar="ARGUMENTS", help="arguments for pytest, such as '-k period'")
    asked = parser.parse_args()
    unknown = sorted(set(asked.stage) - set(names))
    if unknown:
        parser.error(f"there is no stage {', '.join(unknown)}; there are {', '.join(names)}")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as folder:
        with (LOGS / "copy.log").open("w+") as log:
            tree = copy(log, Path(folder) / "source")
        link()
        jobs = jobs_for(asked.stage or names)
        place = Workplace(Path(folder), tree, shlex.split(asked.pytest))
        outcomes = run_all(jobs, place, max(asked.jobs, 1), show=len(asked.stage) == 1)
    print(f"{summary(outcomes)}", flush=True)
    return 0 if all(outcome.good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
