# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage as Markdown, short enough for a job summary or a comment: what does not fit is named, not cut in half."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.comments import MAX_LENGTH, marker_line
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import and_more
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import model as report_model
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.table import ESTIMATED, Cell, Table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import ICONS

MAX_ROWS = 40
SECTIONS = ("comparison", "movers", "by-product-family", "by-metric", "estimate")
_STATES = {"complete": "✅", "partial": "⚠️", "empty": "❓"}


def usage_markdown(report: ReportInput) -> str:
    """Return the Markdown text of at most ``MAX_LENGTH`` characters and a line."""
    model = report_model.build(report)
    lines = _head(model, judged=bool(report.verdicts))
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


def _head(model: report_model.Report, *, judged: bool) -> list[str]:
    status = f"{_STATES[model.status]} **{markdown(model.status_word)}**. {markdown(model.freshness)}"
    lines = [
        marker_line("usage"),
        f"## {markdown(model.title)}",
        "",
        f"{markdown(model.period)} · {status} {markdown(model.age)}",
        "",
        f"**{markdown(model.cost.text)}.** {markdown(model.cost_note)}",
    ]
    if model.estimate:
        lines += ["", f"Estimated from a rate card, not a bill: **{markdown(model.estimate)}**."]
    if judged:
        lines += ["", f"{ICONS[model.budgets.status]} **{markdown(model.budgets.headline)}**"]
    return lines


def _blocks(model: report_model.Report) -> list[tuple[str, list[str]]]:
    """Return the parts below the head, each with its title."""
    blocks = []
    if model.missing:
        more = and_more(len(model.missing), min(len(model.missing), MAX_ROWS), "reason")
        reasons = [f"- {markdown(text)}" for text in model.missing[:MAX_ROWS]]
        blocks.append(("What is not known", [*reasons, *(["", f"_… {more}_"] if more else [])]))
    if model.budgets.table:
        blocks.append(("Budgets", _table(model.budgets.table)))
    for section in model.sections:
        if section.key in SECTIONS:
            tables = [line for table in section.tables for line in ["", *_table(table)]]
            blocks.append((markdown(section.title), [*(markdown(text) for text in section.intro), *tables]))
    return blocks


def _table(table: Table) -> list[str]:
    """Return the rows of a table, with what was left out below it."""
    rows = [row for group in table.groups for row in group.rows]
    lines = [
        f"| {' | '.join(markdown(column.title) for column in table.columns)} |",
        f"| {' | '.join('--:' if column.numeric else ':--' for column in table.columns)} |",
        *(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows[:MAX_ROWS]),
    ]
    left = and_more(len(rows), min(len(rows), MAX_ROWS), "row")
    more = " ".join(text for text in (left, table.more) if text)
    return [*lines, "", f"_… {markdown(more)}_"] if more else lines


def _cell(cell: Cell) -> str:
    icon = f"{ICONS[cell.status]} " if cell.status and cell.share is None else ""
    estimated = " (estimated)" if cell.kind == ESTIMATED else ""
    note = f"<br><sub>{markdown(cell.note)}</sub>" if cell.note else ""
    return f"{icon}{markdown(cell.text)}{estimated}{note}"
