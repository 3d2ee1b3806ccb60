# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counting where one more or one less makes the difference: positions, bounds, and what is kept of what."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import RepeatedName
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._usage import aggregation
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    RecordSelection,
    WindowAggregator,
    identity,
    row_columns,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Literal,
    day,
    decoded,
    record,
    selection,
)

MAY = Window(day("2025-05-01"), day("2025-05-31"), day("2025-05-31"))
COSTS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")


def counted(
    *records: Any, asked: RecordSelection | None = None, window: Window = MAY, metric: str | None = None
) -> WindowAggregator:
    return WindowAggregator(window, asked or selection(), metric).count(decoded(records))


def state(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def only(aggregate: Aggregate) -> Any:
    [(_labels, series)] = aggregate.counted
    return series


def test_aggregation_columns_of_a_selection_are_each_there_once() -> None:
    asked = selection(group_by=("metric", "zone"))
    assert asked.columns == (
        "ConsumedUnit",
        "PricingUnit",
        "BillingCurrency",
        "ChargeClass",
        "BillingAccountId",
        "BillingAccountName",
        "x_BillableMetricId",
        "x_BillableMetricName",
        "x_ZoneId",
        "x_ZoneName",
    )
    assert asked.row_columns == (
        *asked.columns,
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "ConsumedQuantity",
        *COSTS,
        "PricingQuantity",
    )
    assert row_columns(("a",), ("b",)) == ("a", "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity", "b")


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        ({"id": "1", "name": "One"}, ("1", None)),
        ({"id": None, "name": "One"}, (None, "One")),
        ({"id": "", "name": "One"}, ("", None)),
        ({"id": None, "name": None}, (None, None)),
    ],
)
def test_aggregation_identity_is_the_id_or_else_the_name(labels: dict[str, str | None], key: Any) -> None:
    assert identity(labels, ("id", "name")) == key
    assert identity(labels, ("name",)) == (labels["name"],)


def test_aggregation_series_holds_sums_by_the_day_and_costs_by_the_column() -> None:
    prices = {"BilledCost": 1, "EffectiveCost": 2, "ContractedCost": 4, "ListCost": 8, "PricingQuantity": 16}
    series = only(
        counted(
            record("2025-05-02", 3, **prices),
            record("2025-05-02", 4, **prices),
            record("2025-05-31", Literal("0.5"), BilledCost=Literal("0.25")),
            record("2025-05-03", 9),
        )
    )
    sums = series.sums
    assert [index for index, count in enumerate(series.counts) if count] == [1, 2, 30]
    assert (series.counts[1], sums.quantities[1], sums.billed[1]) == (2, 7, 2)
    assert (sums.quantities[2], sums.billed[2]) == (9, 0)
    assert (sums.quantities[30], sums.billed[30]) == (Decimal("0.5"), Decimal("0.25"))
    assert sums.costs == [Decimal("2.25"), 4, 8, 16, 32]
    assert series.cost_counts == [3, 2, 2, 2, 2]
    assert (series.costed, series.zero_costs) == (1 << 1 | 1 << 30, {})
    assert series.amounts is sums.quantities


@pytest.mark.parametrize(
    ("columns", "costed", "zeros"),
    [
        ({"BilledCost": 1}, 2, {}),
        ({"BilledCost": 0, "ListCost": 1}, 2, {}),
        ({"BilledCost": 0}, 0, {1: 1}),
        ({"ListCost": 0}, 0, {1: 1}),
        ({"BilledCost": 0, "PricingQuantity": 3}, 0, {1: 1}),
        ({"BilledCost": 0, "PricingQuantity": 0}, 0, {}),
        ({"PricingQuantity": 3}, 0, {}),
        ({"PricingQuantity": 0}, 0, {}),
        ({"BilledCost": "free"}, 0, {1: 1}),
        ({}, 0, {}),
    ],
)
def test_aggregation_days_with_costs_and_with_zeros_are_told_apart(
    columns: dict[str, Any], costed: int, zeros: dict[int, int]
) -> None:
    series = only(counted(record("2025-05-02", 1, **columns)))
    assert (series.costed, series.zero_costs) == (costed, zeros)
    twice = only(counted(*[record("2025-05-02", 1, **columns)] * 2))
    assert twice.zero_costs == {place: 2 * count for place, count in zeros.items()}


def test_aggregation_of_a_part_takes_all_that_it_says() -> None:
    window = Window(day("2025-05-10"), day("2025-05-12"), day("2025-05-11"))
    asked = replace(selection("2025-05-01", "2025-05-31", keep_records=True), accounts=frozenset((ACCOUNT,)))
    rows = [
        record("2025-05-10", 1, BilledCost="x", ChargeCategory=...),
        record("2025-05-11", -1, ChargePeriodEnd=None),
        record("2025-05-11", "bad"),
        record("2025-05-20", 1),
        record("2025-05-11", 1, BillingAccountId=OTHER_ACCOUNT),
    ]
    part = counted(*rows, asked=asked, window=window)
    part.notices.append(Notices(more="m"))
    part.notes.append("note")
    whole = Aggregate(asked.columns, day("2025-05-01"), day("2025-05-31"))
    whole.add(part)
    whole.add(counted(*rows, asked=asked, window=window))
    assert [index for index, count in enumerate(only(whole).counts) if count] == [9, 10]
    assert list(only(whole).counts[9:11]) == [2, 2]
    assert len(whole.records) == 4
    assert (whole.notices, whole.notes) == ([Notices(more="m")], ["note"])
    assert whole.dropped == {"outside_range": 2, "other_metric": 0, "other_account": 2, "not_counted": 2}
    assert [sample["value"] for sample in whole.samples] == ["bad", "bad"]
    assert whole.missing_columns == {"ChargeCategory": 2}
    assert whole.unreadable_costs == {"BilledCost": 2}
    assert whole.odd_periods == {"period_without_end": {day("2025-05-11")}}
    assert whole.strangers == {OTHER_ACCOUNT}
    assert whole.negatives == {(ACCOUNT, "workers_requests"): 2}
    assert (whole.record_count, whole.days, whole.day(30)) == (4, 31, day("2025-05-31"))


def test_aggregation_of_parts_takes_the_strangers_of_each() -> None:
    asked = replace(selection(), accounts=frozenset((ACCOUNT,)))
    whole = Aggregate(asked.columns, MAY.first, MAY.last)
    for stranger in ("x", "y"):
        whole.add(counted(record("2025-05-01", BillingAccountId=stranger), asked=asked))
    assert (whole.strangers, whole.dropped["other_account"], whole.series) == ({"x", "y"}, 2, {})


@pytest.mark.parametrize("last", ["2025-05-31", "2025-06-01"])
def test_aggregation_of_a_part_takes_what_comes_after_a_series_that_does_not_count(last: str) -> None:
    asked = selection(metric=["r2"])
    rows = [record("2025-05-01"), record("2025-05-02", 3, x_BillableMetricId="r2"), record("2025-05-03")]
    whole = Aggregate(asked.columns, MAY.first, day(last))
    whole.add(counted(*rows, asked=asked))
    assert [labels["x_BillableMetricId"] for labels, _series in whole.counted] == ["r2"]
    assert whole.dropped["other_metric"] == 2


def test_aggregation_of_one_part_of_all_days_takes_its_series_over() -> None:
    part = counted(record("2025-05-01", 1), record("2025-05-01", 1, x_BillableMetricId="r2"))
    whole = Aggregate(selection().columns, MAY.first, MAY.last)
    whole.add(part)
    assert list(whole.series.values()) == list(part.series.values())
    shorter = Aggregate(selection().columns, MAY.first, day("2025-06-01"))
    shorter.add(part)
    assert all(len(series.counts) == 32 for series in shorter.series.values())


@pytest.mark.parametrize(
    ("quantity", "found"),
    [
        (Literal("9" * 30), 10**30 - 1),
        (Literal("1" + "0" * 30), None),
        (Literal("1e29"), Decimal("1e29")),
        (Literal("1e30"), None),
        (Literal("1.5e-29"), Decimal("1.5e-29")),
        (Literal("1.5e-59"), Decimal("1.5e-59")),
        (Literal("1.5e-60"), None),
        ("7", 7),
        (Literal("-7"), -7),
        (Literal("-9" + "9" * 30), None),
    ],
)
def test_aggregation_quantity_has_bounds(quantity: Any, found: Any) -> None:
    aggregate = counted(record("2025-05-01", quantity), record("2025-05-02", 0))
    assert only(aggregate).sums.quantities[0] == (found or 0)
    assert aggregate.dropped["not_counted"] == (0 if found else 1)


def test_aggregation_negative_quantities_are_noted_by_account_and_by_what_names_the_metric() -> None:
    aggregate = counted(
        record("2025-05-01", -1),
        record("2025-05-01", -1),
        record("2025-05-02", Literal("-0.5")),
        record("2025-05-01", -1, x_BillableMetricId=None),
        record("2025-05-01", -1, BillingAccountId=None),
        record("2025-05-01", -1, ChargeClass="Correction"),
        record("2025-05-01", -1, ChargeClass="Other"),
    )
    assert aggregate.negatives == {
        (ACCOUNT, "workers_requests"): 4,
        (ACCOUNT, "Workers Requests"): 1,
        (None, "workers_requests"): 1,
    }


def test_aggregation_strangers_are_named_up_to_a_bound_and_all_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregation, "MAX_STRANGERS", 2)
    asked = replace(selection(), accounts=frozenset((ACCOUNT,)))
    aggregate = counted(*(record("2025-05-01", BillingAccountId=each) for each in "dcba"), asked=asked)
    assert (aggregate.strangers, aggregate.dropped["other_account"]) == ({"d", "c"}, 4)


def test_aggregation_times_are_forgotten_at_a_bound_and_counted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregation, "MAX_POSITIONS", 2)
    starts = [f"2025-05-01T00:00:0{second}Z" for second in range(5)]
    aggregate = counted(*(record("2025-05-01", ChargePeriodStart=start) for start in [*starts, *starts[:4]]))
    assert (aggregate.record_count, only(aggregate).counts[0]) == (9, 9)
    assert list(aggregate._positions.values()) == [0]


@pytest.mark.parametrize("keep", [True, False])
def test_aggregation_rows_are_counted_like_records(*, keep: bool) -> None:
    columns = selection().row_columns
    rows = [
        record("2025-05-01", 5, BilledCost=2),
        record("2025-05-02", "bad", BilledCost=2),
        record("2025-07-02", 1),
        record("2025-05-04", 7, ListCost=1),
    ]
    asked = selection(keep_records=keep)
    scanned = WindowAggregator(MAY, asked).count(decoded(rows))
    given = WindowAggregator(MAY, asked).count([tuple(map(row.get, columns)) for row in decoded(rows)])
    assert given.dropped == scanned.dropped
    assert given.samples == scanned.samples
    one, other = ({**state(only(each)), "sums": state(only(each).sums)} for each in (given, scanned))
    assert one == other


def test_aggregation_rows_may_hold_more_behind_their_columns() -> None:
    row = record("2025-05-01", 5, BilledCost=2)
    given = (*(row.get(column) for column in selection().row_columns), 7)
    aggregate = WindowAggregator(MAY, selection()).count([given])
    assert only(aggregate).cost_counts == [1, 0, 0, 0, 0]


def test_aggregation_texts_of_keys_are_kept_once() -> None:
    aggregate = counted(record("2025-05-01"), record("2025-05-01", ConsumedUnit="GB"))
    assert len(aggregate.series) == 2
    first, second = list(aggregate.series)
    assert [one is other for one, other in zip(first, second, strict=True) if one is not None] == [False] + [True] * 5


def test_aggregation_of_what_does_not_count_keeps_no_days() -> None:
    asked = replace(selection(metric=["r2"], group_by=("metric",)), accounts=frozenset((ACCOUNT, "x")))
    rows = [record("2025-05-01"), record("2025-05-01", x_BillableMetricId="r2", BillingAccountId="y")]
    aggregate = counted(*rows, asked=asked)
    assert [(len(each.counts), each.sums.quantities) for each in aggregate.series.values()] == [(0, [])] * 2
    assert aggregate.shared == {}


def test_aggregation_sample_quotes_what_is_wrong_its_metric_and_its_day() -> None:
    long = "m" * 61
    bad = record("2025-05-01", "q" * 41, x_BillableMetricId=long)
    nameless = record("2025-05-01", x_BillableMetricId=None)
    asked = selection(metric=[long])
    aggregate = counted(
        bad, nameless, record("2025-05-01", ChargePeriodStart="x" * 61, x_BillableMetricId=long), asked=asked
    )
    assert aggregate.samples == [
        {
            "problem": "ConsumedQuantity is not a number",
            "value": f"{'q' * 39}…",
            "metric": f"{'m' * 59}…",
            "charge_period_start": "2025-05-01T00:00:00Z",
        },
        {
            "problem": "no metric id to hold against the asked metric",
            "value": "Workers Requests",
            "metric": None,
            "charge_period_start": "2025-05-01T00:00:00Z",
        },
        {
            "problem": "ChargePeriodStart is not a date",
            "value": f"{'x' * 39}…",
            "metric": f"{'m' * 59}…",
            "charge_period_start": f"{'x' * 59}…",
        },
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"BillingAccountId": {"a": 1}}, "BillingAccountId is not text"),
        ({"ChargePeriodEnd": ["x"]}, "ChargePeriodEnd is not text"),
        ({"ChargePeriodStart": ["x"]}, "ChargePeriodStart is not text"),
        ({"ConsumedUnit": [], "ChargePeriodEnd": []}, "ConsumedUnit is not text"),
    ],
)
def test_aggregation_nested_text_is_named_by_its_column(change: dict[str, Any], problem: str) -> None:
    [sample] = counted(record("2025-05-01", **change)).samples
    assert sample["problem"] == problem
    assert sample["value"] == str(change[problem.split(" ", maxsplit=1)[0]])


def test_aggregation_nested_text_outside_the_days_is_only_outside() -> None:
    aggregate = counted(*[record("2025-06-01", ConsumedUnit=[])] * 2, record("2025-05-01", ConsumedUnit=[]))
    assert (aggregate.dropped["outside_range"], aggregate.dropped["not_counted"]) == (2, 1)
    assert aggregate.odd_periods == {}


def test_aggregation_column_that_appears_twice_is_quoted_up_to_a_bound() -> None:
    twice = RepeatedName("x" * 61, record("2025-05-01", **{"x" * 61: 1}))
    [sample] = WindowAggregator(MAY, selection()).count([twice]).samples
    assert sample["problem"] == f"{'x' * 59}… appears twice"


def test_aggregation_costs_that_are_none_are_counted_by_column() -> None:
    aggregate = counted(*[record("2025-05-01", BilledCost="free", ListCost=Literal("1e30"))] * 2)
    assert aggregate.unreadable_costs == {"BilledCost": 2, "ListCost": 2}


@pytest.mark.parametrize("quantity", ["0", Literal("-0.0"), "0.5", "1", Literal("1e-31")])
def test_aggregation_quantity_that_is_not_below_zero_is_not_noted(quantity: Any) -> None:
    aggregate = counted(record("2025-05-01", quantity))
    assert (aggregate.record_count, aggregate.negatives) == (1, {})


def test_aggregation_record_of_a_metric_that_is_asked_apart_counts_nowhere_here() -> None:
    asked = selection(metric=["r2", "kv"])
    rows = [record("2025-05-01", x_BillableMetricId=metric) for metric in ("r2", "kv", "d1", None)]
    aggregate = counted(*rows, asked=asked, metric="r2")
    assert aggregate.record_count == 1
    assert aggregate.dropped == {"outside_range": 0, "other_metric": 1, "other_account": 0, "not_counted": 1}
    apart = replace(asked, accounts=frozenset(("x",)))
    assert counted(*rows, asked=apart, metric="r2").dropped == {
        "outside_range": 0,
        "other_metric": 1,
        "other_account": 1,
        "not_counted": 1,
    }
