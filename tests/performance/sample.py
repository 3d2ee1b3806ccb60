# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The usage that all cases ask for: served by the simulator, with the totals that everyone has to come to."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT_ID = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "simulator-token"
FIRST_DAY, LAST_DAY, TODAY = "2025-05-01", "2025-05-31", "2025-06-02"
DAYS = 31
SIMULATOR = (sys.executable, str(ROOT / "playbooks" / "files" / "cloudflare_simulator"))
SERVED = (
    *("--today", TODAY, "--prepare", f"{FIRST_DAY}..{LAST_DAY}"),
    *("--cache-mb", "4096", "--exit-with-pid", str(os.getpid())),
)


class BenchError(Exception):
    """The benchmarks cannot go on; the message says why."""


@dataclass(frozen=True)
class Sample:
    """One month of an account, on a server."""

    records: int
    base_url: str
    records_path: Path  # the records as the module returns them, for a module that has nothing else to do

    @property
    def size(self) -> int:
        """What the runs are told apart by."""
        return self.records

    @property
    def inventory(self) -> str:
        """The inventory of the playbooks."""
        return "localhost,"

    def play_variables(self) -> dict[str, Any]:
        """Return the variables that tell a playbook what to ask for."""
        return {
            "account_id": ACCOUNT_ID,
            "first_day": FIRST_DAY,
            "last_day": LAST_DAY,
            "records_path": str(self.records_path),
            "url": self.url,
        }

    @property
    def url(self) -> str:
        """The one request that answers all."""
        return self._url(FIRST_DAY, LAST_DAY)

    def _url(self, first: object, last: object) -> str:
        return f"{self.base_url}/accounts/{ACCOUNT_ID}/billable/usage?from={first}&to={last}"

    def variables(self) -> dict[str, str]:
        """Return the environment variables that tell a client what to ask for."""
        return {
            "BENCH_ACCOUNT": ACCOUNT_ID,
            "BENCH_FROM": FIRST_DAY,
            "BENCH_TO": LAST_DAY,
            "BENCH_URL": self.url,
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "CLOUDFLARE_BASE_URL": self.base_url,
        }

    def totals(self) -> dict[str, float]:
        """Return the exact totals by metric and unit, counted day by day so that a million records fit into memory."""
        totals: Counter[str] = Counter()
        count = 0
        day = dt.date.fromisoformat(FIRST_DAY)
        while str(day) <= LAST_DAY:
            request = Request(self._url(day, day), headers={"Authorization": f"Bearer {TOKEN}"})
            with urlopen(request, timeout=60) as answer:
                rows = json.load(answer, parse_float=Decimal)["result"]
            for row in rows:
                totals[f"{row['x_BillableMetricId']}|{row['ConsumedUnit']}"] += row["ConsumedQuantity"]
            count += len(rows)
            day += dt.timedelta(days=1)
        if count != self.records:
            raise BenchError(f"the simulator has {count} records in place of {self.records}")
        return {key: float(total) for key, total in totals.items()}

    def write_records(self) -> None:
        """Write the records as our module returns them; Ansible has no part in it."""
        asked = {"account_id": ACCOUNT_ID, "from": FIRST_DAY, "to": LAST_DAY, "return_records": True}
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "ansible_collections.finops.cloudflare.plugins.modules.cloudflare_usage_info",
            ],
            env={**os.environ, **self.variables()},
            input=json.dumps({"ANSIBLE_MODULE_ARGS": asked}).encode(),
            capture_output=True,
            check=False,
        )
        answer: dict[str, Any] = json.loads(ended.stdout)
        if len(answer.get("records", ())) != self.records:
            raise BenchError(f"the module returned no such records: {answer.get('msg')}")
        self.records_path.write_text(json.dumps(answer["records"]), encoding="utf-8")


@contextlib.contextmanager
def served(records: int, folder: Path) -> Iterator[Sample]:
    """Serve that many records, all made ahead, until the block ends."""
    with _simulated("--accounts", "1", "--metrics", "30", "--records-per-window", str(records)) as base_url:
        yield Sample(records, base_url, folder / f"records-{records}.json")


@contextlib.contextmanager
def _simulated(*options: str) -> Iterator[str]:
    with subprocess.Popen((*SIMULATOR, *SERVED, *options), stdout=subprocess.PIPE, text=True) as simulator:
        try:
            base_url = simulator.stdout.readline().strip() if simulator.stdout else ""
            if not base_url:
                raise BenchError("the simulator did not start")
            yield base_url
        finally:
            simulator.kill()


@dataclass(frozen=True)
class Organization(Sample):
    """One month of the accounts of an organization, a record for each metric and day of each."""

    organization_id: str
    account_ids: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.account_ids)

    @property
    def inventory(self) -> str:
        """A host for each account; localhost is there by itself."""
        return "".join(f"account{number}," for number in range(self.size))

    @property
    def folder(self) -> Path:
        return self.records_path.parent

    def play_variables(self) -> dict[str, Any]:
        return {
            "account_ids": list(self.account_ids),
            "organization_id": self.organization_id,
            "first_day": FIRST_DAY,
            "last_day": LAST_DAY,
            "report_folder": str(self.folder / "report"),
            "records": self.records,
        }

    def _url(self, first: object, last: object) -> str:
        return f"{self.base_url}/organizations/{self.organization_id}/billable/usage?from={first}&to={last}"

    def variables(self) -> dict[str, str]:
        return {
            **super().variables(),
            "BENCH_FACTS": str(self.folder / "facts.json"),
            "BENCH_ORGANIZATION": self.organization_id,
            "BENCH_ACCOUNTS": ",".join(self.account_ids),
        }


@contextlib.contextmanager
def organization(accounts: int, metrics: int, folder: Path) -> Iterator[Organization]:
    """Serve an organization of that many accounts until the block ends."""
    options = ("--accounts", str(accounts), "--metrics", str(metrics), "--zones", "1", "--organizations", "1")
    listed = subprocess.run([*SIMULATOR, "--list", *options], capture_output=True, text=True, check=True).stdout
    found = [each for each in json.loads(listed)["accounts"] if each["organization_id"]]
    with _simulated(*options) as base_url:
        yield Organization(
            accounts * metrics * DAYS,
            base_url,
            folder / "records.json",
            found[0]["organization_id"],
            tuple(each["id"] for each in found),
        )
