# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of usage facts, for those who read the code; USAGE_SCHEMA says the same to programs, a test holds both."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

UsageStatus = Literal["complete", "partial", "empty"]
SourceStatus = Literal["complete", "partial", "empty", "failed"]
Affects = Literal["usage", "cost"]

STILL_FILLING = "days_not_complete_yet"  # the reason that concerns only what looks at the last days


class Subject(TypedDict, total=False):
    """What a doubt is about: a metric (its id, else its name) of an account; without one of them all of its kind."""

    account: str
    metric: str


class _Doubt(TypedDict):
    code: str
    affects: Affects
    message: str


class Reason(_Doubt, total=False):
    """Why facts are not complete: ``code`` for programs, ``message`` for people, and what it is about.

    ``about`` is whole, and without it the doubt is about everything; all other lists are for people, and may be cut.
    """

    about: list[Subject]
    count: int
    days: list[str]
    metrics: list[str]
    accounts: list[str]
    columns: list[str]
    currencies: list[str]
    samples: list[dict[str, Any]]
    sources: list[str]


class _Freshness(TypedDict, total=False):
    """The last day that an account sent records for; facts made by hand may lack it."""

    last_day: str


class Account(_Freshness):
    """An account that sent records."""

    id: str
    name: str | None


class _Strangers(TypedDict, total=False):
    """Facts made by hand may lack it."""

    other_account: int


class Dropped(_Strangers):
    """How many records of the answers do not count, by cause."""

    outside_range: int
    other_metric: int
    not_counted: int


class CostAvailability(TypedDict):
    """Whether the records carry costs, and in which currency if that is one."""

    available: Literal["all", "some", "none"]
    currency: str | None


class PartialCost(TypedDict):
    """A cost that only some records of a group carry."""

    amount: float
    record_count: int


class _Labels(TypedDict, total=False):
    """The keys of the dimensions that the facts are grouped by."""

    billing_account_id: str | None
    billing_account_name: str | None
    sub_account_id: str | None
    sub_account_name: str | None
    x_product_family_name: str | None
    x_billable_metric_id: str | None
    x_billable_metric_name: str | None
    x_zone_id: str | None
    x_zone_name: str | None
    region_id: str | None
    region_name: str | None
    charge_class: str | None
    owner: str | None


class _Allocated(TypedDict, total=False):
    """The rule by which an owner has the use, in allocated facts; None where no rule took it."""

    allocation_rule: str | None


class _Digits(TypedDict, total=False):
    """The digits of those numbers of a group that a float does not keep, as text under the same keys."""

    exact: dict[str, Any]


class _Priced(TypedDict, total=False):
    """How far use is rated, and the part of the quantity that is charged for; facts made by hand may lack it."""

    rated_through: str | None
    pricing_quantity: float | None
    pricing_unit: str | None


class UsageGroup(_Labels, _Allocated, _Priced, _Digits):
    """Records that agree in every dimension asked for, in unit and in currency.

    Facts grouped by tags also have a key ``tag.KEY`` for each, null for use without the tag.

    Quantities are in ``consumed_unit``, costs in ``billing_currency``; null is unknown. The daily series have one value
    for each of the facts' ``days``.
    """

    consumed_unit: str | None
    billing_currency: str | None
    record_count: int
    consumed_quantity: float
    billed_cost: float | None
    effective_cost: float | None
    contracted_cost: float | None
    list_cost: float | None
    incomplete_costs: dict[str, PartialCost]
    daily_quantity: list[float | None]
    daily_billed_cost: list[float | None] | None


# "from" is a word of Python.
_Days = TypedDict("_Days", {"from": str, "to": str})


SourceName = Literal["usage", "paygo", "rated"]


class BillingCycle(_Days):
    """A billing cycle; ``anchor`` is the day of the month on which cycles begin."""

    anchor: int


class _Origin(TypedDict, total=False):
    """Where records come from, None where that is several; facts made by hand may lack it."""

    source: SourceName | None


class _Failure(TypedDict, total=False):
    """Why there is nothing of a source, with ``kind`` and ``message``; facts made by hand may lack it."""

    failure: dict[str, Any] | None


class Source(_Origin, _Failure, _Days):
    """An account or organization that facts were put together from; ``failed`` where nothing of it counts."""

    scope: Literal["account", "organization"]
    scope_id: str
    status: SourceStatus
    complete_through: str | None
    record_count: int
    fetched_at: str


class Subscription(TypedDict):
    """A fixed fee. ``price`` is of one period, ``cost`` of the facts' days, ``daily_cost`` of each of them.

    ``unknown`` says why ``cost`` is null.
    """

    billing_account_id: str
    id: str | None
    name: str | None
    rate_plan_id: str | None
    state: str | None
    price: float | None
    currency: str | None
    frequency: str | None
    period: _Days | None
    cost: float | None
    daily_cost: list[float | None]
    unknown: str | None


class _Bill(TypedDict, total=False):
    """What facts made by hand may lack; ``subscriptions`` are there where they were asked for."""

    billing_cycle: BillingCycle | None
    subscriptions: list[Subscription]


class Usage(_Origin, _Bill, _Days):
    """Usage facts: what was asked, what came, and what is not known. All days are ISO dates in UTC, both inclusive."""

    scope: Literal["account", "organization", "combined"]
    scope_id: str | None
    period: str | None
    days: list[str]
    complete_through: str | None
    lag_days: int
    status: UsageStatus
    reasons: list[Reason]
    record_count: int
    dropped: Dropped
    accounts: list[Account]
    metric: list[str]
    group_by: list[str]
    cost: CostAvailability
    fetched_at: str
    requests: int
    collection_version: str
    sources: list[Source]
    groups: list[UsageGroup]
