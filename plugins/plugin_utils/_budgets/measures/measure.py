# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much the groups of a budget come to: what is certain, what it can be at most, and every reason for doubt."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, total
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import Measurement, Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.match import Selection
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Group


def read_amount(selection: Selection, budget: Budget) -> Measurement:
    """Return the reading of a quantity or of a cost that Cloudflare gave."""
    quantity = budget.measure == "consumed_quantity"
    groups = (*selection.certain, *selection.possible)
    # a cost that is not there needs no currency
    labels = {_label(group, quantity=quantity) for group in groups if group.known_amount(budget.measure) is not None}
    wanted = budget.unit if quantity else budget.currency
    reasons = []
    if wanted is None and len(labels) > 1:
        kinds = "units" if quantity else "currencies"
        reasons.append(Reason(f"mixed_{kinds}", f"it adds up different {kinds}: {_listed(labels)}"))
        return Measurement(reasons=tuple(reasons))
    if wanted is None and labels:
        (wanted,) = labels
        if wanted is None and not quantity:
            return Measurement(reasons=(Reason("currency_missing", "the costs have no currency"),))
    elif labels - {wanted}:
        kind = "unit" if quantity else "currency"
        others = _listed(labels - {wanted})
        reasons.append(
            Reason(f"{kind}_differs", f"the {kind} of the budget is {printable(wanted)}, the data has {others}")
        )
    if any(group.amount(budget.measure) is None for group in groups):
        reasons.append(_cost_unknown(selection))
    elif not quantity and any(map(_may_be_unrated, groups)):
        text = "the costs of some use are 0, list costs too: Cloudflare may not have rated it yet"
        reasons.append(Reason("cost_all_zero", text))
    certain = [group for group in selection.certain if _label(group, quantity=quantity) == wanted]
    possible = [group for group in selection.possible if _label(group, quantity=quantity) == wanted]
    known = [amount for group in certain if (amount := group.known_amount(budget.measure)) is not None]
    may_add = [amount for group in possible if (amount := group.known_amount(budget.measure)) is not None]
    return Measurement(
        lower=total(known) + total(min(ZERO, amount) for amount in may_add) if known or not reasons else None,
        upper=None if reasons else total(known) + total(max(ZERO, amount) for amount in may_add),
        series=_daily_sum(certain, budget.measure),
        unit=wanted if quantity else None,
        currency=None if quantity else wanted,
        reasons=tuple(reasons),
    )


def _label(group: Group, *, quantity: bool) -> str | None:
    return group.unit if quantity else group.currency


def _listed(labels: set[str | None]) -> str:
    return ", ".join(sorted("none" if label is None else repr(printable(label, 60)) for label in labels))


def _daily_sum(groups: Sequence[Group], measure: str) -> tuple[Decimal, ...] | None:
    """Return the daily sum of groups, days to come as 0; None where one of them has no usable series."""
    rows = [series for group in groups if (series := group.series(measure)) is not None]
    if len(rows) < len(groups) or len({len(row) for row in rows}) != 1:
        return None
    return tuple(total(value for value in day if value is not None) for day in zip(*rows, strict=True))


def _may_be_unrated(group: Group) -> bool:
    """Tell whether use carries no cost but 0, where the facts do not say up to which day it is rated."""
    return group.rated_through is None and bool(group.quantity) and set(group.costs.values()) == {ZERO}


def _cost_unknown(selection: Selection) -> Reason:
    """Return why a cost is not known, with the last day that is rated, where the facts say one."""
    if all(group.currency is None for group in (*selection.certain, *selection.possible)):
        return Reason("cost_unknown", "Cloudflare gave no cost (source: usage has none; paygo and rated do)")
    text = "Cloudflare gave no cost, or not for all of it"
    rated = [group.rated_through for group in selection.certain if group.rated_through and None in group.costs.values()]
    return Reason("cost_unknown", f"{text}: use is rated through {min(rated)} only" if rated else text)
