# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter budgets_backtest."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budgets_backtest
short_description: What budgets would have said on each of the last nights
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Judges the same budgets on each of the last nights, so that a limit is chosen by looking at when it would have
    warned, failed or been unknown.
  - A night knows the days whose rows had arrived by then, which are those up to C(lag_days) before the day before it,
    and only what the gate would have asked for on that night. It knows nothing that was used later.
  - Of those days it knows what the facts say today. Rows that were restated and costs that were rated since then are in
    it.
  - P(finops.cloudflare.budget_periods#filter) returns with C(nights) which facts it takes. Nights that the facts do not
    reach back to are left out, and those that they reach only in part are V(unknown).
requirements:
  - jsonschema on the controller
positional: budgets, rate_card, nights
options:
  _input:
    description: Usage facts, as RV(finops.cloudflare.cloudflare_usage_info#module:usage) has them.
    type: dict
    required: true
  budgets:
    description: Budgets, as P(finops.cloudflare.evaluate_budgets#filter) takes them.
    type: list
    elements: dict
    required: true
  rate_card:
    description: The rate card, which budgets of C(estimated_cost) need.
    type: dict
  nights:
    description: How many nights, from 1 to 366, up to the first night that knows the last day of the facts.
    type: int
    default: 90
seealso:
  - plugin: finops.cloudflare.backtest_markdown
    plugin_type: filter
  - plugin: finops.cloudflare.budget_periods
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Tell the budgets that would have failed
  ansible.builtin.debug:
    msg: >-
      {{ cloudflare_usage | finops.cloudflare.budgets_backtest(budgets)
         | selectattr('counts.fail', 'gt', 0) | map(attribute='name') }}
  vars:
    budgets:
      - name: requests-of-a-day
        period: day
        match:
          metric: workers_standard_requests
        limit: 1000000
"""

RETURN = r"""
_value:
  description: What each budget would have said, or each of its values where it has C(each), in the order of budgets.
  type: list
  elements: dict
  contains:
    name:
      description: Name of the budget.
      type: str
    group:
      description: The value, of a budget with C(each), as in a verdict.
      type: dict
    "on":
      description: What was looked at, such as V(actual).
      type: str
    period:
      description:
        - The period of the budget, such as V(month). Null where it has none. C(actual) and C(forecast) are then of the
          month of each night, as the playbook C(budget_gate) asks for it.
      type: str
    unit:
      description: Unit of a quantity.
      type: str
    currency:
      description: Currency of a cost.
      type: str
    limit:
      description: The limit on the last night; null if not known.
      type: float
    from:
      description: The first night.
      type: str
    to:
      description: The last night.
      type: str
    nights:
      description: Number of nights on which there was a verdict.
      type: int
    counts:
      description: Number of nights with the status V(pass), V(warn), V(unknown) and V(fail).
      type: dict
    runs:
      description:
        - Nights in a row with one C(status), from C(from) to C(to), which are so many C(nights).
        - C(message) is what the verdict of the first of them says.
      type: list
      elements: dict
    highest:
      description:
        - The night with the most of the limit, C(on) which it was C(percent) of it, and the C(amount); null where that
          was never known. For a forecast it is what was expected.
      type: dict
    owner:
      description: The owner of the budget.
      type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.backtest.nights import (
    NIGHTS,
    backtest_budgets,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.backtest.schema import BudgetBacktest
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import judge
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import MAX_NIGHTS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def budgets_backtest(usage: Any, budgets: Any, rate_card: Any = None, nights: Any = NIGHTS) -> list[BudgetBacktest]:
    """Return the back-test; see the documentation of the filter."""
    if isinstance(nights, bool) or not isinstance(nights, int) or not 1 <= nights <= MAX_NIGHTS:
        raise ParameterError([f"nights: {plain(nights)!r} is not a number of nights from 1 to {MAX_NIGHTS}"])
    return backtest_budgets(usage, budgets, judge, plain(rate_card), nights)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"budgets_backtest": budgets_backtest}
