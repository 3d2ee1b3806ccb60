# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The finding of an anomaly: the last days against what is usual, and the groups that explain the difference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, percent_of, settled, total
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    Anomaly,
    Cause,
    Evaluation,
    Reason,
    Result,
    compare,
    needs_series,
    unknown,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._forecast.usual import (
    Episode,
    expected_on,
    last_episode,
)

MAX_CAUSES = 3
_HUNDRED = Decimal(100)


def evaluate_anomaly(case: Evaluation) -> Result:
    """Hold how far the last whole days are off against what the budget allows and what chance explains."""
    budget, facts = case.budget, case.facts
    whole = (case.reading.series or ())[: facts.complete]
    first = next((place for place, value in enumerate(whole) if value), 0)
    reasons = needs_series(case)
    before = len(whole) - first - 1
    if before < budget.min_days:
        text = f"an anomaly needs {budget.min_days} whole days of use before the last; there are {max(0, before)}"
        reasons.append(Reason("too_few_days", text))
    if reasons:
        return unknown(reasons, facts.complete)
    used = whole[first:]
    episode = last_episode([float(value) for value in used], facts.days[facts.complete - 1])
    expected = [_decimal(amount) for amount in episode.expected]
    off = settled(total(used[-episode.days :]) - total(expected))
    share = total(expected) / episode.days * budget.limit / _HUNDRED
    limit = max(budget.floor, settled(share), _decimal(episode.usual_off))
    against = (off > 0 and budget.direction == "down") or (off < 0 and budget.direction == "up")
    impact = ZERO if against else abs(off)
    status, reasons_found = compare(budget, limit, impact, impact)
    since = facts.days[facts.complete - episode.days]
    return Result(
        status=status,
        limit=limit,
        actual=impact,
        judged=impact,
        baseline=settled(total(expected)),
        days_used=len(used),
        crossed_on=facts.days[facts.complete - 1] if status == "fail" else None,
        reasons=reasons_found,
        compared_days=(since, facts.days[facts.complete - 1]),
        anomaly=_anomaly(case, episode, first, off, since) if status == "fail" else None,
    )


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.9g}")


def _anomaly(case: Evaluation, episode: Episode, first: int, off: Decimal, since: date) -> Anomaly:
    found = sorted(_causes(case, episode, first, off), key=lambda cause: (-abs(cause.impact), str(cause.labels)))
    cost, currency = _cost(case, episode, first)
    return Anomaly("up" if off > 0 else "down", since, episode.days, off, tuple(found[:MAX_CAUSES]), cost, currency)


def _cost(case: Evaluation, episode: Episode, first: int) -> tuple[Decimal | None, str | None]:
    """Return what the days have been billed beyond the usual, and the currency; None where that is not known."""
    rows = [group.daily_cost for group in case.groups if group.daily_cost is not None]
    currencies = {group.currency for group in case.groups}
    costs = [total(value or ZERO for value in day) for day in zip(*rows, strict=True)][first : case.facts.complete]
    if len(rows) < len(case.groups) or len(currencies) != 1 or not any(costs):
        return None, None
    usual = [float(cost) for cost in costs]
    days = range(len(costs) - episode.days, len(costs))
    expected = total(_decimal(expected_on(usual, place, episode.baseline)) for place in days)
    return settled(total(costs[-episode.days :]) - expected), currencies.pop()


def _causes(case: Evaluation, episode: Episode, first: int, off: Decimal) -> Iterator[Cause]:
    """Yield the groups that are off the same way as their sum."""
    for group in case.groups:
        series = group.series(case.budget.measure)
        if series is None:
            continue
        values = [value or ZERO for value in series[first : case.facts.complete]]
        usual = [float(value) for value in values]
        days = range(len(values) - episode.days, len(values))
        expected = total(_decimal(expected_on(usual, place, episode.baseline)) for place in days)
        impact = settled(total(values[-episode.days :]) - expected)
        if impact * off > 0:
            yield Cause(_labels(group, case.facts.group_by), impact, percent_of(impact, off))


def _labels(group: Group, group_by: frozenset[str]) -> dict[str, str | None]:
    """Return the names of a group, or its ids where it has none, in the dimensions that the facts have."""
    named = ("account", "product_family", "metric", "zone")
    values = {dimension: group.value(dimension) for dimension in named if dimension in group_by}
    return {dimension: name or key for dimension, (key, name) in values.items()}
