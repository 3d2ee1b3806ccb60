# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests as they came in, answers as they go out, and Cloudflare's envelope around results and errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

PREFIX = "/client/v4"
JSON = "application/json"


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    path: str
    """Without /client/v4; the whole path when it does not start so."""
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = b""

    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def one(self, name: str) -> str | None:
        """Return the only value of a query parameter."""
        values = self.query.get(name, ())
        return values[0] if len(values) == 1 else None


@dataclass
class Response:
    status: int
    body: list[bytes]
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = JSON
    endless: bytes = b""
    """What is sent again and again after the body."""

    def text(self) -> bytes:
        return b"".join(self.body)


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def envelope(result: Any, info: Mapping[str, Any] | None = None) -> Response:
    """Return a good answer."""
    whole = {"result": result, "success": True, "errors": [], "messages": []}
    if info is not None:
        whole["result_info"] = info
    return Response(200, [dump(whole)])


def failure(status: int, code: int | None, message: str) -> Response:
    """Return Cloudflare's envelope around one error."""
    errors = [{"code": code, "message": message} if code else {"message": message}]
    return Response(status, [dump({"result": None, "success": False, "errors": errors, "messages": []})])


class ApiError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: int | None, message: str) -> None:
        super().__init__(message)
        self.response = failure(status, code, message)


def page(status: int) -> Response:
    """Return a page like the ones that Cloudflare's edge shows when what is behind it is down."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Web server is down"
    text = (
        f"<!DOCTYPE html>\n<html><head><title>api.cloudflare.com | {status}: {phrase}</title></head>\n"
        f"<body><h1>Error {status}</h1><p>{phrase}</p><p>Please try again in a few minutes.</p></body></html>\n"
    )
    return Response(status, [text.encode()], content_type="text/html; charset=UTF-8")
