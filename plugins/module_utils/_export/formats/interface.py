# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a format of an export has to do; a new one is a file beside this one, and a line in ``formats.py``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import Row


class Format(Protocol):
    """One format; its rows can be made one by one, and put together later."""

    extension: str
    null: str

    def encode(self, text: str) -> str:
        """Return a text as it stands in a row."""

    def number(self, value: object, column: str) -> str | None:
        """Return a number as it stands in a row, in this column; None for what is none."""

    def line(self, row: Row) -> str:
        """Return a row as it is kept until the file is made."""

    def write(self, path: Path, blocks: Iterable[bytes]) -> None:
        """Make the file out of encoded lines."""

    def days(self, path: Path) -> Iterator[str]:
        """Yield the day of each row of a file, as YYYY-MM-DD; any exception says that it is not such a file."""
