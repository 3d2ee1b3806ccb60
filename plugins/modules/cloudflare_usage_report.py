#!/usr/bin/python

# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the action cloudflare_usage_report."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_usage_report
short_description: Write usage facts and verdicts as the files of a report
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Renders usage facts, verdicts and an estimate in every form that is asked for, and then writes the files, all of
    them or none.
  - The same facts give the same bytes. Usage that was read again and is the same leaves the files as they are, by
    comparing with the C(usage.json) of the run before. Only C(usage.prom) has the time of each reading.
  - An option that is null or blank is left out.
options:
  usage:
    description:
      - The usage facts, as M(finops.cloudflare.cloudflare_usage_info) or the role P(finops.cloudflare.usage_facts#role)
        returns them.
    type: dict
  verdicts:
    description:
      - Verdicts of budgets, as P(finops.cloudflare.evaluate_budgets#filter) returns them.
    type: list
    elements: dict
  estimate:
    description:
      - What the usage is estimated to cost, as P(finops.cloudflare.estimate_costs#filter) returns it.
    type: dict
  previous:
    description:
      - Usage facts of another period of the same accounts, to compare with.
    type: dict
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
      - The folder for the files, on the host. It is made where it is missing and there is a file to write.
      - A relative path is taken from the folder in which C(ansible-playbook) was started.
    type: path
    required: true
  formats:
    description:
      - Which files to write. V(html) is C(usage.html), V(markdown) is C(usage.md), V(json) is C(usage.json), V(csv) is
        C(usage.csv), and V(openmetrics) is C(usage.prom).
      - The CSV has a row for each group and day. Where that would be more than 200,000 rows, it has one for each group,
        and the task warns.
      - A text is split at commas and line ends.
    type: list
    elements: str
    choices: [html, markdown, json, csv, openmetrics]
    default: [html, markdown, json, csv]
  csv_bom:
    description:
      - Whether C(usage.csv) begins with a byte order mark, by which Excel knows that the file is UTF-8.
      - Programs that read the file may take the mark for a part of the first heading.
    type: bool
    default: false
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
  publish:
    description:
      - Whether the task after this one publishes the result, as that of the role does. The value is checked here, and
        returned.
    type: bool
    default: true
  webhook_url:
    description:
      - The address to which RV(chat_text) will be posted by a later task. Its form is checked before anything is
        written, without a part of it being shown. It must begin with C(https://), but for a host on loopback.
    type: str
attributes:
  check_mode:
    support: full
    description: Works in check mode. Nothing is written then.
  diff_mode:
    support: full
    description: Shows the differences of files.
  action:
    support: full
    description: Renders on the controller. Only the files are made on the host.
notes:
  - The controller needs the library C(jsonschema).
seealso:
  - plugin: finops.cloudflare.usage_html
    plugin_type: filter
  - module: finops.cloudflare.cloudflare_budget_verdicts
"""

EXAMPLES = r"""
---
- name: Write the report
  finops.cloudflare.cloudflare_usage_report:
    usage: "{{ cloudflare_usage }}"
    dest: reports
    formats: [html, csv]
"""

RETURN = r"""
files:
  description: The files, each with its C(format) and C(path).
  returned: success
  type: list
  elements: dict
text:
  description: The report in a few lines, of at most 3,000 characters.
  returned: success
  type: str
  sample: "Cloudflare usage from 2025-05-01 to 2025-05-31 (UTC): complete, whole through 2025-05-31."
chat_text:
  description: The same, with what would mention somebody or link somewhere in Slack, Teams or Mattermost made harmless.
  returned: success
  type: str
short:
  description: The report in short, with its Markdown, of at most 32,000 bytes.
  returned: success
  type: dict
publish:
  description: Whether to publish the report in short.
  returned: success
  type: bool
failure:
  description: What went wrong, for programs.
  returned: failure
  type: dict
"""
