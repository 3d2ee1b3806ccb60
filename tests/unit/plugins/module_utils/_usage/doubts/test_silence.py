# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days without rows: which are a doubt, and about what. The tables are those of docs/doubts.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    MAX_LISTED,
    MAX_SUBJECTS,
    about,
    subject,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Record,
    Server,
    codes,
    daily,
    reason,
    record,
    usage,
)

TWENTY: dict[str, Any] = {"from": "2025-05-01", "to": "2025-05-20"}
BOTH: dict[str, Any] = {"account_id": None, "organization_id": ORGANIZATION}
OTHERS = daily("2025-05-01", 31, 500, BillingAccountId=OTHER_ACCOUNT)


def on(days: Iterable[int], quantity: Any = 1000, **columns: Any) -> list[Record]:
    """Return a record on each of these days of May."""
    return [record(f"2025-05-{day:02}", quantity, **columns) for day in days]


def facts(rows: Sequence[Record], **options: Any) -> Facts:
    return usage(Server(rows), **{**MAY, **options})


@pytest.mark.parametrize("days", range(1, 20))
@pytest.mark.parametrize("quantity", [1, 1000])
def test_silence_of_the_only_account_is_a_doubt_whatever_its_length(days: int, quantity: int) -> None:
    assessed = facts(daily("2025-05-01", days, quantity), **TWENTY)
    assert codes(assessed) == ["no_rows_on_last_days"]
    assert assessed["complete_through"] == f"2025-05-{days:02}"


@pytest.mark.parametrize("days", range(1, 20))
def test_silence_of_one_account_does_not_hide_behind_another(days: int) -> None:
    assessed = facts([*daily("2025-05-01", days), *OTHERS], **BOTH, **TWENTY)
    found = reason(assessed, "account_silent")
    assert codes(assessed) == ["account_silent"]
    assert (found["accounts"], found["count"], found["about"]) == ([ACCOUNT], 1, [{"account": ACCOUNT}])
    assert found["days"] == [f"2025-05-{days:02}"]
    assert f"the first is {ACCOUNT}, whose last row is for 2025-05-{days:02}." in found["message"]
    assert assessed["complete_through"] == "2025-05-20"


# The days of May 2025 that an account has rows on; May begins on a Thursday.
SILENCE = {
    "rows every day, then none": (range(1, 16), True),
    "rows every day, none on the last": (range(1, 31), True),
    "one row, on the first day": ([1], True),
    "rows on all days": (range(1, 32), False),
    "one row, later": ([9], False),
    "a few rows, later": ([20, 21, 22], False),
    "rows on half of the month, begun later": (range(10, 25), True),
    "Monday to Saturday, the last day a Sunday": ([day for day in range(1, 25) if (day + 2) % 7 != 6], True),
    "Monday to Saturday until yesterday": ([day for day in range(1, 31) if (day + 2) % 7 != 6], False),
    "working days, silent for a week": ([day for day in range(1, 24) if (day + 2) % 7 < 5], True),
    "working days, silent on a holiday": ([day for day in range(1, 30) if (day + 2) % 7 < 5], False),
    "once a week, nothing for ten days": ([1, 8, 15, 21], False),
    "two bursts, then nothing for eleven days": ([3, 4, 5, 17, 18, 19, 20], False),
}


@pytest.mark.parametrize("case", SILENCE)
def test_silence_is_judged_by_the_pattern_of_the_account(case: str) -> None:
    days, doubt = SILENCE[case]
    assessed = facts([*on(days), *OTHERS], **BOTH)
    assert codes(assessed) == (["account_silent"] if doubt else [])


def test_silence_of_few_single_uses_is_no_doubt_at_once() -> None:
    uses = [record(f"2025-05-{day:02}", day % 3 + 1) for day in range(1, 31)]
    assert codes(facts([*uses, *OTHERS], **BOTH)) == []
    assert codes(facts([*uses[:28], *OTHERS], **BOTH)) == ["account_silent"]


def test_silence_of_an_account_that_has_ended_is_no_doubt() -> None:
    rows = [*daily("2025-05-01", 12), *OTHERS]
    assert codes(facts(rows, **BOTH, ended_accounts={ACCOUNT.upper(): "2025-05-13"})) == []
    assert codes(facts(rows, **BOTH, ended_accounts={ACCOUNT: "2025-05-20"})) == ["account_silent"]
    assert codes(facts(rows, **BOTH, ended_accounts={OTHER_ACCOUNT: "2025-05-13"})) == ["account_silent"]
    alone = facts(daily("2025-05-01", 12), ended_accounts={ACCOUNT: "2025-05-13"})
    assert (codes(alone), alone["complete_through"], alone["status"]) == ([], "2025-05-31", "complete")


def test_silence_account_that_ended_before_the_range_is_not_missed() -> None:
    expected = {**BOTH, "expected_accounts": [ACCOUNT, OTHER_ACCOUNT]}
    assert codes(facts(OTHERS, **expected)) == ["accounts_missing"]
    assert codes(facts(OTHERS, **expected, ended_accounts={ACCOUNT: "2025-05-01"})) == []
    assert codes(facts(OTHERS, **expected, ended_accounts={ACCOUNT: "2025-05-02"})) == ["accounts_missing"]


def test_silence_before_the_first_row_is_judged_like_that_after_the_last() -> None:
    assert codes(facts(on(range(3, 32)))) == ["no_rows_on_first_days"]
    assert codes(facts(on([31]))) == ["no_rows_on_first_days"]
    assert codes(facts(on([4, 11, 18, 25]))) == []
    assert reason(facts(on(range(3, 32))), "no_rows_on_first_days")["days"] == ["2025-05-01", "2025-05-02"]


ALL = range(1, 32)
# The days that a metric lacks, its amounts, and whether they are a gap.
STEADY, UNSTEADY, SINGLE = "steady", "unsteady", "single uses"
GAPS = {
    "one day of a steady metric": ([10], STEADY, True),
    "two separate days of a steady metric": ([10, 20], STEADY, True),
    "the last days of a steady metric": ([30, 31], STEADY, True),
    "a week of a steady metric": (range(10, 17), STEADY, True),
    "the second half of a steady metric": (range(16, 32), STEADY, True),
    "no day": ([], STEADY, False),
    "the days before it began": (range(1, 12), STEADY, False),
    "every Sunday": ([4, 11, 18, 25], STEADY, False),
    "every Saturday and Sunday": ([3, 4, 10, 11, 17, 18, 24, 25, 31], STEADY, False),
    "a Monday of a metric of working days": ([3, 4, 5, 10, 11, 17, 18, 24, 25, 31], STEADY, False),
    "all days but one a week": ([day for day in ALL if day % 7 != 1], STEADY, False),
    "one day of unsteady amounts": ([10], UNSTEADY, False),
    "a week of unsteady amounts": (range(10, 17), UNSTEADY, True),
    "one day of single uses": ([10], SINGLE, False),
    "some days of single uses": ([6, 13, 14, 27], SINGLE, False),
    "a week of single uses": (range(10, 17), SINGLE, True),
}
AMOUNTS = {STEADY: lambda day: 1000 + day, UNSTEADY: lambda day: 1000 * (day % 5) + 1, SINGLE: lambda day: day % 3 + 1}


@pytest.mark.parametrize("case", GAPS)
def test_silence_gap_is_judged_by_the_pattern_of_the_metric(case: str) -> None:
    missing, kind, gap = GAPS[case]
    rows = [record(f"2025-05-{day:02}", AMOUNTS[kind](day)) for day in ALL if day not in missing]
    assessed = facts([*rows, *on(ALL, x_BillableMetricId="r2", x_BillableMetricName="R2")])
    assert codes(assessed) == (["gap_in_daily_metric"] if gap else [])
    if gap:
        found = reason(assessed, "gap_in_daily_metric")
        assert found["days"] == [f"2025-05-{day:02}" for day in missing][:MAX_LISTED]
        assert (found["metrics"], found["accounts"], found["count"]) == (["workers_requests"], [ACCOUNT], 1)
        assert found["about"] == [{"account": ACCOUNT, "metric": "workers_requests"}]
        assert f"the first on {found['days'][0]}" in found["message"]


def test_silence_gap_is_looked_for_in_each_account_by_itself() -> None:
    mine = on(day for day in ALL if day != 10)
    contract = on((day for day in ALL if day != 12), BillingAccountId=None, x_BillableMetricId=None)
    found = reason(facts([*mine, *OTHERS, *contract], **BOTH), "gap_in_daily_metric")
    assert (found["days"], found["count"]) == (["2025-05-10", "2025-05-12"], 2)
    assert (found["metrics"], found["accounts"]) == (["Workers Requests", "workers_requests"], [ACCOUNT])
    assert found["about"] == [{"account": ACCOUNT, "metric": "workers_requests"}, {"metric": "Workers Requests"}]


def test_silence_gap_in_every_metric_of_a_silent_account_is_one_doubt() -> None:
    rows = [*on(range(1, 21)), *on(range(1, 21), x_BillableMetricId="r2"), *OTHERS]
    assert codes(facts(rows, **BOTH)) == ["account_silent"]


def test_silence_subjects_of_a_doubt_are_never_cut() -> None:
    many = [subject(f"a{number % 400}", f"m{number}") for number in range(MAX_SUBJECTS)]
    assert len(about(many)["about"]) == MAX_SUBJECTS
    assert about([*many, subject("a1", "more")])["about"] == sorted(
        (subject(f"a{number}") for number in range(400)), key=lambda each: each["account"]
    )
    assert about(subject(f"a{number}") for number in range(MAX_SUBJECTS + 1)) == {}
    assert about([*many, subject(metric="more")]) == {}
    assert about([subject("a"), subject()]) == {}
