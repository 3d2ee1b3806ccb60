# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who costs how much: amounts with their share and a total, which the amounts add up to as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """Return the amounts rounded so that they add up to their rounded sum."""
    whole = exact_total(amounts)
    minor = minor_places(currency)
    places = minor if not whole or abs(whole) >= Decimal(1).scaleb(-minor) else 1 - whole.adjusted()
    return _adding_up(amounts, Decimal(1).scaleb(-places))


def _adding_up(values: Sequence[Decimal], unit: Decimal, never: Decimal | None = None) -> list[Decimal]:
    """Return the values in whole units: those with the largest remainders are rounded up, but to ``never``."""
    shown = [value.quantize(unit, ROUND_FLOOR, SUMS) for value in values]
    short = int((exact_total(values).quantize(unit, ROUND_HALF_EVEN, SUMS) - exact_total(shown)) / unit)
    by_remainder = sorted(range(len(values)), key=lambda place: (shown[place] - values[place], place))
    for place in [place for place in by_remainder if shown[place] + unit != never][:short]:
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

    ``counted`` is what carries a cost, or does not. There are no shares of several currencies, nor of a total that
    credits bring to nothing or below.
    """
    ranked = sorted(parts, key=lambda part: (-_size(part.cost), part.name.casefold(), part.identity))
    # a single one left over takes no more room than a row for the rest
    kept = len(ranked) if len(ranked) <= MAX_SHARES + 1 else MAX_SHARES
    rows = list(ranked[:kept])
    if ranked[kept:]:
        rows.append(
            Part(f"{format_count(len(ranked) - kept, 'other')}", sum_costs([part.cost for part in ranked[kept:]]))
        )
    costs = [part.cost for part in rows]
    cells, total = cost_cells(costs, kind, counted)
    lines = [
        [Cell(part.name, note=part.note, identity=part.identity), cell] for part, cell in zip(rows, cells, strict=True)
    ]
    foot = [Cell("Total"), total]
    columns = [Column(title), Column("Cost", numeric=True)]
    shares = _shares(costs)
    if shares:
        missing = any(cost.missing for cost in costs)
        columns.append(Column("Share of what is known" if missing else "Share", numeric=True))
        lines = [[*line, share] for line, share in zip(lines, shares, strict=True)]
        foot.append(Cell(format_percent(100)))
    return Table(caption, columns, [RowGroup(lines)], totals=[foot], folded=folded)


def _size(cost: CostSum) -> Decimal:
    return max((exact(amount) for _currency, amount in cost.amounts()), default=Decimal("-Infinity"))


def exact(amount: float) -> Decimal:
    """Return the amount as its digits say."""
    return Decimal(repr(amount))


def sum_costs(costs: Sequence[CostSum]) -> CostSum:
    """Return what all of them come to."""
    whole = CostSum()
    for cost in costs:
        whole.missing += cost.missing
        for currency, amounts in cost.known.items():
            whole.known.setdefault(currency, []).extend(amounts)
    return whole


@exact_arithmetic
def cost_cells(costs: Sequence[CostSum], kind: str = KNOWN, counted: str = "record") -> tuple[list[Cell], Cell]:
    """Return a cell for each cost and one for their total, which they add up to as shown, currency by currency."""
    whole = sum_costs(costs)
    texts: list[list[str]] = [[] for _cost in range(len(costs) + 1)]
    for currency, amount in whole.amounts():
        own = [dict(cost.amounts()).get(currency) for cost in costs]
        places = [place for place, value in enumerate(own) if value is not None]
        amounts = [exact(value) for value in own if value is not None]
        shown = shown_amounts(amounts, currency)
        for place, value, rounded in zip(places, amounts, shown, strict=True):
            texts[place].append(money_text(value, rounded, currency))
        texts[-1].append(money_text(exact(amount), exact_total(shown), currency))
    *cells, total = (
        _cost_cell("; ".join(text), cost.missing, kind, counted)
        for text, cost in zip(texts, [*costs, whole], strict=True)
    )
    return cells, total


def _cost_cell(text: str, missing: int, kind: str, counted: str) -> Cell:
    if missing and text:
        return Cell(UNKNOWN, UNKNOWN, note=f"{text} known; {format_count(missing, counted)} without")
    return Cell(text, kind) if text else Cell(UNKNOWN, UNKNOWN)


def _shares(costs: Sequence[CostSum]) -> list[Cell]:
    """Return the share of each in what is known, which come to 100 % as shown; nothing where there are none."""
    amounts = sum_costs(costs).amounts()
    if len(amounts) != 1 or amounts[0][1] <= 0:
        return []
    whole = exact(amounts[0][1])
    shares = [exact(own[0][1]) / whole if (own := cost.amounts()) else None for cost in costs]
    shown = iter(_adding_up([share * 100 for share in shares if share is not None], Decimal("0.1"), Decimal(100)))
    return [
        Cell(UNKNOWN, UNKNOWN)
        if share is None
        else Cell(format_percent(next(shown)), share=float(max(Decimal(0), min(Decimal(1), share))))
        for share in shares
    ]
