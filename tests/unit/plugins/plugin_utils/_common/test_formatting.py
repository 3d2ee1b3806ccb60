# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, money and days in words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_change,
    format_compact,
    format_count,
    format_day,
    format_moment,
    format_money,
    format_number,
    format_percent,
    format_short_day,
    format_span,
    join_words,
)

_AMOUNTS = st.decimals(-1000, 1000, places=3) | st.decimals(0, 1, places=18)
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (0, "0"),
        (4_650_000, "4,650,000"),
        (-5, "\N{MINUS SIGN}5"),
        (1234.5678, "1,234.6"),
        (12.34567, "12.346"),
        (0.000123456, "0.0001235"),
        (1e-15, "1e\N{MINUS SIGN}15"),
        (3.0, "3"),
        (10**29, "100,000,000,000,000,000,000,000,000,000"),
    ],
)
def test_formatting_numbers(value: float | None, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (999.6, "1,000"),
        (1000, f"1{NBSP}k"),
        (12_345, f"12.3{NBSP}k"),
        (999_600, f"1{NBSP}M"),
        (4_650_000, f"4.65{NBSP}M"),
        (24.6e9, f"24.6{NBSP}B"),
        (2 * 10**12, f"2{NBSP}T"),
        (-1500, f"\N{MINUS SIGN}1.5{NBSP}k"),
        (0.01234, "0.0123"),
        (12.34, "12.3"),
    ],
)
def test_formatting_compact_numbers(value: float | None, text: str) -> None:
    assert format_compact(value) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (None, "USD", "unknown"),
        (0, "USD", f"USD{NBSP}0.00"),
        (1234.5, "USD", f"USD{NBSP}1,234.50"),
        (0.004, "EUR", f"EUR{NBSP}0.004"),
        (-3, "USD", f"USD{NBSP}\N{MINUS SIGN}3.00"),
        (1, None, f"unknown currency{NBSP}1.00"),
        (1234.5, "JPY", f"JPY{NBSP}1,234"),
        (0.4, "JPY", f"JPY{NBSP}0.4"),
        (12.5, "KWD", f"KWD{NBSP}12.500"),
        (0.0004, "KWD", f"KWD{NBSP}0.0004"),
        (1, "CLF", f"CLF{NBSP}1.0000"),
        (1e-15, "USD", f"USD{NBSP}1e\N{MINUS SIGN}15"),
    ],
)
def test_formatting_money(amount: float | None, currency: str | None, text: str) -> None:
    assert format_money(amount, currency) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (93, "93.0%"),
        (100, "100.0%"),
        (99.99, "99.9%"),
        (100.01, "100.1%"),
        (12345.6, "12,346%"),
        (-4.2, "\N{MINUS SIGN}4.2%"),
    ],
)
def test_formatting_a_share_never_rounds_to_the_limit(value: float | None, text: str) -> None:
    assert format_percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (0.12, "+12.0%"),
        (-0.12, "\N{MINUS SIGN}12.0%"),
        (0, "0%"),
        (0.0001, "about 0%"),
        (-0.0001, "about 0%"),
    ],
)
def test_formatting_changes(value: float | None, text: str) -> None:
    assert format_change(value) == text


def test_formatting_counts_and_lists() -> None:
    assert format_count(1, "day") == "1 day"
    assert format_count(1200, "day") == "1,200 days"
    assert format_count(2, "query", "queries") == "2 queries"
    assert join_words([]) == ""
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"]) == "a, b and c"


def test_formatting_days() -> None:
    assert format_day("2025-05-01") == "1 May 2025"
    assert format_short_day("2025-12-09") == "9 Dec"
    assert format_span("2025-05-01", "2025-05-01") == "1 May 2025"
    assert format_span("2025-05-01", "2025-05-31") == "1\N{EN DASH}31 May 2025"
    assert format_span("2025-04-28", "2025-05-03") == "28 April \N{EN DASH} 3 May 2025"
    assert format_span("2024-12-30", "2025-01-02") == "30 December 2024 \N{EN DASH} 2 January 2025"


@pytest.mark.parametrize(
    "value", ["2025-06-02T03:00:00Z", "2025-06-02T05:00:00+02:00", "2025-06-02T03:00:00", "2025-06-02T03:00:00.123Z"]
)
def test_formatting_moments_are_shown_in_utc(value: str) -> None:
    assert format_moment(value) == "2 June 2025, 03:00 UTC"


def test_formatting_numbers_are_told_apart_from_others() -> None:
    assert format_number(500.0004) == "500"
    assert [format_number(500.0004, 500), format_number(500, 500.0004)] == ["500.0004", "500"]
    assert format_number(500.0004, 500.0004, None, 700) == "500"
    assert format_money(0.996, "USD", 1) == f"USD{NBSP}0.996"
    assert format_money(500, "JPY", 500.25) == f"JPY{NBSP}500"
    assert format_number(Decimal("0.10000000000000000001"), Decimal("0.1")) == "0.10000000000000000001"


@given(one=_AMOUNTS, other=_AMOUNTS, currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_formatting_numbers_that_differ_never_read_alike(one: Decimal, other: Decimal, currency: str) -> None:
    for shown in (format_number, lambda value, against: format_money(value, currency, against)):
        assert (shown(one, other) == shown(other, one)) == (one == other)
    assert (format_number(one).strip("0.,\N{MINUS SIGN}") == "") == (one == 0)
