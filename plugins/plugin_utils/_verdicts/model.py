# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verdict is: its shape, what its words mean, and which of several is the worst. The one home of all that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from math import isnan
from typing import Any, Literal, TypedDict, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import DocumentError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain

Status = Literal["pass", "warn", "unknown", "fail"]
Outcome = Literal["pass", "warn", "fail"]

# Each from the best to the worst.
STATUSES: tuple[Status, ...] = ("pass", "warn", "unknown", "fail")
OUTCOMES: tuple[Outcome, ...] = ("pass", "warn", "fail")
SEVERITIES = ("info", "minor", "major", "critical")
DEFAULT_SEVERITY = "major"

STATUS_WORDS: dict[Status, str] = {
    "fail": "over limit",
    "unknown": "unknown",
    "warn": "near limit",
    "pass": "within limit",
}
_NEEDED = ("name", "status", "outcome", "message")
_AMOUNTS = ("actual", "limit", "percent", "baseline", "forecast", "forecast_low", "forecast_high")
_MAX_NAME, _MAX_VALUE = 100, 100


class VerdictGroup(TypedDict):
    """The value that a budget with ``each`` was applied to; without id and name: what names none."""

    dimension: str
    id: str | None
    name: str | None


# Two of the keys are words of Python.
_PeriodDays = TypedDict("_PeriodDays", {"from": str, "to": str})


class VerdictPeriod(_PeriodDays):
    """The period of a budget that was judged, with its first and last day."""

    name: str


class VerdictAlert(TypedDict):
    """An alert of a budget: the amount that it looks at, and whether that is over the threshold; null is unknown."""

    on: str
    percent: float | None
    threshold: float | None
    amount: float | None
    crossed: bool | None
    severity: str
    outcome: Outcome


class VerdictCause(TypedDict):
    """A group that explains an anomaly: its names by dimension, how far it is off, that in percent of the whole."""

    labels: dict[str, str | None]
    impact: float | None
    percent: float | None


class VerdictAnomaly(TypedDict):
    """Days in a row that are not usual; ``impact`` is how far off they are together, below 0 for a fall.

    ``cost`` is what they were billed beyond the usual so far, in ``currency``; null where that is not known.
    """

    direction: str
    since: str
    days: int
    impact: float | None
    cost: float | None
    currency: str | None
    groups: list[VerdictCause]


class VerdictContract(TypedDict):
    """How far the pool of a contract is drawn down, in percent of it and of its days, and what is left of it now.

    It is used up on ``used_up_on``, 80 % of the time from ``used_up_earliest`` to ``used_up_latest``; null is not
    within the period. ``unused`` is what is expected to be left at its end, with a range that holds 80 % of the time.
    """

    drawn_percent: float | None
    days_percent: float | None
    left: float | None
    used_up_on: str | None
    used_up_earliest: str | None
    used_up_latest: str | None
    unused: float | None
    unused_low: float | None
    unused_high: float | None


class _Said(TypedDict):
    """What every verdict says."""

    name: str
    status: Status
    outcome: Outcome
    message: str


# Two of the keys are words of Python.
_Days = TypedDict("_Days", {"from": str, "to": str}, total=False)


class Verdict(_Said, _Days, total=False):
    """One budget, or one of its values where it has ``each``, held against usage facts.

    ``status`` says what is known of the budget, ``outcome`` what that does to the gate. Amounts are in ``unit`` or
    ``currency``, ``percent`` is of the limit (0 to 100 and more), days are ISO dates in UTC; null is unknown.
    """

    group: VerdictGroup | None
    period: VerdictPeriod | None
    on: str
    measure: str
    actual: float | None
    actual_is_lower_bound: bool
    limit: float | None
    unit: str | None
    currency: str | None
    percent: float | None
    baseline: float | None
    forecast: float | None
    forecast_low: float | None
    forecast_high: float | None
    forecast_error_before: float | None
    estimated: bool
    rate_card: str | None
    days_used: int
    crossed_on: str | None
    crossed_earliest: str | None
    crossed_latest: str | None
    anomaly: VerdictAnomaly | None
    contract: VerdictContract | None
    reasons: list[str]
    alerts: list[VerdictAlert]
    severity: str
    owner: str | None
    note: str | None


class VerdictError(DocumentError):
    """Something that was handed over as verdicts and is not."""

    kind = "verdicts"


def read_verdicts(verdicts: Any) -> list[Verdict]:
    """Return verdicts in built-in types, whose parts agree: a violated budget fails the gate, whatever else it says.

    Raises VerdictError where these are not verdicts.
    """
    given = plain(verdicts)
    if not isinstance(given, list):
        raise VerdictError(["verdicts: not a list"])
    problems = [f"verdict number {index}: {text}" for index, each in enumerate(given, 1) if (text := _problem(each))]
    if problems:
        raise VerdictError(problems)
    return [cast(Verdict, {**verdict, "outcome": _outcome(verdict)}) for verdict in given]


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and not (isinstance(value, float) and isnan(value))
    )


def _problem(verdict: Any) -> str:
    """Return what keeps a value from being a verdict, or nothing."""
    if not isinstance(verdict, dict) or any(not isinstance(verdict.get(key), str) for key in _NEEDED):
        return f"not a verdict, which has {', '.join(_NEEDED)} as text"
    if verdict["status"] not in STATUSES or verdict["outcome"] not in OUTCOMES:
        return "status or outcome is not one that a verdict can have"
    for key in _AMOUNTS:
        amount = verdict.get(key)
        if amount is not None and not _is_number(amount):
            return f"{key} is not a number"
    if not isinstance(verdict.get("group", {}), (dict, type(None))):
        return "group is not a mapping"
    return _problem_of_parts(verdict)


def _problem_of_parts(verdict: dict[str, Any]) -> str:
    """Return what keeps the period and the alerts from being shown, or nothing."""
    period, alerts = verdict.get("period"), verdict.get("alerts") or []
    if period is not None and not (_has_texts(period, ("name",)) and _is_day(period, "from") and _is_day(period, "to")):
        return "period is not a mapping with a name, and days as from and to"
    if not isinstance(alerts, list) or not all(_is_alert(alert) for alert in alerts):
        return "alerts is not a list of alerts, which have on and outcome as text and amounts as numbers"
    return ""


def _has_texts(value: Any, keys: Sequence[str]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in keys)


def _is_day(value: Mapping[str, Any], key: str) -> bool:
    try:
        date.fromisoformat(value[key])
    except (KeyError, TypeError, ValueError):
        return False
    return True


def _is_alert(alert: Any) -> bool:
    return (
        _has_texts(alert, ("on", "outcome"))
        and {"crossed", "percent", "threshold", "amount"} <= alert.keys()
        and alert["outcome"] in OUTCOMES
        and isinstance(alert["crossed"], (bool, type(None)))
        and all(alert[key] is None or _is_number(alert[key]) for key in ("percent", "threshold", "amount"))
    )


def _outcome(verdict: Mapping[str, Any]) -> str:
    """Return the outcome that the status allows: over the limit always fails the gate."""
    return "fail" if verdict["status"] == "fail" else str(verdict["outcome"])


def value_label(verdict: Mapping[str, object]) -> str:
    """Return the value of a verdict with ``each`` for people, or nothing."""
    group = verdict.get("group")
    if not isinstance(group, Mapping):
        return ""
    shown = group.get("name") or group.get("id")
    return f"no {str(group.get('dimension')).replace('_', ' ')}" if shown is None else printable(shown, _MAX_VALUE)


def label(verdict: Mapping[str, object]) -> str:
    """Return the name of the budget, with the value where it has ``each``: ``requests [Production]``."""
    value = value_label(verdict)
    name = printable(verdict["name"], _MAX_NAME)
    return f"{name} [{value}]" if value else name


def is_ignored(verdict: Verdict) -> bool:
    """Tell whether the gate lets through that nothing is known."""
    return verdict["status"] == "unknown" and verdict["outcome"] != "fail"


def worst_outcome(verdicts: Sequence[Verdict]) -> Outcome:
    """Return what all of them do to the gate together; no verdict at all fails."""
    return max((verdict["outcome"] for verdict in verdicts), key=OUTCOMES.index, default="fail")


def worst_status(verdicts: Sequence[Verdict]) -> Status:
    """Return the status that stands for all; no verdict at all is unknown."""
    return max((verdict["status"] for verdict in verdicts), key=STATUSES.index, default="unknown")


def worst_first(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return them in the order of what needs a person: outcome, status, severity, share of the limit, name."""

    def rank(verdict: Verdict) -> tuple[int, int, int, float, str]:
        severity = verdict.get("severity")
        return (
            -OUTCOMES.index(verdict["outcome"]),
            -STATUSES.index(verdict["status"]),
            -SEVERITIES.index(severity if severity in SEVERITIES else DEFAULT_SEVERITY),
            -(verdict.get("percent") or 0),
            label(verdict),
        )

    return sorted(verdicts, key=rank)


def count_statuses(verdicts: Sequence[Verdict]) -> dict[Status, int]:
    """Return how many verdicts have each status, the worst last."""
    counted = Counter(verdict["status"] for verdict in verdicts)
    return {status: counted[status] for status in STATUSES}


def no_verdicts(problem: str) -> list[str]:
    """Return why there is no verdict at all, a sentence for each thing that is wrong: never nothing."""
    return problem.splitlines() or ["No budget was checked, so nothing is known about any of them."]
