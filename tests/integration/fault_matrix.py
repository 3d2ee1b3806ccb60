# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what can go wrong. As a program it writes docs/faults.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
_TABLE = Path(__file__).with_suffix(".yml")
_HEAD = """\
# What goes wrong, and what becomes of it

Every row is tested, on every supported release of ansible-core, against a server, a disk or a survey that does just
this. No row ends as a number that is not true: a task **fails** with a `failure.kind` and a sentence, or its facts say
that they are `partial` or `empty`, and why. The gate column is what a budget of one metric comes to whose limit is far
above all use: a doubt about something else does not count for it. Where facts can't be read, the playbook `budget_gate`
could not tell, and ends with exit code 2.

This page is made from `tests/integration/fault_matrix.yml` by `tests/integration/fault_matrix.py`.
"""
_MODULE_HEAD = "| what goes wrong | facts | gate | what is said |\n|---|---|---|---|\n"
_DISK_HEAD = "| what goes wrong | task | file | what is said |\n|---|---|---|---|\n"
_PLAYBOOK_HEAD = "| what goes wrong | gate | what is said |\n|---|---|---|\n"


def parts() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each part of the table."""
    table: dict[str, list[dict[str, Any]]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return table


def gate(row: dict[str, Any]) -> str:
    """Return what the gate is expected to come to with the facts of a row: pass, or unknown."""
    return str(row.get("gate", "pass" if row["outcome"] == "complete" else "unknown"))


def page() -> str:
    """Return docs/faults.md."""
    return "\n".join([_HEAD, *(_section(name, rows) for name, rows in parts().items())])


def _section(name: str, rows: list[dict[str, Any]]) -> str:
    if "result" in rows[0]:
        head, lines = _PLAYBOOK_HEAD, [[row["what"], f"`{row['result']}`", _said(row)] for row in rows]
    elif rows[0].get("module") == "export":
        head, lines = _DISK_HEAD, [[row["what"], _outcome(row), _file(row), _said(row)] for row in rows]
    else:
        head, lines = _MODULE_HEAD, [[row["what"], _outcome(row), gate(row), _said(row)] for row in rows]
    return f"## {name}\n\n{head}" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _outcome(row: dict[str, Any]) -> str:
    return f"fails, `{row['kind']}`" if row["outcome"] == "failed" else str(row["outcome"])


def _file(row: dict[str, Any]) -> str:
    return {"old": "as it was", "new": "written"}.get(row.get("file", ""), "none is written")


def _said(row: dict[str, Any]) -> str:
    if "reasons" in row:
        return ", ".join(f"`{code}`" for code in row["reasons"])
    return f"… {row['says']} …" if "says" in row else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
