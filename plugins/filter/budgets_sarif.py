# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter budgets_sarif."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budgets_sarif
short_description: Verdicts of budgets as SARIF
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes SARIF 2.1.0 with one result for each verdict that is not a pass, at the line of the budget in the budget
    file.
  - An empty list of verdicts gives one result of level V(error).
positional: path, text, problem
extends_documentation_fragment:
  - finops.cloudflare.report.verdicts
  - finops.cloudflare.report.located
seealso:
  - plugin: finops.cloudflare.budgets_markdown
    plugin_type: filter
  - plugin: finops.cloudflare.budgets_junit
    plugin_type: filter
  - plugin: finops.cloudflare.budgets_codequality
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Write the verdicts for code scanning
  ansible.builtin.copy:
    content: >-
      {{ cloudflare_budgets | finops.cloudflare.budgets_sarif(path='budgets.yml',
         text=lookup('ansible.builtin.file', 'budgets.yml')) }}
    dest: budgets.sarif
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The JSON text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts import sarif
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import read_verdicts


@ansible_filter
def budgets_sarif(verdicts: Any, path: str = "budgets.yml", text: str | None = None, problem: str = "") -> str:
    """Return the text; see the documentation of the filter."""
    return sarif.budgets_sarif(VerdictReport(read_verdicts(verdicts), path=path, text=text, problem=problem))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"budgets_sarif": budgets_sarif}
