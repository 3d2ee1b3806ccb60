# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One set of usage facts out of several: sums stay exact, and every doubt of a part is a doubt of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import MAX_LISTED, MAX_SUBJECTS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merged_groups import MergedGroups
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION

Facts = dict[str, Any]

_SILENT = frozenset(("empty", "no_rows_on_last_days"))
_SOURCE_KEYS = ("source", "scope", "scope_id", "from", "to", "status", "complete_through", "record_count", "fetched_at")


def merge_facts(
    parts: Sequence[Facts], more_reasons: Sequence[Facts] = (), merged: MergedGroups | None = None
) -> Facts:
    """Return the facts of all parts together, of the scope ``combined``.

    The parts were asked alike, and nothing is in two of them. ``more_reasons`` are about what is in none of them.
    ``merged`` are their groups where they have been taken out of them.
    """
    if merged is None:
        merged = MergedGroups(parts[0]["group_by"])
        for part in parts:
            merged.add(part.get("groups", ()))  # facts of an export have none
    groups = merged.groups()
    cost = _cost(parts, groups)
    reasons = [*_reasons(parts, groups, cost), *more_reasons]
    through = _complete_through(parts)
    groups = [_rated_within(group, through) for group in groups]
    empty = all(part["status"] == "empty" for part in parts)
    return {
        "source": _common(part.get("source") for part in parts),
        "scope": "combined",
        "scope_id": None,
        "billing_cycle": _common(part.get("billing_cycle") for part in parts),
        **{key: parts[0][key] for key in ("from", "to", "period", "days")},
        "complete_through": through,
        "lag_days": parts[0]["lag_days"],
        "status": "empty" if empty else "partial" if reasons else "complete",
        "reasons": reasons,
        "record_count": sum(part["record_count"] for part in parts),
        "dropped": _dropped(parts),
        "accounts": sorted((account for part in parts for account in part["accounts"]), key=lambda each: each["id"]),
        "metric": parts[0]["metric"],
        "group_by": parts[0]["group_by"],
        "cost": cost,
        "fetched_at": min(part["fetched_at"] for part in parts),
        "requests": sum(part["requests"] for part in parts),
        "collection_version": COLLECTION_VERSION,
        "sources": [source for part in parts for source in sources_of(part)],
        **_subscriptions(parts),
        "groups": groups,
    }


def sources_of(part: Facts) -> list[Facts]:
    """Return what facts come from: one entry for each account and organization that was asked for by itself."""
    if part["scope"] == "combined":
        return list(part["sources"])
    return [source_entry(part, empty_failure(part) if part["status"] == "empty" else None)]


def source_entry(part: Mapping[str, Any], failure: Facts | None) -> Facts:
    """Return the entry of one account or organization; ``failure`` says why there is nothing of it."""
    return {**{key: part.get(key) for key in _SOURCE_KEYS}, "failure": failure}


def empty_failure(part: Facts) -> Facts:
    """Return why facts are empty: their first reason that tells more than that nothing came."""
    telling = next((reason for reason in part["reasons"] if reason["code"] != "empty"), part["reasons"][0])
    return {"kind": telling["code"], "message": telling["message"]}


def name_of(part: Facts) -> str:
    """Return what to call facts in a sentence."""
    first, *others = sources_of(part)
    return f"{first['scope']} {first['scope_id']}" + (f" and {len(others)} more" if others else "")


def _dropped(parts: Sequence[Facts]) -> dict[str, int]:
    """Return how many records of all parts do not count, by cause; older facts do not know every cause."""
    causes = dict.fromkeys(cause for part in parts for cause in part["dropped"])
    return {cause: sum(part["dropped"].get(cause, 0) for part in parts) for cause in causes}


def _subscriptions(parts: Sequence[Facts]) -> Facts:
    """Return the fixed fees of all parts, nothing unless all of them were asked for."""
    if not all("subscriptions" in part for part in parts):
        return {}
    return {"subscriptions": [fee for part in parts for fee in part["subscriptions"]]}


def _common(values: Iterable[Any]) -> Any:
    """Return the value that all parts have, None where they differ."""
    first, *others = values
    return first if all(other == first for other in others) else None


def _complete_through(parts: Sequence[Facts]) -> str | None:
    """Return the last day that is whole in all parts.

    An account that sent nothing, or nothing any more, is a doubt of its own, which takes no days from the others.
    """
    ends = [part["complete_through"] for part in parts if not _is_silent(part)]
    ends = ends or [part["complete_through"] for part in parts]
    return None if None in ends else min(ends)


def _is_silent(part: Facts) -> bool:
    if part["scope"] == "combined":
        return part["status"] == "empty" and all(source["scope"] == "account" for source in sources_of(part))
    return part["scope"] == "account" and any(reason["code"] in _SILENT for reason in part["reasons"])


def _rated_within(group: Facts, through: str | None) -> Facts:
    """Return a group that is rated up to the last whole day, or as far as it is rated where its costs are not known."""
    if "rated_through" not in group:
        return group
    if group["billed_cost"] is not None:
        return {**group, "rated_through": through}
    rated = group["rated_through"]
    return {**group, "rated_through": min(rated, through) if rated and through else None}


def _cost(parts: Sequence[Facts], groups: Sequence[Facts]) -> Facts:
    available = {part["cost"]["available"] for part in parts if part["record_count"]}
    currencies = {group["billing_currency"] for group in groups} - {None}
    if not groups:
        currencies = {part["cost"]["currency"] for part in parts if part["record_count"]}
    return {
        "available": available.pop() if len(available) == 1 else "some" if available else "none",
        "currency": currencies.pop() if len(currencies) == 1 else None,
    }


def _reasons(parts: Sequence[Facts], groups: Sequence[Facts], cost: Facts) -> list[Facts]:
    """Return the doubts of all parts, each kind once, with the ids of the parts that it comes from."""
    kinds: dict[tuple[str, str], list[tuple[Facts, Facts]]] = {}
    for part in parts:
        for reason in part["reasons"]:
            code = "source_empty" if reason["code"] == "empty" else reason["code"]
            kinds.setdefault((code, reason["affects"]), []).append((part, reason))
    reasons = [_reason(code, affects, found, len(parts)) for (code, affects), found in kinds.items()]
    if cost["available"] == "some" and ("cost_on_some_records", "cost") not in kinds:
        reasons.append(_own("cost_on_some_records", "Only some of the accounts and organizations have costs."))
    currencies = {group["billing_currency"] for group in groups}
    currencies = (currencies | {part["cost"]["currency"] for part in parts}) - {None}
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
        "message": f"{_prefix(part)}{first['message']}{others}",
    }
    details = {key for _part, reason in found for key in reason} - {"code", "affects", "message", "about"}
    for key in sorted(details):
        values = [reason[key] for _part, reason in found if key in reason]
        merged[key] = sum(values) if key == "count" else _union(values, distinct=key != "samples")
    named = [each for one, reason in found for each in reason.get("sources", [one["scope_id"]]) if each]
    if named:
        merged["sources"] = named[:MAX_LISTED]
    about = _about(found, parts)
    return {**merged, "about": about} if about else merged


def _prefix(part: Facts) -> str:
    """Return what begins the sentence of a doubt; those of parts that are merged already name their sources."""
    return "" if part["scope"] == "combined" else f"{name_of(part).capitalize()}: "


def _about(found: Sequence[tuple[Facts, Facts]], parts: int) -> list[Facts]:
    """Return what the doubts of some parts are about; nothing where that is everything, or too much to name.

    A doubt about everything in the facts of an account is about this account.
    """
    if len(found) == parts and not any("about" in reason for _part, reason in found):
        return []
    subjects: list[Facts] = []
    for part, reason in found:
        sources = sources_of(part)
        if "about" in reason:
            subjects += reason["about"]
        elif all(source["scope"] == "account" for source in sources):
            subjects += [{"account": source["scope_id"]} for source in sources]
        else:
            return []
    once = [dict(items) for items in sorted({tuple(sorted(each.items())) for each in subjects})]
    return once if len(once) <= MAX_SUBJECTS else []


def _union(lists: Iterable[Iterable[Any]], *, distinct: bool) -> list[Any]:
    items = [item for each in lists for item in each]
    return (sorted(set(items)) if distinct else items)[:MAX_LISTED]
