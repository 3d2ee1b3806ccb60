# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days without rows that are a doubt: of all that was asked for, of an account, and of a metric of an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    Key,
    RecordSelection,
    identity,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.patterns import (
    began_late,
    fell_silent,
    is_few_uses,
    is_steady,
    surprising_holes,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    Reason,
    about,
    day_range,
    listed,
    reason,
    subject,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY, days_between
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Labels, Series

Member = tuple[Labels, Series]
Amounts = dict[int, float]  # by position of the day; only of days with rows


@dataclass(frozen=True)
class _Account:
    """An account: its series, the days with rows, and what its amounts are like.

    ``none_is_near`` tells whether it has nothing but single uses, not as many every day, ``is_steady`` whether a metric
    of it is steady.
    """

    members: Sequence[Member]
    days: Sequence[int]
    none_is_near: bool
    is_steady: bool


class Silence:
    """Judges the days without rows up to ``whole``, the last day that can be whole.

    The days of ``aggregate`` before those of ``selection`` only tell what is usual, and are not judged.
    ``ended`` has the first day on which an account is known to be in use no more.
    """

    def __init__(
        self, aggregate: Aggregate, selection: RecordSelection, whole: date, ended: Mapping[str, date]
    ) -> None:
        self._aggregate = aggregate
        self._first = aggregate.first
        self._since = (selection.first - aggregate.first).days
        self._whole = whole
        self._ended = ended
        self._accounts = _accounts(aggregate)

    @cached_property
    def _active(self) -> list[int]:
        return sorted({day for account in self._accounts.values() for day in account.days})

    @cached_property
    def through(self) -> date:
        """The last day that is believed: before it goes quiet all at once, where that is a surprise."""
        end = self._end_of_all()
        quiet = fell_silent(self._active, end, none_is_near=self._all_are_few_uses())
        return min(self._whole, self._aggregate.day(self._active[-1])) if quiet else self._whole

    def reasons(self) -> Iterator[Reason]:
        """Yield the doubts of days without rows."""
        days = self._aggregate.day
        last = (self._whole - self._first).days
        none_is_near = not self._one_is_steady()
        if self._active[0] > self._since and began_late(
            self._active, max(last, self._active[-1]), none_is_near=none_is_near
        ):
            ahead = days_between(days(self._since), days(self._active[0]) - DAY)
            yield reason(
                "no_rows_on_first_days",
                f"There is no row at all on the first days, {day_range(ahead)}.",
                days=listed(ahead),
            )
        behind = days_between(max(self.through + DAY, days(self._since)), self._whole)
        if behind:
            yield reason(
                "no_rows_on_last_days",
                f"There is no row at all on the last days, {day_range(behind)}.",
                days=listed(behind),
            )
        yield from self._silent_accounts()
        yield from self._gaps()

    def _all_are_few_uses(self) -> bool:
        return all(account.none_is_near for account in self._accounts.values())

    def _one_is_steady(self) -> bool:
        return any(account.is_steady for account in self._accounts.values())

    def _end(self, account: str | None) -> int:
        """Return the last day that an account can have rows on."""
        ended = None if account is None else self._ended.get(account.lower())
        last = self._whole if ended is None else min(self._whole, ended - DAY)
        return (last - self._first).days

    def _end_of_all(self) -> int:
        return max(map(self._end, self._accounts))

    def _silent_accounts(self) -> Iterator[Reason]:
        believed = (self.through - self._first).days
        silent = {
            account: days.days[-1]
            for account, days in self._accounts.items()
            if account is not None
            and fell_silent(days.days, min(believed, self._end(account)), none_is_near=days.none_is_near)
        }
        if silent:
            first = min(silent, key=lambda account: (silent[account], account))
            yield reason(
                "account_silent",
                f"{len(silent)} account(s) sent rows and then none any more, the first is {printable(first, 60)}, whose"
                f" last row is for {self._aggregate.day(silent[first])}.",
                accounts=listed(sorted(silent)),
                days=listed(sorted({self._aggregate.day(day) for day in silent.values()})),
                count=len(silent),
                **about(map(subject, silent)),
            )

    def _gaps(self) -> Iterator[Reason]:
        """Find days without rows of a metric that otherwise has rows every day in its account."""
        holes: dict[tuple[str | None, str | None], Sequence[int]] = {}
        for account, found in self._accounts.items():
            for key, amounts in _metrics(found.members).items():
                # of a silence that is the account's, the account is the doubt
                holes_of_metric = surprising_holes(amounts, min(self._end(account), found.days[-1]))
                missing = [day for day in holes_of_metric if day >= self._since]
                if missing:
                    holes[account, key[0] or key[1]] = missing
        if holes:
            gaps = sorted({self._aggregate.day(day) for days in holes.values() for day in days})
            yield reason(
                "gap_in_daily_metric",
                f"{len(holes)} metric(s) that have rows on nearly every day have none on some, the first on {gaps[0]}.",
                days=listed(gaps),
                metrics=listed(sorted({metric for _account, metric in holes if metric is not None})),
                accounts=listed(sorted({account for account, _metric in holes if account is not None})),
                count=len(holes),
                **about(subject(account, metric) for account, metric in holes),
            )


def _accounts(aggregate: Aggregate) -> dict[str | None, _Account]:
    members: dict[str | None, list[Member]] = defaultdict(list)
    for named in aggregate.counted:
        labels, _series = named
        members[labels["BillingAccountId"]].append(named)
    return {account: _account(mine) for account, mine in members.items()}


def _account(members: Sequence[Member]) -> _Account:
    metrics = _metrics(members).values()
    uses = [list(amounts.values()) for amounts in metrics]
    return _Account(
        members=members,
        days=sorted(set().union(*metrics)),
        none_is_near=all(map(is_few_uses, uses)) and any(len(set(each)) > 1 for each in uses),
        is_steady=any(map(is_steady, uses)),
    )


def _metrics(members: Sequence[Member]) -> dict[Key, Amounts]:
    """Return the amounts of each metric; made anew when they are needed, as those of all accounts take much memory."""
    found: dict[Key, Amounts] = defaultdict(lambda: defaultdict(float))
    for labels, series in members:
        amounts = found[identity(labels, DIMENSION_COLUMNS["metric"])]
        for day, count in enumerate(series.counts):
            if count:
                amounts[day] += float(series.amounts[day])
    return found
