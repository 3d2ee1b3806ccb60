# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity, and see to it that it really tested something."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TextIO

from .commands import MINUTES, StageError, attempt, run
from .environments import ANSIBLE
from .results import Result

# A collection with modules, filters and roles that ran none of these was not looked at.
EXPECTED = frozenset(
    {"ansible-doc", "compile", "import", "pep8", "pylint", "runtime-metadata", "shebang", "validate-modules"}
)
BOOTSTRAP = '''\
"""Stands where ansible-test keeps its downloaded get-pip script: installs the pip that lies beside it."""
import os
import runpy
import sys

wheel = os.path.join(os.path.dirname(os.path.abspath(__file__)), {wheel!r})
sys.path.insert(0, wheel)
sys.argv[1:] = ["install", "--disable-pip-version-check", "--no-index", "--force-reinstall", wheel]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def prepare_pip(log: TextIO) -> None:
    """Get the pip that ansible-test wants from where pip gets everything, not from ansible-test's own download site."""
    source = next(ANSIBLE.path.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"))
    found = re.search(r"pip='([0-9.]+)'", source.read_text())
    if found is None:
        raise StageError(f"no pip version in {source}")
    version = found[1]
    cache = Path.home() / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    wheel = cache / f"pip-{version}-py3-none-any.whl"
    if script.exists() and (wheel.exists() or script.read_text() != BOOTSTRAP.format(wheel=wheel.name)):
        return
    cache.mkdir(parents=True, exist_ok=True)
    run(
        log,
        ANSIBLE.program("python"),
        "-m",
        "pip",
        "download",
        "--quiet",
        "--quiet",
        "--no-deps",
        "-d",
        cache,
        f"pip=={version}",
    )
    script.write_text(BOOTSTRAP.format(wheel=wheel.name))


def tests_of(output: str) -> tuple[set[str], set[str]]:
    """Read which sanity tests ran and which of them failed."""
    ran: set[str] = set()
    last = ""
    for line in output.splitlines():
        started = re.match(r'Running sanity test "([^"]+)"', line)
        if started:
            last = started[1]
            ran.add(last)
        elif line == "No tests applicable.":
            ran.discard(last)
    listed = re.search(
        r"^FATAL: The \d+ sanity test\(s\) listed below .*\n((?:[a-z0-9-]+.*\n?)+)", output, re.MULTILINE
    )
    failed = {line.split()[0] for line in listed[1].splitlines()} if listed else set()
    return ran, failed


def verdict(output: str, status: int) -> Result:
    """Judge a run by what it said: an exit status of 0 also follows a run that skipped everything."""
    ran, failed = tests_of(output)
    missing = EXPECTED - ran
    if missing:
        return Result(
            len(ran - failed), max(len(failed), 1), note=f"ansible-test did not run {', '.join(sorted(missing))}"
        )
    if status and not failed:
        return Result(len(ran), 1, note=f"ansible-test ended with exit status {status}")
    return Result(len(ran - failed), len(failed), note=", ".join(sorted(failed)))


def sanity(log: TextIO, tree: Path) -> Result:
    """Test a copy of the collection that is a git repository of its own."""
    prepare_pip(log)
    python = next(path.name.removeprefix("python") for path in (ANSIBLE.path / "bin").glob("python3.*"))
    start = log.tell()
    status = attempt(
        log,
        ANSIBLE.program("ansible-test"), "sanity", "--local", "--python", python, "-v", "--color", "no",
        env=ANSIBLE.variables(),
        cwd=tree,
        timeout=20 * MINUTES,
    )  # fmt: skip
    log.seek(start)
    output = log.read()
    return verdict(output, status)
