# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the files of a dataset, see which of them differ from what is there, and put those in their place."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._export.destination import Destination
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import digest
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.interface import Format
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import PartitionRows, Spools
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import Target
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY

Summary = dict[str, Any]


@dataclass(frozen=True)
class FileOperations:
    """What an export needs of the host: a folder for its own files, how to move a file, how to set its attributes.

    ``attributes`` sets owner, mode and the like of a file, notes them in a diff, and tells whether they change.
    """

    folder: str
    check_mode: bool
    diff_mode: bool
    move: Callable[[str, str], None]
    attributes: Callable[[str, dict[str, Any]], bool]


@dataclass(frozen=True)
class File:
    """A file of the dataset: created, changed, unchanged, or kept; ``made`` is what shall take its place."""

    path: Path
    state: str
    after: Summary
    accounts: Collection[str] = ()
    made: Path | None = None

    @property
    def result(self) -> dict[str, Any]:
        return {"path": str(self.path), "state": self.state, **self.after}


@dataclass(frozen=True)
class Maker:
    """Makes the files of a dataset: rows, the first day that was asked for, where the files go, and their format."""

    spools: Spools
    first: date
    target: Target
    fmt: Format

    def files(self, folder: Path, destination: Destination) -> Iterator[File]:
        """Make each file in ``folder`` and yield it with its state; what must not be written raises an ExportError."""
        for number, (partition, part) in enumerate(self.spools.partitions().items()):
            path, made = self.target.path(partition), folder / f"made{number}"
            self.target.check_path(path)
            self.fmt.write(made, self.spools.read(partition))
            old, new = digest(path), digest(made)
            destination.check(path, old, str(new), part.accounts)
            after = {**_summary(part, self.first), "size": made.stat().st_size, "sha256": new}
            if old == new:
                made.unlink()
                yield File(path, "unchanged", after, part.accounts)
            else:
                yield File(path, "created" if old is None else "changed", after, part.accounts, made)


def write(
    maker: Maker, destination: Destination, kept: Iterable[Path], query: Mapping[str, Any], host: FileOperations
) -> dict[str, Any]:
    """Write the files; return ``changed``, ``files``, and ``diff`` if asked for.

    ``kept`` are files without rows that stay, ``query`` is noted for what is new. In check mode the files are made as
    well, but elsewhere, and stay there.
    """
    files = list(maker.files(Path(host.folder), destination))
    diff = _Diff(maker.target, maker.fmt) if host.diff_mode else None
    for file in files:
        if diff and file.made:
            diff.note(file)
    if not host.check_mode:
        made = {file.path: file.made for file in files if file.made}
        destination.replace(made, {file.path: _entry(file, query) for file in files})
    changed = any(file.made for file in files)
    for file in files:
        noted: dict[str, Summary] = {}
        different = host.attributes(str(file.path), noted)
        changed = changed or different
        if diff and different:
            diff.note_attributes(file, noted)
    files += [File(path, "kept", {}) for path in kept]
    result = {"changed": changed, "files": [file.result for file in files]}
    return {**result, "diff": diff.result} if diff else result


def _entry(file: File, query: Mapping[str, Any]) -> dict[str, Any]:
    return {"sha256": file.after["sha256"], "accounts": sorted(file.accounts), "query": query}


class _Diff:
    """Rows, days and digests of the files that differ, before and after; never what is in them."""

    def __init__(self, target: Target, fmt: Format) -> None:
        self._fmt = fmt
        headers = {"before_header": str(target.dest), "after_header": str(target.dest)}
        self.result: dict[str, Any] = {"before": {}, "after": {}, **headers}

    def note(self, file: File) -> None:
        if file.state != "created":
            self.result["before"][str(file.path)] = _summary_of_file(file.path, self._fmt)
        self.result["after"][str(file.path)] = file.after

    def note_attributes(self, file: File, noted: Mapping[str, Summary]) -> None:
        for side, attributes in noted.items():
            if side == "after" or file.state != "created":
                self.result[side].setdefault(str(file.path), {}).update(attributes)


def _summary(part: PartitionRows, first: date) -> Summary:
    lowest = (part.days & -part.days).bit_length() - 1
    return {
        "rows": part.rows,
        "days": part.days.bit_count(),
        "first_day": str(first + DAY * lowest),
        "last_day": str(first + DAY * (part.days.bit_length() - 1)),
    }


def _summary_of_file(path: Path, fmt: Format) -> Summary:
    """Return the same of an older file; without rows and days where it is no dataset of this format."""
    file: Summary = {"size": path.stat().st_size, "sha256": digest(path)}
    rows, days = 0, set()
    try:
        for day in fmt.days(path):
            days.add(date.fromisoformat(day))
            rows += 1
    except (ValueError, LookupError, TypeError, RuntimeError, csv.Error):
        return file
    span = {"first_day": str(min(days)), "last_day": str(max(days))} if days else {}
    return {"rows": rows, "days": len(days), **span, **file}
