# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names from the API are text on their whole way: never a template, never markup, never a command for a terminal."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
FORMATS = ["html", "markdown", "json", "csv", "openmetrics"]


def test_hostile_names_arrive_as_text(play: Play, start_simulator: Callable[..., Server], tmp_path: Path) -> None:
    server = start_simulator("--names", "hostile", "--accounts", "10", "--metrics", "2")
    accounts = {one["id"]: one["name"] for one in server.world()["accounts"]}
    (tmp_path / "deliver.yml").write_text(
        "- name: Take names into a template once more\n"
        "  ansible.builtin.debug:\n"
        "    msg: '{{ item }}'\n"
        "  loop_control:\n"
        "    label: a name\n"
        "  loop: \"{{ cloudflare_usage.accounts | map(attribute='name') + [cloudflare_report_text] }}\"\n"
    )
    variables = {
        "usage_facts_organizations": [ORGANIZATION],
        "usage_facts_from": "2025-05-01",
        "usage_facts_to": "2025-05-31",
        "usage_report_dest": "out",
        "usage_report_formats": FORMATS,
        "usage_report_deliver": ["deliver.yml"],
        "budget_assert_budgets": [
            {"name": "each", "match": {"metric": "workers_standard_requests"}, "each": "account", "limit": 1000},
        ],
    }
    run = play("finops.cloudflare.budget_gate", variables=variables, env=server.env())
    assert run.code == 2
    [failure] = run.failures()
    assert failure.startswith("Budget violated: 10 of 10 verdicts did not pass.")

    folder = tmp_path / "out"
    facts = json.loads((folder / "usage.json").read_text())
    names = {one["id"]: one["name"] for one in facts["usage"]["accounts"]}
    assert len(names) == 10
    assert names == {ident: accounts[ident] for ident in names}
    assert any("{{ lookup('ansible.builtin.pipe', 'id') }}" in name for name in names.values())
    everything = [run.stdout, run.stderr, run.log, *(path.read_text() for path in folder.iterdir())]
    assert [text for text in everything if "uid=" in text] == [], "a template in a name has run"
    for text in (run.stdout, run.stderr, run.log):
        assert "\x1b[31m" not in text
        assert "\x07" not in text

    assert "<script>alert" not in (folder / "usage.html").read_text()
    assert "<script>" not in (folder / "usage.md").read_text()
    assert len(ET.parse(folder / "budgets.junit.xml").getroot().findall(".//testcase")) == 10
    with (folder / "usage.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell[:1] in ("=", "@")] == []
    delivered = [line["result"]["msg"] for line in run.results("Take names into a template once more")]
    assert set(names.values()) <= set(delivered)


def test_names_in_facts_from_a_file_are_text_when_they_are_read_as_text(play: Play, tmp_path: Path) -> None:
    """What docs/hostile-names.md says: Ansible templates what it loads as variables, and not what a lookup reads."""
    (tmp_path / "usage.json").write_text(json.dumps({"usage": {"name": "{{ 40 + 2 }}"}}))
    read = "{{ (lookup('ansible.builtin.file', 'usage.json') | from_json).usage.name }}"
    tasks = [
        {"name": "Load it", "ansible.builtin.include_vars": {"file": "usage.json", "name": "loaded"}},
        {"name": "Use it", "ansible.builtin.debug": {"msg": "{{ loaded.usage.name }}"}},
        {"name": "Read it", "ansible.builtin.debug": {"msg": read}},
    ]
    run = play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert run.code == 0, run.output
    (used,), (kept,) = run.results("Use it"), run.results("Read it")
    assert [used["result"]["msg"], kept["result"]["msg"]] == [42, "{{ 40 + 2 }}"]
