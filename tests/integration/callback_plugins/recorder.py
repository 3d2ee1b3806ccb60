# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what every task of a run ended with to a file, for the tests to read."""

from __future__ import annotations

DOCUMENTATION = r"""
name: recorder
type: notification
short_description: Write the results of a run as JSON lines
description:
  - One line for each task and item, and a last one with the counts and the data of C(set_stats).
requirements:
  - The environment variable E(RECORD_PATH) names the file.
"""

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Records the way Ansible shows a result: what is no_log is censored here as well."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"

    def _write(self, **line: Any) -> None:
        with Path(os.environ["RECORD_PATH"]).open("a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")

    def _record(self, status: str, result: Any) -> None:
        shown = json.loads(self._dump_results(result.result, indent=0))
        self._write(
            status=status,
            host=result.host.get_name(),
            task=result.task.get_name(),
            action=result.task.action,
            result=shown,
        )

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("changed" if result.is_changed() else "ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._record("skipped", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._record("item", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._record("item_failed", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        hosts = {host: stats.summarize(host) for host in stats.processed}
        custom = json.loads(self._dump_results(dict(stats.custom.get("_run", {})), indent=0))
        self._write(status="stats", hosts=hosts, artifacts=custom)
