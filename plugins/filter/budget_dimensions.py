# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter budget_dimensions."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budget_dimensions
short_description: What usage facts must be grouped by for some budgets
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Returns the dimensions that the C(match) and C(each) of budgets name, to ask for facts grouped by them.
  - V(estimated_cost) also needs V(account) and V(metric).
requirements:
  - jsonschema on the controller
options:
  _input:
    description: Budgets, as P(finops.cloudflare.evaluate_budgets#filter) takes them.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show what the facts must be grouped by
  ansible.builtin.debug:
    msg: "{{ budgets | finops.cloudflare.budget_dimensions }}" # account, metric
  vars:
    budgets:
      - name: workers-requests
        match:
          metric: workers_standard_requests
        each: account
        limit: 5000000
"""

RETURN = r"""
_value:
  description:
    - Names of dimensions, for O(finops.cloudflare.cloudflare_usage_info#module:group_by).
    - Those that begin with C(tag.) go without that into O(finops.cloudflare.cloudflare_usage_info#module:tags).
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets import needs as budget_rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def budget_dimensions(budgets: Any) -> list[str]:
    """Return the dimensions; see the documentation of the filter."""
    return budget_rules.budget_dimensions(budgets)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"budget_dimensions": budget_dimensions}
