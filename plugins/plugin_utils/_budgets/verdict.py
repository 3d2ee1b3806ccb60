# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict as a fact: numbers, reason codes, what it does to the gate, and one sentence for people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import (
    percent_of,
    rounded,
    rounded_beside,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    Anomaly,
    Cause,
    Drawdown,
    Measurement,
    PassedAlert,
    Reason,
    Result,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.match import Value
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.view import View
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_money,
    format_number,
    format_percent,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RateCard
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    OUTCOMES,
    Outcome,
    Verdict,
    VerdictAlert,
    VerdictAnomaly,
    VerdictContract,
    VerdictGroup,
    VerdictPeriod,
)

_HUNDRED = Decimal(100)
NO_MATCH_CODES = frozenset(("no_match", "pattern_without_match"))
# What the sentence says already, so it is no doubt.
_SAID = frozenset(("over_limit", "over_warning", "over_alert"))
_MEASURE_WORDS = {
    "billed_cost": "billed",
    "effective_cost": "effective cost",
    "contracted_cost": "contracted cost",
    "list_cost": "list cost",
    "total_cost": "in total",
    "estimated_cost": "estimated",
}


def verdict(
    view: View,
    value: Value | None,
    finding: Result,
    reading: Measurement,
    *,
    card: RateCard | None = None,
) -> Verdict:
    """Return the verdict of one budget, or of one of its values where it has ``each``."""
    budget = view.budget
    unit = reading.unit if reading.unit is not None else budget.unit
    currency = reading.currency or budget.currency
    words = _Words(view, unit, currency)
    reasons = finding.reasons
    return {
        "name": budget.name,
        "group": _group(budget, value),
        "status": finding.status,
        "outcome": _outcome(budget, finding),
        "on": budget.on,
        "measure": budget.measure,
        "actual": rounded_beside(finding.actual, finding.limit),
        "actual_is_lower_bound": finding.lower_bound,
        "limit": rounded(finding.limit),
        "unit": unit,
        "currency": currency,
        "percent": rounded_beside(_percent(finding), _HUNDRED),
        "baseline": rounded(finding.baseline),
        "forecast": rounded_beside(finding.forecast, finding.limit),
        "forecast_low": rounded(finding.low),
        "forecast_high": rounded(finding.high),
        "forecast_error_before": rounded(finding.error_before),
        "estimated": budget.estimated,
        "rate_card": card.name if budget.estimated and card else None,
        "period": _period(view),
        "from": view.first.isoformat(),
        "to": view.facts.last.isoformat(),
        "days_used": finding.days_used,
        "crossed_on": _iso(finding.crossed_on),
        "crossed_earliest": _iso(finding.crossed_earliest),
        "crossed_latest": _iso(finding.crossed_latest),
        "anomaly": _anomaly(finding.anomaly),
        "contract": _contract(finding),
        "reasons": list(dict.fromkeys(reason.code for reason in reasons)),
        "message": _message(words, finding, reasons),
        "alerts": [_alert(each) for each in finding.alerts],
        "severity": finding.severity or budget.severity,
        "owner": budget.owner,
        "note": budget.note,
    }


def _alert(found: PassedAlert) -> VerdictAlert:
    alert = found.alert
    return {
        "on": alert.on,
        "percent": rounded(alert.percent),
        "threshold": rounded(found.threshold),
        "amount": rounded_beside(found.amount, found.threshold),
        "crossed": found.crossed,
        "severity": alert.severity,
        "outcome": alert.outcome,
    }


def _period(view: View) -> VerdictPeriod | None:
    if view.span is None or view.budget.period is None:
        return None
    days = {"from": view.span.first.isoformat(), "to": view.span.last.isoformat()}
    return {"name": view.budget.period.name, "from": days["from"], "to": days["to"]}


def _anomaly(found: Anomaly | None) -> VerdictAnomaly | None:
    if found is None:
        return None
    return {
        "direction": found.direction,
        "since": found.since.isoformat(),
        "days": found.days,
        "impact": rounded(found.impact),
        "cost": rounded(found.cost),
        "currency": found.currency,
        "groups": [
            {"labels": dict(cause.labels), "impact": rounded(cause.impact), "percent": rounded(cause.percent)}
            for cause in found.causes
        ],
    }


def _contract(finding: Result) -> VerdictContract | None:
    found = finding.drawdown
    if found is None:
        return None
    return {
        "drawn_percent": rounded_beside(found.drawn_percent, _HUNDRED),
        "days_percent": rounded(found.days_percent),
        "left": rounded(found.left),
        "used_up_on": _iso(finding.crossed_on),
        "used_up_earliest": _iso(finding.crossed_earliest),
        "used_up_latest": _iso(finding.crossed_latest),
        "unused": rounded(found.unused),
        "unused_low": rounded(found.unused_low),
        "unused_high": rounded(found.unused_high),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _group(budget: Budget, value: Value | None) -> VerdictGroup | None:
    if value is None or budget.each is None:
        return None
    return {"dimension": budget.each, "id": value[0], "name": value[1]}


def _outcome(budget: Budget, finding: Result) -> Outcome:
    """Return what a verdict does to the gate: the worst that its causes ask for."""
    if finding.status != "unknown":
        return finding.status
    codes = {reason.code for reason in finding.reasons}
    asked: list[Outcome] = []
    if codes & NO_MATCH_CODES:
        asked.append(budget.on_no_match)
    if codes - NO_MATCH_CODES - {"over_alert"}:
        asked.append(budget.on_unknown)
    asked += [each.alert.outcome for each in finding.alerts if each.crossed]
    return max(asked, key=OUTCOMES.index, default="fail")


def _percent(finding: Result) -> Decimal | None:
    return None if finding.judged is None or finding.limit is None else percent_of(finding.judged, finding.limit)


def _money(value: Decimal | None, currency: str | None, *others: Decimal | None) -> str:
    return format_money(value, currency, *others).replace("\N{NO-BREAK SPACE}", " ")


class _Words:
    """Amounts of one budget in words."""

    def __init__(self, view: View, unit: str | None, currency: str | None) -> None:
        self.budget = view.budget
        self.view = view
        self._unit = unit
        self._currency = currency

    @property
    def cycle(self) -> str:
        return "cycle" if self.budget.period is None else self.budget.period.title

    def period(self) -> list[str]:
        """Return which period it is, and whether all of it is known; nothing for the range of the facts."""
        if self.budget.period is None or self.view.span is None:
            return []
        return [f"{self.cycle} {self.view.span}{' (whole)' if self.view.whole else ''}"]

    def amount(self, value: Decimal | None, *others: Decimal | None) -> str:
        """Return an amount that never reads like one of the others that it differs from."""
        if self.budget.measure == "consumed_quantity":
            unit = printable(self._unit, 60) if self._unit else ""
            return f"{format_number(value, *others)} {unit}".strip()
        return _money(value, self._currency, *others)

    def used(self, value: Decimal | None, *others: Decimal | None, at_least: bool) -> str:
        verb = _MEASURE_WORDS.get(self.budget.measure, "used")
        return f"{'at least ' if at_least else ''}{self.amount(value, *others)} {verb}"


def _message(words: _Words, finding: Result, reasons: tuple[Reason, ...]) -> str:
    parts = []
    if finding.status == "unknown":
        because = "; ".join(dict.fromkeys(reason.text for reason in reasons)) or "the data is not whole"
        parts.append(f"Can't tell: {because}")
        if finding.actual is not None:
            parts.append(_used_of_limit(words, finding, at_least=True))
    elif finding.drawdown is not None and finding.forecast is not None:
        parts += _drawn(words, finding, finding.drawdown)
    elif words.budget.on == "anomaly":
        parts.append(_unusual(words, finding))
    elif finding.compared_days is not None:
        parts.append(_compared(words, finding))
    elif finding.forecast is not None:
        parts.append(_forecast(words, finding))
    else:
        parts.append(_used_of_limit(words, finding, at_least=finding.lower_bound) + _share(finding))
    drawn = finding.drawdown is not None and finding.forecast is not None
    if finding.crossed_on is not None and finding.compared_days is None and not drawn:
        parts.append(f"{_crosses(finding)} the limit on {finding.crossed_on}")
    parts += _alerts(words, finding) + words.period()
    text = ", ".join(parts)
    doubts = dict.fromkeys(reason.text for reason in reasons if reason.code not in _SAID)
    if doubts and finding.status != "unknown":
        text += f"; in doubt: {'; '.join(doubts)}"
    return f"{text[0].upper()}{text[1:]}."


def _crosses(finding: Result) -> str:
    """Return the word for a limit that was passed, or will be if the forecast comes true."""
    over = finding.actual is not None and finding.limit is not None and finding.actual > finding.limit
    return "over" if over else "expected over"


def _alerts(words: _Words, finding: Result) -> list[str]:
    """Return which alerts are passed, each with its amount."""
    return [
        f"{each.alert.on.replace('_', ' ')} {words.amount(each.amount, each.threshold)} over the alert at"
        f" {words.amount(each.threshold, each.amount)}"
        for each in finding.alerts
        if each.crossed
    ]


def _used_of_limit(words: _Words, finding: Result, *, at_least: bool) -> str:
    used = words.used(finding.actual, finding.limit, at_least=at_least)
    return f"{used} of {words.amount(finding.limit, finding.actual)}"


def _share(finding: Result) -> str:
    percent = _percent(finding)
    return "" if percent is None else f" ({format_percent(percent)})"


def _forecast(words: _Words, finding: Result) -> str:
    verb = " estimated" if words.budget.estimated else ""
    span = f"{words.amount(finding.low)} to {words.amount(finding.high)}"
    return (
        f"forecast{verb} {words.amount(finding.forecast, finding.limit)}"
        f" of {words.amount(finding.limit, finding.forecast)}{_share(finding)}"
        f" by the end of the {words.cycle}, 80% range {span},"
        f" {words.used(finding.actual, at_least=finding.lower_bound)} so far"
    )


def _drawn(words: _Words, finding: Result, found: Drawdown) -> list[str]:
    """Return how far a pool is drawn down, and when it is used up or what is left of it at the end."""
    drawn = words.amount(finding.actual, finding.limit)
    used = f"{'at least ' if finding.lower_bound else ''}{drawn} of {words.amount(finding.limit, finding.actual)} drawn"
    parts = [f"{used} ({format_percent(found.drawn_percent)}) in {format_percent(found.days_percent)} of the days"]
    if finding.crossed_on is None:
        span = f"{words.amount(found.unused_low)} to {words.amount(found.unused_high)}"
        parts.append(f"{words.amount(found.unused)} of it expected to be left at the end, 80% range {span}")
        early = finding.crossed_earliest
        return [*parts, f"used up on {early} at the earliest"] if early else parts
    over = _crosses(finding) == "over"
    text = f"{'' if over else 'expected to be '}used up on {finding.crossed_on}"
    latest = finding.crossed_latest or f"after the {words.cycle}"
    return [*parts, text if over else f"{text}, 80% range {finding.crossed_earliest} to {latest}"]


def _unusual(words: _Words, finding: Result) -> str:
    first, last = finding.compared_days or (None, None)
    days = f"on {last}" if first == last else f"from {first} to {last}"
    found = finding.anomaly
    more = {"up": "more", "down": "less"}.get(found.direction if found else words.budget.direction, "more or less")
    text = (
        f"{words.amount(finding.actual, finding.limit)} {more} than usual {days}, where"
        f" {words.amount(finding.baseline)} is usual,"
        f" and up to {words.amount(finding.limit, finding.actual)} is allowed"
    )
    causes = [_cause(words, cause) for cause in found.causes] if found else []
    if found and found.cost is not None and words.budget.measure == "consumed_quantity":
        way = "more" if found.cost > 0 else "less"
        text += f", and {_money(abs(found.cost), found.currency)} {way} billed so far"
    return f"{text}; most of it in {', '.join(causes)}" if causes else text


def _cause(words: _Words, cause: Cause) -> str:
    names = " / ".join(printable(name, 60) for name in cause.labels.values() if name) or "all"
    share = "" if cause.percent is None else f" ({format_percent(cause.percent)})"
    return f"{names} {words.amount(cause.impact)}{share}"


def _compared(words: _Words, finding: Result) -> str:
    first, last = finding.compared_days or (None, None)
    days = f"on {last}" if first == last else f"from {first} to {last}"
    mean = " a day" if words.budget.on == "spike" and first != last else ""
    against = "the median day before" if words.budget.on == "spike" else "the period before"
    return (
        f"{words.used(finding.actual, finding.limit, at_least=False)}{mean} {days},"
        f" {against} had {words.amount(finding.baseline)}, and up to {words.amount(finding.limit, finding.actual)}"
        " is allowed"
    )
