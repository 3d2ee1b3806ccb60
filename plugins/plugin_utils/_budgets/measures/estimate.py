# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the groups of a budget are estimated to cost by a rate card, as a reading like that of any other measure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    Measurement,
    Reason,
    not_priced,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.match import Selection
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Facts, line_key
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    Line,
    cycle_doubts,
    lines_of,
    price_lines,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard


@dataclass(frozen=True)
class Estimate:
    """The reading, and the lines that it is made of."""

    reading: Measurement
    lines: tuple[Line, ...] = ()


def read_estimate(selection: Selection, budget: Budget, facts: Facts, card: RateCard) -> Estimate:
    """Return the estimate of the use that a budget looks at."""
    if budget.currency not in (None, card.currency):
        text = f"the currency of the budget is {budget.currency}, the rate card's is {card.currency}"
        return Estimate(Measurement(currency=card.currency, reasons=(Reason("currency_differs", text),)))
    lines = lines_of(selection.certain)
    chosen = Counter(map(line_key, selection.certain))
    whole = tuple(line for key, line in lines.items() if chosen[key] == facts.parts_of_lines[key])
    bill = price_lines(whole, facts, card)
    reasons = []
    if len(whole) < len(lines):
        text = "the match takes only a part of what an account used of a metric, which can't be priced"
        reasons.append(Reason("match_splits_metric", text))
    if bill.unpriced:
        reasons.append(not_priced(bill.unpriced))
    reasons += [Reason(code, text) for code, text in cycle_doubts(facts, card)]
    if any(group.quantity != 0 for group in selection.possible):
        reasons.append(Reason("membership_unknown", "use that names no account or metric may belong to it"))
    nothing = not bill.items and bool(reasons)
    return Estimate(
        Measurement(
            lower=None if nothing else bill.amount,
            upper=None if reasons else bill.amount,
            currency=card.currency,
            reasons=tuple(reasons),
        ),
        whole,
    )
