# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured side by side: our module, the floor below it, and what people do without it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from .sample import ACCOUNT_ID, FIRST_DAY, LAST_DAY, Sample

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    """One way to get totals by metric and unit, or a part of what all of them have to do."""

    name: str
    title: str
    client: str  # a playbook or a script
    largest: int  # records beyond which it takes too long, or too much memory, to be worth the wait
    variables: dict[str, str] = field(default_factory=dict)
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
        variables = {
            "account_id": ACCOUNT_ID,
            "first_day": FIRST_DAY,
            "last_day": LAST_DAY,
            "records_path": str(sample.records_path),
            "url": sample.url,
            **self.variables,
        }
        playbook = [str(programs / "ansible-playbook"), "-i", "localhost,", str(HERE / "plays" / self.client)]
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
