# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bill of a pay-as-you-go account on the wire, and an API in memory that keeps the rules of version 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from ansible_collections.finops.cloudflare.plugins.module_utils._api.decoder import Envelope
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    Record,
    Server,
    answer,
    blocks,
    day,
)

T = TypeVar("T")

SUBSCRIPTION, OTHER_SUBSCRIPTION = "b5ab41bbf71f41c7a53ba4ce9c2ef5a8", "0f5ff1bd31324f8b9bcf6e7d2d1b1a4e"
R2_CLASS_A = "R2 Storage Class A Operations (First 1M included)"


def subscription(
    anchor: str, start: str = "2024-01-05", end: str | None = None, ident: str = SUBSCRIPTION
) -> dict[str, Any]:
    """Return a subscription as the info endpoint lists it; times without an hour are at 9:15."""
    times = {"billing_cycle_anchor_timestamp": anchor, "start_timestamp": start, "end_timestamp": end}
    written = {name: time if "T" in time else f"{time}T09:15:00Z" for name, time in times.items() if time is not None}
    return {"id": ident, **written}


def row(when: str | date, cost: Any = 0, priced: Any = 0, running: Any = None, **columns: Any) -> Record:
    """Return a row of the bill; ``running`` is Cloudflare's running total, a column that is ``...`` is left out."""
    start = date.fromisoformat(when) if isinstance(when, str) else when
    whole = {
        "BillingAccountId": ACCOUNT,
        "BillingAccountName": "Production",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2025-05-05T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": None,
        "ChargePeriodStart": f"{start}T00:00:00Z",
        "ChargePeriodEnd": f"{start + timedelta(days=1)}T00:00:00Z",
        "ConsumedQuantity": 1000,
        "ConsumedUnit": "",
        "BilledCost": cost,
        "ContractedCost": cost,
        "CumulatedContractedCost": running,
        "CumulatedPricingQuantity": 0,
        "EffectiveCost": cost,
        "HostProviderName": "Cloudflare",
        "InvoiceIssuerName": "Cloudflare",
        "ListCost": cost,
        "PricingQuantity": priced,
        "PricingUnit": "Count",
        "ServiceFamilyName": "R2",
        "ServiceName": R2_CLASS_A,
        "ServiceProviderName": "Cloudflare",
        "SubscriptionId": SUBSCRIPTION,
        "ZoneId": None,
        "ZoneName": None,
        **columns,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def bill(starts: Sequence[str], until: str, cost: int = 1, **columns: Any) -> list[Record]:
    """Return one row for each day of the cycles that begin on ``starts``, with running totals."""
    rows = []
    for start, following in zip(starts, [*starts[1:], until], strict=True):
        count = (day(following) - day(start)).days
        for number in range(count):
            when = day(start) + timedelta(days=number)
            named = {"BillingPeriodStart": f"{start}T00:00:00Z", **columns}
            rows.append(row(when, cost, 1, cost * (number + 1), **named))
    return rows


class PaygoServer(Server):
    """Answers as version 1 does: a range must hold the start of a cycle, and one that holds two comes back empty.

    ``cycles`` says which starts there are; by default those of the rows. An answer can be ``strict`` about them or not.
    """

    def __init__(
        self, rows: Iterable[Record], *subscriptions: Mapping[str, Any], covered: Any = True, strict: bool = True
    ) -> None:
        super().__init__([])
        self.info = {"covered": covered, "subscriptions": list(subscriptions)}
        self.rows = list(rows)
        self.strict = strict
        self.beside = Notices()

    def get_object(self, path: str) -> Answer[dict[str, Any]]:
        self.requests += 1
        assert path == f"/accounts/{ACCOUNT}/billable-usage/info"
        return Answer(self.info, self.beside)

    def get_result(
        self,
        path: str,
        query: Mapping[str, str],
        consume: Callable[[Iterable[Any]], T],
        columns: Sequence[str] = (),
        required: frozenset[str] = REQUIRED,
        body: Mapping[str, Any] | None = None,
    ) -> Answer[T]:
        with self._guard:
            self.requests += 1
            self.asked.append(dict(query))
        assert path == f"/accounts/{ACCOUNT}/billable-usage"
        first, last = query["from"], query["to"]
        found = [each for each in self.rows if first <= each["ChargePeriodStart"][:10] <= last]
        if self.strict:
            found = [each for each in found if self._starts(each, first, last) == 1]
        return Answer(consume(Envelope(blocks(answer(found), 700), columns, required).records()), Notices())

    def _starts(self, asked: Record, first: str, last: str) -> int:
        """Return how many cycles of a row's subscription begin in a range."""
        return len(
            {
                each["BillingPeriodStart"]
                for each in self.rows
                if each["SubscriptionId"] == asked["SubscriptionId"]
                and first <= each["BillingPeriodStart"][:10] <= last
            }
        )
