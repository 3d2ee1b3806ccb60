# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a budget is used up: its running total against its limit, and where the forecast expects it to end.

A verdict does not list the groups that its budget looks at. They are found by their sum: a selection by at most two
dimensions that comes to exactly what the verdict says. Where none does, or several with different days, there is no
chart.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycle_end
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    Number,
    format_compact,
    format_money,
    format_percent,
    format_span,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import asked, value_id
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage, UsageGroup
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.axis import Chart, axis_ends
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.svg import Lines, lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import estimated_days, running
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    Daily,
    add,
    by_day,
    complete_days,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    STATUS_WORDS,
    Verdict,
    label,
    worst_first,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    amount_text,
    crossing_day,
    crossing_text,
)

MAX_BURN_DOWNS = 12
_MAX_DIMENSIONS = 2
_SERIES: dict[str, Callable[[UsageGroup], Daily | None]] = {
    "consumed_quantity": lambda group: group["daily_quantity"],
    "billed_cost": lambda group: group["daily_billed_cost"],
}
_COUNTED: dict[str, Callable[[UsageGroup], str | None]] = {
    "consumed_quantity": lambda group: group["consumed_unit"],
    "billed_cost": lambda group: group["billing_currency"],
}
_Selected = list[UsageGroup]


@dataclass
class _Selections:
    """The selections of groups by what they come to, of each measure from some day on; made when first asked for."""

    usage: Usage
    estimated: Daily | None = None
    made: dict[tuple[str, int, int], dict[str, list[_Selected]]] = field(default_factory=dict)

    def find(self, verdict: Verdict, start: int, end: int) -> Daily | None:
        """Return the daily amounts of what the verdict looks at, from day number ``start`` to before ``end``."""
        measure, actual = verdict.get("measure") or "", verdict.get("actual")
        if measure == "estimated_cost":
            return self._estimated(verdict, start, end)
        read = _SERIES.get(measure)
        if read is None or not actual:
            return None
        days = (measure, start, end)
        if days not in self.made:
            self.made[days] = self._by_sum(*days)
        found = [
            by_day([(read(group) or [])[start:end] for group in groups])
            for groups in self.made[days].get(_rounded(actual), [])
            if _is_of(groups[0], verdict, measure) and self._are_of_value(groups, verdict)
        ]
        return found[0] if found and all(each == found[0] for each in found) else None

    def _estimated(self, verdict: Verdict, start: int, end: int) -> Daily | None:
        """Return the estimate of all use day by day, where that is what the verdict looks at."""
        daily, actual = (self.estimated or [])[start:end], verdict.get("actual")
        known = add(daily) if daily else None
        same = known is not None and bool(actual) and _rounded(known) == _rounded(actual or 0)
        return daily if same and not verdict.get("group") else None

    def _are_of_value(self, groups: _Selected, verdict: Verdict) -> bool:
        """Tell whether groups are of the value that the budget was applied to."""
        value = verdict.get("group")
        if not value:
            return True
        wanted = value["id"] or value["name"]
        dimensions = [each for each in asked(self.usage) if each.key == value["dimension"]]
        return bool(dimensions) and all(value_id(group, dimensions[0]) == wanted for group in groups)

    def _by_sum(self, measure: str, start: int, end: int) -> dict[str, list[_Selected]]:
        sums = {}
        for place, group in enumerate(self.usage["groups"]):
            series = _SERIES[measure](group)
            if series is not None:
                sums[place] = add(value for value in series[start:end] if value is not None)
        made: dict[str, list[_Selected]] = {}
        dimensions = asked(self.usage)
        for size in range(_MAX_DIMENSIONS + 1):
            for chosen in itertools.combinations(dimensions, size):
                selected: dict[tuple[str | None, ...], list[int]] = {}
                for place in sums:
                    group = self.usage["groups"][place]
                    key = (*(value_id(group, each) for each in chosen), _COUNTED[measure](group))
                    selected.setdefault(key, []).append(place)
                for places in selected.values():
                    groups = [self.usage["groups"][place] for place in places]
                    made.setdefault(_rounded(add(sums[place] for place in places) or 0), []).append(groups)
        return made


def _rounded(amount: Number) -> str:
    """Return an amount in the digits that survive being written to JSON."""
    return f"{amount:.12g}"


def _is_of(group: UsageGroup, verdict: Verdict, measure: str) -> bool:
    counted = verdict.get("unit") if measure == "consumed_quantity" else verdict.get("currency")
    return _COUNTED[measure](group) == counted


def burn_downs(usage: Usage, verdicts: Sequence[Verdict], estimate: Estimate | None = None) -> list[Chart]:
    """Return a chart of each budget that can be drawn, those that need a person first."""
    selections = _Selections(usage, estimated_days(usage, estimate))
    charts = [_chart(usage, verdict, selections) for verdict in worst_first(verdicts)]
    return [chart for chart in charts if chart is not None][:MAX_BURN_DOWNS]


def _chart(usage: Usage, verdict: Verdict, selections: _Selections) -> Chart | None:
    limit = verdict.get("limit")
    if verdict.get("on") not in ("actual", "forecast", "contract") or limit is None or limit <= 0:
        return None
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
    text = f"{label(verdict)}, {period}: {amount_text(verdict.get('actual'), verdict)} so far of {limit}."
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
    percent = format_percent(verdict.get("percent"))
    name, status = label(verdict), verdict["status"]
    kind = f"{STATUS_WORDS[status]}{', estimated' if verdict.get('estimated') else ''}"
    return Chart(kind, name, f"of {limit}", percent, words, lines(chart), status != "pass")


def _short(verdict: Verdict, amount: float | None) -> str:
    """Return an amount for a card: money in full, quantities in three digits."""
    if verdict.get("currency"):
        return format_money(amount, name_text(verdict["currency"]))
    return f"{format_compact(amount)} {name_text(verdict.get('unit'))}".strip()


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
