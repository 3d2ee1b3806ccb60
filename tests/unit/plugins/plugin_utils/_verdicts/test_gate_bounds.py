# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate says of hundreds of verdicts has a stated length, and keeps the worst."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.gate import (
    MAX_COMPACT,
    MAX_MESSAGE,
    MAX_NAMED,
    gate_outcome,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.table import MAX_ROWS, budgets_table

pytestmark = pytest.mark.many_cases


def _verdicts(count: int, text: str) -> list[dict[str, Any]]:
    kinds = [("pass", "pass"), ("warn", "warn"), ("unknown", "fail"), ("fail", "fail")]
    return [
        {
            "name": f"budget {number} {text}",
            "status": kinds[number % 4][0],
            "outcome": kinds[number % 4][1],
            "message": text,
            "reasons": [text[:50]] * 3,
            "percent": 1.5,
        }
        for number in range(count)
    ]


def test_gate_texts_are_short_and_the_worst_is_kept() -> None:
    for text in ("short", "\u6f22\u5b57" * 200, "word " * 200):
        gate = gate_outcome(_verdicts(3200, text))
        assert len(gate["message"]) <= MAX_MESSAGE
        headline, *lines, last = gate["message"].splitlines()
        assert headline == "Budget violated: 2400 of 3200 verdicts did not pass."
        assert {line.partition(":")[0] for line in lines} == {"fail"}
        assert last == f"… and {2400 - len(lines)} more verdicts."
        compact = gate["compact"]
        assert len(json.dumps(compact, ensure_ascii=False).encode()) <= MAX_COMPACT
        assert {one["status"] for one in compact["budgets"]} == {"fail"}
        assert 0 < len(compact["budgets"]) <= MAX_NAMED
        assert len(compact["budgets"]) + compact["left_out"] == 3200


@pytest.mark.parametrize(
    ("count", "more"), [(100, ""), (101, "… and 1 more verdict"), (3200, "… and 3,100 more verdicts")]
)
def test_gate_table_shows_the_worst_and_says_how_many_more(count: int, more: str) -> None:
    lines = budgets_table(_verdicts(count, "\u6f22\u5b57" * 200)).splitlines()
    rows, end = lines[1 : lines.index("")], [more] if more else []
    assert len(rows) == MAX_ROWS + len(end)
    assert rows[MAX_ROWS:] == end
    assert {row.partition(" ")[0] for row in rows[: min(count // 4, MAX_ROWS)]} == (
        {"fail"} if more else {"pass", "warn", "unknown", "fail"}
    )
    assert len("\n".join(lines)) < 40_000


def test_gate_texts_of_a_few_verdicts_are_whole() -> None:
    gate = gate_outcome(_verdicts(8, "short"))
    assert len(gate["message"].splitlines()) == 7
    assert gate["compact"]["left_out"] == 0


def test_gate_the_compact_form_fills_its_room_to_the_byte() -> None:
    def compact(length: int) -> dict[str, Any]:
        verdicts = _verdicts(2, "short")
        verdicts[0]["reasons"] = ["x" * length]
        form: dict[str, Any] = gate_outcome(verdicts)["compact"]
        return form

    def size(form: dict[str, Any]) -> int:
        return len(json.dumps(form, ensure_ascii=False).encode())

    room = MAX_COMPACT - size(compact(0))
    assert (size(compact(room)), compact(room)["left_out"]) == (MAX_COMPACT, 0)
    assert (len(compact(room + 1)["budgets"]), compact(room + 1)["left_out"]) == (1, 1)


def test_gate_long_texts_of_a_verdict_are_cut() -> None:
    [verdict] = _verdicts(1, "m" * 601)
    gate = gate_outcome([{**verdict, "name": "n" * 201, "status": "warn", "owner": "o" * 101}])
    message = f"{'m' * 599}…"
    assert gate["message"].splitlines()[1] == f"warn: {'n' * 99}…: {message} (owner: {'o' * 99}…)"
    assert gate["compact"]["budgets"][0]["name"] == f"{'n' * 199}…"
    gate = gate_outcome([{**verdict, "name": "n" * 200, "message": "m" * 600, "status": "warn", "owner": "o" * 100}])
    assert gate["message"].splitlines()[1] == f"warn: {'n' * 99}…: {'m' * 600} (owner: {'o' * 100})"
    assert gate["compact"]["budgets"][0]["name"] == "n" * 200
