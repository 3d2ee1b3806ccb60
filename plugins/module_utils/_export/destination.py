# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put new files in the place of old ones: all of them or none, whatever fails and whenever a run is killed.

New files are brought beside the old ones (``.new``), and the old ones get a second name (``.old``). The list of files
then tells what is pending, the new files are renamed, and the list is written anew: from then on they count. Whoever
finds something pending puts the old files back.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError, said_no
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import beside, bring, is_regular, locked
from ansible_collections.finops.cloudflare.plugins.module_utils._export.manifest import (
    UNFINISHED,
    Manifest,
    read_manifest,
    write_manifest,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import (
    FILE_NAME,
    NULL,
    Target,
    layout,
    values,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable

Move = Callable[[str, str], None]
_NEW, _OLD = ".new", ".old"
_LEFTOVER = re.compile(rf"\.{FILE_NAME}\.(?:new|old)")
_MOST_NAMED = 5


@contextlib.contextmanager
def opened(target: Target, move: Move, *, check_mode: bool = False) -> Iterator[Destination]:
    """Yield the place of an export while no other run writes there, after what a killed run has left is repaired.

    What the file system says no to, here or in the body, is an ExportError.
    """
    try:
        if check_mode:
            yield Destination(target, move)
            return
        target.folder.mkdir(parents=True, exist_ok=True)
        with locked(target.lock):
            repair(target)
            yield Destination(target, move)
    except OSError as error:
        raise ExportError(said_no(error, target.dest)) from error


class Destination:
    """The place of an export, and what earlier runs have written there."""

    def __init__(self, target: Target, move: Move) -> None:
        self._target = target
        self._move = move
        self._folder = target.folder
        self._manifest = read_manifest(self._folder) if target.partition_by else Manifest()
        files = sorted(self._manifest.files.items())
        self._there = {path: entry for path, entry in files if os.path.lexists(self._folder / path)}
        self._in_folder: defaultdict[Path, list[Path]] = defaultdict(list)
        for path in map(self._folder.joinpath, self._there):
            self._in_folder[path.parent].append(path)

    def check_layout(self) -> None:
        """Raise an ExportError where the same export lies there with another partitioning."""
        for path in self._there:
            if layout(path) != self._target.partition_by and Path(path).name == self._target.name:
                raise ExportError(
                    f"dest: {self._folder / path} comes from an export with partition_by:"
                    f" [{', '.join(layout(path))}], so its rows would count twice. Remove the old files, or use another"
                    " folder."
                )

    def check_metrics(self, asked: Collection[str]) -> None:
        """Raise an ExportError where a file has metrics that are not asked for now; none asked for are all."""
        for path, entry in self._there.items():
            had = _metrics(entry)
            if asked and Path(path).name == self._target.name and (not had or not set(had) <= set(asked)):
                raise ExportError(
                    f"dest: {self._folder / path} comes from an export of {named(had) or 'all metrics'}, and would lose"
                    f" the rows of what is not asked for now, {named(asked)}. Ask for the same, or use another folder."
                )

    def check(self, path: Path, old: str | None, new: str, accounts: Set[str]) -> None:
        """Raise an ExportError where a partition's file, with these digests and accounts, must not be written."""
        if not self._target.partition_by:
            return
        relative = self._target.relative(path)
        if old not in (None, new) and relative not in self._there:
            raise ExportError(
                f"dest: {path} was not written by this module, so it is left alone. Remove it, or use another folder."
            )
        of_one_account = values(relative).get("account", NULL) != NULL
        for other in self._in_folder[path.parent]:
            twice = (accounts - {NULL.lower()}) & set(self._there[self._target.relative(other)]["accounts"])
            if (twice or of_one_account) and other != path and other.suffix == path.suffix:
                raise ExportError(
                    f"dest: {other} holds rows of the same account from another export, so they would count twice."
                    " Remove it, or use another folder."
                )

    def without_rows(self, written: Collection[Path], months: Set[str]) -> list[Path]:
        """Return the files of earlier runs that the rows of this one leave out; ``months`` are the asked ones."""
        return [
            self._folder / path
            for path in self._there
            if Path(path).name == self._target.name
            and self._folder / path not in written
            and values(path).get("month") in months | {None}
        ]

    def accounts_without_rows(self, accounts: Mapping[Path, Collection[str]]) -> list[str]:
        """Return the accounts that have rows in a file of an earlier run, and none in the one that would replace it."""
        now = {self._target.relative(path): found for path, found in accounts.items()}
        lost = (set(entry["accounts"]) - set(now[path]) for path, entry in self._there.items() if path in now)
        return sorted(set().union(*lost))

    def replace(self, made: Mapping[Path, Path], entries: Mapping[Path, Mapping[str, Any]]) -> None:
        """Put new files, by the path that each shall have, in their places.

        ``entries`` has what to note of every file, those that are unchanged included.
        """
        before = {path for path in made if is_regular(path)}
        try:
            self._stage(made, before)
        except OSError as error:
            _remove_leftovers(self._target)
            raise ExportError(f"{said_no(error, self._target.dest)} What was there is still there.") from error
        try:
            self._rename(made, before, self._files(entries))
        except BaseException as error:
            self._put_back(error)
            raise
        _remove_leftovers(self._target)

    def _stage(self, made: Mapping[Path, Path], before: Collection[Path]) -> None:
        for path, source in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            bring(source, beside(path, _NEW))
        for path in before if self._target.partition_by else ():
            try:
                os.link(path, beside(path, _OLD))
            except OSError:  # no second names on this file system
                shutil.copy2(path, beside(path, _OLD))

    def _files(self, entries: Mapping[Path, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return what the list of files will say; what is unchanged keeps its query."""
        files = dict(self._there)
        for path, entry in entries.items() if self._target.partition_by else ():
            relative = self._target.relative(path)
            if files.get(relative, {}).get("sha256") != entry["sha256"]:
                files[relative] = dict(entry)
        return files

    def _rename(self, made: Iterable[Path], before: Collection[Path], files: dict[str, dict[str, Any]]) -> None:
        """Rename all new files; the list of files tells what is pending, and then that nothing is.

        Without partitions there is one file, whose rename is all or nothing.
        """
        pending = {self._target.relative(path): path in before for path in made} if self._target.partition_by else {}
        if pending:
            write_manifest(self._folder, Manifest(self._manifest.files, pending))
        for path in made:
            self._move(str(beside(path, _NEW)), str(path))
        if pending or files != self._manifest.files:
            write_manifest(self._folder, Manifest(files))

    def _put_back(self, error: BaseException) -> None:
        """Undo what ``_rename`` has done; raise an ExportError that says so, unless the run ends anyway."""
        problem = f"dest: {self._target.dest}: a file can't be replaced: {error}"
        try:
            repair(self._target)
        except (OSError, ExportError) as second:
            raise ExportError(
                f"{problem}. Old and new files can be mixed, because the old ones can't be put back either ({second});"
                " the next run puts them back first."
            ) from error
        if isinstance(error, Exception):
            raise ExportError(f"{problem}. All files are as they were.") from error


def repair(target: Target) -> None:
    """Put old files back where a run has not come to its end, and remove what it has left beside them."""
    if target.partition_by:
        manifest = read_manifest(target.folder)
        for relative, was_there in manifest.pending.items():
            path = target.folder / relative
            target.check_path(path)
            old = beside(path, _OLD)
            if not was_there:
                path.unlink(missing_ok=True)
            elif old.exists():
                old.replace(path)
        if manifest.pending:
            write_manifest(target.folder, Manifest(manifest.files))
    _remove_leftovers(target)


def _remove_leftovers(target: Target) -> None:
    """Remove what runs that did not come to their end have left beside the files."""
    if not target.partition_by:
        beside(target.dest, _NEW).unlink(missing_ok=True)
        return
    target.folder.joinpath(UNFINISHED).unlink(missing_ok=True)
    for folder in target.folders():
        for path in folder.iterdir():
            if _LEFTOVER.fullmatch(path.name):
                path.unlink()


def _metrics(entry: Mapping[str, Any]) -> list[str]:
    """Return the metrics of the query that a file comes from, none for all."""
    query = entry.get("query")
    metric = query.get("metric") if isinstance(query, dict) else None
    return list(map(str, metric)) if isinstance(metric, list) else []


def named(items: Collection[object]) -> str:
    """Return the first of some items, and how many more there are."""
    shown = ", ".join(printable(item) for item in list(items)[:_MOST_NAMED])
    return shown if len(items) <= _MOST_NAMED else f"{shown} and {len(items) - _MOST_NAMED} more"
