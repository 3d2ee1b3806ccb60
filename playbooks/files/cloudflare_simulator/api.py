# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented API: which path answers what, and every rule it has for a request."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import catalogue, record_faults
from .body_cache import BodyCache, joined
from .config import MAX_DAYS, Config, parse_day
from .dataset import Account, Dataset, Organization
from .faults import ROW_ACTIONS, Fault
from .messages import Request, Response, dump, envelope, failure
from .records import Rows

_ID = re.compile(r"[0-9a-f]{32}")
_USAGE = re.compile(r"/(accounts|organizations)/([^/]+)/billable/usage")
_VERIFY = re.compile(r"/accounts/([^/]+)/tokens/verify")
_MEMBERS = re.compile(r"/organizations/([^/]+)/accounts")
_HEADS = {
    # Where success stands matters to a client that decodes an answer while it arrives.
    "after": (b'{"errors":[],"messages":[],"result":[', b'],"success":true}'),
    "before": (b'{"success":true,"errors":[],"messages":[],"result":[', b"]}"),
}
_SPACED_HEADS = {
    "after": (b'{\n "errors" : [ ],\n "messages" : [ ],\n "result" : [\n ', b'\n ],\n "success" : true\n}\n'),
    "before": (b'{\n "success" : true,\n "errors" : [ ],\n "messages" : [ ],\n "result" : [\n ', b"\n ]\n}\n"),
}
_MAX_METRIC_IDS = 10


class ApiError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.response = failure(status, code, message)


class Api:
    """Answers requests from the dataset. Knows nothing of sockets."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.dataset = Dataset(config)
        self._rows = Rows(self.dataset)
        self._cache = BodyCache(config.cache_mb * 10**6)
        heads = (_SPACED_HEADS if config.spaced_json else _HEADS)[config.envelope]
        self._head, self._tail = heads

    def respond(self, request: Request, faults: Sequence[Fault] = ()) -> Response:
        try:
            self._authenticate(request)
            return self._route(request, faults)
        except ApiError as error:
            return error.response

    def token(self, request: Request) -> str:
        """Tell whether the token of a request is right, wrong or none."""
        given = request.headers.get("authorization")
        if given is None:
            return "none"
        right = hmac.compare_digest(given.encode(), f"Bearer {self.config.token}".encode())
        return "right" if right else "wrong"

    def asked_days(self, request: Request) -> tuple[dt.date | None, dt.date | None]:
        """Return the days a request names, for faults that are meant for some of them."""
        try:
            first, last, _served = self._window(request)
        except ApiError:
            return None, None
        return first, last

    def records(self, scope_id: str, first: dt.date, last: dt.date, metrics: Sequence[str] = ()) -> list[Any]:
        """Return the rows that a scope has, both days included: what a test compares with."""
        accounts = self._accounts("organizations", scope_id) or self._accounts("accounts", scope_id)
        blocks = self._days(accounts, first, last, frozenset(metrics) or None)
        return record_faults.read(b"".join(blocks))

    def prepare(self, first: dt.date, last: dt.date) -> int:
        """Make the rows of all accounts for these days ahead; returns the size in bytes."""
        accounts: list[Account | None] = list(self.dataset.accounts)
        if self.config.contract_rows:
            accounts.append(None)
        blocks = self._days(accounts, first, last, None)
        return sum(map(len, blocks))

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("authorization")
        if given is None:
            raise ApiError(401, 10000, "Authentication error")
        if not given.startswith("Bearer ") or not given[7:].strip():
            raise ApiError(400, 6003, "Invalid request headers")
        if self.token(request) == "wrong":
            if request.path.endswith("/tokens/verify"):
                raise ApiError(401, 1000, "Invalid API Token")
            raise ApiError(403, 10000, "Authentication error")

    def _route(self, request: Request, faults: Sequence[Fault]) -> Response:
        path = request.path
        usage, verify, members = _USAGE.fullmatch(path), _VERIFY.fullmatch(path), _MEMBERS.fullmatch(path)
        known = usage or verify or members or path in {"/accounts", "/organizations", "/user/tokens/verify"}
        if not known or not request.target.startswith("/client/v4/"):
            raise ApiError(404, 7000, "No route for that URI")
        if request.method != "GET":
            raise ApiError(405, 10405, f"Method {request.method} is not available for that URI")
        ident = next((found[found.lastindex or 1] for found in (usage, verify, members) if found), None)
        if ident is not None and not _ID.fullmatch(ident):
            raise ApiError(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")
        if usage:
            return self._usage(usage[1], usage[2], request, faults)
        if members:
            organization = self.dataset.organization(members[1])
            listed = self.dataset.members(organization) if organization else []
            return self._by_token(request, [self._account_entry(account) for account in listed])
        if path == "/accounts":
            return self._account_list(request)
        if path == "/organizations":
            entries = [self._organization_entry(one) for one in self.dataset.all_organizations()]
            return self._by_token(request, entries)
        return self._verified()

    def _usage(self, kind: str, ident: str, request: Request, faults: Sequence[Fault]) -> Response:
        first, _last, served = self._window(request)
        if kind == "accounts" and self.dataset.account(ident) is None:
            raise ApiError(403, 9109, "Unauthorized to access requested resource")
        metrics = self._metric_filter(request)
        accounts = self._accounts(kind, ident)
        outside = sum(int(fault.value) for fault in faults if fault.action == "outside")
        if outside:
            first, served = first - dt.timedelta(days=outside), served + dt.timedelta(days=outside)
        # Days to come are never sent.
        blocks = self._days(accounts, first, min(served, self.config.last_day()), metrics)
        changes = [fault for fault in faults if fault.action in ROW_ACTIONS]
        if changes:
            rows = record_faults.spoil(record_faults.read(b"".join(blocks)), changes)
            blocks = [dump(rows)[1:-1]]
        return Response(200, [self._head, *blocks, self._tail])

    def _accounts(self, kind: str, ident: str) -> list[Account | None]:
        """Return whose rows a scope has; None stands for the contract."""
        organization = self.dataset.organization(ident) if kind == "organizations" else None
        account = self.dataset.account(ident) if kind == "accounts" else None
        found: list[Account | None] = list(self.dataset.members(organization)) if organization else []
        if account and account.covered:
            found = [account]
        if self.config.contract_rows and self.dataset.accounts[0] in found:
            found.append(None)
        return found

    def _days(
        self, accounts: Sequence[Account | None], first: dt.date, last: dt.date, metrics: frozenset[str] | None
    ) -> list[bytes]:
        today = self.config.current_day()
        days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
        blocks = (self._day(account, day, metrics, today) for day in days for account in accounts)
        return joined(blocks, self._rows.separator.encode())

    def _day(self, account: Account | None, day: dt.date, metrics: frozenset[str] | None, today: dt.date) -> bytes:
        key = (account.id if account else None, day, metrics, today)
        return self._cache.get(key, lambda: self._rows.day(account, day, metrics, today).encode())

    def _window(self, request: Request) -> tuple[dt.date, dt.date, dt.date]:
        """Return the first and the last day that were named, and the last day that is served."""
        given = {name: request.query.get(name, ()) for name in ("from", "to")}
        today = self.config.current_day()
        if not given["from"] and not given["to"]:
            return today.replace(day=1), today, today
        if len(given["from"]) != 1 or len(given["to"]) != 1:
            raise ApiError(400, 1183, "from and to must be given together, and once each")
        try:
            first, last = parse_day(given["from"][0]), parse_day(given["to"][0])
        except ValueError as error:
            raise ApiError(400, 1183, f"invalid date: {error}") from error
        if first > last:
            raise ApiError(400, 1183, "from must not be after to")
        exclusive = self.config.to == "exclusive"
        if (last - first).days + (not exclusive) > MAX_DAYS:
            raise ApiError(400, 1183, f"the date range must not be longer than {MAX_DAYS} days")
        return first, last, last - dt.timedelta(days=exclusive and last > dt.date.min)

    def _metric_filter(self, request: Request) -> frozenset[str] | None:
        parameter = self.config.filter_parameter
        values = request.query.get(parameter, ())
        if parameter == "ignored" or not values:
            return None
        if parameter == "metric" and len(values) > 1:
            raise ApiError(400, 1183, "metric must be given once")
        if len(values) > _MAX_METRIC_IDS:
            raise ApiError(400, 1183, f"metric_id must be given at most {_MAX_METRIC_IDS} times")
        return frozenset(values)

    def _account_list(self, request: Request) -> Response:
        entries = [self._account_entry(account) for account in self.dataset.all_accounts()]
        number, size = self._count(request, "page", 1, 10**6), self._count(request, "per_page", 20, 50)
        shown = entries[(number - 1) * size : number * size]
        info = {
            "page": number,
            "per_page": size,
            "total_pages": -(-len(entries) // size),
            "count": len(shown),
            "total_count": len(entries),
        }
        return envelope(shown, info)

    def _by_token(self, request: Request, entries: list[Any]) -> Response:
        """Return one page of a list that is followed by page_token."""
        size = self._count(request, "page_size", 10, 100)
        token = request.one("page_token") or "after-0"
        found = re.fullmatch(r"after-(\d{1,9})", token)
        if not found:
            raise ApiError(400, 1183, "invalid page_token")
        end = int(found[1]) + size
        info: dict[str, Any] = {"total_size": len(entries)}
        if end < len(entries):
            info["next_page_token"] = f"after-{end}"
        return envelope(entries[end - size : end], info)

    @staticmethod
    def _count(request: Request, name: str, default: int, most: int) -> int:
        """Return a number from the query; what is too large is cut down without a word, as servers do."""
        text = request.one(name) or str(default)
        if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
            raise ApiError(400, 1183, f"invalid {name}")
        return min(int(text), most)

    @staticmethod
    def _verified() -> Response:
        result = {"id": catalogue.stable_id("token"), "status": "active"}
        messages = [{"code": 10000, "message": "This API Token is valid and active"}]
        whole = {"result": result, "success": True, "errors": [], "messages": messages}
        return Response(200, [dump(whole)])

    def _account_entry(self, account: Account) -> Mapping[str, Any]:
        entry: dict[str, Any] = {
            "id": account.id,
            "name": account.name,
            "type": "enterprise" if account.covered else "standard",
            "settings": {"enforce_twofactor": False},
            "created_on": "2019-03-01T00:00:00Z",
        }
        if account.organization is not None:
            parent = self.dataset.organizations[account.organization]
            entry["managed_by"] = {"parent_org_id": parent.id, "parent_org_name": parent.name}
        return entry

    @staticmethod
    def _organization_entry(organization: Organization) -> Mapping[str, Any]:
        return {
            "id": organization.id,
            "name": organization.name,
            "create_time": "2023-06-01T00:00:00Z",
            "meta": {"hierarchy_tags": [organization.id]},
        }
