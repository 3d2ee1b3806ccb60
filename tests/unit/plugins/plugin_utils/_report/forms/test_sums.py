# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page as an accountant reads it: what it shows is added up again, in every table and against the facts."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.allocate import allocate_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import read_rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import minor_places
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import usage_html
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    add,
    consistent,
    make_usage,
    sample,
)

_AMOUNT = re.compile(r"([A-Z]{3})\s(\N{MINUS SIGN}?[\d,]+(?:\.\d+)?)(?![\d%])")
_PERCENT = re.compile(r"(\N{MINUS SIGN}?[\d,]+\.\d)%")
CARD = {
    "name": "Prices", "source": "made up", "checked_on": "2025-05-01", "currency": "USD",
    "prices": [
        {"metric": metric[1], "unit": metric[3], "price": 0.0137 * (place + 1), "block": 7919}
        for place, metric in enumerate(METRICS[:8])
    ],
}  # fmt: skip


def _usage(*, accounts: int = 3, zones: int = 0, currencies: tuple[str, ...] = ("USD",), **changes: Any) -> Any:
    """Return the facts of a month with costs of many places, metric after metric in another currency."""
    usage = make_usage(accounts=accounts, zones=zones, price=0.01, **changes)
    chance = random.Random(7)
    for place, group in enumerate(usage["groups"]):
        days = [None if each is None else chance.randint(1, 10**7) / 10**6 for each in group["daily_billed_cost"]]
        group.update(daily_billed_cost=days, billing_currency=currencies[place % len(currencies)])
    if len(currencies) > 1:
        usage["cost"]["currency"] = None
    return consistent(usage)


def _credited(factor: float) -> Any:
    """Return facts in which a credit takes back so much of everything."""
    usage = _usage()
    group = usage["groups"][4]
    whole = add(each["billed_cost"] for each in usage["groups"])
    group["daily_billed_cost"][3] = round(group["daily_billed_cost"][3] - whole * factor, 6)
    return consistent(usage)


def _partly_known() -> Any:
    """Return facts in which costs are known of all, of some and of none of the records of a group."""
    usage = _usage()
    usage["cost"]["available"] = "some"
    for place in (0, 1, 5, 12):
        usage["groups"][place].update(daily_billed_cost=None, billed_cost=None)
    for place in (0, 5):
        some = {"amount": 3.3333 + place, "record_count": 12}
        usage["groups"][place]["incomplete_costs"] = {"billed_cost": some}
    usage["groups"][1]["billing_currency"] = None
    return usage


def _fee(cost: float | None, currency: str = "USD") -> Any:
    return {
        "billing_account_id": f"{0:032x}", "id": "s", "name": "Plan", "rate_plan_id": "plan", "state": "Paid",
        "price": 15, "currency": currency, "frequency": "monthly", "period": None, "cost": cost, "daily_cost": [],
        "unknown": None if cost is not None else "not told",
    }  # fmt: skip


def _states() -> dict[str, ReportInput]:
    usage, before = _usage(), _usage(first="2025-04-01", last="2025-04-30", complete_through="2025-04-30")
    rules = read_rules([{"name": "a", "match": {"account": "Production"}, "shares": {"x": 60, "y": 40}}])
    many = [("P", f"m{number}", f"Metric {number}", "GB", 10) for number in range(12)]
    return {
        "costs": sample(usage, previous=before, estimate=estimate_costs(usage, CARD)),
        "zones": sample(_usage(accounts=2, zones=12, metrics=METRICS[:3])),
        "one day": sample(_usage(last="2025-05-01", complete_through=None)),
        "many": sample(_usage(accounts=12, metrics=many), estimate=estimate_costs(_usage(accounts=7), CARD)),
        "currencies": sample(_usage(currencies=("USD", "JPY", "KWD", "EUR", "CLF"))),
        "yen": sample(_usage(currencies=("JPY",))),
        "credit": sample(_credited(0.5)),
        "more credit than cost": sample(_credited(1.5)),
        "partly known": sample(_partly_known(), previous=before),
        "fees": sample({**usage, "subscriptions": [_fee(1.005), _fee(1.005), _fee(3.333, "EUR"), _fee(None)]}),
        "owners": sample(allocate_usage(usage, rules)),
        "estimate": sample(make_usage(accounts=2), estimate=estimate_costs(make_usage(accounts=2), CARD)),
    }


STATES = _states()


@functools.cache
def _tree(state: str) -> Element:
    tree: Element = html5lib.HTMLParser(namespaceHTMLElements=False).parse(usage_html(STATES[state]))
    return tree


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _amounts(texts: Iterable[str]) -> dict[str, Decimal]:
    """Return what the amounts of some texts come to, by currency."""
    found: dict[str, Decimal] = {}
    for text in texts:
        for currency, amount in _AMOUNT.findall(text):
            found[currency] = found.get(currency, Decimal(0)) + _number(amount)
    return found


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def _rows(table: Element, part: str) -> list[list[str]]:
    return [[_text(cell) for cell in row] for row in table.findall(f"./{part}/tr") if row.get("class") is None]


def _tables(state: str, caption: str) -> list[Element]:
    """Return the tables whose caption begins so."""
    return [table for table in _tree(state).iter("table") if _text(table.findall("./caption")[0]).startswith(caption)]


@pytest.mark.many_cases
@pytest.mark.parametrize("state", STATES)
def test_sums_of_every_table_are_those_of_its_rows(state: str) -> None:
    checked = 0
    for table in _tables(state, ""):
        (caption,) = table.findall("./caption")
        beside = _text(caption).startswith("Estimate and bill")
        rows = [row for row in _rows(table, "tbody") if not (beside and "unknown" in row)]
        for foot in _rows(table, "tfoot"):
            for place, text in enumerate(foot[1:], 1):
                assert _amounts([text]) == _amounts(row[place] for row in rows), f"{_text(caption)}, column {place}"
                checked += bool(_amounts([text]))
    assert checked


@pytest.mark.parametrize("state", STATES)
def test_sums_of_shares_are_100_percent(state: str) -> None:
    for table in _tables(state, ""):
        titles = _rows(table, "thead")[0]
        for place, title in enumerate(titles):
            if title.startswith("Share") and "metric" not in title:
                shares = [_number(text) for row in _rows(table, "tbody") for text in _PERCENT.findall(row[place])]
                assert sum(shares) == 100
                assert _rows(table, "tfoot")[0][place] == "100.0%"


@pytest.mark.parametrize("state", [state for state in STATES if state != "estimate"])
def test_sums_of_the_cost_are_the_same_in_headline_charts_tables_and_facts(state: str) -> None:
    report = STATES[state]
    known: dict[str, Decimal] = {}
    for group in report.usage["groups"]:
        some = group["incomplete_costs"].get("billed_cost")
        cost, currency = group["billed_cost"] or (some["amount"] if some else 0), group["billing_currency"]
        if cost and currency:
            known[currency] = known.get(currency, Decimal(0)) + Decimal(repr(cost))
    rounded = {currency: round(cost, minor_places(currency)) for currency, cost in known.items()}
    tree = _tree(state)
    (tiles,) = (each for each in tree.iter("section") if each.get("class") == "tiles")
    lead, note = tiles[0][1], tiles[0][2]
    assert _amounts([_text(lead)]) or _text(lead) == "Cost unknown"
    assert (_amounts([_text(lead)]) or _amounts([_text(note)])) == rounded
    tables = _tables(state, "Cost by ")
    assert [_amounts(_rows(table, "tfoot")[0]) for table in tables] == [rounded] * len(tables)
    (section,) = (each for each in tree.iter("section") if each.get("aria-labelledby") == "cost")
    figures = list(section.iter("figure"))
    # what is known, but not by day, is said beside what is drawn
    rest = _amounts(_text(each) for each in section.iter("span") if "more is known" in _text(each))
    for figure in figures:
        for currency, amount in _amounts(_text(each) for each in figure.iter("b")).items():
            assert amount + rest.get(currency, 0) == rounded[currency]
    assert len(figures) == 2 * min(3, len(rounded))


@pytest.mark.parametrize("state", ["costs", "many", "estimate"])
def test_sums_of_the_estimate_are_the_same_wherever_it_stands(state: str) -> None:
    report = STATES[state]
    assert report.estimate
    whole = {"USD": round(sum((Decimal(repr(item["amount"])) for item in report.estimate["items"]), Decimal(0)), 2)}
    tables = _tables(state, "Estimated cost ")
    assert len(tables) == 3
    assert [_amounts(_rows(table, "tfoot")[0]) for table in tables] == [whole] * 3
    (lead,) = (each for each in _tree(state).iter("p") if each.get("class") == "estimate")
    assert _amounts([_text(lead)]) == whole


def test_sums_of_an_estimate_beside_a_bill_add_up_across() -> None:
    (table,) = _tables("costs", "Estimate and bill")
    rows = [row for row in [*_rows(table, "tbody"), *_rows(table, "tfoot")] if "unknown" not in row]
    assert len(rows) > 10
    for _name, estimated, billed, more, _why in rows:
        assert _amounts([estimated, more]) == _amounts([billed])


def test_sums_of_costs_before_and_now_are_those_of_the_same_days() -> None:
    (table,) = _tables("costs", "Cost of the first 30 days")
    (foot,) = _rows(table, "tfoot")
    report = STATES["costs"]
    assert report.previous
    for usage, text in ((report.previous, foot[1]), (report.usage, foot[2])):
        days = [cost for group in usage["groups"] for cost in (group["daily_billed_cost"] or [])[:30]]
        assert _amounts([text]) == {"USD": round(Decimal(repr(add(days))), 2)}
