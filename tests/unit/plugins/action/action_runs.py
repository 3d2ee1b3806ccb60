# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run an action plugin without a host: what it would run there is noted, and answered with what is given."""

from __future__ import annotations

import posixpath
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task

from ansible_collections.finops.cloudflare.plugins.plugin_utils._actions import TaskAction


class Role:
    """The role of the collection in which a task stands."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get_name(self) -> str:
        return f"finops.cloudflare.{self._name}"


class Host:
    """Notes what an action runs on it, and answers with what is given."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = answers
        self.ran: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []  # what was only looked at
        self.sent: dict[str, str] = {}
        self.readable: list[Any] = []

    def execute(self, module_name: str, module_args: dict[str, Any], **_more: Any) -> dict[str, Any]:
        name = module_name.rpartition(".")[2]
        if "head_of" in module_args:
            self.asked.append(module_args)
        else:
            self.ran[name] = module_args
        return self.answers.get(name, {"changed": True})


def run_action(
    monkeypatch: pytest.MonkeyPatch, action: type[TaskAction], host: Host, role: str = "", **arguments: Any
) -> dict[str, Any]:
    """Return the result of the task; with ``role`` it stands in that role of the collection."""
    task = Task()
    task.args = arguments
    task._role = Role(role) if role else None
    shell = SimpleNamespace(tmpdir="", join_path=posixpath.join)
    plugin = action(task, SimpleNamespace(_shell=shell), None, DataLoader(), None, None)
    monkeypatch.setattr(plugin, "_execute_module", host.execute)
    monkeypatch.setattr(plugin, "_make_tmp_path", lambda: "/on-the-host")
    monkeypatch.setattr(plugin, "_transfer_data", host.sent.__setitem__)
    monkeypatch.setattr(plugin, "_fixup_perms2", lambda paths, execute: host.readable.append(paths))
    return plugin.run(None, {})
