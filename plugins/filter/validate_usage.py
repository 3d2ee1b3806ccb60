# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter validate_usage."""

from __future__ import annotations

DOCUMENTATION = r"""
name: validate_usage
short_description: Check that a value is whole usage facts
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Returns usage facts unchanged if they match their JSON Schema and do not contradict themselves, and fails otherwise.
  - The roles check facts in the same way first, so those that were cut, edited or mixed up reach no budget or report.
options:
  _input:
    description: Usage facts, as M(finops.cloudflare.cloudflare_usage_info) returns them.
    type: dict
    required: true
seealso:
  - module: finops.cloudflare.cloudflare_usage_info
  - plugin: finops.cloudflare.merge_usage
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Use facts from a file
  ansible.builtin.set_fact:
    cloudflare_usage: "{{ report.usage | finops.cloudflare.validate_usage }}"
  vars:
    report: "{{ lookup('ansible.builtin.file', 'usage.json') | from_json }}"
"""

RETURN = r"""
_value:
  description: The usage facts.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def validate_usage(usage: Any) -> Usage:
    """Return the facts; see the documentation of the filter."""
    return read_usage(usage)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"validate_usage": validate_usage}
