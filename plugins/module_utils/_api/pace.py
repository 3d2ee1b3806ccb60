# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limit of the API, kept by all threads of a task, and by all tasks of a user on one machine together.

Tasks share a small file of times, which names neither tokens nor accounts. Where there can't be one, each task keeps
the limit by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import tempfile
import threading
import time
from array import array
from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

MAX_REQUESTS, PERIOD = 1000, 300.0  # that many in any 5 minutes; the API allows 1200, also to others with the token
SHARE = 5 / 6  # of a limit that the API itself names
SLACK = 1.0  # seconds that one request may take longer than another from here to the API
MAX_HOLD = 300.0  # seconds that the API can make all requests wait
AFTER_HOLD, GAP = 10.0, 0.05  # for so long after a hold, requests leave one by one
RESTART = 60.0  # seconds; a clock that was set by less goes on
TRIES, BETWEEN = 3000, 0.01  # to get the lock, which many may want at once, and nobody holds for long

_QUOTA = re.compile(r";\s*q=(\d{1,7})\b.*?;\s*w=(\d{1,3})\b")
_LEFT = re.compile(r";\s*r=(\d{1,7})\b.*?;\s*t=(\d{1,3})\b")


@dataclass
class _State:
    """Seconds of the clock: when the latest requests leave, until when none may, and the limit that the API named."""

    hold: float = 0.0
    quota: float = 0.0
    window: float = 0.0
    named: float = 0.0
    times: list[float] = field(default_factory=list)

    def turn(self, now: float) -> float:
        """Return when the next request may leave, and note it."""
        known = self.quota > 0 and now - PERIOD < self.named <= now
        most, window = (max(1, int(self.quota * SHARE)), self.window) if known else (MAX_REQUESTS, PERIOD)
        del self.times[: bisect_right(self.times, now - PERIOD - SLACK)]
        due = max(now, self.hold if self.hold <= now + MAX_HOLD else now)
        if len(self.times) >= most:
            due = max(due, self.times[-most] + window + SLACK)
        if self.times and self.hold and now < self.hold + AFTER_HOLD:
            due = max(due, self.times[-1] + GAP)
        insort(self.times, due)
        del self.times[: -max(most, MAX_REQUESTS)]
        return due

    def encoded(self) -> bytes:
        return array("d", (_started(), self.hold, self.quota, self.window, self.named, *self.times)).tobytes()

    @classmethod
    def decoded(cls, content: bytes) -> _State:
        """Return what a file holds; nothing where it holds something else, or times from before a restart."""
        numbers = array("d")
        with contextlib.suppress(ValueError):
            numbers.frombytes(content)
        if len(numbers) < len(fields(cls)) or not all(0 <= each < 1e12 for each in numbers):
            return cls()
        started, hold, quota, window, named, *times = numbers
        same = abs(started - _started()) < RESTART
        return cls(hold, quota, window, named, sorted(times)) if same else cls()


def _started() -> float:
    """Return when the clock began, which a restart changes."""
    return time.time() - time.monotonic()


class Pace:
    """Gives each request its turn; ``path`` is the file that tasks share, None for a task by itself."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._own = _State()
        self._lock = threading.Lock()

    def turn(self, now: float) -> float:
        """Return the time at which the next request may leave."""
        with self._state() as state:
            return state.turn(now)

    def told(self, headers: Mapping[str, str], now: float) -> None:
        """Take over what an answer tells of the limit."""
        quota = _QUOTA.search(headers.get("ratelimit-policy", ""))
        left = _LEFT.search(headers.get("ratelimit", ""))
        if quota and int(quota[1]) and 0 < int(quota[2]) <= PERIOD:
            with self._state() as state:
                state.quota, state.window, state.named = float(quota[1]), float(quota[2]), now
        if left and int(left[1]) == 0:
            self.hold(now + min(float(left[2]), MAX_HOLD))

    def hold(self, until: float) -> None:
        """Let no request leave before."""
        with self._state() as state:
            state.hold = max(state.hold, until)

    @contextlib.contextmanager
    def _state(self) -> Iterator[_State]:
        with self._lock, contextlib.ExitStack() as leaving:
            handle = None
            if self._path is not None:
                try:
                    handle = leaving.enter_context(_locked(self._path))
                    self._own = _State.decoded(os.pread(handle, 1 << 20, 0))
                except OSError:
                    self._path = handle = None  # from here on by itself
            yield self._own
            if handle is not None:
                with contextlib.suppress(OSError):
                    content = self._own.encoded()
                    os.pwrite(handle, content, 0)
                    os.ftruncate(handle, len(content))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Yield a handle to a file that nobody else holds; raise an OSError where that can't be."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(f"{path} is not a regular file")
        for left in reversed(range(TRIES)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not left:
                    raise
                time.sleep(BETWEEN)
        yield handle
    finally:
        os.close(handle)


def shared_file(api_url: str) -> Path | None:
    """Return the file that all tasks of this user share for one API; None where there is no safe place for it."""
    parts = urlsplit(api_url)
    folder = Path(tempfile.gettempdir()) / f"finops-cloudflare-{os.getuid()}"
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
    except OSError:
        return None
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
    return folder / re.sub(r"[^a-z0-9.-]", "_", parts.netloc.rpartition("@")[2].lower())[:100] if mine else None
