# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of budgets by the word of ``on``: a kind more is a file and a line here."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.interface import Kind
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.actual import evaluate_actual
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.anomaly import evaluate_anomaly
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.contract import with_drawdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.forecast_budget import evaluate_forecast
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.kinds.spike_growth import (
    evaluate_growth,
    evaluate_spike,
)

KINDS: dict[str, Kind] = {
    "actual": evaluate_actual,
    "forecast": evaluate_forecast,
    "contract": lambda case: with_drawdown(case, evaluate_forecast(case)),
    "spike": evaluate_spike,
    "growth": evaluate_growth,
    "anomaly": evaluate_anomaly,
}
