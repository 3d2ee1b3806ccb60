# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts as a plain-text table for a terminal or a job page. Nothing in it can steer a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import exact_arithmetic, is_number
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    and_more,
    format_money,
    format_number,
    format_percent,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.gate import gate_outcome
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    Verdict,
    read_verdicts,
    value_label,
    worst_first,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import is_expected

MAX_ROWS = 100
_MAX_CELL = 44
_HEADERS = ("STATUS", "GATE", "BUDGET", "FOR", "SO FAR", "LIMIT", "%", "FORECAST", "OVER ON", "EXPECTED OVER ON")
_RIGHT = frozenset(("SO FAR", "LIMIT", "%", "FORECAST"))


@exact_arithmetic
def budgets_table(verdicts: Any) -> str:
    """Return the table, then what the gate makes of it; columns in which nothing stands are left out.

    Of more than ``MAX_ROWS`` verdicts it has the worst, and says how many more there are.
    """
    checked = read_verdicts(verdicts)
    rows = [_row(verdict) for verdict in (checked if len(checked) <= MAX_ROWS else worst_first(checked)[:MAX_ROWS])]
    shown = [index for index in range(len(_HEADERS)) if index < 3 or any(row[index] for row in rows)]
    table = [[_HEADERS[index] for index in shown], *([row[index] for index in shown] for row in rows)]
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    lines = [_line(row, widths, shown) for row in table] if rows else []
    more = and_more(len(checked), len(rows), "verdict")
    lines += [f"… {more}"] if more else []
    return "\n".join([*lines, *([""] if lines else []), gate_outcome(checked)["message"]]) + "\n"


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _line(cells: Sequence[str], widths: Sequence[int], shown: Sequence[int]) -> str:
    padded = []
    for cell, size, index in zip(cells, widths, shown, strict=True):
        space = " " * (size - width(cell))
        padded.append(space + cell if _HEADERS[index] in _RIGHT else cell + space)
    return "  ".join(padded).rstrip()


def _row(verdict: Verdict) -> list[str]:
    actual = _amount(verdict, "actual")
    if verdict.get("actual_is_lower_bound") and actual:
        actual = f">= {actual}"
    percent = verdict.get("percent")
    crossed, expected = printable(verdict.get("crossed_on") or "", _MAX_CELL), is_expected(verdict)
    return [
        verdict["status"],
        verdict["outcome"],
        printable(verdict["name"], _MAX_CELL),
        printable(value_label(verdict), _MAX_CELL),
        actual or "unknown",
        _amount(verdict, "limit"),
        format_percent(percent) if is_number(percent) else "",
        _amount(verdict, "forecast"),
        "" if expected else crossed,
        crossed if expected else "",
    ]


def _amount(verdict: Verdict, key: str) -> str:
    """Return a number with its unit, told apart from those beside it; an estimate is called one wherever it stands."""
    value: Any = verdict.get(key)
    if not is_number(value):
        return ""
    others = (verdict.get("actual"), verdict.get("limit"), verdict.get("forecast"))
    if verdict.get("measure") == "consumed_quantity":
        unit = printable(verdict.get("unit") or "", 24)
        return f"{format_number(value, *others)} {unit}".rstrip()
    about = "est. " if verdict.get("estimated") and key != "limit" else ""
    return about + format_money(value, verdict.get("currency"), *others).replace("\N{NO-BREAK SPACE}", " ")
