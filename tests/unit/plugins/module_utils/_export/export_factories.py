# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place to export to in the tests, and usage to export."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._export.export import EXPORT_SCHEMA, export
from ansible_collections.finops.cloudflare.plugins.module_utils._export.manifest import MANIFEST
from ansible_collections.finops.cloudflare.plugins.module_utils._export.write import FileOperations
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    BASE,
    NOW,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Record,
    daily,
)

FEBRUARY_TO_MAY = {"from": "2025-02-01", "to": "2025-05-31"}

APRIL_AND_MAY = {"from": "2025-04-01", "to": "2025-05-31", "organization_id": ORGANIZATION}
NAME = f"organization-{ORGANIZATION}.csv"


@dataclass
class Place:
    """A folder to export to, and what the module would do there on behalf of Ansible."""

    folder: Path
    check_mode: bool = False
    diff_mode: bool = False
    moved: list[str] = field(default_factory=list)
    attributes: Callable[[str, dict[str, Any]], bool] = lambda path, diff: False
    end_after: int | None = None  # the number of files that are moved before the process is killed

    def host(self) -> FileOperations:
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        return FileOperations(str(work), self.check_mode, self.diff_mode, self._move, self.attributes)

    def _move(self, source: str, path: str) -> None:
        if len(self.moved) == self.end_after:
            os.kill(os.getpid(), 9)
        self.moved.append(path)
        Path(source).rename(path)

    @property
    def dest(self) -> Path:
        return self.folder / "usage"

    def run(self, client: Any, now: datetime = NOW, /, **options: Any) -> dict[str, Any]:
        parameters = {**BASE, "concurrency": 1, "dest": str(self.dest), **options}
        if "organization_id" in parameters:
            parameters["account_id"] = None
        try:
            return export(check_query(parameters, now.date(), EXPORT_SCHEMA), now, self.host(), client)
        finally:
            assert list((self.folder / "work").iterdir()) == []

    def rows(self, path: Path | None = None) -> list[dict[str, str]]:
        with (path or self.dest).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def files(self) -> dict[str, bytes]:
        """Return every file that is there, by path, but for the list of files."""
        found = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


def organization() -> list[Record]:
    return [
        *daily("2025-04-01", 61),
        *daily("2025-04-01", 61, 2, BillingAccountId=OTHER_ACCOUNT),
        *daily("2025-05-01", 31, 3, BillingAccountId=None, BillingAccountName=None),
    ]


def put(path: Path, text: str = "old") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def content(folder: Path) -> dict[str, str]:
    """Return the text of every file, by path, but for the list of files."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def start_child(action: Callable[[], int | None]) -> int:
    """Run ``action`` in a process of its own; return its id."""
    with warnings.catch_warnings():
        # Newer Pythons warn of threads, such as those of a test runner; what runs here takes none of their locks.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            status = action() or 0
        finally:
            os._exit(status)
    return child


def ended(child: int) -> int:
    """Wait for a child; return what its action returned, 1 for an exception, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_a_child(action: Callable[[], int | None]) -> int:
    """Run ``action`` in a process of its own, to its end; return its status."""
    return ended(start_child(action))
