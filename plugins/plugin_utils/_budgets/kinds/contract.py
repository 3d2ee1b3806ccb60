# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contract: a pool that was committed to for a period, how far it is drawn down, and the day on which it is used up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, percent_of
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import Drawdown, Evaluation, Result


def with_drawdown(case: Evaluation, found: Result) -> Result:
    """Return the forecast of a pool with how far it is drawn down; over is what is used up before its period ends."""
    return replace(found, drawdown=_drawdown(case, found))


def _drawdown(case: Evaluation, found: Result) -> Drawdown:
    pool, facts, span = case.budget.limit, case.facts, case.span
    days = gone = 0
    if span is not None:
        days = (span.last - span.first).days + 1
        gone = min(days, max(0, facts.complete - (span.first - facts.first).days))
    certain = found.actual if case.reading.exact and not case.doubts else None
    return Drawdown(
        drawn_percent=None if found.actual is None else percent_of(found.actual, pool),
        days_percent=percent_of(Decimal(gone), Decimal(days)),
        left=None if certain is None else max(ZERO, pool - certain),
        unused=_unused(pool, found.forecast),
        unused_low=_unused(pool, found.high),
        unused_high=_unused(pool, found.low),
    )


def _unused(pool: Decimal, drawn: Decimal | None) -> Decimal | None:
    return None if drawn is None else max(ZERO, pool - drawn)
