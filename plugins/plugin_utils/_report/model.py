# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report before it is HTML or Markdown: every decision is made here, what follows only sets the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean, name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    and_more,
    format_count,
    format_moment,
    format_span,
    join_words,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import Dimension, asked
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import compare as report_compare
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import costs as report_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import daily as report_daily
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import status as report_status
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import usage_tables as report_tables
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.budgets import BudgetsView, budgets_view
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.subjects import sorted_totals, subjects
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.table import Cell, Table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.totals import complete_days, totals

MAX_BUDGETS = 100
MAX_CHARTS = 48
MAX_ESTIMATES = 50
MAX_MOVERS = 10


@dataclass(frozen=True)
class Section:
    """A part of the report under its own heading."""

    key: str
    title: str
    intro: list[str] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)
    charts: list[report_daily.Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    more: str = ""


@dataclass(frozen=True)
class Report:
    """Everything that is shown."""

    title: str
    subject: str
    identity: str
    period: str
    status: str
    status_word: str
    freshness: str
    age: str
    cost: Cell
    cost_note: str
    estimate: str
    budgets: BudgetsView
    figures: list[tuple[str, str]]
    missing: list[str]
    sections: list[Section]
    about: list[tuple[str, str]]


def build(source: ReportInput) -> Report:
    """Return the report of these facts, verdicts and estimate."""
    usage = source.usage
    cost, cost_note = report_costs.billed(usage)
    period = f"{format_span(usage['from'], usage['to'])}, {format_count(len(usage['days']), 'day')}, UTC"
    subject, identity = report_status.subject(usage)
    unnamed = subject == usage["scope"].capitalize()
    title = f"Cloudflare usage of {usage['scope'] + ' ' + identity if unnamed else subject}"
    return Report(
        title=title,
        subject=subject,
        identity=identity,
        period=period,
        status=usage["status"],
        status_word=report_status.STATUS_WORDS[usage["status"]],
        freshness=report_status.freshness(usage),
        age=report_status.age(usage, source.generated_at),
        cost=cost,
        cost_note=cost_note,
        estimate=report_costs.estimate_amount(source.estimate) if source.estimate else "",
        budgets=budgets_view(source.verdicts, MAX_BUDGETS),
        figures=_figures(usage),
        missing=report_status.missing(usage["reasons"]),
        sections=_sections(source),
        about=_about(source),
    )


def _figures(usage: Usage) -> list[tuple[str, str]]:
    by = subjects(usage)
    figures = [(f"{len(usage['accounts']):,}", "account" if len(usage["accounts"]) == 1 else "accounts")]
    for dimension in by if usage["groups"] else []:
        found = len({total.key[0] for total in totals(usage["groups"], [dimension])})
        figures.append((f"{found:,}", dimension.title.lower() if found == 1 else dimension.plural))
    records = usage.get("record_count") or 0
    return [*figures, (f"{records:,}", "record" if records == 1 else "records")]


def _sections(source: ReportInput) -> list[Section]:
    usage = source.usage
    if not usage["groups"]:
        return _estimate(source)
    by = subjects(usage)
    problem = report_compare.why_not_comparable(usage, source.previous, by) if source.previous else ""
    comparable = source.previous is not None and not problem
    changes = report_compare.against(usage, source.previous, by) if source.previous and comparable else []
    sections = [_daily(usage, by, changes)]
    if source.previous:
        sections.append(_comparison(source.previous, usage, problem, changes, by))
    sections += _movers(usage, source.previous if comparable else None, changes, by)
    sections += [_by(usage, dimension) for dimension in asked(usage)]
    return [*sections, *_estimate(source)]


def _by(usage: Usage, dimension: Dimension) -> Section:
    key, title = f"by-{dimension.key.replace('_', '-')}", f"By {dimension.title.lower()}"
    table = report_tables.dimension_table(usage, dimension)
    if table is None:
        return Section(key, title, [report_tables.only_value(usage, dimension)])
    return Section(key, title, tables=[table])


def _daily(usage: Usage, by: Sequence[Dimension], changes: list[report_compare.Change]) -> Section:
    everything = sorted_totals(usage, by)
    shown = everything[:MAX_CHARTS]
    return Section(
        "daily-use",
        "Daily use",
        report_daily.intro(usage),
        legend=report_daily.legend(usage, shown, compared=bool(changes)),
        charts=report_daily.charts(usage, shown, by, {change.total.key: change for change in changes}),
        more=and_more(len(everything), len(shown), "metric", where=" in the tables below"),
    )


def _comparison(
    previous: Usage,
    usage: Usage,
    problem: str,
    changes: list[report_compare.Change],
    by: Sequence[Dimension],
) -> Section:
    before = format_span(previous["from"], previous["to"])
    if problem:
        return Section("comparison", "Against the period before", [f"{problem} It is not compared with {before}."])
    days_now, days_before = (format_count(complete_days(facts), "day") for facts in (usage, previous))
    intro = [f"Compared with {before}, per complete day: {days_now} now, {days_before} before."]
    doubts = [reason for reason in previous["reasons"] if reason.get("code") != "days_not_complete_yet"]
    if doubts:
        intro.append("The period before is not whole, so these changes may mislead.")
        intro += report_status.missing(doubts)
    ordered = sorted(changes, key=lambda change: tuple(change.total.name(each).casefold() for each in by))
    return Section(
        "comparison", "Against the period before", intro, tables=[report_tables.comparison_table(ordered, by)]
    )


def _movers(
    usage: Usage,
    previous: Usage | None,
    changes: list[report_compare.Change],
    by: Sequence[Dimension],
) -> list[Section]:
    around = [each for each in asked(usage) if each not in by and report_tables.has_several(usage, each)]
    if previous is not None:
        around = [dimension for dimension in around if dimension.key in previous["group_by"]]
        fine, wholes = report_compare.against(usage, previous, [*around, *by]), changes
        intro = "The use per complete day against the period before, the changes that moved their metric most first."
    else:
        fine = report_compare.week_against_week(usage, [*around, *by])
        wholes = report_compare.week_against_week(usage, by)
        intro = "The last seven complete days against the seven before, the changes that moved their metric most first."
    moved = report_compare.movers(fine, wholes, len(by) + 1, MAX_MOVERS)
    if not moved:
        return []
    return [Section("movers", "Top movers", [intro], tables=[report_tables.movers_table(moved, by, around)])]


def _estimate(source: ReportInput) -> list[Section]:
    if source.estimate is None:
        return []
    intro = report_costs.estimate_intro(source.estimate)
    tables = report_costs.estimate_tables(source.estimate, MAX_ESTIMATES)
    return [Section("estimate", "Estimated cost", intro, tables=tables)]


def _about(source: ReportInput) -> list[tuple[str, str]]:
    usage = source.usage
    dropped = {name: count for name, count in usage["dropped"].items() if count}
    about = [
        ("Scope", name_text(f"{usage['scope']} {usage.get('scope_id') or ''}")),
        ("Days asked for", f"{usage['from']} to {usage['to']}" + _word(usage.get("period"))),
        ("Metrics asked for", name_text(", ".join(usage.get("metric") or [])) or "all"),
        (
            "Grouped by",
            join_words([each.title.lower() for each in asked(usage)]) or "unit and currency only",
        ),
        ("Complete through", usage["complete_through"] or "no day"),
        ("Records counted", f"{usage.get('record_count') or 0:,}"),
        (
            "Records left out",
            ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in dropped.items()) or "none",
        ),
        ("Requests", f"{usage.get('requests') or 0:,}"),
        ("Facts fetched", format_moment(usage["fetched_at"])),
        ("Report made", format_moment(source.generated_at)),
        ("Facts made by", f"finops.cloudflare {name_text(usage.get('collection_version')) or 'of unknown version'}"),
        ("Report made by", f"finops.cloudflare {COLLECTION_VERSION}"),
    ]
    for origin in usage.get("sources") or []:
        name = f"{origin['scope']} {name_text(origin['scope_id'])}, {origin['from']} to {origin['to']}"
        records = format_count(origin["record_count"], "record")
        about.append(("Source", clean(f"{name}, {origin['status']}, {records}")))
    return about


def _word(period: str | None) -> str:
    return f" ({name_text(period)})" if period else ""
