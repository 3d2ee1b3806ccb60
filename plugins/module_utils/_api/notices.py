# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a successful answer says beside its result: errors, messages, more pages, and the time at the API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
_NEXT = ("next_page_token", "next_token", "next_page", "next", "next_cursor", "cursor", "after")
_HOLDERS = ("result_info", "cursors", "links", "pagination", "paging", "page_info", "meta")
_LEVELS = 3  # an answer, its result_info, the cursors in that
_OTHER_NAMES = {
    **dict.fromkeys(("limit", "page_size"), "per_page"),
    **dict.fromkeys(("total", "total_results", "total_size"), "total_count"),
}
_humps = re.compile(r"(?<=[a-z])(?=[A-Z])").sub
_next_link = re.compile(r"""\brel\s*=\s*["']?[^"',;]*\bnext\b""", re.IGNORECASE).search
_is_count = re.compile(r"\d{1,15}(?:\.0)?", re.ASCII).fullmatch
_NO_TEXT = {"code": None, "message": "an error without text"}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


# The members of an answer, beside its result, that can tell of further results.
TELL_OF_MORE = frozenset(each for name in (*_FLAGS, *_NEXT, *_HOLDERS) for each in (name, _camel(name)))


@dataclass(frozen=True)
class Notices:
    """``errors`` and ``messages`` have ``code`` (an int or None) and ``message``.

    ``more`` says in words what the answer tells of results that are not in it, ``goes_on`` the part of it that does not
    count them; both are empty where there are none.
    ``days_ahead`` is by how many days the calendar of this machine is ahead of that of the API, or below 0 behind it.
    It is 0 as long as the clocks agree within CLOCK_TOLERANCE, and where an answer has no readable Date.
    """

    errors: tuple[dict[str, Any], ...] = ()
    messages: tuple[dict[str, Any], ...] = ()
    more: str = ""
    goes_on: str = ""
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
    errors = fields.get("errors")
    told = dict(_members(fields))
    goes_on = _goes_on(told, headers.get("link", ""))
    return Notices(
        errors=tuple(api_messages(errors, redaction) or ([_NO_TEXT] if errors else [])),
        messages=tuple(api_messages(fields.get("messages"), redaction)),
        more=redaction.text(", ".join(dict.fromkeys([*goes_on, *_counts_more(told)]))),
        goes_on=redaction.text(", ".join(goes_on)),
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
    words = item["message"] if "message" in item else {name: value for name, value in item.items() if name != "code"}
    return {"code": code if is_code else None, "message": redaction.text(words or "")}


def http_date(value: str | None) -> datetime | None:
    """Return the UTC time of an HTTP date; None where it is missing, not a date, or beyond the calendar."""
    try:
        moment = parsedate_to_datetime(value or "")
        return moment.astimezone(timezone.utc) if moment.tzinfo else None
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return None


def _goes_on(told: Mapping[str, Any], link: str) -> list[str]:
    """Return the members of an answer, by name, that say that it goes on; ``link`` is its header of this name."""
    said = [f"{name}: {value}" for name, value in told.items() if _is_more(name, value)]
    return [*said, "Link: next"] if _next_link(link) else said


def _counts_more(told: Mapping[str, Any]) -> list[str]:
    """Return the members of an answer that count more results than were sent, all forms that Cloudflare uses."""
    page, pages, size, total, count, offset = (
        _count(told.get(name)) for name in ("page", "total_pages", "per_page", "total_count", "count", "offset")
    )
    said = []
    if pages is not None and pages > (page or 1):
        said += ["page", "total_pages"]
    covered = (offset or 0) + (page or 1) * size if size else count
    if total is not None and covered is not None and total > covered:
        said += ["count" if not size else "per_page", "total_count"]
    return [f"{name}: {told.get(name)}" for name in said]


def _members(holder: Mapping[str, Any], levels: int = _LEVELS) -> Iterator[tuple[str, Any]]:
    """Yield the members of an answer, and of what in it tells of pages, by the names that Cloudflare uses."""
    for given, value in holder.items():
        name = _humps("_", given).lower()
        if name in _HOLDERS and isinstance(value, dict):
            yield from _members(value, levels - 1) if levels else ()
        else:
            yield _OTHER_NAMES.get(name, name), value


def _is_more(name: str, value: Any) -> bool:
    if name in _FLAGS:
        return str(value).lower() in ("true", "yes", "1")
    return name in _NEXT and bool(value)


def _count(value: Any) -> int | None:
    """Return a number of pages or of results, which may be text."""
    return int(float(value)) if _is_count(str(value)) else None
