# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What usage facts can deny of themselves, where their shape is right: a sentence for each contradiction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import is_number, to_decimal, total
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import EXACT, exact_agrees
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import days_between
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import columns, dimension_of
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import (
    GROUP_ALWAYS,
    GROUP_SOMETIMES,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import (
    STILL_FILLING,
    Usage,
    UsageGroup,
)

_ROUNDING = Decimal("1e-9")  # of a float that stands for an exact sum, as a share of the sum


def contradictions(usage: Usage) -> Iterator[str]:
    """Yield a sentence for each part of the facts that denies another; their shape is that of the schema."""
    try:
        days = days_between(date.fromisoformat(usage["from"]), date.fromisoformat(usage["to"]))
    except ValueError:
        yield "from, to: not valid dates"
        return
    if usage["days"] != [str(day) for day in days]:
        yield "days: not every day from from to to"
        return
    yield from _of_status(usage)
    yield from _of_time(usage)
    yield from _of_counts(usage)
    labels = {label for dimension in usage["group_by"] for label in columns(dimension_of(dimension))}
    complete = 0 if usage["complete_through"] is None else usage["days"].index(usage["complete_through"]) + 1
    for number, group in enumerate(usage["groups"]):
        if group.keys() - GROUP_ALWAYS.keys() - GROUP_SOMETIMES.keys() != labels:
            yield f"groups.{number}: its labels are not those of group_by"
        yield from (f"groups.{number}{text}" for text in _of_group(group, usage, complete))


def _of_status(usage: Usage) -> Iterator[str]:
    if (usage["status"] == "complete") == bool(usage["reasons"]):
        yield "status: complete exactly without reasons"
    if (usage["scope"] == "combined") != (usage["scope_id"] is None):
        yield "scope_id: null exactly when scope is combined"
    if usage["status"] == "empty" and (usage["groups"] or usage["record_count"]):
        yield "status: empty, but there are groups"


def _of_time(usage: Usage) -> Iterator[str]:
    """Yield what the last whole day denies: it is one of the days, and the days after it have a reason."""
    try:
        datetime.fromisoformat(usage["fetched_at"].replace("Z", "+00:00"))
    except ValueError:
        yield f"fetched_at: not a valid ISO 8601 time: {printable(usage['fetched_at'], 40)}"
    through = usage["complete_through"]
    if through is not None and through not in usage["days"]:
        yield f"complete_through: {printable(through, 40)} is not one of the days"
    elif through != usage["days"][-1] and usage["status"] != "empty":
        usual = {reason["code"]: reason.get("days") for reason in usage["reasons"] if reason["affects"] == "usage"}
        filling = usual[STILL_FILLING] if usual.keys() == {STILL_FILLING} else None
        if not usual:
            yield "complete_through: the range ends after it, and no reason says why"
        elif filling and filling[0] != usage["days"][usage["days"].index(through) + 1 if through else 0]:
            yield "complete_through: the days that still fill up don't follow it"


def _of_counts(usage: Usage) -> Iterator[str]:
    if sum(group["record_count"] for group in usage["groups"]) != usage["record_count"]:
        yield "record_count: not that of the groups together"
    if usage["sources"] and sum(source["record_count"] for source in usage["sources"]) != usage["record_count"]:
        yield "record_count: not that of the sources together"
    if "account" in usage["group_by"]:
        named = {group.get("billing_account_id") for group in usage["groups"]} - {None}
        if {account["id"] for account in usage["accounts"]} != named:
            yield "accounts: not those of the groups"


def _of_group(group: UsageGroup, usage: Usage, complete: int) -> Iterator[str]:
    days, through = len(usage["days"]), usage["complete_through"]
    if not all(map(is_number, _numbers(group))):
        yield ": not every number is finite and plausible"
        return
    if EXACT in group and not exact_agrees(group):
        yield ".exact: not the digits of the numbers of the group"
    if not _adds_up(group["consumed_quantity"], group["daily_quantity"], days, complete):
        yield ".daily_quantity: not one value for each day that add up to consumed_quantity"
    daily_cost, cost = group["daily_billed_cost"], group["billed_cost"]
    rated = group.get("rated_through", through)
    if rated is not None and (through is None or rated > through):
        yield ".rated_through: lies after complete_through"
    elif cost is not None and rated != through:
        yield ".rated_through: billed_cost is known, so all whole days are rated"
    if daily_cost is not None and (cost is None or not _adds_up(cost, daily_cost, days, complete)):
        yield ".daily_billed_cost: not one value for each day that add up to billed_cost"


def _numbers(group: UsageGroup) -> Iterator[Any]:
    """Yield every number of a group; JSON has no NaN, but Python reads and writes it all the same."""
    for key in ("consumed_quantity", "pricing_quantity", *COST_FACTS):
        if group.get(key) is not None:
            yield group.get(key)
    yield from (part["amount"] for part in group["incomplete_costs"].values())
    for series in (group["daily_quantity"], group["daily_billed_cost"] or ()):
        yield from (value for value in series if value is not None)


def _adds_up(amount: float, series: Sequence[float | None], days: int, complete: int) -> bool:
    """Tell whether a series has a value for each day, of which only those to come may be null, and is its total."""
    if len(series) != days or None in series[:complete]:
        return False
    known = [value for value in series if value is not None]
    if all(value.__class__ is int for value in known):
        return sum(known) == amount
    values = [exact for value in known if (exact := to_decimal(value)) is not None]
    given = to_decimal(amount)
    return given is not None and abs(total(values) - given) <= _ROUNDING * total(abs(value) for value in values)
