# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rate card is: its JSON Schema, the rules between its keys, and the card as the estimate reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, to_decimal
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import (
    BOOLEAN,
    DAY,
    PRINTABLE,
    describe_path,
    fits,
    schema_problems,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import RateCardError, checked_size
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import matches

MAX_PRICES = 1000

_TEXT = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": PRINTABLE,
         "description": "a text of 1 to 500 characters in one line"}  # fmt: skip
_PATTERN = {**_TEXT, "description": "a text in quotes: an id, a name or a glob such as Workers*"}
_UNIT = {
    "type": "string",
    "maxLength": 100,
    "pattern": PRINTABLE,
    "description": "the data's consumed_unit as text",
}
_AMOUNT = {"type": "number", "minimum": 0, "description": "a number from 0 (not a text, not true or false)"}
_SIZE = {"type": "number", "minimum": 1e-9, "description": "a number above 0"}

_VALIDITY = {"valid_from": DAY, "valid_until": DAY}
_PRICE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "a mapping with text keys",
    "additionalProperties": False,
    "required": ["metric", "unit"],
    "properties": {
        "metric": {
            "description": "a text in quotes (an id, a name or a glob such as Workers*) or a list of them",
            "if": {"type": "array"},
            "then": {"items": _PATTERN, "minItems": 1, "description": "a list of at least one text"},
            "else": _PATTERN,
        },
        "unit": {
            "description": "the data's consumed_unit as text, or a list of such",
            "if": {"type": "array"},
            "then": {"items": _UNIT, "minItems": 1, "description": "a list of at least one unit"},
            "else": _UNIT,
        },
        "price": _AMOUNT,
        "block": _SIZE,
        "round_up": BOOLEAN,
        "included_per_cycle": _AMOUNT,
        "included_per_day": _AMOUNT,
        "tiers": {
            "type": "array",
            "minItems": 1,
            "description": "a list with at least one tier",
            "items": {
                "type": "object",
                "description": "a mapping of up_to and price",
                "additionalProperties": False,
                "required": ["price"],
                "properties": {"up_to": _SIZE, "price": _AMOUNT},
            },
        },
        **_VALIDITY,
        "note": {"type": "string", "maxLength": 2000, "description": "a text of up to 2000 characters"},
    },
}
RATE_CARD_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Rate card",
    "description": "a mapping with name, source, checked_on, currency and prices",
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "source", "checked_on", "currency", "prices"],
    "properties": {
        "name": _TEXT,
        "source": {**_TEXT, "maxLength": 2000, "description": "a text that says where the prices come from"},
        "checked_on": DAY,
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "maxLength": 3,
            "description": "a currency of three capital letters such as USD",
        },
        "cycle_day": {"type": "integer", "minimum": 1, "maximum": 31, "description": "a day of the month, 1 to 31"},
        **_VALIDITY,
        "note": {"type": "string", "maxLength": 5000, "description": "a text of up to 5000 characters"},
        "prices": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_PRICES,
            "description": f"a list of 1 to {MAX_PRICES} prices",
            "items": _PRICE_SCHEMA,
        },
    },
}


@dataclass(frozen=True)
class Tier:
    """A price for each block up to a billable quantity; None is without end."""

    up_to: Decimal | None
    price: Decimal


@dataclass(frozen=True)
class Price:
    """One entry of a card; ``rule`` names it for people."""

    metrics: tuple[str, ...]
    units: tuple[str, ...]
    tiers: tuple[Tier, ...]
    block: Decimal
    round_up: bool
    included_per_cycle: Decimal
    included_per_day: Decimal
    valid_from: date
    valid_until: date
    rule: str

    def names(self, metric_id: str | None, metric_name: str | None) -> bool:
        return any(matches(pattern, text) for pattern in self.metrics for text in (metric_id, metric_name) if text)


@dataclass(frozen=True)
class RateCard:
    """A checked rate card; ``own_cycle_day`` tells whether it says itself when cycles begin."""

    name: str
    source: str
    checked_on: str
    currency: str
    cycle_day: int
    own_cycle_day: bool
    prices: tuple[Price, ...]

    def in_cycles_from(self, cycle_day: int | None) -> RateCard:
        """Return the card for cycles that begin on this day of the month, unless it says another one itself."""
        return self if self.own_cycle_day or cycle_day is None else replace(self, cycle_day=cycle_day)


def read_rate_card(document: Any) -> RateCard:
    """Return the card of a document, or raise a RateCardError that tells everything wrong with it."""
    checked = checked_size(document, "rate card", RateCardError)
    prices = checked.get("prices") if isinstance(checked, dict) else None
    if isinstance(prices, list) and len(prices) > MAX_PRICES:
        raise RateCardError([f"rate card: {len(prices):,} prices are too many, at most {MAX_PRICES:,} are allowed"])
    problems = list(schema_problems(checked, RATE_CARD_SCHEMA, lambda path: _where(checked, path)))
    if isinstance(checked, dict):
        problems += _cross_problems(checked)
    if problems:
        raise RateCardError(problems)
    return RateCard(
        name=checked["name"],
        source=checked["source"],
        checked_on=checked["checked_on"],
        currency=checked["currency"],
        cycle_day=int(checked.get("cycle_day", 1)),
        own_cycle_day="cycle_day" in checked,
        prices=tuple(_price(index, {**_validity(checked), **entry}) for index, entry in enumerate(checked["prices"])),
    )


def _where(document: Any, path: list[str | int]) -> str:
    """Name a place: the price by its metric where it has one, else by its position counted from 1, then the key."""
    if len(path) < 2 or path[0] != "prices":
        return f"rate card, {describe_path(path)}" if path else "rate card"
    index = int(path[1])
    entry = document["prices"][index]
    metric = entry.get("metric") if isinstance(entry, dict) else None
    price = f"price number {index + 1}" + (f" ({printable(metric, 80)})" if isinstance(metric, str) else "")
    return f"rate card, {price}, {describe_path(path[2:])}" if path[2:] else f"rate card, {price}"


def _cross_problems(document: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong between keys, for those parts of a card that the schema accepts."""
    for key in ("checked_on", *_VALIDITY):
        if fits(document.get(key), DAY) and _day(document[key]) is None:
            yield f"{_where(document, [key])}: {document[key]!r} is not a valid date"
    prices = document.get("prices")
    for index, entry in enumerate(prices if isinstance(prices, list) else ()):
        if fits(entry, _PRICE_SCHEMA):
            for key, sentence in _entry_problems({**_validity(document), **entry}):
                yield f"{_where(document, ['prices', index, key])}: {sentence}"


def _validity(document: dict[str, Any]) -> dict[str, Any]:
    """Return the days of the card, which hold for each price without days of its own."""
    return {key: document[key] for key in _VALIDITY if fits(document.get(key), DAY)}


def _entry_problems(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if ("price" in entry) == ("tiers" in entry):
        yield "price", "give either price or tiers"
    if "included_per_cycle" in entry and "included_per_day" in entry:
        yield "included_per_day", "give an allowance for the cycle or for the day, not both"
    if entry.get("round_up") and "block" not in entry:
        yield "round_up", "rounding up needs the size of the block"
    days = {key: _day(entry[key]) for key in _VALIDITY if key in entry}
    for key, day in days.items():
        if day is None:
            yield key, f"{entry[key]!r} is not a valid date"
    if (days.get("valid_from") or date.min) > (days.get("valid_until") or date.max):
        yield "valid_until", "is before valid_from"
    ends = [tier.get("up_to") for tier in entry.get("tiers", [{}])]
    if None in ends[:-1] or ends[-1] is not None or ends[:-1] != sorted(set(ends[:-1])):
        yield "tiers", "up_to must grow from tier to tier, and only the last tier is without it"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _amount(entry: dict[str, Any], key: str, default: Decimal = ZERO) -> Decimal:
    value = to_decimal(entry.get(key))
    return default if value is None else value


def _price(index: int, entry: dict[str, Any]) -> Price:
    metrics, units = (entry[key] if isinstance(entry[key], list) else [entry[key]] for key in ("metric", "unit"))
    tiers = entry.get("tiers") or [{"price": entry["price"]}]
    return Price(
        metrics=tuple(metrics),
        units=tuple(units),
        tiers=tuple(Tier(to_decimal(tier.get("up_to")), _amount(tier, "price")) for tier in tiers),
        block=_amount(entry, "block", Decimal(1)),
        round_up=entry.get("round_up", False),
        included_per_cycle=_amount(entry, "included_per_cycle"),
        included_per_day=_amount(entry, "included_per_day"),
        valid_from=date.fromisoformat(entry["valid_from"]) if "valid_from" in entry else date.min,
        valid_until=date.fromisoformat(entry["valid_until"]) if "valid_until" in entry else date.max,
        rule=f"prices[{index}] {', '.join(metrics)}",
    )
