#!/usr/bin/python

# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module: the usage of a Cloudflare account or organization as a FOCUS dataset in files."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_usage_export
short_description: Write the billable usage of a Cloudflare account or organization to files, as a FOCUS dataset
version_added: 1.0.0
description:
  - Gets the daily billable usage of one account, of one organization with all its accounts, or of lists of them, and
    writes every record as a row of a FinOps FOCUS 1.3 Cost and Usage dataset, as CSV, NDJSON, or Parquet.
  - The rows go to disk as they arrive, so memory does not grow with the range or the number of records.
  - A file is replaced only where its content differs. All files are old or all are new - a full disk, a file that
    can't be replaced or an answer that fails leaves every old file as it was, and what a run that is killed leaves half
    done is undone by the next run on the same O(dest). Of two runs on the same O(dest) one waits for the other.
  - What the API does not send is empty, never V(0) and never a placeholder. Without O(source=paygo)
    or O(source=rated) the API sends no costs, so a dataset is aligned with FOCUS as far as usage goes; RV(dataset.kind)
    and RV(dataset.unknown) say so.
  - Usage that is known to lack rows is not written unless O(on_partial) allows it, and an empty answer never. No file
    is ever removed.
  - Which column comes from where, and how to read the files, is told in C(docs/focus-export.md) of the collection.
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
extends_documentation_fragment:
  - ansible.builtin.files
  - finops.cloudflare.cloudflare
  - finops.cloudflare.cloudflare.query
  - finops.cloudflare.cloudflare.attributes
  - finops.cloudflare.cloudflare.actiongroup
attributes:
  check_mode:
    details:
      - In check mode the usage is asked for and the rows are made as well, since nothing else can tell what would
        change. They go to the temporary folder of the task only.
  diff_mode:
    support: full
    details:
      - The difference shows rows, days, size and digest of the files that differ, never what is in them.
options:
  dest:
    description:
      - The file to write, in a folder that exists. A file of this name is replaced; a symbolic link, a pipe or a device
        is refused.
      - With O(partition_by) it is the folder of the dataset, which is made if it does not exist.
    type: path
    required: true
  format:
    description:
      - V(csv) starts with a header line. Spreadsheets open it, so control characters are taken out of texts, and one
        that would be a formula begins with an apostrophe. Numbers are plain decimals, exactly as the API sent them.
      - V(ndjson) has a JSON object on each line, texts and numbers exactly as the API sent them.
      - V(parquet) has texts exactly as the API sent them, and times in UTC as timestamps without a time zone. Costs are
        decimals of 38 digits with 18 places, quantities of 22 with 9 and unit prices of 15 with 12, so that their
        product is exact in SQL; further places are rounded, and a larger number fails the task. It needs the Python
        library C(pyarrow) on the host that runs the module.
    type: str
    choices: [csv, ndjson, parquet]
    default: csv
  partition_by:
    description:
      - What the dataset is split by, in this order, out of V(account) and V(month) - folders like C(account=023e.../)
        and C(month=2025-05/), as Hive names them, so that DuckDB, Spark or Trino read all files as one table.
      - The files are called after the scope and the source, like C(organization-a7b9....parquet) and
        C(account-023e...-paygo.parquet), and C(combined.parquet) for several accounts and organizations. A run replaces
        the files of its own name, as C(.finops-cloudflare.json) in O(dest) lists them. It touches no other file, and
        writes nothing through symbolic links.
      - Rows of one account from two exports, of two sources for instance, would count twice in a folder. The task fails
        rather than write the second.
      - Files of an earlier run with more metrics than O(metric) names now would lose the rows of the others, so the
        task fails. Ask for the same metrics, or use another folder.
      - A file with rows of an earlier run that would have none now stays, and O(on_partial) decides whether the task
        fails. Remove such a file by hand if its rows are gone for good.
      - With V(month) the range must start on the first day of a month, and end on the last day of one or on the last
        complete day or later, because a file takes the place of a whole month.
      - Usage on contract level has no account and goes to C(account=__HIVE_DEFAULT_PARTITION__), which is read as null.
    type: list
    elements: str
    choices: [account, month]
    default: []
  cycle_day:
    description:
      - The day of the month on which the billing cycle begins, V(1) to V(31), on the last day where a month is shorter.
      - It fills the columns C(BillingPeriodStart) and C(BillingPeriodEnd) where the API does not send them. Otherwise
        they are left empty.
      - Not together with O(source=paygo), where Cloudflare says it.
    type: int
  on_partial:
    description:
      - What to do when rows are known to be missing - days are not complete yet or have no rows at the end of the
        range, records can't be read, one of several accounts could not be asked, an expected account or metric sent
        nothing, or a file or an account of it had rows in an earlier run with O(partition_by) and has none now.
      - With V(fail) the task fails and writes nothing. With V(write) the dataset is written as it is.
      - Days without rows elsewhere can be missing data as well as no use. They are a warning, and part of
        RV(usage.reasons), but never a failure.
    type: str
    choices: [fail, write]
    default: fail
  on_empty:
    description:
      - What to do when there is no row at all, also of one of several accounts. It can mean no use, an id that does not
        exist, or no access.
      - With V(fail) the task fails and writes nothing. With V(keep) it succeeds, warns, and writes what there is.
        Nothing is ever removed.
    type: str
    choices: [fail, keep]
    default: fail
  complete_days:
    description:
      - Whether a period in words ends with the last complete day instead of today. Unlike elsewhere this is the default
        here, because a dataset with days that are still filling up looks whole and is not.
      - While a month, quarter or year has no complete day yet, its range ends today all the same, and O(on_partial)
        decides.
    type: bool
    default: true
requirements:
  - pyarrow >= 14.0.1 (only for O(format=parquet))
notes:
  - The rows are in the order in which the API sends them, window after window. Where the API sends the same rows in
    another order, a file counts as changed.
  - While the task runs, the temporary folder of the task holds the rows, some of them twice. Ansible's C(remote_tmp)
    sets where that is.
  - O(mode), O(owner), O(group) and the like are those of the files. Without O(mode) a new file has C(0640), a new
    folder C(0750), or less where the C(umask) takes more, and a file that is replaced keeps what it has.
seealso:
  - module: finops.cloudflare.cloudflare_usage_info
  - name: FinOps FOCUS specification
    description: What the columns mean.
    link: https://focus.finops.org/focus-specification/v1-3/
"""

EXAMPLES = r"""
---
- name: Export the last 30 complete days to a CSV file
  finops.cloudflare.cloudflare_usage_export:
    api_token: "{{ cloudflare_api_token }}"
    account_id: 023e105f4ecef8ad9ca31a8372d0c353
    period: last_30_days
    dest: usage.csv
    mode: "0640"

- name: Export a year of an organization as one table of Parquet files, one for each month
  finops.cloudflare.cloudflare_usage_export:
    organization_id: a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
    from: "2025-05-01"
    to: "2026-04-30"
    dest: usage
    format: parquet
    partition_by: [month]

- name: Refresh last month, whose latest days can still have been missing in an earlier run
  finops.cloudflare.cloudflare_usage_export:
    organization_id: a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
    period: previous_month
    dest: usage
    format: parquet
    partition_by: [month]
    on_partial: write
  register: result

- name: Export the bills of several accounts, those without usage included
  finops.cloudflare.cloudflare_usage_export:
    account_ids:
      - 023e105f4ecef8ad9ca31a8372d0c353
      - 8282fa634378aca02a1626d315d430e3
    source: paygo
    period: previous_month
    dest: bills
    format: parquet
    partition_by: [month]
    on_empty: keep

- name: Say how far the dataset can be trusted
  ansible.builtin.debug:
    msg: "{{ result.dataset.rows }} rows, whole through {{ result.usage.complete_through }}"
"""

RETURN = r"""
dest:
  description: The path of the file or folder, absolute.
  returned: success
  type: str
  sample: /srv/finops/usage
dataset:
  description: What was written.
  returned: success, and there are rows
  type: dict
  contains:
    kind:
      description:
        - V(cost-and-usage) if every row has all four costs and their currency, else V(usage-aligned).
      returned: success
      type: str
      sample: usage-aligned
    focus_version:
      description: The version of FOCUS whose columns the dataset has.
      returned: success
      type: str
      sample: "1.3"
    format:
      description: The value of O(format).
      returned: success
      type: str
      sample: parquet
    rows:
      description: How many rows all files have together.
      returned: success
      type: int
      sample: 4380
    unknown:
      description: The columns that FOCUS requires and that are empty, each with the number of such rows.
      returned: success
      type: dict
      sample: {BilledCost: 4380, BillingCurrency: 4380}
files:
  description: Every file that the usage makes, and those that stay although they would have no rows any more.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the file.
      returned: success
      type: str
      sample: /srv/finops/usage.csv
    state:
      description: V(created), V(changed), V(unchanged), or V(kept) for a file that would have no rows any more.
      returned: success
      type: str
      sample: created
    rows:
      description: How many rows the file has.
      returned: if the file is not kept
      type: int
      sample: 372
    days:
      description: How many days have rows.
      returned: if the file is not kept
      type: int
      sample: 31
    first_day:
      description: The first day that has rows.
      returned: if the file is not kept
      type: str
      sample: "2025-05-01"
    last_day:
      description: The last day that has rows.
      returned: if the file is not kept
      type: str
      sample: "2025-05-31"
    size:
      description: The size in bytes.
      returned: if the file is not kept
      type: int
      sample: 21034
    sha256:
      description: The SHA-256 digest of the content.
      returned: if the file is not kept
      type: str
usage:
  description:
    - How far the rows can be trusted, in the words of M(finops.cloudflare.cloudflare_usage_info), without groups.
  returned: success
  type: dict
  contains:
    source:
      description: The value of O(source).
      returned: success
      type: str
      sample: usage
    scope:
      description: V(account), V(organization), or V(combined) for several accounts and organizations.
      returned: success
      type: str
      sample: organization
    scope_id:
      description: The id that was asked for; null if it was several.
      returned: success
      type: str
    from:
      description: The first day asked for, in UTC.
      returned: success
      type: str
      sample: "2025-05-01"
    to:
      description: The last day asked for, which is part of the range.
      returned: success
      type: str
      sample: "2025-05-31"
    period:
      description: The words that the range was resolved from, or null.
      returned: success
      type: str
      sample: previous_month
    billing_cycle:
      description:
        - The billing cycle that the last day of the range (or today) lies in; null where nobody said when cycles begin.
      returned: success
      type: dict
      sample: {from: "2025-05-05", to: "2025-06-04", anchor: 5}
    days:
      description: Every day of the range.
      returned: success
      type: list
      elements: str
    complete_through:
      description: The last day that can be trusted to be whole; null if there is none.
      returned: success
      type: str
      sample: "2025-05-31"
    lag_days:
      description: The value of O(lag_days).
      returned: success
      type: int
      sample: 1
    status:
      description: V(complete), V(partial), or V(empty).
      returned: success
      type: str
      sample: complete
    reasons:
      description:
        - Every doubt, with C(code), C(affects), and C(message); empty exactly when the usage is complete. The codes are
          those of M(finops.cloudflare.cloudflare_usage_info), and C(files_without_rows) and C(accounts_without_rows)
          for what had rows in an earlier run.
      returned: success
      type: list
      elements: dict
    record_count:
      description: How many records were counted, each of them a row.
      returned: success
      type: int
      sample: 4380
    dropped:
      description: How many records were not counted, by cause; they are not in the dataset.
      returned: success
      type: dict
      sample: {not_counted: 0, other_account: 0, other_metric: 0, outside_range: 0}
    accounts:
      description: The accounts that sent records, each with C(id), its latest C(name) and C(last_day).
      returned: success
      type: list
      elements: dict
    metric:
      description: The metric ids that were asked for; empty if all were.
      returned: success
      type: list
      elements: str
    cost:
      description:
        - Whether the records carry a billed cost - C(available) is V(all), V(some), or V(none) - and its C(currency).
      returned: success
      type: dict
      sample: {available: none, currency: null}
    fetched_at:
      description: When the module ran, in UTC.
      returned: success
      type: str
      sample: "2025-06-02T03:00:00Z"
    requests:
      description: How many requests were sent, tries that failed included.
      returned: success
      type: int
      sample: 13
    collection_version:
      description: The version of this collection.
      returned: success
      type: str
      sample: 1.0.0
    sources:
      description:
        - Where several accounts and organizations were read, each of them, with its C(failure) if there is nothing of
          it. Empty otherwise.
      returned: success
      type: list
      elements: dict
mode:
  description: The permissions of O(dest). The other facts that file modules return come along.
  returned: success, and O(dest) exists
  type: str
  sample: "0640"
failure:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(incomplete) if the usage is partial or empty, V(export) if the files can't be written, or one of the values
          of M(finops.cloudflare.cloudflare_usage_info), whose other keys are here as well.
      returned: failure
      type: str
      sample: incomplete
    status:
      description: V(partial), or V(empty).
      returned: when RV(failure.kind) is V(incomplete)
      type: str
      sample: partial
    reasons:
      description: Every doubt about the usage.
      returned: when RV(failure.kind) is V(incomplete)
      type: list
      elements: dict
"""

import os
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.finops.cloudflare.plugins.module_utils._ansible import run_module
from ansible_collections.finops.cloudflare.plugins.module_utils._ansible_options import (
    connection_options,
    query_options,
    query_rules,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.export import EXPORT_SCHEMA, export
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.registry import FORMATS
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import PARTITION_KEYS
from ansible_collections.finops.cloudflare.plugins.module_utils._export.write import FileOperations
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query

_KEPT_FROM_OTHERS = 0o027  # so that new files have mode 0640 or less, and new folders 0750 or less


def usage_export(parameters: Mapping[str, Any], module: AnsibleModule) -> Mapping[str, Any]:
    """Return the result of the module."""
    now = datetime.now(timezone.utc)
    given = check_query(parameters, now.date(), EXPORT_SCHEMA)
    host = FileOperations(
        folder=module.tmpdir,
        check_mode=module.check_mode,
        diff_mode=module._diff,
        move=partial(module.atomic_move, unsafe_writes=parameters["unsafe_writes"]),
        attributes=partial(_attributes, module),
    )
    before = os.umask(0)
    os.umask(before | _KEPT_FROM_OTHERS)
    try:
        return export(given, now, host)
    finally:
        os.umask(before)


def _attributes(module: AnsibleModule, path: str, diff: dict[str, Any]) -> bool:
    wanted = module.load_file_common_arguments(module.params, path=path)
    changed: bool = module.set_fs_attributes_if_different(wanted, False, diff=diff)
    return changed


def options() -> dict[str, Any]:
    """Return the argument spec."""
    return {
        **connection_options(),
        **query_options(),
        "dest": {"type": "path", "required": True},
        "format": {"type": "str", "choices": sorted(FORMATS), "default": "csv"},
        "partition_by": {"type": "list", "elements": "str", "choices": list(PARTITION_KEYS), "default": []},
        "on_partial": {"type": "str", "choices": ["fail", "write"], "default": "fail"},
        "on_empty": {"type": "str", "choices": ["fail", "keep"], "default": "fail"},
        "complete_days": {"type": "bool", "default": True},
    }


def main() -> None:
    """Run the module."""
    run_module(options(), usage_export, query_rules(), writes_files=True)


if __name__ == "__main__":
    main()
