# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Back-test: what budgets would have said on each of the last nights, each night by the days that it could know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.backtest.schema import (
    BacktestPeak,
    BacktestRun,
    BudgetBacktest,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import first_day_needed, history_needed
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.cut import cut_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import DAY, Facts, Group, view_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard, read_rate_card
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    Verdict,
    count_statuses,
)

NIGHTS = 90

Judge = Callable[[Facts, Sequence[Budget], RateCard | None], list[Verdict]]


def backtest_budgets(
    usage: Any, budgets: Any, judge: Judge, rate_card: Any = None, nights: int = NIGHTS
) -> list[BudgetBacktest]:
    """Return what ``judge`` says of the budgets on each night, in the order of the budgets.

    A night knows the days whose rows had ``lag_days`` to arrive, and no group that was not used in them or in the days
    before that the gate asks about. Where the facts have no such day there is no night, and nothing is returned.
    """
    checked, card = read_budgets(budgets), read_rate_card(rate_card) if rate_card else None
    given = read_usage(usage)
    facts, lag = view_facts(given), given["lag_days"]
    days = facts.days[: facts.arrived][-nights:]
    found: dict[tuple[str, str | None], list[tuple[date, Verdict]]] = {}
    order = {budget.name: place for place, budget in enumerate(checked)}
    for day in days:
        first = first_day_needed(checked, card, day)
        history = first - DAY * history_needed(checked, card, first, day)
        known = _known_by(facts, max(facts.first, first), max(facts.first, history), day)
        for verdict in judge(known, checked, card):
            found.setdefault(_identity(verdict), []).append((day + DAY * (1 + lag), verdict))
    return [_backtest(each) for _key, each in sorted(found.items(), key=lambda item: order[item[0][0]])]


def _known_by(facts: Facts, first: date, history: date, last: date) -> Facts:
    """Return the facts of a night: the days from ``first``, of what was in use from ``history`` on."""
    part, longer = cut_facts(facts, first, last), cut_facts(facts, history, last)
    pairs = zip(part.groups, longer.groups, strict=True)
    return replace(part, groups=tuple(group for group, before in pairs if _is_used(before)))


def _is_used(group: Group) -> bool:
    """Tell whether a group has rows that count, or days that are not known."""
    return any(group.daily) or any(group.daily_cost or ())


def _identity(verdict: Verdict) -> tuple[str, str | None]:
    group = verdict["group"]
    return verdict["name"], None if group is None else repr(group["id"] or group["name"])


def _backtest(nights: Sequence[tuple[date, Verdict]]) -> BudgetBacktest:
    (first, _first), (last, verdict) = nights[0], nights[-1]
    return {
        "name": verdict["name"],
        "group": verdict["group"],
        "on": verdict["on"],
        "period": period["name"] if (period := verdict["period"]) else None,
        "unit": verdict["unit"],
        "currency": verdict["currency"],
        "limit": verdict["limit"],
        "from": first.isoformat(),
        "to": last.isoformat(),
        "nights": len(nights),
        "counts": count_statuses([each for _night, each in nights]),
        "runs": list(_runs(nights)),
        "highest": _highest(nights),
        "owner": verdict["owner"],
    }


def _runs(nights: Sequence[tuple[date, Verdict]]) -> Iterator[BacktestRun]:
    begins = 0
    for place, (night, verdict) in enumerate(nights):
        ahead = nights[place + 1] if place + 1 < len(nights) else None
        if ahead is None or ahead[1]["status"] != verdict["status"] or ahead[0] != night + DAY:
            start, opening = nights[begins]
            yield {
                "status": verdict["status"],
                "from": start.isoformat(),
                "to": night.isoformat(),
                "nights": place + 1 - begins,
                "message": opening["message"],
            }
            begins = place + 1


def _highest(nights: Sequence[tuple[date, Verdict]]) -> BacktestPeak | None:
    shares = [(percent, night, verdict) for night, verdict in nights if (percent := verdict.get("percent")) is not None]
    if not shares:
        return None
    percent, night, verdict = max(shares, key=lambda share: share[0])
    forecast = verdict["forecast"]
    return {
        "on": night.isoformat(),
        "percent": percent,
        "amount": verdict["actual"] if forecast is None else forecast,
    }
