# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budgets to start with, out of what was used and of a rate card: for people to look at, and to change.

Each metric in use has its allowance, shared out at 50, 80 and 100 %, and an anomaly rule; all together have one bill.
What nobody uses yet has one budget, so that the first whole day of something new is seen as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    SUMS,
    ZERO,
    exact_arithmetic,
    plus_percent,
    to_json_number,
    total,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycle_end, cycle_start
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import DEFAULT_MIN_DAYS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import exact_pattern
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import DAY, Facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    NEEDED_DIMENSIONS,
    Item,
    Line,
    Unpriced,
    lines_of,
    price_cycle,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import (
    Price,
    RateCard,
    read_rate_card,
)

SHARES = (50, 80, 100)
ANOMALY = 50  # percent
_FLOOR = Decimal("0.01")  # of an allowance
_ABOVE_USUAL = Decimal(50)  # percent, for what is beyond its allowance anyhow
_ABOVE_BILL = Decimal(20)  # percent
_NEW = Decimal("0.01")  # of the bill
_LEAST = Decimal(1)  # unit of the currency
_MONTH = 31  # days
_NAME = 150  # characters


class StarterError(FinopsError):
    """Facts that no budgets can be made of."""

    kind = "starter_budgets"


@dataclass(frozen=True)
class _Cycle:
    """The last billing cycle of which the facts hold every day, as places of these days."""

    first: date
    last: date
    begins: int
    ends: int


@dataclass(frozen=True)
class _Bill:
    """What a cycle came to; ``metrics`` are the patterns of those that it is of, None for all."""

    amount: Decimal
    currency: str
    measure: str
    cycle: _Cycle
    metrics: list[str] | None = None


@dataclass(frozen=True)
class _Metric:
    """A metric in one unit: the use of each account, and the allowance that each of them has, if any."""

    id: str
    name: str
    lines: tuple[Line, ...]
    price: Price | None

    @property
    def allowance(self) -> Decimal:
        return (self.price.included_per_day or self.price.included_per_cycle) if self.price else ZERO


@exact_arithmetic
def starter_budgets(usage: Any, rate_card: Any) -> list[dict[str, Any]]:
    """Return budgets for what the facts hold, which are right as ``read_budgets`` has it.

    The facts must be grouped by account and metric, or a StarterError is raised.
    """
    facts, card = read_facts(usage), read_rate_card(rate_card)
    missing = sorted(NEEDED_DIMENSIONS - facts.group_by)
    if missing:
        raise StarterError(f"The usage facts are not grouped by {', '.join(missing)}, which the budgets are made by.")
    card = card.in_cycles_from(facts.cycle_day)
    metrics = list(_metrics(facts, card))
    cycle = _last_cycle(facts, card.cycle_day)
    found = [
        *(entry for metric in metrics if metric.allowance for entry in _allowance(metric, facts, cycle)),
        *(_anomaly(metric, facts) for metric in metrics),
        *_money(metrics, facts, card, cycle),
    ]
    names: Counter[str] = Counter()
    for entry in found:
        names[entry["name"]] += 1
        if names[entry["name"]] > 1:  # a metric in several units
            entry["name"] += f" {names[entry['name']]}"
    read_budgets(found)
    return found


def _metrics(facts: Facts, card: RateCard) -> Iterator[_Metric]:
    by_metric: dict[tuple[str, str | None], list[Line]] = {}
    for line in lines_of(facts.groups).values():
        identity = line.metric_id or line.metric_name
        if identity is not None:
            by_metric.setdefault((identity, line.unit), []).append(line)
    for (identity, _unit), lines in sorted(by_metric.items(), key=lambda item: tuple(map(str, item[0]))):
        name = printable(lines[0].metric_name or identity, _NAME)
        yield _Metric(identity, name, tuple(lines), _price(lines[0], facts, card))


def _price(line: Line, facts: Facts, card: RateCard) -> Price | None:
    fitting = (
        price
        for price in card.prices
        if price.names(line.metric_id, line.metric_name)
        and line.unit in price.units
        and price.valid_from <= facts.last <= price.valid_until
    )
    return next(fitting, None)


def _last_cycle(facts: Facts, cycle_day: int) -> _Cycle | None:
    if not facts.complete:
        return None
    whole = facts.days[facts.complete - 1]
    last = whole if cycle_end(whole, cycle_day) == whole else cycle_start(whole, cycle_day) - DAY
    first = cycle_start(last, cycle_day)
    if first < facts.first:
        return None
    return _Cycle(first, last, (first - facts.first).days, (last - facts.first).days + 1)


def _subject(metric: _Metric) -> dict[str, Any]:
    unit = metric.lines[0].unit
    return {"match": {"metric": exact_pattern(metric.id)}, **({"unit": unit} if unit is not None else {})}


def _period(facts: Facts) -> str:
    """Return the period of an allowance; where cycles differ, the month is the one that all accounts share."""
    return "month" if facts.cycles_differ else "billing_cycle"


def _allowance(metric: _Metric, facts: Facts, cycle: _Cycle | None) -> Iterator[dict[str, Any]]:
    """Yield the budget that guards an allowance, for each account by itself as the allowance is."""
    daily = metric.price is not None and bool(metric.price.included_per_day)
    usual = _usual(metric, facts, cycle, daily=daily)
    beyond = usual > metric.allowance
    shares: list[dict[str, Any]] = [
        {"percent": SHARES[0], "outcome": "ignore"},
        {"percent": SHARES[1], "outcome": "warn"},
        {"percent": SHARES[2], "outcome": "fail"},
    ]
    amounts = [{"amount": _number(metric.allowance * share / 100), "outcome": "ignore"} for share in SHARES]
    period = "day" if daily else _period(facts)
    note = f"{metric.name}: what is included for each account in a {period.replace('_', ' ')}."
    if beyond:
        note += f" Last time it was more ({round(usual):,}), and the limit is {_ABOVE_USUAL} % above that."
    yield {
        "name": f"{printable(metric.id, _NAME)}-allowance",
        **_subject(metric),
        "each": "account",
        "period": period,
        "limit": _number(_rounded_up(plus_percent(usual, _ABOVE_USUAL)) if beyond else metric.allowance),
        "alerts": amounts if beyond else shares,
        "on_no_match": "warn",
        "note": note,
    }


def _usual(metric: _Metric, facts: Facts, cycle: _Cycle | None, *, daily: bool) -> Decimal:
    """Return the largest use of an account in the last whole cycle, or on one of its days.

    Without such a cycle, it is what a month of days like those that are there comes to.
    """
    begins, ends = (cycle.begins, cycle.ends) if cycle else (0, facts.complete)
    used = [days for line in metric.lines if (days := line.daily[begins:ends])]
    month = Decimal(1) if cycle else Decimal(_MONTH) / max(1, ends)
    return max((max(days) if daily else total(days) * month for days in used), default=ZERO)


def _anomaly(metric: _Metric, facts: Facts) -> dict[str, Any]:
    young = facts.complete - _first_use(metric, facts) <= DEFAULT_MIN_DAYS["anomaly"]
    return {
        "name": f"{printable(metric.id, _NAME)}-anomaly",
        **_subject(metric),
        "on": "anomaly",
        "direction": "up",
        "limit": ANOMALY,
        **({"floor": _number(metric.allowance * _FLOOR)} if metric.allowance else {}),
        **({"on_unknown": "warn"} if young else {}),
        "on_no_match": "warn",
        "note": f"{metric.name}: a whole day more than {ANOMALY} % above what is usual for its weekday."
        + (" It is too new for that: until it is not, this is a warning." if young else ""),
    }


def _first_use(metric: _Metric, facts: Facts) -> int:
    places = (
        place for place in range(facts.complete) if any(line.daily and line.daily[place] for line in metric.lines)
    )
    return next(places, facts.complete)


def _money(metrics: list[_Metric], facts: Facts, card: RateCard, cycle: _Cycle | None) -> Iterator[dict[str, Any]]:
    """Yield the budget of the bill, where the facts tell that of a whole cycle, and the one of what nobody uses yet."""
    bill = (_billed(facts, cycle) or _estimated(metrics, card, cycle)) if cycle else None
    if bill:
        days = f"{bill.cycle.first} to {bill.cycle.last}"
        yield {
            "name": "bill",
            **({} if bill.metrics is None else {"match": {"metric": bill.metrics}}),
            "measure": bill.measure,
            "currency": bill.currency,
            "period": _period(facts),
            "limit": _number(_rounded_up(max(_LEAST, plus_percent(bill.amount, _ABOVE_BILL)))),
            "alerts": [{"percent": SHARES[1]}],
            "note": f"{_ABOVE_BILL} % above {bill.measure.replace('_', ' ')} of {days}.",
        }
    patterns = _unused(metrics, facts, card)
    if patterns:
        yield {
            "name": "new-use",
            "match": {"metric": patterns},
            "measure": "estimated_cost",
            "currency": card.currency,
            "each": "metric",
            "period": _period(facts),
            "limit": _number(_rounded_up(max(_LEAST, bill.amount * _NEW if bill else ZERO))),
            "on_no_match": "ignore",
            "note": "What was not used when these budgets were made, beyond what is included of it.",
        }


def _billed(facts: Facts, cycle: _Cycle) -> _Bill | None:
    """Return what Cloudflare charged, None where that is not known of every day, or not in one currency."""
    costs = [(group.daily_cost or ())[cycle.begins : cycle.ends] for group in facts.groups]
    currencies = {group.currency for group, days in zip(facts.groups, costs, strict=True) if any(days)}
    known = [cost for days in costs for cost in days if cost is not None]
    if len(known) < len(costs) * (cycle.ends - cycle.begins) or len(currencies) != 1:
        return None
    (currency,) = currencies
    return _Bill(total(known), currency, "billed_cost", cycle) if currency else None


def _estimated(metrics: list[_Metric], card: RateCard, cycle: _Cycle) -> _Bill | None:
    """Return what the card makes of the metrics that it can price, None where these are none."""
    amount, priced = ZERO, []
    for metric in metrics:
        found = [
            price_cycle(line, line.daily[cycle.begins : cycle.ends], cycle.first, cycle.last, card)
            for line in metric.lines
        ]
        if metric.price and not any(isinstance(each, Unpriced) for each in found):
            amount += total(each.amount for each in found if isinstance(each, Item))
            priced.append(metric.id)
    if not priced:
        return None
    patterns = None if len(priced) == len(metrics) else sorted(set(map(exact_pattern, priced)))
    return _Bill(amount, card.currency, "estimated_cost", cycle, patterns)


def _unused(metrics: list[_Metric], facts: Facts, card: RateCard) -> list[str]:
    """Return the patterns of the card for what the facts do not hold."""
    used = {pattern for metric in metrics if metric.price for pattern in metric.price.metrics}
    today = [price for price in card.prices if price.valid_from <= facts.last <= price.valid_until]
    return sorted({pattern for price in today for pattern in price.metrics} - used)


def _rounded_up(amount: Decimal) -> Decimal:
    """Return an amount above 0 in two digits."""
    return amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1), ROUND_CEILING, SUMS)


def _number(amount: Decimal) -> int | float:
    return to_json_number(amount)
