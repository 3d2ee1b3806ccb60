# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of usage facts, and the check of it at the door of every role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import is_number
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import validator
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import days_between
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS, columns

_DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "maxLength": 10}
_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_COST = {"type": ["number", "null"]}
_NUMBERS = {"type": "array", "items": {"type": ["number", "null"]}}
_TEXTS = {"type": "array", "items": {"type": "string"}}

LABELS = {key: tuple(columns(dimension)) for key, dimension in DIMENSIONS.items()}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] | None = None, **rules: Any) -> dict[str, Any]:
    wanted = list(properties if required is None else required)
    return {"type": "object", "properties": dict(properties), "required": wanted, **rules}


_REASON = _object(
    {
        "code": {"type": "string", "minLength": 1},
        "affects": {"enum": ["usage", "cost"]},
        "message": {"type": "string"},
        "count": _COUNT,
        "days": _TEXTS,
        "metrics": _TEXTS,
        "accounts": _TEXTS,
        "columns": _TEXTS,
        "currencies": _TEXTS,
        "samples": {"type": "array", "items": {"type": "object"}},
        "sources": _TEXTS,
    },
    ("code", "affects", "message"),
    additionalProperties=False,
)
_GROUP_ALWAYS: dict[str, Any] = {
    "consumed_unit": _TEXT,
    "billing_currency": _TEXT,
    "record_count": _COUNT,
    "consumed_quantity": {"type": "number"},
    **dict.fromkeys(COST_FACTS, _COST),
    "incomplete_costs": {
        "type": "object",
        "propertyNames": {"enum": list(COST_FACTS)},
        "additionalProperties": _object({"amount": {"type": "number"}, "record_count": _COUNT}),
    },
    "daily_quantity": _NUMBERS,
    "daily_billed_cost": {"anyOf": [{"type": "null"}, _NUMBERS]},
}
_GROUP = _object(
    {**{label: _TEXT for labels in LABELS.values() for label in labels}, **_GROUP_ALWAYS},
    tuple(_GROUP_ALWAYS),
    additionalProperties=False,
)
_TEXT_KEYS = frozenset(key for key, rule in _GROUP["properties"].items() if rule is _TEXT)
_GROUP_KEYS = frozenset(_GROUP["properties"])
_SOURCE = _object(
    {
        "scope": {"enum": ["account", "organization"]},
        "scope_id": {"type": "string"},
        "from": _DAY,
        "to": _DAY,
        "status": {"enum": ["complete", "partial", "empty"]},
        "complete_through": {"anyOf": [{"type": "null"}, _DAY]},
        "record_count": _COUNT,
        "fetched_at": {"type": "string"},
    },
    additionalProperties=False,
)
USAGE_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Usage facts",
    **_object(
        {
            "scope": {"enum": ["account", "organization", "combined"]},
            "scope_id": _TEXT,
            "from": _DAY,
            "to": _DAY,
            "period": _TEXT,
            "days": {"type": "array", "items": _DAY, "minItems": 1, "uniqueItems": True},
            "complete_through": {"anyOf": [{"type": "null"}, _DAY]},
            "lag_days": _COUNT,
            "status": {"enum": ["complete", "partial", "empty"]},
            "reasons": {"type": "array", "items": _REASON},
            "record_count": _COUNT,
            "dropped": _object({"outside_range": _COUNT, "other_metric": _COUNT, "not_counted": _COUNT}),
            "accounts": {"type": "array", "items": _object({"id": {"type": "string"}, "name": _TEXT})},
            "metric": _TEXTS,
            "group_by": {"type": "array", "items": {"enum": list(DIMENSIONS)}, "uniqueItems": True},
            "cost": _object({"available": {"enum": ["all", "some", "none"]}, "currency": _TEXT}),
            "fetched_at": {"type": "string"},
            "requests": _COUNT,
            "collection_version": {"type": "string"},
            "sources": {"type": "array", "items": _SOURCE},
            "groups": {"type": "array", "items": _GROUP},
        },
        additionalProperties=False,
    ),
}


class UsageError(FinopsError):
    """Something that was handed over as usage facts is none."""

    kind = "usage"


def check_usage(usage: Any) -> dict[str, Any]:
    """Return usage facts as they are, or raise a UsageError that names everything that is wrong with them."""
    groups = usage.get("groups") if isinstance(usage, dict) else None
    if isinstance(groups, list):
        # The schema takes half a millisecond for each group, so it is asked only about those that it may refuse.
        problems = _schema_problems(USAGE_SCHEMA, {**usage, "groups": []}, "")
        for number, group in enumerate(groups):
            if not _is_plainly_right(group):
                problems += _schema_problems(_GROUP, group, f"groups.{number}.")
    else:
        problems = _schema_problems(USAGE_SCHEMA, usage, "")
    if not problems:
        problems = _inconsistencies(usage)
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise UsageError("These are no usage facts: " + "; ".join(problems[:5]) + more)
    return dict(usage)


def _schema_problems(schema: Mapping[str, Any], value: Any, where: str) -> list[str]:
    return [
        f"{where}{'.'.join(map(str, error.path)) or 'usage'}: {printable(error.message, 160)}"
        for error in validator(schema).iter_errors(value)
    ]


def _is_plainly_right(group: Any) -> bool:
    """Tell quickly that the schema of a group has nothing against this one; False says nothing."""
    if group.__class__ is not dict or not group.keys() >= _GROUP_ALWAYS.keys() or not group.keys() <= _GROUP_KEYS:
        return False
    billed = group["daily_billed_cost"]
    series = [group["daily_quantity"]] if billed is None else [group["daily_quantity"], billed]
    return (
        {type(group[key]) for key in group.keys() & _TEXT_KEYS} <= {str, type(None)}
        and group["record_count"].__class__ is int
        and group["record_count"] >= 0
        and group["consumed_quantity"].__class__ in (int, float)
        and {type(group[key]) for key in COST_FACTS} <= {int, float, type(None)}
        and group["incomplete_costs"] == {}
        and all(each.__class__ is list and set(map(type, each)) <= {int, float, type(None)} for each in series)
    )


def _inconsistencies(usage: Mapping[str, Any]) -> list[str]:
    """Find what a schema can't say: the axis, the labels of each group, and a status that its reasons carry."""
    problems = []
    try:
        axis = [str(day) for day in days_between(date.fromisoformat(usage["from"]), date.fromisoformat(usage["to"]))]
    except ValueError:
        return ["from, to: not days of the calendar"]
    if usage["days"] != axis:
        problems.append("days: not every day from from to to")
    if (usage["status"] == "complete") == bool(usage["reasons"]):
        problems.append("status: complete exactly without reasons")
    if (usage["scope"] == "combined") != (usage["scope_id"] is None):
        problems.append("scope_id: null exactly when scope is combined")
    if usage["status"] == "empty" and (usage["groups"] or usage["record_count"]):
        problems.append("status: empty, but there are groups")
    if sum(group["record_count"] for group in usage["groups"]) != usage["record_count"]:
        problems.append("record_count: not that of the groups together")
    labels = {label for dimension in usage["group_by"] for label in LABELS[dimension]}
    for number, group in enumerate(usage["groups"]):
        if group.keys() - _GROUP_ALWAYS.keys() != labels:
            problems.append(f"groups.{number}: its labels are not those of group_by")
        problems += [
            f"groups.{number}.{name}: not one value for each day"
            for name in ("daily_quantity", "daily_billed_cost")
            if group[name] is not None and len(group[name]) != len(axis)
        ]
        if not all(map(is_number, _numbers(group))):
            problems.append(f"groups.{number}: not every number is finite and plausible")
    return problems


def _numbers(group: Mapping[str, Any]) -> Iterator[Any]:
    """Yield every number of a group; JSON has no NaN, but Python reads and writes it all the same."""
    for value in (group["consumed_quantity"], *(group[cost] for cost in COST_FACTS)):
        if value is not None:
            yield value
    yield from (part["amount"] for part in group["incomplete_costs"].values())
    for name in ("daily_quantity", "daily_billed_cost"):
        yield from (value for value in group[name] or () if value is not None)
