# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that a fault decides as a whole, whatever was asked."""

from __future__ import annotations

import email.utils
import json
import time
from typing import Any

from .faults import Fault
from .messages import Response, dump, failure, page

_BLOCK = 1 << 16
_ENVELOPES: dict[str, Any] = {
    "failure-errors-null": {"success": False, "errors": None, "messages": None, "result": None},
    "result-null": {"success": True, "errors": [], "messages": [], "result": None},
    "result-object": {"success": True, "errors": [], "messages": [], "result": {"items": []}},
    "result-text": {"success": True, "errors": [], "messages": [], "result": "none"},
    "result-missing": {"success": True, "errors": [], "messages": []},
}
_BODIES: dict[str, bytes] = {
    "empty": b"",
    "text": b"upstream connect error or disconnect/reset before headers",
    "list": b'[{"ConsumedQuantity":1}]',
    "number": b"42",
    "null": b"null",
    "cut-json": b'{"success":true,"errors":[],"messages":[],"result":[{"BillingAccountId":"023e105f4ec',
    "commas": b'{"success":true,"errors":[],"messages":[],"result":[',
    "bad-utf8": b'{"success":true,"errors":[],"messages":[],"result":[{"ConsumedUnit":"\xff\xfe"}]}',
}
_CODES = {400: 1183, 401: 10000, 403: 10000, 404: 7003, 405: 10405, 409: 1183, 422: 1183, 429: 971}
_MESSAGES = {
    400: "Invalid request",
    401: "Authentication error",
    403: "Authentication error",
    404: "Could not route to the path, perhaps your object identifier is invalid?",
    429: "Please wait and consider throttling your request speed",
}


def answer(fault: Fault, target: str, own_url: str, good: Response) -> Response:
    """Return the wrong answer of a fault that decides it; good is what would have been sent."""
    if fault.action == "status":
        return _padded(_status(fault), fault.size(), b" ")
    if fault.action == "redirect":
        return _padded(_redirect(fault, target, own_url), fault.size(), b" ")
    if fault.action == "envelope":
        return _envelope(fault, good)
    if fault.action == "body":
        return _padded(_body(fault, good), fault.size(), b",")
    return good


def _padded(response: Response, size: int | None, filler: bytes) -> Response:
    """Add as much of a filler as asked for, which takes up no memory, or let it go on without an end."""
    block = filler * _BLOCK
    if size is None:
        response.endless = block
    else:
        response.body += [block] * (size // _BLOCK) + [block[: size % _BLOCK]]
    return response


def _status(fault: Fault) -> Response:
    status = int(fault.value)
    form = fault.options.get("as") or ("html" if status >= 500 else "json")
    code = fault.number("code", _CODES.get(status, 10000))
    message = fault.options.get("message", _MESSAGES.get(status, "Something went wrong"))
    if form == "html":
        response = page(status)
    elif form == "json":
        response = failure(status, code, message)
    else:
        text = b"" if form == "empty" else message.encode()
        response = Response(status, [text], content_type="text/plain; charset=UTF-8")
    if "retry-after" in fault.options:
        response.headers.append(("Retry-After", fault.options["retry-after"]))
    if "retry-after-date" in fault.options:
        when = time.time() + fault.number("retry-after-date", 0)
        response.headers.append(("Retry-After", email.utils.formatdate(when, usegmt=True)))
    return response


def _redirect(fault: Fault, target: str, own_url: str) -> Response:
    if fault.value == "same":
        location = own_url + target
    elif "?" in fault.value or not fault.value.endswith("/client/v4"):
        location = fault.value
    else:
        location = fault.value.removesuffix("/client/v4") + target
    status = fault.number("code", 307)
    return Response(status, [b""], headers=[("Location", location)], content_type="text/html")


def _envelope(fault: Fault, good: Response) -> Response:
    kind = fault.value
    code, message = fault.number("code", 1183), fault.options.get("message", "The request could not be completed")
    if kind == "failure":
        return failure(200, code, message)
    if kind in _ENVELOPES:
        return Response(200, [dump(_ENVELOPES[kind])])
    whole = json.loads(good.text())
    if kind == "huge-member":
        rest = dump(whole)[1:]
        response = _padded(Response(200, [b'{"padding":"']), fault.size(), b"x")
        response.body.append(b'",' + rest)
        return response
    rows = whole["result"]
    notes = [{"code": code, "message": message}]
    pages = {"page": 1, "per_page": len(rows), "count": len(rows), "total_pages": 3, "total_count": 3 * len(rows)}
    whole |= {
        "errors-null": {"errors": None, "messages": None},
        "success-text": {"success": "true"},
        "failure-after-result": {"errors": notes, "success": False},
        "errors-beside-success": {"errors": notes},
        "messages": {"messages": notes},
        "more-pages": {"result_info": pages},
        "next-page": {"result_info": {"next_page_token": "after-10"}},
    }.get(kind, {})
    if kind == "success-missing":
        del whole["success"]
    # The rows come first: a client that counts them as they arrive learns what is wrong at the end.
    return Response(200, [dump({"result": rows} | {name: value for name, value in whole.items() if name != "result"})])


def _body(fault: Fault, good: Response) -> Response:
    if fault.value == "html":
        return page(200)
    if fault.value == "bom":
        return Response(200, [b"\xef\xbb\xbf", *good.body])
    if fault.value == "two-documents":
        return Response(200, [*good.body, *good.body])
    kind = "text/plain; charset=UTF-8" if fault.value == "text" else "application/json"
    return Response(200, [_BODIES[fault.value]], content_type=kind)
