# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the last cycle comes to at its end: the use of each line predicted, then priced as a whole."""

from __future__ import annotations

from datetime import date, timedelta
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


def card(cycle_day: int = 1, **keys: Any) -> RateCard:
    price = {"metric": "*", "unit": "Requests", "price": 3, **keys}
    head = {"name": "c", "source": "s", "checked_on": "2025-05-01", "currency": "USD", "cycle_day": cycle_day}
    return read_rate_card({**head, "prices": [price]})


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
    weekly = [[50, 52 + day % 3, 51, 54 + day % 2, 50, 13, 12][day % 7] for day in range(54)]
    found = forecast(usage([group([*weekly, 0, 0])], complete=54), card())
    expected = predict([Decimal(day) for day in weekly], 7, date(2025, 6, 23))
    june = weekly[31:]
    assert found.low < found.amount < found.high
    for path, amount, target in zip(
        found.paths,
        (found.amount, found.low, found.high),
        (expected.total, expected.low, expected.high),
        strict=True,
    ):
        assert abs(amount - (sum(june) + target) * 3) < Decimal("1e-9")
        assert path[0].daily[:23] == tuple(june)
        assert len(path[0].daily) == 30
    assert found.paths[0][0].daily[23:] == expected.days


def test_forecast_of_a_job_on_the_thirty_first_is_on_that_day() -> None:
    days = [date(2025, 7, 10) + timedelta(days=offset) for offset in range(93)]
    use = [100 if day.day == 31 else 10 + offset % 3 for offset, day in enumerate(days)]
    found = forecast(usage([group(use)], first="2025-07-10"), card(cycle_day=5))
    assert (found.first, found.last) == (date(2025, 10, 5), date(2025, 11, 4))
    jobs = [offset for offset, amount in enumerate(found.paths[0][0].daily) if amount > 50]
    assert [found.first + timedelta(days=offset) for offset in jobs] == [date(2025, 10, 31)]


def test_forecast_lists_what_the_card_cannot_price_once() -> None:
    facts = usage([group([1] * 31, unit="GB"), group([10] * 31), group([0] * 31, **KV), group([-1] * 31, **KV)])
    found = forecast(facts, card())
    assert found.amount == 930
    assert [(each.reason, each.quantity, each.first, each.last) for each in found.unpriced] == [
        ("other_unit", 31, date(2025, 5, 1), date(2025, 5, 31)),
        ("negative_quantity", -31, date(2025, 5, 1), date(2025, 5, 31)),
    ]


def test_forecast_lists_what_the_card_cannot_price_even_where_none_of_it_may_be_used() -> None:
    sparse = group([0, 0, 7, 0, 0, 0, 0, 0, 0, 5, *[0] * 23], unit="GB")
    found = forecast(usage([sparse], complete=31), card())
    assert found.paths[1][0].daily == (0,) * 30
    assert [each.reason for each in found.unpriced] == ["other_unit"]
