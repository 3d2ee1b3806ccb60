# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an allocation is: its JSON Schema, the rules between its keys, and the rules as the allocation reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO, to_decimal, total
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import (
    PRINTABLE,
    describe_path,
    one_of,
    schema_problems,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import AllocationError, checked_size
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import (
    PATTERNS,
    match_schema,
    patterns_of,
)

UNALLOCATED = "unallocated"
EVENLY, BY_USE = "evenly", "use"
MAX_RULES = 1000
MAX_OWNERS = 100
_HUNDRED = Decimal(100)
_WAYS = ("owner", "shares", "owners")

_NAME = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "pattern": PRINTABLE,
    "description": "a text of 1 to 200 characters in one line",
}
_OWNER = {
    **_NAME,
    "not": {"const": UNALLOCATED},
    "description": f"a text of 1 to 200 characters in one line, other than {UNALLOCATED}",
}
ALLOCATION_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Allocation",
    "description": f"a list of 1 to {MAX_RULES} rules",
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_RULES,
    "items": {
        "type": "object",
        "title": "Rule",
        "description": "a mapping with text keys",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": _NAME,
            "match": match_schema(name for name in DIMENSION_COLUMNS if name != "charge_class"),
            "owner": _OWNER,
            "shares": {
                "type": "object",
                "description": f"a mapping of 1 to {MAX_OWNERS} owners to percentages",
                "minProperties": 1,
                "maxProperties": MAX_OWNERS,
                "propertyNames": _OWNER,
                "additionalProperties": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 100,
                    "description": "a percentage above 0 and up to 100",
                },
            },
            "owners": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_OWNERS,
                "uniqueItems": True,
                "items": _OWNER,
                "description": f"a list of 1 to {MAX_OWNERS} owners, each once",
            },
            "by": {
                "description": f"{EVENLY}, {BY_USE}, or a mapping of metric",
                "if": {"type": "object"},
                "then": {"additionalProperties": False, "required": ["metric"], "properties": {"metric": PATTERNS}},
                "else": {
                    **one_of((EVENLY, BY_USE)),
                    "description": f"{EVENLY}, {BY_USE}, or a mapping of metric",
                },
            },
            "note": {"type": "string", "maxLength": 2000, "description": "a text of up to 2000 characters"},
        },
    },
}


@dataclass(frozen=True)
class Rule:
    """One rule: which use it takes, and who gets how much of it.

    ``weights`` are the parts of the owners, in their order; they are None where the use of the owners decides: of the
    metrics of ``basis``, or without it of each metric itself.
    """

    name: str
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owners: tuple[str, ...] = ()
    weights: tuple[Decimal, ...] | None = None
    basis: tuple[str, ...] = ()

    @property
    def direct(self) -> bool:
        """Tell whether all that the rule takes is one owner's own use."""
        return self.weights is not None and len(self.owners) == 1


def read_rules(document: Any) -> list[Rule]:
    """Return the rules of a document, or raise an AllocationError that tells everything wrong with it."""
    checked = checked_size(document, "allocation", AllocationError)
    if isinstance(checked, list) and len(checked) > MAX_RULES:
        raise AllocationError([f"allocation: {len(checked):,} rules are too many, at most {MAX_RULES:,} are allowed"])
    problems = list(schema_problems(checked, ALLOCATION_SCHEMA, lambda path: _where(checked, path)))
    if isinstance(checked, list):
        problems += [f"{_where(checked, path)}: {text}" for path, text in _problems_between_rules(checked)]
        for index, entry in enumerate(checked):
            if isinstance(entry, dict):
                problems += [f"{_where(checked, [index, *keys])}: {text}" for keys, text in _cross_problems(entry)]
    if problems:
        raise AllocationError(problems)
    return [_rule(entry) for entry in checked]


def rule_dimensions(rules: list[Rule]) -> list[str]:
    """Return what usage facts must be grouped by for these rules, tags last."""
    wanted = {dimension for rule in rules for dimension in rule.match}
    if any(rule.weights is None for rule in rules):
        wanted.add("metric")
    return [name for name in DIMENSION_COLUMNS if name in wanted] + sorted(wanted - DIMENSION_COLUMNS.keys())


def _where(document: Any, path: list[str | int]) -> str:
    """Name a place: the rule by its name where it has one, else by its position counted from 1, then the key."""
    if not path:
        return "allocation"
    index, keys = int(path[0]), path[1:]
    name = document[index].get("name") if isinstance(document[index], dict) else None
    rule = f"rule {printable(name, 80)!r}" if isinstance(name, str) and name else f"rule number {index + 1}"
    return f"{rule}, {describe_path(keys)}" if keys else rule


def _problems_between_rules(document: list[Any]) -> Iterator[tuple[list[str | int], str]]:
    entries = [(index, entry) for index, entry in enumerate(document) if isinstance(entry, dict)]
    names = Counter(entry["name"] for _index, entry in entries if isinstance(entry.get("name"), str))
    for index, entry in entries:
        name = entry.get("name")
        if isinstance(name, str) and names[name] > 1:
            yield [index, "name"], f"used {names.pop(name)} times, each rule needs its own"
        if not entry.get("match") and index < len(document) - 1:
            yield [index, "match"], "missing; a rule without it takes all that is left, so it must be the last one"


def _cross_problems(entry: dict[Any, Any]) -> Iterator[tuple[list[str | int], str]]:
    """Yield the keys and the sentence of each rule between keys that ``entry`` breaks."""
    ways = [key for key in _WAYS if key in entry]
    if len(ways) != 1:
        yield [], f"needs exactly one of {', '.join(_WAYS)}" + (f", not {' and '.join(ways)}" if ways else "")
    if "by" in entry and "owners" not in entry:
        yield ["by"], "has no effect without owners"
    shares = entry.get("shares")
    percents = [to_decimal(value) for value in shares.values()] if isinstance(shares, dict) else []
    known = [percent for percent in percents if percent is not None]
    if known and len(known) == len(percents) and total(known) != _HUNDRED:
        yield ["shares"], f"they come to {total(known).normalize():f} %, and must come to 100 %"


def _rule(entry: dict[str, Any]) -> Rule:
    by = entry.get("by", EVENLY)
    shares = entry.get("shares") or dict.fromkeys(entry.get("owners") or [entry.get("owner")], 1)
    return Rule(
        name=entry["name"],
        match={key: patterns_of(value) for key, value in entry.get("match", {}).items()},
        owners=tuple(shares),
        weights=tuple(to_decimal(value) or ZERO for value in shares.values()) if by == EVENLY else None,
        basis=patterns_of(by["metric"]) if isinstance(by, dict) else (),
    )
