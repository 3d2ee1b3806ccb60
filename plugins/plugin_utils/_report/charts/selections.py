# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a budget looks at, day by day.

A verdict does not list that. It is found by its sum: a selection by at most two dimensions that comes to exactly what
the verdict says. Where none does, or several with different days, nobody can tell.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import rounded
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import Number
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, asked, value_id
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import EstimateItem
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import Daily, add, by_day
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict

_MAX_DIMENSIONS = 2
EstimatedLines = Sequence[tuple[EstimateItem, Daily]]


@dataclass(frozen=True)
class _Part:
    """The smallest that a budget can take: a group, a fee or a priced line, with its values of the dimensions."""

    values: Mapping[str, str | None]
    counted: str | None  # the unit or the currency
    daily: Daily


class Selections:
    """The selections of all parts of a measure by what they come to; made when first asked for.

    ``lines`` are those of an estimate, in ``currency``, with what each day adds to them.
    """

    def __init__(self, usage: Usage, lines: EstimatedLines, currency: str | None) -> None:
        self._usage = usage
        self._lines, self._currency = lines, currency
        self._parts: dict[str, list[_Part]] = {}
        self._made: dict[tuple[str, int, int], dict[str, list[list[_Part]]]] = {}
        self._readers: dict[str, Callable[[], Iterator[_Part]]] = {
            "consumed_quantity": self._used,
            "billed_cost": self._billed,
            "total_cost": self._billed_and_fees,
            "estimated_cost": self._estimated,
        }

    def known(self, measure: str) -> bool:
        """Tell whether anything of a measure is known day by day."""
        return bool(self._parts_of(measure))

    def find(self, verdict: Verdict, start: int, end: int) -> Daily | None:
        """Return the daily amounts of what the verdict looks at, from day number ``start`` to before ``end``."""
        measure, actual = verdict.get("measure") or "", verdict.get("actual")
        if not actual:
            return None
        days = (measure, start, end)
        if days not in self._made:
            self._made[days] = self._by_sum(*days)
        counted = verdict.get("unit") if measure == "consumed_quantity" else verdict.get("currency")
        found = [
            by_day([part.daily[start:end] for part in parts])
            for parts in self._made[days].get(_rounded(actual), [])
            if parts[0].counted == counted and _are_of_value(parts, verdict)
        ]
        return found[0] if found and all(each == found[0] for each in found) else None

    def _parts_of(self, measure: str) -> list[_Part]:
        if measure not in self._parts:
            self._parts[measure] = list(self._readers[measure]()) if measure in self._readers else []
        return self._parts[measure]

    def _by_sum(self, measure: str, start: int, end: int) -> dict[str, list[list[_Part]]]:
        parts = self._parts_of(measure)
        sums = [add(value for value in part.daily[start:end] if value is not None) for part in parts]
        made: dict[str, list[list[_Part]]] = {}
        dimensions = list(dict.fromkeys(key for part in parts for key in part.values))
        for size in range(_MAX_DIMENSIONS + 1):
            for chosen in itertools.combinations(dimensions, size):
                selected: dict[tuple[str | None, ...], list[int]] = {}
                for place, part in enumerate(parts):
                    key = (*(part.values.get(each) for each in chosen), part.counted)
                    selected.setdefault(key, []).append(place)
                for places in selected.values():
                    amount = _rounded(add(sums[place] for place in places) or 0)
                    made.setdefault(amount, []).append([parts[place] for place in places])
        return made

    def _used(self) -> Iterator[_Part]:
        dimensions = asked(self._usage)
        for group in self._usage["groups"]:
            values = {each.key: value_id(group, each) for each in dimensions}
            yield _Part(values, group["consumed_unit"], group["daily_quantity"])

    def _billed(self) -> Iterator[_Part]:
        for part, group in zip(self._parts_of("consumed_quantity"), self._usage["groups"], strict=True):
            if group["daily_billed_cost"] is not None:
                yield _Part(part.values, group["billing_currency"], group["daily_billed_cost"])

    def _billed_and_fees(self) -> Iterator[_Part]:
        yield from self._parts_of("billed_cost")
        for fee in self._usage.get("subscriptions", []):
            if fee["cost"] is not None:
                yield _Part({"account": fee["billing_account_id"]}, fee["currency"], fee["daily_cost"])

    def _estimated(self) -> Iterator[_Part]:
        """Yield the priced lines, which have an account and a metric, and thereby its product."""
        metric, product = DIMENSIONS["metric"], DIMENSIONS["product_family"]
        products = {value_id(group, metric): value_id(group, product) for group in self._usage["groups"]}
        for item, daily in self._lines:
            name = item["metric_id"] or item["metric_name"]
            values = {
                "account": item["account_id"] or item["account_name"],
                "metric": name,
                "product_family": products.get(name),
            }
            yield _Part(values, self._currency, daily)


def _are_of_value(parts: Sequence[_Part], verdict: Verdict) -> bool:
    """Tell whether parts are of the value that the budget was applied to."""
    value = verdict.get("group")
    return not value or all(part.values.get(value["dimension"]) == (value["id"] or value["name"]) for part in parts)


def _rounded(amount: Number) -> str:
    """Return an amount in the digits that a verdict has of it, and that survive being written to JSON."""
    return f"{rounded(Decimal(repr(amount))):.12g}"
