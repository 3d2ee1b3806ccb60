# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage as Markdown, short enough for a job summary or a comment: what does not fit is named, not cut in half."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.comments import MAX_LENGTH, marker_line
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import and_more
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import model as report_model
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.headline import Tile
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import ESTIMATED, Cell, Table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import ICONS

MAX_ROWS = 40
SECTIONS = (
    "cost", "fees", "owners", "budgets", "comparison", "movers", "by-product-family", "by-metric", "by-tag", "estimate",
)  # fmt: skip
_SENTENCE = 1000
_STATES = {"complete": "✅", "partial": "⚠️", "empty": "❓"}


def usage_markdown(report: ReportInput) -> str:
    """Return the Markdown text of at most ``MAX_LENGTH`` characters and a line."""
    model = report_model.build(report)
    lines = _head(model)
    room = MAX_LENGTH - len("\n".join(lines))
    left_out = []
    for title, block in _blocks(model):
        text = "\n".join(["", f"### {title}", "", *block])
        if len(text) < room:
            lines.append(text)
            room -= len(text) + 1
        else:
            left_out.append(title)
    if left_out:
        lines += ["", f"_… too long for a summary: {', '.join(left_out)}_"]
    return "\n".join([*lines, ""])


def _head(model: report_model.Report) -> list[str]:
    status = f"{_STATES[model.status]} **{markdown(model.status_word)}**. {markdown(model.freshness)}"
    return [
        marker_line("usage"),
        f"## {markdown(model.title)}",
        "",
        f"{markdown(model.period)} · {status} {markdown(model.age)}",
        "",
        *(f"- {_tile(tile)}" for tile in model.tiles),
    ]


def _tile(tile: Tile) -> str:
    icon = f"{ICONS[tile.status]} " if tile.counts else ""
    estimate = [f"Estimated from a rate card, not a bill: **{markdown(tile.estimate)}**."] if tile.estimate else []
    notes = [markdown(note) for note in tile.notes]
    return " ".join([f"{markdown(tile.title)}: {icon}**{markdown(tile.lead)}**", *notes, *estimate])


def _blocks(model: report_model.Report) -> list[tuple[str, list[str]]]:
    """Return the parts below the head, each with its title."""
    blocks = []
    if model.missing:
        more = and_more(len(model.missing), min(len(model.missing), MAX_ROWS), "reason")
        reasons = [f"- {markdown(text, _SENTENCE)}" for text in model.missing[:MAX_ROWS]]
        blocks.append(("What is not known", [*reasons, *(["", f"_… {more}_"] if more else [])]))
    for section in model.sections:
        if section.key.startswith(SECTIONS):
            intro = [markdown(text, _SENTENCE) for text in section.intro]
            parts = [*([intro] if intro else []), *(_table(table) for table in section.tables)]
            blocks.append((markdown(section.title), [line for part in parts for line in [*part, ""]][:-1]))
    return blocks


def _table(table: Table) -> list[str]:
    """Return the rows of a table below its caption, with what was left out below them."""
    count = sum(len(group.rows) for group in table.groups)
    lines = [
        f"**{markdown(table.caption)}**",
        "",
        f"| {' | '.join(markdown(column.title) for column in table.columns)} |",
        f"| {' | '.join('--:' if column.numeric else ':--' for column in table.columns)} |",
        *_group_lines(table),
        *map(_row, table.totals),
    ]
    left = and_more(count, min(count, MAX_ROWS), "row")
    more = " ".join(text for text in (left, table.more) if text)
    return [*lines, "", f"_… {markdown(more)}_"] if more else lines


def _group_lines(table: Table) -> list[str]:
    """Return at most ``MAX_ROWS`` rows, those of each group below its name."""
    lines: list[str] = []
    room = MAX_ROWS
    for group in table.groups:
        if not room:
            break
        alone = " |" * len(table.columns)
        lines += [f"| **{markdown(group.title)}**{alone}"] if group.title else []
        lines += map(_row, group.rows[:room])
        room -= len(group.rows[:room])
        lines += [f"| _… {markdown(group.more)}_{alone}"] if group.more and room else []
    return lines


def _row(row: Sequence[Cell]) -> str:
    return f"| {' | '.join(map(_cell, row))} |"


def _cell(cell: Cell) -> str:
    icon = f"{ICONS[cell.status]} " if cell.status and cell.share is None else ""
    estimated = " (estimated)" if cell.kind == ESTIMATED else ""
    note = f"<br><sub>{markdown(cell.note)}</sub>" if cell.note else ""
    items = "".join(f"<br>{ICONS[status]} {markdown(words)}" for status, words in cell.items)
    return f"{icon}{markdown(cell.text)}{estimated}{note}{items}"
