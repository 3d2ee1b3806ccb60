# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report says, decision by decision."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils import (
    report_budgets,
    report_costs,
    report_daily,
    report_status,
    report_tables,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils.dimensions import DIMENSIONS
from ansible_collections.finops.cloudflare.plugins.plugin_utils.report_compare import Change
from ansible_collections.finops.cloudflare.plugins.plugin_utils.report_model import Report, Section, build
from ansible_collections.finops.cloudflare.plugins.plugin_utils.report_table import Cell, Table, and_more
from ansible_collections.finops.cloudflare.plugins.plugin_utils.report_totals import Total
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_samples import (
    METRICS,
    empty_usage,
    make_estimate,
    make_usage,
    make_verdict,
    sample,
)

PREVIOUS: dict[str, Any] = {"first": "2025-04-01", "last": "2025-04-30", "complete_through": "2025-04-30"}


def _build(usage: dict[str, Any] | None = None, **parts: Any) -> Report:
    return build(sample(usage, **parts))


def _section(report: Report, key: str) -> Section:
    return next(section for section in report.sections if section.key == key)


def _rows(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for group in table.groups for row in group.rows]


# Freshness


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Every day is in, through 31 May 2025."),
        ({"complete_through": None}, "No day is known to be complete."),
        ({"complete_through": "2025-05-30"}, "Complete through 30 May 2025; 1 day can still change."),
        (
            {"complete_through": "2025-05-26", "fetched_at": "2025-05-30T01:00:00Z"},
            "Complete through 26 May 2025; 4 days can still change and 1 day is to come.",
        ),
        (
            {"complete_through": "2025-05-26", "fetched_at": "2025-05-26T23:00:00Z"},
            "Complete through 26 May 2025; 5 days are to come.",
        ),
    ],
)
def test_freshness_in_words(changes: dict[str, Any], words: str) -> None:
    assert report_status.freshness(make_usage(**changes)) == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("2025-06-02T03:00:00Z", "Fetched 2 June 2025, 03:00 UTC."),
        ("2025-06-03T14:00:00Z", "Fetched 2 June 2025, 03:00 UTC."),
        ("2025-06-09T03:00:00Z", "Fetched 2 June 2025, 03:00 UTC, 7 days before this report was made."),
    ],
)
def test_old_facts_say_so(made: str, words: str) -> None:
    assert report_status.age(make_usage(), made) == words


def test_what_is_missing_is_told_with_what_it_concerns() -> None:
    reasons = [
        {"code": "gap", "affects": "usage", "message": "A gap."},
        {"code": "mixed_currencies", "affects": "cost", "message": "Two currencies."},
        {"code": "only_a_code"},
    ]
    assert report_status.missing({"reasons": reasons}) == [
        "A gap.",
        "Two currencies. This concerns costs only.",
        "only_a_code",
    ]


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({}, ("Production", "023e105f4ecef8ad9ca31a8372d0c353")),
        ({"accounts_": []}, ("Account", "023e105f4ecef8ad9ca31a8372d0c353")),
        ({"scope": "organization"}, ("Organization", "023e105f4ecef8ad9ca31a8372d0c353")),
        ({"scope": "combined", "scope_id": None, "sources": [{}, {}]}, ("1 account from 2 queries", "")),
    ],
)
def test_the_subject(changes: dict[str, Any], subject: tuple[str, str]) -> None:
    usage = make_usage(**{key: value for key, value in changes.items() if key != "accounts_"})
    if "accounts_" in changes:
        usage["accounts"] = changes["accounts_"]
    assert report_status.subject(usage) == subject


# Costs


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
def test_the_estimated_amount(changes: dict[str, Any], words: str) -> None:
    assert report_costs.estimate_amount(make_estimate(**changes)) == words


def test_an_estimate_says_what_it_rests_on_and_what_it_lacks() -> None:
    first, second = report_costs.estimate_intro(make_estimate(reasons=["cycle_start_missing", "gap_in_daily_metric"]))
    assert first == (
        "Estimated from the rate card “Published prices”; not a bill. "
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


# Budgets


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
    assert report_budgets.headline([make_verdict(status, status) for status in statuses]) == words


def test_a_budget_applied_to_each_value_is_counted_as_checks() -> None:
    verdicts = [make_verdict("a", group={"dimension": "zone", "id": str(n), "name": None}) for n in range(2)]
    assert report_budgets.headline(verdicts) == "All 2 budget checks are within their limits."


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


# Daily use


def test_a_chart_in_words() -> None:
    usage = make_usage(metrics=METRICS[:1], complete_through="2025-05-03", last="2025-05-06", future=1)
    usage["groups"][0].update(daily_quantity=[10, 30, 20, 5, 4, None], consumed_quantity=69)
    (total,) = report_tables.sorted_totals(usage, report_tables.subjects(usage))
    assert report_daily.alternative("Requests", total, usage) == (
        "Daily Requests, 1\N{EN DASH}6 May 2025. Total 69 Requests."
        " Of the complete days the highest is 30 on 2 May, the lowest 10 on 1 May."
        " 2 days are not complete yet. 1 day has no data yet."
    )
    nothing = {**usage, "complete_through": None}
    assert "complete days the highest" not in report_daily.alternative("Requests", total, nothing)


def test_the_legend_names_only_what_is_there() -> None:
    def legend(usage: dict[str, Any], *, compared: bool = False) -> list[str]:
        totals = report_tables.sorted_totals(usage, [])
        return [kind for kind, _words in report_daily.legend(usage, totals, compared=compared)]

    assert legend(make_usage()) == ["whole"]
    assert legend(make_usage(complete_through=None)) == ["open"]
    partial = make_usage(complete_through="2025-05-20", future=3)
    assert legend(partial, compared=True) == ["whole", "open", "none", "before"]


def test_many_days_are_drawn_as_weeks() -> None:
    usage = make_usage(first="2024-06-01", complete_through="2025-05-20", metrics=METRICS[:1])
    chart = _section(_build(usage), "daily-use").charts[0]
    assert "1 June 2024" in chart.svg
    assert chart.svg.count("<title>") == 52
    assert chart.svg.count("not complete yet</title>") == 2
    assert "Each bar is the daily average of a week" in _section(_build(usage), "daily-use").intro[1]


def test_weeks_without_data_are_gaps() -> None:
    usage = make_usage(first="2024-06-01", complete_through="2025-05-01", metrics=METRICS[:1], future=14)
    assert _section(_build(usage), "daily-use").charts[0].svg.count("no data yet</title>") == 2


def test_charts_are_cut_at_a_stated_number() -> None:
    metrics = [("P", f"m{number}", f"M{number}", "GB", 10) for number in range(60)]
    section = _section(_build(make_usage(metrics=metrics)), "daily-use")
    assert len(section.charts) == 48
    assert section.more == "and 12 more metrics in the tables below"


# Tables


def test_products_add_metrics_of_one_unit_and_never_units() -> None:
    usage = make_usage(metrics=METRICS[4:7])
    rows = _rows(report_tables.product_table(usage))
    assert [(row[0], row[1], row[3]) for row in rows] == [("R2", "GB-months", "1"), ("R2", "Operations", "2")]


def test_without_a_complete_day_there_is_no_average() -> None:
    table = report_tables.metric_table(make_usage(metrics=METRICS[:1], complete_through=None))
    assert [cell.kind for cell in table.groups[0].rows[0]] == ["known", "known", "known", "unknown"]


def test_values_are_ranked_by_their_share_and_cut() -> None:
    usage = make_usage(accounts=30, metrics=METRICS)
    table = report_tables.value_table(usage, DIMENSIONS["account"])
    assert [group.title for group in table.groups][:2] == ["Production", "Staging"]
    assert len(table.groups) == 25
    assert table.more == "and 5 more accounts"
    assert {group.more for group in table.groups} == {"and 5 more metrics"}
    assert table.groups[0].note == f"{0:032x}"


def test_a_value_of_nothing_has_no_share_and_a_known_name() -> None:
    usage = make_usage(accounts=2, metrics=[("P", "m", "M", None, 0)])
    usage["groups"][0].update(billing_account_id=None, billing_account_name=None)
    table = report_tables.value_table(usage, DIMENSIONS["account"])
    assert {row[3] for row in _rows(table)} == {"0.0%"}
    assert {group.title for group in table.groups} == {"No account", "Staging"}
    assert {row[1] for row in _rows(table)} == {"no unit"}


def test_one_value_is_a_sentence_instead_of_a_table() -> None:
    section = _section(_build(), "by-account")
    assert (section.tables, section.intro) == ([], ["All use is of one account: Production."])


@pytest.mark.parametrize(
    ("group_by", "keys"),
    [
        ([], ["daily-use", "movers"]),
        (["zone"], ["daily-use", "movers", "by-zone"]),
        (["product_family"], ["daily-use", "movers", "by-product-family"]),
    ],
)
def test_only_what_was_asked_for_is_shown(group_by: list[str], keys: list[str]) -> None:
    usage = make_usage(metrics=METRICS[:1], zones=2, group_by=group_by)
    usage["groups"] = usage["groups"][: 2 if "zone" in group_by else 1]
    report = _build(usage)
    assert [section.key for section in report.sections] == keys
    name = "All use" if "product_family" not in group_by else "Workers"
    assert _section(report, "daily-use").charts[0].name == name


# Comparison and movers


def test_the_period_before_is_compared_by_the_day() -> None:
    usage = make_usage(metrics=METRICS[:1], complete_through="2025-05-20")
    report = _build(usage, previous=make_usage(metrics=METRICS[:1], scale=0.5, **PREVIOUS))
    section = _section(report, "comparison")
    assert section.intro == ["Compared with 1\N{EN DASH}30 April 2025, per complete day: 20 days now, 30 days before."]
    (row,) = _rows(section.tables[0])
    assert row[0] == "Workers Standard Requests"
    assert row[4].startswith("+")
    assert "per day against before" in _section(report, "daily-use").charts[0].change
    assert 'class="reference"' in _section(report, "daily-use").charts[0].svg


def test_a_doubtful_period_before_says_so() -> None:
    reason = {"code": "gap_in_daily_metric", "affects": "usage", "message": "A metric has a gap."}
    previous = make_usage(metrics=METRICS[:1], reasons=[reason], status="partial", **PREVIOUS)
    section = _section(_build(make_usage(metrics=METRICS[:1]), previous=previous), "comparison")
    assert section.intro[1:] == [
        "The period before is not whole, so these changes may mislead.",
        "A metric has a gap.",
    ]


def test_a_period_before_that_can_not_be_compared_is_named() -> None:
    report = _build(previous=make_usage(scope_id="other", **PREVIOUS))
    section = _section(report, "comparison")
    assert section.tables == []
    assert section.intro == [
        "The period before is of another account or organization. It is not compared with 1\N{EN DASH}30 April 2025."
    ]
    assert "last seven complete days" in _section(report, "movers").intro[0]


def test_movers_name_who_moved_where_there_are_several() -> None:
    usage = make_usage(accounts=2, metrics=METRICS[:2])
    report = _build(usage, previous=make_usage(accounts=2, metrics=METRICS[:2], scale=0.5, **PREVIOUS))
    rows = _section(report, "movers").tables[0].groups[0].rows
    assert {row[0].note for row in rows} == {"Production", "Staging"}
    alone = _section(_build(make_usage(metrics=METRICS[:2])), "movers").tables[0].groups[0].rows
    assert {row[0].note for row in alone} == {"Workers"}


def test_nothing_moved_is_no_section() -> None:
    usage = make_usage(metrics=METRICS[:1])
    usage["groups"][0]["daily_quantity"] = [5] * 31
    assert not [section for section in _build(usage).sections if section.key == "movers"]
    short = make_usage(metrics=METRICS[:1], complete_through="2025-05-09")
    assert not [section for section in _build(short).sections if section.key == "movers"]


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(5, 0, "new"), (0, 0, "no use"), (5, 5, "no change"), (6, 5, "+20.0%"), (0, 5, "\N{MINUS SIGN}100.0%")],
)
def test_changes_in_words(now: float, before: float, words: str) -> None:
    assert report_tables.change_cell(Change(Total(("m",)), now, before)).text == words


# The whole


def test_empty_facts_have_figures_of_what_is_there_and_no_sections_but_the_estimate() -> None:
    report = _build(empty_usage())
    assert report.figures == [("1", "account"), ("0", "records")]
    assert report.sections == []
    assert [section.key for section in _build(empty_usage(), estimate=make_estimate()).sections] == ["estimate"]


@pytest.mark.parametrize(
    ("scope", "title"),
    [
        ("account", "Cloudflare usage of Production"),
        ("organization", "Cloudflare usage of organization 023e105f4ecef8ad9ca31a8372d0c353"),
        ("combined", "Cloudflare usage of 1 account from 0 queries"),
    ],
)
def test_the_title_tells_reports_apart(scope: str, title: str) -> None:
    assert _build(make_usage(metrics=METRICS[:1], scope=scope)).title == title


def test_combined_facts_list_their_sources() -> None:
    source = {
        "scope": "account",
        "scope_id": "a1",
        "from": "2025-05-01",
        "to": "2025-05-31",
        "status": "complete",
        "complete_through": "2025-05-31",
        "record_count": 1,
        "fetched_at": "2025-06-02T03:00:00Z",
    }
    usage = make_usage(scope="combined", scope_id=None, sources=[source], period="last_month", group_by=[])
    usage["dropped"]["outside_range"] = 1200
    about = dict(_build(usage).about)
    assert about["Source"] == "account a1, 2025-05-01 to 2025-05-31, complete, 1 record"
    assert about["Scope"] == "combined"
    assert about["Days asked for"] == "2025-05-01 to 2025-05-31 (last_month)"
    assert about["Records left out"] == "outside range: 1,200"
    assert about["Grouped by"] == "unit and currency only"


@pytest.mark.parametrize(("total", "shown", "text"), [(3, 3, ""), (4, 3, "and 1 more day"), (9, 3, "and 6 more days")])
def test_what_was_left_out_is_counted(total: int, shown: int, text: str) -> None:
    assert and_more(total, shown, "day") == text
