# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the files of an export lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import beside, is_folder, is_regular
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import Partition
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable

PARTITION_KEYS = ("account", "month")
COMBINED = "combined"  # the name of files with several accounts and organizations that were asked for by themselves
FILE_NAME = rf"(?:(?:account|organization)-[0-9a-f]{{32}}|{COMBINED})(?:-paygo|-rated)?\.[a-z]+"
NULL = "__HIVE_DEFAULT_PARTITION__"  # what Hive, Spark and DuckDB read as null
_LONGEST = 200  # characters of a folder's name; most file systems allow 255


def partition_value(value: str | None) -> str:
    """Return an id as the part of a folder's name, the same on file systems that ignore case."""
    if value is None:
        return NULL
    name = quote(value.lower(), safe="")
    if len(name) > _LONGEST:
        raise ExportError(
            f"The account id {printable(value, 40)!r} is too long for the name of a folder;"
            " leave account out of partition_by."
        )
    return name


@dataclass(frozen=True)
class Target:
    """A file, or with ``partition_by`` a folder with one file of the name ``name`` in each partition."""

    dest: Path
    partition_by: tuple[str, ...]
    name: str

    @property
    def folder(self) -> Path:
        """The folder that all files are in."""
        return self.dest if self.partition_by else self.dest.parent

    @property
    def lock(self) -> Path:
        """The lock of those who write to the same place."""
        return self.dest / ".finops-cloudflare.lock" if self.partition_by else beside(self.dest, ".lock")

    def path(self, partition: Partition) -> Path:
        """Return the file of a partition."""
        folders = (f"{key}={value}" for key, value in zip(self.partition_by, partition, strict=True))
        return self.dest.joinpath(*folders, self.name) if self.partition_by else self.dest

    def relative(self, path: Path) -> str:
        """Return the path of a partition's file as the list of files has it."""
        return path.relative_to(self.dest).as_posix()

    def check(self) -> None:
        """Raise an ExportError where no file can be written."""
        folder = self.folder
        if self.partition_by and self.dest.exists() and not self.dest.is_dir():
            raise ExportError(f"dest: {self.dest} is a file; with partition_by it must be a folder.")
        if not self.partition_by and self.dest.is_dir():
            raise ExportError(f"dest: {self.dest} is a folder; name a file in it, or set partition_by.")
        if not self.partition_by and not folder.is_dir():
            raise ExportError(f"dest: the folder {folder} does not exist.")
        if not self.partition_by:
            is_regular(self.dest)
        while not folder.exists():
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ExportError(f"dest: the folder {folder} can't be written to.")

    def check_path(self, path: Path) -> None:
        """Raise an ExportError where a file, or a folder below ``dest`` that it lies in, is a link or the like."""
        parents = path.parents[: len(path.relative_to(self.folder).parts) - 1]
        if all(map(is_folder, reversed(parents))):
            is_regular(path)

    def folders(self) -> Iterator[Path]:
        """Yield the folders of partitions that there are; links are not followed."""
        found = [self.dest]
        for key in self.partition_by:
            found = [
                Path(entry.path)
                for folder in found
                for entry in os.scandir(folder)
                if entry.name.startswith(f"{key}=") and entry.is_dir(follow_symlinks=False)
            ]
        yield from sorted(found) if self.partition_by else ()


def layout(path: str) -> tuple[str, ...]:
    """Return the keys that the folders of a file are called after."""
    return tuple(part.partition("=")[0] for part in PurePosixPath(path).parts[:-1])


def values(path: str) -> dict[str, str]:
    """Return what a file is the partition of, by key."""
    pairs = (part.partition("=") for part in PurePosixPath(path).parts[:-1])
    return {key: value for key, _sign, value in pairs}
