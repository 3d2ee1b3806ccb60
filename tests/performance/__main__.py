# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the module side by side with what people would use instead, with the programs of this environment."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from .cases import ACCOUNTS, CASES, GATE, Case
from .measure import Figures, run
from .report import Results, Run, Section, report, size_name
from .sample import BenchError, Sample, organization, served

PROGRAMS = Path(sys.executable).parent
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ORGANIZATIONS, ACCOUNT_METRICS = (1, 100, 500), 12
GATE_ACCOUNTS, GATE_METRICS = 500, 40
SLOW, RUNS_OF_SLOW = 20.0, 3  # a case that takes more seconds gets no more runs than this at that size
VERY_SLOW = 120.0  # and one that takes more than this gets only one
TIMEOUT = 1800.0


class Bench:
    """One run of everything: the rounds of each size, one case after the other in each round."""

    def __init__(self, folder: Path, cases: list[Case], runs: int) -> None:
        self._folder = folder
        self._cases = cases
        self._runs = runs
        self._warm: set[str] = set()
        self.results: list[Run] = []

    def size(self, records: int) -> None:
        """Measure all cases at one size, in turn."""
        cases = [case for case in self._cases if case in CASES and records <= case.largest]
        if not cases:
            return
        say(f"{size_name(records)} records: preparing them and their totals")
        with served(records, self._folder) as sample:
            totals = sample.totals()
            if any(case.name == "list" for case in cases):
                sample.write_records()
            self._rounds(cases, sample, totals)

    def organization(self, among: tuple[Case, ...], accounts: int, metrics: int) -> None:
        """Measure some of the cases of many accounts at one size, in turn."""
        cases = [case for case in self._cases if case in among and accounts <= case.largest]
        if not cases:
            return
        say(f"{accounts} accounts of {metrics} metrics: preparing them and their totals")
        with organization(accounts, metrics, self._folder) as sample:
            self._rounds(cases, sample, sample.totals())

    def _rounds(self, cases: list[Case], sample: Sample, totals: dict[str, float]) -> None:
        for number in range(self._runs):
            for case in cases:
                if number < self._most_runs(case, sample.size):
                    self._measure(case, sample, totals, number)

    def _most_runs(self, case: Case, size: int) -> int:
        walls = [run.figures.wall for run in self.results if (run.case, run.size) == (case.name, size)]
        last = walls[-1] if walls else 0.0
        return 1 if last > VERY_SLOW else RUNS_OF_SLOW if last > SLOW else self._runs

    def _measure(self, case: Case, sample: Sample, totals: dict[str, float], number: int) -> None:
        if case.name not in self._warm:  # Python compiles what it imports for the first time
            self._warm.add(case.name)
            self._run(case, sample, totals)
        figures, right = self._run(case, sample, totals)
        self.results.append(Run(case.name, sample.size, number, figures, right))
        verdict = "" if right is not False and figures.status == 0 else f"  FAILED or wrong, status {figures.status}"
        say(f"{size_name(sample.size):>6}  round {number + 1}  {case.name:21} {figures.wall:8.2f} s{verdict}")

    def _run(self, case: Case, sample: Sample, totals: dict[str, float]) -> tuple[Figures, bool | None]:
        (self._folder / "answer.json").unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as own:  # no run waits for the rate limit of another
            return self._run_in(own, case, sample, totals)

    def _run_in(self, own: str, case: Case, sample: Sample, totals: dict[str, float]) -> tuple[Figures, bool | None]:
        answer_path, output_path = self._folder / "answer.json", self._folder / "output"
        variables = {
            **os.environ,
            "BENCH_ANSWER": str(answer_path),
            "TMPDIR": own,
            **sample.variables(),
            **case.environment,
        }
        with output_path.open("w", encoding="utf-8") as output:
            figures = run(case.command(PROGRAMS, sample), variables, self._folder, output, TIMEOUT)
        if figures.status:
            sys.stderr.write(output_path.read_text(encoding="utf-8", errors="replace")[-4000:])
        if not case.answers:
            return figures, None
        return figures, is_right(answer_path if case.is_playbook else output_path, totals, case.is_playbook)


def is_right(path: Path, totals: dict[str, float], by_source: bool) -> bool:
    """Compare an answer with the exact totals; clients that add floats are off in the last digits."""
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    found = list(answer.values()) if by_source else [answer]
    return bool(found) and all(
        each.keys() == totals.keys() and all(math.isclose(each[key], totals[key], rel_tol=1e-9) for key in totals)
        for each in found
    )


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


def about(runs: int) -> str:
    """Return where and how it was measured."""
    python, core, sdk = platform.python_version(), version("ansible-core"), version("cloudflare")
    return (
        f"Python {python}, ansible-core {core}, SDK {sdk}, {os.cpu_count()} processors, {platform.system()}."
        f" Up to {runs} rounds, all cases in turn in each; times are medians, ratios of times are medians of the"
        " ratios within a round, memory is the highest peak. Compare ratios, not seconds."
    )


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    names = [case.name for case in (*CASES, *ACCOUNTS, *GATE)]
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    add = parser.add_argument
    add("--sizes", type=_numbers, help=f"numbers of records (default: {','.join(map(str, SIZES))})")
    add("--runs", type=int, help="rounds at each size (default: 5)")
    add("--only", type=lambda text: text.split(","), default=names, help=f"some of {','.join(names)}")
    add("--accounts", type=_numbers, help=f"numbers of accounts (default: {','.join(map(str, ORGANIZATIONS))})")
    add("--organization", type=int, help=f"accounts of the gate with a report (default: {GATE_ACCOUNTS})")
    add("--quick", action="store_true", help="2 rounds with little: 10 k records, 10 accounts, a gate of 50 accounts")
    add("--output", type=Path, metavar="FILE", help="also write the report to this file")
    asked = parser.parse_args(arguments)
    asked.sizes = asked.sizes or (SIZES[:2] if asked.quick else SIZES)
    asked.runs = asked.runs or (2 if asked.quick else 5)
    asked.accounts = asked.accounts or ((1, 10) if asked.quick else ORGANIZATIONS)
    asked.organization = asked.organization or (50 if asked.quick else GATE_ACCOUNTS)
    unknown = sorted(set(asked.only) - set(names))
    if unknown:
        parser.error(f"there is no case {', '.join(unknown)}")
    return asked


def _sections(cases: list[Case], asked: argparse.Namespace) -> Iterator[Section]:
    def section(title: str, among: tuple[Case, ...], size: int) -> Section:
        return Section(title, {case.name: case.title for case in cases if case in among}, size, among[0].name)

    for records in asked.sizes:
        yield section(f"{size_name(records)} records", CASES, records)
    for accounts in asked.accounts:
        yield section(f"{accounts} accounts of {ACCOUNT_METRICS} metrics", ACCOUNTS, accounts)
    yield section(
        f"Gate and report of {asked.organization} accounts of {GATE_METRICS} metrics", GATE, asked.organization
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def available(only: list[str]) -> Iterator[Case]:
    """Yield the cases that were asked for and whose programs are there."""
    for case in (*CASES, *ACCOUNTS, *GATE):
        missing = [program for program in case.programs if not shutil.which(program)]
        if case.name in only and missing:
            say(f"{case.name} is left out: {', '.join(missing)} is not installed")
        elif case.name in only:
            yield case


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one must not keep the report from being written
    raise KeyboardInterrupt


def main() -> int:
    """Measure, print the report and write it to the file."""
    asked = parse()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    results: list[Run] = []
    cases = list(available(asked.only))
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            bench = Bench(Path(folder), cases, asked.runs)
            results = bench.results
            with contextlib.suppress(KeyboardInterrupt):  # what was measured so far is still worth a report
                for records in asked.sizes:
                    bench.size(records)
                for accounts in asked.accounts:
                    bench.organization(ACCOUNTS, accounts, ACCOUNT_METRICS)
                bench.organization(GATE, asked.organization, GATE_METRICS)
    except BenchError as error:
        say(f"The benchmarks could not run: {error}")
        return 1
    text = report(Results(results), list(_sections(cases, asked)), about(asked.runs))
    print(text, end="")
    if asked.output:
        asked.output.write_text(text, encoding="utf-8")
    return 0 if all(run.good for run in results) else 1


if __name__ == "__main__":
    sys.exit(main())
