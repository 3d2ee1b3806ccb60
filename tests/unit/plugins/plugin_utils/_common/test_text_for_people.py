# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for people have a stated length, and say how much is left out."""

from __future__ import annotations

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import fit_lines


@pytest.mark.parametrize("count", [0, 1, 5, 99, 1000])
@pytest.mark.parametrize("length", [1, 80, 5000])
@pytest.mark.parametrize("limit", [100, 3000])
def test_text_for_people_lines_fit_and_the_rest_is_counted(count: int, length: int, limit: int) -> None:
    lines = [f"{number} ".ljust(length, "x") for number in range(count)]
    kept = fit_lines(lines, limit, "verdict")
    assert len("\n".join(kept)) <= limit
    if kept != lines:
        left = count - len(kept) + (1 if kept[-1].startswith("… and") else 0)
        assert kept[-1].startswith(f"… and {left} more verdict") or left == 0
        assert kept[0][: limit // 2] == lines[0][: limit // 2]
