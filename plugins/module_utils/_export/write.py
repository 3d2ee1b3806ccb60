# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the files of a dataset, see which of them differ from what is there, and put those in their place."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import Target, digest, replace
from ansible_collections.finops.cloudflare.plugins.module_utils._export.interface import Format
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import PartitionRows, Spools
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY, days_between

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
    """A file of the dataset: created, changed, unchanged, or removed; ``made`` is what shall take its place."""

    path: Path
    state: str
    after: Summary
    made: Path | None = None

    @property
    def result(self) -> dict[str, Any]:
        return {"path": str(self.path), "state": self.state, **self.after}


def write(spools: Spools, first: date, last: date, target: Target, fmt: Format, host: FileOperations) -> dict[str, Any]:
    """Make the files of the days from ``first`` to ``last``; return ``changed``, ``files``, and ``diff`` if asked for.

    In check mode the files are made as well, but elsewhere, and stay there.
    """
    files = list(_files(spools, first, target, fmt, Path(host.folder)))
    months = frozenset(f"{day:%Y-%m}" for day in days_between(first, last))
    stale = target.stale((file.path for file in files), months)
    files += [File(path, "removed", {}) for path in stale]
    diff = _Diff(target, fmt) if host.diff_mode else None
    for file in files:
        if diff and file.state != "unchanged":
            diff.note(file)
    if not host.check_mode:
        replace([(file.made, file.path) for file in files if file.made], host.move)
        target.remove(stale)
    changed = any(file.state != "unchanged" for file in files)
    for file in files:
        if file.state != "removed":
            noted: dict[str, Summary] = {}
            different = host.attributes(str(file.path), noted)
            changed = changed or different
            if diff and different:
                diff.note_attributes(file, noted)
    result = {"changed": changed, "files": [file.result for file in files]}
    return {**result, "diff": diff.result} if diff else result


def _files(spools: Spools, first: date, target: Target, fmt: Format, work: Path) -> Iterator[File]:
    for number, (partition, part) in enumerate(spools.partitions().items()):
        path, made = target.path(partition), work / f"made{number}"
        target.check_partition(partition)
        fmt.write(made, spools.read(partition))
        old, new = digest(path), digest(made)
        after = {**_summary(part, first), "size": made.stat().st_size, "sha256": new}
        if old == new:
            made.unlink()
            yield File(path, "unchanged", after)
        else:
            yield File(path, "created" if old is None else "changed", after, made)


class _Diff:
    """Rows, days and digests of the files that differ, before and after; never what is in them."""

    def __init__(self, target: Target, fmt: Format) -> None:
        self._fmt = fmt
        headers = {"before_header": str(target.dest), "after_header": str(target.dest)}
        self.result: dict[str, Any] = {"before": {}, "after": {}, **headers}

    def note(self, file: File) -> None:
        if file.state != "created":
            self.result["before"][str(file.path)] = _summary_of_file(file.path, self._fmt)
        if file.state != "removed":
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
