# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter allocate_usage."""

from __future__ import annotations

DOCUMENTATION = r"""
name: allocate_usage
short_description: Give usage to the teams that own it
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Gives every group of usage facts to an owner, by the first rule that takes it. What several owners share is split.
  - What no rule takes has the owner V(unallocated). Where nothing tells how to split what a rule took, the owner is not
    known, which is null.
  - The parts of a group add up to it, to the last digit. Days and costs that are not known stay so.
  - A rule takes only what says that it belongs. Use that names no zone is not taken by a rule on a zone.
requirements:
  - jsonschema on the controller
positional: allocation
options:
  _input:
    description:
      - Usage facts, as M(finops.cloudflare.cloudflare_usage_info) or the role P(finops.cloudflare.usage_facts#role)
        returns them.
      - They must be grouped by what the rules look at.
    type: dict
    required: true
  allocation:
    description:
      - The rules, in order. The first one that fits takes a group.
      - The collection's C(docs/allocation.md) describes them with examples.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the rule, of which there is only one.
        type: str
        required: true
      match:
        description:
          - What the rule takes, as in the C(match) of a budget. All dimensions must fit.
          - A rule without it takes all that is left, so it must be the last one.
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
          tag.KEY:
            description: The same of the values of a tag.
            type: raw
      owner:
        description:
          - Who gets all of it.
          - Exactly one of O(allocation[].owner), O(allocation[].shares) and O(allocation[].owners) is required.
        type: str
      shares:
        description: Who gets how many percent of it. They must come to 100.
        type: dict
      owners:
        description: Who shares it, in the way that O(allocation[].by) names.
        type: list
        elements: str
      by:
        description:
          - With V(evenly), each of the O(allocation[].owners) gets the same.
          - With V(use), each gets as much as its part is in what these owners themselves use of the same metric in the
            same unit. What an owner uses itself is what it gets whole, by O(allocation[].owner).
          - With a dictionary that has the key C(metric), it is the same by their use of that metric, an id, a name, a
            glob or a list of these.
        type: raw
        default: evenly
      note:
        description: A note.
        type: str
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show who owns what
  ansible.builtin.debug:
    msg: "{{ (cloudflare_usage | finops.cloudflare.allocate_usage(allocation)).groups | groupby('owner', default='') }}"
  vars:
    allocation:
      - name: shop
        match:
          zone: ["shop.example.com", "*.shop.example.com"]
        owner: team shop
      - name: search
        match:
          account: Search
        owner: team search
      - name: shared-requests
        match:
          account: Platform
          metric: workers_standard_requests
        owners: [team shop, team search]
        by: use
      - name: rest-of-the-platform
        match:
          account: Platform
        shares:
          team shop: 60
          team search: 40
"""

RETURN = r"""
_value:
  description:
    - The same usage facts, grouped by C(owner) as well. Each of the C(groups) has the keys C(owner), and
      C(allocation_rule), the name of the rule that gave it.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation import allocate, rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def allocate_usage(usage: Any, allocation: Any) -> Usage:
    """Return the facts by owner; see the documentation of the filter."""
    return allocate.allocate_usage(read_usage(usage), rules.read_rules(allocation))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"allocate_usage": allocate_usage}
