# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns of ids and names, as budgets and rate cards write them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache


@lru_cache(maxsize=65536)
def matches(pattern: str, text: str) -> bool:
    """Tell whether a text is the pattern itself, or fits it as a glob; upper and lower case differ."""
    return pattern == text or fnmatchcase(text, pattern)
