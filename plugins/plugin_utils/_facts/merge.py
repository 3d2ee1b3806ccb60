# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One set of usage facts out of several: sums stay exact, and every doubt of a part is a doubt of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    exact_arithmetic,
    to_decimal,
    total,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._exact import from_json_group, to_json_group
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import (
    columns,
    dimension_of,
    value_id,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError, read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage

Facts = dict[str, Any]

# What all parts must have been asked alike, or their sums would mean nothing.
_SAME = ("from", "to", "group_by", "metric", "lag_days")
_MAX_LISTED = 20
_MAX_SUBJECTS = 500
_SILENT = frozenset(("empty", "no_rows_on_last_days"))
_SOURCE_KEYS = ("source", "scope", "scope_id", "from", "to", "status", "complete_through", "record_count", "fetched_at")


@exact_arithmetic
def merge_usage(parts: Sequence[Any], expected: Sequence[str] = ()) -> Usage:
    """Return the facts of all parts together; those of a single part, with nothing missing, come back unchanged.

    ``expected`` are the ids of accounts and organizations that must be there; what is missing makes the facts partial.
    Raises UsageError where a part is not usage facts, the parts were not asked alike, or an account is in two of them.
    """
    checked = cast(list[Facts], [read_usage(part) for part in parts])
    if not checked:
        raise UsageError("There are no usage facts to merge: give at least one account or organization.")
    missing = _missing(checked, expected)
    if len(checked) == 1 and not missing:
        return cast(Usage, checked[0])
    _check_alike(checked)
    _check_apart(checked)
    groups = _groups(checked)
    cost = _cost(checked, groups)
    reasons = [*_reasons(checked, cost), *missing]
    through = _complete_through(checked)
    groups = [_rated_within(group, through) for group in groups]
    empty = all(part["status"] == "empty" for part in checked)
    merged = {
        "source": _common(part.get("source") for part in checked),
        "scope": "combined",
        "scope_id": None,
        "billing_cycle": _common(part.get("billing_cycle") for part in checked),
        **{key: checked[0][key] for key in ("from", "to", "period", "days")},
        "complete_through": through,
        "lag_days": checked[0]["lag_days"],
        "status": "empty" if empty else "partial" if reasons else "complete",
        "reasons": reasons,
        "record_count": sum(part["record_count"] for part in checked),
        "dropped": {cause: sum(part["dropped"].get(cause, 0) for part in checked) for cause in checked[0]["dropped"]},
        "accounts": sorted((account for part in checked for account in part["accounts"]), key=lambda each: each["id"]),
        "metric": checked[0]["metric"],
        "group_by": checked[0]["group_by"],
        "cost": cost,
        "fetched_at": min(part["fetched_at"] for part in checked),
        "requests": sum(part["requests"] for part in checked),
        "collection_version": COLLECTION_VERSION,
        "sources": [{key: part.get(key) for key in _SOURCE_KEYS} for part in checked],
        **_subscriptions(checked),
        "groups": groups,
    }
    return cast(Usage, merged)


def _subscriptions(parts: Sequence[Facts]) -> Facts:
    """Return the fixed fees of all parts, nothing unless all of them were asked for."""
    if not all("subscriptions" in part for part in parts):
        return {}
    return {"subscriptions": [fee for part in parts for fee in part["subscriptions"]]}


def _common(values: Iterable[Any]) -> Any:
    """Return the value that all parts have, None where they differ."""
    first, *others = values
    return first if all(other == first for other in others) else None


def _name(part: Facts) -> str:
    return f"{part['scope']} {part['scope_id']}"


def _check_alike(parts: Sequence[Facts]) -> None:
    first = parts[0]
    for part in parts[1:]:
        different = [key for key in _SAME if part[key] != first[key]]
        if different:
            raise UsageError(
                f"The usage of {_name(first)} and of {_name(part)} differ in {', '.join(different)};"
                " get them with the same parameters, and on the same UTC day."
            )
    sources = sorted({part.get("source") or "usage" for part in parts})
    if len(sources) > 1 and "account" not in first["group_by"]:
        raise UsageError(
            f"The usage comes from different sources, {', '.join(sources)}, whose costs must not be added up; group by"
            " account, or get all of it from one source."
        )
    if any(part["scope"] == "combined" for part in parts):
        raise UsageError("Usage facts that are merged already can't be merged again; merge all parts at once.")


def _check_apart(parts: Sequence[Facts]) -> None:
    """What two parts hold would count twice: an account, or the whole of them."""
    owner: dict[str, Facts] = {}
    for part in parts:
        if owner.setdefault(_name(part).lower(), part) is not part:
            raise UsageError(f"The usage of {_name(part)} is there twice, so it would count twice; give it once.")
        ids = {account["id"].lower() for account in part["accounts"]}
        if part["scope"] == "account":
            ids.add(part["scope_id"].lower())
        for account in sorted(ids):
            other = owner.setdefault(account, part)
            if other is not part:
                raise UsageError(
                    f"The account {account} is in the usage of {_name(other)} and of {_name(part)}, so it would count"
                    " twice; ask for it once, by itself or with its organization."
                )


def _missing(parts: Sequence[Facts], expected: Sequence[str]) -> list[Facts]:
    """Return the reason that names what was expected and is in none of the parts."""
    present = {str(part["scope_id"]).lower() for part in parts}
    present |= {account["id"].lower() for part in parts for account in part["accounts"]}
    missing = sorted({each.lower() for each in expected} - present)
    if not missing:
        return []
    about = [{"account": each} for each in missing]
    message = f"{len(missing)} expected account(s) or organization(s) have no facts here, the first is {missing[0]}."
    return [
        {
            "code": "sources_missing",
            "affects": "usage",
            "message": printable(message),
            "count": len(missing),
            "sources": missing[:_MAX_LISTED],
            **({"about": about} if len(about) <= _MAX_SUBJECTS else {}),
        }
    ]


def _complete_through(parts: Sequence[Facts]) -> str | None:
    """Return the last day that is whole in all parts.

    An account that sent nothing, or nothing any more, is a doubt of its own, which takes no days from the others.
    """
    ends = [part["complete_through"] for part in parts if not _is_silent(part)]
    ends = ends or [part["complete_through"] for part in parts]
    return None if None in ends else min(ends)


def _is_silent(part: Facts) -> bool:
    return part["scope"] == "account" and any(reason["code"] in _SILENT for reason in part["reasons"])


def _rated_within(group: Facts, through: str | None) -> Facts:
    """Return a group that is rated up to the last whole day, or as far as it is rated where its costs are not known."""
    if "rated_through" not in group:
        return group
    if group["billed_cost"] is not None:
        return {**group, "rated_through": through}
    rated = group["rated_through"]
    return {**group, "rated_through": min(rated, through) if rated and through else None}


def _groups(parts: Sequence[Facts]) -> list[Facts]:
    dimensions = [dimension_of(key) for key in parts[0]["group_by"]]
    found: dict[tuple[str | None, ...], list[Facts]] = {}
    for part in parts:
        for group in part["groups"]:
            values = (value_id(group, dimension) for dimension in dimensions)
            found.setdefault((*values, group["consumed_unit"], group["billing_currency"]), []).append(group)
    ordered = sorted(found.items(), key=lambda item: [(value is not None, value or "") for value in item[0]])
    labels = [label for dimension in dimensions for label in columns(dimension)]
    return [
        groups[0] if len(groups) == 1 else _sum(list(map(from_json_group, groups)), labels) for _key, groups in ordered
    ]


def _sum(groups: Sequence[Facts], labels: Iterable[str]) -> Facts:
    """Return one group out of several that differ in nothing but their numbers and names."""
    names = {label: max((group[label] for group in groups), key=lambda name: name or "") for label in labels}
    known = {cost: all(group[cost] is not None for group in groups) for cost in COST_FACTS}
    merged = {
        **names,
        "consumed_unit": groups[0]["consumed_unit"],
        "billing_currency": groups[0]["billing_currency"],
        "record_count": sum(group["record_count"] for group in groups),
        **_rated(groups),
        **_priced(groups),
        "consumed_quantity": _add(group["consumed_quantity"] for group in groups),
        **{cost: _add(group[cost] for group in groups) if known[cost] else None for cost in COST_FACTS},
        "incomplete_costs": {cost: part for cost in COST_FACTS if not known[cost] and (part := _carried(groups, cost))},
        "daily_quantity": _by_day([group["daily_quantity"] for group in groups]),
        "daily_billed_cost": _by_day([group["daily_billed_cost"] for group in groups])
        if known["billed_cost"]
        else None,
    }
    return to_json_group(merged)


def _rated(groups: Sequence[Facts]) -> Facts:
    """Return the earliest of the days up to which the groups are rated, where all of them say one."""
    if not all("rated_through" in group for group in groups):
        return {}
    days = [group["rated_through"] for group in groups]
    return {"rated_through": None if None in days else min(days)}


def _priced(groups: Sequence[Facts]) -> Facts:
    """Return how much is charged for, null unless all groups say so in one unit."""
    amounts, unit = [group.get("pricing_quantity") for group in groups], _common(map(_pricing_unit, groups))
    whole = None not in amounts and unit is not None
    return {"pricing_quantity": _add(amounts) if whole else None, "pricing_unit": unit if whole else None}


def _pricing_unit(group: Facts) -> Any:
    return group.get("pricing_unit")


def _carried(groups: Sequence[Facts], cost: str) -> Facts | None:
    """Return the amount that only some records of the groups carry, None where none does."""
    parts = [
        {"amount": group[cost], "record_count": group["record_count"]}
        if group[cost] is not None
        else group["incomplete_costs"].get(cost)
        for group in groups
    ]
    carrying = [part for part in parts if part]
    if not carrying:
        return None
    return {
        "amount": _add(part["amount"] for part in carrying),
        "record_count": sum(part["record_count"] for part in carrying),
    }


def _add(values: Iterable[Any]) -> Decimal:
    return total(exact for value in values if (exact := to_decimal(value)) is not None)


def _by_day(series: Sequence[Sequence[Any]]) -> list[Decimal | None]:
    return [None if None in day else _add(day) for day in zip(*series, strict=True)]


def _cost(parts: Sequence[Facts], groups: Sequence[Facts]) -> Facts:
    available = {part["cost"]["available"] for part in parts if part["record_count"]}
    currencies = {group["billing_currency"] for group in groups} - {None}
    return {
        "available": available.pop() if len(available) == 1 else "some" if available else "none",
        "currency": currencies.pop() if len(currencies) == 1 else None,
    }


def _reasons(parts: Sequence[Facts], cost: Facts) -> list[Facts]:
    """Return the doubts of all parts, each kind once, with the ids of the parts that it comes from."""
    kinds: dict[tuple[str, str], list[tuple[Facts, Facts]]] = {}
    for part in parts:
        for reason in part["reasons"]:
            code = "source_empty" if reason["code"] == "empty" else reason["code"]
            kinds.setdefault((code, reason["affects"]), []).append((part, reason))
    reasons = [_reason(code, affects, found, len(parts)) for (code, affects), found in kinds.items()]
    if cost["available"] == "some" and ("cost_on_some_records", "cost") not in kinds:
        reasons.append(_own("cost_on_some_records", "Only some of the accounts and organizations have costs."))
    currencies = {group["billing_currency"] for part in parts for group in part["groups"]} - {None}
    if len(currencies) > 1 and ("mixed_currencies", "cost") not in kinds:
        names = sorted(currencies)
        reasons.append(_own("mixed_currencies", f"Costs are in more than one currency: {', '.join(names)}."))
        reasons[-1]["currencies"] = names
    return reasons


def _own(code: str, message: str) -> Facts:
    return {"code": code, "affects": "cost", "message": message}


def _reason(code: str, affects: str, found: Sequence[tuple[Facts, Facts]], parts: int) -> Facts:
    part, first = found[0]
    others = f" So it is with {len(found) - 1} more." if len(found) > 1 else ""
    merged: Facts = {
        "code": code,
        "affects": affects,
        "message": f"{_name(part).capitalize()}: {first['message']}{others}",
    }
    details = {key for _part, reason in found for key in reason} - {"code", "affects", "message", "about"}
    for key in sorted(details):
        values = [reason[key] for _part, reason in found if key in reason]
        merged[key] = sum(values) if key == "count" else _union(values, distinct=key != "samples")
    merged["sources"] = [each["scope_id"] for each, _reason in found][:_MAX_LISTED]
    about = _about(found, parts)
    return {**merged, "about": about} if about else merged


def _about(found: Sequence[tuple[Facts, Facts]], parts: int) -> list[Facts]:
    """Return what the doubts of some parts are about; nothing where that is everything, or too much to name.

    A doubt about everything in the facts of an account is about this account.
    """
    if len(found) == parts and not any("about" in reason for _part, reason in found):
        return []
    subjects: list[Facts] = []
    for part, reason in found:
        if "about" in reason:
            subjects += reason["about"]
        elif part["scope"] == "account":
            subjects.append({"account": part["scope_id"]})
        else:
            return []
    once = [dict(items) for items in sorted({tuple(sorted(each.items())) for each in subjects})]
    return once if len(once) <= _MAX_SUBJECTS else []


def _union(lists: Iterable[Iterable[Any]], *, distinct: bool) -> list[Any]:
    items = [item for each in lists for item in each]
    return (sorted(set(items)) if distinct else items)[:_MAX_LISTED]
