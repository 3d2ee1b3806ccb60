# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a successful answer says beside its result: errors, messages, more pages, and the time at the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import Redaction

T = TypeVar("T")

MAX_LISTED = 10
CLOCK_TOLERANCE = timedelta(minutes=5)  # an answer may be on its way, or wait in a proxy, for as long
MAX_DAYS_AHEAD = 3650  # either way: beyond that, what follows from a day may lie beyond the calendar
_FLAGS = ("has_more", "has_next", "has_next_page", "more", "truncated", "is_truncated", "partial", "incomplete")
_NEXT = ("next_page_token", "next_page", "next", "next_cursor", "cursor", "after")


@dataclass(frozen=True)
class Notices:
    """``errors`` and ``messages`` have ``code`` (an int or None) and ``message``.

    ``more`` says in words what ``result_info`` tells of results that are not in this answer; it is empty where there
    are none. ``days_ahead`` is by how many days the calendar of this machine is ahead of that of the API, or below 0
    behind it. It is 0 as long as the clocks agree within CLOCK_TOLERANCE, and where an answer has no readable Date.
    """

    errors: tuple[dict[str, Any], ...] = ()
    messages: tuple[dict[str, Any], ...] = ()
    more: str = ""
    days_ahead: int = 0


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What was made of a whole answer, what it said beside, and its ``result_info``: where more pages are."""

    value: T
    notices: Notices
    result_info: Mapping[str, Any] = field(default_factory=dict)


def notices(fields: Mapping[str, Any], headers: Mapping[str, str], received: datetime, redaction: Redaction) -> Notices:
    """Return the notices of an answer; ``fields`` are the members of its JSON object.

    ``received`` is when its headers came, by the clock of this machine.
    """
    return Notices(
        errors=tuple(api_messages(fields.get("errors"), redaction)),
        messages=tuple(api_messages(fields.get("messages"), redaction)),
        more=redaction.text(_more(fields.get("result_info"))),
        days_ahead=_days_ahead(http_date(headers.get("date")), received),
    )


def _days_ahead(date: datetime | None, received: datetime) -> int:
    if date is None or abs(received - date) <= CLOCK_TOLERANCE:
        return 0
    return max(-MAX_DAYS_AHEAD, min((received.date() - date.date()).days, MAX_DAYS_AHEAD))


def api_messages(items: Any, redaction: Redaction) -> list[dict[str, Any]]:
    """Return ``errors`` or ``messages`` as code and text, whatever the server sent in their place."""
    listed = items if isinstance(items, list) else [items]
    return [_message(item, redaction) for item in listed[:MAX_LISTED] if item]


def _message(item: Any, redaction: Redaction) -> dict[str, Any]:
    if not isinstance(item, dict):
        return {"code": None, "message": redaction.text(item)}
    code = item.get("code")
    is_code = isinstance(code, int) and not isinstance(code, bool) and abs(code) < 10**9
    return {"code": code if is_code else None, "message": redaction.text(item.get("message", ""))}


def http_date(value: str | None) -> datetime | None:
    """Return the UTC time of an HTTP date; None where it is missing, not a date, or beyond the calendar."""
    try:
        moment = parsedate_to_datetime(value or "")
        return moment.astimezone(timezone.utc) if moment.tzinfo else None
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return None


def _more(info: Any) -> str:
    """Return the members of ``result_info`` that tell of further results; all forms that Cloudflare uses."""
    if not isinstance(info, dict):
        return ""
    cursors = info.get("cursors")
    flat = {**info, **(cursors if isinstance(cursors, dict) else {})}
    said = [name for name in _FLAGS if flat.get(name) is True]
    said += [name for name in _NEXT if isinstance(flat.get(name), (str, int)) and flat[name] not in ("", 0, False)]
    page, pages, size, total, count = (
        _count(info, name) for name in ("page", "total_pages", "per_page", "total_count", "count")
    )
    if pages is not None and pages > (page or 1):
        said += ["page", "total_pages"]
    covered = (page or 1) * size if size else count
    if total is not None and covered is not None and total > covered:
        said += ["count" if not size else "per_page", "total_count"]
    return ", ".join(f"{name}: {flat.get(name)}" for name in dict.fromkeys(said))


def _count(info: Mapping[str, Any], name: str) -> int | None:
    value = info.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
