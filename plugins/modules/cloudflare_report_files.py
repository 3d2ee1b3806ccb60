#!/usr/bin/python

# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module cloudflare_report_files."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_report_files
short_description: Write the files of a report, all of them or none
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Writes several small texts into one folder. Each is written beside its place first, and only when all of them are on
    the disk do they take their places, so a full disk leaves the files of the run before as they were.
  - M(finops.cloudflare.cloudflare_usage_report) and M(finops.cloudflare.cloudflare_budget_verdicts) write with it.
options:
  dest:
    description:
      - The folder. It is made where it is missing and there is a file to write.
    type: path
    required: true
  files:
    description:
      - What to write, as a dictionary from the name of a file to its text.
    type: dict
    required: true
  sources:
    description:
      - What else to write, as a dictionary from the name of a file to the path of a file on the host that holds it.
      - Texts of several megabytes travel better so than among the arguments of a task, which hold them several times.
    type: dict
    default: {}
  head_of:
    description:
      - The name of a report in the folder, as P(finops.cloudflare.usage_json#filter) makes it, of which to return what
        stands before its groups.
    type: str
  mode:
    description:
      - Mode of the files.
    type: str
    default: "0640"
  directory_mode:
    description:
      - Mode of the folder, where it is made.
    type: str
    default: "0750"
attributes:
  check_mode:
    support: full
    description: Works in check mode. Nothing is written then.
  diff_mode:
    support: full
    description: Shows the differences of files.
"""

EXAMPLES = r"""
---
- name: Write two views of the same usage
  finops.cloudflare.cloudflare_report_files:
    dest: reports
    files:
      usage.md: "{{ cloudflare_usage | finops.cloudflare.usage_markdown }}"
      usage.csv: "{{ cloudflare_usage | finops.cloudflare.usage_csv }}"
"""

RETURN = r"""
head:
  description:
    - What stands before the groups of the report that O(head_of) names, before anything is written. It is enough for
      P(finops.cloudflare.keep_unchanged_usage#filter).
    - It is empty where there is no such report.
  returned: when O(head_of) is given
  type: str
  sample: ""
failure:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  contains:
    kind:
      description: V(files).
      type: str
      returned: failure
      sample: files
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.finops.cloudflare.plugins.module_utils._ansible import run_module
from ansible_collections.finops.cloudflare.plugins.module_utils._report_files import Host, write_files
from ansible_collections.finops.cloudflare.plugins.module_utils._report_head import read_head


def report_files(parameters: Mapping[str, Any], module: AnsibleModule) -> Mapping[str, Any]:
    """Return the result of the module."""
    folder = Path(parameters["dest"])
    head = {"head": read_head(folder / parameters["head_of"])} if parameters.get("head_of") else {}
    result = write_files(
        folder,
        {
            **{name: str(text) for name, text in parameters["files"].items()},
            **{name: Path(path) for name, path in parameters["sources"].items()},
        },
        parameters["mode"],
        parameters["directory_mode"],
        Host(module.check_mode, partial(_set_mode, module)),
    )
    return {**head, **(result if module._diff else {"changed": result["changed"]})}


def _set_mode(module: AnsibleModule, path: str, mode: str) -> bool:
    changed: bool = module.set_mode_if_different(path, mode, False)
    return changed


def main() -> None:
    """Run the module."""
    options = {
        "dest": {"type": "path", "required": True},
        "files": {"type": "dict", "required": True},
        "sources": {"type": "dict", "default": {}},
        "head_of": {"type": "str"},
        "mode": {"type": "str", "default": "0640"},
        "directory_mode": {"type": "str", "default": "0750"},
    }
    run_module(options, report_files)


if __name__ == "__main__":
    main()
