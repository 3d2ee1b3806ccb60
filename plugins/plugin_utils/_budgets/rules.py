# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules between the keys of a budget, which its JSON Schema can't tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import TAG
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import DAY, fits
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import (
    COST_MEASURES,
    DAILY_MEASURES,
    DIMENSIONS,
    KINDS,
    MEASURES,
    MIN_ANOMALY_DAYS,
    MONTH_DAY,
    PERIOD_KINDS,
)

# What measures that are of whole accounts may look at, and why at no less.
_WHOLE_ACCOUNTS = {
    "estimated_cost": (
        ("account", "metric", "product_family"),
        "an allowance is the account's, so a part of an account can't be priced",
    ),
    "total_cost": (("account",), "a fixed fee is the account's, so a part of an account has none"),
}


def rule_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the sentence of each rule between keys that ``entry`` breaks."""
    measure, kind = entry.get("measure", "consumed_quantity"), entry.get("on", "actual")
    if measure == "consumed_quantity" and "currency" in entry:
        yield "currency", "a quantity has a unit, not a currency; set unit, or measure to a cost"
    if measure in COST_MEASURES and "unit" in entry:
        yield "unit", f"{measure} has a currency, not a unit; set currency, or leave measure out"
    daily = (*DAILY_MEASURES, "estimated_cost") if kind == "forecast" else DAILY_MEASURES
    if kind != "actual" and kind in KINDS and measure in MEASURES and measure not in daily:
        yield "on", f"{kind} needs a daily series, and {measure} has none; it can be used with {', '.join(daily)}"
    for key, kinds in {
        "period": PERIOD_KINDS,
        "alerts": PERIOD_KINDS,
        "cycle_day": ("forecast",),
        "min_days": ("forecast", "contract", "spike", "anomaly"),
        "window": ("spike", "growth"),
        "floor": ("spike", "growth", "anomaly"),
        "direction": ("anomaly",),
    }.items():
        if key == "min_days" and _alert_kinds(entry) & {"forecast", "forecast_high"}:
            continue
        if key in entry and kind in KINDS and kind not in kinds:
            yield key, f"has no effect with on: {kind}, only with {' or '.join(kinds)}"
    yield from _period_problems(entry)
    yield from _plan_problems(entry)
    yield from _alert_problems(entry)
    if kind == "contract":
        yield from _contract_problems(entry)
    if kind == "anomaly":
        yield from _anomaly_problems(entry)
    if measure in _WHOLE_ACCOUNTS:
        yield from _part_problems(entry, measure, *_WHOLE_ACCOUNTS[measure])
    if measure == "estimated_cost":
        yield from _estimate_problems(entry)


def _period_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    period, starts_on = entry.get("period"), entry.get("starts_on")
    if "cycle_day" in entry and "period" in entry:
        yield "cycle_day", "stands for period: billing_cycle; with period, set starts_on"
    if isinstance(period, dict):
        days = {key: _day(period[key]) for key in ("from", "to") if fits(period.get(key), DAY)}
        for key in [key for key, day in days.items() if day is None]:
            yield f"period.{key}", f"{printable(period[key], 40)!r} is not a valid date"
        first, last = days.get("from"), days.get("to")
        if first and last and first > last:
            yield "period", f"from {first} is after to {last}"
    if "starts_on" not in entry:
        return
    if not isinstance(period, str) or period not in ("billing_cycle", "quarter", "year"):
        yield "starts_on", "has no effect without period: billing_cycle, quarter or year"
    elif period == "billing_cycle" and isinstance(starts_on, str):
        yield "starts_on", "with billing_cycle it must be a day of the month, 1 to 31"
    elif period != "billing_cycle" and not isinstance(starts_on, str):
        yield "starts_on", f"with {period} it must be a month and a day such as 04-01"
    elif isinstance(starts_on, str) and re.match(MONTH_DAY, starts_on) and _day(f"2000-{starts_on}") is None:
        yield "starts_on", f"{starts_on!r} is not a day of any year"


def _plan_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    plan, period = entry.get("limit"), entry.get("period")
    if not isinstance(plan, dict):
        return
    quarters = {"Q" in key for key in plan if isinstance(key, str)}
    if quarters == {True, False}:
        yield "limit", "a mapping of months or of quarters, not of both"
    elif quarters == {True} and period != "quarter":
        yield "limit", "quarters need period: quarter"
    elif quarters == {False} and period not in ("day", "month", "billing_cycle"):
        yield "limit", "months need period: month, billing_cycle or day"


def _alerts(entry: dict[Any, Any]) -> list[dict[Any, Any]]:
    alerts = entry.get("alerts")
    return [alert for alert in alerts if isinstance(alert, dict)] if isinstance(alerts, list) else []


def _alert_kinds(entry: dict[Any, Any]) -> set[str]:
    return {on for alert in _alerts(entry) if isinstance(on := alert.get("on", alert_kind(entry)), str)}


def alert_kind(entry: dict[Any, Any]) -> Any:
    """Return what an alert looks at that does not say it; of a contract that is what is drawn."""
    kind = entry.get("on", "actual")
    return "actual" if kind == "contract" else kind


def _alert_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    daily = (*DAILY_MEASURES, "estimated_cost")
    for index, alert in enumerate(_alerts(entry)):
        if ("percent" in alert) is ("amount" in alert):
            yield f"alerts[{index}]", "needs either percent or amount"
        if alert.get("on") in ("forecast", "forecast_high") and entry.get("measure") in set(MEASURES) - set(daily):
            yield f"alerts[{index}].on", f"a forecast needs a daily series, and {entry['measure']} has none"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _contract_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    if entry.get("period", "day") == "day":
        yield "period", "a contract needs the period that its pool is for, such as year, or a mapping of from and to"
    if isinstance(entry.get("limit"), dict):
        yield "limit", "a contract has one amount for the whole of its period, not a plan"


def _anomaly_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    limit, direction, days = entry.get("limit"), entry.get("direction", "both"), entry.get("min_days")
    if isinstance(limit, (int, float)) and limit >= 100 and direction != "up":
        yield "limit", f"{limit:g} percent: use never falls by more than 100; set direction: up, or a limit below 100"
    if isinstance(days, int) and days < MIN_ANOMALY_DAYS:
        yield "min_days", f"an anomaly needs {MIN_ANOMALY_DAYS} whole days at least, two of each weekday"


def _estimate_problems(entry: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    period = entry.get("period")
    forecast = {entry.get("on"), *_alert_kinds(entry)} & {"forecast", "forecast_high"}
    if period == "day" or (forecast and period not in (None, "billing_cycle")):
        yield "period", "can't be used with estimated_cost: an allowance is that of a billing cycle; set billing_cycle"
    for key in [key for key in ("cycle_day", "starts_on") if key in entry and period in (None, "billing_cycle")]:
        yield key, "with estimated_cost the billing cycle is the rate card's; set its cycle_day"


def _part_problems(
    entry: dict[Any, Any], measure: str, allowed: Collection[str], reason: str
) -> Iterator[tuple[str, str]]:
    """Yield what names a part of an account, for measures that are of whole accounts."""
    match = entry.get("match")
    for dimension in match if isinstance(match, dict) else ():
        if _is_dimension(dimension) and dimension not in allowed:
            yield f"match.{dimension}", f"can't be used with {measure}: {reason}"
    if _is_dimension(entry.get("each")) and entry["each"] not in allowed:
        yield "each", f"{entry['each']} can't be used with {measure}: {reason}"


def _is_dimension(name: Any) -> bool:
    return isinstance(name, str) and (name in DIMENSIONS or name.startswith(TAG))
