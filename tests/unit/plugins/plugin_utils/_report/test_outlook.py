# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the billed cost will come to, and when nothing is said of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.headline import tiles
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import cost_days, source_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.outlook import cost_outlook
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    make_usage,
    make_verdict,
    sample,
)

SPACE = "\N{NO-BREAK SPACE}"


def _facts(daily: list[float], **changes: Any) -> Any:
    """Return facts of May so far, each day of which is whole."""
    last = f"2025-05-{len(daily):02d}"
    usage = make_usage(metrics=METRICS[:1], last=last, complete_through=last, price=1.0, **changes)
    usage["groups"][0].update(daily_billed_cost=daily, billed_cost=sum(daily))
    return usage


def _outlook(usage: Any) -> Any:
    return cost_outlook(usage, cost_days(usage)[0].daily)


def test_outlook_goes_on_to_the_end_of_the_month() -> None:
    found = _outlook(_facts([2.0] * 14))
    assert (found.last, found.amount, found.low, found.high, found.ahead) == (date(2025, 5, 31), 62, 62, 62, 17)


def test_outlook_has_a_band_that_holds_what_is_expected() -> None:
    found = _outlook(_facts([1.0, 3.0, 2.0, 5.0, 1.0, 2.0, 4.0, 2.5, 3.5, 1.5]))
    assert found.low < found.amount < found.high


def test_outlook_goes_on_to_the_end_of_the_billing_cycle() -> None:
    usage = _facts([2.0] * 14, billing_cycle={"from": "2025-05-01", "to": "2025-05-31", "anchor": 1})
    assert _outlook(usage).last == date(2025, 5, 31)
    usage["billing_cycle"] = {"from": "2025-04-20", "to": "2025-05-19", "anchor": 20}
    assert _outlook(usage) is None  # the facts lack its first days


def test_outlook_of_a_month_that_is_over_is_what_it_was() -> None:
    found = _outlook(_facts([1.5] * 31))
    assert (found.amount, found.low, found.high, found.ahead) == (46.5, 46.5, 46.5, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"reasons": [{"code": "account_failed", "affects": "usage", "message": "x"}], "status": "partial"},
        {"first": "2025-05-02"},
        {"complete_through": None},
    ],
    ids=["doubts", "first-day-missing", "no-day-whole"],
)
def test_outlook_is_not_known_where_the_facts_are_not_whole(changes: dict[str, Any]) -> None:
    usage = {**_facts([2.0] * 14), **changes}
    if "first" in changes:
        usage = make_usage(metrics=METRICS[:1], price=1.0, last="2025-05-14", complete_through="2025-05-14", **changes)
    assert _outlook(usage) is None


@pytest.mark.parametrize("days", [1, 6])
def test_outlook_needs_seven_days_with_use(days: int) -> None:
    assert _outlook(_facts([2.0] * days)) is None
    assert _outlook(_facts([0.0] * 10 + [2.0] * days)) is None


def test_outlook_is_where_it_will_end() -> None:
    end = tiles(sample(_facts([2.0] * 14)))[1]
    assert end.lead == f"USD{SPACE}62.00"
    assert end.notes == [
        "The billed cost by the end of 31 May 2025.",
        f"Between USD{SPACE}62.00 and USD{SPACE}62.00 in 80% of cases.",
    ]


@pytest.mark.parametrize(("forecast", "lead"), [(61.9, "61.90"), (30.0, "62.00"), (900.0, "900.00")])
def test_outlook_gives_way_to_a_budget_of_as_much_money(forecast: float, lead: str) -> None:
    verdict = make_verdict("spend", forecast=forecast, currency="USD", unit=None, on="forecast", limit=70, actual=1)
    assert tiles(sample(_facts([2.0] * 14), verdicts=[verdict]))[1].lead == f"USD{SPACE}{lead}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "from facts that do not name their source"),
        ({"source": "paygo"}, "from the bill of a pay-as-you-go account (source: paygo)"),
        ({"source": "rated"}, "from the usage that Cloudflare rated (source: rated)"),
        ({"source": "usage"}, "from the usage records (source: usage)"),
    ],
)
def test_outlook_the_cost_names_its_source(changes: dict[str, Any], words: str) -> None:
    assert source_text(make_usage(**changes)) == words


def test_outlook_the_cost_of_several_sources_names_each() -> None:
    usage = make_usage()
    usage["sources"] = [{"source": "rated"}, {"source": "paygo"}, {}]
    assert source_text(usage).count("source: ") == 2
