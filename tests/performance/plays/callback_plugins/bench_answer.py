# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the totals that a playbook came to, so that every run can be checked without another task in it."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: bench_answer
type: notification
short_description: Write the totals in a result as JSON
description:
  - Takes them from usage facts, from records, or from a fact C(totals), wherever one of these is in a result.
requirements:
  - The environment variable E(BENCH_ANSWER) names the file.
"""


class CallbackModule(CallbackBase):
    """Costs little, and the same in the playbooks that are compared."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "bench_answer"

    def v2_runner_on_ok(self, result: Any) -> None:
        """Write what is in the result of a task."""
        found = answers(result.result)
        if found:
            Path(os.environ["BENCH_ANSWER"]).write_text(json.dumps(found), encoding="utf-8")


def answers(result: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the totals by metric and unit, by where they were."""
    found = {}
    if "usage" in result:
        found["usage"] = totals(result["usage"]["groups"])
    if "records" in result:
        found["records"] = totals(result["records"])
    if "totals" in result.get("ansible_facts", {}):
        found["totals"] = result["ansible_facts"]["totals"]
    return found


def totals(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the quantities of groups or records by metric and unit."""
    sums: defaultdict[str, float] = defaultdict(int)
    for row in rows:
        sums[f"{row['x_billable_metric_id']}|{row['consumed_unit']}"] += row["consumed_quantity"]
    return sums
