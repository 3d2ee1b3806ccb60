# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every doubt of an answer to the letter: what people read, and what programs do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Notices
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import Aggregate, WindowAggregator
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.coverage import Expectation, coverage
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import Window
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Record,
    Server,
    daily,
    decoded,
    record,
    selection,
    usage,
)

WHOLE = daily("2025-05-01", 31)
BOTH: dict[str, Any] = {"account_id": None, "organization_id": ORGANIZATION}
THIRD = "c" * 32
PAID = {
    **dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost", "ListCost"), 1),
    "BillingCurrency": "USD",
}
R2 = {"x_BillableMetricId": "r2", "BillingAccountId": OTHER_ACCOUNT}
NAMELESS = {"x_BillableMetricId": None, "BillingAccountId": None}


def facts(rows: Sequence[Record], **options: Any) -> Facts:
    """Ask on the second of June, when all of May is whole."""
    return usage(Server(rows), **{**MAY, **options})


def paid(**columns: Any) -> list[Record]:
    return [{**row, **PAID, **columns} for row in WHOLE]


WORDS = yaml.safe_load(Path(__file__).with_name("coverage_words.yml").read_text(encoding="utf-8"))
# The records and the options of each.
CASES: dict[str, tuple[list[Record], dict[str, Any]]] = {
    "nothing": (
        [],
        {},
    ),
    "nothing of some metrics": (
        [],
        {"metric": ["b", "a"]},
    ),
    "records that are none": (
        [*WHOLE, record("2025-05-05", "a lot"), record("2025-05-06", True)],
        {},
    ),
    "columns missing": (
        [
            *WHOLE,
            record("2025-05-05", ServiceProviderName=...),
            record("2025-05-05", ChargeCategory=..., ServiceProviderName=...),
            record("2025-05-06", x_BillableMetricId=None, x_BillableMetricName=None),
        ],
        {},
    ),
    "metric missing": (
        [
            *WHOLE,
            record("2025-05-06", x_BillableMetricId=None, x_BillableMetricName=None),
            record("2025-05-07", x_BillableMetricId=None, x_BillableMetricName=None),
        ],
        {},
    ),
    "no unit": (
        [
            *WHOLE,
            record("2025-05-06", ConsumedUnit=None),
            record("2025-05-07", ConsumedUnit=None),
            record("2025-05-07", ConsumedUnit=None, x_BillableMetricId=None),
        ],
        {},
    ),
    "odd periods": (
        [
            *WHOLE,
            record("2025-05-07", ChargePeriodEnd="2025-05-12T00:00:00Z"),
            record("2025-05-05", ChargePeriodEnd="2025-05-12T00:00:00Z"),
            record("2025-05-05", ChargePeriodEnd=None),
            record("2025-05-05", ChargePeriodEnd="2025-05-04T00:00:00Z"),
            record("2025-05-05", ChargePeriodStart="2025-05-05T02:00:00+02:00"),
        ],
        {},
    ),
    "below zero": (
        [*WHOLE, record("2025-05-05", -3), record("2025-05-06", -3)],
        {},
    ),
    "metrics without rows": (
        WHOLE,
        {"metric": ["workers_requests", "typo", "another"]},
    ),
    "other accounts": (
        [
            *WHOLE,
            record("2025-05-05", BillingAccountId=THIRD),
            record("2025-05-06", BillingAccountId=OTHER_ACCOUNT),
            record("2025-05-07", BillingAccountId=OTHER_ACCOUNT),
        ],
        {},
    ),
    "accounts that are not expected": (
        [*WHOLE, record("2025-05-05", BillingAccountId=THIRD), record("2025-05-05", BillingAccountId=OTHER_ACCOUNT)],
        {**BOTH, "expected_accounts": [ACCOUNT]},
    ),
    "accounts that are missing": (
        WHOLE,
        {**BOTH, "expected_accounts": [THIRD, ACCOUNT, OTHER_ACCOUNT]},
    ),
    "an account that ended before": (
        WHOLE,
        {**BOTH, "expected_accounts": [ACCOUNT, THIRD], "ended_accounts": {THIRD: "2025-05-01"}},
    ),
    "currencies": (
        [*paid(), record("2025-05-05", **{**PAID, "BillingCurrency": "EUR"})],
        {},
    ),
    "costs on some": (
        [*paid(), record("2025-05-05", **{**PAID, "EffectiveCost": None, "ListCost": None})],
        {},
    ),
    "costs that are none": (
        [
            *paid(),
            record("2025-05-05", **{**PAID, "ListCost": "x", "BilledCost": "free"}),
            record("2025-05-05", **{**PAID, "ListCost": "x"}),
        ],
        {},
    ),
    "no currency": (
        [*paid(), *daily("2025-05-05", 2, **{**PAID, "BillingCurrency": None}), record("2025-05-06")],
        {},
    ),
    "not rated": (
        [
            *paid()[:20],
            *daily("2025-05-21", 11, **{**PAID, **dict.fromkeys(list(PAID)[:4], 0)}),
            *daily(
                "2025-05-01",
                31,
                BillingAccountId=ACCOUNT,
                x_BillableMetricId="r2",
                **{**PAID, **dict.fromkeys(list(PAID)[:4], 0)},
            ),
        ],
        {},
    ),
    "days to come": (daily("2025-05-01", 32), {"to": "2025-06-03"}),
    "no first days": (daily("2025-05-03", 29), {}),
    "no last day": (daily("2025-05-01", 30), {}),
    "accounts that fell silent": (
        [
            *daily("2025-05-01", 20, BillingAccountId=THIRD),
            *daily("2025-05-01", 20),
            *daily("2025-05-01", 22, BillingAccountId="d" * 32),
            *daily("2025-05-01", 31, BillingAccountId=OTHER_ACCOUNT),
        ],
        BOTH,
    ),
    "gaps": (
        [
            *(row for row in daily("2025-05-01", 31, 1000) if row["ChargePeriodStart"][8:10] not in ("12", "13")),
            *(row for row in daily("2025-05-01", 31, 1000, **R2) if row["ChargePeriodStart"][8:10] != "10"),
            *(row for row in daily("2025-05-01", 31, 1000, **NAMELESS) if row["ChargePeriodStart"][8:10] != "14"),
        ],
        BOTH,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_coverage_doubt_is_told_to_the_letter(case: str) -> None:
    rows, options = CASES[case]
    assert facts(rows, **options)["reasons"] == WORDS[case]


NOTICES: dict[str, tuple[Notices, Facts]] = {
    "errors": (
        Notices(errors=({"code": 1001, "message": "it broke"}, {"code": None, "message": "again"})),
        {
            "code": "errors_beside_success",
            "affects": "usage",
            "message": "The API sent errors although it says success: 1001 it broke; again",
            "count": 2,
        },
    ),
    "more pages": (
        Notices(more="page 1 of 2"),
        {
            "code": "more_pages",
            "affects": "usage",
            "message": "The API says that there are more results than it sent: page 1 of 2",
        },
    ),
    "cut": (
        Notices(
            messages=(
                {"code": None, "message": "Results TRUNCATED"},
                {"code": None, "message": "hello"},
                {"code": None, "message": "limited to 10"},
            )
        ),
        {
            "code": "answer_truncated",
            "affects": "usage",
            "message": "The API says that its answer is not whole: Results TRUNCATED; limited to 10",
        },
    ),
}


@pytest.mark.parametrize("case", NOTICES)
def test_coverage_notice_beside_records_is_told_once_to_the_letter(case: str) -> None:
    notices, expected = NOTICES[case]
    assert usage(Server(WHOLE, notices=notices), window_days=10, **MAY)["reasons"] == [expected]


def test_coverage_notice_that_tells_of_nothing_missing_is_no_doubt() -> None:
    said = Notices(messages=({"code": 1, "message": "This is a beta."},))
    assert usage(Server(WHOLE, notices=said), **MAY)["reasons"] == []


def judged(*rows: Record, notices: Sequence[Notices] = ()) -> list[Facts]:
    """Return the doubts of one answer for all of May, when it is whole."""
    window = Window(date(2025, 5, 1), date(2025, 5, 31), date(2025, 5, 31))
    aggregate = WindowAggregator(window, selection()).count(decoded([*WHOLE, *rows]))
    aggregate.notices += notices
    return coverage(aggregate, selection(), Expectation(date(2025, 6, 3), 1, ())).reasons


def test_coverage_records_outside_the_days_are_counted_and_told() -> None:
    assert judged() == []
    assert judged(record("2025-06-01"), record("2025-04-30")) == [
        {
            "code": "records_outside_range",
            "affects": "usage",
            "message": "2 record(s) lie outside the days that were asked of the API, and were dropped.",
            "count": 2,
        }
    ]


def test_coverage_notices_of_several_answers_are_each_told_once() -> None:
    error, other = {"code": 1, "message": "a"}, {"code": None, "message": "b"}
    cut, short = {"code": None, "message": "partial a"}, {"code": 2, "message": "partial b"}
    found = judged(
        notices=[
            Notices(errors=(error, other), messages=(cut, cut), more="page 1"),
            Notices(),
            Notices(errors=(other, error), messages=(short,), more="page 2"),
            Notices(messages=(cut,), more="page 1"),
        ]
    )
    assert [each["message"].partition(": ")[2] for each in found] == [
        "1 a; b",
        "page 1; page 2",
        "partial a; partial b",
    ]


def test_coverage_source_without_another_to_try_says_no_more_than_that_nothing_came() -> None:
    asked = selection()
    nothing = Aggregate(asked.columns, asked.first, asked.last)
    [found] = coverage(nothing, asked, Expectation(asked.last, 1, ())).reasons
    assert found["message"].endswith("so this proves nothing.")


@pytest.mark.parametrize(
    "said",
    ["Truncated", "is incomplete", "partial", "not all", "limited to", "more rows", "more results", "more records"],
)
def test_coverage_message_that_tells_of_a_part_is_a_doubt(said: str) -> None:
    [found] = judged(notices=[Notices(messages=({"code": None, "message": said},))])
    assert found["code"] == "answer_truncated"
