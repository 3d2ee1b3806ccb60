# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept of a series, of its own or in sums that it shares with others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    RecordSelection,
    WindowAggregator,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.series import Labels, Series, Sums
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Literal,
    daily,
    day,
    decoded,
    record,
    selection,
)

MAY = Window(day("2025-05-01"), day("2025-05-31"), day("2025-05-31"))


def counted(*records: Any, asked: RecordSelection | None = None, window: Window = MAY) -> WindowAggregator:
    return WindowAggregator(window, asked or selection()).count(decoded(records))


def only(aggregate: Aggregate) -> Any:
    [(_labels, series)] = aggregate.counted
    return series


def test_series_of_shared_sums_has_counts_and_rounded_quantities() -> None:
    shared = Sums(0)
    series = Series(3, sums=shared)
    window = Window(day("2025-05-01"), day("2025-05-02"), day("2025-05-02"))
    part = only(counted(*daily("2025-05-01", 2, Literal("0.1"), BilledCost=0), window=window))
    series.add(part, 1)
    series.add(part, 1)
    assert (list(series.counts), list(series.amounts)) == ([0, 2, 2], [0, 0.2, 0.2])
    assert (series.sums, shared.quantities, shared.billed, shared.costs) == (shared, [], [], [0] * 5)
    assert (series.zero_costs, series.cost_counts) == ({1: 2, 2: 2}, [4, 0, 0, 0, 0])


def test_series_adds_a_part_at_its_place() -> None:
    window = Window(day("2025-05-01"), day("2025-05-03"), day("2025-05-03"))
    rows = [record("2025-05-01", 1, BilledCost=2), record("2025-05-03", 4, ListCost=8), record("2025-05-03", 4)]
    part = only(counted(*rows, window=window))
    series = Series(5)
    series.add(part, 2)
    series.add(part, 1)
    assert list(series.counts) == [0, 1, 1, 2, 2]
    assert (series.sums.quantities, series.sums.billed) == ([0, 1, 1, 8, 8], [0, 2, 2, 0, 0])
    assert (series.sums.costs, series.cost_counts) == ([4, 0, 0, 16, 0], [2, 0, 0, 2, 0])
    assert (series.costed, series.zero_costs, series.skip_reason) == (0b11110, {}, "")
    series.add(only(counted(*[record("2025-05-02", BilledCost=0)] * 3, window=window)), 2)
    assert series.zero_costs == {3: 3}


def test_series_sums_of_accounts_are_shared_where_no_account_is_asked_for() -> None:
    rows = [
        record("2025-05-01", 1, BilledCost=1),
        record("2025-05-02", Literal("1.5"), BillingAccountId=OTHER_ACCOUNT),
        record("2025-05-02", Literal("0.5"), BillingAccountId=OTHER_ACCOUNT),
        record("2025-05-02", 4, ConsumedUnit="GB"),
    ]
    asked = selection(group_by=("metric",))
    part = counted(*rows, asked=asked)
    first, second, third = (series for _labels, series in part.counted)
    assert first.sums is second.sums is not third.sums
    assert set(map(id, part.shared.values())) == {id(first.sums), id(third.sums)}
    assert all("BillingAccountName" not in key and ACCOUNT not in key for key in part.shared)
    assert (first.sums.quantities[:2], third.sums.quantities[:2]) == ([1, 2], [0, 4])
    assert [list(series.amounts[:2]) for series in (first, second, third)] == [[1, 0], [0, 2], [0, 4]]
    alone = counted(*rows, asked=replace(asked, accounts=frozenset((ACCOUNT,))))
    assert (alone.shared, only_amounts(alone)) == ({}, [[1, 0], [0, 4]])
    both = counted(*rows, asked=replace(asked, accounts=frozenset((ACCOUNT, OTHER_ACCOUNT))))
    assert len(both.shared) == 2
    assert counted(*rows, asked=selection(group_by=("metric", "account"))).shared == {}


def only_amounts(aggregate: Aggregate) -> list[list[float]]:
    return [list(series.amounts[:2]) for _labels, series in aggregate.counted]


@pytest.mark.parametrize("last", ["2025-05-31", "2025-06-01"])
def test_series_shared_sums_of_parts_are_those_of_the_whole(last: str) -> None:
    asked = selection(group_by=("metric",))
    rows = [record("2025-05-01", 1, BilledCost=1), record("2025-05-02", 2, BillingAccountId=OTHER_ACCOUNT)]
    whole = Aggregate(asked.columns, MAY.first, day(last))
    for _part in range(2):
        whole.add(counted(*rows, asked=asked))
    assert [list(series.counts[:2]) for _labels, series in whole.counted] == [[2, 0], [0, 2]]
    assert len(whole.shared) == 1
    sums = next(iter(whole.shared.values()))
    assert all(series.sums is sums for _labels, series in whole.counted)
    assert (sums.quantities[:2], sums.billed[:2], sums.costs[0]) == ([2, 4], [2, 0], 2)
    assert only_amounts(whole) == [[2, 0], [0, 4]]
    nowhere = Aggregate(asked.columns, MAY.first, day(last), sums=False)
    for _part in range(2):
        nowhere.add(counted(*rows, asked=asked))
    assert (nowhere.shared, only_amounts(nowhere)) == ({}, [[2, 0], [0, 4]])
    assert all(series.sums.quantities == [] for _labels, series in nowhere.counted)


def test_series_labels_are_a_mapping_by_column() -> None:
    labels = Labels({"a": 0, "b": 1}, ("x", None))
    assert dict(labels) == {"a": "x", "b": None}
    assert len(labels) == 2
    assert "c" not in labels
