# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage facts cut to some of their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import total
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.patterns import (
    fell_silent,
    is_few_uses,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import MAX_LISTED
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Doubt, Facts, Group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import STILL_FILLING


def cut_facts(facts: Facts, first: date, last: date) -> Facts:
    """Return what the facts say of the days from ``first`` to ``last``, of which they must hold at least one.

    Of the costs only the billed one has daily amounts, so a part of the days has no other.
    """
    begins = max(0, (first - facts.first).days)
    ends = min(len(facts.days), (last - facts.first).days + 1)
    if (begins, ends) == (0, len(facts.days)):
        return facts
    groups = tuple(_cut_group(group, begins, ends) for group in facts.groups)
    days = facts.days[begins:ends]
    doubts = tuple(doubt for doubt in facts.doubts if _concerns(doubt, facts, begins, ends))
    if groups and not any(group.quantity for group in groups) and _is_surprise(facts.groups, ends):
        text = f"the facts hold no use from {days[0]} to {days[-1]}, which proves nothing"
        doubts = (Doubt("empty", text), *doubts)
    return replace(
        facts,
        days=days,
        complete=min(max(0, facts.complete - begins), len(days)),
        arrived=min(max(0, facts.arrived - begins), len(days)),
        groups=groups,
        doubts=doubts,
    )


def _is_surprise(groups: Sequence[Group], end: int) -> bool:
    """Tell whether it is a surprise that there is no use any more up to ``end``, or none yet although there is later.

    Groups without any use were in use before the days of the facts, and their silence is judged there.
    """
    series = [{day: float(value) for day, value in enumerate(group.daily) if value} for group in groups]
    earlier = [used for days in series if (used := {day: days[day] for day in days if day < end})]
    if not earlier:
        return any(series)
    amounts = [list(used.values()) for used in earlier]
    none_is_near = all(map(is_few_uses, amounts)) and any(len(set(each)) > 1 for each in amounts)
    return fell_silent(sorted(set().union(*earlier)), end - 1, none_is_near=none_is_near)


def _concerns(doubt: Doubt, facts: Facts, begins: int, ends: int) -> bool:
    """Tell whether a doubt may be about some of the days; one that does not say its days may be."""
    if doubt.code == STILL_FILLING:
        return ends > facts.arrived
    if doubt.code == "no_rows_on_first_days":
        return begins < facts.first_used
    if doubt.code == "gap_in_daily_metric" and 0 < len(doubt.days) < MAX_LISTED:
        return any(str(facts.days[begins]) <= day <= str(facts.days[ends - 1]) for day in doubt.days)
    return True


def _cut_group(group: Group, begins: int, ends: int) -> Group:
    daily, cost = group.daily[begins:ends], None if group.daily_cost is None else group.daily_cost[begins:ends]
    return replace(
        group,
        daily=daily,
        quantity=_sum(daily),
        daily_cost=cost,
        costs={"billed_cost": None if cost is None else _sum(cost)},
        known_costs={},
    )


def _sum(series: Sequence[Decimal | None]) -> Decimal:
    """Return the sum of a series; a day of which nothing has arrived is one that is not whole, and 0 so far."""
    return total(value for value in series if value is not None)
