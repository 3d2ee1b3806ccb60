# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter budget_periods."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budget_periods
short_description: Which usage facts some budgets need
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Returns the days and the grouping of the one set of usage facts that serves all budgets of a list, so that one
    request for each account is enough for a daily cap, a monthly and an annual budget together.
  - The facts end with the last day whose rows had their time to arrive. They begin with the longest period, and early
    enough for what forecasts and spikes look back at.
  - Budgets without a C(period) need the month of that last day. They mean all days of the facts, so they are refused
    beside budgets that need more.
requirements:
  - jsonschema on the controller
positional: _input, today, lag_days, rate_card, nights
options:
  _input:
    description: Budgets, as P(finops.cloudflare.evaluate_budgets#filter) takes them.
    type: list
    elements: dict
    required: true
  today:
    description: The day of the request in UTC as C(YYYY-MM-DD).
    type: str
    required: true
  lag_days:
    description: How many days rows can be late.
    type: int
    default: 1
  rate_card:
    description: The rate card, whose C(cycle_day) is the billing cycle of estimates.
    type: dict
  nights:
    description:
      - For how many nights in a row the facts are to serve, the last of which is O(today); from 1 to 366. More than one
        is for P(finops.cloudflare.budgets_backtest#filter).
    type: int
    default: 1
seealso:
  - plugin: finops.cloudflare.budget_dimensions
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show what the budgets need
  ansible.builtin.debug:
    msg: "{{ budgets | finops.cloudflare.budget_periods('2026-08-22') }}" # 2026-07-01 to 2026-08-20, by metric
  vars:
    budgets:
      - name: requests-of-a-day
        period: day
        match:
          metric: workers_standard_requests
        limit: 1000000
      - name: requests-of-the-quarter
        period: quarter
        match:
          metric: workers_standard_requests
        limit: 60000000
"""

RETURN = r"""
_value:
  description: Options of M(finops.cloudflare.cloudflare_usage_info).
  type: dict
  contains:
    from:
      description: The first day.
      type: str
    to:
      description: The last day.
      type: str
    history_days:
      description:
        - For how many days before the first one it has to be asked what was in use, so that what is not used on these
          days is known to be 0 and no typing error. With more than one of O(nights) these days are in C(from).
      type: int
    group_by:
      description: Names of dimensions.
      type: list
      elements: str
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets import needs as budget_rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def budget_periods(
    budgets: Any, today: Any, lag_days: Any = 1, rate_card: Any = None, nights: Any = 1
) -> dict[str, Any]:
    """Return the days and the grouping; see the documentation of the filter."""
    try:
        day = date.fromisoformat(str(plain(today)))
    except ValueError:
        raise ParameterError([f"today: {plain(today)!r} is not a valid date"]) from None
    if isinstance(lag_days, bool) or not isinstance(lag_days, int) or not 0 <= lag_days <= 366:
        raise ParameterError([f"lag_days: {plain(lag_days)!r} is not a number of days from 0 to 366"])
    if isinstance(nights, bool) or not isinstance(nights, int) or not 1 <= nights <= budget_rules.MAX_NIGHTS:
        raise ParameterError(
            [f"nights: {plain(nights)!r} is not a number of nights from 1 to {budget_rules.MAX_NIGHTS}"]
        )
    return budget_rules.budget_periods(budgets, day, lag_days, plain(rate_card), nights)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"budget_periods": budget_periods}
