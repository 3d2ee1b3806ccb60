# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of `make test`: what each needs and what it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from . import artifact as artifacts
from . import changelog
from .commands import MINUTES, ROOT, StageError, attempt, end_programs_from, run
from .environments import ANSIBLE, FLOOR, LINT, UNIT, Environment
from .results import Result, pytest_result
from .sanity import sanity
from .sources import COLLECTION, LINKED, copy

BRANCHES_COVERED = 95


@dataclass
class Workplace:
    """Where one run of the stages works."""

    folder: Path  # thrown away at the end
    tree: Path  # a copy of the checkout, a git repository of its own
    arguments: list[str] = field(default_factory=list)  # for pytest, from the command line

    @property
    def collections(self) -> Path:
        """The collections folder that holds the copy."""
        return self.tree.parents[2]

    @property
    def installed(self) -> Path:
        """The collections folder that holds nothing but the installed artifact."""
        return self.folder / "installed"

    @property
    def artifact(self) -> Path:
        """The artifact, once the stage of that name has built it."""
        return next((self.folder / "dist").glob("*.tar.gz"))


@dataclass(frozen=True)
class Stage:
    """One line of the summary."""

    name: str
    run: Callable[[Workplace, TextIO], Result]
    environment: Environment
    needs: tuple[str, ...] = ()


def _ruff(place: Workplace, log: TextIO) -> Result:
    checked = attempt(log, LINT.program("ruff"), "check")
    formatted = attempt(log, LINT.program("ruff"), "format", "--diff")
    return _outcome(checked, formatted)


def _mypy(place: Workplace, log: TextIO) -> Result:
    # From the folder of links, so that a file has one module name: the one by which others import it.
    # Without its cache, which misses new files in folders without __init__.py.
    settings = ("--config-file", ROOT / "pyproject.toml", "--cache-dir", "/dev/null")
    paths = [COLLECTION / name for name in ("plugins", "playbooks", "tests")]
    return _outcome(attempt(log, LINT.program("mypy"), *settings, *paths, env=LINT.variables(), cwd=LINKED))


def _yamllint(place: Workplace, log: TextIO) -> Result:
    return _outcome(attempt(log, LINT.program("yamllint"), "--strict", ".", cwd=place.tree))


def _ansible_lint(place: Workplace, log: TextIO) -> Result:
    env = LINT.variables(ANSIBLE_COLLECTIONS_PATH=place.collections)
    command = (LINT.program("ansible-lint"), "--profile", "production", "--offline", "--strict")
    return _outcome(attempt(log, *command, env=env, cwd=place.tree))


def _docs(place: Workplace, log: TextIO) -> Result:
    env = LINT.variables(ANSIBLE_COLLECTIONS_PATH=place.collections)
    checks = ("--plugin-docs", "--validate-collection-refs", "all", "--disallow-unknown-collection-refs")
    command = (LINT.program("antsibull-docs"), "lint-collection-docs", *checks, "--check-extra-docs-refs", ".")
    return _outcome(attempt(log, *command, env=env, cwd=place.tree))


def _changelog(place: Workplace, log: TextIO) -> Result:
    return Result(passed=1) if changelog.check(log, copy(log, place.folder / "changelog")) else Result(failed=1)


def _unit(place: Workplace, log: TextIO) -> Result:
    report, coverage = place.folder / "unit.xml", place.folder / "coverage.json"
    measure = place.arguments or ["--cov", "--cov-report=term-missing:skip-covered", f"--cov-report=json:{coverage}"]
    env = UNIT.variables(ANSIBLE_COLLECTIONS_PATH=LINKED, COVERAGE_FILE=place.folder / "coverage")
    tests = (UNIT.program("pytest"), "-q", "-n", "2", "--dist", "worksteal", f"--junitxml={report}")
    result = pytest_result(report, attempt(log, *tests, *measure, env=env))
    if not result.good or place.arguments:
        return result
    totals = json.loads(coverage.read_text())["totals"]
    branches = 100 * totals["covered_branches"] / max(totals["num_branches"], 1)
    note = f"{branches:.1f} % of the branches and {totals['percent_covered']:.1f} % of lines and branches covered"
    if branches < BRANCHES_COVERED:
        return Result(result.passed, 1, result.skipped, f"{note}, {BRANCHES_COVERED} % of the branches are asked for")
    return Result(result.passed, 0, result.skipped, note)


def _floor(place: Workplace, log: TextIO) -> Result:
    report = place.folder / "floor.xml"
    env = FLOOR.variables(ANSIBLE_COLLECTIONS_PATH=LINKED)
    # Old libraries warn on a new Python; that is no fault of the collection.
    tests = (FLOOR.program("pytest"), "-q", "-n", "2", "--dist", "worksteal", "-W", "default", f"--junitxml={report}")
    return pytest_result(report, attempt(log, *tests, *place.arguments, env=env))


def _artifact(place: Workplace, log: TextIO) -> Result:
    artifact = artifacts.build(log, UNIT, place.tree, place.folder / "dist")
    artifacts.install(log, UNIT, artifact, place.installed)
    artifacts.check(log, UNIT, artifact, place.tree, place.installed)
    return Result(passed=1)


def _importer(place: Workplace, log: TextIO) -> Result:
    settings = {"GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true", "GALAXY_IMPORTER_RUN_FLAKE8": "false"}
    start = log.tell()
    command = (LINT.program("python"), "-m", "galaxy_importer.main", place.artifact)
    run(log, *command, cwd=place.folder, env=LINT.variables(**settings))
    log.seek(start)
    complaints = [line for line in log.read().splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
    if complaints:
        raise StageError(f"galaxy-importer complains: {complaints[0]}")
    return Result(passed=1)


def _integration(place: Workplace, log: TextIO) -> Result:
    report, temporary = place.folder / "integration.xml", place.folder / "tmp"
    temporary.mkdir()
    env = UNIT.variables(
        ANSIBLE_COLLECTIONS_PATH=place.installed,
        FINOPS_TEST_COLLECTIONS_PATH=place.installed,
        TMPDIR=temporary,
    )
    tests = (UNIT.program("pytest"), "tests/integration", "-q", "-n", "2", f"--junitxml={report}")
    try:
        return pytest_result(report, attempt(log, *tests, *place.arguments, env=env, timeout=20 * MINUTES))
    finally:
        end_programs_from(place.installed)


def _sanity(place: Workplace, log: TextIO) -> Result:
    return sanity(log, place.tree)


def _outcome(*statuses: int) -> Result:
    return Result(failed=1) if any(statuses) else Result(passed=1)


# In the order in which they start: the long ones first.
STAGES = (
    Stage("sanity", _sanity, ANSIBLE),
    Stage("artifact", _artifact, UNIT),
    Stage("integration", _integration, UNIT, needs=("artifact",)),
    Stage("unit", _unit, UNIT),
    Stage("ansible-lint", _ansible_lint, LINT),
    Stage("importer", _importer, LINT, needs=("artifact",)),
    Stage("mypy", _mypy, LINT),
    Stage("docs", _docs, LINT),
    Stage("floor", _floor, FLOOR),
    Stage("ruff", _ruff, LINT),
    Stage("yamllint", _yamllint, LINT),
    Stage("changelog", _changelog, LINT),
)
