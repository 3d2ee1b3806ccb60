# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report shows and leaves out, decision by decision."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import and_more
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts import daily as report_daily
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.model import Report, Section, build
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables import usage_tables as report_tables
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.compare import Change, change_cell
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import sorted_totals, subjects
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import Table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import Total
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    consistent,
    empty_usage,
    make_estimate,
    make_usage,
    sample,
)

PREVIOUS: Any = {"first": "2025-04-01", "last": "2025-04-30", "complete_through": "2025-04-30"}


def _build(usage: Any | None = None, **parts: Any) -> Report:
    return build(sample(usage, **parts))


def _section(report: Report, key: str) -> Section:
    return next(section for section in report.sections if section.key == key)


def _rows(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for group in table.groups for row in group.rows]


def test_model_a_chart_in_words() -> None:
    usage = make_usage(metrics=METRICS[:1], complete_through="2025-05-03", last="2025-05-06", future=1)
    usage["groups"][0].update(daily_quantity=[10, 30, 20, 5, 4, None], consumed_quantity=69)
    (total,) = sorted_totals(usage, subjects(usage))
    assert report_daily.alternative("Requests", total, usage) == (
        "Daily Requests, 1\N{EN DASH}6 May 2025. Total 69 Requests."
        " Of the complete days the highest is 30 on 2 May, the lowest 10 on 1 May."
        " 2 days are not complete yet. 1 day has no data."
    )
    nothing: Any = {**usage, "complete_through": None}
    assert "complete days the highest" not in report_daily.alternative("Requests", total, nothing)


def test_model_the_legend_names_only_what_is_there() -> None:
    def legend(usage: Any, **parts: Any) -> list[str]:
        return [kind for kind, _words in _section(_build(usage, **parts), "daily-use").legend]

    assert legend(make_usage()) == ["whole"]
    assert legend(make_usage(complete_through=None)) == ["open"]
    partial = make_usage(complete_through="2025-05-20", future=3)
    assert legend(partial, previous=make_usage(**PREVIOUS)) == ["whole", "open", "none", "before"]


def test_model_many_days_are_drawn_as_weeks() -> None:
    usage = make_usage(first="2024-06-01", complete_through="2025-05-20", metrics=METRICS[:1])
    chart = _section(_build(usage), "daily-use").charts[0]
    assert "1 June 2024" in chart.svg
    assert chart.svg.count("<title>") == 52
    assert chart.svg.count("not complete yet</title>") == 2
    assert "Each bar is the daily average of a week" in _section(_build(usage), "daily-use").intro[1]


def test_model_weeks_to_come_are_blank() -> None:
    usage = make_usage(
        first="2024-06-01",
        complete_through="2025-05-01",
        metrics=METRICS[:1],
        future=14,
        fetched_at="2025-05-17T03:00:00Z",
    )
    assert _section(_build(usage), "daily-use").charts[0].svg.count("to come</title>") == 2


def test_model_charts_are_cut_at_a_stated_number() -> None:
    metrics = [("P", f"m{number}", f"M{number}", "GB", 10) for number in range(60)]
    section = _section(_build(make_usage(metrics=metrics)), "daily-use")
    assert (len(section.charts), len(section.folded_charts)) == (4, 44)
    assert section.more_charts == "44 more charts"
    assert section.chart_notes == ["… and 12 more metrics in the tables below."]


def test_model_products_add_metrics_of_one_unit_and_never_units() -> None:
    usage = make_usage(metrics=METRICS[4:7])
    rows = _rows(report_tables.product_table(usage))
    assert [(row[0], row[1], row[3]) for row in rows] == [("R2", "GB-months", "1"), ("R2", "Operations", "2")]


def test_model_without_a_complete_day_there_is_no_average() -> None:
    table = report_tables.metric_table(make_usage(metrics=METRICS[:1], complete_through=None))
    assert [cell.kind for cell in table.groups[0].rows[0]] == ["known", "known", "known", "unknown"]


def test_model_values_are_ranked_by_their_share_and_cut() -> None:
    usage = make_usage(accounts=30, metrics=METRICS)
    table = report_tables.value_table(usage, DIMENSIONS["account"])
    assert [group.title for group in table.groups][:2] == ["Production", "Staging"]
    assert len(table.groups) == 25
    assert table.more == "and 5 more accounts"
    assert {group.more for group in table.groups} == {"and 5 more metrics"}
    assert table.groups[0].identity == f"{0:032x}"


def test_model_a_value_of_nothing_has_no_share_and_a_known_name() -> None:
    usage = make_usage(accounts=2, metrics=[("P", "m", "M", None, 0)])
    usage["groups"][0].update(billing_account_id=None, billing_account_name=None)
    table = report_tables.value_table(usage, DIMENSIONS["account"])
    assert {row[3] for row in _rows(table)} == {"0.0%"}
    assert {group.title for group in table.groups} == {"No account", "Staging"}
    assert {row[1] for row in _rows(table)} == {"no unit"}


def test_model_one_value_stands_at_the_end_instead_of_in_a_table() -> None:
    report = _build()
    assert "by-account" not in [section.key for section in report.sections]
    assert ("Only account", "Production") in report.about


def test_model_the_estimate_has_a_trend_where_its_days_are_known() -> None:
    estimate = make_estimate()
    days = {"from": "2025-05-01", "to": "2025-05-31", "running": [0.5 * day for day in range(1, 32)]}
    estimate["items"][0].update(days)
    (chart,) = _section(_build(estimate=estimate), "estimate").charts
    assert (chart.name, chart.total) == ("Estimated cost so far", "at least USD\N{NO-BREAK SPACE}11.40")
    assert "Not a bill." in chart.svg
    without = _section(_build(estimate=make_estimate()), "estimate")
    assert (without.charts, without.chart_notes) == (
        [],
        ["The estimate has no chart, as its days are not known one by one."],
    )


def test_model_folded_sections_say_what_they_come_to() -> None:
    usage = make_usage(accounts=2, price=0.001)
    previous = make_usage(
        accounts=2, price=0.001, first="2025-04-01", last="2025-04-30", complete_through="2025-04-30", scale=0.5
    )
    report = _build(usage, previous=previous, estimate=make_estimate())
    briefs = {section.key: section.brief for section in report.sections if section.folded and section.brief}
    assert briefs["estimate"] == "at least USD\N{NO-BREAK SPACE}11.40, not a bill"
    assert briefs["comparison"].startswith("+")
    assert briefs["movers"].endswith(" most")


@pytest.mark.parametrize(
    ("group_by", "keys"),
    [
        ([], ["movers", "daily-use"]),
        (["zone"], ["movers", "daily-use", "by-zone"]),
        (["product_family"], ["movers", "daily-use", "by-product-family"]),
    ],
)
def test_model_only_what_was_asked_for_is_shown(group_by: list[str], keys: list[str]) -> None:
    usage = make_usage(metrics=METRICS[:1], zones=2, group_by=group_by)
    usage["groups"] = usage["groups"][: 2 if "zone" in group_by else 1]
    report = _build(consistent(usage))
    assert [section.key for section in report.sections] == keys
    name = "All use" if "product_family" not in group_by else "Workers"
    assert _section(report, "daily-use").charts[0].name == name


def test_model_the_period_before_is_compared_by_the_day() -> None:
    usage = make_usage(metrics=METRICS[:1], complete_through="2025-05-20")
    report = _build(usage, previous=make_usage(metrics=METRICS[:1], scale=0.5, **PREVIOUS))
    section = _section(report, "comparison")
    assert section.intro == ["Compared with 1\N{EN DASH}30 April 2025: 20 days complete now, 30 days before."]
    (row,) = _rows(section.tables[0])
    assert row[0] == "Workers Standard Requests"
    assert row[4].startswith("+")
    assert "per day against before" in _section(report, "daily-use").charts[0].change
    assert 'class="reference"' in _section(report, "daily-use").charts[0].svg


def test_model_a_doubtful_period_before_says_so() -> None:
    reason = {"code": "gap_in_daily_metric", "affects": "usage", "message": "A metric has a gap."}
    previous = make_usage(metrics=METRICS[:1], reasons=[reason], status="partial", **PREVIOUS)
    section = _section(_build(make_usage(metrics=METRICS[:1]), previous=previous), "comparison")
    assert section.intro[1:] == [
        "The period before is not whole, so these changes may mislead.",
        "A metric has a gap.",
    ]


def test_model_a_period_before_that_can_not_be_compared_is_named() -> None:
    report = _build(previous=make_usage(scope_id="other", **PREVIOUS))
    section = _section(report, "comparison")
    assert section.tables == []
    assert section.intro == [
        "The period before is of another account or organization. It is not compared with 1\N{EN DASH}30 April 2025."
    ]
    assert "last seven complete days" in _section(report, "movers").intro[0]


def test_model_movers_name_who_moved_where_there_are_several() -> None:
    usage = make_usage(accounts=2, metrics=METRICS[:2])
    report = _build(usage, previous=make_usage(accounts=2, metrics=METRICS[:2], scale=0.5, **PREVIOUS))
    rows = _section(report, "movers").tables[0].groups[0].rows
    assert {row[0].note for row in rows} == {"Production", "Staging"}
    alone = _section(_build(make_usage(metrics=METRICS[:2])), "movers").tables[0].groups[0].rows
    assert {row[0].note for row in alone} == {"Workers"}


def test_model_nothing_moved_is_no_section() -> None:
    usage = make_usage(metrics=METRICS[:1])
    usage["groups"][0]["daily_quantity"] = [5] * 31
    assert not [section for section in _build(consistent(usage)).sections if section.key == "movers"]
    short = make_usage(metrics=METRICS[:1], complete_through="2025-05-09")
    assert not [section for section in _build(short).sections if section.key == "movers"]


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(5, 0, "new"), (0, 0, "no use"), (5, 5, "no change"), (6, 5, "+20.0%"), (0, 5, "\N{MINUS SIGN}100.0%")],
)
def test_model_changes_in_words(now: float, before: float, words: str) -> None:
    assert change_cell(Change(Total(("m",)), now, before)).text == words


def test_model_empty_facts_have_figures_of_what_is_there_and_no_sections_but_the_estimate() -> None:
    report = _build(empty_usage())
    assert report.figures == [("0", "accounts"), ("0", "records")]
    assert report.sections == []
    assert [section.key for section in _build(empty_usage(), estimate=make_estimate()).sections] == ["estimate"]


@pytest.mark.parametrize(
    ("scope", "title"),
    [
        ("account", "Cloudflare usage of Production"),
        ("organization", "Cloudflare usage of Production"),
        ("combined", "Cloudflare usage of Production"),
    ],
)
def test_model_the_title_tells_reports_apart(scope: str, title: str) -> None:
    usage = make_usage(metrics=METRICS[:1], scope=scope)
    if scope == "combined":
        usage["scope_id"] = None
    assert _build(usage).title == title


def test_model_combined_facts_list_their_sources() -> None:
    source = {
        "scope": "account",
        "scope_id": "a1",
        "from": "2025-05-01",
        "to": "2025-05-31",
        "status": "complete",
        "complete_through": "2025-05-31",
        "record_count": 310,
        "fetched_at": "2025-06-02T03:00:00Z",
    }
    usage = make_usage(scope="combined", scope_id=None, sources=[source], period="last_month", group_by=[])
    usage["dropped"]["outside_range"] = 1200
    about = dict(_build(consistent(usage)).about)
    assert about["Source"] == "account a1, 2025-05-01 to 2025-05-31, complete, 310 records"
    assert about["Scope"] == "combined"
    assert about["Days asked for"] == "2025-05-01 to 2025-05-31 (last_month)"
    assert about["Records left out"] == "outside range: 1,200"
    assert about["Grouped by"] == "unit and currency only"


@pytest.mark.parametrize(("total", "shown", "text"), [(3, 3, ""), (4, 3, "and 1 more day"), (9, 3, "and 6 more days")])
def test_model_what_was_left_out_is_counted(total: int, shown: int, text: str) -> None:
    assert and_more(total, shown, "day") == text


def test_model_cost_charts_of_what_is_partly_unknown_say_so() -> None:
    usage = make_usage(metrics=METRICS[:2], price=0.01)
    usage["groups"][0].update(billed_cost=None, daily_billed_cost=None, billing_currency=None)
    usage["cost"]["available"] = "some"
    section = _section(_build(usage), "cost")
    assert [chart.name for chart in section.charts] == [
        "Known part of the cost per day",
        "Known part of the cost so far",
    ]
    assert not [chart for chart in section.charts if 'class="bar"' in chart.svg or 'class="line"' in chart.svg]
    whole = _section(_build(make_usage(metrics=METRICS[:2], price=0.01)), "cost")
    assert [chart.name for chart in whole.charts] == ["Billed cost per day", "Cost so far"]


def test_model_a_cost_that_is_drawn_by_weeks_says_so() -> None:
    year = make_usage(metrics=METRICS[:1], first="2024-06-01", price=0.01)
    section = _section(_build(year), "cost")
    assert section.legend[0] == ("whole", "complete week")
    assert section.intro == [
        "Each bar is the daily average of a week; the first takes in the days before the first full week."
    ]


def test_model_the_cost_so_far_ends_with_its_month_however_long_the_one_before_was() -> None:
    usage = make_usage(metrics=METRICS[:1], first="2025-06-01", last="2025-06-05", complete_through=None, price=0.01)
    before = make_usage(metrics=METRICS[:1], price=0.01)
    _daily, running = _section(_build(usage, previous=before), "cost").charts
    assert ">30 Jun</text>" in running.svg
    assert 'class="line open"' in running.svg
    _daily, whole = _section(_build(make_usage(metrics=METRICS[:1], price=0.01)), "cost").charts
    assert ">31 May</text>" in whole.svg


def test_model_a_cost_without_a_chart_says_why() -> None:
    usage = make_usage(metrics=METRICS[:5], price=0.01)
    for group, currency in zip(usage["groups"], ("USD", "EUR", "GBP", "JPY", "KWD"), strict=True):
        group["billing_currency"] = currency
    usage["cost"]["currency"] = None
    section = _section(_build(usage), "cost")
    assert len(section.charts) == 6
    assert section.chart_notes == ["No chart of the cost in JPY and KWD: the largest 3 have one."]
    for group in usage["groups"]:
        some = {"billed_cost": {"amount": 5, "record_count": 9}}
        group.update(daily_billed_cost=None, billed_cost=None, incomplete_costs=some, billing_currency="USD")
    unknown = _section(_build(usage), "cost")
    assert (unknown.charts, unknown.chart_notes) == (
        [],
        ["No chart of the cost in USD, which is not known day by day."],
    )


def test_model_costs_that_are_known_in_part_are_compared_in_part() -> None:
    usage, previous = (
        make_usage(metrics=METRICS[:2], price=0.01),
        make_usage(metrics=METRICS[:2], price=0.02, **PREVIOUS),
    )
    whole = _section(_build(usage, previous=previous), "comparison")
    assert "of what is known" not in whole.brief
    assert whole.tables[0].totals[0][0].text == "Total"
    usage["groups"][0].update(billed_cost=None, daily_billed_cost=None, billing_currency=None)
    usage["cost"]["available"] = "some"
    part = _section(_build(usage, previous=previous), "comparison")
    assert part.brief.endswith("% of what is known")
    assert part.tables[0].totals[0][0].text == "Total of these"
    assert part.intro[-1] == "Costs are compared as far as they are known of a metric in both periods."
