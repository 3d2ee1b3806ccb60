# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The billing cycles of a pay-as-you-go account: which ones there are, and which of them a record belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MalformedError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import (
    BillingCycle,
    cycle_end,
    cycle_start,
    cycles,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import moment

_INSTANT = timedelta(microseconds=1)  # the day that an end at midnight is the end of


@dataclass(frozen=True)
class Phase:
    """The days of a subscription, ``first`` to ``last``, whose cycles begin on one day of the month.

    ``last`` is None while the subscription goes on.
    """

    subscription: str
    anchor: int
    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Cycle:
    """A billing cycle to ask for; a record of it names one of ``starts`` as the start of its billing period."""

    first: date
    last: date
    starts: frozenset[date]
    subscriptions: frozenset[str]


def read_phases(info: Mapping[str, Any], path: str) -> list[Phase]:
    """Return the phases of all subscriptions that the info endpoint names, those that have ended included.

    Raises MalformedError where a time in it can't be read.
    """
    subscriptions = info.get("subscriptions") or []
    if not isinstance(subscriptions, list):
        raise _malformed(path, subscriptions)
    return [phase for each in subscriptions for phase in _phases(each, path)]


def _phases(subscription: Any, path: str) -> Iterator[Phase]:
    """Yield one phase, or two where the anchor lies behind the start and moved the cycles from then on."""
    if not isinstance(subscription, Mapping):
        raise _malformed(path, subscription)
    ident = str(subscription.get("id"))
    anchor = _day(subscription, "billing_cycle_anchor_timestamp", path)
    first = _day(subscription, "start_timestamp", path) if subscription.get("start_timestamp") else anchor
    last = _day(subscription, "end_timestamp", path, _INSTANT) if subscription.get("end_timestamp") else None
    if anchor > first and cycle_start(anchor, first.day) == anchor:
        anchor = first  # the same cycles; of the two days the later one in a month is not shortened by it
    if anchor > first:
        yield Phase(ident, first.day, first, min(anchor - DAY, last or anchor))
        first = anchor
    if last is None or first <= last:
        yield Phase(ident, anchor.day, first, last)


def _day(subscription: Mapping[str, Any], name: str, path: str, before: timedelta = timedelta(0)) -> date:
    time = moment(subscription.get(name))
    if time is None:
        raise _malformed(path, subscription.get(name))
    return (time - before).date()


def _malformed(path: str, value: object) -> MalformedError:
    message = (
        f"The answer of {path} is not what the Cloudflare API sends: {printable(value, 60)!r} in its subscriptions."
    )
    return MalformedError(message, path=path, http_status=200)


def cycle_of(phases: Sequence[Phase], day: date) -> BillingCycle | None:
    """Return the cycle that holds ``day``; before and after all phases, cycles go on as in the nearest one."""
    if not phases:
        return None
    by_start = sorted(phases, key=lambda each: (each.first, each.anchor))
    holding = [phase for phase in by_start if phase.holds(day)]
    earlier = [phase for phase in by_start if phase.first <= day]
    phase = holding[0] if holding else earlier[-1] if earlier else by_start[0]
    first, last = cycle_start(day, phase.anchor), cycle_end(day, phase.anchor)
    if phase.last is not None and day <= phase.last:
        last = min(last, phase.last)
    return BillingCycle(first, last, phase.anchor)


def corrected(phases: Sequence[Phase], seen: Mapping[str | None, set[date]]) -> list[Phase]:
    """Return the phases that the starts of billing periods in the records prove, by subscription.

    Each start begins a phase that lasts until the next; before the first, and after the last, cycles go on alike.
    Starts of a subscription that is not known count for the only one there is.
    """
    known = {phase.subscription for phase in phases}
    only = known.pop() if len(known) == 1 else None
    starts: dict[str, set[date]] = {}
    for subscription, days in seen.items():
        owner = only or subscription
        if owner is not None:
            starts.setdefault(owner, set()).update(days)
    kept = [phase for phase in phases if phase.subscription not in starts]
    return [*kept, *(each for owner in starts for each in _proved(owner, sorted(starts[owner]), phases))]


def _proved(subscription: str, starts: Sequence[date], phases: Sequence[Phase]) -> Iterator[Phase]:
    mine = [phase for phase in phases if phase.subscription == subscription]
    first = min((phase.first for phase in mine), default=starts[0])
    last = max((phase.last or date.max for phase in mine), default=date.max)
    if first < starts[0]:
        yield Phase(subscription, starts[0].day, first, starts[0] - DAY)
    for start, following in pairwise(starts):
        yield Phase(subscription, _anchor(start, following), start, following - DAY)
    yield Phase(subscription, starts[-1].day, starts[-1], None if last == date.max else last)


def _anchor(start: date, following: date) -> int:
    """Return the day of the month on which cycles begin: that of the next start where a short month cut this one."""
    return following.day if cycle_start(start, following.day) == start else start.day


def plan(phases: Sequence[Phase], first: date, last: date) -> list[Cycle]:
    """Return the cycles that touch the days from ``first`` to ``last``, each once, in order.

    A cycle ends with its phase, and before the day on which another one begins that takes its place.
    """
    found: dict[tuple[date, date], list[tuple[date, str]]] = {}
    begins = {phase.first for phase in phases}
    for phase in phases:
        ends = phase.last
        if ends in begins and ends != phase.first:
            ends -= DAY
        upto = last if ends is None else min(last, ends)
        for start, end in cycles(max(first, phase.first), upto, phase.anchor):
            whole = (start, end if ends is None else min(end, ends))
            found.setdefault(whole, []).append((max(start, phase.first), phase.subscription))
    return [
        Cycle(
            start, end, frozenset({start, *(begin for begin, _id in members)}), frozenset(each for _b, each in members)
        )
        for (start, end), members in sorted(found.items())
    ]


def beside_moves(phases: Sequence[Phase], planned: Sequence[Cycle]) -> list[Cycle]:
    """Return the first planned cycle of each phase of the subscriptions that have several of them in the plan."""
    firsts: dict[str, list[Cycle]] = {}
    for phase in phases:
        mine = (cycle for cycle in planned if phase.subscription in cycle.subscriptions and _share_days(cycle, phase))
        firsts.setdefault(phase.subscription, []).extend(islice(mine, 1))
    found = {cycle for cycles_of_one in firsts.values() if len(cycles_of_one) > 1 for cycle in cycles_of_one}
    return [cycle for cycle in planned if cycle in found]


def overlap(planned: Sequence[Cycle]) -> bool:
    """Tell whether cycles run side by side, which subscriptions with different anchors have."""
    return any(after.first <= before.last for before, after in pairwise(planned))


def is_owner(cycle: Cycle, planned: Sequence[Cycle], subscription: str | None, start: date | None) -> bool:
    """Tell whether a record in the answer to ``cycle`` counts there, and not in that to another cycle.

    Its subscription decides; if that is none of those planned, the start of its billing period; else the first cycle.
    """
    if any(subscription in each.subscriptions for each in planned):
        return subscription in cycle.subscriptions
    if start is not None and any(start in each.starts for each in planned):
        return start in cycle.starts
    return not any(each != cycle and _share_days(each, cycle) for each in _before(cycle, planned))


def _before(cycle: Cycle, planned: Sequence[Cycle]) -> Iterable[Cycle]:
    return planned[: planned.index(cycle)]


def _share_days(one: Cycle, other: Cycle | Phase) -> bool:
    return one.first <= (other.last or date.max) and other.first <= one.last
