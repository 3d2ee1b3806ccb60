# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows as CSV."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible_collections.finops.cloudflare.plugins.module_utils._csv_text import not_a_formula, quoted
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import DATASET_COLUMNS, Row, decimal

_MUST_QUOTE = re.compile(r'[",\r\n]')


class Csv:
    """CSV for machines, which people open all the same: so no text in it is a formula or steers a terminal."""

    extension = "csv"
    null = ""

    def encode(self, text: str) -> str:
        if not text.isprintable():
            text = "".join(map(_visible, text))
        text = not_a_formula(text)
        return quoted(text) if _MUST_QUOTE.search(text) else text

    def number(self, value: object, column: str) -> str | None:
        return decimal(value)

    def line(self, row: Row) -> str:
        return ",".join(row) + "\n"

    def write(self, path: Path, blocks: Iterable[bytes]) -> None:
        with path.open("wb") as file:
            file.write(self.line(list(DATASET_COLUMNS)).encode())
            file.writelines(blocks)

    def days(self, path: Path) -> Iterator[str]:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["ChargePeriodStart"][:10]


def _visible(char: str) -> str:
    """Return a character as it is, unless it is a control, format or bidirectional one, or ends a line."""
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"
