# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage, freshness and verdicts as OpenMetrics text, which node_exporter's textfile collector reads as well.

Only gauges without timestamps: the one type and form that both formats share. What is unknown has no sample, so that an
alert can tell stale or unknown (``absent()``, the status and timestamp metrics) from zero.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import label_value
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import parse_moment
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts import dimensions
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage, UsageGroup
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    OUTCOMES,
    STATUSES,
    Verdict,
)

Labels = dict[str, object]

USAGE_STATUSES = ("complete", "partial", "empty")


class _Family:
    """One metric with its samples; a sample of None is left out."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._samples: dict[str, str] = {}

    def add(self, labels: Labels, value: float | None) -> None:
        if value is None:
            return
        line = _label_text(labels)
        copy = 1
        while line in self._samples:  # two hostile names that read the same once cleaned
            copy += 1
            line = _label_text({**labels, "copy": copy})
        self._samples[line] = repr(value)

    def text_lines(self) -> list[str]:
        if not self._samples:
            return []
        head = [f"# TYPE {self.name} gauge", f"# HELP {self.name} {self.text}"]
        return head + [f"{self.name}{labels} {value}" for labels, value in self._samples.items()]


def _label_text(labels: Labels) -> str:
    inside = ",".join(f'{name}="{label_value(value)}"' for name, value in labels.items())
    return f"{{{inside}}}"


def usage_openmetrics(report: ReportInput) -> str:
    """Return the exposition, with ``# EOF`` at its end."""
    families = [*_status(report.usage), *_groups(report.usage), *_estimate(report), *_verdicts(report.verdicts)]
    lines = [line for family in families for line in family.text_lines()]
    return "\n".join([*lines, "# EOF", ""])


def _truth(value: object) -> str:
    return "true" if value else "false"


def _scope(usage: Usage) -> Labels:
    return {"scope": usage["scope"], "scope_id": usage.get("scope_id")}


def _seconds(day: str | None, *, after: bool = False) -> int | None:
    if day is None:
        return None
    start = parse_moment(day) + datetime.timedelta(days=1 if after else 0)
    return int(start.timestamp())


def _status(usage: Usage) -> list[_Family]:
    scope = _scope(usage)
    info = _Family("cloudflare_usage_facts", "Always 1: the collection that made the facts.")
    info.add({**scope, "collection_version": usage.get("collection_version") or COLLECTION_VERSION}, 1)
    status = _Family("cloudflare_usage_status", "1 for the status that the facts have, 0 for the others.")
    for name in USAGE_STATUSES:
        status.add({**scope, "status": name}, int(usage["status"] == name))
    reasons = _Family("cloudflare_usage_reason", "1 for each reason why the facts are not complete.")
    for code in dict.fromkeys(reason["code"] for reason in usage["reasons"]):
        reasons.add({**scope, "code": code}, 1)
    figures = (
        ("records", "Number of records counted.", usage.get("record_count")),
        (
            "fetched_timestamp_seconds",
            "When the facts were fetched.",
            int(parse_moment(usage["fetched_at"]).timestamp()),
        ),
        ("period_start_timestamp_seconds", "Start of the first day asked for.", _seconds(usage["from"])),
        ("period_end_timestamp_seconds", "End of the last day asked for.", _seconds(usage["to"], after=True)),
        (
            "complete_until_timestamp_seconds",
            "End of the last day that is complete; no sample when there is none.",
            _seconds(usage["complete_through"], after=True),
        ),
    )
    families = [info, status, reasons]
    for name, text, value in figures:
        family = _Family(f"cloudflare_usage_{name}", text)
        family.add(scope, value)
        families.append(family)
    return families


def _group_labels(group: UsageGroup, asked: list[dimensions.Dimension]) -> Labels:
    labels: Labels = {}
    for dimension in asked:
        if dimension.id_key == dimension.name_key:
            labels[dimension.label] = group.get(dimension.id_key)
        else:
            labels[f"{dimension.label}_id"] = group.get(dimension.id_key)
            labels[f"{dimension.label}_name"] = group.get(dimension.name_key)
    return labels


def _groups(usage: Usage) -> list[_Family]:
    quantity = _Family("cloudflare_usage_quantity", "Quantity consumed in the period so far, in the unit of the label.")
    last_day = _Family("cloudflare_usage_last_complete_day_quantity", "Quantity consumed on the last complete day.")
    cost = _Family("cloudflare_usage_billed_cost", "Billed cost of the period; no sample where it is unknown.")
    scope, asked = _scope(usage), dimensions.asked(usage)
    through = usage["complete_through"]
    last = usage["days"].index(through) if through in usage["days"] else None
    for group in usage["groups"]:
        labels = {**scope, **_group_labels(group, asked), "unit": group["consumed_unit"]}
        if group["billing_currency"] is not None:
            labels["currency"] = group["billing_currency"]
        quantity.add(labels, group["consumed_quantity"])
        if last is not None:
            last_day.add(labels, group["daily_quantity"][last])
        cost.add(labels, group["billed_cost"])
    return [quantity, last_day, cost]


def _estimate(report: ReportInput) -> list[_Family]:
    if report.estimate is None:
        return []
    estimate, scope = report.estimate, _scope(report.usage)
    amount = _Family(
        "cloudflare_usage_estimated_cost", "Cost estimated from a rate card, not a bill; see the label lower_bound."
    )
    labels = {**scope, "currency": estimate["currency"], "lower_bound": _truth(estimate["is_lower_bound"])}
    amount.add(labels, estimate["amount"])
    unpriced = _Family("cloudflare_usage_estimate_unpriced", "Number of quantities that the rate card could not price.")
    unpriced.add(scope, len(estimate["unpriced"]))
    return [amount, unpriced]


def _verdict_labels(verdict: Verdict) -> Labels:
    group: Mapping[str, Any] = verdict.get("group") or {}
    return {
        "budget": verdict["name"],
        "group_dimension": group.get("dimension"),
        "group_id": group.get("id"),
        "group_name": group.get("name"),
    }


def _verdicts(verdicts: list[Verdict]) -> list[_Family]:
    status = _Family("cloudflare_budget_status", "1 for the status of the verdict, 0 for the others.")
    outcome = _Family("cloudflare_budget_outcome", "1 for what the verdict does to the gate, 0 for the others.")
    figures = {
        "actual": _Family("cloudflare_budget_actual", "What the budget measures; no sample when unknown."),
        "limit": _Family("cloudflare_budget_limit", "The limit of the budget."),
        "forecast": _Family("cloudflare_budget_forecast", "Forecast of the budget; no sample when there is none."),
    }
    used = _Family(
        "cloudflare_budget_used_ratio", "Share of the limit that is used (1 is all); no sample when unknown."
    )
    for verdict in verdicts:
        labels = _verdict_labels(verdict)
        for name in STATUSES:
            status.add({**labels, "status": name}, int(verdict["status"] == name))
        for name in OUTCOMES:
            outcome.add({**labels, "outcome": name}, int(verdict["outcome"] == name))
        measured = {
            **labels,
            "measure": verdict.get("measure"),
            "unit": verdict.get("unit"),
            "currency": verdict.get("currency"),
            "estimated": _truth(verdict.get("estimated")),
            "lower_bound": _truth(verdict.get("actual_is_lower_bound")),
        }
        for key, family in figures.items():
            amount: Any = verdict.get(key)
            family.add(measured, amount)
        percent = verdict.get("percent")
        used.add(measured, None if percent is None else percent / 100)
    return [status, outcome, *figures.values(), used]
