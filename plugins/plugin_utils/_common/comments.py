# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Markdown comment on a code host: how long it may be, and the mark by which a later run finds it."""

from __future__ import annotations

import re

MAX_LENGTH = 60_000  # a comment on GitHub holds 65,536 characters, a job summary 1 MiB


def marker_line(marker: str) -> str:
    """Return the hidden line by which a later run finds the comment that it should update."""
    return f"<!-- finops.cloudflare: {re.sub(r'[^A-Za-z0-9_.]+', '-', marker)[:100].strip('-')} -->"
