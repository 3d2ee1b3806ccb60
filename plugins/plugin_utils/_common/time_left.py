# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One bound for several tasks that follow each other: each gets what the others have left of it."""

from __future__ import annotations

from datetime import datetime, timezone
from math import isnan
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError

LEAST = 0.001  # seconds; a task needs a deadline above 0, and ends at once with this one


def seconds_left(deadline: Any, since: str, now: datetime) -> Any:
    """Return the seconds that are left of ``deadline`` seconds since a time in UTC, LEAST where none are.

    A deadline that is not a number above 0 is returned as it is, for the task to refuse. Raises ParameterError.
    """
    try:
        begun = datetime.fromisoformat(since).replace(tzinfo=timezone.utc)
    except (TypeError, ValueError):
        raise ParameterError([f"since: {since!r} is not a valid time; use now(utc=true).isoformat()"]) from None
    try:
        seconds = float(deadline)
    except (TypeError, ValueError):
        return deadline
    if isinstance(deadline, bool) or isnan(seconds) or seconds <= 0:
        return deadline
    passed = max(0.0, (now - begun).total_seconds())  # a clock can be set back
    return max(LEAST, round(seconds - passed, 3))
