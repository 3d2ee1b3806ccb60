# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the programs of a stage, write down what they say, and leave none of them running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
MINUTES = 60

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.RLock()
_stopped = threading.Event()


class StageError(Exception):
    """A stage cannot go on; the message says why."""


def clean_environment() -> dict[str, str]:
    """Give tests the machine's environment without a user's token, Ansible settings and Python settings."""
    dropped = ("ANSIBLE_", "CLOUDFLARE_", "FINOPS_TEST_COLLECTIONS_PATH", "PYTEST_", "PYTHON", "VIRTUAL_ENV", "MAKE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    # pyenv's stand-ins answer for interpreters that are not there, which confuses ansible-test.
    folders = [folder for folder in kept.get("PATH", os.defpath).split(os.pathsep) if not folder.endswith("/shims")]
    kept["PATH"] = os.pathsep.join(folders)
    kept["LC_ALL"] = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    kept["ANSIBLE_CONFIG"] = str(ROOT / "tests" / "ansible.cfg")
    kept["ANSIBLE_HOME"] = str(CACHE / "ansible")
    kept["NO_COLOR"] = "1"
    return kept


def attempt(
    log: TextIO,
    *command: str | Path,
    env: dict[str, str] | None = None,
    cwd: Path = ROOT,
    timeout: float = 10 * MINUTES,
) -> int:
    """Run a command with its output in the log and return its exit status."""
    arguments = [str(part) for part in command]
    log.write(f"$ {' '.join(arguments)}\n")
    log.flush()
    with subprocess.Popen(
        arguments,
        cwd=cwd,
        env=clean_environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        with _lock:
            _running.add(process)
        try:
            if _stopped.is_set():
                raise StageError("stopped")
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise StageError(f"{arguments[0]} was still running after {timeout:.0f} seconds") from None
        finally:
            _end(process)
            with _lock:
                _running.discard(process)


def run(
    log: TextIO,
    *command: str | Path,
    env: dict[str, str] | None = None,
    cwd: Path = ROOT,
    timeout: float = 10 * MINUTES,
) -> None:
    """Run a command that has to succeed."""
    status = attempt(log, *command, env=env, cwd=cwd, timeout=timeout)
    if status:
        raise StageError(f"{Path(command[0]).name} ended with exit status {status}")


def end_all() -> None:
    """End every program that is still running, as after Ctrl-C, and start no further one."""
    _stopped.set()
    with _lock:
        for process in _running:
            _end(process)


def end_programs_from(folder: Path) -> None:
    """End what still runs from a folder: a program that a play started in the background left the play's group."""
    for pid, command in _programs():
        if str(folder) in command and pid != os.getpid():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _programs() -> Iterator[tuple[int, str]]:
    if Path("/proc/self/cmdline").exists():
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                yield int(path.parent.name), path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    else:
        listing = subprocess.run(["ps", "-axo", "pid=,command="], check=True, capture_output=True, text=True).stdout
        for line in listing.splitlines():
            pid, command = line.split(maxsplit=1)
            yield int(pid), command


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
