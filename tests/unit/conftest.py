# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long hypothesis looks: a few cases, the same in every run, or with `make fuzz` very many and ever new ones."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("short", derandomize=True, deadline=None, max_examples=100, database=None)
settings.register_profile("fuzz", deadline=None, max_examples=3000, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no client keep pace with those of other tests, which may have had a server at the same address."""
    client = "ansible_collections.finops.cloudflare.plugins.module_utils._api.client"
    monkeypatch.setattr(f"{client}.shared_file", lambda _api_url: None)
