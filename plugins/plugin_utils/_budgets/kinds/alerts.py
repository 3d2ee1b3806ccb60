# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many thresholds in one budget: which of its alerts are passed, and what that makes of its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import settled
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.budget import Alert, Budget
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import (
    MEMBERSHIP,
    OVER_LIMIT,
    OVER_WARNING,
    PassedAlert,
    Reason,
    Result,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import SEVERITIES, STATUSES, Status

OVER_ALERT = Reason("over_alert", "it is over an alert")


def with_alerts(budget: Budget, result: Result, by_kind: Mapping[str, Result]) -> Result:
    """Return the result with the alerts of the budget; ``by_kind`` are the results of the kinds that tell them.

    The worst counts: an alert that fails is a budget that is violated. What can't be told of an alert is unknown.
    """
    found = tuple(_held(budget, alert, by_kind[alert.kind]) for alert in budget.alerts)
    statuses: list[Status] = [result.status]
    severities = [budget.severity] if result.status != "pass" else []
    reasons = list(result.reasons)
    for alert in found:
        if alert.crossed is None and alert.alert.outcome != "pass":
            statuses.append("unknown")
            why = [reason for reason in by_kind[alert.alert.kind].reasons if reason not in (OVER_LIMIT, OVER_WARNING)]
            reasons += why or [MEMBERSHIP]
        elif alert.crossed and alert.alert.outcome != "pass":
            statuses.append(alert.alert.outcome)
            severities.append(alert.alert.severity)
            reasons.append(OVER_ALERT)
    return replace(
        result,
        status=max(statuses, key=STATUSES.index),
        severity=max(severities, key=SEVERITIES.index, default=None),
        alerts=found,
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _held(budget: Budget, alert: Alert, result: Result) -> PassedAlert:
    """Hold what is certain and what is possible against a threshold; exactly at it is not passed."""
    threshold = alert.amount if alert.percent is None else settled(budget.limit * alert.percent / 100)
    lower, upper = _bounds(alert, result)
    crossed: bool | None = None
    if threshold is not None and lower is not None and lower > threshold:
        crossed = True
    elif threshold is not None and upper is not None and upper <= threshold:
        crossed = False
    return PassedAlert(alert, threshold, lower, crossed)


def _bounds(alert: Alert, result: Result) -> tuple[Decimal | None, Decimal | None]:
    if alert.on == "actual":
        return result.actual, result.upper
    predicted = result.forecast if alert.on == "forecast" else result.high
    # what is used by now is never undone by a prediction
    return (result.actual, None) if predicted is None else (predicted, predicted)
