# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a report that are neither HTML nor Markdown: tables of finished texts. Renderers only set them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import UNKNOWN, format_number

KNOWN, ESTIMATED, NOTHING = "known", "estimated", "nothing"  # beside UNKNOWN


@dataclass(frozen=True)
class Cell:
    """One value: ``kind`` tells known, estimated, unknown and not applicable apart; ``note`` is a second line."""

    text: str
    kind: str = KNOWN
    note: str = ""
    status: str = ""  # pass, warn, fail or unknown: shown as a badge
    share: float | None = None  # 0..1: shown as a bar beside the text


@dataclass(frozen=True)
class Column:
    """A heading; numbers are set to the right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class RowGroup:
    """Rows under one heading; ``more`` says what was left out. Without a heading: the plain rows of a table."""

    rows: list[list[Cell]]
    title: str = ""
    note: str = ""
    more: str = ""


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row names the row."""

    caption: str
    columns: list[Column]
    groups: list[RowGroup]
    more: str = ""
    notes: list[str] = field(default_factory=list)


def quantity_cell(value: float | None) -> Cell:
    """Return a quantity: unknown is a word, never 0."""
    return Cell(UNKNOWN, UNKNOWN) if value is None else Cell(format_number(value))
