# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the cost: billed in total and day by day, estimated, and unknown, never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    Number,
    format_count,
    format_money,
    format_short_day,
    join_words,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import STILL_FILLING, Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import Cell
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    CostSum,
    Daily,
    add,
    complete_days,
    totals,
)

MAX_CURRENCIES = 3
_SOURCES = {
    "usage": "from the usage records",
    "paygo": "from the bill of a pay-as-you-go account",
    "rated": "from the usage that Cloudflare rated",
}


def amounts_text(cost: CostSum) -> str:
    """Return the known amounts, one for each currency."""
    return "; ".join(format_money(amount, name_text(currency) or None) for currency, amount in cost.amounts())


def billed_sum(usage: Usage) -> CostSum:
    """Return what is known of the billed cost of everything."""
    cost = CostSum()
    for group in usage["groups"]:
        cost.take(group)
    return cost


def source_text(usage: Usage) -> str:
    """Return where the billed cost comes from."""
    parts = usage.get("sources") or []
    names = {part.get("source") for part in parts} if parts else {usage.get("source")}
    known = sorted(name for name in names if name)
    if not known:
        return "from facts that do not name their source"
    return join_words([f"{_SOURCES[name]} (source: {name})" for name in known])


def billed(usage: Usage) -> tuple[Cell, str]:
    """Return the billed total of all groups and a sentence about it that names its source."""
    cost = billed_sum(usage)
    text = amounts_text(cost)
    if usage["status"] == "empty":
        return Cell("Cost unknown", UNKNOWN), "There are no records."
    if not text:
        return Cell("Cost unknown", UNKNOWN), "The records carry no billed cost."
    if cost.missing:
        without = format_count(cost.missing, "record carries", "records carry")
        return Cell("Cost unknown", UNKNOWN), (f"{text} is known {source_text(usage)}, but {without} no billed cost.")
    several = "; currencies are not added up" if len(cost.known) > 1 else ""
    lacking = any(reason.get("affects") != "cost" and reason["code"] != STILL_FILLING for reason in usage["reasons"])
    if lacking:
        text, several = f"{text} known", f"{several}. Not all use may be in it, see below"
    return Cell(text), f"Billed cost {source_text(usage)}{several}."


def fees_amount(usage: Usage) -> str:
    """Return what the fixed fees of subscriptions come to, as far as it is known; nothing where there is none."""
    fees = usage.get("subscriptions", [])
    cost = CostSum()
    for fee in fees:
        if fee["cost"] is not None:
            cost.known.setdefault(fee["currency"], []).append(fee["cost"])
    unknown = sum(fee["cost"] is None for fee in fees)
    words = [amounts_text(cost)] if cost.known else []
    words += [f"{format_count(unknown, 'fee')} of unknown amount"] if unknown else []
    return " and ".join(words)


def fees_text(usage: Usage) -> str:
    """Return a sentence about the fixed fees, which stand apart; nothing where there is none."""
    amount = fees_amount(usage)
    return f"Beside it, fixed fees: {amount}." if amount else ""


def estimate_amount(estimate: Estimate) -> str:
    """Return the estimated total, as a lower bound where something has no price."""
    if estimate["amount"] is None:
        return "no amount: nothing can be priced"
    text = format_money(estimate["amount"], name_text(estimate["currency"]) or None)
    return f"at least {text}" if estimate["is_lower_bound"] else text


@dataclass(frozen=True)
class CostDays:
    """The billed cost of each day in one currency; it is not ``whole`` where some records carry no cost.

    ``rest`` is what is known besides, but not of which day it is.
    """

    currency: str | None
    daily: Daily
    whole: bool
    rest: Number = 0

    def text(self, amount: Number | None) -> str:
        """Return an amount in this currency."""
        return format_money(amount, name_text(self.currency) or None)


def cost_days(usage: Usage) -> list[CostDays]:
    """Return the daily cost by currency, as far as it is known, the largest first."""
    priced = [group for group in usage["groups"] if group["daily_billed_cost"] is not None]
    whole = len(priced) == len(usage["groups"])
    known = dict(billed_sum(usage).amounts())
    found = []
    for total in totals(priced, [], costs=True):
        rest = add([known.get(total.unit), -(known_sum(total.daily_cost) or 0)]) or 0
        found.append(CostDays(total.unit, total.daily_cost, whole, rest))
    return sorted(found, key=lambda each: (-(known_sum(each.daily) or 0), str(each.currency)))[:MAX_CURRENCIES]


def known_sum(daily: Daily) -> Number | None:
    """Return the sum of the days that are known."""
    return add(value for value in daily if value is not None)


def running(daily: Sequence[Number | None]) -> list[Number]:
    """Return the running total up to the first day that is not known."""
    sums: list[Number] = []
    for value in daily:
        if value is None:
            break
        sums.append(add([sums[-1], value]) or 0 if sums else value)
    return sums


def yesterday(usage: Usage) -> tuple[str, CostDays, Number, Number] | None:
    """Return the last complete day, its cost and that of the day before, in the currency of the largest cost."""
    complete = complete_days(usage)
    for cost in cost_days(usage)[:1]:
        now, before = (cost.daily[complete - 1], cost.daily[complete - 2]) if complete > 1 else (None, None)
        if cost.whole and now is not None and before is not None:
            return format_short_day(usage["days"][complete - 1]), cost, now, before
    return None
