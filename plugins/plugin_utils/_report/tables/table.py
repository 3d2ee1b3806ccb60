# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a report that are neither HTML nor Markdown: tables of finished texts. Renderers only set them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from markupsafe import Markup

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import UNKNOWN, format_number

KNOWN, ESTIMATED, NOTHING = "known", "estimated", "nothing"  # beside UNKNOWN
_JOIN = "\N{NO-BREAK SPACE}"


def _safe(value: Any) -> Any:
    """Return a value whose texts are lines that steer nothing; what is not text stays as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _JOIN.join(clean(part) for part in value.split(_JOIN))
    if isinstance(value, (list, tuple)):
        return type(value)(_safe(each) for each in value)
    return value


@dataclass(frozen=True)
class Safe:
    """A part of a report: every text in it is made safe as it enters, wherever it came from."""

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, _safe(getattr(self, each.name)))


@dataclass(frozen=True)
class Cell(Safe):
    """One value: ``kind`` tells known, estimated, unknown and not applicable apart; ``note`` is a second line."""

    text: str
    kind: str = KNOWN
    note: str = ""
    status: str = ""  # pass, warn, fail or unknown: shown as a badge
    share: float | None = None  # 0..1: shown as a bar beside the text
    identity: str = ""  # an id, set so that one click selects it
    items: list[tuple[str, str]] = field(default_factory=list)  # lines of their own, each with a status


@dataclass(frozen=True)
class Column(Safe):
    """A heading; numbers are set to the right, what people copy is set so that one click selects it."""

    title: str
    numeric: bool = False
    copied: bool = False


@dataclass(frozen=True)
class RowGroup(Safe):
    """Rows under one heading; ``more`` says what was left out. Without a heading: the plain rows of a table."""

    rows: list[list[Cell]]
    title: str = ""
    identity: str = ""
    more: str = ""


@dataclass(frozen=True)
class Table(Safe):
    """A table; the first cell of each row names the row. ``totals`` are the rows at its foot.

    A folded table shows only its caption until somebody opens it.
    """

    caption: str
    columns: list[Column]
    groups: list[RowGroup]
    more: str = ""
    totals: list[list[Cell]] = field(default_factory=list)
    folded: bool = False


def quantity_cell(value: float | None) -> Cell:
    """Return a quantity: unknown is a word, never 0."""
    return Cell(UNKNOWN, UNKNOWN) if value is None else Cell(format_number(value))
