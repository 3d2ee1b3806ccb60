# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter starter_budgets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: starter_budgets
short_description: Budgets to start with, out of usage and a rate card
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Makes budgets that guard what is used, for people to look at and to change. The playbook
    C(finops.cloudflare.starter_budgets) writes them as a file.
  - Each metric in use that has an allowance in the rate card has a budget on it, for each account, which is shown at
    50 %, warns at 80 % and fails at 100 %. Where more than that was used in the last whole billing cycle, the limit is
    half as much again as the largest account used then.
  - Each metric in use has an anomaly rule, for days of half as much again as usual, with a floor of 1 % of its
    allowance. For a metric with fewer than 21 whole days of use before the last one it is a warning until it can be
    told.
  - The bill has a limit a fifth above that of the last whole billing cycle, by what Cloudflare charged, or else by the
    rate card for what it can price. Without a whole cycle in the facts there is none.
  - What the rate card has and nobody uses is guarded by one budget on its estimated cost, so that something new is seen
    on its first whole day.
requirements:
  - jsonschema on the controller
positional: rate_card
options:
  _input:
    description:
      - Usage facts, as M(finops.cloudflare.cloudflare_usage_info) or the role P(finops.cloudflare.usage_facts#role)
        returns them, of 90 days at best.
      - They must be grouped by V(account) and V(metric).
    type: dict
    required: true
  rate_card:
    description: The rate card, as P(finops.cloudflare.estimate_costs#filter) takes it.
    type: dict
    required: true
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show budgets to start with
  ansible.builtin.debug:
    msg: "{{ cloudflare_usage | finops.cloudflare.starter_budgets(card | finops.cloudflare.from_document) }}"
  vars:
    card: "{{ lookup('ansible.builtin.file', 'rate-card.yml') }}"
"""

RETURN = r"""
_value:
  description: Budgets, as P(finops.cloudflare.evaluate_budgets#filter) takes them.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets import starter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def starter_budgets(usage: Any, rate_card: Any) -> list[dict[str, Any]]:
    """Return the budgets; see the documentation of the filter."""
    return starter.starter_budgets(plain(usage), plain(rate_card))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"starter_budgets": starter_budgets}
