# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter from_document."""

from __future__ import annotations

DOCUMENTATION = r"""
name: from_document
short_description: Read the text of a YAML or JSON file strictly
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Reads budgets, a rate card or any other YAML or JSON text, and refuses what P(ansible.builtin.from_yaml#filter)
    would guess, with the name of the file and the line.
  - A key that appears twice in a mapping is refused. Every key is text as it is written, C(on) and C(2026-10) included.
  - C(020000), which YAML reads as 8192, and C(12:30:00), which it reads as 45000, are refused with what to write
    instead. So are NaN, infinity, and numbers with more digits than a float keeps.
  - Days stay text. Aliases and the merge key C(<<) work; a mapping's own keys win over merged ones.
  - Tags such as C(!vault), several documents in one text, and an empty text are refused.
  - A text has at most 1,000,000 characters and 50,000 values, in at most 32 levels. What an alias stands for counts in
    each place.
  - Templates in the text stay text.
positional: name, problem
options:
  _input:
    description: The text.
    type: str
    required: true
  name:
    description: What messages call the text, such as the name of its file.
    type: str
    default: document
  problem:
    description:
      - Return what is wrong with the text, and an empty text where nothing is, in place of its data. So a task can say
        it by itself, without the words that Ansible puts in front of what a filter refuses.
    type: bool
    default: false
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
  - plugin: finops.cloudflare.estimate_costs
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Read budgets that have no key twice
  ansible.builtin.set_fact:
    budgets: "{{ text | finops.cloudflare.from_document('budgets.yml') }}"
  vars:
    text: |
      - name: Workers requests
        match:
          metric: workers_standard_requests
        limit: 40000000
"""

RETURN = r"""
_value:
  description: The data of the text, or what is wrong with it.
  type: raw
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.read_document import read_document
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def from_document(text: Any, name: Any = "document", problem: bool = False) -> Any:
    """Return the data, or with ``problem`` what is wrong with it; see the documentation of the filter."""
    try:
        data = read_document(plain(text), str(plain(name)))
    except FinopsError as error:
        if problem:
            return str(error)
        raise
    return "" if problem else data


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"from_document": from_document}
