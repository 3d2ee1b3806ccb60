# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter usage_markdown."""

from __future__ import annotations

DOCUMENTATION = r"""
name: usage_markdown
short_description: Usage as Markdown for a job summary or a chat
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes status, freshness, cost, budgets, use by metric and the largest changes, short enough for a job summary
    or a comment.
  - Names from outside are escaped. They make no links, mentions or table cells.
positional: verdicts, estimate, previous, generated_at
extends_documentation_fragment:
  - finops.cloudflare.report
  - finops.cloudflare.report.judged
  - finops.cloudflare.report.compared
  - finops.cloudflare.report.dated
seealso:
  - plugin: finops.cloudflare.usage_csv
    plugin_type: filter
  - plugin: finops.cloudflare.usage_json
    plugin_type: filter
  - plugin: finops.cloudflare.usage_openmetrics
    plugin_type: filter
  - plugin: finops.cloudflare.usage_html
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Add the report to the summary of a GitHub job
  ansible.builtin.copy:
    content: "{{ cloudflare_usage | finops.cloudflare.usage_markdown(verdicts=cloudflare_budgets) }}"
    dest: "{{ lookup('ansible.builtin.env', 'GITHUB_STEP_SUMMARY') }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The Markdown text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import input as report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import markdown as report_markdown


@ansible_filter
def usage_markdown(
    usage: Any, verdicts: Any = None, estimate: Any = None, previous: Any = None, generated_at: str | None = None
) -> str:
    """Return the text; see the documentation of the filter."""
    return report_markdown.usage_markdown(
        report_input.report_input(
            usage, verdicts=verdicts, estimate=estimate, previous=previous, generated_at=generated_at
        )
    )


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"usage_markdown": usage_markdown}
