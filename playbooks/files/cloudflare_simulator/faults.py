# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, said in one line of text each: which answer it spoils, and how."""

from __future__ import annotations

import datetime as dt
import fnmatch
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .config import parse_day

# Every action, what its value means, and whether it decides the whole answer (then one of them acts per request).
ACTIONS: dict[str, tuple[bool, str]] = {
    "status": (True, "HTTP status: 4xx answers with Cloudflare's envelope, 5xx with an HTML page"),
    "redirect": (True, "base URL to go to with the same path and query ('same': this server once more)"),
    "envelope": (
        True,
        (
            "HTTP 200 with failure, failure-errors-null, failure-after-result, errors-null, result-null, "
            "result-object, result-text, result-missing, success-missing or success-text"
        ),
    ),
    "body": (True, "HTTP 200 with html, empty, text, list, number, null, cut-json, two-documents, bom or bad-utf8"),
    "reset": (True, "connection reset: before (the answer), headers (after them) or body (half-way)"),
    "close": (True, "connection closed without an answer: value 'before'"),
    "delay": (False, "seconds to wait before the answer"),
    "stall": (False, "seconds to wait half-way through the body"),
    "drip": (False, "bytes of the body per second"),
    "cut": (False, "bytes of the body that are sent, or a share of it like 50%; the headers promise all"),
    "encoding": (False, "broken-gzip: the body says gzip and is not; unknown: an encoding nobody knows"),
    "records": (
        False,
        (
            "spoil rows: not-object, null, no-day, null-day, bad-day, no-number, null-number, bad-number, nan, "
            "infinity, boolean-number, object-number, no-unit, null-unit, no-metric, no-account; "
            "rows=N of them (default 1) or all"
        ),
    ),
    "outside": (False, "also send the rows of this many days before and after the window"),
    "drop": (False, "leave rows out: day:YYYY-MM-DD, metric:ID, metric:ID@YYYY-MM-DD, account:ID or column:NAME"),
    "repeat": (False, "send every row this many times"),
    "restate": (False, "per cent that every quantity is changed by, as when past days are restated"),
    "order": (False, "reversed or shuffled rows"),
}
ROW_ACTIONS = ("drop", "outside", "restate", "repeat", "order", "records")
_CHOICES = {
    "envelope": (
        "failure",
        "failure-errors-null",
        "failure-after-result",
        "errors-null",
        "result-null",
        "result-object",
        "result-text",
        "result-missing",
        "success-missing",
        "success-text",
    ),
    "body": ("html", "empty", "text", "list", "number", "null", "cut-json", "two-documents", "bom", "bad-utf8"),
    "reset": ("before", "headers", "body"),
    "close": ("before",),
    "encoding": ("broken-gzip", "unknown"),
    "order": ("reversed", "shuffled"),
    "records": (
        "not-object",
        "null",
        "no-day",
        "null-day",
        "bad-day",
        "no-number",
        "null-number",
        "bad-number",
        "nan",
        "infinity",
        "boolean-number",
        "object-number",
        "no-unit",
        "null-unit",
        "no-metric",
        "no-account",
    ),
}

# Every word that may stand beside the action.
OPTIONS = {
    "times": "only the first N requests it fits (default: all)",
    "after": "not the first N requests it fits",
    "path": "only paths that match this pattern, like '/accounts/*/billable/usage' or '*/usage'",
    "covers": "only requests whose asked days hold this day",
    "from": "only requests that ask from this day",
    "code": "Cloudflare error code in the body",
    "message": "Cloudflare error message in the body",
    "retry-after": "Retry-After header in seconds",
    "retry-after-date": "Retry-After header as the HTTP date that is N seconds away",
    "as": "body of a status: json, html, text or empty",
    "rows": "how many rows 'records' spoils, or all",
}


_READERS: dict[str, Callable[[str], object]] = {
    "status": int,
    "delay": float,
    "stall": float,
    "drip": float,
    "cut": lambda value: int(value.removesuffix("%")),
    "outside": int,
    "repeat": int,
    "restate": int,
}


class FaultError(ValueError):
    """The text of a fault says nothing that can be done."""


@dataclass
class Fault:
    action: str
    value: str
    options: Mapping[str, str] = field(default_factory=dict)
    seen: int = 0
    """How many requests it has fitted so far."""

    @property
    def decides(self) -> bool:
        return ACTIONS[self.action][0]

    def number(self, option: str, default: int) -> int:
        return int(self.options.get(option, default))

    def seconds(self) -> float:
        return float(self.value)

    def fits(self, path: str, first: dt.date | None, last: dt.date | None) -> bool:
        """Tell whether it is meant for this request, whatever the count."""
        pattern = self.options.get("path")
        if pattern and not fnmatch.fnmatchcase(path, pattern):
            return False
        if "from" in self.options and first != parse_day(self.options["from"]):
            return False
        if "covers" in self.options:
            day = parse_day(self.options["covers"])
            return first is not None and last is not None and first <= day <= last
        return True

    def is_due(self) -> bool:
        """Count one fitting request and tell whether it is one of those that are spoiled."""
        self.seen += 1
        after = self.number("after", 0)
        times = self.options.get("times")
        return self.seen > after and (times is None or self.seen <= after + int(times))


def parse(text: str) -> Fault:
    """Read 'action=value,option=value…' or the same as a JSON object."""
    if text.lstrip().startswith("{"):
        try:
            words = {str(name): str(value) for name, value in json.loads(text).items()}
        except ValueError as error:
            raise FaultError(f"fault {text!r} is not JSON: {error}") from error
    else:
        words = {}
        for part in text.split(","):
            name, equals, value = part.partition("=")
            if not equals:
                raise FaultError(f"fault {text!r}: {part!r} is not NAME=VALUE")
            words[name.strip()] = value.strip()
    unknown = sorted(set(words) - set(ACTIONS) - set(OPTIONS))
    if unknown:
        raise FaultError(f"fault {text!r}: unknown {', '.join(unknown)}; see --help")
    actions = [name for name in words if name in ACTIONS]
    if len(actions) != 1:
        raise FaultError(f"fault {text!r} must name exactly one of {', '.join(ACTIONS)}")
    action = actions[0]
    fault = Fault(action, words.pop(action), words)
    _check(fault, text)
    return fault


def _check(fault: Fault, text: str) -> None:
    value = fault.value
    try:
        reader = _READERS.get(fault.action)
        if reader:
            reader(value)
        for option in ("times", "after", "code", "retry-after", "retry-after-date"):
            int(fault.options.get(option, 0))
        for option in ("covers", "from"):
            if option in fault.options:
                parse_day(fault.options[option])
        if fault.options.get("rows", "all") != "all":
            int(fault.options["rows"])
    except ValueError as error:
        raise FaultError(f"fault {text!r}: {error}") from error
    choices = _CHOICES.get(fault.action)
    if choices and value not in choices:
        raise FaultError(f"fault {text!r}: {fault.action} is one of {', '.join(choices)}")
    if fault.action == "drop" and value.partition(":")[0] not in {"day", "metric", "account", "column"}:
        raise FaultError(f"fault {text!r}: drop takes day:, metric:, account: or column:")
    if fault.options.get("as", "json") not in {"json", "html", "text", "empty"}:
        raise FaultError(f"fault {text!r}: as is json, html, text or empty")


class Plan:
    """The faults of a run, counted. They can be changed while the server runs."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._faults = [parse(text) for text in faults]

    def replace(self, faults: Iterable[str]) -> None:
        parsed = [parse(text) for text in faults]
        with self._lock:
            self._faults = parsed

    def due(self, path: str, first: dt.date | None, last: dt.date | None) -> list[Fault]:
        """Return what spoils this request: at most one fault that decides the answer, the first that is due."""
        due: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if fault.decides and any(other.decides for other in due):
                    continue
                if fault.fits(path, first, last) and fault.is_due():
                    due.append(fault)
        return due
