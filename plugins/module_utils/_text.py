# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside made fit for a message that a terminal or a log will show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_LENGTH = 300

# What a CI system obeys in the output: ##[command] and ##vso[command] of GitHub, Azure, TeamCity; GitHub's ::command::
_CI_COMMAND = re.compile(r"#(?=#[\w.-]*\[)|:(?=:[\w-]+[^:]*::)")


def printable(value: object, limit: int = MAX_LENGTH) -> str:
    """Return ``value`` as one line that steers neither a terminal nor the CI system that reads it.

    It has no control, format or bidirectional characters, no command of a CI system, and at most ``limit`` characters.
    """
    text = "".join(
        " " if char in "\r\n\t" else "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char)[0] == "C" else char
        for char in str(value)[: limit * 4]
    )
    text = _CI_COMMAND.sub(r"\g<0> ", " ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of ``words`` that ``word`` may be a misspelling of, or None; upper and lower case are the same."""
    from difflib import get_close_matches  # for what is wrong only: every module imports this file

    known = {each.casefold(): each for each in words}
    found = get_close_matches(word.casefold(), known, n=1, cutoff=0.75)
    return known[found[0]] if found else None
