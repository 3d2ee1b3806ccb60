# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The head of a JSON report: what stands before its groups, which is small however many there are."""

from __future__ import annotations

from pathlib import Path

GROUPS = '\n    "groups": ['  # a line of its own, and what begins it can't be part of a text
_LARGEST = 16 * 1024 * 1024  # bytes; a head of 10,000 accounts has about 4 million


def read_head(path: Path) -> str:
    """Return the head of a report in a file, nothing where there is none that can be read."""
    try:
        with path.open("rb") as file:
            head, groups, _rest = file.read(_LARGEST).partition(GROUPS.encode())
    except OSError:
        return ""
    return head.decode(errors="replace") if groups else ""
