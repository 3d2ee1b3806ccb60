# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter usage_html."""

from __future__ import annotations

DOCUMENTATION = r"""
name: usage_html
short_description: Usage as one self-contained HTML page
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes a page without scripts and without references to anything outside, for screens of every width, paper and
    screen readers.
  - Large tables are cut, and say how much was left out; P(finops.cloudflare.usage_csv#filter) writes the whole
    data.
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
  - plugin: finops.cloudflare.usage_markdown
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Write the report for people
  ansible.builtin.copy:
    content: >-
      {{ cloudflare_usage
         | finops.cloudflare.usage_html(cloudflare_budgets, previous=cloudflare_usage_previous | default({})) }}
    dest: usage.html
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The HTML text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import input as report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import html as report_html


@ansible_filter
def usage_html(
    usage: Any, verdicts: Any = None, estimate: Any = None, previous: Any = None, generated_at: str | None = None
) -> str:
    """Return the text; see the documentation of the filter."""
    return report_html.usage_html(
        report_input.report_input(
            usage, verdicts=verdicts, estimate=estimate, previous=previous, generated_at=generated_at
        )
    )


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"usage_html": usage_html}
