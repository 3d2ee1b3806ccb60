# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The billed cost day by day, and its running total against the same days of the period before."""

from __future__ import annotations

from datetime import date

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_change,
    format_day,
    format_span,
    join_words,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.axis import (
    Chart,
    axis_ends,
    coming_bars,
    days_from,
    to_bars,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.gaps import with_gaps
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.svg import Bars, Lines, bars, lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.estimated_days import estimated_days
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import (
    MAX_CURRENCIES,
    CostDays,
    billed_sum,
    cost_days,
    estimate_amount,
    running,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.outlook import (
    CostOutlook,
    cost_outlook,
    period_end,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.status import coming_days
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    Daily,
    add,
    by_day,
    complete_days,
)


def cost_charts(usage: Usage, previous: Usage | None) -> list[Chart]:
    """Return the charts of each currency; ``previous`` is a period that can be compared."""
    before = {each.currency: each for each in cost_days(previous)} if previous else {}
    gaps = {each.currency: each.daily for each in cost_days(with_gaps(usage))}
    charts = []
    for cost in cost_days(usage):
        charts.append(_daily(usage, cost, gaps[cost.currency]))
        charts.append(_running(usage, cost, before.get(cost.currency)))
    return charts


def left_out(usage: Usage) -> list[str]:
    """Return why a known cost has no chart."""
    known = [currency for currency, _amount in billed_sum(usage).amounts()]
    drawn = [cost.currency for cost in cost_days(usage)]
    names = join_words([name_text(currency) or "no currency" for currency in known if currency not in drawn])
    if not names:
        return []
    if len(drawn) < MAX_CURRENCIES:
        return [f"No chart of the cost in {names}, which is not known day by day."]
    return [f"No chart of the cost in {names}: the largest {MAX_CURRENCIES} have one."]


def _daily(usage: Usage, cost: CostDays, gaps: Daily) -> Chart:
    """Return the cost of each day; where rows are missing, it is what is known, or missing as well."""
    drawn = [None if gap is None and not value else value for value, gap in zip(cost.daily, gaps, strict=True)]
    days = usage["days"]
    complete = complete_days(usage) if cost.whole else 0
    labels, values, whole = to_bars(days, drawn, complete)
    known = [value for value in cost.daily if value is not None]
    words = f"Billed cost per day, {format_span(days[0], days[-1])}. Total {cost.text(add(known))}."
    if known:
        words += f" The highest is {cost.text(max(known))}, the lowest {cost.text(min(known))}."
    chart = Bars(
        labels=labels,
        ends=axis_ends(days),
        values=values,
        complete=whole,
        alternative=words,
        unit=name_text(cost.currency),
        coming=coming_bars(usage["days"], coming_days(usage)),
    )
    name = "Billed cost per day" if cost.whole else "Known part of the cost per day"
    rest = f"{cost.text(cost.rest)} more is known, but not by day" if cost.rest else ""
    return Chart("", name, "", cost.text(add(known)), rest, bars(chart))


def _running(usage: Usage, cost: CostDays, before: CostDays | None) -> Chart:
    sums, earlier = running(cost.daily), running(before.daily) if before else []
    outlook = cost_outlook(usage, cost.daily) if cost.whole else None
    complete = complete_days(usage) if cost.whole else 0
    days = min(complete, len(sums), len(earlier))
    change = ""
    part = "billed cost" if cost.whole else "known part of the billed cost"
    words = f"Running total of the {part}, {cost.text(sums[-1]) if sums else 'unknown'} so far."
    if days and before and before.whole:
        now, then = sums[days - 1], earlier[days - 1]
        moved = "" if not then else f", {format_change((now - then) / abs(then))}"
        change = f"{cost.text(now)} after {days} days, {cost.text(then)} in the period before{moved}"
        words += f" {change}."
    ends = period_end(usage)
    first = date.fromisoformat(usage["days"][0])
    axis = (ends - first).days + 1 if ends else max(len(usage["days"]), len(earlier))
    if outlook and outlook.ahead:
        words += f" Expected {outlook_text(outlook, cost)}."
    chart = Lines(
        days=axis,
        ends=axis_ends(days_from(usage["days"][0], axis)),
        values=sums,
        complete=min(complete, len(sums)),
        alternative=words,
        before=earlier[:axis],
        ahead=(outlook.low, outlook.amount, outlook.high) if outlook and outlook.ahead else None,
    )
    name = "Cost so far" if cost.whole else "Known part of the cost so far"
    expected = f"Expected {outlook_text(outlook, cost)}" if outlook and outlook.ahead else ""
    note = ". ".join(text for text in (change, expected) if text)
    return Chart("", name, "", cost.text(sums[-1] if sums else None), note, lines(chart))


def estimated_charts(usage: Usage, estimate: Estimate) -> list[Chart]:
    """Return the running total of the estimate, where it is known day by day."""
    lines_by_day = estimated_days(usage, estimate)
    if not lines_by_day:
        return []
    daily = by_day([each for _item, each in lines_by_day])
    begun = len(usage["days"]) - coming_days(usage)
    chart = Lines(
        days=len(usage["days"]),
        ends=axis_ends(usage["days"]),
        values=running(daily)[:begun],
        complete=min(complete_days(usage), begun),
        alternative=f"Running total of the estimated cost, {estimate_amount(estimate)}. Not a bill.",
    )
    return [
        Chart("", "Estimated cost so far", "", estimate_amount(estimate), "From a rate card, not a bill", lines(chart))
    ]


def outlook_text(outlook: CostOutlook, cost: CostDays) -> str:
    """Return what is expected in words: the amount, its day and its range."""
    ends = format_day(outlook.last.isoformat())
    span = f"{cost.text(outlook.low)} to {cost.text(outlook.high)}"
    return f"{cost.text(outlook.amount)} by {ends}, {span} in 80% of cases"
