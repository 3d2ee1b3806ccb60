# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the billed cost will come to by the end of the month or billing cycle, where the facts allow to say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import exact_arithmetic, settled, total
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycle_end
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import STILL_FILLING, Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import history_in_use, predict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import Daily, complete_days

_MIN_DAYS = 7
_REACH = 5  # a forecast reaches this many times as far as the days that it rests on


@dataclass(frozen=True)
class CostOutlook:
    """What the cost comes to by ``last``: it lies from ``low`` to ``high`` 80 % of the time."""

    last: date
    amount: float
    low: float
    high: float
    ahead: int  # days that are not whole yet, or to come


def period_end(usage: Usage) -> date | None:
    """Return the last day of the month or billing cycle that the facts begin with and do not leave, else None."""
    first, last = (date.fromisoformat(usage["days"][place]) for place in (0, -1))
    cycle = usage.get("billing_cycle")
    ends = cycle_end(first, cycle["anchor"] if cycle else 1)
    begins = cycle["from"] if cycle else str(first.replace(day=1))
    return ends if str(first) == begins and last <= ends else None


@exact_arithmetic
def cost_outlook(usage: Usage, daily: Daily) -> CostOutlook | None:
    """Return the outlook of the cost of all use, day by day.

    None where the facts are not one month or cycle from its first day, where they lack something, or a day has no cost.
    """
    ends = period_end(usage)
    doubts = any(reason["code"] != STILL_FILLING for reason in usage["reasons"])
    if doubts or ends is None:
        return None
    first, complete = date.fromisoformat(usage["days"][0]), complete_days(usage)
    ahead = (ends - first).days + 1 - complete
    whole = [Decimal(repr(value)) for value in daily[:complete] if value is not None]
    if len(whole) < complete or not complete:
        return None
    if ahead and len(history_in_use(whole)) < max(_MIN_DAYS, -(-ahead // _REACH)):
        return None
    found = predict(whole, ahead, date.fromisoformat(usage["days"][complete - 1]))
    so_far = total(whole)
    amount, low, high = (float(settled(so_far + rest)) for rest in (found.total, found.low, found.high))
    return CostOutlook(ends, amount, low, high, ahead)
