# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter merge_usage."""

from __future__ import annotations

DOCUMENTATION = r"""
name: merge_usage
short_description: One set of usage facts out of several
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Adds up the usage facts of several accounts and organizations, exactly, and keeps every doubt about each of them.
  - The facts must have been asked for with the same range, metrics, and groups, and no account may be in two of them.
  - The facts of a single account or organization come back unchanged. Facts of several accounts, which are merged
    already, can be among them.
options:
  _input:
    description: A list of usage facts, as M(finops.cloudflare.cloudflare_usage_info) returns them.
    type: list
    elements: dict
    required: true
  expected:
    description:
      - The ids of the accounts and organizations that must be there. Those that are not make the facts V(partial), and
        budgets that may look at them unknown. An account is there as well where its organization is.
    type: list
    elements: str
    default: []
  doubts:
    description:
      - Sentences that tell why accounts may be missing that nobody expects, as C(cloudflare_accounts_doubts) of the
        inventory has them. Each makes the facts V(partial), and is a reason V(accounts_not_all_listed).
    type: list
    elements: str
    default: []
seealso:
  - module: finops.cloudflare.cloudflare_usage_info
  - plugin: finops.cloudflare.validate_usage
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Get the usage of two accounts
  finops.cloudflare.cloudflare_usage_info:
    account_id: "{{ item }}"
    period: previous_month
  loop:
    - 023e105f4ecef8ad9ca31a8372d0c353
    - 8282fa634378aca02a1626d315d430e3
  register: results

- name: Make one set of facts of them
  ansible.builtin.set_fact:
    cloudflare_usage: "{{ results.results | map(attribute='usage') | finops.cloudflare.merge_usage }}"

- name: The same, and no account may be left out
  ansible.builtin.set_fact:
    cloudflare_usage: "{{ results.results | selectattr('usage', 'defined') | map(attribute='usage')
      | finops.cloudflare.merge_usage(expected=results.results | map(attribute='item')) }}"
"""

RETURN = r"""
_value:
  description:
    - Usage facts of the scope V(combined), whose C(sources) name the accounts and organizations, each with its
      C(failure) where there is nothing of it.
    - C(complete_through) is the earliest of all but those of accounts that sent nothing, or nothing any more, which are
      a doubt of their own. C(status) is V(complete) only if all are.
  type: dict
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts import merge
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter


@ansible_filter
def merge_usage(parts: Any, expected: Any = (), doubts: Any = ()) -> Usage:
    """Return the merged facts; see the documentation of the filter."""
    if isinstance(parts, (str, Mapping)) or not isinstance(parts, Iterable):
        raise UsageError("A list of usage facts is needed; put a single one into a list.")
    return merge.merge_usage(
        list(parts), expected=_texts("expected", "ids", expected), doubts=_texts("doubts", "sentences", doubts)
    )


def _texts(option: str, of_what: str, value: Any) -> list[str]:
    listed = isinstance(value, Iterable) and not isinstance(value, (str, Mapping))
    texts = plain(list(value)) if listed else [value]
    if not all(isinstance(each, str) for each in texts) or not listed:
        raise UsageError(f"{option}: a list of {of_what} is needed.")
    return texts


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"merge_usage": merge_usage}
