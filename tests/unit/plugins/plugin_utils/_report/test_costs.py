# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs, estimates and budgets in the report: known, estimated and unknown are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import costs as report_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import known_cost
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables import budgets as report_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import Cell
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import headline
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    make_estimate,
    make_usage,
    make_verdict,
)


def test_costs_known_unknown_and_partly_known() -> None:
    usage = make_usage(metrics=METRICS[:2], price=0.01)
    assert known_cost.billed(usage)[1] == "Billed cost from facts that do not name their source."
    usage["groups"][1].update(billing_currency="EUR")
    cell, note = known_cost.billed(usage)
    assert cell.text.count(";") == 1
    assert note == "Billed cost from facts that do not name their source; currencies are not added up."
    usage["groups"][1].update(billed_cost=None, incomplete_costs={"billed_cost": {"amount": 2, "record_count": 30}})
    cell, note = known_cost.billed(usage)
    assert (cell.text, cell.kind) == ("Cost unknown", "unknown")
    assert "EUR\N{NO-BREAK SPACE}2.00; USD" in note
    assert "but 1 record carries no billed cost." in note
    assert known_cost.billed(make_usage())[0] == Cell("Cost unknown", "unknown")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "at least USD\N{NO-BREAK SPACE}11.40"),
        ({"is_lower_bound": False}, "USD\N{NO-BREAK SPACE}11.40"),
        ({"amount": None}, "no amount: nothing can be priced"),
    ],
)
def test_costs_the_estimated_amount(changes: Any, words: str) -> None:
    assert known_cost.estimate_amount(make_estimate(**changes)) == words


def test_costs_an_estimate_says_what_it_rests_on_and_what_it_lacks() -> None:
    first, second = report_costs.estimate_intro(make_estimate(reasons=["cycle_start_missing", "gap_in_daily_metric"]))
    assert first == (
        "Estimated from the rate card \u201cPublished prices\u201d; not a bill. "
        "Prices from https://www.example.com/p. Checked on 2026-10-01."
    )
    assert "1 quantity has no price (see below)." in second
    assert "The billing cycle began before the first day" in second
    assert "The usage itself is not whole" in second


def _estimate_of_two_cycles() -> Any:
    estimate = make_estimate()
    item, unpriced = estimate["items"][0], estimate["unpriced"][0]
    estimate["items"] = [
        {**item, "from": "2025-04-10", "to": "2025-05-09", "amount": 1},
        {**item, "from": "2025-05-10", "to": "2025-05-31", "amount": 9, "account_name": None},
        {**item, "amount": 0, "metric_name": None, "metric_id": None, "account_name": None, "account_id": None},
    ]
    estimate["unpriced"] = [
        {**unpriced, "from": "2025-04-10", "to": "2025-05-09"},
        {**unpriced, "from": "2025-05-10", "to": "2025-05-31"},
    ]
    return estimate


def test_costs_estimated_amounts_are_marked_and_the_unpriced_say_why() -> None:
    estimate = _estimate_of_two_cycles()
    accounts, metrics, priced, unpriced = report_costs.estimate_tables(estimate, 2)
    assert [row[0].text for row in accounts.groups[0].rows] == ["Production", "No account"]
    assert [row[0].text for row in metrics.groups[0].rows] == ["Workers Standard Requests", "No metric"]
    assert accounts.totals[0][1] == Cell("USD\N{NO-BREAK SPACE}10.00", "estimated")
    assert [row[-1].kind for row in priced.groups[0].rows] == ["estimated"] * 3
    assert priced.groups[0].rows[0][0].note == f"10\N{EN DASH}31 May 2025 · {0:032x}"
    assert [cell.text for cell in priced.groups[0].rows[-1]] == ["1 other", "", "", "", "USD\N{NO-BREAK SPACE}0.00"]
    assert priced.more == "and 1 more estimated amount"
    assert unpriced.groups[0].rows[0][-1] == Cell("unknown", "unknown", "the rate card has no price for it")
    *_shares, priced, _unpriced = report_costs.estimate_tables(estimate, 9)
    last = priced.groups[0].rows[2]
    assert (last[0].text, last[0].note, last[-1].kind) == (
        "No metric",
        "1\N{EN DASH}31 October 2026 · No account",
        "estimated",
    )
    assert report_costs.estimate_tables(make_estimate(items=[], unpriced=[]), 9) == []


def test_costs_unpriced_rows_of_two_cycles_show_their_dates() -> None:
    unpriced = report_costs.estimate_tables(_estimate_of_two_cycles(), 9)[-1]
    assert [row[0].note.partition(" · ")[0] for row in unpriced.groups[0].rows] == [
        "10 April \N{EN DASH} 9 May 2025",
        "10\N{EN DASH}31 May 2025",
    ]


def test_costs_the_source_of_a_rate_card_is_told_with_its_caveat() -> None:
    source = "https://www.example.com/prices, read by hand. " + "Prices of a contract may differ from these. " * 4
    card = {"name": "Published prices", "source": source, "checked_on": "2026-10-01"}
    assert source.strip() in report_costs.estimate_intro(make_estimate(rate_card=card))[0]


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
def test_costs_the_headline_of_budgets(statuses: list[str], words: str) -> None:
    assert headline([make_verdict(status, status) for status in statuses]) == words


def test_costs_a_budget_applied_to_each_value_is_counted_as_checks() -> None:
    verdicts = [make_verdict("a", group={"dimension": "zone", "id": str(n), "name": None}) for n in range(2)]
    assert headline(verdicts) == "All 2 budget checks are within their limits."


def test_costs_rows_of_budgets() -> None:
    verdicts = [
        make_verdict("over", "fail", forecast=7, forecast_low=6, forecast_high=8, owner="web", note="Agreed."),
        make_verdict("blind", "unknown", outcome="warn", limit=None, currency="USD"),
        make_verdict("est", "warn", estimated=True, forecast=3, currency="USD"),
    ]
    (table,) = report_budgets.budget_tables(verdicts, 10)
    over, blind, estimated = table.groups[0].rows
    assert over[0].note == "over: the sentence for people. · Agreed. · Owner: web"
    assert over[2].share == pytest.approx(1.184)
    assert (over[5].text, over[5].note, over[5].kind) == ("7", "6 to 8", "known")
    assert blind[1].note == "does not fail the gate"
    assert (blind[2].kind, blind[3].kind, blind[4].text, blind[5].kind) == ("unknown", "unknown", "none", "nothing")
    assert (estimated[3].kind, estimated[5].kind, estimated[5].note) == ("estimated", "estimated", "")


def test_costs_budgets_are_cut_at_a_stated_number_and_without_forecasts_have_no_column_for_it() -> None:
    (table,) = report_budgets.budget_tables([make_verdict(str(number)) for number in range(5)], 3)
    assert table.more == "and 2 more budgets"
    assert [column.title for column in table.columns][-1] == "Limit"
    assert report_budgets.budget_tables([], 3) == []


def test_costs_budgets_beyond_the_first_are_folded() -> None:
    first, others = report_budgets.budget_tables([make_verdict(str(number)) for number in range(40)], 30)
    assert (len(first.groups[0].rows), first.folded, first.more) == (3, False, "")
    assert (others.caption, len(others.groups[0].rows), others.folded) == ("27 more budgets: 27 within limit", 27, True)
    assert others.more == "and 10 more budgets"


@pytest.mark.parametrize(("needed", "shown"), [(1, 1), (4, 4), (9, 4)])
def test_costs_budgets_that_need_a_person_are_open(needed: int, shown: int) -> None:
    verdicts = [make_verdict(f"a{number}", "fail") for number in range(needed)]
    first, others = report_budgets.budget_tables([*verdicts, make_verdict("b"), make_verdict("c")], 30)
    assert [row[1].status for row in first.groups[0].rows] == ["fail"] * shown
    rest = [f"{needed - shown} over limit"] if needed > shown else []
    assert others.caption.endswith(f": {' and '.join([*rest, '2 within limit'])}")


@pytest.mark.parametrize(
    ("crossed", "words"),
    [
        (True, ("warn", "Forecast high over USD\N{NO-BREAK SPACE}120.00 (80%): yes")),
        (False, ("pass", "Forecast high over USD\N{NO-BREAK SPACE}120.00 (80%): no")),
        (None, ("unknown", "Forecast high over USD\N{NO-BREAK SPACE}120.00 (80%): unknown")),
    ],
)
def test_costs_a_budget_is_one_row_with_its_period_and_alerts(crossed: bool | None, words: tuple[str, str]) -> None:
    alert = {"on": "forecast_high", "percent": 80, "threshold": 120, "amount": 130, "crossed": crossed}
    verdict = make_verdict(
        "spend",
        currency="USD",
        unit=None,
        period={"name": "billing_cycle", "from": "2025-05-03", "to": "2025-06-02"},
        alerts=[{**alert, "severity": "major", "outcome": "warn"}],
        forecast_error_before=-4.25,
        crossed_on="2025-05-31",
        crossed_earliest="2025-05-30",
        crossed_latest="2025-06-02",
        actual=1,
        limit=150,
    )
    (table,) = report_budgets.budget_tables([verdict], 3)
    ((name, *_others),) = table.groups[0].rows
    assert name.items == [words]
    assert name.note == (
        "Billing cycle 3 May \N{EN DASH} 2 June 2025 · spend: the sentence for people. ·"
        " Expected over on 31 May 2025, between 30 May 2025 and 2 June 2025 ·"
        " The forecast of the period before was 4.2% too low"
    )


def test_costs_a_passed_alert_keeps_a_budget_open() -> None:
    alert = {"on": "actual", "percent": None, "threshold": 1, "amount": 2, "crossed": True, "outcome": "pass"}
    verdicts = [make_verdict(name) for name in "abcd"]
    alerted = make_verdict("z", alerts=[{**alert, "severity": "info"}], percent=99)
    first, _others = report_budgets.budget_tables([*verdicts, alerted], 9)
    assert [row[0].text for row in first.groups[0].rows] == ["z"]


def test_costs_of_the_days_are_whole_only_where_every_group_has_them() -> None:
    usage = make_usage(metrics=METRICS[:2], price=0.01)
    assert [each.whole for each in known_cost.cost_days(usage)] == [True]
    assert known_cost.yesterday(usage) is not None
    usage["groups"][1].update(billed_cost=None, daily_billed_cost=None)
    assert [each.whole for each in known_cost.cost_days(usage)] == [False]
    assert known_cost.yesterday(usage) is None


def test_costs_run_up_to_the_first_day_that_is_not_known() -> None:
    assert known_cost.running([1, 2, None, 4]) == [1, 3]
    assert known_cost.running([0, 0, 5]) == [0, 0, 5]
    assert known_cost.running([None, 4]) == []
