# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one door of usage facts: held against their schema and against themselves, once, wherever they come in.

What facts lack or leave open is a reason in them, which a verdict treats as a doubt. What they deny of themselves is an
error here: facts that contradict themselves are nobody's facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import EXACT
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import validator
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.contradictions import contradictions
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Facts, view_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import (
    GROUP_ALWAYS,
    GROUP_SCHEMA,
    USAGE_SCHEMA,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage

_TEXTS = {"type": ["string", "null"]}
_TEXT_KEYS = frozenset(key for key, rule in GROUP_SCHEMA["properties"].items() if rule == _TEXTS)
_GROUP_KEYS = frozenset(GROUP_SCHEMA["properties"])
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_PROBLEMS = 5


class UsageError(FinopsError):
    """Something that was handed over as usage facts and is not, or contradicts itself."""

    kind = "usage"


def read_usage(value: Any, what: str = "usage") -> Usage:
    """Return usage facts in built-in types, or raise a UsageError that names what is wrong with them.

    ``what`` names the facts in the error: ``usage`` or ``previous``.
    """
    usage = plain(value)
    problems = _schema_problems(usage) or list(contradictions(usage))
    if problems:
        hint = " Hand over its key usage." if isinstance(usage, dict) and "usage" in usage else ""
        more = f"; and {len(problems) - _MAX_PROBLEMS} more" if len(problems) > _MAX_PROBLEMS else ""
        name = "usage facts" if what == "usage" else f"usage facts ({what})"
        raise UsageError(f"Invalid {name}: {'; '.join(problems[:_MAX_PROBLEMS])}{more}.{hint}")
    return cast(Usage, usage)


def read_facts(value: Any, what: str = "usage") -> Facts:
    """Return usage facts as budgets see them; raises UsageError like ``read_usage``."""
    return view_facts(read_usage(value, what))


def _schema_problems(usage: Any) -> list[str]:
    groups = usage.get("groups") if isinstance(usage, dict) else None
    if not isinstance(groups, list):
        return _problems(USAGE_SCHEMA, usage, "")
    # The schema takes half a millisecond for each group, so it is asked only about those that it may refuse.
    problems = _problems(USAGE_SCHEMA, {**usage, "groups": []}, "")
    for number, group in enumerate(groups):
        if not _is_plainly_right(group):
            problems += _problems(GROUP_SCHEMA, group, f"groups.{number}.")
    return problems


def _problems(schema: Mapping[str, Any], value: Any, where: str) -> list[str]:
    return [
        f"{where}{'.'.join(map(str, error.path)) or 'usage'}: {printable(error.message, 160)}"
        for error in validator(schema).iter_errors(value)
    ]


def _is_plainly_right(group: Any) -> bool:
    """Tell quickly that the schema of a group has nothing against this one; False says nothing."""
    if group.__class__ is not dict or not group.keys() >= GROUP_ALWAYS.keys() or not group.keys() <= _GROUP_KEYS:
        return False
    billed = group["daily_billed_cost"]
    series = [group["daily_quantity"]] if billed is None else [group["daily_quantity"], billed]
    return (
        {type(group[key]) for key in group.keys() & _TEXT_KEYS} <= {str, type(None)}
        and group["record_count"].__class__ is int
        and group["record_count"] >= 0
        and group["consumed_quantity"].__class__ in (int, float)
        and {type(group.get(key)) for key in (*COST_FACTS, "pricing_quantity")} <= {int, float, type(None)}
        and group["incomplete_costs"] == {}
        and EXACT not in group
        and (group.get("rated_through") is None or _DAY.fullmatch(str(group["rated_through"])) is not None)
        and all(each.__class__ is list and set(map(type, each)) <= {int, float, type(None)} for each in series)
    )
