# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter evaluate_budgets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: evaluate_budgets
short_description: Verdicts of budgets over usage facts
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Holds usage facts against budgets and returns a verdict for each, or for each value of a budget with V(each).
  - A verdict is V(pass) only if the facts are whole for what the budget looks at. It is V(unknown) otherwise, unless
    what is certain is over the limit already, which is V(fail). An amount that is exactly the limit is within it.
  - The collection's C(docs/budgets-reference.md) describes budgets key by key, and every rule with its numbers.
requirements:
  - jsonschema on the controller
positional: budgets, rate_card, previous
options:
  _input:
    description: Usage facts, as RV(finops.cloudflare.cloudflare_usage_info#module:usage) has them.
    type: dict
    required: true
  budgets:
    description:
      - Budgets, at least one, each a dictionary with O(budgets[].name) and O(budgets[].limit).
      - Keys that are not known and names that are used twice are refused, with every problem in one message.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the budget, different from all others.
        type: str
        required: true
      limit:
        description:
          - The limit on the amount, which is still within it.
          - For V(contract) the pool, for V(spike) and V(growth) the increase in percent that is still allowed, for
            V(anomaly) the difference.
          - With C(period), also a mapping of months such as V(2026-10) or quarters such as V(2026-Q4). The last one
            holds for all after it.
        type: raw
        required: true
      match:
        description:
          - What the budget looks at. All dimensions must fit. Without it, everything.
          - Each text must match something, or the verdict is V(unknown) with the reason V(no_match) or
            V(pattern_without_match).
        type: dict
        suboptions:
          account:
            description: Id, name or glob of accounts, or a list of these.
            type: raw
          sub_account:
            description: The same of sub-accounts.
            type: raw
          product_family:
            description: The same of products.
            type: raw
          metric:
            description: The same of metrics.
            type: raw
          zone:
            description: The same of zones.
            type: raw
          region:
            description: The same of regions.
            type: raw
          owner:
            description: The same of owners, in facts that P(finops.cloudflare.allocate_usage#filter) has allocated.
            type: raw
          tag.KEY:
            description: The same of the values of a tag, in facts that are grouped by it.
            type: raw
      measure:
        description:
          - What to measure. V(total_cost) is what Cloudflare charges for use plus the fixed fees of these days, for
            facts with C(subscriptions).
        type: str
        choices:
          - consumed_quantity
          - billed_cost
          - effective_cost
          - contracted_cost
          - list_cost
          - total_cost
          - estimated_cost
        default: consumed_quantity
      "on":
        description:
          - V(actual) is the amount in the range of the facts, V(forecast) the one expected at the end of the cycle.
          - V(contract) is a pool that is drawn down over its C(period), with the day on which it is used up.
          - V(spike) compares the last whole days with the median of the days before.
          - V(growth) compares the last whole days with as many days before, or the facts with O(previous).
          - V(anomaly) compares the last whole days with what is usual for them, by weekday.
        type: str
        choices: [actual, forecast, contract, spike, growth, anomaly]
        default: actual
      unit:
        description: Unit of the limit of a quantity, which must be that of all the data the budget looks at.
        type: str
      currency:
        description: Currency of the limit of a cost, which must be that of all the data the budget looks at.
        type: str
      warn_at:
        description: Percentages of the limit; an amount over one of them is V(warn). A single number will do.
        type: list
        elements: float
      alerts:
        description:
          - Thresholds beside the limit, each with either O(budgets[].alerts[].percent) or O(budgets[].alerts[].amount).
          - All of them are part of one verdict, which has the worst status of limit and alerts.
        type: list
        elements: dict
        suboptions:
          percent:
            description: The threshold in percent of the limit, up to 1000.
            type: float
          amount:
            description: The threshold as an amount.
            type: float
          "on":
            description:
              - What is held against it. V(forecast_high) is the upper end of the range of the forecast.
              - Left out, it is what the budget looks at; for a V(contract), V(actual).
            type: str
            choices: [actual, forecast, forecast_high]
          severity:
            description: Severity once it is crossed. Left out, it is that of the budget.
            type: str
            choices: [info, minor, major, critical]
          outcome:
            description: What it does to the gate once it is crossed. V(ignore) only shows it.
            type: str
            choices: [fail, warn, ignore]
            default: warn
      each:
        description:
          - Holds every value of a dimension against the limit by itself.
          - One of V(account), V(sub_account), V(product_family), V(metric), V(zone), V(region) and V(owner), or
            C(tag.KEY).
        type: str
      period:
        description:
          - The days that V(actual), V(forecast) and V(contract) are about, V(day), V(month), V(billing_cycle),
            V(quarter) or V(year) (the one that holds the last day whose rows had their time to arrive), or a mapping of
            C(from) and C(to).
          - Without it, V(actual) means the range of the facts, and V(forecast) their calendar month. V(contract) needs
            it, and more than a V(day).
          - Facts that do not cover it from its first day never pass.
        type: raw
      starts_on:
        description:
          - For V(billing_cycle) the day of the month on which it begins. Left out, it is the day that the facts name in
            C(billing_cycle), else the 1st.
          - For V(quarter) and V(year) the month and day on which the year begins, such as V(04-01).
        type: raw
      cycle_day:
        description: For V(forecast), short for C(period) V(billing_cycle) with this C(starts_on).
        type: int
      min_days:
        description:
          - Whole days that V(forecast), V(contract), V(spike) and V(anomaly) need before they say anything.
          - The default is V(7), for V(anomaly) V(21).
        type: int
      window:
        description: The last days that V(spike) (default 1) and V(growth) (default 7) look at.
        type: int
      floor:
        description: An amount up to which V(spike) and V(growth) always pass; for V(anomaly), a difference.
        type: float
        default: 0
      direction:
        description: Whether an V(anomaly) is use above what is usual, below it, or either.
        type: str
        choices: [up, down, both]
        default: both
      on_unknown:
        description: What a verdict V(unknown) does to the gate.
        type: str
        choices: [fail, warn, ignore]
        default: fail
      on_no_match:
        description: What a budget that matches nothing does to the gate.
        type: str
        choices: [fail, warn, ignore]
        default: fail
      severity:
        description: Severity for reports.
        type: str
        choices: [info, minor, major, critical]
        default: major
      owner:
        description: Who answers for the budget, for reports.
        type: str
      note:
        description: A note for reports.
        type: str
  rate_card:
    description: A rate card, needed for V(estimated_cost). See P(finops.cloudflare.estimate_costs#filter).
    type: dict
  previous:
    description: Usage facts of the period before, up to the day before the first day of the facts, for V(growth).
    type: dict
seealso:
  - plugin: finops.cloudflare.gate_outcome
    plugin_type: filter
  - plugin: finops.cloudflare.budgets_table
    plugin_type: filter
  - plugin: finops.cloudflare.budget_dimensions
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Judge the use of the last 30 whole days
  vars:
    budgets:
      - name: workers-requests
        match:
          metric: workers_standard_requests
        limit: 50000000
        unit: Requests
        warn_at: [80, 95]
      - name: r2-operations-by-month-end
        match:
          metric: "R2 Class * Operations"
        each: metric
        "on": forecast
        period: month
        limit: 60000000
  block:
    - name: Get the usage, grouped as the budgets need it
      finops.cloudflare.cloudflare_usage_info:
        account_id: 023e105f4ecef8ad9ca31a8372d0c353
        period: last_30_days
        complete_days: true
        group_by: "{{ budgets | finops.cloudflare.budget_dimensions }}"
      register: result

    - name: Hold it against the budgets
      ansible.builtin.set_fact:
        cloudflare_budgets: "{{ result.usage | finops.cloudflare.evaluate_budgets(budgets) }}"
"""

RETURN = r"""
_value:
  description: The verdicts, in the order of the budgets.
  type: list
  elements: dict
  contains:
    name:
      description: Name of the budget.
      type: str
    group:
      description:
        - The value that the verdict is about, of a budget with V(each).
        - Its C(id) and C(name) are both null for use that names none, such as contract-level use without an account.
      type: dict
      contains:
        dimension:
          description: Name of the dimension.
          type: str
        id:
          description: Id of the value.
          type: str
        name:
          description: Name of the value.
          type: str
    status:
      description:
        - V(pass), V(warn), V(fail) or V(unknown).
        - It says what is known, whatever C(on_unknown) and C(on_no_match) make of it.
      type: str
    outcome:
      description: What it does to a gate, V(pass), V(warn) or V(fail).
      type: str
    "on":
      description: What was looked at, V(actual), V(forecast), V(contract), V(spike), V(growth) or V(anomaly).
      type: str
    measure:
      description: What was measured, such as V(consumed_quantity).
      type: str
    actual:
      description:
        - The amount so far; null where nothing is known.
        - For V(spike) the mean of a day in the last days, for V(growth) the amount of the last days.
      type: float
    actual_is_lower_bound:
      description: Whether C(actual) is only what is certain, and the true amount may be larger.
      type: bool
    limit:
      description:
        - The limit that was used, in the unit or currency of C(actual).
        - For V(spike) and V(growth) the baseline with the allowed increase, or the floor; null if not known.
      type: float
    unit:
      description: Unit of a quantity.
      type: str
    currency:
      description: Currency of a cost.
      type: str
    percent:
      description: The actual amount or the forecast in percent of the limit; null where the status is V(unknown).
      type: float
    baseline:
      description: What V(spike) and V(growth) compare with.
      type: float
    forecast:
      description: The amount expected at the end of the period.
      type: float
    forecast_low:
      description: Lower end of the range of the forecast, which holds 80 % of the time.
      type: float
    forecast_high:
      description: Upper end of the range of the forecast, which holds 80 % of the time.
      type: float
    forecast_error_before:
      description:
        - By how many percent of the amount the same forecast was off in the cycle before, more than 0 where it was too
          high; null where the facts do not reach back far enough.
      type: float
    estimated:
      description: Whether the amounts are estimates from a rate card.
      type: bool
    rate_card:
      description: Name of the rate card of an estimate.
      type: str
    period:
      description: The period that was judged; null where that is the range of the facts.
      type: dict
      contains:
        name:
          description: V(day), V(month), V(billing_cycle), V(quarter), V(year) or V(range).
          type: str
        from:
          description: First day of the period.
          type: str
        to:
          description: Last day of the period.
          type: str
    from:
      description: First of the days of the facts that were looked at.
      type: str
    to:
      description: Last of the days of the facts that were looked at.
      type: str
    days_used:
      description: Number of whole days that the verdict rests on.
      type: int
    crossed_on:
      description: The day on which the running total passed the limit, or will by the forecast.
      type: str
    crossed_earliest:
      description: The earliest day of the range of that day, which holds 80 % of the time.
      type: str
    crossed_latest:
      description: The latest day of that range; null where it is after the period.
      type: str
    anomaly:
      description:
        - Of V(anomaly) with the status V(fail) what happened, else null. C(direction) is V(up) or V(down), C(since) the
          first of so many C(days), C(impact) how far they are off together, below 0 for a fall.
        - C(cost) is what they were billed beyond the usual so far, in C(currency); null where that is not known.
        - C(groups) are the three that explain most of it, each with C(labels) (names by dimension), C(impact) and that
          in C(percent) of the whole.
      type: dict
    contract:
      description:
        - Of V(contract) how far the pool is drawn down, else null. C(drawn_percent) is of the pool, C(days_percent) of
          the days of its period, C(left) is what is left of it now.
        - It is used up on C(used_up_on), 80 % of the time from C(used_up_earliest) to C(used_up_latest); null is not
          within the period.
        - C(unused) is what is expected to be left at the end of the period, from C(unused_low) to C(unused_high) 80 %
          of the time.
      type: dict
    reasons:
      description: Codes for programs, such as V(over_limit), V(facts_partial) or V(no_match).
      type: list
      elements: str
    message:
      description: One sentence for people.
      type: str
    alerts:
      description: The alerts of the budget.
      type: list
      elements: dict
      contains:
        "on":
          description: What is looked at, V(actual), V(forecast) or V(forecast_high).
          type: str
        percent:
          description: The threshold in percent of the limit; null where it is an amount.
          type: float
        threshold:
          description: The threshold as an amount.
          type: float
        amount:
          description: The amount that was held against it; null where nothing is known.
          type: float
        crossed:
          description: Whether the amount is over the threshold; null where that is not known.
          type: bool
        severity:
          description: Severity of the alert.
          type: str
        outcome:
          description: What it does to the gate when it is crossed.
          type: str
    severity:
      description: Severity of the budget, or of its alerts that are crossed.
      type: str
    owner:
      description: Owner of the budget.
      type: str
    note:
      description: Note of the budget.
      type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets import evaluate as budget_rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict


@ansible_filter
def evaluate_budgets(usage: Any, budgets: Any, rate_card: Any = None, previous: Any = None) -> list[Verdict]:
    """Return the verdicts; see the documentation of the filter."""
    return budget_rules.evaluate_budgets(plain(usage), budgets, rate_card, plain(previous))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"evaluate_budgets": evaluate_budgets}
