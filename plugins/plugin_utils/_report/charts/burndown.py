# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a budget is used up: its running total against its limit, and where the forecast expects it to end."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycle_end
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    Number,
    format_compact,
    format_count,
    format_money,
    format_percent,
    format_span,
    join_words,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.axis import Chart, axis_ends
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.selections import Selections
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.svg import Lines, lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.estimated_days import estimated_days
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import running
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import complete_days
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    STATUS_WORDS,
    Verdict,
    label,
    worst_first,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    actual_text,
    crossing_day,
    crossing_text,
    is_of_forecast,
)

MAX_BURN_DOWNS = 12
_MAX_NAMED = 2
_KINDS = ("actual", "forecast", "contract")


@dataclass(frozen=True)
class BurnDowns:
    """The charts, those that need a person first, and a sentence for each reason why budgets have none."""

    charts: list[Chart]
    without: list[str]


def burn_downs(usage: Usage, verdicts: Sequence[Verdict], estimate: Estimate | None = None) -> BurnDowns:
    """Return a chart of each budget that can be drawn, and why the others have none."""
    selections = Selections(usage, estimated_days(usage, estimate), estimate["currency"] if estimate else None)
    charts: list[Chart] = []
    without: dict[str, list[str]] = {}
    for verdict in worst_first(verdicts):
        limit = verdict.get("limit")
        if verdict.get("on") not in _KINDS or limit is None or limit <= 0 or not verdict.get("actual"):
            continue
        chart = _chart(usage, verdict, selections)
        if chart is None:
            without.setdefault(_why_none(verdict, selections), []).append(label(verdict))
        elif len(charts) < MAX_BURN_DOWNS:
            charts.append(chart)
        else:
            without.setdefault(f"a page shows {MAX_BURN_DOWNS}", []).append(label(verdict))
    return BurnDowns(charts, [_left_out(why, names) for why, names in without.items()])


def _why_none(verdict: Verdict, selections: Selections) -> str:
    """Return why the days of what a budget looks at are not known."""
    if not selections.known(verdict.get("measure") or ""):
        return "the days of it are not known one by one"
    return "nothing tells which use it is"


def _left_out(why: str, names: Sequence[str]) -> str:
    """Return the reason with the names of the budgets, or with their number where they are many."""
    named = join_words(list(names)) if len(names) <= _MAX_NAMED else format_count(len(names), "budget")
    return f"No chart of {named}, as {why}."


def _chart(usage: Usage, verdict: Verdict, selections: Selections) -> Chart | None:
    first = datetime.date.fromisoformat(usage["days"][0])
    for begins, ends in _spans(usage, verdict):
        start = (begins - first).days
        daily = selections.find(verdict, start, (ends - first).days + 1) if start >= 0 else None
        if daily is not None:
            return _drawn(verdict, (begins, ends), running(daily), max(0, complete_days(usage) - start))
    return None


def _spans(usage: Usage, verdict: Verdict) -> list[tuple[datetime.date, datetime.date]]:
    """Return the days that a verdict may be about: its period, else those of the facts, or their last month."""
    first, last = (datetime.date.fromisoformat(usage["days"][place]) for place in (0, -1))
    period = verdict.get("period")
    if period:
        return [(datetime.date.fromisoformat(period["from"]), datetime.date.fromisoformat(period["to"]))]
    months = [last.replace(day=1)] if verdict.get("on") == "forecast" and first < last.replace(day=1) else []
    begin = [first, *months]
    return [(each, last if verdict.get("forecast") is None else cycle_end(last, each.day)) for each in begin]


def _drawn(verdict: Verdict, span: tuple[datetime.date, datetime.date], sums: list[Number], complete: int) -> Chart:
    begins, ends = span
    days = (ends - begins).days + 1
    crossed = crossing_day(verdict)
    low, middle, high = verdict.get("forecast_low"), verdict.get("forecast"), verdict.get("forecast_high")
    words = crossing_text(verdict)
    limit = _short(verdict, verdict.get("limit"))
    period = format_span(begins.isoformat(), ends.isoformat())
    text = f"{label(verdict)}, {period}: {actual_text(verdict)} so far of {limit}."
    if low is not None and middle is not None and high is not None:
        between = f"between {_short(verdict, low)} and {_short(verdict, high)}"
        text += f" Expected {_short(verdict, middle)}, {between} in 80% of cases."
    chart = Lines(
        days=days,
        ends=axis_ends([begins.isoformat(), ends.isoformat()]),
        values=sums[:days],
        complete=min(complete, len(sums), days),
        alternative=f"{text} {words}".strip(),
        limit=verdict.get("limit"),
        ahead=None if low is None or middle is None or high is None else (low, middle, high),
        crossed=None if crossed is None else (crossed - begins).days,
    )
    share, of = verdict.get("percent"), "expected of" if is_of_forecast(verdict) else "of"
    status = verdict["status"]
    return Chart(
        product=f"{STATUS_WORDS[status]}{', estimated' if verdict.get('estimated') else ''}",
        name=label(verdict),
        unit=f"{of} {limit}",
        total=_so_far(verdict) if share is None else format_percent(share),
        change=words,
        svg=lines(chart),
        needs_person=status != "pass",
    )


def _short(verdict: Verdict, amount: float | None) -> str:
    """Return an amount for a card: money in full, quantities in three digits."""
    if verdict.get("currency"):
        return format_money(amount, name_text(verdict["currency"]))
    return f"{format_compact(amount)} {name_text(verdict.get('unit'))}".strip()


def _so_far(verdict: Verdict) -> str:
    """Return what is used for a card, in what the limit beside it is counted in."""
    actual = verdict.get("actual")
    text = _short(verdict, actual) if verdict.get("currency") else format_compact(actual)
    return f"at least {text}" if verdict.get("actual_is_lower_bound") else text


def legend(charts: Sequence[Chart]) -> list[tuple[str, str]]:
    """Return the kinds of lines that occur, with their words."""
    marks = (
        ('class="line"', "sofar", "so far"),
        ('class="line open"', "sofar-open", "not complete yet"),
        ('class="limit"', "limit", "limit"),
        ('class="band"', "band", "expected range, 80% of cases"),
        ('class="reference"', "before", "period before"),
        ('class="crossing"', "crossing", "limit passed"),
    )
    return [(kind, words) for mark, kind, words in marks if any(mark in chart.svg for chart in charts)]
