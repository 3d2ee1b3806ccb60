# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From records to verdicts: no false pass, totals that equal a naive sum, and no part that is counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Literal,
    Record,
    Server,
    record,
    usage,
)

pytestmark = pytest.mark.many_cases

FIRST, DAYS = date(2025, 5, 1), 31
METRICS = ("workers_requests", "r2_storage")
ACCOUNTS = (ACCOUNT, OTHER_ACCOUNT)
# What may stand in place of a quantity, and is none.
_BROKEN: st.SearchStrategy[Any] = st.sampled_from([None, "a lot", True, {}, [], ..., Literal("NaN"), "", "1,000"])
_DECIMALS = st.decimals(0, 10**9, places=6) | st.integers(0, 10**6) | st.decimals(0, 1, places=12)


@dataclass(frozen=True)
class Row:
    """A record, and its true quantity; None where the record does not tell it."""

    account: str
    metric: str
    day: date
    quantity: Fraction | None
    wire: Record


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    account, metric = draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(METRICS))
    day = FIRST + timedelta(days=draw(st.integers(0, DAYS - 1)))
    amount = draw(_DECIMALS)
    columns = {"BillingAccountId": account, "x_BillableMetricId": metric}
    if draw(st.integers(0, 9)) == 0:
        return Row(account, metric, day, None, record(day, draw(_BROKEN), **columns))
    sent = draw(st.sampled_from([Literal(f"{amount:f}"), f"{amount:f}"]))
    return Row(account, metric, day, Fraction(amount), record(day, sent, **columns))


_ROWS = st.lists(_rows(), max_size=30)


def exact(group: Any, key: str) -> Fraction:
    """Return a number of a group with the digits that a float does not keep."""
    return Fraction(str(group.get("exact", {}).get(key, group[key])))


def total(rows: Sequence[Row], account: str, metric: str) -> Fraction:
    return sum(
        (row.quantity for row in rows if (row.account, row.metric) == (account, metric) and row.quantity is not None),
        Fraction(0),
    )


def organization(rows: Sequence[Row], **options: Any) -> Facts:
    return usage(
        Server(row.wire for row in rows), **{**MAY, "account_id": None, "organization_id": ORGANIZATION, **options}
    )


@given(rows=_ROWS, window_days=st.integers(1, 31))
def test_usage_totals_equal_a_naive_sum(rows: list[Row], window_days: int) -> None:
    facts = organization(rows, window_days=window_days)
    read_usage(facts)
    found = {
        (each["billing_account_id"], each["x_billable_metric_id"]): exact(each, "consumed_quantity")
        for each in facts["groups"]
    }
    counted = {(row.account, row.metric) for row in rows if row.quantity is not None}
    assert found == {key: total(rows, *key) for key in counted}
    assert facts["record_count"] == sum(row.quantity is not None for row in rows)


@given(rows=_ROWS, limit=st.integers(1, 10**9), window_days=st.integers(1, 31))
def test_budget_never_passes_what_is_over_its_limit_or_not_known(rows: list[Row], limit: int, window_days: int) -> None:
    budget = {"name": "each", "match": {"metric": METRICS[0]}, "each": "account", "limit": limit}
    facts = organization(rows, window_days=window_days)
    verdicts = evaluate_budgets(facts, [budget])
    mine = [row for row in rows if row.metric == METRICS[0]]
    for verdict in verdicts:
        account = verdict["group"]["id"] if verdict["group"] else None
        of_account = [row for row in mine if account in (None, row.account)]
        true = max((total(mine, each, METRICS[0]) for each in ACCOUNTS if account in (None, each)), default=Fraction(0))
        if verdict["status"] == "pass":
            assert true <= Fraction(str(limit))
            assert all(row.quantity is not None for row in of_account), "what can't be read may be anything"
        if verdict["status"] == "fail":
            assert true > Fraction(str(limit)), "it is kept"
    if any(row.quantity is None for row in mine) or not mine:
        assert {verdict["status"] for verdict in verdicts} & {"unknown", "fail"}, "all is well, and nobody knows"


@given(rows=_ROWS, order=st.permutations(ACCOUNTS))
def test_usage_properties_merge_has_the_sums_and_all_doubts_of_its_parts(rows: list[Row], order: list[str]) -> None:
    parts = []
    for account in order:
        mine = [row.wire for row in rows if row.account == account]
        parts.append(usage(Server(mine), **MAY, account_id=account))
    merged = merge_usage(parts)
    read_usage(merged)
    found = {
        (each["billing_account_id"], each["x_billable_metric_id"]): exact(each, "consumed_quantity")
        for each in merged["groups"]
    }
    counted = {(row.account, row.metric) for row in rows if row.quantity is not None}
    assert found == {key: total(rows, *key) for key in counted}
    assert {each["code"] for part in parts for each in part["reasons"]} <= {
        each["code"] for each in merged["reasons"]
    } | {"empty"}
    assert (merged["status"] == "complete") == all(part["status"] == "complete" for part in parts)
    assert merged["groups"] == merge_usage(parts[::-1])["groups"]


@given(
    daily=st.lists(st.integers(0, 10**7), min_size=DAYS, max_size=DAYS),
    included=st.integers(0, 10**8),
    block=st.sampled_from([None, 1, 1000, 10**6]),
    price=st.integers(0, 10**4),
)
def test_rate_card_charges_what_the_rule_says(daily: list[int], included: int, block: int | None, price: int) -> None:
    assume(any(daily))
    rows = [record(FIRST + timedelta(days=number), amount) for number, amount in enumerate(daily)]
    entry = {"metric": "workers_requests", "unit": "Requests", "price": price / 100, "included_per_cycle": included}
    if block is not None:
        entry |= {"block": block, "round_up": True}
    card = {"name": "x", "source": "x", "checked_on": "2025-05-01", "currency": "USD", "prices": [entry]}
    estimate = estimate_costs(usage(Server(rows), **MAY), card)
    beyond = Fraction(max(0, sum(daily) - included), block or 1)
    expected = (beyond if block is None else Fraction(ceil(beyond))) * Fraction(price, 100)
    assert abs(Fraction(str(estimate["amount"])) - expected) <= max(Fraction(1), expected) / 10**6
