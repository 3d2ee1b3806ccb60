# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter estimate_costs."""

from __future__ import annotations

DOCUMENTATION = r"""
name: estimate_costs
short_description: What usage costs by a rate card
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Applies a rate card to usage facts, on the total of each account, metric and billing cycle.
  - What the card can't price is listed, and makes the amount a lower bound. It is never taken for 0.
  - An estimate is no bill. Keep it apart from the costs that Cloudflare gives.
requirements:
  - jsonschema on the controller
positional: rate_card
options:
  _input:
    description:
      - Usage facts, as RV(finops.cloudflare.cloudflare_usage_info#module:usage) has them.
      - They must be grouped by V(account) and V(metric), and begin with a billing cycle.
    type: dict
    required: true
  rate_card:
    description: The rate card. The collection's C(docs/rate-cards.md) describes it key by key, with an example.
    type: dict
    required: true
    suboptions:
      name:
        description: Name of the card.
        type: str
        required: true
      source:
        description: Where the prices come from.
        type: str
        required: true
      checked_on:
        description: The day on which somebody last compared the card with its source.
        type: str
        required: true
      currency:
        description: Currency of all prices.
        type: str
        required: true
      cycle_day:
        description:
          - The day of the month on which the billing cycle begins. Left out, it is the day that the facts name in
            C(billing_cycle), else the 1st.
        type: int
      valid_from:
        description: First day on which the prices are valid, unless one says otherwise.
        type: str
      valid_until:
        description: Last day on which the prices are valid, unless one says otherwise.
        type: str
      note:
        description: A note.
        type: str
      prices:
        description: The prices. Of several that fit, the first counts.
        type: list
        elements: dict
        required: true
        suboptions:
          metric:
            description: Id, name or glob of the metric, or a list of these.
            type: raw
            required: true
          unit:
            description: Unit of the quantity, or a list of units that mean the same; use in another is not priced.
            type: raw
            required: true
          price:
            description: Price of a block. Either this or O(rate_card.prices[].tiers) is required.
            type: float
          tiers:
            description: Prices of a block, each up to a billable quantity in the cycle.
            type: list
            elements: dict
            suboptions:
              up_to:
                description: Where the tier ends; the last has none.
                type: float
              price:
                description: Price of a block in this tier.
                type: float
                required: true
          block:
            description: Size of a block.
            type: float
            default: 1
          round_up:
            description: Whether a started block costs as much as a whole one.
            type: bool
            default: false
          included_per_cycle:
            description: What is included for each account and cycle.
            type: float
          included_per_day:
            description: What is included for each account and day, instead of for the cycle.
            type: float
          valid_from:
            description: First day on which the price is valid.
            type: str
          valid_until:
            description: Last day on which the price is valid.
            type: str
          note:
            description: A note.
            type: str
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Estimate what the requests of the month cost
  ansible.builtin.debug:
    msg: "{{ cloudflare_usage | finops.cloudflare.estimate_costs(rate_card) }}"
  vars:
    rate_card:
      name: Our contract
      source: the contract of 2026-03-01, appendix B
      checked_on: "2026-10-15"
      currency: USD
      prices:
        - metric: workers_standard_requests
          unit: Requests
          price: 0.30
          block: 1000000
          round_up: true
          included_per_cycle: 10000000
"""

RETURN = r"""
_value:
  description: The estimate.
  type: dict
  contains:
    currency:
      description: Currency of the rate card.
      type: str
    amount:
      description: The sum of all items; null where nothing could be priced.
      type: float
    is_lower_bound:
      description: Whether the true cost may be higher.
      type: bool
    reasons:
      description:
        - Codes of what is doubtful in the facts, such as V(days_not_complete_yet), V(cycle_start_missing),
          V(cycle_unknown), V(cycle_day_differs) or V(not_grouped_by).
      type: list
      elements: str
    items:
      description: What was priced, an item for each account, metric and cycle.
      type: list
      elements: dict
      contains:
        account_id:
          description: Id of the account.
          type: str
        account_name:
          description: Name of the account.
          type: str
        metric_id:
          description: Id of the metric.
          type: str
        metric_name:
          description: Name of the metric.
          type: str
        consumed_unit:
          description: Unit of the quantities.
          type: str
        from:
          description: First day of the cycle that the facts hold.
          type: str
        to:
          description: Last day of the cycle that the facts hold.
          type: str
        quantity:
          description: What was used.
          type: float
        included:
          description: What of it is included.
          type: float
        billable_quantity:
          description: What of it is priced, before rounding up to blocks.
          type: float
        price:
          description: Price of a block; null where there are several tiers.
          type: float
        tiers:
          description: The tiers of the price.
          type: list
          elements: dict
        block:
          description: Size of a block.
          type: float
        amount:
          description: What it costs.
          type: float
        rule:
          description: The price of the card that was used.
          type: str
        running:
          description:
            - What the days up to each day of it come to, one number for each day; the last one is its amount.
            - It is null where all items together have more than 10,000 days.
          type: list
          elements: float
    unpriced:
      description:
        - What could not be priced, with its quantity and the code of the reason.
        - The codes are V(no_price), V(other_unit), V(outside_dates), V(negative_quantity)
          and V(no_account).
      type: list
      elements: dict
    rate_card:
      description: C(name), C(source) and C(checked_on) of the card.
      type: dict
    reconciliation:
      description:
        - The estimate beside what Cloudflare charges, as P(finops.cloudflare.reconcile_costs#filter) returns it; null
          where the facts have no costs.
      type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing import estimate


@ansible_filter
def estimate_costs(usage: Any, rate_card: Any) -> Estimate:
    """Return the estimate; see the documentation of the filter."""
    return estimate.estimate_costs(plain(usage), rate_card)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"estimate_costs": estimate_costs}
