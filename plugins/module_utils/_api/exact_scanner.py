# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scan one JSON value and see what decoders of objects hide: a name that appears twice, of which they take the last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import Any


@dataclass(frozen=True)
class RepeatedName:
    """Stands in place of a value: ``name`` is there twice in it, or in an object within it.

    ``found`` is the value as decoders see it.
    """

    name: str
    found: Any


def json_decoder(**options: Any) -> Any:
    """Return a decoder that keeps sums exact: numbers with a fraction become Decimal. NaN becomes text."""
    return JSONDecoder(**{"parse_float": Decimal, "parse_constant": str, **options})


class ExactScanner:
    """Scans as ``scan_once`` of a decoder does, but that a value with a name that appears twice is a RepeatedName.

    A number beyond Python's limits becomes text.
    """

    def __init__(self) -> None:
        self._repeated: list[str] = []
        numbers = {"parse_float": _number_or_text(Decimal), "parse_int": _number_or_text(int)}
        self._scan = json_decoder(object_pairs_hook=self._object).scan_once
        self._scan_tolerantly = json_decoder(object_pairs_hook=self._object, **numbers).scan_once

    def __call__(self, text: str, at: int = 0) -> tuple[Any, int]:
        """Return the value that starts at ``at``, and where it ends; raises StopIteration or JSONDecodeError."""
        self._repeated.clear()
        try:
            value, end = self._scan(text, at)
        except JSONDecodeError:
            raise
        except (ArithmeticError, ValueError):
            value, end = self._scan_tolerantly(text, at)
        return RepeatedName(self._repeated[0], value) if self._repeated else value, end

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _value in pairs]
            self._repeated.append(next(name for name in made if names.count(name) > 1))
        return made


def _number_or_text(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return convert(text)
        except (ArithmeticError, ValueError):
            return text

    return read


def may_repeat(value: dict[str, Any], text: str, start: int, end: int) -> bool:
    """Tell whether a name can appear twice in an object whose text has as many commas as ``value`` has members.

    One that has fewer can't. A comma within a text is no sign of it, as long as none is written by an escape.
    """
    within = sum(each.count(",") for each in value.values() if each.__class__ is str)
    return text.count(",", start, end) - within >= len(value) or text.find("\\", start, end) >= 0
