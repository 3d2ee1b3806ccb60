# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the render filters take in: facts, verdicts and an estimate, made plain and checked before they are drawn."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from ansible.errors import AnsibleFilterError

from ansible_collections.finops.cloudflare.plugins.module_utils.errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.plugin_utils import wording

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_USAGE_KEYS = (
    "scope", "from", "to", "days", "complete_through", "status", "reasons", "accounts", "group_by", "cost",
    "fetched_at", "groups",
)  # fmt: skip
_GROUP_KEYS = ("consumed_unit", "billing_currency", "consumed_quantity", "billed_cost", "daily_quantity")
_ESTIMATE_KEYS = ("currency", "amount", "is_lower_bound", "items", "unpriced")
_VERDICT_KEYS = ("name", "status", "outcome", "message")


class ReportInputError(FinopsError):
    """What was handed over can't be reported."""

    kind = "report_input"


@dataclass(frozen=True)
class ReportInput:
    """Everything that a report is made of, in plain Python types."""

    usage: dict[str, Any]
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    estimate: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None
    generated_at: str = ""


def plain(value: Any) -> Any:
    """Return ``value`` in exact built-in types: Ansible hands over lazy containers and tagged scalars."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ReportInputError("a number is not finite")
        return float(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)


def report_input(
    usage: Any, verdicts: Any = None, estimate: Any = None, previous: Any = None, generated_at: Any = None
) -> ReportInput:
    """Return the checked input; ``generated_at`` falls back to the time of the facts: same facts, same bytes."""
    facts = usage_facts(usage)
    made_at = str(generated_at or facts["fetched_at"])
    try:
        wording.parse_moment(made_at)
    except ValueError as error:
        raise ReportInputError(f"generated_at is not an ISO 8601 time: {made_at!r}") from error
    return ReportInput(
        usage=facts,
        verdicts=verdict_list(verdicts),
        estimate=_estimate(estimate) if estimate else None,
        previous=usage_facts(previous, "previous") if previous else None,
        generated_at=made_at,
    )


def usage_facts(value: Any, what: str = "usage") -> dict[str, Any]:
    """Return plain usage facts, or raise with the key that is missing."""
    facts = _mapping(value, what)
    _require(facts, _USAGE_KEYS, what)
    for index, group in enumerate(facts["groups"]):
        where = f"{what}.groups[{index}]"
        _require(group, _GROUP_KEYS, where)
        if len(group["daily_quantity"]) != len(facts["days"]):
            raise ReportInputError(f"{where}.daily_quantity has not one value for each of {what}.days")
    return facts


def verdict_list(value: Any) -> list[dict[str, Any]]:
    """Return plain verdicts; None is an empty list."""
    verdicts = plain([] if value is None else value)
    if not isinstance(verdicts, list):
        raise ReportInputError("verdicts is not a list")
    for index, verdict in enumerate(verdicts):
        _require(verdict, _VERDICT_KEYS, f"verdicts[{index}]")
    return verdicts


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


def ansible_filter(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Turn what the collection raises into Ansible's own error of a filter."""

    @functools.wraps(function)
    def wrapper(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return function(*args, **kwargs)
        except FinopsError as error:
            raise AnsibleFilterError(f"{function.__name__}: {error}") from error

    return wrapper
