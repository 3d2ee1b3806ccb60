# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API does wrong: what can pass is tried again, what can't is told, and nothing of it ends as a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server


def test_api_faults_each_source_tells_its_own_fault(play: Play, start_simulator: Callable[..., Server]) -> None:
    elsewhere = start_simulator()
    ids = [one["id"] for one in start_simulator("--accounts", "7").world()["accounts"]][:7]
    forbidden, limited, broken, cut, redirected, failed, odd = ids
    spoiled = start_simulator(
        "--accounts",
        "7",
        faults=[
            f"status=403,code=9109,path=*/{forbidden}/*",
            f"status=429,retry-after=0,times=1,path=*/{limited}/*",
            f"status=502,times=1,path=*/{broken}/*",
            f"cut=50%,path=*/{cut}/*",
            f"redirect={elsewhere.url},path=*/{redirected}/*",
            f"envelope=failure,path=*/{failed}/*",
            f"body=html,path=*/{odd}/*",
        ],
    )
    facts = {
        "include_role": {"name": "finops.cloudflare.usage_facts"},
        "vars": {
            "usage_facts_accounts": ids,
            "usage_facts_from": "2025-05-01",
            "usage_facts_to": "2025-05-31",
            "usage_facts_max_retries": 1,
        },
    }
    keep = {"debug": {"var": "cloudflare_usage"}}
    steps = [{"hosts": "localhost", "gather_facts": False, "tasks": [facts, keep]}]
    run = play(steps, env=spoiled.env())
    assert run.code == 0, run.output
    [shown] = run.results("debug")
    usage = shown["result"]["cloudflare_usage"]
    assert usage["status"] == "partial"
    failures = {source["scope_id"]: source["failure"] for source in usage["sources"]}
    good = [ident for ident in ids if failures[ident] is None]
    assert good == [limited, broken], "what passes by itself is tried again"
    assert [account["id"] for account in usage["accounts"]] == sorted(good)

    asked = {ident: sum(ident in one["path"] for one in spoiled.requests()) for ident in ids}
    assert asked == {forbidden: 1, limited: 2, broken: 2, cut: 2, redirected: 1, failed: 1, odd: 1}
    assert "Billing Read" in failures[forbidden]["message"]
    assert "not switched on" in failures[forbidden]["message"]
    assert failures[cut]["kind"] == "transport"
    assert "another host" in failures[redirected]["message"]
    assert elsewhere.requests() == [], "the token goes nowhere else"
    assert failures[failed]["kind"] == "refused"
    assert failures[odd]["kind"] == "malformed"
