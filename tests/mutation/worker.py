# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mutmut with tests that are collected once: a change then costs no more than the tests that run it.

The argument is a JSON list of command lines of mutmut.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import pytest
from ansible.plugins.loader import init_plugin_loader

# An endless loop ends after this many seconds of work, whatever else the machine does: it counts as noticed.
LEAST_SECONDS, TIMES = 10, 5


def collected(arguments: list[str]) -> pytest.Session:
    """Return a session of pytest that has collected its tests and run none; pytest has no public way to keep one."""
    config = import_module("_pytest.config")._prepareconfig(arguments)
    config._do_configure()
    session: pytest.Session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    config.hook.pytest_collection(session=session)
    return session


def passed(session: pytest.Session, tests: Iterable[str]) -> bool:
    """Run tests in the order of the session until one fails, and tell whether none did."""
    wanted = set(tests)
    session.items = [item for item in session.items if item.nodeid in wanted]
    try:
        session.config.hook.pytest_runtestloop(session=session)
    except session.Failed:
        return False
    return not session.testsfailed


def collect_once() -> None:
    """Let mutmut collect the tests before it makes a process for each change."""
    harness, isolation = import_module("mutmut.runners.harness"), import_module("mutmut.workers.isolation")
    durations = import_module("mutmut.state").state().duration_by_test
    sessions: list[pytest.Session] = []
    run_all, startup = harness.PytestRunner.run_tests, isolation.ForkRunner.startup

    def start(runner: Any) -> None:
        settings = harness.config()
        arguments = ["--rootdir=.", "--tb=no", "-x", "-q", "--capture=no", *settings.pytest_add_cli_args]
        with harness.change_cwd("mutants"):
            session = collected([*arguments, *settings.pytest_add_cli_args_test_selection])
        if lost := durations.keys() - {item.nodeid for item in session.items}:
            sys.exit(f"not collected a second time: {', '.join(sorted(lost))}")
        sessions.append(session)
        startup(runner)

    def run_tests(runner: Any, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        if mutant_name is None:
            return int(run_all(runner, mutant_name=mutant_name, tests=tests))
        seconds = int(LEAST_SECONDS + TIMES * sum(durations[test] for test in tests) + sum(os.times()[:2]))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        with harness.change_cwd("mutants"):
            return 0 if passed(sessions[0], tests) else 1

    isolation.ForkRunner.startup, harness.PytestRunner.run_tests = start, run_tests


if __name__ == "__main__":
    # Ansible finds the collection before pytest makes modules of its folders.
    init_plugin_loader()
    import_module("ansible_collections.finops.cloudflare")
    collect_once()
    for command in json.loads(sys.argv[1]):
        import_module("mutmut.__main__").cli(command, standalone_mode=False)
