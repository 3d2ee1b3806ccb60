# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the groups of a budget come to: the certain part, the most it can be, and why not more is known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import Measurement, Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.match import Selection
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.measures.measure import read_amount
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Group

COSTS = ("billed_cost", "effective_cost", "contracted_cost", "list_cost")
ZEROS = "the costs of some use are 0, list costs too: Cloudflare may not have rated it yet"


def used(*daily: int, **keys: Any) -> Group:
    """Return a group with a quantity for each day, and no costs."""
    days = tuple(map(Decimal, daily))
    given: dict[str, Any] = {
        "keys": {},
        "unit": "Requests",
        "currency": None,
        "quantity": sum(days),
        "daily": days,
        "costs": dict.fromkeys(COSTS),
        "known_costs": {},
        "daily_cost": None,
    }
    return Group(**{**given, **keys})


def paid(*daily: int, **keys: Any) -> Group:
    """Return a group with a cost for each day."""
    days = tuple(map(Decimal, daily))
    given = {"currency": "USD", "costs": dict.fromkeys(COSTS, Decimal(sum(daily))), "daily_cost": days}
    return used(*(1 for _day in daily), **{**given, **keys})


def read(*certain: Group, possible: tuple[Group, ...] = (), **budget: Any) -> Any:
    [checked] = read_budgets([{"name": "budget", "limit": 1, **budget}])
    return read_amount(Selection(certain, possible), checked)


def billed(*certain: Group, **keys: Any) -> Any:
    return read(*certain, measure="billed_cost", **keys)


def decimals(*numbers: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, numbers))


def test_measure_of_whole_groups_is_exact() -> None:
    found = read(used(1, 2), used(3, 4))
    assert found == Measurement(Decimal(10), Decimal(10), decimals(4, 6), unit="Requests")
    found = billed(paid(1, 2), paid(3, 4))
    assert found == Measurement(Decimal(10), Decimal(10), decimals(4, 6), currency="USD")
    assert read() == Measurement(Decimal(0), Decimal(0))


def test_measure_that_is_asked_in_its_unit_or_currency_is_the_same() -> None:
    assert read(used(1), unit="Requests") == read(used(1))
    assert billed(paid(1), currency="USD") == billed(paid(1))


def test_measure_of_what_may_belong_is_what_it_can_come_to() -> None:
    found = read(used(5), possible=(used(3), used(-2), used(7, unit="GB")), unit="Requests")
    assert (found.lower, found.upper) == (3, None)
    found = read(used(5), possible=(used(3), used(-2)))
    assert (found.lower, found.upper, found.series) == (3, 8, decimals(5))
    found = billed(paid(5), possible=(paid(3), paid(-2)))
    assert (found.lower, found.upper, found.series) == (3, 8, decimals(5))
    assert (read(possible=(used(3),)).lower, read(possible=(used(3),)).upper) == (0, 3)


def test_measure_never_adds_two_units_or_two_currencies() -> None:
    found = read(used(1), used(2, unit=None), possible=(used(3, unit="GB"),))
    text = "it adds up different units: 'GB', 'Requests', none"
    assert found == Measurement(reasons=(Reason("mixed_units", text),))
    found = billed(paid(1), paid(2, currency="EUR"))
    assert found == Measurement(reasons=(Reason("mixed_currencies", "it adds up different currencies: 'EUR', 'USD'"),))
    found = billed(paid(1, currency=None))
    assert found == Measurement(reasons=(Reason("currency_missing", "the costs have no currency"),))
    found = read(used(1, unit=None))
    assert found == Measurement(Decimal(1), Decimal(1), decimals(1))


def test_measure_in_another_unit_or_currency_is_told_and_keeps_what_is_certain() -> None:
    long = "G" * 61
    found = read(used(1), used(2, unit=long), unit="Requests")
    text = f"the unit of the budget is Requests, the data has '{'G' * 59}…'"
    assert found == Measurement(Decimal(1), None, decimals(1), unit="Requests", reasons=(Reason("unit_differs", text),))
    found = billed(paid(1), paid(2, currency="EUR"), currency="EUR")
    text = "the currency of the budget is EUR, the data has 'USD'"
    assert found == Measurement(
        Decimal(2), None, decimals(2), currency="EUR", reasons=(Reason("currency_differs", text),)
    )
    assert read(used(1), unit="GB").lower is None


def test_measure_of_costs_needs_no_currency_where_there_is_no_cost() -> None:
    found = billed(paid(1), used(5))
    assert (found.lower, found.upper, found.currency, found.series) == (1, None, "USD", decimals(1))
    assert found.reasons == (Reason("cost_unknown", "Cloudflare gave no cost, or not for all of it"),)
    none = Reason("cost_unknown", "Cloudflare gave no cost (source: usage has none; paygo and rated do)")
    assert billed(used(5)) == Measurement(reasons=(none,))
    part = used(5, currency="USD", known_costs={"billed_cost": Decimal(4)})
    assert (billed(part).lower, billed(part).currency) == (4, "USD")


def test_measure_of_a_cost_that_only_some_may_have_is_not_known() -> None:
    found = billed(paid(1), possible=(used(5),))
    assert (found.lower, found.upper, [reason.code for reason in found.reasons]) == (1, None, ["cost_unknown"])


def test_measure_tells_the_first_day_through_which_costs_are_not_known() -> None:
    some = {"costs": {**dict.fromkeys(COSTS, Decimal(3)), "billed_cost": None}}
    found = billed(
        paid(1, rated_through="2025-05-02"),
        used(1, rated_through="2025-05-09", **some),
        used(1, rated_through="2025-05-07"),
        used(1),
    )
    text = "Cloudflare gave no cost, or not for all of it: use is rated through 2025-05-07 only"
    assert found.reasons == (Reason("cost_unknown", text),)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"quantity": Decimal(0)}, False),
        ({"rated_through": "2025-05-01"}, False),
        ({"costs": {**dict.fromkeys(COSTS, Decimal(0)), "list_cost": Decimal(1)}}, False),
        ({"costs": {**dict.fromkeys(COSTS, Decimal(0)), "list_cost": None}}, False),
    ],
)
def test_measure_of_use_that_costs_nothing_may_not_be_rated_yet(changes: dict[str, Any], *, told: bool) -> None:
    free = paid(0, **changes)
    for found in (billed(paid(1), free), billed(paid(1), possible=(free,))):
        assert found.reasons == ((Reason("cost_all_zero", ZEROS),) if told else ())
        assert (found.lower, found.upper) == (1, None if told else 1)
    assert read(free).reasons == ()


@pytest.mark.parametrize("daily_cost", [None, decimals(1, 2)])
def test_measure_has_a_series_only_where_all_groups_have_one_of_a_length(daily_cost: Any) -> None:
    assert billed(paid(1), paid(3, daily_cost=daily_cost)).series is None


def test_measure_series_takes_days_to_come_as_nothing_and_other_costs_have_none() -> None:
    assert read(used(1, 2, daily=(Decimal(1), None)), used(5, 6)).series == decimals(6, 6)
    assert read(paid(1), measure="list_cost").series is None
    assert read(paid(1), measure="list_cost").lower == 1
