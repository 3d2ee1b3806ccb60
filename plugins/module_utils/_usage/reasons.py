# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One reason why facts may not be whole, and the lists of days and names in it, which have a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

MAX_LISTED = 20


def reason(code: str, message: str, *, affects: str = "usage", **details: Any) -> dict[str, Any]:
    """Return one reason; ``affects`` is usage, or cost where the quantities are whole all the same."""
    return {"code": code, "affects": affects, "message": message, **details}


def listed(items: Iterable[Any]) -> list[str]:
    """Return the first MAX_LISTED of them as text."""
    return [str(item) for item in items][:MAX_LISTED]


def day_range(days: Sequence[date]) -> str:
    """Return days in order as words."""
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
