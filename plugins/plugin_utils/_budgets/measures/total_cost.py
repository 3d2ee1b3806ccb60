# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole bill: what Cloudflare charges for use, and the fixed fees of the same days beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, settled, total
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import Measurement, Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.match import Selection, Value
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.measures.measure import read_amount
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import matches
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Facts, Fee


def read_total_cost(selection: Selection, budget: Budget, facts: Facts, value: Value | None) -> Measurement:
    """Return the reading of billed cost and fixed fees together; it is unknown where one of them is."""
    metered = read_amount(selection, replace(budget, measure="billed_cost"))
    if facts.fees is None:
        text = "the facts do not have the fixed fees: ask for them with subscriptions"
        return replace(metered, upper=None, reasons=(*metered.reasons, Reason("fees_not_asked", text)))
    fees = list(_fees(facts.fees, budget, facts, value))
    currency = budget.currency or metered.currency or next((fee.currency for fee in fees if fee.cost), None)
    mine = [fee for fee in fees if fee.currency == currency]
    reasons = [*metered.reasons, *_fee_reasons(fees, currency)]
    known = settled(total(fee.cost for fee in mine if fee.cost is not None))
    return Measurement(
        lower=None if metered.lower is None else metered.lower + known,
        upper=None if reasons or metered.upper is None else metered.upper + known,
        series=None if metered.series is None else _with_fees(metered.series, mine),
        currency=currency,
        reasons=tuple(reasons),
    )


def _fees(fees: Sequence[Fee], budget: Budget, facts: Facts, value: Value | None) -> Iterator[Fee]:
    """Yield the fees of the accounts that a budget looks at, those of accounts without use included."""
    names = dict(group.value("account") for group in facts.groups) if "account" in facts.group_by else {}
    patterns = budget.match.get("account", ("*",))
    for fee in fees:
        labels = (fee.account_id, names.get(fee.account_id))
        if budget.each == "account" and value is not None and value[0] != fee.account_id:
            continue
        if any(matches(pattern, label) for pattern in patterns for label in labels if label):
            yield fee


def _fee_reasons(fees: Sequence[Fee], currency: str | None) -> Iterator[Reason]:
    unknown = [fee for fee in fees if fee.cost is None]
    if unknown:
        name = printable(unknown[0].name or "a subscription without name", 80)
        others = f", like {len(unknown) - 1} more" if len(unknown) > 1 else ""
        why = printable(unknown[0].unknown or "the API does not say it", 200)
        yield Reason("fee_unknown", f"the fixed fee of {name} is not known for these days ({why}){others}")
    others_in = sorted({str(fee.currency) for fee in fees if fee.cost and fee.currency != currency})
    if others_in:
        shown = printable(", ".join(others_in), 60)
        yield Reason("mixed_currencies", f"fixed fees are in {shown}, which does not add up with {currency or 'none'}")


def _with_fees(series: Sequence[Decimal], fees: Sequence[Fee]) -> tuple[Decimal, ...]:
    """Return the cost of each day with what is known of the fees of that day."""
    return tuple(cost + total(fee.daily[position] or ZERO for fee in fees) for position, cost in enumerate(series))
