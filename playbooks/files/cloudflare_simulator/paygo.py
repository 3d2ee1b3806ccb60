# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billable usage, version 1: the bill of an account that pays as it goes, cycle by cycle."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from . import catalogue
from .body_cache import BodyCache, joined
from .catalogue import Metric
from .catalogue import Paygo as Terms
from .config import Config
from .cycles import Subscription, subscriptions
from .dataset import Account, Series
from .records import Rows, as_template, calendar_slots, decimal, zone_columns

_SCALE = 12
"""Costs are whole numbers of 10**-12 dollars, used quantities of 10**-6 units: sums never depend on rounding."""
_MICRO = 10**6
_IMPLIED_UNITS = {"Requests", "Operations", "Rows", "Events", "Queries", "Images", "Neurons", "Seats"}


class Paygo:
    """Makes the rows of version 1 out of the quantities that version 2 shows as well."""

    def __init__(self, rows: Rows, cache: BodyCache, config: Config) -> None:
        self._rows = rows
        self._cache = cache
        self._config = config

    def info(self, account: Account) -> dict[str, Any]:
        held = subscriptions(account, self._config.current_day())
        return {"covered": bool(held), "subscriptions": [one.info() for one in held]}

    def pieces(self, account: Account, asked: tuple[dt.date, dt.date] | None) -> list[bytes]:
        """Return the rows for these days, or of two cycles where no days are asked for."""
        today = self._config.current_day()
        found = []
        held = subscriptions(account, today)
        for number, subscription in enumerate(held):
            share = (number, len(held))
            if asked is None:
                starts = subscription.two_last(today)
                spans = [(start, min(subscription.end(start), today)) for start in starts]
            else:
                spans = self._spans(subscription, *asked)
            found += [self._cycle(account, subscription, share, start, last) for start, last in spans]
        return joined(found, self._rows.separator.encode())

    def _spans(self, subscription: Subscription, first: dt.date, last: dt.date) -> list[tuple[dt.date, dt.date]]:
        """Return the part of a cycle that is served: nothing, unless the range holds exactly one anchor day."""
        starts = subscription.starts(first, last)
        if not starts or (len(starts) > 1 and self._config.two_anchors == "empty"):
            return []
        return [(starts[0], min(last, subscription.end(starts[0])))]

    def _cycle(
        self, account: Account, subscription: Subscription, share: tuple[int, int], start: dt.date, last: dt.date
    ) -> bytes:
        today, last = self._config.current_day(), min(last, self._config.last_day())
        key = ("paygo", account.id, subscription.id, start, last, today)

        def make() -> bytes:
            cycle = _Cycle(self._rows, self._config, subscription, share, start)
            days = [start + dt.timedelta(days=number) for number in range((last - start).days + 1)]
            return self._rows.separator.join(filter(None, (cycle.day(account, day, today) for day in days))).encode()

        return self._cache.get(key, make)


@dataclass
class _Line:
    """What one service has come to in a cycle, in one zone."""

    template: str
    quantity: int = 0
    cost: int = 0


@dataclass
class _Cycle:
    """Counts from the first day of a cycle on: allowances and blocks are those of the whole account."""

    rows: Rows
    config: Config
    subscription: Subscription
    share: tuple[int, int]
    """Which of how many subscriptions: they share the services of an account out."""
    start: dt.date
    used: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """By metric: what was used, the part of it that is charged for, and its cost."""
    lines: dict[object, _Line] = field(default_factory=dict)

    def day(self, account: Account, day: dt.date, today: dt.date) -> str:
        slots = calendar_slots(day) | {"cycle_start": f'"{self.start}T00:00:00Z"'}
        free: dict[str, int] = {}
        texts = []
        for series, units in self.rows.amounts(account, day, today):
            if series.correction or series.position % self.share[1] != self.share[0]:
                continue
            metric, terms = series.metric, series.metric.paygo
            quantity = self.rows.quantity(series, units)
            micro = int(float(quantity) * _MICRO) if self.config.quantity else units * 10 ** (6 - metric.scale)
            if terms.daily:
                left = free.setdefault(metric.id, int(terms.included * _MICRO))
                free[metric.id] = max(left - micro, 0)
                micro = max(micro - left, 0)
            before = self.used.get(metric.id, (0, 0, 0))
            priced, all_cost = _charged(metric, terms, before[0] + micro)
            self.used[metric.id] = (before[0] + micro, priced, all_cost)
            added, cost = priced - before[1], all_cost - before[2]
            line = self._line(series)
            line.quantity += added
            line.cost += cost
            numbers = {"quantity": quantity, "priced": added, "cost": decimal(cost, _SCALE)}
            totals = {"all_priced": line.quantity, "all_cost": decimal(line.cost, _SCALE)}
            texts.append(line.template % (slots | numbers | totals))
        return self.rows.separator.join(texts)

    def _line(self, series: Series) -> _Line:
        key = (series.metric.id, series.zone)
        if key not in self.lines:
            self.lines[key] = _Line(as_template(self._record(series), self.config))
        return self.lines[key]

    def _record(self, series: Series) -> dict[str, Any]:
        metric, style = series.metric, self.config.names
        unit = "" if metric.unit in _IMPLIED_UNITS else metric.unit
        account = series.account
        record = {
            **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "@cost@"),
            "BillingAccountId": account.id if account else None,
            "BillingAccountName": account.name if account else None,
            "BillingCurrency": self.config.currencies[series.position % len(self.config.currencies)],
            "BillingPeriodStart": "@cycle_start@",
            "ChargeCategory": "Usage",
            "ChargeClass": None,
            "ChargeDescription": catalogue.decorated(metric.paygo.service, series.position, style),
            "ChargePeriodEnd": "@end@",
            "ChargePeriodStart": "@start@",
            "ConsumedQuantity": "@quantity@",
            "ConsumedUnit": unit,
            "CumulatedContractedCost": "@all_cost@",
            "CumulatedPricingQuantity": "@all_priced@",
            "HostProviderName": "Cloudflare",
            "InvoiceIssuerName": "Cloudflare",
            "PricingQuantity": "@priced@",
            "PricingUnit": unit or "Count",
            "ServiceFamilyName": catalogue.decorated(metric.family, series.position, style),
            "ServiceName": catalogue.decorated(metric.paygo.service, series.position, style),
            "ServiceProviderName": "Cloudflare",
            "SubscriptionId": self.subscription.id,
        }
        zone = zone_columns(series, style)
        if zone or self.config.nulls:
            record["ZoneId"], record["ZoneName"] = zone or (None, None)
        return record


def _charged(metric: Metric, terms: Terms, used: int) -> tuple[int, int]:
    """Return the quantity that has a price, in whole blocks, and its cost, of what a cycle has used so far."""
    beyond = max(used - (0 if terms.daily else int(terms.included * _MICRO)), 0)
    if not terms.block:
        return -(-beyond // _MICRO), beyond * metric.price // _MICRO
    priced = -(-beyond // (terms.block * _MICRO)) * terms.block
    return priced, priced * metric.price
