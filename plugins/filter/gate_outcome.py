# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter gate_outcome."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gate_outcome
short_description: The result of all verdicts together
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Returns the worst outcome of verdicts, its exit code, a message that names every budget that is not kept, and a
    compact form for other jobs.
  - Without any verdict the result is V(could_not_tell), which fails.
options:
  _input:
    description: Verdicts of budgets, as P(finops.cloudflare.evaluate_budgets#filter) returns them.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Hand the compact form to the next job
  ansible.builtin.set_stats:
    data:
      budgets_of_last_night: "{{ (cloudflare_budgets | finops.cloudflare.gate_outcome).compact }}"

- name: Fail once, at the end
  ansible.builtin.fail:
    msg: "{{ gate.message }}"
  when: gate.failed
  vars:
    gate: "{{ cloudflare_budgets | finops.cloudflare.gate_outcome }}"
"""

RETURN = r"""
_value:
  description: The result.
  type: dict
  contains:
    outcome:
      description: The worst outcome, V(pass), V(warn) or V(fail).
      type: str
    result:
      description:
        - V(within_budget), V(warning), V(violated), or V(could_not_tell) where the gate fails without a budget that is
          known to be violated.
      type: str
    failed:
      description: Whether the gate fails.
      type: bool
    exit_code:
      description: V(0), or V(2) where the gate fails.
      type: int
    status:
      description: The worst status, V(pass), V(warn), V(unknown) or V(fail).
      type: str
    counts:
      description: Number of verdicts by status.
      type: dict
    violated:
      description: Names of budgets with the status V(fail).
      type: list
      elements: str
    unknown:
      description: Names of budgets with the status V(unknown), also where that is ignored.
      type: list
      elements: str
    warned:
      description: Names of budgets with the status V(warn).
      type: list
      elements: str
    message:
      description:
        - A headline, and a line for each verdict that is not a pass, the worst first. It has at most 4,000 characters,
          and tells how many verdicts are left out.
      type: str
    compact:
      description:
        - The keys C(outcome), C(result), C(failed), C(exit_code), C(status), C(counts) and C(message).
        - C(budgets) holds up to 100 verdicts in short, the worst first, and C(left_out) the number of others. All of it
          has at most 28,000 bytes as JSON.
      type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts import gate


@ansible_filter
def gate_outcome(verdicts: Any) -> dict[str, Any]:
    """Return what the verdicts come to; see the documentation of the filter."""
    return gate.gate_outcome(verdicts)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"gate_outcome": gate_outcome}
