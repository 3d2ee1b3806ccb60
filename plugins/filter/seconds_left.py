# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter seconds_left."""

from __future__ import annotations

DOCUMENTATION = r"""
name: seconds_left
short_description: What is left of a deadline for several tasks together
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - The option O(finops.cloudflare.cloudflare_usage_info#module:deadline) bounds one task. Tasks that follow each other,
    and the turns of a loop, keep to one bound together if each gets what is left of it.
  - Where nothing is left it returns V(0.001), with which a task fails at once.
  - What is not a number above 0 comes back as it is, for the task to refuse.
positional: _input, since
options:
  _input:
    description:
      - The seconds that all of it may take.
    type: float
    required: true
  since:
    description:
      - When it began, as C(now(utc=true\).isoformat(\)) has set it.
    type: str
    required: true
seealso:
  - plugin: finops.cloudflare.cloudflare_usage_info
    plugin_type: module
"""

EXAMPLES = r"""
---
- name: Note when it began
  ansible.builtin.set_fact:
    began: "{{ now(utc=true).isoformat() }}"

- name: Read the organizations one after the other, in 20 minutes altogether
  finops.cloudflare.cloudflare_usage_info:
    organization_id: "{{ item }}"
    period: previous_month
    deadline: "{{ 1200 | finops.cloudflare.seconds_left(began) }}"
  loop:
    - a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
    - e3b0c44298fc1c149afbf4c8996fb924
"""

RETURN = r"""
_value:
  description: Seconds, above 0.
  type: float
"""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common import time_left
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def seconds_left(deadline: Any, since: Any) -> Any:
    """Return the seconds; see the documentation of the filter."""
    return time_left.seconds_left(plain(deadline), plain(since), datetime.now(timezone.utc))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"seconds_left": seconds_left}
