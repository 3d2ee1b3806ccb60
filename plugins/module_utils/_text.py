# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside made fit for a message that a terminal or a log will show."""

from __future__ import annotations

import unicodedata

MAX_LENGTH = 300


def printable(value: object, limit: int = MAX_LENGTH) -> str:
    """Return ``value`` as one line without control, format or bidirectional characters, cut to ``limit`` characters."""
    text = "".join(
        " " if char in "\r\n\t" else "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char)[0] == "C" else char
        for char in str(value)[: limit * 4]
    )
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
