# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter chat_text."""

from __future__ import annotations

DOCUMENTATION = r"""
name: chat_text
short_description: Text that a chat shows as it is
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Returns text in which nothing mentions or links in Slack, Microsoft Teams or Mattermost, so that the name of an
    account or zone can neither call a whole channel nor hide an address.
  - Angle brackets, backticks and the C(@) of a name become characters that look alike; a zero-width space breaks
    references, links and addresses. A bare domain, as a zone's name is one, stays as it is.
  - Lines stay lines, each of at most 2000 characters.
options:
  _input:
    description: The text.
    type: str
    required: true
seealso:
  - plugin: finops.cloudflare.gate_outcome
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show what a chat would get
  ansible.builtin.debug:
    msg: "{{ {'text': message | finops.cloudflare.chat_text} }}"
  vars:
    message: "Budget violated: requests [<!channel>]"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common import escaping
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def chat_text(text: Any) -> str:
    """Return the text; see the documentation of the filter."""
    return escaping.chat_text(plain(text))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"chat_text": chat_text}
