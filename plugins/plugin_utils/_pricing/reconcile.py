# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rate card held against the bill: by account, metric and cycle, what it estimates and what Cloudflare charges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    ZERO,
    exact_arithmetic,
    settled,
    to_json_number,
    total,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycles
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    EXPLANATIONS,
    ReconciledLine,
    Reconciliation,
    Result,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import (
    DAY,
    Facts,
    Group,
    LineKey,
    line_key,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    NEEDED_DIMENSIONS,
    Item,
    Line,
    Unpriced,
    charged_quantity,
    cycle_doubts,
    lines_of,
    price_cycle,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard, read_rate_card

# Bills round: less than half a cent is no difference, a cent is one.
_HALF_A_CENT = Decimal("0.005")
# With one of these the two amounts are not of the same use, or one of them is not known.
_NOT_COMPARABLE = EXPLANATIONS.keys() - {
    "rounding",
    "charged_quantity_differs",
    "price_differs",
    "quantity_or_price_differs",
    "cycle_not_ended",
}


@dataclass(frozen=True)
class _Charge:
    """What Cloudflare charges for one line by day; None is unknown. ``quantity`` is what it charges for in all."""

    currency: str | None
    daily: tuple[Decimal, ...] | None
    quantity: Decimal | None


@dataclass(frozen=True)
class _Row:
    """One line in one cycle, ``first`` to ``last`` the days of it that the facts hold."""

    line: Line
    first: date
    last: date
    quantity: Decimal
    item: Item | None
    estimated: Decimal | None
    billed: Decimal | None
    reasons: tuple[str, ...]

    @property
    def difference(self) -> Decimal | None:
        """How much more Cloudflare charges than the card estimates."""
        return None if self.billed is None or self.estimated is None else self.billed - self.estimated

    @property
    def result(self) -> Result:
        if self.difference is None or _NOT_COMPARABLE & set(self.reasons):
            return "unknown"
        return "equal" if abs(self.difference) < _HALF_A_CENT else "different"


@exact_arithmetic
def reconcile_costs(usage: Any, rate_card: Any) -> Reconciliation:
    """Return what a rate card estimates beside what Cloudflare charges."""
    card = read_rate_card(rate_card)
    facts = read_facts(usage)
    return reconcile(facts, card.in_cycles_from(facts.cycle_day))


def reconcile(facts: Facts, card: RateCard) -> Reconciliation:
    """Return the same of facts and a card that are read already, the card in the cycles of the facts."""
    reasons = [doubt.code for doubt in facts.doubts_about("billed_cost", "actual")]
    reasons += [code for code, _text in cycle_doubts(facts, card) if code != "cycle_start_missing"]
    rows: list[_Row] = []
    if facts.group_by >= NEEDED_DIMENSIONS:
        rows = list(_rows(facts, card))
    else:
        reasons.append("not_grouped_by")
    both = [row for row in rows if row.difference is not None]
    return {
        "from": facts.first.isoformat(),
        "to": facts.last.isoformat(),
        "currency": card.currency,
        "result": _result(rows, reasons),
        "estimated": _sum(row.estimated for row in both),
        "billed": _sum(row.billed for row in both),
        "difference": _sum(row.difference for row in both),
        "billed_without_estimate": _sum(row.billed for row in rows if row.estimated is None),
        "estimated_without_bill": _sum(row.estimated for row in rows if row.billed is None),
        "reasons": list(dict.fromkeys(reasons)),
        "lines": [_row_fact(row) for row in sorted(rows, key=_size)],
        "explanations": {code: text for code, text in EXPLANATIONS.items() if any(code in row.reasons for row in rows)},
        "rate_card": {"name": card.name, "source": card.source, "checked_on": card.checked_on},
    }


def _result(rows: Sequence[_Row], reasons: Sequence[str]) -> Result:
    found = {row.result for row in rows}
    if "different" in found:
        return "different"
    return "equal" if found == {"equal"} and not reasons else "unknown"


def _sum(amounts: Iterable[Decimal | None]) -> int | float:
    return to_json_number(settled(total(amount for amount in amounts if amount is not None)))


def _size(row: _Row) -> tuple[bool, Decimal, date]:
    """Sort by the size of the difference, what is not known first."""
    return row.difference is not None, -abs(row.difference or ZERO), row.first


def _rows(facts: Facts, card: RateCard) -> Iterator[_Row]:
    parts: dict[LineKey, list[Group]] = {}
    for group in facts.groups:
        parts.setdefault(line_key(group), []).append(group)
    spans = [
        (max(begins, facts.first), min(ends, facts.last), begins, ends)
        for begins, ends in cycles(facts.first, facts.last, card.cycle_day)
    ]
    for key, line in lines_of(facts.groups).items():
        charge = _charge(parts[key])
        for first, last, begins, ends in spans:
            days = slice((first - facts.first).days, (last - facts.first).days + 1)
            doubts = ["cycle_start_missing"] if begins < first else []
            if last > facts.first + DAY * (facts.complete - 1):
                doubts.append("days_not_complete_yet")
            goes_on = ["cycle_not_ended"] if last < ends else []
            row = _row(line, charge, days, (first, last), card, whole=len(spans) == 1)
            if row is not None:
                yield _with_reasons(row, doubts, goes_on)


def _row(
    line: Line, charge: _Charge, days: slice, span: tuple[date, date], card: RateCard, *, whole: bool
) -> _Row | None:
    """Return one line in one cycle, None where nothing was used and nothing charged."""
    first, last = span
    billed = None if charge.daily is None else settled(total(charge.daily[days]))
    found = price_cycle(line, line.daily[days], first, last, card)
    if found is None and not billed:
        return None
    reasons = [] if billed is not None else ["cost_unknown"]
    if billed and charge.currency != card.currency:
        billed = None
        reasons.append("currency_differs")
    if isinstance(found, Unpriced):
        return _Row(line, first, last, found.quantity, None, None, billed, (*reasons, found.reason))
    estimated = settled(found.amount) if found else ZERO
    if billed is not None:
        reasons += _why(billed - estimated, found, charge.quantity if whole else None)
    return _Row(line, first, last, found.quantity if found else ZERO, found, estimated, billed, tuple(reasons))


def _why(difference: Decimal, item: Item | None, charged: Decimal | None) -> Iterator[str]:
    """Yield the code of why two amounts differ. What is charged for is a whole number on a bill."""
    if not difference:
        return
    if abs(difference) < _HALF_A_CENT:
        yield "rounding"
    elif charged is None:
        yield "quantity_or_price_differs"
    else:
        expected = charged_quantity(item.billable, item.price) if item else ZERO
        yield "charged_quantity_differs" if abs(charged - expected) >= 1 else "price_differs"


def _with_reasons(row: _Row, before: Sequence[str], after: Sequence[str]) -> _Row:
    return replace(row, reasons=(*before, *row.reasons, *after))


def _charge(groups: Sequence[Group]) -> _Charge:
    """Return what Cloudflare charges for the groups of a line, which one currency must have in common."""
    costs = [group.daily_cost for group in groups]
    currencies = {group.currency for group in groups if group.costs["billed_cost"]}
    known = [cost for cost in costs if cost is not None]
    quantities = [group.pricing_quantity for group in groups if group.pricing_quantity is not None]
    return _Charge(
        currency=next(iter(currencies)) if len(currencies) == 1 else None,
        daily=tuple(total(value or ZERO for value in day) for day in zip(*known, strict=True))
        if len(known) == len(costs)
        else None,
        quantity=total(quantities) if len(quantities) == len(groups) else None,
    )


def _row_fact(row: _Row) -> ReconciledLine:
    return {
        "account_id": row.line.account_id,
        "account_name": row.line.account_name,
        "metric_id": row.line.metric_id,
        "metric_name": row.line.metric_name,
        "consumed_unit": row.line.unit,
        "from": row.first.isoformat(),
        "to": row.last.isoformat(),
        "quantity": to_json_number(row.quantity),
        "rule": row.item.price.rule if row.item else None,
        "estimated": to_json_number(row.estimated),
        "billed": to_json_number(row.billed),
        "difference": to_json_number(row.difference),
        "result": row.result,
        "reasons": list(row.reasons),
    }
