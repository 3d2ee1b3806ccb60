# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report before it is HTML or Markdown: every decision is made here, what follows only sets the texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    and_more,
    format_count,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, Dimension, asked
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import costs as report_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import status as report_status
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.about import about, figures
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts import burndown as report_burndown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts import daily as report_daily
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts import trend as report_trend
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.axis import Chart
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.gaps import with_gaps
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.headline import Tile, tiles
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import (
    billed_sum,
    estimate_amount,
    fees_amount,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables import compare as report_compare
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables import cost_tables
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables import usage_tables as report_tables
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.budgets import budget_tables
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.fees import fees_table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.owners import owner_table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.reconciliation import (
    reconciliation_tables,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import (
    has_several,
    sorted_totals,
    subject_name,
    subjects,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import Safe, Table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    Total,
    complete_days,
)

MAX_BUDGETS = 100
MAX_CHARTS = 48
MAX_OPEN_CHARTS, MAX_KEPT_CHARTS = 4, 2
MAX_ESTIMATES = 50
MAX_MOVERS = 5
MAX_OPEN_CHANGES = 8


@dataclass(frozen=True)
class Section(Safe):
    """A part of the report under its own heading; a folded one shows that and ``brief`` until somebody opens it."""

    key: str
    title: str
    intro: list[str] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    folded_charts: list[Chart] = field(default_factory=list)
    more_charts: str = ""  # what folded charts are called
    chart_notes: list[str] = field(default_factory=list)  # what has no chart, and why
    tables: list[Table] = field(default_factory=list)
    folded: bool = False
    brief: str = ""  # beside the heading: what it comes to


@dataclass(frozen=True)
class Report(Safe):
    """Everything that is shown."""

    title: str
    subject: str
    identity: str
    period: str
    status: str
    status_word: str
    freshness: str
    age: str
    tiles: list[Tile]
    figures: list[tuple[str, str]]
    missing: list[str]
    sections: list[Section]
    about: list[tuple[str, str]]


@lru_cache(maxsize=1)
def build(source: ReportInput) -> Report:
    """Return the report of these facts, verdicts and estimate; made once for all forms of it."""
    usage = source.usage
    subject, identity = report_status.subject(usage, source.previous)
    return Report(
        title=f"Cloudflare usage of {subject}",
        subject=subject,
        identity=identity,
        period=f"{format_span(usage['from'], usage['to'])}, {format_count(len(usage['days']), 'day')}, UTC",
        status=usage["status"],
        status_word=report_status.STATUS_WORDS[usage["status"]],
        freshness=report_status.freshness(usage),
        age=report_status.age(usage, source.generated_at),
        tiles=tiles(source),
        figures=figures(usage),
        missing=report_status.missing(usage["reasons"]),
        sections=_sections(source),
        about=about(source),
    )


def _sections(source: ReportInput) -> list[Section]:
    usage = source.usage
    if not usage["groups"]:
        return [*_fees(usage), *_budgets(source), *_estimate(source)]
    by = subjects(usage)
    problem = report_compare.why_not_comparable(usage, source.previous, by) if source.previous else ""
    comparable = None if problem else source.previous
    changes = report_compare.against(usage, comparable, by) if comparable else []
    priced = usage["cost"]["available"] != "none"
    return [
        *(_cost(usage, comparable) if priced else _estimate(source)),
        *_fees(usage),
        *_owners(usage),
        *_budgets(source),
        *(_comparison(source.previous, usage, problem, changes) if source.previous else []),
        *_movers(usage, comparable),
        _daily(source, changes, folded=priced or source.estimate is not None),
        *(section for place, dimension in enumerate(asked(usage)) for section in _by(usage, dimension, place)),
        *(_estimate(source, folded=True) if priced else []),
    ]


def _cost(usage: Usage, previous: Usage | None) -> list[Section]:
    """Return the billed cost: its trend, and who costs how much."""
    charts = report_trend.cost_charts(usage, previous)
    missing = billed_sum(usage).missing
    intro = [f"{format_count(missing, 'record carries', 'records carry')} no billed cost."] if missing else []
    bars = report_daily.legend(
        charts, len(usage["days"]), unfinished="known part" if missing else report_daily.UNFINISHED
    )
    return [
        Section(
            "cost",
            "Cost",
            [*intro, *(report_daily.weeks_intro(usage) if charts else [])],
            legend=[*bars, *(mark for mark in report_burndown.legend(charts) if mark[0] != "sofar-open")],
            charts=charts,
            chart_notes=report_trend.left_out(usage),
            tables=cost_tables.cost_shares(usage),
        ),
    ]


def _fees(usage: Usage) -> list[Section]:
    """Return the fixed fees of subscriptions, which are not among the records."""
    table = fees_table(usage)
    intro = [
        "What subscriptions cost for these days whatever is used. The billed cost of the records does not hold it."
    ]
    brief = fees_amount(usage)
    return [Section("fees", "Fixed fees", intro, tables=[table], folded=True, brief=brief)] if table else []


def _owners(usage: Usage) -> list[Section]:
    """Return who owns what, where the facts are allocated."""
    intro = ["Given by the first rule of the allocation that takes it. What no rule takes is unallocated."]
    if "owner" not in usage["group_by"]:
        return []
    return [Section("owners", "Owners", intro, tables=[owner_table(usage)], folded=True)]


def _budgets(source: ReportInput) -> list[Section]:
    tables = budget_tables(source.verdicts, MAX_BUDGETS)
    if not tables:
        return []
    drawn = report_burndown.burn_downs(source.usage, source.verdicts, source.estimate)
    charts = drawn.charts
    # they are in the order of what needs a person
    first = min(sum(chart.needs_person for chart in charts), MAX_OPEN_CHARTS) or MAX_KEPT_CHARTS
    return [
        Section(
            "budgets",
            "Budgets",
            legend=report_burndown.legend(charts),
            charts=charts[:first],
            folded_charts=charts[first:],
            more_charts=format_count(len(charts[first:]), "more chart"),
            chart_notes=drawn.without,
            tables=tables,
        )
    ]


def _by(usage: Usage, dimension: Dimension, place: int) -> list[Section]:
    """Return the use by a dimension; one that has a single value stands at the end of the report."""
    if dimension.key == "owner":  # has a section of its own
        return []
    tag = dimension.key not in DIMENSIONS  # whose name somebody chose
    key, title = (
        f"by-tag-{place}" if tag else f"by-{dimension.key.replace('_', '-')}",
        f"Use by {dimension.title.lower()}",
    )
    table = report_tables.dimension_table(usage, dimension)
    return [Section(key, title, tables=[table], folded=True)] if table else []


def _daily(source: ReportInput, changes: list[report_compare.Change], *, folded: bool) -> Section:
    usage = with_gaps(source.usage)
    by = subjects(usage)
    moved = {change.total.key: change for change in changes}
    everything = sorted(sorted_totals(usage, by), key=_importance(source, by))
    shown = everything[:MAX_CHARTS]
    charts = report_daily.charts(usage, shown, by, moved)
    more = and_more(len(everything), len(shown), "metric", where=" in the tables below")
    scale = "One chart for each metric and unit, on a scale of its own: its highest value stands above it."
    return Section(
        "daily-use",
        "Daily use",
        [scale, *report_daily.weeks_intro(usage)],
        legend=report_daily.legend(charts, len(usage["days"]), reference="daily average of the period before"),
        charts=charts[:MAX_OPEN_CHARTS],
        folded_charts=charts[MAX_OPEN_CHARTS:],
        more_charts=format_count(len(charts[MAX_OPEN_CHARTS:]), "more chart"),
        chart_notes=[f"… {more}."] if more else [],
        folded=folded,
    )


def _importance(source: ReportInput, by: Sequence[Dimension]) -> Callable[[Total], tuple[float, float, float]]:
    """Return what sorts totals by what matters: cost, known or estimated, then budget, then change."""
    estimated: dict[str | None, float] = {}
    for item in source.estimate["items"] if source.estimate else []:
        estimated[item["metric_id"]] = estimated.get(item["metric_id"], 0) + (item["amount"] or 0)
    used: dict[str, float] = {}
    for verdict in source.verdicts:
        group = verdict.get("group")
        value = group["id"] if group else None
        if value is not None:
            used[value] = max(used.get(value, 0), verdict.get("percent") or 0)
    compared = report_compare.against(source.usage, source.previous, by) if source.previous else []
    moved = {
        change.total.key: abs(change.relative or 0)
        for change in [*report_compare.week_against_week(source.usage, by), *compared]
    }

    def weight(total: Total) -> tuple[float, float, float]:
        metric = total.groups[0].get("x_billable_metric_id") if by else None
        billed = max((float(amount) for _currency, amount in total.cost.amounts()), default=0.0)
        budget = max((used.get(value, 0) for value in total.key[:-1] if value is not None), default=0.0)
        return -(billed or estimated.get(metric, 0.0)), -budget, -moved.get(total.key, 0.0)

    return weight


def _comparison(previous: Usage, usage: Usage, problem: str, changes: list[report_compare.Change]) -> list[Section]:
    before, by = format_span(previous["from"], previous["to"]), subjects(usage)
    title = "Against the period before"
    if problem:
        return [Section("comparison", title, [f"{problem} It is not compared with {before}."])]
    days_now, days_before = (format_count(complete_days(facts), "day") for facts in (usage, previous))
    intro = [f"Compared with {before}: {days_now} complete now, {days_before} before."]
    doubts = [reason for reason in previous["reasons"] if reason.get("code") != "days_not_complete_yet"]
    if doubts:
        intro.append("The period before is not whole, so these changes may mislead.")
        intro += report_status.missing(doubts)
    costs = _priced(report_compare.cost_against(usage, previous, by))
    days = format_count(report_compare.compared_days(usage, previous), "day")
    partly = costs and (billed_sum(usage).missing or billed_sum(previous).missing)
    if partly:
        intro.append("Costs are compared as far as they are known of a metric in both periods.")
    whole = "Total of these" if partly else "Total"
    tables = [cost_tables.cost_changes(f"Cost of the first {days}, before and now", costs, by, whole)] if costs else []
    ordered = sorted(changes, key=lambda change: tuple(change.total.name(each).casefold() for each in by))
    tables.append(report_tables.comparison_table(ordered, by, folded=bool(costs) or len(ordered) > MAX_OPEN_CHANGES))
    brief = cost_tables.change_of(costs).text if costs else ""
    brief += " of what is known" if brief and partly else ""
    return [Section("comparison", title, intro, tables=tables, folded=bool(costs), brief=brief)]


def _priced(changes: Sequence[report_compare.Change]) -> list[report_compare.Change]:
    """Return the changes of costs, without what cost nothing in both periods."""
    return [change for change in changes if change.now or change.before]


def _movers(usage: Usage, previous: Usage | None) -> list[Section]:
    """Return what moved most: in money where costs are known, and in use."""
    by = subjects(usage)
    around = [each for each in asked(usage) if each not in by and has_several(usage, each)]
    if previous is not None:
        around = [dimension for dimension in around if dimension.key in previous["group_by"]]
        fine = report_compare.against(usage, previous, [*around, *by])
        costs = report_compare.cost_against(usage, previous, [*around, *by])
        intro = "Against the period before, the changes that moved their whole most first."
    else:
        fine = report_compare.week_against_week(usage, [*around, *by])
        costs = report_compare.week_against_week(usage, [*around, *by], costs=True)
        intro = "The last seven complete days against the seven before, the changes that moved their whole most first."
    dear = report_compare.movers(_priced(costs), 1, MAX_MOVERS)
    moved = report_compare.movers(fine, len(by) + 1, MAX_MOVERS)
    tables = [cost_tables.cost_movers(dear, by, around)] if dear else []
    tables += [report_tables.movers_table(moved, by, around, folded=bool(dear))] if moved else []
    brief = f"{subject_name((dear or moved)[0].total, by)} most" if tables else ""
    return [Section("movers", "Top movers", [intro], tables=tables, folded=True, brief=brief)] if tables else []


def _estimate(source: ReportInput, *, folded: bool = False) -> list[Section]:
    if source.estimate is None:
        return []
    intro = report_costs.estimate_intro(source.estimate)
    tables = report_costs.estimate_tables(source.estimate, MAX_ESTIMATES)
    tables += reconciliation_tables(source.estimate, MAX_ESTIMATES)
    brief = f"{estimate_amount(source.estimate)}, not a bill" if folded else ""
    charts = report_trend.estimated_charts(source.usage, source.estimate)
    marks = report_burndown.legend(charts)
    unknown = "The estimate has no chart, as its days are not known one by one."
    notes = [unknown] if source.estimate["items"] and not charts else []
    return [
        Section(
            "estimate", "Estimated cost", intro, marks, charts, chart_notes=notes, tables=tables, folded=folded,
            brief=brief,
        )
    ]  # fmt: skip
