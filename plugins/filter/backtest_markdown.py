# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter backtest_markdown."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backtest_markdown
short_description: A back-test of budgets as Markdown
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes a table for the comment of a pull request, after what P(finops.cloudflare.budgets_markdown#filter) writes.
  - For each budget it says on which nights it would have been over its limit, near it or unknown, and how much it was
    at most.
positional: max_length
options:
  _input:
    description: A back-test, as P(finops.cloudflare.budgets_backtest#filter) returns it.
    type: list
    elements: dict
    required: true
  max_length:
    description: The text has at most this many characters. Budgets that do not fit are counted at its end.
    type: int
    default: 20000
seealso:
  - plugin: finops.cloudflare.budgets_backtest
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Write what the budgets would have said
  ansible.builtin.copy:
    content: >-
      {{ cloudflare_usage | finops.cloudflare.budgets_backtest(budgets) | finops.cloudflare.backtest_markdown }}
    dest: backtest.md
    mode: "0644"
  vars:
    budgets:
      - name: requests-of-a-day
        period: day
        match:
          metric: workers_standard_requests
        limit: 1000000
"""

RETURN = r"""
_value:
  description: The Markdown text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.backtest import markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def backtest_markdown(backtest: Any, max_length: int = 20_000) -> str:
    """Return the text; see the documentation of the filter."""
    return markdown.backtest_markdown(backtest, max_length)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"backtest_markdown": backtest_markdown}
