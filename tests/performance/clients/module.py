# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client: the module by itself, without Ansible around it. Its result goes to a file, for the filters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

scopes = {
    "organization_id": os.environ["BENCH_ORGANIZATION"],
    "account_ids": os.environ["BENCH_ACCOUNTS"].split(","),
}
scope = os.environ.get("BENCH_ASK", "organization_id")
asked = {
    scope: scopes[scope],
    "from": os.environ["BENCH_FROM"],
    "to": os.environ["BENCH_TO"],
    "group_by": os.environ.get("BENCH_GROUP_BY", "account,product_family,metric").split(","),
}
with Path(os.environ["BENCH_FACTS"]).open("wb") as facts:
    ended = subprocess.run(
        [sys.executable, "-m", "ansible_collections.finops.cloudflare.plugins.modules.cloudflare_usage_info"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": asked}).encode(),
        stdout=facts,
        check=False,
    )
sys.exit(ended.returncode)
