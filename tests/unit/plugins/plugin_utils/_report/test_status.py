# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the facts are worth, in words."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Reason
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import status as report_status
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    empty_usage,
    make_usage,
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Every day is in, through 31 May 2025."),
        ({"complete_through": None}, "No day is known to be complete."),
        ({"complete_through": "2025-05-30"}, "Complete through 30 May 2025; 1 day can still change."),
        (
            {"complete_through": "2025-05-26", "fetched_at": "2025-05-30T01:00:00Z"},
            "Complete through 26 May 2025; 4 days can still change and 1 day is to come.",
        ),
        (
            {"complete_through": "2025-05-26", "fetched_at": "2025-05-26T23:00:00Z"},
            "Complete through 26 May 2025; 5 days are to come.",
        ),
    ],
)
def test_status_freshness_in_words(changes: Any, words: str) -> None:
    assert report_status.freshness(make_usage(**changes)) == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("2025-06-02T03:00:00Z", "Fetched 2 June 2025, 03:00 UTC."),
        ("2025-06-03T14:00:00Z", "Fetched 2 June 2025, 03:00 UTC."),
        ("2025-06-09T03:00:00Z", "Fetched 2 June 2025, 03:00 UTC, 7 days before this report was made."),
    ],
)
def test_status_old_facts_say_so(made: str, words: str) -> None:
    assert report_status.age(make_usage(), made) == words


def test_status_what_is_missing_is_told_with_what_it_concerns() -> None:
    reasons: list[Reason] = [
        {"code": "gap", "affects": "usage", "message": "A gap."},
        {"code": "mixed_currencies", "affects": "cost", "message": "Two currencies."},
        {"code": "only_a_code", "affects": "usage", "message": ""},
    ]
    assert report_status.missing(reasons) == [
        "A gap.",
        "Two currencies. This concerns costs only.",
        "only_a_code",
    ]


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({}, ("Production", "Account 023e105f4ecef8ad9ca31a8372d0c353")),
        ({"accounts_": []}, ("Account 023e105f4ecef8ad9ca31a8372d0c353", "")),
        ({"scope": "organization"}, ("Production", "Organization 023e105f4ecef8ad9ca31a8372d0c353")),
        (
            {"accounts": 5},
            (
                "Production, Staging, Marketing site and 2 more accounts",
                "Organization 023e105f4ecef8ad9ca31a8372d0c353",
            ),
        ),
        ({"scope": "combined", "scope_id": None, "sources": [{}, {}]}, ("Production", "1 account from 2 queries")),
        (
            {"scope": "combined", "scope_id": None, "sources": [{}, {}], "accounts_": []},
            ("0 accounts from 2 queries", ""),
        ),
    ],
)
def test_status_the_subject(changes: Any, subject: tuple[str, str]) -> None:
    usage = make_usage(**{key: value for key, value in changes.items() if key != "accounts_"})
    if "accounts_" in changes:
        usage["accounts"] = changes["accounts_"]
    assert report_status.subject(usage) == subject


def test_status_the_subject_has_the_name_of_the_period_before_until_a_record_comes() -> None:
    before = make_usage()
    assert report_status.subject(empty_usage(), before)[0] == "Production"
    other = make_usage(scope_id="f" * 32)
    assert report_status.subject(empty_usage(), other)[0] == "Account 023e105f4ecef8ad9ca31a8372d0c353"
