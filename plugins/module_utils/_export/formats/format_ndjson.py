# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows as JSON, one object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import DATASET_COLUMNS, Row, decimal


class Ndjson:
    """A JSON object for each row, in ASCII, so that any text stays exact and no reader guesses an encoding."""

    extension = "ndjson"
    null = "null"
    _template = "{" + ",".join(f'"{column}":%s' for column in DATASET_COLUMNS) + "}\n"

    def encode(self, text: str) -> str:
        return json.dumps(text)

    def number(self, value: object, column: str) -> str | None:
        return decimal(value)

    def line(self, row: Row) -> str:
        return self._template % tuple(row)

    def write(self, path: Path, blocks: Iterable[bytes]) -> None:
        with path.open("wb") as file:
            file.writelines(blocks)

    def days(self, path: Path) -> Iterator[str]:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["ChargePeriodStart"][:10]
