# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a budget is: its JSON Schema, the rules between its keys, and the budget as the evaluation reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS, DIMENSION_COLUMNS, TAG
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, to_decimal
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import (
    PRINTABLE,
    describe_path,
    one_of,
    schema_problems,
    whole_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError, checked_size
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    DEFAULT_SEVERITY,
    SEVERITIES,
    Outcome,
)

DIMENSIONS = tuple(dimension for dimension in DIMENSION_COLUMNS if dimension != "charge_class")
COST_MEASURES = (*COST_FACTS, "total_cost", "estimated_cost")
MEASURES = ("consumed_quantity", *COST_MEASURES)
KINDS = ("actual", "forecast", "spike", "growth")
ON_UNKNOWN = ("fail", "warn", "ignore")
ON_UNKNOWN_KEYS = ("on_unknown", "on_no_match")
MAX_BUDGETS = 1000
DEFAULT_MIN_DAYS = 7
DEFAULT_WINDOW = {"spike": 1, "growth": 7}

_DAILY_MEASURES = ("consumed_quantity", "billed_cost")
# What measures that are of whole accounts may look at, and why at no less.
_WHOLE_ACCOUNTS = {
    "estimated_cost": (
        ("account", "metric", "product_family"),
        "an allowance is the account's, so a part of an account can't be priced",
    ),
    "total_cost": (("account",), "a fixed fee is the account's, so a part of an account has none"),
}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": PRINTABLE}
_PATTERN = {**_TEXT, "description": "a text in quotes: an id, a name or a glob such as Workers*"}
_PATTERNS = {
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
_TAG = r"^tag\.[^\u0000-\u001f\u007f]+$"


BUDGETS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Budgets",
    "description": f"a list of 1 to {MAX_BUDGETS} budgets",
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_BUDGETS,
    "items": {
        "type": "object",
        "title": "Budget",
        "description": "a mapping with text keys",
        "additionalProperties": False,
        "required": ["name", "limit"],
        "properties": {
            "name": {**_TEXT, "maxLength": 200, "description": "a text of 1 to 200 characters in one line"},
            "match": {
                "type": "object",
                "description": "a mapping of " + ", ".join(DIMENSIONS) + " or tag.KEY",
                "additionalProperties": False,
                "properties": dict.fromkeys(DIMENSIONS, _PATTERNS),
                "patternProperties": {_TAG: _PATTERNS},
            },
            "measure": one_of(MEASURES),
            "on": one_of(KINDS),
            "limit": {"type": "number", "minimum": 0, "description": "a number from 0 (not a text, not true or false)"},
            "unit": {
                "type": "string",
                "maxLength": 100,
                "pattern": PRINTABLE,
                "description": "the data's consumed_unit as text",
            },
            "currency": {
                "type": "string",
                "pattern": "^[A-Z]{3}$",
                "maxLength": 3,
                "description": "a currency of three capital letters such as USD",
            },
            "warn_at": {
                "description": "a percentage above 0 and up to 100, or a list of them",
                "if": {"type": "array"},
                "then": {
                    "items": {
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "maximum": 100,
                        "description": "a percentage above 0 and up to 100",
                    },
                    "uniqueItems": True,
                    "description": "a list of percentages, each once",
                },
                "else": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 100,
                    "description": "a percentage above 0 and up to 100, or a list of them",
                },
            },
            "each": {
                "type": "string",
                "pattern": rf"^(?:{'|'.join(DIMENSIONS)})$|{_TAG}",
                "maxLength": 500,
                "description": f"one of {', '.join(DIMENSIONS)}, or tag.KEY",
            },
            "cycle_day": {"type": "integer", "minimum": 1, "maximum": 31, "description": "a day of the month, 1 to 31"},
            "min_days": whole_number(1, 366),
            "window": whole_number(1, 183),
            "floor": {"type": "number", "minimum": 0, "description": "a number from 0"},
            "on_unknown": one_of(ON_UNKNOWN),
            "on_no_match": one_of(ON_UNKNOWN),
            "severity": one_of(SEVERITIES),
            "owner": {**_TEXT, "description": "a text of 1 to 500 characters in one line"},
            "note": {"type": "string", "maxLength": 2000, "description": "a text of up to 2000 characters"},
        },
    },
}


@dataclass(frozen=True)
class Budget:
    """One budget with every default filled in."""

    name: str
    limit: Decimal
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measure: str = "consumed_quantity"
    on: str = "actual"
    unit: str | None = None
    currency: str | None = None
    warn_at: tuple[Decimal, ...] = ()
    each: str | None = None
    cycle_day: int | None = None
    min_days: int = DEFAULT_MIN_DAYS
    window: int = 1
    floor: Decimal = ZERO
    on_unknown: Outcome = "fail"
    on_no_match: Outcome = "fail"
    severity: str = DEFAULT_SEVERITY
    owner: str | None = None
    note: str | None = None

    @property
    def estimated(self) -> bool:
        return self.measure == "estimated_cost"

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What the facts must be grouped by for this budget."""
        wanted = {*self.match, *([self.each] if self.each else []), *(("account", "metric") if self.estimated else ())}
        return tuple(sorted_dimensions(wanted))


def sorted_dimensions(wanted: Collection[str]) -> list[str]:
    """Return dimensions always in the same order, tags last."""
    return [name for name in DIMENSIONS if name in wanted] + sorted(name for name in wanted if name.startswith(TAG))


def read_budgets(document: Any) -> list[Budget]:
    """Return the budgets of a document, or raise a BudgetError that tells everything wrong with it."""
    checked = checked_size(document, "budgets", BudgetError)
    if isinstance(checked, list) and len(checked) > MAX_BUDGETS:
        raise BudgetError([f"budgets: {len(checked):,} budgets are too many, at most {MAX_BUDGETS:,} are allowed"])
    problems = list(schema_problems(checked, BUDGETS_SCHEMA, lambda path: _where(checked, path)))
    if isinstance(checked, list):
        problems += _repeated_names(checked)
        for index, entry in enumerate(checked):
            if isinstance(entry, dict):
                problems += [f"{_where(checked, [index, key])}: {text}" for key, text in _cross_problems(entry)]
    if problems:
        raise BudgetError(problems)
    return [_budget(entry) for entry in checked]


def _where(document: Any, path: list[str | int]) -> str:
    """Name a place: the budget by its name where it has one, else by its position counted from 1, then the key."""
    if not path:
        return "budgets"
    index, keys = int(path[0]), path[1:]
    entry = document[index]
    name = entry.get("name") if isinstance(entry, dict) else None
    budget = f"budget {printable(name, 80)!r}" if isinstance(name, str) and name else f"budget number {index + 1}"
    return f"{budget}, {describe_path(keys)}" if keys else budget


def _repeated_names(document: list[Any]) -> Iterator[str]:
    names = Counter(
        entry["name"] for entry in document if isinstance(entry, dict) and isinstance(entry.get("name"), str)
    )
    for name, count in names.items():
        if count > 1:
            yield f"budget {printable(name, 80)!r}, name: used {count} times, each budget needs its own"


def _cross_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the sentence of each rule between keys that ``entry`` breaks."""
    measure, kind = entry.get("measure", "consumed_quantity"), entry.get("on", "actual")
    if measure == "consumed_quantity" and "currency" in entry:
        yield "currency", "a quantity has a unit, not a currency; set unit, or measure to a cost"
    if measure in COST_MEASURES and "unit" in entry:
        yield "unit", f"{measure} has a currency, not a unit; set currency, or leave measure out"
    daily = (*_DAILY_MEASURES, "estimated_cost") if kind == "forecast" else _DAILY_MEASURES
    if kind in ("forecast", "spike", "growth") and measure in MEASURES and measure not in daily:
        yield "on", f"{kind} needs a daily series, and {measure} has none; it can be used with {', '.join(daily)}"
    for key, kinds in {
        "cycle_day": ("forecast",),
        "min_days": ("forecast", "spike"),
        "window": ("spike", "growth"),
        "floor": ("spike", "growth"),
    }.items():
        if key in entry and kind in KINDS and kind not in kinds:
            yield key, f"has no effect with on: {kind}, only with {' or '.join(kinds)}"
    if measure in _WHOLE_ACCOUNTS:
        yield from _part_problems(entry, measure, *_WHOLE_ACCOUNTS[measure])
    if measure == "estimated_cost" and "cycle_day" in entry:
        yield "cycle_day", "with estimated_cost the billing cycle is the rate card's; set its cycle_day"


def _part_problems(
    entry: dict[Any, Any], measure: str, allowed: Collection[str], reason: str
) -> Iterator[tuple[str, str]]:
    """Yield what names a part of an account, for measures that are of whole accounts."""
    match = entry.get("match")
    for dimension in match if isinstance(match, dict) else ():
        if _is_dimension(dimension) and dimension not in allowed:
            yield f"match.{dimension}", f"can't be used with {measure}: {reason}"
    if _is_dimension(entry.get("each")) and entry["each"] not in allowed:
        yield "each", f"{entry['each']} can't be used with {measure}: {reason}"


def _is_dimension(name: Any) -> bool:
    return isinstance(name, str) and (name in DIMENSIONS or name.startswith(TAG))


def _budget(entry: dict[str, Any]) -> Budget:
    kind = entry.get("on", "actual")
    exact = {key: value for key in ("limit", "floor") if (value := to_decimal(entry.get(key))) is not None}
    warnings = entry.get("warn_at", [])
    levels = [to_decimal(value) for value in (warnings if isinstance(warnings, list) else [warnings])]
    return Budget(
        **{
            **entry,
            **exact,
            "match": {key: _patterns(value) for key, value in entry.get("match", {}).items()},
            "warn_at": tuple(sorted(level for level in levels if level is not None)),
            "window": int(entry.get("window", DEFAULT_WINDOW.get(kind, 1))),
            "min_days": int(entry.get("min_days", DEFAULT_MIN_DAYS)),
            "cycle_day": int(entry["cycle_day"]) if "cycle_day" in entry else None,
            **{key: "pass" if entry[key] == "ignore" else entry[key] for key in ON_UNKNOWN_KEYS if key in entry},
        }
    )


def _patterns(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
