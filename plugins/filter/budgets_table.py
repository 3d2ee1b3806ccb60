# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter budgets_table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budgets_table
short_description: Verdicts of budgets as a plain-text table
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes a table for a terminal or a job page, then the message of P(finops.cloudflare.gate_outcome#filter).
  - Of more than 100 verdicts it shows the 100 worst, the worst first, and says how many more there are.
  - Names from the API are shown without control characters.
options:
  _input:
    description: Verdicts of budgets, as P(finops.cloudflare.evaluate_budgets#filter) returns them.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
  - plugin: finops.cloudflare.gate_outcome
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show the verdicts, line by line
  ansible.builtin.debug:
    msg: "{{ (cloudflare_budgets | finops.cloudflare.budgets_table).splitlines() }}"
"""

RETURN = r"""
_value:
  description: The table.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts import table


@ansible_filter
def budgets_table(verdicts: Any) -> str:
    """Return the table; see the documentation of the filter."""
    return table.budgets_table(verdicts)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"budgets_table": budgets_table}
