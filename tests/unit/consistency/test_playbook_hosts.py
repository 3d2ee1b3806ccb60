# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every play says whether it would run at all, and runs whatever tags are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
# The accounts are only read: whether there is anything to judge is for the play after it to say.
GUARDED = {"_cloudflare_play_hosts", "_cloudflare_localhost", "_cloudflare_accounts", "_cloudflare_judges"}


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS.glob("*.yml")), ids=lambda path: path.stem)
def test_playbook_hosts_are_those_that_fail_where_nothing_would_run(playbook: Path) -> None:
    plays = [play for play in yaml.safe_load(playbook.read_text(encoding="utf-8")) if "hosts" in play]
    assert plays
    for play in plays:
        assert play["hosts"].strip("{ }") in GUARDED
        assert play["tags"] == ["always"]
