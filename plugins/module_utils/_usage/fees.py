# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixed fees: what an account's subscriptions cost on each day, whatever it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    Number,
    exact_arithmetic,
    parse_number,
    to_json_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MalformedError
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import moment, text

# The least and the most days of a period; one of another length is charged in part, nobody says how much.
_DAYS = {"weekly": (7, 7), "monthly": (28, 31), "quarterly": (89, 92), "yearly": (365, 366)}
_CHARGED = frozenset(("Provisioned", "Paid", "AwaitingPayment", "Cancelled", "Expired"))
_ENDING = frozenset(("Cancelled", "Expired"))  # they cost nothing once their period is over


@dataclass(frozen=True)
class _Fee:
    """What is known of a fee: its price for all days from ``first`` to ``last``, ``after`` for each day behind them.

    ``unknown`` says why the price is None, or why other days are not known.
    """

    price: Number | None
    first: date
    last: date
    after: Number | None
    unknown: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def fixed_fees(subscriptions: Sequence[Any], account_id: str, days: Sequence[date], path: str) -> list[dict[str, Any]]:
    """Return ``subscriptions`` of the facts, in the order of their ids. Raises MalformedError."""
    if not all(isinstance(each, Mapping) for each in subscriptions):
        message = f"The answer of {path} is not what the Cloudflare API sends: not every subscription is an object."
        raise MalformedError(message, path=path, http_status=200)
    found = [_fact(each, account_id, days) for each in subscriptions]
    return sorted(found, key=lambda fact: (fact["id"] or "", fact["name"] or ""))


@exact_arithmetic
def _fact(subscription: Mapping[str, Any], account_id: str, days: Sequence[date]) -> dict[str, Any]:
    plan = subscription.get("rate_plan")
    plan = plan if isinstance(plan, Mapping) else {}
    fee = _fee(subscription)
    covered = sum(1 for day in days if fee.first <= day <= fee.last)
    daily = [_on(fee, day) for day in days]
    price = parse_number(subscription.get("price"))
    whole = None not in daily and fee.price is not None
    return {
        "billing_account_id": account_id,
        "id": text(subscription.get("id")),
        "name": text(plan.get("public_name")) or text(plan.get("id")),
        "rate_plan_id": text(plan.get("id")),
        "state": text(subscription.get("state")),
        "price": to_json_number(price),
        "currency": text(subscription.get("currency")),
        "frequency": text(subscription.get("frequency")),
        "period": {"from": str(fee.first), "to": str(fee.last)} if fee.days > 0 else None,
        "cost": to_json_number(Decimal(fee.price or 0) * covered / fee.days) if whole else None,
        "daily_cost": [None if cost is None else to_json_number(cost) for cost in daily],
        "unknown": None if whole else fee.unknown,
    }


def _fee(subscription: Mapping[str, Any]) -> _Fee:
    starts, ends = (moment(subscription.get(f"current_period_{name}")) for name in ("start", "end"))
    if starts is None or ends is None or ends.date() <= starts.date():
        return _Fee(None, date.max, date.min, None, "the current period has no start and end")
    first, last = starts.date(), ends.date() - DAY
    price, why = _price(subscription, (last - first).days + 1)
    after = 0 if subscription.get("state") in _ENDING else None
    return _Fee(price, first, last, after, why or "the API names the current period only")


def _price(subscription: Mapping[str, Any], days: int) -> tuple[Number | None, str]:
    """Return the price of the current period, or None and why it is not known."""
    state, frequency = str(subscription.get("state")), str(subscription.get("frequency"))
    price = parse_number(subscription.get("price"))
    if state == "Trial":
        return 0, ""
    if state not in _CHARGED:
        return None, "its state does not say whether it is paid for"
    if price is None:
        return None, "it has no price"
    least, most = _DAYS.get(frequency, (0, -1))
    if not least <= days <= most:
        return None, "its period is not as long as its frequency says, so the price may be charged in part"
    return price, ""


def _on(fee: _Fee, day: date) -> Decimal | Number | None:
    """Return the cost of one day."""
    if day > fee.last:
        return fee.after
    if fee.price is None or day < fee.first:
        return None
    return Decimal(fee.price) / fee.days
