# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who costs how much: amounts with their share and a total, which the amounts add up to as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import SUMS, exact_arithmetic
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import total as exact_total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    format_count,
    format_money,
    format_percent,
    minor_places,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import (
    KNOWN,
    NOTHING,
    Cell,
    Column,
    RowGroup,
    Table,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import CostSum

MAX_SHARES = 8


@dataclass(frozen=True)
class Part:
    """What one of several costs: ``note`` and ``identity`` tell it apart from others of its name."""

    name: str
    cost: CostSum
    note: str = ""
    identity: str = ""


@exact_arithmetic
def shown_amounts(amounts: Sequence[Decimal], currency: str | None) -> list[Decimal]:
    """Return the amounts rounded so that they add up to their rounded sum: the largest remainders are rounded up."""
    whole = exact_total(amounts)
    minor = minor_places(currency)
    places = minor if not whole or abs(whole) >= Decimal(1).scaleb(-minor) else 1 - whole.adjusted()
    unit = Decimal(1).scaleb(-places)
    shown = [amount.quantize(unit, ROUND_FLOOR, SUMS) for amount in amounts]
    short = int((whole.quantize(unit, ROUND_HALF_EVEN, SUMS) - exact_total(shown)) / unit)
    by_remainder = sorted(range(len(amounts)), key=lambda place: (shown[place] - amounts[place], place))
    for place in by_remainder[:short]:
        shown[place] += unit
    return shown


def money_text(amount: Decimal, shown: Decimal, currency: str | None) -> str:
    """Return an amount as it was rounded for its table; what is not nothing never reads as nothing."""
    return f"{'about ' if amount and not shown else ''}{format_money(shown, name_text(currency) or None)}"


@exact_arithmetic
def share_table(
    caption: str,
    title: str,
    parts: Sequence[Part],
    *,
    kind: str = KNOWN,
    folded: bool = False,
    counted: str = "record",
) -> Table:
    """Return what each part costs and its share, the largest first; those beyond ``MAX_SHARES`` are one row.

    ``counted`` is what carries a cost, or does not.
    """
    ranked = sorted(parts, key=lambda part: (-_size(part.cost), part.name.casefold(), part.identity))
    # a single one left over takes no more room than a row for the rest
    kept = len(ranked) if len(ranked) <= MAX_SHARES + 1 else MAX_SHARES
    rows = list(ranked[:kept])
    if ranked[kept:]:
        rows.append(Part(f"{format_count(len(ranked) - kept, 'other')}", _sum(ranked[kept:])))
    whole = _sum(ranked)
    texts = _texts(rows, whole)
    share = "Share of what is known" if whole.missing else "Share"
    columns = [Column(title), Column("Cost", numeric=True), Column(share, numeric=True)]
    lines = [_line(part, own, whole, kind, counted) for part, own in zip(rows, texts[:-1], strict=True)]
    total = _line(Part("Total", whole), texts[-1], whole, kind, counted)
    totals = [[*total[:-1], replace(total[-1], share=None)]]
    return Table(caption, columns, [RowGroup(lines)], totals=totals, folded=folded)


def _size(cost: CostSum) -> Decimal:
    return max((exact(amount) for _currency, amount in cost.amounts()), default=Decimal("-Infinity"))


def exact(amount: float) -> Decimal:
    """Return the amount as its digits say."""
    return Decimal(repr(amount))


def _sum(parts: Sequence[Part]) -> CostSum:
    whole = CostSum()
    for part in parts:
        whole.missing += part.cost.missing
        for currency, amounts in part.cost.known.items():
            whole.known.setdefault(currency, []).extend(amounts)
    return whole


def _texts(rows: Sequence[Part], whole: CostSum) -> list[str]:
    """Return the amounts of each row as text, and of the total behind them."""
    texts: list[list[str]] = [[] for _row in range(len(rows) + 1)]
    for currency, amount in whole.amounts():
        own = [dict(row.cost.amounts()).get(currency) for row in rows]
        places = [place for place, value in enumerate(own) if value is not None]
        amounts = [exact(value) for value in own if value is not None]
        shown = shown_amounts(amounts, currency)
        for place, value, rounded in zip(places, amounts, shown, strict=True):
            texts[place].append(money_text(value, rounded, currency))
        texts[-1].append(money_text(exact(amount), exact_total(shown), currency))
    return ["; ".join(each) for each in texts]


def _line(part: Part, text: str, whole: CostSum, kind: str, counted: str) -> list[Cell]:
    missing = part.cost.missing
    if missing and text:
        cost = Cell(UNKNOWN, UNKNOWN, note=f"{text} known; {format_count(missing, counted)} without")
    else:
        cost = Cell(text, kind) if text else Cell(UNKNOWN, UNKNOWN)
    return [Cell(part.name, note=part.note, identity=part.identity), cost, _share(part.cost, whole)]


def _share(cost: CostSum, whole: CostSum) -> Cell:
    """Return the share of what is known; of several currencies, or of nothing, there is none."""
    own, all_of_it = cost.amounts(), whole.amounts()
    if not own:
        return Cell(UNKNOWN, UNKNOWN)
    if len(all_of_it) != 1 or not all_of_it[0][1]:
        return Cell("", NOTHING)
    share = exact(own[0][1]) / exact(all_of_it[0][1])
    return Cell(format_percent(share * 100), share=float(max(Decimal(0), min(Decimal(1), share))))
