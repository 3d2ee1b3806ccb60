# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limit of the API, which the simulator enforces: all forks of a run keep it together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server


def test_rate_limit_is_kept_by_a_host_for_each_account_at_several_forks(
    play: Play, start_simulator: Callable[..., Server], temporary: Path
) -> None:
    server = start_simulator("--accounts", "5", "--rate-limit", "9/3")
    accounts = [one["id"] for one in server.world()["accounts"]][:5]
    steps = [
        {
            "hosts": "all",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": [
                {
                    "name": "read",
                    "finops.cloudflare.cloudflare_usage_info": {
                        "account_id": "{{ inventory_hostname }}",
                        "source": "rated",
                        "from": "2025-01-01",
                        "to": "2025-04-30",
                        "max_retries": 0,
                        "concurrency": 1,
                    },
                }
            ],
        }
    ]
    # A place of its own for what tasks share.
    env = {**server.env(), "TMPDIR": str(temporary)}
    run = play(steps, "-i", ",".join(accounts) + ",", "--forks", "5", env=env)
    assert (run.code, run.failures()) == (0, [])
    assert [line["result"]["usage"]["status"] for line in run.results("read")] == ["complete"] * 5
    answered = Counter(each["status"] for each in server.requests())
    assert answered == {200: 20}, "four requests for each account, and no other account in their way"
