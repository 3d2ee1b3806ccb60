# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reason of a doubt: a code for programs, a sentence for people, and what the doubt is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

MAX_LISTED = 20
MAX_SUBJECTS = 500

Reason = dict[str, Any]


def reason(code: str, message: str, *, affects: str = "usage", **details: Any) -> Reason:
    """Return one reason; ``affects`` is usage, or cost where the quantities are whole all the same.

    ``details`` can hold what ``about`` returns; without it the doubt is about everything.
    """
    return {"code": code, "affects": affects, "message": message, **details}


def subject(account: str | None = None, metric: str | None = None) -> dict[str, str]:
    """Return what a doubt is about: a metric of an account; what is None stands for all of them."""
    return {key: value for key, value in (("account", account), ("metric", metric)) if value is not None}


def about(subjects: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return ``about`` of a reason, each subject once: never cut, but about more where they are too many."""
    listed_once = _once(subjects)
    if len(listed_once) > MAX_SUBJECTS:
        listed_once = _once({key: each[key] for key in each if key == "account"} for each in listed_once)
    return {} if {} in listed_once or len(listed_once) > MAX_SUBJECTS else {"about": listed_once}


def _once(subjects: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [dict(items) for items in sorted({tuple(sorted(each.items())) for each in subjects})]


def listed(items: Iterable[Any]) -> list[str]:
    """Return the first of many as text, for people."""
    return [str(item) for item in items][:MAX_LISTED]


def day_range(days: Sequence[date]) -> str:
    """Return days that follow each other in words."""
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
