# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter usage_json."""

from __future__ import annotations

DOCUMENTATION = r"""
name: usage_json
short_description: Usage, verdicts and estimate as one JSON document
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes the facts, the verdicts and the estimate with the version of the collection that made the document.
  - A group is a line. C(groups_sha256), the digest of all of them, stands before the facts.
  - Everything beyond ASCII is escaped, so that the text is safe to show in a terminal.
positional: verdicts, estimate, generated_at
extends_documentation_fragment:
  - finops.cloudflare.report
  - finops.cloudflare.report.judged
  - finops.cloudflare.report.dated
seealso:
  - plugin: finops.cloudflare.usage_csv
    plugin_type: filter
  - plugin: finops.cloudflare.usage_openmetrics
    plugin_type: filter
  - plugin: finops.cloudflare.usage_html
    plugin_type: filter
  - plugin: finops.cloudflare.usage_markdown
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Write the report for programs
  ansible.builtin.copy:
    content: "{{ cloudflare_usage | finops.cloudflare.usage_json(verdicts=cloudflare_budgets) }}"
    dest: usage.json
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The JSON text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import input as report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import json as report_json


@ansible_filter
def usage_json(usage: Any, verdicts: Any = None, estimate: Any = None, generated_at: str | None = None) -> str:
    """Return the text; see the documentation of the filter."""
    return report_json.usage_json(
        report_input.report_input(usage, verdicts=verdicts, estimate=estimate, generated_at=generated_at)
    )


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"usage_json": usage_json}
