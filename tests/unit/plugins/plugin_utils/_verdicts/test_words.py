# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts in words: a day to come is never said to have passed a limit."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.words import (
    crossing_text,
    error_before_text,
    period_text,
)

DAYS = {"crossed_on": "2025-05-29", "crossed_earliest": "2025-05-27", "crossed_latest": "2025-05-31"}


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ({}, ""),
        ({"crossed_on": "never"}, ""),
        ({"actual": 9, "limit": 5, **DAYS}, "Over on 29 May 2025"),
        ({"actual": 3, "limit": 5, **DAYS}, "Expected over on 29 May 2025, between 27 May 2025 and 31 May 2025"),
        (
            {"actual": 3, "limit": 5, **DAYS, "crossed_latest": None},
            "Expected over on 29 May 2025, at the earliest on 27 May 2025",
        ),
        ({"actual": 5, "limit": 5, "crossed_on": "2025-05-29"}, "Expected over on 29 May 2025"),
        ({"actual": None, "limit": 5, "crossed_on": "2025-05-29"}, "Expected over on 29 May 2025"),
        ({"actual": 3, "limit": 5, "crossed_earliest": "2025-05-27"}, "Over on 27 May 2025 at the earliest"),
        ({"actual": 9, "limit": 5, "crossed_earliest": "2025-05-27"}, ""),
    ],
)
def test_words_of_the_day_of_crossing(verdict: Any, words: str) -> None:
    assert crossing_text(verdict) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, ""),
        (0, "The forecast of the period before was right"),
        (3.14, "The forecast of the period before was 3.1% too high"),
        (-12, "The forecast of the period before was 12.0% too low"),
    ],
)
def test_words_of_the_error_before(error: Any, words: str) -> None:
    verdict: Any = {"forecast_error_before": error}
    assert error_before_text(verdict) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [("month", "Month 1\N{EN DASH}31 May 2025"), ("range", "Period 1\N{EN DASH}31 May 2025")],
)
def test_words_of_the_period(name: str, words: str) -> None:
    verdict: Any = {"period": {"name": name, "from": "2025-05-01", "to": "2025-05-31"}}
    assert period_text(verdict) == words
    verdict["period"] = None
    assert period_text(verdict) == ""
