# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reader takes away: what it cost, where it will end, what changed, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    UNKNOWN,
    and_more,
    format_change,
    format_count,
    format_day,
    format_short_day,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import known_cost
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.outlook import CostOutlook, cost_outlook
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.compare import (
    Change,
    against,
    change_cell,
    compared_days,
    cost_against,
    why_not_comparable,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import subject_name, subjects
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import KNOWN, Safe
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import (
    complete_days,
    per_day,
    totals,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    STATUS_WORDS,
    Verdict,
    count_statuses,
    label,
    worst_first,
    worst_status,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    amount_text,
    crossing_text,
    error_before_text,
    headline,
)

_END = "Where it will end"
_MAX_NAMED = 3
_SAME_MONEY = 1.01  # a budget of everything has the same forecast, but for the days that still fill up


@dataclass(frozen=True)
class Tile(Safe):
    """One answer: ``lead`` in a sentence, ``notes`` below it, and counts by status. An estimate stands apart."""

    title: str
    lead: str
    kind: str = KNOWN
    notes: list[str] = field(default_factory=list)
    estimate: str = ""
    counts: Sequence[tuple[str, str, int]] = field(default_factory=list)
    status: str = ""


def tiles(source: ReportInput) -> list[Tile]:
    """Return the four answers."""
    return [
        _cost(source),
        _end(source),
        _change(source.usage, source.previous),
        _needed(source.verdicts, source.usage),
    ]


def _cost(source: ReportInput) -> Tile:
    cell, note = known_cost.billed(source.usage)
    estimate = known_cost.estimate_amount(source.estimate) if source.estimate else ""
    notes = [note]
    unpriced = len(source.estimate["unpriced"]) if source.estimate else 0
    if unpriced:
        notes.append(f"{format_count(unpriced, 'quantity has', 'quantities have')} no price: their cost is unknown.")
    fees = known_cost.fees_text(source.usage)
    return Tile("Cost so far", cell.text, cell.kind, [*notes, *([fees] if fees else [])], estimate)


def _end(source: ReportInput) -> Tile:
    """Return the forecast of the most money: of the billed cost, or of a budget, which also has a limit."""
    ahead = [verdict for verdict in source.verdicts if verdict.get("forecast") is not None]
    billed = max((_money(verdict) for verdict in ahead if not verdict.get("estimated")), default=0)
    for cost in known_cost.cost_days(source.usage)[:1]:
        outlook = cost_outlook(source.usage, cost.daily) if cost.whole else None
        if outlook and outlook.amount > billed * _SAME_MONEY:
            return Tile(_END, cost.text(outlook.amount), KNOWN, _outlook_notes(outlook, cost))
    return _budget_end(ahead, source) if ahead else _no_end(source)


def _no_end(source: ReportInput) -> Tile:
    """Return that nothing looks ahead, and why."""
    if any(verdict.get("on") == "forecast" for verdict in source.verdicts):
        return Tile(_END, "The forecast is unknown", UNKNOWN, ["No budget could look ahead; their table says why."])
    note = "No budget looks ahead."
    if known_cost.cost_days(source.usage):
        note = "No budget looks ahead, and the days do not allow a forecast of the cost."
    return Tile(_END, "No forecast", UNKNOWN, [note])


def _budget_end(ahead: Sequence[Verdict], source: ReportInput) -> Tile:
    """Return the largest forecast of a budget; one below what is known by now is that of a part."""
    first = max(ahead, key=_weight)
    low, high = first.get("forecast_low"), first.get("forecast_high")
    about = "Estimated " if first.get("estimated") else ""
    lead, kind = f"{about}{amount_text(first.get('forecast'), first)}", "estimated" if first.get("estimated") else KNOWN
    notes = [f"{label(first)}, {_until(first)}."]
    if _is_of_a_part(first, source):
        notes = [f"{lead} {_until(first)} of a part, for the budget {label(first)}."]
        lead, kind = "No forecast of all of it", UNKNOWN
    if low is not None and high is not None:
        notes.append(f"Between {amount_text(low, first)} and {amount_text(high, first)} in 80% of cases.")
    if first.get("limit") is not None:
        crossing = crossing_text(first)
        notes.append(f"Limit {amount_text(first['limit'], first)}." + (f" {crossing}." if crossing else ""))
    error = error_before_text(first)
    notes += [f"{error}."] if error else []
    over = sum(verdict["status"] == "fail" for verdict in ahead)
    if len(ahead) > 1:
        notes.append(f"Of {format_count(len(ahead), 'forecast')}, {over or 'none'} over the limit.")
    return Tile(_END, lead, kind, notes)


def _is_of_a_part(verdict: Verdict, source: ReportInput) -> bool:
    """Tell whether more money is known by now than a forecast comes to in the end."""
    known: dict[str | None, float] = dict(known_cost.billed_sum(source.usage).amounts())
    if verdict.get("estimated") and source.estimate:
        known = {source.estimate["currency"]: source.estimate["amount"] or 0}
    return bool(verdict.get("currency")) and _money(verdict) < known.get(verdict.get("currency"), 0)


def _outlook_notes(outlook: CostOutlook, cost: known_cost.CostDays) -> list[str]:
    ends = format_day(outlook.last.isoformat())
    if not outlook.ahead:
        return [f"The billed cost until {ends}, with which this period ended."]
    span = f"{cost.text(outlook.low)} and {cost.text(outlook.high)}"
    return [f"The billed cost by the end of {ends}.", f"Between {span} in 80% of cases."]


def _until(verdict: Verdict) -> str:
    """Return by when a forecast is meant."""
    period = verdict.get("period")
    return f"by the end of {format_day(period['to'])}" if period else "by the end of its cycle"


def _weight(verdict: Verdict) -> tuple[bool, float]:
    money = bool(verdict.get("currency"))
    return money, _money(verdict) if money else (verdict.get("percent") or 0)


def _money(verdict: Verdict) -> float:
    return (verdict.get("forecast") or 0) if verdict.get("currency") else 0


def _change(usage: Usage, previous: Usage | None) -> Tile:
    title = "What changed"
    day, period = _yesterday(usage), _period_before(usage, previous)
    before = period or [_why_no_period(usage, previous)]
    if not day and not period:
        return Tile(title, "Not known", UNKNOWN, ["There are no two complete days.", *before])
    lead, *notes = [*day, *before]
    return Tile(title, lead, KNOWN, notes)


def _why_no_period(usage: Usage, previous: Usage | None) -> str:
    if previous is None:
        return "There is no period before to compare with."
    return why_not_comparable(usage, previous, subjects(usage)) or "Nothing changed against the period before."


def _yesterday(usage: Usage) -> list[str]:
    """Return the last complete day against the one before: in money, else of the metric that moved most, if known."""
    found = known_cost.yesterday(usage)
    if found:
        day, cost, now, before = found
        change = format_change((now - before) / abs(before)) if before else cost.text(now)
        return [f"Cost {change} on {_unbroken(day)}", f"{cost.text(now)} after {cost.text(before)} the day before."]
    return _quantity_yesterday(usage)


def _unbroken(words: str) -> str:
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _quantity_yesterday(usage: Usage) -> list[str]:
    complete, by = complete_days(usage), subjects(usage)
    changes = []
    for total in totals(usage["groups"], by) if complete > 1 else []:
        daily = total.daily
        now, before = per_day(daily[complete - 1 : complete], 1), per_day(daily[complete - 2 : complete - 1], 1)
        if now is not None and before:
            changes.append(Change(total, now, before))
    if not changes:
        return []
    most = max(changes, key=lambda change: abs(change.relative or 0))
    day = format_short_day(usage["days"][complete - 1])
    lead = f"{change_cell(most).text} on {_unbroken(day)}: {subject_name(most.total, by)}"
    return [lead, "The largest change of use against the day before."]


def _period_before(usage: Usage, previous: Usage | None) -> list[str]:
    if previous is None or why_not_comparable(usage, previous, []):
        return []
    days = compared_days(usage, previous)
    changes = [change for change in cost_against(usage, previous, []) if change.total.unit is not None]
    if not changes:
        return _use_before(usage, previous)
    most = max(changes, key=lambda change: max(change.now, change.before))
    cost = known_cost.CostDays(most.total.unit, [], whole=True)
    now = f"{cost.text(most.now)} in the first {format_count(days, 'day')}"
    return [f"{change_cell(most).text} against the period before: {now}, and {cost.text(most.before)} then."]


def _use_before(usage: Usage, previous: Usage) -> list[str]:
    """Return which metric moved most against the period before, in the use of a day."""
    by = subjects(usage)
    if why_not_comparable(usage, previous, by):
        return []
    changes = [change for change in against(usage, previous, by) if change.relative]
    if not changes:
        return []
    most = max(changes, key=lambda change: abs(change.relative or 0))
    change = f"{change_cell(most).text} a day against the period before"
    # the name comes last: a number behind one that is written from right to left would join its direction
    return [f"{change}, the largest change of use: {subject_name(most.total, by)}."]


def _needed(verdicts: Sequence[Verdict], usage: Usage) -> Tile:
    """Return what a person has to look at: the worst budgets by name, and usage that is not whole."""
    counted = count_statuses(verdicts)
    counts = [(status, words, counted[status]) for status, words in STATUS_WORDS.items() if counted[status]]
    notable = [verdict for verdict in worst_first(verdicts) if verdict["status"] != "pass"]
    notes = [_named(verdict) for verdict in notable[:_MAX_NAMED]]
    more = and_more(len(notable), len(notes), "budget")
    notes += [f"… {more}."] if more else []
    doubts = [reason for reason in usage["reasons"] if reason["code"] != "days_not_complete_yet"]
    if doubts:
        notes.append(f"{format_count(len(doubts), 'thing is', 'things are')} not known about the usage, see below.")
    return Tile("What needs a person", headline(verdicts), KNOWN, notes, counts=counts, status=worst_status(verdicts))


def _named(verdict: Verdict) -> str:
    words = crossing_text(verdict) or STATUS_WORDS[verdict["status"]].capitalize()
    owner = f", owner: {verdict['owner']}" if verdict.get("owner") else ""
    return f"{label(verdict)}. {words}{owner}."
