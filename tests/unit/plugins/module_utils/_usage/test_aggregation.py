# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counting: exact whatever the number and order of records, nothing skipped without a word."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import RepeatedName
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage import aggregation as tally_module
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    MAX_SAMPLES,
    Aggregate,
    RecordSelection,
    WindowAggregator,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Literal,
    Record,
    daily,
    day,
    decoded,
    record,
    selection,
    state,
)

MAY = Window(day("2025-05-01"), day("2025-05-31"), day("2025-05-31"))


def counted(
    *records: Any, asked: RecordSelection | None = None, window: Window = MAY, metric: str | None = None
) -> WindowAggregator:
    return WindowAggregator(window, asked or selection(), metric).count(decoded(records))


def total(aggregate: Aggregate) -> Any:
    with localcontext() as context:
        context.prec = 1000
        return sum(sum(series.sums.quantities) for _named, series in aggregate.counted)


def repeated(one: Record, times: int) -> Iterator[Record]:
    (found,) = decoded([one])
    return (found for _time in range(times))


def test_aggregation_a_hundred_thousand_rows_of_a_hundredth_are_exactly_a_thousand() -> None:
    aggregate = WindowAggregator(MAY, selection()).count(repeated(record("2025-05-07", Literal("0.01")), 100_000))
    assert total(aggregate) == Decimal(1000)
    assert aggregate.record_count == 100_000


def test_aggregation_aggregate_without_sums_counts_the_same_records() -> None:
    part = WindowAggregator(MAY, selection()).count(decoded(daily("2025-05-01", 31, 2, BilledCost=1)))
    summed = Aggregate(selection().columns, MAY.first, MAY.last)
    counts_only = Aggregate(selection().columns, MAY.first, MAY.last, sums=False)
    for whole in (summed, counts_only):
        whole.add(part)
        assert [(list(series.counts), series.cost_counts) for _named, series in whole.counted] == [
            ([1] * 31, [31, 0, 0, 0, 0])
        ]
    assert (total(summed), total(counts_only)) == (62, 0)


def test_aggregation_a_million_days_of_a_hundredth_are_exactly_ten_thousand() -> None:
    part = WindowAggregator(MAY, selection()).count(repeated(record("2025-05-07", Literal("0.01")), 1000))
    whole = Aggregate(selection().columns, MAY.first, MAY.last)
    whole.add(counted(record("2025-05-07", 0)))  # it becomes the sum of the others
    for _part in range(1000):
        whole.add(part)
    assert total(whole) == Decimal(10_000)
    assert whole.record_count == 1_000_001


def test_aggregation_sums_are_exact_over_sixty_orders_of_magnitude_and_in_any_order() -> None:
    rng = random.Random(4)
    numbers = [f"{rng.choice(('', '-'))}{rng.randrange(1, 10)}e{rng.randrange(-29, 30)}" for _each in range(400)]
    numbers += ["0.1"] * 10 + ["1e29", "1e-29", "-1e29"]
    expected = sum(map(Fraction, numbers))
    for _order in range(5):
        rng.shuffle(numbers)
        aggregate = counted(*(record("2025-05-01", Literal(each)) for each in numbers))
        assert Fraction(total(aggregate)) == expected
        assert aggregate.record_count == len(numbers)


def test_aggregation_a_caller_s_decimal_context_changes_nothing() -> None:
    precision = getcontext().prec
    with localcontext() as context:
        context.prec = 3
        aggregate = counted(*(record("2025-05-01", Literal("1.00001")) for _each in range(1000)))
        whole = Aggregate(selection().columns, MAY.first, MAY.last)
        whole.add(aggregate)
        whole.add(aggregate)
    assert total(whole) == Decimal("2000.02")
    assert getcontext().prec == precision


def test_aggregation_rows_that_look_alike_are_all_counted() -> None:
    aggregate = counted(*[record("2025-05-01", 5)] * 7)
    assert (aggregate.record_count, total(aggregate)) == (7, 35)


def test_aggregation_corrections_count_with_their_sign() -> None:
    aggregate = counted(record("2025-05-01", 100), record("2025-05-01", Literal("-30.5"), ChargeClass="Correction"))
    assert total(aggregate) == Decimal("69.5")


@pytest.mark.parametrize("quantity", [0, Literal("0.0"), Literal("-0.0"), "0", Literal("0e5")])
def test_aggregation_nothing_used_is_a_number_too(quantity: Any) -> None:
    aggregate = counted(record("2025-05-01", quantity))
    assert (aggregate.record_count, total(aggregate), aggregate.samples) == (1, 0, [])


@pytest.mark.parametrize(
    ("change", "problem", "value"),
    [
        ({"ConsumedQuantity": None}, "ConsumedQuantity is not a number", "None"),
        ({"ConsumedQuantity": ...}, "ConsumedQuantity is not a number", "None"),
        ({"ConsumedQuantity": True}, "ConsumedQuantity is not a number", "True"),
        ({"ConsumedQuantity": "1_000"}, "ConsumedQuantity is not a number", "1_000"),
        ({"ConsumedQuantity": ""}, "ConsumedQuantity is not a number", ""),
        ({"ConsumedQuantity": Literal("NaN")}, "ConsumedQuantity is not a number", "NaN"),
        ({"ConsumedQuantity": Literal("-Infinity")}, "ConsumedQuantity is not a number", "-Infinity"),
        ({"ConsumedQuantity": Literal("1e400")}, "ConsumedQuantity is not a number", "1E+400"),
        ({"ConsumedQuantity": Literal("-1e-400")}, "ConsumedQuantity is not a number", "-1E-400"),
        ({"ConsumedQuantity": Literal("1e99999999999999999999")}, "ConsumedQuantity is not a number", "1e9999"),
        ({"ConsumedQuantity": Literal("9" * 31)}, "ConsumedQuantity is not a number", "9" * 31),
        ({"ConsumedQuantity": Literal("9" * 5000)}, "ConsumedQuantity is not a number", "9" * 39 + "…"),
        ({"ConsumedQuantity": [1]}, "ConsumedQuantity is not a number", "[1]"),
        ({"ConsumedQuantity": {"value": 1}}, "ConsumedQuantity is not a number", "{'value': 1}"),
        ({"ConsumedQuantity": "\x1b[31m\ud800"}, "ConsumedQuantity is not a number", "\ufffd[31m\ufffd"),
        ({"ConsumedQuantity": "secret " * 100}, "ConsumedQuantity is not a number", "secret secret"),
        ({"ChargePeriodStart": None}, "ChargePeriodStart is not a date", "None"),
        ({"ChargePeriodStart": ...}, "ChargePeriodStart is not a date", "None"),
        ({"ChargePeriodStart": "some day"}, "ChargePeriodStart is not a date", "some day"),
        ({"ChargePeriodStart": "2025-02-30"}, "ChargePeriodStart is not a date", "2025-02-30"),
        ({"ChargePeriodStart": 20250501}, "ChargePeriodStart is not a date", "20250501"),
        ({"ChargePeriodStart": []}, "ChargePeriodStart is not text", "[]"),
        ({"ConsumedUnit": {"a": 1}}, "ConsumedUnit is not text", "{'a': 1}"),
        ({"BillingAccountId": [ACCOUNT]}, "BillingAccountId is not text", f"['{ACCOUNT}']"),
    ],
)
def test_aggregation_a_record_that_cannot_be_counted_is_counted_as_that_and_quoted(
    change: Mapping[str, Any], problem: str, value: str
) -> None:
    aggregate = counted(record("2025-05-03", **{"quantity": 5, **change}), record("2025-05-04", 1))
    assert (aggregate.record_count, total(aggregate)) == (1, 1)
    assert aggregate.dropped == {"outside_range": 0, "other_metric": 0, "other_account": 0, "not_counted": 1}
    (sample,) = aggregate.samples
    assert sample["problem"] == problem
    assert sample["value"].startswith(value)
    assert len(sample["value"]) <= 40
    assert set(sample) == {"problem", "value", "metric", "charge_period_start"}
    if "ChargePeriodStart" not in change:
        assert sample["charge_period_start"] == "2025-05-03T00:00:00Z"
        assert sample["metric"] == "workers_requests"


@pytest.mark.parametrize("odd", ["a record", 7, Literal("1.5"), None, True, [], [{}]])
def test_aggregation_what_is_no_record_at_all_is_quoted_too(odd: Any) -> None:
    aggregate = counted(odd, record("2025-05-01"))
    assert (aggregate.record_count, aggregate.dropped["not_counted"]) == (1, 1)
    assert aggregate.samples == [
        {"problem": "not an object", "value": str(odd), "metric": None, "charge_period_start": None}
    ]


def with_twice(column: str, value: Any, when: str = "2025-05-03") -> WindowAggregator:
    """Count a record in which a column appears twice, as the decoder gives it; ``value`` is the one behind."""
    found = RepeatedName(column, record(when, **{"quantity": 5, column: value}))
    return WindowAggregator(MAY, selection()).count([found, record("2025-05-01")])


@pytest.mark.parametrize(
    ("column", "value"), [("ConsumedQuantity", 1), ("BillingAccountId", "x"), ("x_Unknown", 1), ("\x1b[31m", None)]
)
def test_aggregation_a_record_in_which_a_column_appears_twice_does_not_count(column: str, value: Any) -> None:
    aggregate = with_twice(column, value)
    assert (aggregate.record_count, aggregate.dropped["not_counted"]) == (1, 1)
    assert aggregate.samples == [
        {
            "problem": f"{printable(column)} appears twice",
            "value": str(value),
            "metric": "workers_requests",
            "charge_period_start": "2025-05-03T00:00:00Z",
        }
    ]


def test_aggregation_a_record_with_two_days_may_be_of_the_asked_ones() -> None:
    aggregate = with_twice("ChargePeriodStart", "2019-01-01T00:00:00Z")
    assert (aggregate.dropped["not_counted"], aggregate.dropped["outside_range"]) == (1, 0)
    outside = with_twice("ConsumedQuantity", 1, "2019-01-01")
    assert (outside.dropped["not_counted"], outside.dropped["outside_range"]) == (0, 1)


def test_aggregation_quoting_stops_and_counting_goes_on() -> None:
    aggregate = counted(*(record("2025-05-01", f"bad {number}") for number in range(100)))
    assert aggregate.dropped["not_counted"] == 100
    assert [each["value"] for each in aggregate.samples] == [f"bad {number}" for number in range(MAX_SAMPLES)]
    whole = Aggregate(selection().columns, MAY.first, MAY.last)
    whole.add(aggregate)
    whole.add(aggregate)
    assert (whole.dropped["not_counted"], len(whole.samples)) == (200, MAX_SAMPLES)


def test_aggregation_a_record_counts_on_the_utc_day_of_its_start() -> None:
    starts = ("2025-05-02T00:30:00+01:00", "2025-05-01T23:59:59.999Z", "2025-05-01", "2025-04-30T23:30:00-00:30")
    aggregate = counted(*(record("2025-05-01", ChargePeriodStart=start) for start in starts))
    counts = [sum(day) for day in zip(*(series.counts for _named, series in aggregate.counted), strict=True)]
    assert counts == [len(starts)] + [0] * 30


def test_aggregation_rows_outside_the_window_are_dropped_and_counted() -> None:
    aggregate = counted(record("2025-04-30"), record("2025-05-01"), record("2025-06-01"), record("2019-01-01"))
    assert (aggregate.record_count, aggregate.dropped["outside_range"]) == (1, 3)


def test_aggregation_a_row_outside_the_window_is_only_that_whatever_else_is_wrong_with_it() -> None:
    odd: list[dict[str, Any]] = [{"ConsumedUnit": []}, {"quantity": "bad"}, {"x_BillableMetricId": None}]
    rows = [record("2025-04-30", **each) for each in odd]
    aggregate = counted(*rows, asked=selection(metric=["workers_requests"]))
    assert aggregate.dropped == {"outside_range": 3, "other_metric": 0, "other_account": 0, "not_counted": 0}
    assert aggregate.samples == []


def test_aggregation_rows_of_the_shared_day_are_left_to_the_later_window_whatever_is_wrong_with_them() -> None:
    window = Window(day("2025-05-01"), day("2025-05-08"), day("2025-05-07"))
    shared: list[dict[str, Any]] = [{}, {"quantity": "bad"}, {"ConsumedUnit": []}, {"x_BillableMetricId": None}]
    shared.append({"x_BillableMetricId": "other"})
    asked = selection("2025-05-01", "2025-05-31", metric=["workers_requests"])
    aggregate = counted(*(record("2025-05-08", **each) for each in shared), asked=asked, window=window)
    assert aggregate.record_count == 0
    assert aggregate.dropped == {"outside_range": 0, "other_metric": 0, "other_account": 0, "not_counted": 0}
    assert aggregate.last_day_arrived
    later = Window(day("2025-05-08"), day("2025-05-14"), day("2025-05-14"))
    aggregate = counted(*(record("2025-05-08", **each) for each in shared), asked=asked, window=later)
    assert aggregate.record_count == 1
    assert aggregate.dropped == {"outside_range": 0, "other_metric": 1, "other_account": 0, "not_counted": 3}


@pytest.mark.parametrize(
    ("rows", "arrived"),
    [
        ([], False),
        (["2025-05-30"], False),
        (["2025-05-31"], True),
        (["2025-05-31", "2025-05-01"], True),
        (["2025-06-01"], False),
    ],
)
def test_aggregation_whether_the_last_day_arrived(rows: list[str], *, arrived: bool) -> None:
    assert counted(*map(record, rows)).last_day_arrived is arrived


def test_aggregation_the_answer_is_filtered_by_metric_too() -> None:
    rows = [record("2025-05-01", x_BillableMetricId=each) for each in ("workers_requests", "r2", "r2", None, ...)]
    aggregate = counted(*rows, asked=selection(metric=["workers_requests"]))
    assert aggregate.record_count == 1
    assert aggregate.dropped == {"outside_range": 0, "other_metric": 2, "other_account": 0, "not_counted": 2}
    assert {each["problem"] for each in aggregate.samples} == {"no metric id to hold against the asked metric"}


def test_aggregation_a_metric_that_has_an_answer_of_its_own_is_neither_counted_nor_dropped_here() -> None:
    rows = [record("2025-05-01", x_BillableMetricId=each) for each in ("workers_requests", "r2", "kv")]
    aggregate = counted(*rows, asked=selection(metric=["workers_requests", "r2"]), metric="r2")
    assert [labels["x_BillableMetricId"] for labels, _series in aggregate.counted] == ["r2"]
    assert aggregate.dropped == {"outside_range": 0, "other_metric": 1, "other_account": 0, "not_counted": 0}


def test_aggregation_columns_that_must_be_there_are_missed() -> None:
    aggregate = counted(
        record("2025-05-01", ChargeCategory=..., ConsumedUnit=...),
        record("2025-05-01", ChargeCategory=...),
        record("2025-05-01", ChargeCategory=None),
        record("2025-05-01", "bad", ServiceProviderName=...),
    )
    assert aggregate.missing_columns == {"ChargeCategory": 2, "ConsumedUnit": 1}


@pytest.mark.parametrize(
    ("start", "end", "kinds"),
    [
        ("2025-05-01T00:00:00Z", "2025-05-02T00:00:00Z", []),
        ("2025-05-01T00:00:00Z", "2025-05-01T01:00:00Z", []),
        ("2025-05-01T00:00:00+00:00", "2025-05-02T00:00:00Z", []),
        ("2025-05-01T00:00:00-00:00", "2025-05-02T00:00:00Z", []),
        ("2025-05-01", "2025-05-02", []),
        ("2025-05-01T00:00:00", "2025-05-02", []),
        ("2025-05-01T00:00:00Z", "2025-05-02T00:00:01Z", ["period_longer_than_a_day"]),
        ("2025-05-01T00:00:00Z", "2025-06-01T00:00:00Z", ["period_longer_than_a_day"]),
        ("2025-05-01T00:00:00Z", None, ["period_without_end"]),
        ("2025-05-01T00:00:00Z", ..., ["period_without_end"]),
        ("2025-05-01T00:00:00Z", "some day", ["period_without_end"]),
        ("2025-05-01T00:00:00Z", "2025-05-01T00:00:00Z", ["period_ends_before_start"]),
        ("2025-05-01T00:00:00Z", "2025-04-30T00:00:00Z", ["period_ends_before_start"]),
        ("2025-05-01T02:00:00+02:00", "2025-05-02T02:00:00+02:00", ["period_not_in_utc"]),
        ("2025-05-01T00:00:00-05:00", "2025-05-02T00:00:00-05:00", ["period_not_in_utc"]),
        ("2025-05-01T00:00:00.5+0530", "2025-05-02T00:00:00Z", ["period_longer_than_a_day", "period_not_in_utc"]),
    ],
)
def test_aggregation_charge_period_that_is_odd_counts_and_is_noted(start: str, end: Any, kinds: list[str]) -> None:
    april = Window(day("2025-04-30"), day("2025-05-31"), day("2025-05-31"))
    odd = record("2025-05-01", 3, ChargePeriodStart=start, ChargePeriodEnd=end)
    aggregate = counted(odd, asked=selection("2025-04-30"), window=april)
    assert sorted(aggregate.odd_periods) == kinds
    assert (aggregate.record_count, total(aggregate)) == (1, 3)


@pytest.mark.parametrize("scanned", [True, False])
def test_aggregation_quantity_below_zero_is_noted_unless_it_is_a_correction(*, scanned: bool) -> None:
    rows = [record("2025-05-01", -2), record("2025-05-01", -3, ChargeClass="Correction"), record("2025-05-02", 7)]
    columns = selection().row_columns
    answers = rows if scanned else [tuple(map(row.get, columns)) for row in rows]
    aggregate = WindowAggregator(MAY, selection()).count(answers)
    assert aggregate.negatives == {(ACCOUNT, "workers_requests"): 1}
    assert total(aggregate) == 2


def test_aggregation_record_of_an_account_that_was_not_asked_for_does_not_count() -> None:
    rows = [record("2025-05-01", 1, BillingAccountId=each) for each in (ACCOUNT, ACCOUNT.upper(), None, OTHER_ACCOUNT)]
    asked = replace(selection(), accounts=frozenset((ACCOUNT,)))
    aggregate = counted(*rows, asked=asked)
    assert (aggregate.record_count, aggregate.dropped["other_account"]) == (3, 1)
    assert aggregate.strangers == {OTHER_ACCOUNT}
    assert counted(*rows).dropped["other_account"] == 0


def test_aggregation_costs_that_are_there_are_added_and_those_that_are_not_are_not_nothing() -> None:
    costs: list[dict[str, Any]] = [
        {"BilledCost": Literal("0.10"), "ListCost": "1"},
        {"BilledCost": Literal("0.20"), "EffectiveCost": 0},
        {"BilledCost": None},
        {"BilledCost": "free", "ContractedCost": True},
        {},
    ]
    ((_named, series),) = counted(*(record("2025-05-02", **each) for each in costs)).counted
    assert series.cost_counts == [2, 1, 0, 1, 0]
    assert series.sums.costs == [Decimal("0.30"), 0, 0, 1, 0]
    assert series.sums.billed[1] == Decimal("0.30")
    aggregate = counted(*(record("2025-05-02", **each) for each in costs))
    assert aggregate.unreadable_costs == {"BilledCost": 1, "ContractedCost": 1}


def test_aggregation_records_are_kept_only_when_asked_for_and_only_those_that_count() -> None:
    rows = [record("2025-05-01", 5), record("2025-05-02", "bad"), record("2025-06-07"), record("2025-05-03", "7")]
    assert counted(*rows).records == []
    kept = counted(*rows, asked=selection(keep_records=True)).records
    assert [each["consumed_quantity"] for each in kept] == [5, 7]


def test_aggregation_records_can_go_elsewhere_than_into_memory() -> None:
    sent: list[Mapping[str, Any]] = []
    aggregate = WindowAggregator(MAY, selection(keep_records=True), keep=sent.append)
    aggregate.count(decoded([record("2025-05-01", 5), record("2025-05-02", "bad")]))
    assert [each["ConsumedQuantity"] for each in sent] == [5]
    assert aggregate.records == []


def test_aggregation_memory_grows_with_the_series_and_never_with_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "MAX_POSITIONS", 50)
    (row,) = decoded([record("2025-05-01", Literal("0.1"))])

    def rows() -> Iterator[Record]:
        for number in range(9600):  # a time of its own in each
            minute, second = divmod(number, 60)
            yield {**row, "ChargePeriodStart": f"2025-05-01T{7 + minute // 60:02}:{minute % 60:02}:{second:02}Z"}

    gc.collect()
    tracemalloc.start()
    try:
        aggregate = WindowAggregator(MAY, selection()).count(rows())
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert aggregate.record_count == 9600
    assert total(aggregate) == 960
    assert len(aggregate.series) == 1
    assert peak < 1_000_000  # more than twice that if each time were remembered


def test_aggregation_parts_add_up_in_any_order_and_with_any_offset() -> None:
    rows = [*daily("2025-05-01", 10, Literal("0.1")), *daily("2025-05-01", 10, 2, ConsumedUnit="GB", BilledCost=1)]
    whole = counted(*rows)
    parts = []
    for first, last in ((1, 3), (4, 4), (5, 31)):
        cut = Window(day(f"2025-05-{first:02}"), day(f"2025-05-{last:02}"), day(f"2025-05-{last:02}"))
        there = [each for each in rows if str(cut.first) <= each["ChargePeriodStart"][:10] <= str(cut.last)]
        parts.append(counted(*there, window=cut))
    for order in (parts, parts[::-1]):
        joined = Aggregate(selection().columns, MAY.first, MAY.last)
        for part in order:
            joined.add(part)
        for key, series in whole.series.items():
            assert state(joined.series[key]) == state(series)
        assert joined.day(3) == day("2025-05-04")


def test_aggregation_sums_of_many_accounts_are_kept_once_for_each_metric_where_no_account_is_asked_for() -> None:
    rows = [
        record("2025-05-01", Literal("0.1"), BillingAccountId=f"{number:032x}", x_BillableMetricId=metric)
        for number in range(50)
        for metric in ("a", "b")
    ]
    together = counted(*rows, asked=selection(group_by=["metric"]))
    apart = counted(*rows)
    assert (len(together.series), len(together.shared), len(apart.series), len(apart.shared)) == (100, 2, 100, 0)
    assert [sums.quantities[0] for sums in together.shared.values()] == [5, 5]
    assert {series.sums for _named, series in together.counted} == set(together.shared.values())
    one_account = replace(selection(group_by=["metric"]), accounts=frozenset((ACCOUNT,)))
    assert counted(record("2025-05-01", 1), asked=one_account).shared == {}


def test_aggregation_shared_sums_add_up_over_parts_whatever_the_order() -> None:
    asked = selection(group_by=["metric"])
    first = replace(MAY, last=day("2025-05-10"), owned=day("2025-05-10"))
    second = Window(day("2025-05-11"), MAY.last, MAY.last)
    rows = [
        record(f"2025-05-{number:02}", Literal("0.1"), BillingAccountId=account)
        for number in (1, 10, 11, 31)
        for account in (ACCOUNT, OTHER_ACCOUNT)
    ]
    whole = counted(*rows, asked=asked)
    for order in ((first, second), (second, first)):
        joined = Aggregate(asked.columns, MAY.first, MAY.last)
        for window in order:
            there = [each for each in rows if str(window.first) <= each["ChargePeriodStart"][:10] <= str(window.last)]
            joined.add(counted(*there, asked=asked, window=window))
        assert {key: state(sums) for key, sums in joined.shared.items()} == {
            key: state(sums) for key, sums in whole.shared.items()
        }
        assert {key: state(series) for key, series in joined.series.items()} == {
            key: state(series) for key, series in whole.series.items()
        }


def test_aggregation_two_answers_for_the_same_days_share_one_sum() -> None:
    asked = selection(group_by=["metric"])
    joined = Aggregate(asked.columns, MAY.first, MAY.last)
    joined.add(counted(record("2025-05-01", 1), asked=asked))
    joined.add(counted(record("2025-05-01", 2, BillingAccountId=OTHER_ACCOUNT), asked=asked))
    sums = next(iter(joined.shared.values()))
    assert (len(joined.shared), sums.quantities[0]) == (1, 3)
    assert [(series.sums, series.amounts[0]) for _named, series in joined.counted] == [(sums, 1), (sums, 2)]


def test_aggregation_memory_of_a_series_is_small_where_its_sums_are_shared() -> None:
    days = [daily("2025-05-01", 31, Literal("12345678.9"), BillingAccountId=f"{number:032x}") for number in range(300)]
    gc.collect()
    tracemalloc.start()
    try:
        aggregate = WindowAggregator(MAY, selection(group_by=["metric"])).count(
            found for rows in days for found in decoded(rows)
        )
        gc.collect()
        now, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert aggregate.record_count == 300 * 31
    assert now < 300 * 1500  # the exact sums of each day alone would take twice that
