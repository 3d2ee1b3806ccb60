# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter usage_csv."""

from __future__ import annotations

DOCUMENTATION = r"""
name: usage_csv
short_description: Usage as CSV, a row per group and day
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes every group of usage facts with every day, for spreadsheets and databases.
  - Where that would be more than 200,000 rows, it writes one row for each group instead. Its C(day) is the first and
    the last day with a slash between them, and its amounts are those of all days.
  - An empty cell is unknown, never zero. The column C(status) is V(known), V(incomplete) for a day that can still
    change, or V(unknown) for a day without a number.
  - Texts that a spreadsheet would take for a formula are written with a leading apostrophe, also where it splits lines
    at semicolons.
positional: bom
options:
  bom:
    description:
      - Whether to begin with a byte order mark, by which Excel knows that the file is UTF-8.
      - Programs that read the file may take the mark for a part of the first heading.
    type: bool
    default: false
extends_documentation_fragment:
  - finops.cloudflare.report
seealso:
  - plugin: finops.cloudflare.usage_json
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
- name: Write the whole data
  ansible.builtin.copy:
    content: "{{ cloudflare_usage | finops.cloudflare.usage_csv }}"
    dest: usage.csv
    mode: "0640"

- name: Write it for a double click in Excel
  ansible.builtin.copy:
    content: "{{ cloudflare_usage | finops.cloudflare.usage_csv(bom=true) }}"
    dest: usage-excel.csv
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The CSV text, with a header line.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import input as report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import csv as csv_report


@ansible_filter
def usage_csv(usage: Any, bom: bool = False) -> str:
    """Return the text; see the documentation of the filter."""
    return csv_report.usage_csv(report_input.report_input(usage), bom=bom)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"usage_csv": usage_csv}
