# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the render filters take in: facts, verdicts and an estimate, made plain and checked before they are drawn."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import parse_moment
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.status import STATUS_WORDS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import read_verdicts

_USAGE_KEYS = (
    "scope", "from", "to", "days", "complete_through", "status", "reasons", "accounts", "group_by", "cost",
    "fetched_at", "groups",
)  # fmt: skip
_GROUP_KEYS = ("consumed_unit", "billing_currency", "consumed_quantity", "billed_cost", "daily_quantity")
_ESTIMATE_KEYS = ("currency", "amount", "is_lower_bound", "items", "unpriced")


class ReportInputError(FinopsError):
    """What was handed over can't be reported."""

    kind = "report_input"


def report_input(
    usage: Any, verdicts: Any = None, estimate: Any = None, previous: Any = None, generated_at: Any = None
) -> ReportInput:
    """Return the checked input; ``generated_at`` falls back to the time of the facts: same facts, same bytes."""
    facts = usage_facts(usage)
    made_at = str(generated_at or facts["fetched_at"])
    _check_moment(made_at, "generated_at")
    return ReportInput(
        usage=facts,
        verdicts=read_verdicts(verdicts or []),
        estimate=_estimate(estimate) if estimate else None,
        previous=usage_facts(previous, "previous") if previous else None,
        generated_at=made_at,
    )


def usage_facts(value: Any, what: str = "usage") -> dict[str, Any]:
    """Return plain usage facts, or raise with what is wrong: as much as a report rests on, at any size quickly."""
    facts = _mapping(value, what)
    _require(facts, _USAGE_KEYS, what)
    if facts["status"] not in STATUS_WORDS:
        raise ReportInputError(f"{what}.status is none that usage facts can have")
    _check_moment(facts["fetched_at"], f"{what}.fetched_at")
    for day in (*facts["days"], facts["from"], facts["to"], facts["complete_through"] or facts["to"]):
        if not _is_day(day):
            raise ReportInputError(f"{what} holds something that is no day: {printable(day, 40)}")
    for index, group in enumerate(facts["groups"]):
        where = f"{what}.groups[{index}]"
        _require(group, _GROUP_KEYS, where)
        if len(group["daily_quantity"]) != len(facts["days"]):
            raise ReportInputError(f"{where}.daily_quantity has not one value for each of {what}.days")
        figures = (*group["daily_quantity"], group["consumed_quantity"], group["billed_cost"])
        if not all(value is None or isinstance(value, int) or _is_finite(value) for value in figures):
            raise ReportInputError(f"{where} holds something that is no finite number")
    return facts


def _check_moment(value: Any, what: str) -> None:
    try:
        parse_moment(str(value))
    except ValueError as error:
        raise ReportInputError(f"{what} is no ISO 8601 time: {printable(value, 40)}") from error


def _is_day(value: Any) -> bool:
    try:
        return datetime.date.fromisoformat(value).isoformat() == str(value)
    except (TypeError, ValueError):
        return False


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _estimate(value: Any) -> dict[str, Any]:
    estimate = _mapping(value, "estimate")
    _require(estimate, _ESTIMATE_KEYS, "estimate")
    return estimate


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ReportInputError(f"{what} is not a mapping but {type(value).__name__}")
    mapping: dict[str, Any] = plain(value)
    return mapping


def _require(value: Any, keys: tuple[str, ...], where: str) -> None:
    if not isinstance(value, dict):
        raise ReportInputError(f"{where} is not a mapping")
    missing = [key for key in keys if key not in value]
    if missing:
        raise ReportInputError(f"{where} lacks {', '.join(missing)}")
