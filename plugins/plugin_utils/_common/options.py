# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people and AWX hand over for an option: whether it is given at all, and lists that are written as text.

A survey of AWX hands a blank answer over as null or as an empty text, and a list as lines of a text area.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


def is_given(value: Any) -> bool:
    """Return whether an option has a value: null, blank text and a list of nothing else mean that it was left out.

    An empty list is a value: whether it means nothing at all is for each option to say.
    """
    if isinstance(value, (list, tuple)):
        return not value or any(map(is_given, value))
    return value is not None and not (isinstance(value, str) and not value.strip())


def read_list(value: Any) -> list[Any]:
    """Return the items that are given; a text is split at commas and line ends."""
    if not is_given(value):
        return []
    if isinstance(value, str):
        items: Iterable[Any] = re.split(r"[,\r\n]+", value)
    else:
        items = value if isinstance(value, (list, tuple)) else [value]
    return [item.strip() if isinstance(item, str) else item for item in items if is_given(item)]


def file_mode(value: Any) -> str:
    """Return a mode as text: YAML makes a number of 0640, and AWX a text of it."""
    return f"{value:04o}" if isinstance(value, int) else str(value)
