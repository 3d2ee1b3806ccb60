# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the last cycle comes to at its end: the use of each line predicted, then priced as a whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.predict import predict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.pricing import (
    lines_of,
    price_forecast,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard, read_rate_card
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import Facts, group, usage

KV: dict[str, Any] = {"metric": "workers_kv_reads"}


def card(**keys: Any) -> RateCard:
    price = {"metric": "*", "unit": "Requests", "price": 3, **keys}
    return read_rate_card(
        {"name": "c", "source": "s", "checked_on": "2025-05-01", "currency": "USD", "prices": [price]}
    )


def forecast(facts: Facts, rates: RateCard) -> Any:
    viewed = read_facts(facts)
    return price_forecast(lines_of(viewed.groups).values(), viewed, rates)


def test_forecast_of_equal_days_is_that_of_the_whole_cycle() -> None:
    facts = usage([group([10] * 20 + [0] * 11), group([2] * 20 + [0] * 11, **KV)], complete=20)
    found = forecast(facts, card(included_per_cycle=40))
    assert (found.first, found.last) == (date(2025, 5, 1), date(2025, 5, 31))
    assert (found.low, found.amount, found.high) == (876, 876, 876)
    assert found.unpriced == ()
    assert [[(line.metric_id, line.daily) for line in path] for path in found.paths] == [
        [("workers_standard_requests", (10,) * 31), ("workers_kv_reads", (2,) * 31)]
    ] * 3


def test_forecast_crosses_a_limit_on_the_first_day_above_it() -> None:
    rates = card()
    found = forecast(usage([group([10] * 20 + [0] * 11), group([2] * 20 + [0] * 11, **KV)], complete=20), rates)
    days = [found.crossed_on(Decimal(limit), rates, 0) for limit in (0, 35, 36, 1115, 1116)]
    assert days == [date(2025, 5, 1), date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 31), None]


def test_forecast_is_of_the_last_cycle_and_of_its_days_that_are_there() -> None:
    rates = card(included_per_cycle=20)
    found = forecast(usage([group([10] * 40)]), rates)
    assert (found.first, found.last, found.amount) == (date(2025, 6, 1), date(2025, 6, 30), 840)
    assert found.paths[0][0].daily == (10,) * 30
    assert found.crossed_on(Decimal(0), rates, 2) == date(2025, 6, 3)
    found = forecast(usage([group([10] * 10)], first="2025-05-17"), card())
    assert (found.first, found.last, found.amount) == (date(2025, 5, 17), date(2025, 5, 31), 450)


def test_forecast_range_is_that_of_the_use() -> None:
    weekly = [10, 12, 11, 14, 10, 3, 2, 11, 12, 13, 13, 9, 2, 4, 12, 10, 12, 14, 11, 3, 3, 10, 13]
    found = forecast(usage([group([*weekly, 0, 0])], complete=23), card())
    expected = predict([Decimal(day) for day in weekly], 8, date(2025, 5, 23))
    known = sum(weekly)
    assert found.low < found.amount < found.high
    for path, amount, target in zip(
        found.paths,
        (found.amount, found.low, found.high),
        (expected.total, expected.low, expected.high),
        strict=True,
    ):
        assert abs(amount - (known + target) * 3) < Decimal("1e-9")
        (line,) = path
        assert line.daily is not None
        assert line.daily[:23] == tuple(weekly)
        assert len(line.daily) == 31


def test_forecast_lists_what_the_card_cannot_price_once() -> None:
    facts = usage([group([1] * 31, unit="GB"), group([10] * 31), group([0] * 31, **KV), group([-1] * 31, **KV)])
    found = forecast(facts, card())
    assert found.amount == 930
    assert [(each.reason, each.quantity, each.first, each.last) for each in found.unpriced] == [
        ("other_unit", 31, date(2025, 5, 1), date(2025, 5, 31)),
        ("negative_quantity", -31, date(2025, 5, 1), date(2025, 5, 31)),
    ]
