# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that the filters for reports and for verdicts share."""

from __future__ import annotations


class ModuleDocFragment:
    """The inputs of the filters that render usage or verdicts."""

    DOCUMENTATION = r"""
options:
  _input:
    description:
      - Usage facts, as M(finops.cloudflare.cloudflare_usage_info) or the role P(finops.cloudflare.usage_facts#role)
        returns them.
    type: dict
    required: true
"""

    JUDGED = r"""
options:
  verdicts:
    description:
      - Verdicts of budgets, as P(finops.cloudflare.evaluate_budgets#filter) returns them.
    type: list
    elements: dict
    default: []
  estimate:
    description:
      - An estimate from a rate card, as P(finops.cloudflare.estimate_costs#filter) returns it.
      - Without one, no cost is estimated.
    type: dict
"""

    COMPARED = r"""
options:
  previous:
    description:
      - Usage facts of the period before, to compare with.
    type: dict
"""

    DATED = r"""
options:
  generated_at:
    description:
      - When the report is made, as an ISO 8601 time.
      - Defaults to the time of the facts, so that the same facts always give the same bytes.
    type: str
"""

    VERDICTS = r"""
options:
  _input:
    description:
      - Verdicts of budgets, as P(finops.cloudflare.evaluate_budgets#filter) returns them.
      - An empty list is reported as something that needs attention, never as a success.
    type: list
    elements: dict
    required: true
  problem:
    description:
      - Why there is no verdict, if there is none. It is told in place of verdicts.
    type: str
    default: ""
"""

    LOCATED = r"""
options:
  path:
    description:
      - Path of the budget file, relative to the root of the repository.
    type: str
    default: budgets.yml
  text:
    description:
      - What the budget file holds, to find the line of each budget in it.
      - Without it, or for a budget that is not found in it, the first line is named.
    type: str
"""
