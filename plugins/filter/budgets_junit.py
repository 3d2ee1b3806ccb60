# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter budgets_junit."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budgets_junit
short_description: Verdicts of budgets as JUnit XML
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes one test case per budget and group, for CI systems that show test results.
  - A failed budget is a failure. One that could not be judged is an error of type C(unknown), or skipped when the
    budget lets it through. A warning passes and says so in the output of the case.
  - An empty list of verdicts gives one case with an error.
positional: suite, problem
extends_documentation_fragment:
  - finops.cloudflare.report.verdicts
options:
  suite:
    description:
      - Name of the test suite.
    type: str
    default: Cloudflare budgets
seealso:
  - plugin: finops.cloudflare.budgets_markdown
    plugin_type: filter
  - plugin: finops.cloudflare.budgets_sarif
    plugin_type: filter
  - plugin: finops.cloudflare.budgets_codequality
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Write the verdicts for a CI system
  ansible.builtin.copy:
    content: "{{ cloudflare_budgets | finops.cloudflare.budgets_junit }}"
    dest: budgets.junit.xml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The XML text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts import junit
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import read_verdicts


@ansible_filter
def budgets_junit(verdicts: Any, suite: str = "Cloudflare budgets", problem: str = "") -> str:
    """Return the text; see the documentation of the filter."""
    return junit.budgets_junit(VerdictReport(read_verdicts(verdicts), title=suite, problem=problem))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"budgets_junit": budgets_junit}
