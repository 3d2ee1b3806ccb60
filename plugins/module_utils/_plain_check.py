# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell in a moment that a JSON Schema has nothing against a value, without the library, whose import takes longer.

It never says that a value is wrong, and never accepts one that the library refuses: what it does not know, it leaves to
the library, which also has the sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

Schema = Mapping[str, Any]
_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_ANNOTATIONS = frozenset(("$schema", "title", "description"))


def is_plainly_valid(value: Any, schema: Schema) -> bool:
    """Tell that a value is valid; False says nothing."""
    return all(
        keyword in _ANNOTATIONS or (keyword in _RULES and _RULES[keyword](value, rule, schema))
        for keyword, rule in schema.items()
    )


def _of(*classes: type) -> Callable[[Callable[[Any, Any], object]], Callable[[Any, Any, Schema], bool]]:
    """Return what makes a rule of a test: one that a value of any other class fails."""

    def rule_of(test: Callable[[Any, Any], object]) -> Callable[[Any, Any, Schema], bool]:
        return lambda value, rule, _schema: value.__class__ in classes and bool(test(value, rule))

    return rule_of


def _is_of_type(value: Any, name: str, _schema: Schema) -> bool:
    if value.__class__ is float and isnan(value):
        return False  # left to the library
    return value.__class__ in _TYPES.get(name, ())


def _are_other_properties_valid(value: Any, rule: Any, schema: Schema) -> bool:
    if value.__class__ is not dict or "patternProperties" in schema:
        return False
    others = [value[key] for key in value if key not in schema.get("properties", ())]
    return all(isinstance(rule, dict) and is_plainly_valid(each, rule) for each in others)


def _holds(value: Any, rule: Schema) -> bool | None:
    """Tell whether a value has the keys of a rule, or of any of several; None where the rule says anything else."""
    if rule.keys() == {"anyOf"}:
        held = [_holds(value, each) for each in rule["anyOf"]]
        return None if None in held else True in held
    if value.__class__ is not dict or rule.keys() != {"required"}:
        return None
    return all(key in value for key in rule["required"])


def _holds_one(value: Any, rules: list[Schema], _schema: Schema) -> bool:
    held = [_holds(value, rule) for rule in rules]
    return None not in held and held.count(True) == 1


_object, _text, _list, _number = _of(dict), _of(str), _of(list), _of(int, float)
_RULES: dict[str, Callable[[Any, Any, Schema], bool]] = {
    "type": _is_of_type,
    "enum": _text(lambda text, words: text in words),
    "allOf": lambda value, rules, _schema: all(is_plainly_valid(value, rule) for rule in rules),
    "anyOf": lambda value, rules, _schema: any(is_plainly_valid(value, rule) for rule in rules),
    "oneOf": _holds_one,
    "not": lambda value, rule, _schema: _holds(value, rule) is False,
    "required": _object(lambda value, keys: all(key in value for key in keys)),
    "dependentRequired": _object(
        lambda value, rule: all(other in value for key in rule if key in value for other in rule[key])
    ),
    "properties": _object(
        lambda value, rules: all(is_plainly_valid(value[key], rules[key]) for key in value.keys() & rules)
    ),
    "propertyNames": _object(lambda value, rule: all(is_plainly_valid(key, rule) for key in value)),
    "additionalProperties": _are_other_properties_valid,
    "items": _list(lambda items, rule: all(is_plainly_valid(each, rule) for each in items)),
    "minItems": _list(lambda items, least: len(items) >= least),
    "maxItems": _list(lambda items, most: len(items) <= most),
    "uniqueItems": _list(
        lambda items, _rule: all(each.__class__ is str for each in items) and len({*items}) == len(items)
    ),
    "pattern": _text(lambda text, pattern: re.search(pattern, text)),
    "minLength": _text(lambda text, least: len(text) >= least),
    "maxLength": _text(lambda text, most: len(text) <= most),
    "minimum": _number(lambda number, least: number >= least),
    "maximum": _number(lambda number, most: number <= most),
    "exclusiveMinimum": _number(lambda number, bound: number > bound),
}
