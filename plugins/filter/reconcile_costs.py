# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter reconcile_costs."""

from __future__ import annotations

DOCUMENTATION = r"""
name: reconcile_costs
short_description: Compare a rate card with the bill
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Sets side by side, for each account, metric and billing cycle, what a rate card estimates and what Cloudflare
    charges, with the difference and why the two may differ.
  - A difference of less than half a cent is rounding, more is shown. What is not known on either side makes a line
    V(unknown), and is never taken for equal.
requirements:
  - jsonschema on the controller
positional: rate_card
options:
  _input:
    description:
      - Usage facts with costs, as RV(finops.cloudflare.cloudflare_usage_info#module:usage) has them with
        O(finops.cloudflare.cloudflare_usage_info#module:source=paygo) or
        O(finops.cloudflare.cloudflare_usage_info#module:source=rated).
      - They must be grouped by V(account) and V(metric), and begin with a billing cycle.
    type: dict
    required: true
  rate_card:
    description: The rate card, as P(finops.cloudflare.estimate_costs#filter) takes it.
    type: dict
    required: true
seealso:
  - plugin: finops.cloudflare.estimate_costs
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show where our rate card does not say what Cloudflare charges
  ansible.builtin.debug:
    msg: "{{ compared.lines | rejectattr('result', 'eq', 'equal') }}"
  vars:
    compared: "{{ cloudflare_usage | finops.cloudflare.reconcile_costs(rate_card) }}"
    rate_card:
      name: Our prices
      source: the price list of October 2026
      checked_on: "2026-10-15"
      currency: USD
      prices:
        - metric: workers_standard_requests
          unit: [Requests, Count]
          price: 0.30
          block: 1000000
          round_up: true
          included_per_cycle: 10000000
"""

RETURN = r"""
_value:
  description: The comparison. Its JSON Schema is C(docs/schemas/reconciliation.json) of the collection.
  type: dict
  contains:
    from:
      description: First day of the facts.
      type: str
    to:
      description: Last day of the facts.
      type: str
    currency:
      description: Currency of the rate card.
      type: str
    result:
      description:
        - V(different) where a line is, V(equal) where all lines are and nothing is doubtful, else V(unknown).
      type: str
    estimated:
      description: What the card estimates for all lines of which both amounts are known.
      type: float
    billed:
      description: What Cloudflare charges for the same lines.
      type: float
    difference:
      description: How much more Cloudflare charges for them.
      type: float
    billed_without_estimate:
      description: What Cloudflare charges for the lines that the card can't price.
      type: float
    estimated_without_bill:
      description: What the card estimates for the lines without a known cost.
      type: float
    reasons:
      description: Codes of what is doubtful in the facts as a whole.
      type: list
      elements: str
    lines:
      description: The lines, unknown ones first, then by the size of the difference.
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
          description: Unit of the quantity.
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
        rule:
          description: The price of the card that was used.
          type: str
        estimated:
          description: What the card estimates; null where it can't.
          type: float
        billed:
          description: What Cloudflare charges; null where it is not known.
          type: float
        difference:
          description: How much more Cloudflare charges; null where one of the two is not known.
          type: float
        result:
          description: V(equal), V(different) or V(unknown).
          type: str
        reasons:
          description: Codes of why the two may differ, or can't be compared.
          type: list
          elements: str
    explanations:
      description: A clause for each code of the lines.
      type: dict
    rate_card:
      description: C(name), C(source) and C(checked_on) of the card.
      type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Reconciliation
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing import reconcile


@ansible_filter
def reconcile_costs(usage: Any, rate_card: Any) -> Reconciliation:
    """Return the comparison; see the documentation of the filter."""
    return reconcile.reconcile_costs(plain(usage), rate_card)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"reconcile_costs": reconcile_costs}
