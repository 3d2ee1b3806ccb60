# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns of ids and names, as budgets, rate cards and allocations write them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import PRINTABLE

_LONGEST = 500
# what a glob means by these signs, and what no pattern may hold
_ANY: dict[int, str] = {**dict.fromkeys([*range(32), 127], "?"), **{ord(each): f"[{each}]" for each in "*?["}}
TAG_KEY = r"^tag\.[^\u0000-\u001f\u007f]+$"
_PATTERN = {
    "type": "string",
    "minLength": 1,
    "maxLength": _LONGEST,
    "pattern": PRINTABLE,
    "description": "a text in quotes: an id, a name or a glob such as Workers*",
}
PATTERNS: dict[str, Any] = {
    "description": "a text in quotes (an id, a name or a glob such as Workers*) or a list of them",
    "if": {"type": "array"},
    "then": {
        "items": _PATTERN,
        "minItems": 1,
        "uniqueItems": True,
        "description": "a list of at least one text, each once",
    },
    "else": _PATTERN,
}


def match_schema(dimensions: Iterable[str]) -> dict[str, Any]:
    """Return the schema of what is looked at: patterns by dimension, or by tag."""
    names = list(dimensions)
    return {
        "type": "object",
        "description": "a mapping of " + ", ".join(names) + " or tag.KEY",
        "additionalProperties": False,
        "properties": dict.fromkeys(names, PATTERNS),
        "patternProperties": {TAG_KEY: PATTERNS},
    }


def patterns_of(value: str | list[str]) -> tuple[str, ...]:
    """Return the patterns that a document gives as one text or as a list."""
    return (value,) if isinstance(value, str) else tuple(value)


@lru_cache(maxsize=65536)
def matches(pattern: str, text: str) -> bool:
    """Tell whether a text is the pattern itself, or fits it as a glob; upper and lower case differ."""
    return pattern == text or fnmatchcase(text, pattern)


def any_matches(patterns: Iterable[str], texts: Iterable[str | None]) -> bool:
    """Tell whether one of the texts that are there fits one of the patterns."""
    return any(matches(pattern, text) for text in texts if text is not None for pattern in patterns)


def exact_pattern(text: str) -> str:
    """Return a pattern that fits a text and, as far as a pattern can say it, nothing else."""
    kept = text.translate(_ANY)
    return kept if len(kept) <= _LONGEST else f"{text[: _LONGEST // 3 - 1].translate(_ANY)}*"
