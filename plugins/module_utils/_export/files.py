# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the files of an export lie, which of them an earlier run has written, and how new ones take their place."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from urllib.parse import quote

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import Partition
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable

PARTITION_KEYS = ("account", "month")
NULL = "__HIVE_DEFAULT_PARTITION__"  # what Hive, Spark and DuckDB read as null
_LONGEST = 200  # characters of a folder's name; most file systems allow 255
_LAYOUTS = [keys for size in (1, 2) for keys in permutations(PARTITION_KEYS, size)]
_BY_THIS_MODULE = re.compile(r"(account|organization)-[0-9a-f]{32}\.[a-z]+")
_BLOCK = 1024 * 1024


def partition_value(value: str | None) -> str:
    """Return an id as the part of a folder's name, the same on file systems that ignore case."""
    if value is None:
        return NULL
    name = quote(value.lower(), safe="")
    if len(name) > _LONGEST:
        raise ExportError(f"The account id {printable(value, 40)!r} is too long for the name of a folder.")
    return name


@dataclass(frozen=True)
class Target:
    """A file, or with ``partition_by`` a folder with one file of the name ``name`` in each partition."""

    dest: Path
    partition_by: tuple[str, ...]
    name: str

    def path(self, partition: Partition) -> Path:
        """Return the file of a partition."""
        folders = (f"{key}={value}" for key, value in zip(self.partition_by, partition, strict=True))
        return self.dest.joinpath(*folders, self.name) if self.partition_by else self.dest

    def check(self) -> None:
        """Raise an ExportError where the files can't be written or would not be the only ones of their rows."""
        folder = self.dest if self.partition_by else self.dest.parent
        if self.partition_by and self.dest.exists() and not self.dest.is_dir():
            raise ExportError(f"dest: {self.dest} is a file; with partition_by it must be a folder.")
        if not self.partition_by and self.dest.is_dir():
            raise ExportError(f"dest: {self.dest} is a folder; name a file in it, or set partition_by.")
        if not self.partition_by and not folder.is_dir():
            raise ExportError(f"dest: the folder {folder} does not exist.")
        while not folder.exists():
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ExportError(f"dest: the folder {folder} can't be written to.")
        for layout in _LAYOUTS:
            elsewhere = next(self._files(layout), None) if self.partition_by not in ((), layout) else None
            if elsewhere:
                raise ExportError(
                    f"dest: {elsewhere} comes from an export with partition_by: [{', '.join(layout)}], so its rows"
                    " would count twice. Remove the old files, or use another folder."
                )

    def check_partition(self, partition: Partition) -> None:
        """Raise an ExportError where an export of something else has written the same account's rows already."""
        values = dict(zip(self.partition_by, partition, strict=True))
        if values.get("account", NULL) == NULL:
            return
        path = self.path(partition)
        for other in sorted(path.parent.glob(f"*{path.suffix}")):
            if other.name != self.name and _BY_THIS_MODULE.fullmatch(other.name):
                raise ExportError(
                    f"dest: {other} holds rows of the same account from another export, so they would count twice."
                    " Remove it, or use another folder."
                )

    def stale(self, written: Iterable[Path], months: frozenset[str]) -> list[Path]:
        """Return the files of an earlier run that this one leaves without rows; ``months`` are the asked ones."""
        kept = set(written)
        return [
            path
            for path in (sorted(self._files(self.partition_by)) if self.partition_by else [])
            if path not in kept and ("month" not in self.partition_by or self._month(path) in months)
        ]

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove files, and the folders of their partitions that hold nothing else."""
        for path in paths:
            path.unlink()
            for folder in list(path.parents)[: len(self.partition_by)]:
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def _month(self, path: Path) -> str:
        return path.relative_to(self.dest).parts[self.partition_by.index("month")].partition("=")[2]

    def _files(self, layout: tuple[str, ...]) -> Iterator[Path]:
        """Yield the files that this export, or an earlier run of it, has written in a layout."""
        return self.dest.glob("/".join([*(f"{key}=*" for key in layout), self.name]))


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None where there is none."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
    except FileNotFoundError:
        return None
    return found.hexdigest()


def replace(files: Iterable[tuple[Path, Path]], move: Callable[[str, str], None]) -> None:
    """Put new files in the place of old ones; each comes with the path that it shall have.

    All of them are written beside the old ones before the first takes its place: so a full disk changes nothing.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        for made, path in files:
            try:
                waiting.append((_staging_path(path), path))
                _stage(made, waiting[-1][0])
            except OSError as error:
                said = f"dest: {path}: {error.strerror or error}; what was there is still there."
                raise ExportError(said) from error
        for beside, path in waiting:
            move(str(beside), str(path))
    finally:
        for beside, _path in waiting:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()


def _staging_path(path: Path) -> Path:
    """Return a new file in the same folder, of a name that nobody takes for a part of the dataset."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:_LONGEST]}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    return Path(name)


def _stage(made: Path, beside: Path) -> None:
    """Move a file to the disk of the dataset, for nobody else to read yet, and wait until it is there."""
    made.chmod(0o600)
    try:
        made.replace(beside)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(made, beside)
    with beside.open("rb+") as file:
        os.fsync(file.fileno())
