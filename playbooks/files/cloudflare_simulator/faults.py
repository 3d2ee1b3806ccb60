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


@dataclass(frozen=True)
class Action:
    """What a word does, which values it takes, and whether it decides the whole answer (then one acts per request)."""

    text: str
    choices: tuple[str, ...] = ()
    read: Callable[[str], object] = str
    decides: bool = False


def _share(value: str) -> int:
    return int(value.removesuffix("%"))


def _size(value: str) -> int | None:
    """Return a number of bytes; endless: None."""
    return None if value == "endless" else int(value)


_ENVELOPES = (
    *("failure", "failure-errors-null", "failure-after-result", "errors-null", "result-null", "result-object"),
    *("result-text", "result-missing", "success-missing", "success-text", "errors-beside-success", "messages"),
    *("more-pages", "next-page", "huge-member"),
)
_BODIES = (
    *("html", "empty", "text", "list", "number", "null", "cut-json", "two-documents", "bom", "bad-utf8", "commas"),
)
_RECORDS = (
    *("not-object", "null", "no-day", "null-day", "bad-day", "offset", "no-number", "null-number", "bad-number", "nan"),
    *("infinity", "boolean-number", "object-number", "negative", "no-unit", "null-unit", "no-metric", "no-account"),
    *("twice", "deep", "new-ids"),
)
_HEADS = ("drip-status", "drip-headers", "continue", "early-hints", "negative-chunk")
ACTIONS = {
    "status": Action("HTTP status: 4xx with Cloudflare's envelope, 5xx with an HTML page", read=int, decides=True),
    "redirect": Action("base URL to go to with the same path and query ('same': this server once more)", decides=True),
    "envelope": Action("HTTP 200 with a wrong or doubtful envelope:", _ENVELOPES, decides=True),
    "body": Action("HTTP 200 with a body that is no envelope:", _BODIES, decides=True),
    "reset": Action(
        "connection reset before the answer, after the headers, or half-way:",
        ("before", "headers", "body"),
        decides=True,
    ),
    "close": Action("connection closed without an answer:", ("before",), decides=True),
    "head": Action("what comes before the body: dripped without an end, 100 Continue without an end, ...:", _HEADS),
    "header": Action("a header of the answer, as NAME: VALUE"),
    "clock": Action("seconds that the Date header is ahead", read=int),
    "delay": Action("seconds to wait before the answer", read=float),
    "stall": Action("seconds to wait half-way through the body", read=float),
    "drip": Action("bytes of the body per second", read=float),
    "cut": Action("bytes of the body that are sent, or a share of it like 50%; the headers promise all", read=_share),
    "encoding": Action("a body that is not what its encoding says:", ("broken-gzip", "unknown")),
    "records": Action("spoil rows=N of the rows (default 1) or all:", _RECORDS),
    "set": Action("COLUMN:VALUE in rows=N of the rows (default 1) or all; VALUE is JSON, or else text"),
    "unrated": Action(
        "rows from this day on have costs of 0, and in version 1 still a pricing quantity", read=parse_day
    ),
    "outside": Action("also send the rows of this many days before and after the window", read=int),
    "drop": Action("leave rows out: day:DAY, metric:ID[@DAY], account:ID[@DAY] or column:NAME; DAY.. is from it on"),
    "repeat": Action("send every row this many times", read=int),
    "restate": Action("per cent that every quantity is changed by", read=int),
    "order": Action("order of the rows:", ("reversed", "shuffled")),
}
ROW_ACTIONS = ("drop", "outside", "restate", "repeat", "order", "records", "set", "unrated")

# Every word that may stand beside the action.
OPTIONS = {
    "times": "only the first N requests it fits (default: all)",
    "after": "not the first N requests it fits",
    "path": "only paths that match this pattern, like '/accounts/*/billable/usage' or '*/usage'",
    "method": "only requests with this method",
    "covers": "only requests whose asked days hold this day",
    "from": "only requests that ask from this day",
    "code": "Cloudflare error code in the body",
    "message": "Cloudflare error message in the body",
    "retry-after": "Retry-After header as it stands",
    "retry-after-date": "Retry-After header as the HTTP date that is N seconds away",
    "as": "body of a status: json, html, text or empty",
    "size": "bytes that a status, a redirect, huge-member and commas are padded with, or endless",
    "rows": "how many rows 'records' and 'set' spoil, or all",
}
_READERS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(("times", "after", "code", "retry-after-date"), int),
    **dict.fromkeys(("covers", "from"), parse_day),
    "size": _size,
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
        return ACTIONS[self.action].decides

    def number(self, option: str, default: int) -> int:
        return int(self.options.get(option, default))

    def seconds(self) -> float:
        return float(self.value)

    def size(self) -> int | None:
        """Return how many bytes to pad with; endless: None."""
        return _size(self.options.get("size", "0"))

    def filled(self, token: str) -> Fault:
        """Return it with the token of a request in the place of {token}."""
        options = {name: value.replace("{token}", token) for name, value in self.options.items()}
        return Fault(self.action, self.value.replace("{token}", token), options)

    def fits(self, method: str, path: str, first: dt.date | None, last: dt.date | None) -> bool:
        """Tell whether it is meant for this request, whatever the count."""
        pattern = self.options.get("path")
        if pattern and not fnmatch.fnmatchcase(path, pattern):
            return False
        if self.options.get("method", method) != method:
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
    value, action = fault.value, ACTIONS[fault.action]
    try:
        action.read(value)
        for option, reader in _READERS.items():
            if option in fault.options:
                reader(fault.options[option])
        if fault.options.get("rows", "all") != "all":
            int(fault.options["rows"])
    except ValueError as error:
        raise FaultError(f"fault {text!r}: {error}") from error
    if action.choices and value not in action.choices:
        raise FaultError(f"fault {text!r}: {fault.action} is one of {', '.join(action.choices)}")
    if fault.action in ("set", "header") and ":" not in value:
        raise FaultError(f"fault {text!r}: {fault.action} takes NAME:VALUE")
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

    def due(self, method: str, path: str, first: dt.date | None, last: dt.date | None) -> list[Fault]:
        """Return what spoils this request: at most one fault that decides the answer, the first that is due."""
        due: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if fault.decides and any(other.decides for other in due):
                    continue
                if fault.fits(method, path, first, last) and fault.is_due():
                    due.append(fault)
        return due
