# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days on which rows are missing: facts say 0 there, as nothing was counted.

Their reasons name such days; of days that are not complete yet nothing says whether 0 is the use.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import DIMENSIONS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Reason, Usage, UsageGroup
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import complete_days

_WITHOUT_ROWS = ("gap_in_daily_metric", "no_rows_on_first_days", "no_rows_on_last_days")


def with_gaps(usage: Usage) -> Usage:
    """Return the facts with null on days without rows: they are drawn as missing, not as zero."""
    reasons = [reason for reason in usage["reasons"] if reason["code"] in _WITHOUT_ROWS]
    unfinished = usage["days"][complete_days(usage) :]
    if not reasons and not unfinished:
        return usage
    return {**usage, "groups": [_group(group, usage["days"], unfinished, reasons) for group in usage["groups"]]}


def _group(group: UsageGroup, days: Sequence[str], unfinished: Sequence[str], reasons: Sequence[Reason]) -> UsageGroup:
    named = {day for reason in reasons if _concerns(reason, group) for day in reason.get("days", [])} | {*unfinished}
    missing = {
        place
        for place, (day, value) in enumerate(zip(days, group["daily_quantity"], strict=True))
        if value == 0 and day in named
    }
    costs = group["daily_billed_cost"]
    return {
        **group,
        "daily_quantity": _without(group["daily_quantity"], missing),
        "daily_billed_cost": None if costs is None else _without(costs, missing),
    }


def _concerns(reason: Reason, group: UsageGroup) -> bool:
    """Tell whether a reason is about this group, as far as both say what they are about."""
    metric = DIMENSIONS["metric"]
    account = group.get("billing_account_id")
    metrics = [name for key in (metric.id_key, metric.name_key) if (name := group.get(key))]
    return "about" not in reason or any(
        (not account or subject.get("account", account) == account)
        and (not metrics or subject.get("metric", metrics[0]) in metrics)
        for subject in reason["about"]
    )


def _without(values: Sequence[float | None], places: set[int]) -> list[float | None]:
    return [None if place in places else value for place, value in enumerate(values)]
