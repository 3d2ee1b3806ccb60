# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder for the rows of a run, which is removed at its end, or by the next run where that did not come about."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import is_at
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import writing

_PREFIX = "finops-cloudflare-export-"


@contextlib.contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder in the temporary folder of a task; those of runs that were killed are removed before."""
    for leftover in _leftovers(parent):
        with contextlib.suppress(OSError), _lock(leftover, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(leftover, ignore_errors=True)
    while True:
        with writing(parent):
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        with contextlib.ExitStack() as leaving:
            with contextlib.suppress(OSError):  # a file system without locks keeps what a killed run leaves
                handle = leaving.enter_context(_lock(folder, fcntl.LOCK_EX))
                if not is_at(handle, folder):
                    continue  # another run has taken it for a leftover before it was locked
            leaving.callback(shutil.rmtree, folder, ignore_errors=True)
            yield folder
            return


def _leftovers(parent: Path) -> Iterator[Path]:
    """Yield the folders of other runs; those of other tasks may go while they are looked for."""
    with contextlib.suppress(OSError):
        for folder in (parent, *parent.parent.iterdir()):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                yield from [Path(entry.path) for entry in entries if entry.name.startswith(_PREFIX)]


@contextlib.contextmanager
def _lock(folder: Path, operation: int) -> Iterator[int]:
    """Hold the lock of a folder, which the end of a run gives back; raises an OSError where that can't be."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, operation)
        yield handle
    finally:
        os.close(handle)
