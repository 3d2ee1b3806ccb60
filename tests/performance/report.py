# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runs say: medians, ratios between runs of the same round, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from .measure import Figures


@dataclass(frozen=True)
class Run:
    """One run of a case with so many records, or accounts; ``right`` is None where there is no answer to check."""

    case: str
    size: int
    round: int
    figures: Figures
    right: bool | None

    @property
    def good(self) -> bool:
        """Tell whether it ended well and came to the right totals."""
        return self.figures.status == 0 and self.right is not False


class Results:
    """All runs, with the questions that a report asks."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.runs = list(runs)
        self._good = [run for run in self.runs if run.good]

    def sizes(self, case: str) -> list[int]:
        """Return the sizes at which a case was run."""
        return sorted({run.size for run in self._good if run.case == case})

    def of(self, case: str, records: int) -> dict[int, Figures]:
        """Return the figures of a case by round."""
        return {run.round: run.figures for run in self._good if (run.case, run.size) == (case, records)}

    def middle(self, case: str, records: int, value: Callable[[Figures], float]) -> float | None:
        """Return the median of a figure."""
        values = [value(figures) for figures in self.of(case, records).values()]
        return median(values) if values else None

    def ratio(self, case: str, other: str, records: int, value: Callable[[Figures], float]) -> float | None:
        """Return the median of the ratios within each round: a machine that drifts slows both down."""
        above, below = self.of(case, records), self.of(other, records)
        ratios = [value(above[each]) / value(below[each]) for each in above.keys() & below.keys()]
        return median(ratios) if ratios else None

    def ratio_of_fastest(self, case: str, other: str, records: int) -> float | None:
        """Return the ratio of the fastest runs: other work on the machine can only add to a time."""
        times = [[wall(figures) for figures in self.of(each, records).values()] for each in (case, other)]
        return min(times[0]) / min(times[1]) if all(times) else None

    def peak(self, case: str, records: int, value: Callable[[Figures], float | None]) -> float | None:
        """Return the largest that a figure ever was."""
        values = [value(figures) for figures in self.of(case, records).values()]
        return max((each for each in values if each is not None), default=None)


COLUMNS = ("case", "CPU ÷ first", "wall s", "CPU s", "largest MB", "controller MB", "module MB", "runs", "answer")


def wall(figures: Figures) -> float:
    return figures.wall


def cpu(figures: Figures) -> float:
    return figures.cpu


@dataclass(frozen=True)
class Target:
    """What a figure has to be at most, or at least."""

    text: str
    bound: float
    measured: Callable[[Results], float | None]
    others: tuple[Callable[[Results], float | None], ...] = (lambda _results: None, lambda _results: None)
    at_least: bool = False
    unit: str = "x"

    def line(self, results: Results) -> str:
        """Return the row of the table."""
        value = self.measured(results)
        sign = "≥" if self.at_least else "≤"
        met = value is not None and (value >= self.bound if self.at_least else value <= self.bound)
        verdict = "not measured" if value is None else "met" if met else "**not met**"
        others = (self._show(measured(results)) for measured in self.others)
        return _row(self.text, f"{sign} {self.bound:g} {self.unit}", self._show(value), *others, verdict)

    def _show(self, value: float | None) -> str:
        return "-" if value is None else f"{value:.{2 if self.unit == 'x' else 0}f} {self.unit}"


def _ratio_target(text: str, case: str, other: str, records: int, bound: float, *, at_least: bool = False) -> Target:
    """Return a target of CPU time, which other work on the machine changes least."""
    return Target(
        text,
        bound,
        lambda results: results.ratio(case, other, records, cpu),
        (
            lambda results: results.ratio(case, other, records, wall),
            lambda results: results.ratio_of_fastest(case, other, records),
        ),
        at_least=at_least,
    )


def _controller_growth(results: Results) -> float | None:
    small, large = (results.peak("ours", size, lambda figures: figures.controller_mb) for size in (1_000, 1_000_000))
    return None if small is None or large is None else large - small


def _largest(
    case: str, least: int, figure: Callable[[Results, int], float | None]
) -> Callable[[Results], float | None]:
    """Return what measures a figure at the largest size of a case, which is meant from the ``least`` size on."""

    def measured(results: Results) -> float | None:
        sizes = [size for size in results.sizes(case) if size >= least]
        return figure(results, sizes[-1]) if sizes else None

    return measured


def _least_cpu(results: Results, case: str, size: int) -> float | None:
    return min((figures.cpu for figures in results.of(case, size).values()), default=None)


def _gate_ratio(results: Results, size: int) -> float | None:
    """Return the CPU time of the gate by that of its parts, each of the best run."""
    gate, module, filters = (_least_cpu(results, case, size) for case in ("gate", "module", "filters"))
    return None if gate is None or module is None or filters is None else gate / (module + filters)


def _peak_target(text: str, case: str, bound: float) -> Target:
    peak = _largest(case, 500, lambda results, size: results.peak(case, size, lambda figures: figures.largest_mb))
    return Target(text, bound, peak, unit="MB")


def _hosts_ratio(results: Results, size: int) -> float | None:
    return results.ratio("accounts_hosts", "accounts_list", size, cpu)


TARGETS = (
    _ratio_target("1 k records: ours ÷ an empty module", "ours", "empty", 1_000, 1.25),
    _ratio_target("10 k records: ours ÷ an empty module", "ours", "empty", 10_000, 1.25),
    _ratio_target("100 k records: ours ÷ an empty module", "ours", "empty", 100_000, 1.5),
    _ratio_target("100 k records: a bill (`paygo`) ÷ ours", "paygo", "ours", 100_000, 1.3),
    _ratio_target("100 k records: `uri` and `groupby` ÷ ours", "uri", "ours", 100_000, 13, at_least=True),
    _ratio_target("100 k records: the SDK's script ÷ ours", "sdk", "ours", 100_000, 7, at_least=True),
    Target(
        "1 M records in one window: peak of the module",
        150,
        lambda results: results.peak("ours", 1_000_000, lambda figures: figures.module_mb),
        unit="MB",
    ),
    Target("1 M records: peak of the controller, more than at 1 k", 20, _controller_growth, unit="MB"),
    _ratio_target(
        "10 k records returned: ours ÷ an empty module that returns them", "ours_records", "list", 10_000, 1.1
    ),
    Target(
        "100 accounts or more: CPU time as hosts ÷ as a list",
        10,
        _largest("accounts_hosts", 100, _hosts_ratio),
        at_least=True,
    ),
    Target(
        "500 accounts: CPU time of a gate and report ÷ the module and the filters alone",
        3,
        _largest("gate", 500, _gate_ratio),
    ),
    _peak_target("500 accounts: peak of a gate and report", "gate", 400),
    _peak_target("500 accounts of an organization: peak of the module by metric", "by_metric", 60),
    _peak_target("500 accounts in a list: peak of the module by metric", "list_by_metric", 60),
)


@dataclass(frozen=True)
class Section:
    """A table of cases, by name, at one size; the first column of figures is by those of the ``floor``."""

    title: str
    cases: dict[str, str]
    size: int
    floor: str = "empty"


def report(results: Results, sections: Iterable[Section], about: str) -> str:
    """Return the whole report as Markdown."""
    parts = ["# Benchmarks", "", about, "", "## Targets", ""]
    parts += _table("what", "target", "measured", "by the clock", "fastest runs", "")
    parts += [target.line(results) for target in TARGETS]
    for section in sections:
        if section.cases:
            parts += ["", f"## {section.title}", "", *_table(*COLUMNS)]
            parts += [_case_line(results, case, title, section) for case, title in section.cases.items()]
    return "\n".join(parts) + "\n"


def size_name(records: int) -> str:
    """Return a number of records as people say it."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if records >= unit and records % unit == 0:
            return f"{records // unit} {name}"
    return str(records)


def _case_line(results: Results, case: str, title: str, section: Section) -> str:
    records = section.size
    runs = [run for run in results.runs if (run.case, run.size) == (case, records)]
    if not runs:
        return _row(title, *["-"] * (len(COLUMNS) - 2), "not run")
    return _row(
        title,
        _number(results.ratio(case, section.floor, records, cpu), 2),
        _number(results.middle(case, records, wall), 2),
        _number(results.middle(case, records, cpu), 2),
        _number(results.peak(case, records, lambda figures: figures.largest_mb), 0),
        _number(results.peak(case, records, lambda figures: figures.controller_mb), 0),
        _number(results.peak(case, records, lambda figures: figures.module_mb), 0),
        str(len(runs)),
        _outcome(runs),
    )


def _outcome(runs: list[Run]) -> str:
    bad = sum(not run.good for run in runs)
    if bad:
        return f"**{bad} failed or wrong**"
    return "right" if all(run.right for run in runs) else "-"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _table(*names: str) -> list[str]:
    return [_row(*names), _row("---", *["--:"] * (len(names) - 2), "---")]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
