# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, money, days and moments in words for people, always the same for the same value."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import SUMS, exact_arithmetic

Number = int | float
Amount = int | float | Decimal

UNKNOWN = "unknown"
_MINUS = "\N{MINUS SIGN}"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# ISO 4217: the currencies whose smallest unit is not a hundredth.
_MINOR_DIGITS = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
     "XPF"), 0,
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3) | dict.fromkeys(("CLF", "UYW"), 4)  # fmt: skip
_SCALES = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def _exact(value: Amount) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _plain(value: Decimal, places: int, *, pad: int = 0) -> str:
    """Return the value with ``places`` places, of which only the first ``pad`` may be zeros at the end."""
    shown = _round(value, places)
    if value and value.adjusted() < -12:
        return f"{shown.normalize():e}".replace("-", _MINUS)
    text = f"{shown:,f}"
    while "." in text and text.endswith("0") and len(text.partition(".")[2]) > pad:
        text = text[:-1].rstrip(".")
    return text.replace("-", _MINUS)


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, SUMS)


def _small_places(value: Decimal, digits: int) -> int:
    """Return the places that show ``digits`` significant digits of a value below one."""
    return digits - 1 - value.adjusted()


def _places_apart(value: Decimal, others: Sequence[Amount | None], places: int) -> int:
    """Return as many places as it takes to tell a value from others that differ from it."""
    for other in (_exact(each) for each in others if each is not None):
        while other != value and _round(other, places) == _round(value, places):
            places += 1
    return places


@exact_arithmetic
def format_number(value: Amount | None, *others: Amount | None) -> str:
    """Return a quantity with thousands separators, with as many places as a reader can use.

    It never reads like one of the ``others`` that it differs from.
    """
    if value is None:
        return UNKNOWN
    exact = _exact(value)
    size = abs(exact)
    if size == size.to_integral_value():
        places = 0
    else:
        places = 1 if size >= 1000 else 3 if size >= 1 else _small_places(exact, 4)
    return _plain(exact, _places_apart(exact, others, places))


@exact_arithmetic
def format_compact(value: Number | None) -> str:
    """Return a quantity in three significant digits with k, M, B (10⁹) or T: for charts and cards."""
    if value is None:
        return UNKNOWN
    exact = _exact(value)
    for scale, letter in _SCALES:
        # what rounds up to 1000 belongs to the next letter
        if abs(exact) >= Decimal(scale) * Decimal("0.9995") and abs(exact) >= 1000:
            scaled = exact / scale
            places = max(0, 2 - scaled.adjusted())
            return f"{_plain(scaled, places)}\N{NO-BREAK SPACE}{letter}"
    if exact == 0:
        return "0"
    return _plain(exact, max(0, 2 - exact.adjusted()))


def minor_places(currency: str | None) -> int:
    """Return how many decimals the currency has."""
    return _MINOR_DIGITS.get(currency or "", 2)


@exact_arithmetic
def format_money(amount: Amount | None, currency: str | None, *others: Amount | None) -> str:
    """Return an amount with its currency, in the decimals that the currency has.

    No amount that is not zero reads as zero, and none reads like one of the ``others`` that it differs from.
    """
    if amount is None:
        return UNKNOWN
    exact = _exact(amount)
    minor = minor_places(currency)
    places = _small_places(exact, 2) if 0 < abs(exact) < Decimal(1).scaleb(-minor) else minor
    text = _plain(exact, _places_apart(exact, others, places), pad=minor if places == minor else 0)
    return f"{currency or 'unknown currency'}\N{NO-BREAK SPACE}{text}"


@exact_arithmetic
def format_percent(value: Amount | None) -> str:
    """Return a share in percent; what is not 100 never rounds to 100, so that no limit looks met or missed."""
    if value is None:
        return UNKNOWN
    exact = _exact(value)
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    if rounded == 100 != exact:
        rounded += Decimal("0.1") if exact > 100 else Decimal("-0.1")
    if abs(rounded) >= 1000:
        rounded = rounded.quantize(Decimal(1))
    return f"{rounded:,f}%".replace("-", _MINUS)


@exact_arithmetic
def format_change(value: float | None) -> str:
    """Return a relative change (0.12 is 12 % more) with its sign."""
    if value is None:
        return UNKNOWN
    text = format_percent(value * 100)
    if not text.strip(f"{_MINUS}0.%"):
        return "about 0%" if value else "0%"
    return f"+{text}" if value > 0 else text


def format_count(value: int, singular: str, plural: str | None = None) -> str:
    """Return ``1 day`` or ``2 days``."""
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def and_more(total: int, shown: int, singular: str, plural: str | None = None, where: str = "") -> str:
    """Return ``and 3 more accounts`` or nothing."""
    left = total - shown
    return f"and {format_count(left, 'more ' + singular, 'more ' + (plural or singular + 's'))}{where}" if left else ""


def format_day(value: str) -> str:
    """Return ``31 May 2025`` for an ISO date."""
    date = datetime.date.fromisoformat(value)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def format_short_day(value: str) -> str:
    """Return ``31 May`` for an ISO date: for the axis of a chart."""
    date = datetime.date.fromisoformat(value)
    return f"{date.day} {_MONTHS[date.month - 1][:3]}"


def format_span(first: str, last: str) -> str:
    """Return ``1-31 May 2025``, as short as it stays clear."""
    start, end = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    if start == end:
        return format_day(last)
    if start.year != end.year:
        return f"{format_day(first)} \N{EN DASH} {format_day(last)}"
    if start.month != end.month:
        return f"{start.day} {_MONTHS[start.month - 1]} \N{EN DASH} {format_day(last)}"
    return f"{start.day}\N{EN DASH}{format_day(last)}"


def parse_moment(value: str) -> datetime.datetime:
    """Return the aware UTC time of an ISO 8601 text; without an offset it is UTC."""
    moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc)


def format_moment(value: str) -> str:
    """Return ``2 June 2025, 03:00 UTC`` for an ISO 8601 time."""
    utc = parse_moment(value)
    return f"{format_day(utc.date().isoformat())}, {utc:%H:%M} UTC"


def join_words(words: list[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
