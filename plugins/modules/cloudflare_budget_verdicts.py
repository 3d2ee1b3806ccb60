#!/usr/bin/python

# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the action cloudflare_budget_verdicts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_budget_verdicts
short_description: Judge usage facts by budgets, and write the verdicts
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Judges every budget by the usage facts, and writes the verdicts as files for CI systems, all of them or none.
  - It never fails because of a budget, nor because there is nothing to judge. RV(gate) says what the verdicts come to,
    and RV(problem) why there are none. The role P(finops.cloudflare.budget_assert#role) fails by it, once all is said.
  - An option that is null or blank is left out.
options:
  usage:
    description:
      - The usage facts, as M(finops.cloudflare.cloudflare_usage_info) or the role P(finops.cloudflare.usage_facts#role)
        returns them.
    type: dict
  previous:
    description:
      - Usage facts of the period before, for budgets on growth.
    type: dict
  budgets:
    description:
      - The budgets. P(finops.cloudflare.evaluate_budgets#filter) describes their keys. A text is read as YAML.
    type: list
    elements: dict
  budgets_file:
    description:
      - Or a YAML or JSON file on the controller that holds the list of budgets and nothing else. Jinja in it stays
        text.
    type: path
  rate_card:
    description:
      - Prices for budgets that measure V(estimated_cost). P(finops.cloudflare.estimate_costs#filter) describes the
        keys. A text is read as YAML.
    type: dict
  rate_card_file:
    description:
      - Or a YAML or JSON file on the controller with the rate card.
    type: path
  allocation:
    description:
      - Rules that give use to owners. P(finops.cloudflare.allocate_usage#filter) describes their keys. A text is read
        as YAML.
    type: list
    elements: dict
  allocation_file:
    description:
      - Or a YAML or JSON file on the controller that holds the list of rules and nothing else.
    type: path
  dest:
    description:
      - A folder on the host for the files. Left out, none are written.
      - A relative path is taken from the folder in which C(ansible-playbook) was started.
    type: path
  formats:
    description:
      - Which files to write. V(junit) is C(budgets.junit.xml), V(sarif) is C(budgets.sarif), V(codequality) is
        C(budgets.codequality.json), and V(markdown) is C(budgets.md).
      - A text is split at commas and line ends.
    type: list
    elements: str
    choices: [junit, sarif, codequality, markdown]
    default: [junit, sarif, codequality, markdown]
  mode:
    description:
      - Mode of the files.
    type: raw
    default: "0640"
  directory_mode:
    description:
      - Mode of the folder, where it is made.
    type: raw
    default: "0750"
  problem:
    description:
      - Why there is nothing to judge, if that is so. It is told in place of verdicts.
    type: str
  publish:
    description:
      - Whether the task after this one publishes the result, as that of the role does. The value is checked here, and
        returned.
    type: bool
    default: true
  check_only:
    description:
      - Read and check the budgets and the rate card, fail if they can't be used, and judge nothing.
    type: bool
    default: false
  lag_days:
    description:
      - With O(check_only), how many days rows can be late, to return the days that the budgets need facts of.
      - Fails where a budget without a C(period) would then be judged over more than its month.
    type: int
  nights:
    description:
      - With O(lag_days), for how many nights in a row the days are to serve, the last of which is the next one.
      - More than one is for P(finops.cloudflare.budgets_backtest#filter).
    type: int
    default: 1
attributes:
  check_mode:
    support: full
    description: Works in check mode. Nothing is written then.
  diff_mode:
    support: full
    description: Shows the differences of files.
  action:
    support: full
    description: Judges on the controller. Only the files are made on the host.
notes:
  - The controller needs the library C(jsonschema).
  - At most 100 verdicts are in RV(lines), the worst first, and RV(message) has at most 4,000 characters.
seealso:
  - plugin: finops.cloudflare.evaluate_budgets
    plugin_type: filter
  - plugin: finops.cloudflare.gate_outcome
    plugin_type: filter
  - module: finops.cloudflare.cloudflare_usage_report
"""

EXAMPLES = r"""
---
- name: Judge the budgets
  finops.cloudflare.cloudflare_budget_verdicts:
    usage: "{{ cloudflare_usage }}"
    budgets_file: budgets.yml
    dest: reports
    formats: [junit]
  register: judged

- name: Show the verdicts
  ansible.builtin.debug:
    msg: "{{ judged.lines }}"
"""

RETURN = r"""
verdicts:
  description: The verdicts, as P(finops.cloudflare.evaluate_budgets#filter) returns them.
  returned: when O(check_only=false)
  type: list
  elements: dict
gate:
  description: What they come to, as P(finops.cloudflare.gate_outcome#filter) returns it.
  returned: when O(check_only=false)
  type: dict
estimate:
  description: What the usage is estimated to cost with a rate card, and empty without one.
  returned: when O(check_only=false)
  type: dict
problem:
  description: Why there are no verdicts, or empty. Each thing that is wrong is on a line of its own.
  returned: when O(check_only=false)
  type: str
  sample: "budgets.yml: budget 'requests', limt: not known here; did you mean limit?"
write_problem:
  description: Why the files could not be written, or empty. Those of an earlier run are then still there.
  returned: when O(check_only=false)
  type: str
publish:
  description: Whether to publish the result. It is published where O(publish) is wrong, with the problem.
  returned: when O(check_only=false)
  type: bool
message:
  description: The message of the gate and the problem.
  returned: when O(check_only=false)
  type: str
  sample: "Within budget: 1 verdict, all passed."
lines:
  description: The verdicts as a table, and the message.
  returned: when O(check_only=false)
  type: list
  elements: str
dimensions:
  description: What usage facts have to be grouped by for the budgets.
  returned: when O(check_only=true)
  type: list
  elements: str
period:
  description:
    - First and last day of the facts that the budgets need, C(from) and C(to), which are not there without O(lag_days);
      and C(history_days), for how many days before it has to be asked what was in use.
  returned: when O(check_only=true)
  type: dict
"""
