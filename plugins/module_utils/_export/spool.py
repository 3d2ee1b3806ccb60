# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows kept in files until their dataset is made: so memory does not grow, and a window that failed leaves no row."""

from __future__ import annotations

import contextlib
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError

Partition = tuple[str, ...]

HELD = 2 * 1024 * 1024  # characters of a window in memory
_BLOCK = 1024 * 1024


@dataclass
class PartitionRows:
    """The rows of one partition in one window; of ``days`` each set bit is a day of the query that has rows.

    ``accounts`` has the ids whose rows they are.
    """

    rows: int = 0
    days: int = 0
    accounts: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    blocks: array[int] = field(default_factory=lambda: array("Q"))  # offset and length, in turn


class Spool:
    """The rows of one window's answer, by partition, in the order in which they came."""

    def __init__(self, path: Path) -> None:
        self.parts: dict[Partition, PartitionRows] = {}
        self.unknown: Counter[tuple[str, ...]] = Counter()
        self._path = path
        with writing(path.parent):
            self._file = path.open("wb")  # what another try has left is gone
        self._held = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            with contextlib.suppress(OSError):
                self._file.close()

    def note_account(self, partition: Partition, account: str) -> None:
        """Note that an account has rows in a partition."""
        self.parts.setdefault(partition, PartitionRows()).accounts.add(account)

    def add(self, partition: Partition, day: int, line: str) -> None:
        """Add a row of a day, which is given as its bit."""
        part = self.parts.get(partition)
        if part is None:
            part = self.parts[partition] = PartitionRows()
        part.rows += 1
        part.days |= day
        part.lines.append(line)
        self._held += len(line)
        if self._held > HELD:
            self._flush()

    def _flush(self) -> None:
        with writing(self._path.parent):
            for part in self.parts.values():
                if part.lines:
                    block = "".join(part.lines).encode("utf-8", "replace")
                    part.blocks.extend((self._file.tell(), len(block)))
                    part.lines.clear()
                    self._file.write(block)
            self._file.flush()
        self._held = 0

    def read(self, partition: Partition) -> Iterator[bytes]:
        """Yield the rows of a partition, in pieces."""
        blocks = self.parts[partition].blocks
        with self._path.open("rb") as file:
            for offset, length in zip(blocks[::2], blocks[1::2], strict=True):
                file.seek(offset)
                for start in range(0, length, _BLOCK):
                    yield file.read(min(_BLOCK, length - start))


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell a full disk here from a connection that breaks, which looks the same to the client."""
    try:
        yield
    except OSError as error:
        raise ExportError(f"Rows can't be kept in {folder}: {error.strerror or error}") from error


class Spools(list[Spool]):
    """The spools of a dataset, in the order of their windows."""

    def partitions(self) -> dict[Partition, PartitionRows]:
        """Return what each partition holds over all windows, in a fixed order."""
        totals: dict[Partition, PartitionRows] = {}
        for spool in self:
            for partition, part in spool.parts.items():
                total = totals.setdefault(partition, PartitionRows())
                total.rows += part.rows
                total.days |= part.days
                total.accounts |= part.accounts
        return dict(sorted(totals.items()))

    def unknown(self) -> Counter[str]:
        """Return in how many rows FOCUS columns are empty that must not be, by column."""
        counts: Counter[str] = Counter()
        for spool in self:
            for columns, rows in spool.unknown.items():
                counts.update(dict.fromkeys(columns, rows))
        return counts

    def read(self, partition: Partition) -> Iterator[bytes]:
        """Yield the rows of a partition, in pieces."""
        for spool in self:
            if partition in spool.parts:
                yield from spool.read(partition)
