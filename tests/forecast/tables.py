# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of docs/forecast.md, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .corpus import KINDS
from .measure import Rival, Score, measure

ALL = "all"


def forecast_tables(count: int, rivals: Mapping[str, Rival]) -> Iterator[str]:
    """Yield the table of all kinds, and that of facts that hold the month alone."""
    yield _line("kind", "range holds, %", "mean error, %", *rivals, "beside the best", "day holds, %")
    yield _line("---", *["---:"] * (4 + len(rivals)))
    whole, alone = Score(), Score()
    for kind in KINDS:
        score = measure(kind, range(count), rivals)
        score.held += measure(kind, range(count, 2 * count), {}).held  # rivals take most of the time
        whole.add(score)
        yield row(kind, score)
    yield row(ALL, whole)
    for kind in KINDS:
        if kind not in ("launched in the period", "month-end jobs"):
            alone.add(measure(kind, range(count // 3), rivals, month_only=True))
    yield ""
    yield row("the month alone", alone)


def row(name: str, score: Score) -> str:
    """Return one line of the table."""
    errors = [f"{score.error(each):.2f}" for each in score.errors]
    return _line(name, f"{score.coverage:.1f}", *errors, f"{score.ratio:.2f}", f"{score.day_coverage:.1f}")


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
