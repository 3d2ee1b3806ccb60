# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs, estimates and budgets in the report: known, estimated and unknown are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import budgets as report_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import costs as report_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import usage_tables as report_tables
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.table import Cell
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import headline
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    make_estimate,
    make_usage,
    make_verdict,
)


def test_costs_known_unknown_and_partly_known() -> None:
    usage = make_usage(metrics=METRICS[:2], price=0.01)
    assert report_costs.billed(usage)[1] == "Billed cost."
    usage["groups"][1].update(billing_currency="EUR")
    cell, note = report_costs.billed(usage)
    assert cell.text.count(";") == 1
    assert note == "Billed cost; currencies are not added up."
    usage["groups"][1].update(billed_cost=None, incomplete_costs={"billed_cost": {"amount": 2, "record_count": 30}})
    cell, note = report_costs.billed(usage)
    assert (cell.text, cell.kind) == ("Cost unknown", "unknown")
    assert "EUR\N{NO-BREAK SPACE}2.00; USD" in note
    assert "but 1 record carries no billed cost." in note
    assert report_costs.billed(make_usage())[0] == Cell("Cost unknown", "unknown")


def test_tables_show_a_cost_column_only_where_costs_are() -> None:
    titles = [column.title for column in report_tables.metric_table(make_usage()).columns]
    assert "Billed cost" not in titles
    usage = make_usage(metrics=METRICS[:2], price=0.01)
    usage["groups"][0].update(billed_cost=None, incomplete_costs={"billed_cost": {"amount": 2, "record_count": 30}})
    usage["groups"][1].update(billed_cost=None)
    table = report_tables.metric_table(usage)
    assert table.columns[-1].title == "Billed cost"
    assert [row[-1].text for row in table.groups[0].rows] == ["unknown", "unknown"]
    notes = {row[-1].note for row in table.groups[0].rows}
    assert notes == {"", "USD\N{NO-BREAK SPACE}2.00 known; 1 record without"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "at least USD\N{NO-BREAK SPACE}11.40"),
        ({"is_lower_bound": False}, "USD\N{NO-BREAK SPACE}11.40"),
        ({"amount": None}, "no amount: nothing can be priced"),
    ],
)
def test_the_estimated_amount(changes: Any, words: str) -> None:
    assert report_costs.estimate_amount(make_estimate(**changes)) == words


def test_an_estimate_says_what_it_rests_on_and_what_it_lacks() -> None:
    first, second = report_costs.estimate_intro(make_estimate(reasons=["cycle_start_missing", "gap_in_daily_metric"]))
    assert first == (
        "Estimated from the rate card \u201cPublished prices\u201d; not a bill. "
        "Prices from https://www.example.com/p. Checked on 2026-10-01."
    )
    assert "1 quantity has no price (see below)." in second
    assert "The billing cycle began before the first day" in second
    assert "The usage itself is not whole" in second
    assert report_costs.estimate_intro(make_estimate(rate_card=None, unpriced=[]))[0] == (
        "Estimated from a rate card; not a bill."
    )


def test_estimated_amounts_are_marked_and_the_unpriced_say_why() -> None:
    estimate = make_estimate()
    item = estimate["items"][0]
    estimate["items"] = [
        {**item, "from": "2025-04-10", "to": "2025-05-09", "amount": 1},
        {**item, "from": "2025-05-10", "to": "2025-05-31", "amount": 9, "account_name": None},
        {**item, "amount": None, "metric_name": None, "metric_id": None, "account_name": None, "account_id": None},
    ]
    priced, unpriced = report_costs.estimate_tables(estimate, 2)
    assert [row[-1].kind for row in priced.groups[0].rows] == ["estimated", "estimated"]
    assert priced.groups[0].rows[0][0].note == f"{0:032x} · 10\N{EN DASH}31 May 2025"
    assert priced.more == "and 1 more estimated amount"
    assert unpriced.groups[0].rows[0][-1] == Cell("unknown", "unknown", "the rate card has no price for it")
    (only,) = report_costs.estimate_tables({**estimate, "unpriced": []}, 9)
    assert [cell.text for cell in only.groups[0].rows[2]][:1] == ["No metric"]
    assert only.groups[0].rows[2][0].note == "No account"
    assert only.groups[0].rows[2][-1].kind == "unknown"
    assert report_costs.estimate_tables({**estimate, "items": [], "unpriced": []}, 9) == []


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ([], "No budgets were checked."),
        (["pass"], "The budget is within its limit."),
        (["pass", "pass"], "All 2 budgets are within their limits."),
        (["fail"], "The budget is over its limit."),
        (["unknown"], "The budget could not be judged."),
        (["warn", "fail", "fail"], "Of 3 budgets, 2 are over their limits and 1 is near its limit."),
    ],
)
def test_the_headline_of_budgets(statuses: list[str], words: str) -> None:
    assert headline([make_verdict(status, status) for status in statuses]) == words


def test_a_budget_applied_to_each_value_is_counted_as_checks() -> None:
    verdicts = [make_verdict("a", group={"dimension": "zone", "id": str(n), "name": None}) for n in range(2)]
    assert headline(verdicts) == "All 2 budget checks are within their limits."


def test_rows_of_budgets() -> None:
    verdicts = [
        make_verdict("over", "fail", forecast=7, forecast_low=6, forecast_high=8, owner="web", note="Agreed."),
        make_verdict("blind", "unknown", outcome="warn", limit=None, currency="USD"),
        make_verdict("est", "warn", estimated=True, forecast=3, currency="USD"),
    ]
    view = report_budgets.budgets_view(verdicts, 10)
    assert view.status == "fail"
    assert view.counts == [("fail", "over limit", 1), ("unknown", "unknown", 1), ("warn", "near limit", 1)]
    assert view.table is not None
    over, blind, estimated = view.table.groups[0].rows
    assert over[0].note == "over: the sentence for people. · Agreed. · Owner: web"
    assert over[2].share == pytest.approx(1.184)
    assert (over[5].text, over[5].note, over[5].kind) == ("7", "6 to 8", "known")
    assert blind[1].note == "does not fail the gate"
    assert (blind[2].kind, blind[3].kind, blind[4].text, blind[5].kind) == ("unknown", "unknown", "none", "nothing")
    assert (estimated[3].kind, estimated[5].kind, estimated[5].note) == ("estimated", "estimated", "")


def test_budgets_are_cut_at_a_stated_number_and_without_forecasts_have_no_column_for_it() -> None:
    view = report_budgets.budgets_view([make_verdict(str(number)) for number in range(5)], 3)
    assert view.table is not None
    assert view.table.more == "and 2 more budgets"
    assert [column.title for column in view.table.columns][-1] == "Limit"
    assert report_budgets.budgets_view([], 3).table is None
