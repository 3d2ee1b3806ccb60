# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter usage_openmetrics."""

from __future__ import annotations

DOCUMENTATION = r"""
name: usage_openmetrics
short_description: Usage, freshness and verdicts as OpenMetrics text
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes gauges without timestamps, which OpenMetrics parsers and the textfile collector of node_exporter both
    read.
  - What is unknown has no sample, never the value 0. Status and timestamp metrics let an alert tell stale from
    zero.
  - >-
    C(cloudflare_usage_status), C(cloudflare_usage_reason), C(cloudflare_usage_records),
    C(cloudflare_usage_fetched_timestamp_seconds) and C(cloudflare_usage_complete_until_timestamp_seconds) tell what the
    facts are worth and how old they are. C(cloudflare_usage_quantity),
    C(cloudflare_usage_last_complete_day_quantity) and C(cloudflare_usage_billed_cost) have a sample per group, with its
    dimensions, unit and currency as labels.
  - >-
    C(cloudflare_usage_estimated_cost) and C(cloudflare_usage_estimate_unpriced) come from an estimate.
    C(cloudflare_budget_status), C(cloudflare_budget_outcome), C(cloudflare_budget_actual), C(cloudflare_budget_limit),
    C(cloudflare_budget_forecast) and C(cloudflare_budget_used_ratio) have samples per verdict.
positional: verdicts, estimate
extends_documentation_fragment:
  - finops.cloudflare.report
  - finops.cloudflare.report.judged
seealso:
  - plugin: finops.cloudflare.usage_csv
    plugin_type: filter
  - plugin: finops.cloudflare.usage_json
    plugin_type: filter
  - plugin: finops.cloudflare.usage_html
    plugin_type: filter
  - plugin: finops.cloudflare.usage_markdown
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Write metrics for node_exporter
  ansible.builtin.copy:
    content: "{{ cloudflare_usage | finops.cloudflare.usage_openmetrics(verdicts=cloudflare_budgets) }}"
    dest: cloudflare_usage.prom # in the folder of the textfile collector
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The exposition, ending with C(# EOF).
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._filters import ansible_filter
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import input as report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import openmetrics


@ansible_filter
def usage_openmetrics(usage: Any, verdicts: Any = None, estimate: Any = None) -> str:
    """Return the text; see the documentation of the filter."""
    return openmetrics.usage_openmetrics(report_input.report_input(usage, verdicts=verdicts, estimate=estimate))


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter under its name."""
        return {"usage_openmetrics": usage_openmetrics}
