# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files handled so that no link is followed, no pipe or device is opened, and no name is ever half a file."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError

_BLOCK = 1024 * 1024
_LONGEST = 200  # characters of a name, so that what is beside it has one that file systems allow


def is_regular(path: Path) -> bool:
    """Tell whether a regular file is there; raises an ExportError for a link, a pipe, a folder and the like."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise ExportError(f"dest: {path} is {kind}, so it is left alone. Remove it, or name another place.")
    return True


def is_folder(path: Path) -> bool:
    """Tell whether a folder is there and not a link; raises an ExportError for anything else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "a file"
        raise ExportError(f"dest: {path} is {kind} where a folder of the dataset must be. Remove it.")
    return True


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a regular file; None where there is none."""
    if not is_regular(path):
        return None
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def beside(path: Path, suffix: str) -> Path:
    """Return a hidden name in the same folder, which nobody takes for a part of the dataset."""
    return path.with_name(f".{path.name[:_LONGEST]}{suffix}")


def create(path: Path, mode: int = 0o600) -> int:
    """Return a handle to write a new file with, of this mode or less; the name must be free."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)


def bring(made: Path, path: Path) -> None:
    """Move a file to the disk of the dataset, for nobody else to read yet, and wait until it is there."""
    made.chmod(0o600)
    try:
        made.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with made.open("rb") as source, os.fdopen(create(path), "wb") as copy:
            shutil.copyfileobj(source, copy, _BLOCK)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, which goes when it is done; wait for the run that holds it. A run that ends lets go of it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        with contextlib.ExitStack() as closing:
            closing.callback(os.close, handle)
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ExportError(f"dest: {path} is not a regular file, so it can't be a lock. Remove it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not is_at(handle, path):
                continue  # the run that held it has removed it
            closing.callback(path.unlink, missing_ok=True)
            yield
            return


def is_at(handle: int, path: Path) -> bool:
    """Tell whether an open file is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False
