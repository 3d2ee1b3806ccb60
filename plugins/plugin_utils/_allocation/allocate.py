# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage facts by owner: every group is given to the owners that the first fitting rule names, whole or in parts.

What no rule takes is ``unallocated``. Where nothing tells how to split what a rule took, the owner is not known, which
is null. The parts of a group add up to it, to the last digit; what is not known of it is not known of its parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    ZERO,
    exact_arithmetic,
    to_decimal,
    total,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import from_json_group, to_json_group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import (
    UNALLOCATED,
    Rule,
    rule_dimensions,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.shares import split, split_count
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import any_matches
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Group, view_facts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage, UsageGroup

Metric = tuple["str | None", "str | None"]  # its id or name, and the unit


class AllocationFactsError(FinopsError):
    """Facts that can't be allocated by these rules."""

    kind = "allocation_facts"


@dataclass(frozen=True)
class Taken:
    """A group and the rule that takes it, None where none does."""

    group: Group
    rule: Rule | None


@exact_arithmetic
def allocate_usage(usage: Usage, rules: Sequence[Rule]) -> Usage:
    """Return checked facts with an owner and the name of the rule in each group, grouped by ``owner`` as well.

    Raises AllocationFactsError where they are not grouped by what the rules look at.
    """
    missing = [dimension for dimension in rule_dimensions(list(rules)) if dimension not in usage["group_by"]]
    if missing:
        text = f"The allocation looks at {', '.join(missing)}, by which the usage facts are not grouped."
        raise AllocationFactsError(f"{text} Ask for them with group_by, or with tags.")
    if "owner" in usage["group_by"]:
        raise AllocationFactsError("The usage facts are allocated already: hand over those that were read.")
    taken = [Taken(group, _first_fitting(group, rules)) for group in view_facts(usage).groups]
    basis = _Basis(taken)
    groups = [
        part for given, each in zip(usage["groups"], taken, strict=True) for part in _allocated(given, each, basis)
    ]
    return {**usage, "group_by": [*usage["group_by"], "owner"], "groups": groups}


def _first_fitting(group: Group, rules: Iterable[Rule]) -> Rule | None:
    return next(
        (
            rule
            for rule in rules
            if all(any_matches(patterns, group.value(dimension)) for dimension, patterns in rule.match.items())
        ),
        None,
    )


class _Basis:
    """What owners use themselves: all of a group, by a rule that names one owner."""

    def __init__(self, taken: Iterable[Taken]) -> None:
        self._used: dict[Metric, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self._names: dict[Metric, set[str | None]] = defaultdict(set)
        for each in taken:
            if each.rule is not None and each.rule.direct:
                metric = _metric(each.group)
                self._used[metric][each.rule.owners[0]] += each.group.quantity
                self._names[metric].update(each.group.value("metric"))

    def weights(self, rule: Rule, group: Group) -> Sequence[Decimal] | None:
        """Return the weights of the owners of a rule, None where nothing tells them."""
        if rule.weights is not None:
            return rule.weights
        metrics = [_metric(group)]
        if rule.basis:
            metrics = [metric for metric, names in self._names.items() if any_matches(rule.basis, names)]
        if len({unit for _name, unit in metrics}) != 1:
            return None
        used = [total(self._used[metric][owner] for metric in metrics if metric in self._used) for owner in rule.owners]
        return used if min(used) >= 0 and any(used) else None


def _metric(group: Group) -> Metric:
    metric = group.value("metric")
    return (metric[0] or metric[1], group.unit)


def _allocated(given: UsageGroup, taken: Taken, basis: _Basis) -> list[UsageGroup]:
    """Return a group with its owner, or its parts."""
    rule = taken.rule
    if rule is None:
        return [_owned(given, UNALLOCATED, None)]
    weights = basis.weights(rule, taken.group)
    if weights is None:
        return [_owned(given, None, rule)]
    shares = {owner: weight for owner, weight in zip(rule.owners, weights, strict=True) if weight}
    if len(shares) == 1:
        return [_owned(given, owner, rule) for owner in shares]
    parts = _parts(from_json_group(given), list(shares.values()))
    return [
        _owned(cast(UsageGroup, to_json_group(part)), owner, rule) for owner, part in zip(shares, parts, strict=True)
    ]


def _owned(group: UsageGroup, owner: str | None, rule: Rule | None) -> UsageGroup:
    return {**group, "owner": owner, "allocation_rule": None if rule is None else rule.name}


def _parts(group: Mapping[str, Any], weights: Sequence[Decimal]) -> list[dict[str, Any]]:
    """Return the parts of a group of exact numbers."""
    columns: dict[str, Sequence[Any]] = {
        key: _series(group[key], weights) for key in ("daily_quantity", "daily_billed_cost")
    }
    for key, daily in (("consumed_quantity", "daily_quantity"), ("billed_cost", "daily_billed_cost")):
        columns[key] = _amounts(group[key], weights, columns[daily])
    for key in ("pricing_quantity", *(cost for cost in COST_FACTS if cost != "billed_cost")):
        if key in group:
            columns[key] = _amounts(group[key], weights)
    columns["record_count"] = split_count(group["record_count"], weights)
    known = {cost: _partial(part, weights) for cost, part in group["incomplete_costs"].items()}
    return [
        {
            **group,
            **{key: column[place] for key, column in columns.items()},
            "incomplete_costs": {cost: parts[place] for cost, parts in known.items()},
        }
        for place in range(len(weights))
    ]


def _series(values: Sequence[Any] | None, weights: Sequence[Decimal]) -> list[list[Decimal | None] | None]:
    """Return the daily values of each part."""
    if values is None:
        return [None for _weight in weights]
    days = [_amounts(value, weights) for value in values]
    return [list(part) for part in zip(*days, strict=True)]


def _amounts(
    value: Any, weights: Sequence[Decimal], daily: Sequence[Sequence[Decimal | None] | None] = ()
) -> list[Decimal | None]:
    """Return the parts of an amount; each is the sum of its days, where the amount is."""
    amount = to_decimal(value)
    if amount is None:
        return [None for _weight in weights]
    sums = [total(day for day in part if day is not None) for part in daily if part is not None]
    if not sums:
        return list(split(amount, weights))
    rest = split(amount - total(sums), weights)
    return [of_days + more for of_days, more in zip(sums, rest, strict=True)]


def _partial(part: Mapping[str, Any], weights: Sequence[Decimal]) -> list[dict[str, Any]]:
    amounts, counts = _amounts(part["amount"], weights), split_count(part["record_count"], weights)
    return [{**part, "amount": amount, "record_count": count} for amount, count in zip(amounts, counts, strict=True)]
