# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter keep_unchanged_usage."""

from __future__ import annotations

DOCUMENTATION = r"""
name: keep_unchanged_usage
short_description: Usage facts with the time at which they were first read
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Usage facts carry the time of their reading, so a report that is made again differs even where no usage does.
  - This filter compares usage facts with those of an earlier report. Where they differ in nothing but their reading,
    it returns the earlier ones, and the report comes out byte by byte the same.
positional: report
options:
  _input:
    description: Usage facts, as M(finops.cloudflare.cloudflare_usage_info) returns them.
    type: dict
    required: true
  report:
    description:
      - The earlier report, a text as P(finops.cloudflare.usage_json#filter) makes it, or what of it stands
        before the groups.
      - Where it is empty, broken, or no such report, the usage facts come back as they are.
    type: str
    required: true
seealso:
  - plugin: finops.cloudflare.usage_json
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Write the report, unless nothing but the time has changed
  ansible.builtin.copy:
    content: "{{ cloudflare_usage | finops.cloudflare.keep_unchanged_usage(earlier) | finops.cloudflare.usage_json }}"
    dest: usage.json
    mode: "0640"
  vars:
    earlier: "{{ lookup('ansible.builtin.file', 'usage.json', errors='ignore') | default('', true) }}"
"""

RETURN = r"""
_value:
  description: The usage facts, with the time and the number of requests of the earlier reading if that found the same.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts import unchanged
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def keep_unchanged_usage(usage: Any, report: Any) -> Usage:
    """Return the facts; see the documentation of the filter."""
    return unchanged.keep_unchanged_usage(read_usage(usage), plain(report))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"keep_unchanged_usage": keep_unchanged_usage}
