# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured side by side: our module, the floor below it, and what people do without it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .sample import Sample

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    """One way to get totals by metric and unit, or a part of what all of them have to do."""

    name: str
    title: str
    client: str  # a playbook or a script
    largest: int  # size beyond which it takes too long, or too much memory, to be worth the wait
    variables: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    answers: bool = True
    programs: tuple[str, ...] = ()

    @property
    def is_playbook(self) -> bool:
        """Tell whether Ansible runs it."""
        return self.client.endswith(".yml")

    def command(self, programs: Path, sample: Sample) -> list[str]:
        """Return the command line, with the programs of the environment."""
        if self.client.endswith(".sh"):
            return ["sh", str(HERE / "clients" / self.client)]
        if self.client.endswith(".py"):
            return [str(programs / "python"), str(HERE / "clients" / self.client)]
        variables = {**sample.play_variables(), **self.variables}
        playbook = [str(programs / "ansible-playbook"), "-i", sample.inventory, str(HERE / "plays" / self.client)]
        return [*playbook, "-e", json.dumps(variables)]


PLAIN = {"PYTHONPATH": str(HERE / "without")}
CASES = (
    Case("empty", "a playbook with one empty module", "empty.yml", 1_000_000, answers=False),
    Case("ours", "**`return_records: false`**", "ours.yml", 1_000_000, {"return_records": "false"}),
    Case("ours_plain", "the same, without `msgspec`", "ours.yml", 1_000_000, {"return_records": "false"}, PLAIN),
    Case(
        "paygo",
        "the same account's bill, `source: paygo`",
        "ours.yml",
        1_000_000,
        {"return_records": "false", "source": "paygo"},
        answers=False,  # a bill has ids of its own
    ),
    Case("list", "an empty module that returns the same records", "list.yml", 100_000),
    Case("ours_records", "**`return_records: true`**", "ours.yml", 100_000, {"return_records": "true"}),
    Case("uri", "`ansible.builtin.uri`, `groupby` and `sum`", "uri.yml", 100_000),
    Case("sdk", "a script with the `cloudflare` SDK", "sdk.py", 100_000),
    Case("jq", "`curl` and `jq`", "jq.sh", 1_000_000, programs=("curl", "jq")),
    Case("bare", "a bare script that fetches and sums", "bare.py", 1_000_000),
    Case("curl", "`curl` to `/dev/null`: the server alone", "curl.sh", 1_000_000, answers=False, programs=("curl",)),
)

# Many accounts, of 12 metrics each. What is asked for is one of the three.
HOSTS = {"ANSIBLE_FORKS": "20"}
ACCOUNTS = (
    Case("accounts_empty", "a playbook with one empty module", "empty.yml", 1000, answers=False),
    Case("accounts_list", "**`account_ids`**", "accounts.yml", 1000, {"ask": "account_ids"}),
    Case("accounts_organization", "**`organization_id`**", "accounts.yml", 1000, {"ask": "organization_id"}),
    Case("accounts_hosts", "a host for each, 20 forks", "hosts.yml", 1000, {}, HOSTS, answers=False),
)
# A large organization, of 40 metrics: what a gate with a report takes, and what it is made of.
BY_METRIC = {"BENCH_GROUP_BY": "metric"}
LIST_BY_METRIC = {**BY_METRIC, "BENCH_ASK": "account_ids"}
GATE = (
    Case("by_metric", "the module alone, `group_by: [metric]`", "module.py", 5_000, {}, BY_METRIC, answers=False),
    Case("list_by_metric", "the same of a list of accounts", "module.py", 5_000, {}, LIST_BY_METRIC, answers=False),
    Case("module", "the module alone, by account, product and metric", "module.py", 5_000, answers=False),
    Case("filters", "the filters alone: verdicts, and the report in five formats", "filters.py", 5_000, answers=False),
    Case("gate", "**facts, gate and report in a playbook**", "gate.yml", 5_000, answers=False),
)
