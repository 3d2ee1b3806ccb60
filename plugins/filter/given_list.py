# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter given_list."""

from __future__ import annotations

DOCUMENTATION = r"""
name: given_list
short_description: A list out of a list or a text, without what is blank
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - A text is split at commas and at line ends, as people write lists on a command line and in a text area of AWX.
options:
  _input:
    description:
      - A list, a text, or null, which is an empty list.
    type: raw
    required: true
seealso:
  - plugin: finops.cloudflare.given
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show every id on a line
  ansible.builtin.debug:
    msg: "{{ '023e105f4ecef8ad9ca31a8372d0c353, 5a8e1c0f3b7d42968fd0a1b2c3e4f506' | finops.cloudflare.given_list }}"
"""

RETURN = r"""
_value:
  description: The items that are not blank.
  type: list
  elements: raw
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.options import read_list


def given_list(value: Any) -> list[Any]:
    """Return the list; see the documentation of the filter."""
    return read_list(value)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., list[Any]]]:
        """Return the filter under its name."""
        return {"given_list": given_list}
