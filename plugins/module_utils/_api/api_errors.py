# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer that says no: what Cloudflare said, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import api_messages, http_date
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError
from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import Redaction

_TOKEN_CODES = {6003, 6111, 9106, 9109, 10000}
_LISTS_ADVICE = {
    "/accounts": (
        "The token is not the right one, or may not list accounts; one that belongs to an account never may (code"
        " 1001). Use a token of a user who sees them, or name the accounts by their ids: accounts in an inventory,"
        " usage_facts_accounts in a play."
    ),
    "/organizations": (
        "The token is not the right one, or may not list organizations, so it is not known which are below those"
        " named. Use a token of a user who may, or set sub_organizations to false."
    ),
}
_LISTS = tuple(_LISTS_ADVICE)


def retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which is a number of seconds or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), 1e9)  # which JSON can carry
    until = http_date(value)
    return None if until is None else max(0.0, (until - datetime.now(timezone.utc)).total_seconds())


def error_from_response(
    path: str, status: int, headers: Mapping[str, str], fields: Mapping[str, Any], redaction: Redaction
) -> ApiResponseError:
    """Return the error for an answer that says no; ``fields`` are the members of its JSON object, if it had one."""
    errors = api_messages(fields.get("errors"), redaction)
    said = "; ".join(f"{each['code']} {each['message']}" if each["code"] else each["message"] for each in errors)
    verb = "answered" if status == 200 else "refused"
    outcome = f"HTTP {status}" + (" and without success: true" if status == 200 else "")
    codes = {each["code"] for each in errors}
    wait = retry_after(headers.get("retry-after"))
    sentence = f"{path} was {verb} with {outcome}{': ' + said if said else ''}"
    return ApiResponseError(
        f"{sentence}{'' if sentence.endswith(('.', '!', '?', '…')) else '.'} {_advice(path, status, codes, wait)}",
        path=path,
        http_status=status,
        errors=errors,
        messages=api_messages(fields.get("messages"), redaction),
        cf_ray=redaction.text(headers["cf-ray"], 60) if "cf-ray" in headers else None,
        retry_after=wait,
        transient=status in (408, 425, 429) or status >= 500,
    )


def _usage_advice(path: str) -> str:
    """Return what to do about usage that is refused; the usage API itself may be switched off."""
    cause = "the token is not the right one or lacks the permission Billing Read here"
    if not path.endswith("/billable/usage"):
        return f"Two causes give this answer: {cause}, or the id is of something else, such as a zone. Check both."
    return (
        f"Three causes give this answer: {cause}, the id is of something else, such as a zone, or Cloudflare has not"
        " switched on the usage API (version 2, a restricted alpha) for this account or organization. Check the token"
        " and the id first, then ask your Cloudflare account team."
    )


def _advice(path: str, status: int, codes: set[int | None], wait: float | None) -> str:
    if path.endswith(_LISTS) and (status == 403 or (status == 400 and not codes & _TOKEN_CODES)):
        return _LISTS_ADVICE["/" + path.rpartition("/")[2]]
    if status == 403:
        return _usage_advice(path)
    if status == 401 or codes & _TOKEN_CODES:
        return (
            "The API does not accept the token. Check api_token (or CLOUDFLARE_API_TOKEN): is it whole and active, and"
            " an API token rather than the Global API Key?"
        )
    if status == 404 or codes & {7000, 7003}:
        return "The API does not know this address. Check the id and api_url."
    if status == 429:
        pause = "" if wait is None else f" The API asks to wait {wait:g} s."
        return f"The rate limit of the token is used up.{pause} Run again later, or with a smaller concurrency."
    if status >= 500 or status in (408, 425):
        return "Cloudflare could not answer; this usually passes. See www.cloudflarestatus.com."
    if status == 400 or 1183 in codes:
        return "The API does not accept these parameters. Check from, to and metric."
    return "The Cloudflare API does not answer like this. Check api_url and any proxy."
