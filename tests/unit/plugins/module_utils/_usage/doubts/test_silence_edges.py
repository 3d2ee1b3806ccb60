# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days without rows where a day, an account or a metric more makes the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import WindowAggregator
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.silence import Silence
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Facts,
    Record,
    daily,
    day,
    decoded,
    record,
    selection,
)

OTHER: dict[str, Any] = {"BillingAccountId": OTHER_ACCOUNT}
LAST = date(2025, 5, 31)


def silence(rows: Sequence[Record], whole: date = LAST, ended: Mapping[str, date] | None = None) -> Silence:
    window = Window(date(2025, 5, 1), LAST, LAST)
    return Silence(WindowAggregator(window, selection()).count(decoded(rows)), selection(), whole, ended or {})


def codes(rows: Sequence[Record], whole: date = LAST, ended: Mapping[str, date] | None = None) -> list[str]:
    return [each["code"] for each in silence(rows, whole, ended).reasons()]


def one(rows: Sequence[Record], whole: date = LAST) -> Facts:
    [found] = silence(rows, whole).reasons()
    return found


def test_silence_believes_days_up_to_the_last_row_or_the_last_whole_day() -> None:
    assert silence(daily("2025-05-01", 31)).through == LAST
    assert silence(daily("2025-05-01", 30)).through == day("2025-05-30")
    assert silence(daily("2025-05-01", 31), day("2025-05-20")).through == day("2025-05-20")
    assert silence(daily("2025-05-01", 10), day("2025-05-20")).through == day("2025-05-10")
    assert silence(daily("2025-05-09", 1)).through == LAST


def test_silence_of_all_ends_with_the_account_that_goes_on_longest() -> None:
    rows = [*daily("2025-05-01", 20), *daily("2025-05-01", 25, **OTHER)]
    ended = {ACCOUNT: day("2025-05-21"), OTHER_ACCOUNT: day("2025-05-26")}
    assert codes(rows) == ["no_rows_on_last_days", "account_silent"]
    assert codes(rows, ended=ended) == []
    assert codes(rows, ended={**ended, OTHER_ACCOUNT: day("2025-05-27")}) == ["no_rows_on_last_days"]
    assert codes(rows, ended={ACCOUNT: day("2025-05-22"), OTHER_ACCOUNT: day("2025-05-26")}) == ["account_silent"]
    assert codes(rows, day("2025-05-20"), {ACCOUNT: day("2025-06-09")}) == []


def few(last: int, **columns: Any) -> list[Record]:
    """Return single uses, not as many every day, up to a day of May."""
    return [record(f"2025-05-{number:02}", number % 3 + 1, **columns) for number in range(1, last + 1)]


def test_silence_of_single_uses_is_near_only_where_all_accounts_have_nothing_else() -> None:
    assert codes(few(30)) == []
    assert codes([record(f"2025-05-{number:02}", number % 2 + 1) for number in range(1, 31)]) == []
    assert codes([*few(30), *few(30, **OTHER)]) == []
    assert codes([*few(30), *daily("2025-05-01", 30, 1000, **OTHER)]) == ["no_rows_on_last_days"]
    assert codes([*few(30), *daily("2025-05-01", 30, 1, **OTHER)]) == ["no_rows_on_last_days"]
    assert codes([*few(30), *daily("2025-05-01", 30, 1000, x_BillableMetricId="r2")]) == ["no_rows_on_last_days"]


def test_silence_before_the_first_row_is_a_surprise_where_an_account_is_steady() -> None:
    late = few(31)[1:]
    assert codes(late) == []
    assert codes([*late, *daily("2025-05-02", 30, 1000, **OTHER)]) == ["no_rows_on_first_days"]
    assert codes([*late, *daily("2025-05-02", 30, 1000, x_BillableMetricId="r2")]) == ["no_rows_on_first_days"]
    assert codes(few(31)) == []
    assert one(daily("2025-05-02", 29, 1000), day("2025-05-20"))["days"] == ["2025-05-01"]


def test_silence_of_accounts_names_the_one_that_fell_silent_first() -> None:
    rows = [
        *daily("2025-05-01", 20, BillingAccountId="b"),
        *daily("2025-05-01", 20, BillingAccountId="a"),
        *daily("2025-05-01", 19, BillingAccountId="c"),
        *daily("2025-05-01", 31, **OTHER),
        *daily("2025-05-01", 12, BillingAccountId=None),
    ]
    found = one(rows)
    assert (
        "3 account(s) sent rows and then none any more, the first is c, whose last row is for 2025-05-19."
        in (found["message"])
    )
    assert (found["accounts"], found["count"], found["days"]) == (["a", "b", "c"], 3, ["2025-05-19", "2025-05-20"])
    assert found["about"] == [{"account": "a"}, {"account": "b"}, {"account": "c"}]
    long = one([*daily("2025-05-01", 9, BillingAccountId="x" * 61), *daily("2025-05-01", 31, **OTHER)])
    assert f"the first is {'x' * 59}…, whose" in long["message"]


def test_silence_of_an_account_that_ended_is_none_up_to_its_end() -> None:
    rows = [*daily("2025-05-01", 20), *daily("2025-05-01", 31, **OTHER)]
    assert codes(rows, ended={ACCOUNT: day("2025-05-21")}) == []
    assert codes(rows, ended={ACCOUNT: day("2025-05-22")}) == ["account_silent"]


def but(*missing: int, last: int = 31, **columns: Any) -> list[Record]:
    return [record(f"2025-05-{number:02}", 1000, **columns) for number in range(1, last + 1) if number not in missing]


def test_silence_gap_is_looked_for_up_to_the_last_day_of_its_account() -> None:
    r2: dict[str, Any] = {"x_BillableMetricId": "r2"}
    whole = daily("2025-05-01", 31, 1000, **OTHER)
    assert one([*but(30, 31), *but(**r2)])["days"] == ["2025-05-30", "2025-05-31"]
    assert codes([*but(29, 30, last=30), *but(last=30, **r2), *whole], ended={ACCOUNT: day("2025-05-31")}) == [
        "gap_in_daily_metric"
    ]
    assert codes([*but(29, 30), *but(29, 30, last=28, **r2), *whole], ended={ACCOUNT: day("2025-05-29")}) == []
    assert codes([*but(30, 31), *but(**r2)], day("2025-05-29")) == []
    assert one([*but(30, 31), *but(**r2)], day("2025-05-30"))["days"] == ["2025-05-30"]


def test_silence_gap_of_a_metric_is_one_of_all_its_series() -> None:
    halves = [*but(*range(1, 32, 2)), *but(*range(2, 32, 2), ConsumedUnit="GB")]
    assert codes(halves) == []
    assert one([*but(10), *but(10, 11, ConsumedUnit="GB")])["days"] == ["2025-05-10"]
    unsteady = [1 + 1000 * (number % 3) for number in range(32)]
    both = [
        record(f"2025-05-{number:02}", amount, ConsumedUnit=unit)
        for number in range(1, 32)
        if number != 10
        for unit, amount in (("GB", unsteady[number]), ("MB", 3000 - unsteady[number]))
    ]
    others = daily("2025-05-01", 31, 1000, x_BillableMetricId="r2")
    assert one([*both, *others])["days"] == ["2025-05-10"]
    assert codes([*both[::2], *others]) == []
