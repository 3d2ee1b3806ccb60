# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter budgets_markdown."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budgets_markdown
short_description: Verdicts of budgets as Markdown
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes a table for a job summary or a comment, the budgets that need a person first.
  - It begins with a hidden line by which a later run finds the comment to update.
positional: title, marker, max_length, problem, preview, link, previous
extends_documentation_fragment:
  - finops.cloudflare.report.verdicts
options:
  title:
    description:
      - The heading.
    type: str
    default: Cloudflare budgets
  marker:
    description:
      - What tells this comment apart from others in the hidden line.
    type: str
    default: budgets
  max_length:
    description:
      - The text has at most this many characters. Budgets that do not fit are counted at its end.
    type: int
    default: 60000
  preview:
    description:
      - What usage the verdicts are held against, where they are only what a gate would say. The text then begins with
        C(Preview), without a mark of a result.
    type: str
    default: ""
  link:
    description:
      - For O(preview), the address of the run that read the usage, which begins with C(https://).
    type: str
    default: ""
  previous:
    description:
      - For O(preview), the verdicts of that run. Their limits stand beside the new ones.
    type: list
    elements: dict
    default: []
seealso:
  - plugin: finops.cloudflare.budgets_junit
    plugin_type: filter
  - plugin: finops.cloudflare.budgets_sarif
    plugin_type: filter
  - plugin: finops.cloudflare.budgets_codequality
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Add the verdicts to the summary of a GitHub job
  ansible.builtin.copy:
    content: "{{ cloudflare_budgets | finops.cloudflare.budgets_markdown }}"
    dest: "{{ lookup('ansible.builtin.env', 'GITHUB_STEP_SUMMARY') }}"
    mode: "0644"

- name: Show in a pull request what the budgets say about usage that was read earlier
  ansible.builtin.copy:
    content: >-
      {{ cloudflare_budgets | finops.cloudflare.budgets_markdown(
           preview='the usage of May', link='https://ci.example.com/runs/4711') }}
    dest: preview.md
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The Markdown text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.comments import MAX_LENGTH
from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts import markdown as verdict_markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import Preview, VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import read_verdicts


@ansible_filter
def budgets_markdown(
    verdicts: Any,
    title: str = "Cloudflare budgets",
    marker: str = "budgets",
    max_length: int = MAX_LENGTH,
    problem: str = "",
    preview: str = "",
    link: str = "",
    previous: Any = None,
) -> str:
    """Return the text; see the documentation of the filter."""
    only = Preview(str(preview), str(link), read_verdicts(previous or [])) if preview else None
    return verdict_markdown.budgets_markdown(
        VerdictReport(
            read_verdicts(verdicts),
            title=title,
            marker=marker,
            max_length=max_length,
            problem=problem,
            preview=only,
        )
    )


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"budgets_markdown": budgets_markdown}
