# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one command and say what it took."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

INTERVAL = 0.02  # seconds between two looks at the processes
MB = 1_000_000
UNIT_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Figures:
    """What a command took. Memory is the peak of the largest process of a kind; None where there was none to see."""

    wall: float
    cpu: float
    largest_mb: float
    controller_mb: float | None
    module_mb: float | None
    status: int


def run(command: Sequence[str], variables: Mapping[str, str], folder: Path, output: TextIO, timeout: float) -> Figures:
    """Run a command to its end; time counts from its start to its end, with all that it waited for."""
    watch = _Watch()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )
    timer = threading.Timer(timeout, _kill, (process.pid,))
    timer.start()
    watch.start(process.pid)
    try:
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    except BaseException:
        _kill(process.pid)
        raise
    finally:
        timer.cancel()
        watch.stop()
    return Figures(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        largest_mb=max(watch.peaks.values(), default=usage.ru_maxrss * UNIT_OF_MAXRSS / MB),
        controller_mb=watch.peaks.get("controller"),
        module_mb=watch.peaks.get("module"),
        status=process.returncode,
    )


class _Watch:
    """Looks at a process and its descendants until told to stop; on Linux only."""

    def __init__(self) -> None:
        self.peaks: dict[str, float] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pid: int) -> None:
        if sys.platform == "linux":
            self._thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _look(self, root: int) -> None:
        while not self._over.wait(INTERVAL):
            for pid in tree(root):
                kind, peak = _kind(pid), _peak_mb(pid)
                self.peaks[kind] = max(self.peaks.get(kind, 0.0), peak)


def tree(root: int) -> Iterator[int]:
    """Yield a process and all its descendants, as far as /proc tells."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
        except OSError:  # it has ended meanwhile
            continue
        for task in tasks:
            waiting += map(int, _read(task / "children").split())


def _kind(pid: int) -> str:
    """Tell Ansible's own processes, its forks included, from those of a module and from all others."""
    words = _read(Path(f"/proc/{pid}/cmdline")).split("\0")[:3]
    if any(word.endswith("/ansible-playbook") for word in words):
        return "controller"
    is_module = any("/AnsiballZ_" in word for word in words) and not words[0].endswith("sh")
    return "module" if is_module else "other"


def _peak_mb(pid: int) -> float:
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / MB
    return 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


def _kill(root: int) -> None:
    """Kill a process and what it started: Ansible's forks are in sessions of their own."""
    for pid in list(tree(root)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
