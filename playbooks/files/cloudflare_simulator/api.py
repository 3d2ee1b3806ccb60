# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented API: which path answers what, and every rule it has for a request."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
import re
from collections.abc import Sequence
from typing import Any

from . import catalogue, listings, rated, record_faults
from .body_cache import BodyCache, joined
from .config import MAX_DAYS, Config, parse_day
from .dataset import Account, Dataset
from .faults import ROW_ACTIONS, Fault
from .messages import ApiError, Request, Response, dump, envelope
from .paygo import Paygo
from .records import Rows

_ID = re.compile(r"[0-9a-f]{32}")
# Every path, with the methods that it takes.
_ROUTES = [
    (name, re.compile(pattern), methods)
    for name, pattern, methods in (
        ("usage", r"/accounts/([^/]+)/billable/usage", ["GET", "POST"]),
        ("usage", r"/organizations/([^/]+)/billable/usage", ["GET"]),
        ("metrics", r"/accounts/([^/]+)/billable/usage/billable-metrics", ["GET"]),
        ("paygo", r"/accounts/([^/]+)/billable-usage", ["GET"]),
        ("paygo_info", r"/accounts/([^/]+)/billable-usage/info", ["GET"]),
        ("fees", r"/accounts/([^/]+)/subscriptions", ["GET"]),
        ("verify", r"/accounts/([^/]+)/tokens/verify|/user/tokens/verify", ["GET"]),
        ("members", r"/organizations/([^/]+)/accounts", ["GET"]),
        ("accounts", r"/accounts", ["GET"]),
        ("organizations", r"/organizations", ["GET"]),
    )
]
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


class Api:
    """Answers requests from the dataset. Knows nothing of sockets."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.dataset = Dataset(config)
        self._rows = Rows(self.dataset, config)
        # What a POST asks for decides on costs; it has the columns of the newest shape.
        self._rated = {
            cost: Rows(
                self.dataset, dataclasses.replace(config, cost="all" if cost else "none", shape="sdk59", minimal=False)
            )
            for cost in (False, True)
        }
        self._cache = BodyCache(config.cache_mb * 10**6)
        self._paygo = Paygo(self._rows, self._cache, config)
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
            if request.method == "POST":
                return self._query(request).days()
            first, last, _served = self._window(request)
        except ApiError:
            return None, None
        return first, last

    def records(self, scope_id: str, first: dt.date, last: dt.date, metrics: Sequence[str] = ()) -> list[Any]:
        """Return the rows that a scope has, both days included: what a test compares with."""
        accounts = self._accounts("organizations", scope_id) or self._accounts("accounts", scope_id)
        pieces = self._days(self._rows, accounts, first, last, frozenset(metrics) or None)
        return record_faults.read(b"".join(pieces))

    def prepare(self, first: dt.date, last: dt.date) -> int:
        """Make the rows of all accounts for these days ahead; returns the size in bytes."""
        accounts: list[Account | None] = list(self.dataset.accounts)
        if self.config.contract_rows:
            accounts.append(None)
        return sum(map(len, self._days(self._rows, accounts, first, last, None)))

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
        fitting = ((name, pattern.fullmatch(path), methods) for name, pattern, methods in _ROUTES)
        name, found, methods = next((one for one in fitting if one[1]), ("", None, []))
        if not found or not request.target.startswith("/client/v4/"):
            raise ApiError(404, 7000, "No route for that URI")
        if request.method not in methods:
            raise ApiError(405, 10405, f"Method {request.method} is not available for that URI")
        ident = found[1] if found.re.groups else None
        if ident is not None and not _ID.fullmatch(ident):
            raise ApiError(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")
        return self._answer(name, ident or "", request, faults)

    def _answer(self, name: str, ident: str, request: Request, faults: Sequence[Fault]) -> Response:
        if name == "accounts":
            return listings.numbered(request, [listings.account_entry(one) for one in self.dataset.all_accounts])
        if name == "organizations":
            entries = [listings.organization_entry(one) for one in self.dataset.all_organizations]
            return listings.by_token(request, entries)
        if name == "members":
            organization = self.dataset.organization(ident)
            members = self.dataset.members(organization) if organization else []
            return listings.by_token(request, [listings.account_entry(one) for one in members])
        if name == "verify":
            return self._verified()
        if name == "usage":
            return self._rows_response(self._usage(request, ident, faults), faults)
        account = self._known(ident)
        if name == "paygo":
            asked = self._window(request)[::2] if self._names_days(request) else None
            return self._rows_response(self._paygo.pieces(account, asked), faults)
        if name == "paygo_info":
            return envelope(self._paygo.info(account))
        if name == "fees":
            return envelope(listings.fixed_fees(account, self.config.current_day()))
        first, _last, served = self._window(request)
        rows = self._read(self._rated[False], self._allowed(account), first, served)
        return envelope(rated.metrics(rows))

    def _usage(self, request: Request, ident: str, faults: Sequence[Fault]) -> list[bytes]:
        """Return the rows of version 2, for a GET or a POST."""
        if request.method == "POST":
            return self._rated_rows(self._allowed(self._known(ident)), request)
        first, _last, served = self._window(request)
        metrics = self._metric_filter(request)
        kind = request.path.split("/")[1]
        if kind == "accounts":
            self._allowed(self._known(ident))
        outside = sum(int(fault.value) for fault in faults if fault.action == "outside")
        if outside:
            first, served = first - dt.timedelta(days=outside), served + dt.timedelta(days=outside)
        return self._days(self._rows, self._accounts(kind, ident), first, served, metrics)

    def _rated_rows(self, account: Account, request: Request) -> list[bytes]:
        query = self._query(request)
        if query.tags and not account.tags:
            raise ApiError(400, 1183, "GroupBy TAG is not supported for this account")
        rows = self._read(self._rated[query.cost], account, *query.days())
        answers = [answer for answer in map(query.answer, rows) if answer is not None]
        return [dump(answers)[1:-1]]

    def _read(self, rows: Rows, account: Account, first: dt.date, last: dt.date) -> list[Any]:
        pieces = self._days(rows, self._accounts("accounts", account.id), first, last, None)
        return record_faults.read(b"".join(pieces))

    def _rows_response(self, pieces: list[bytes], faults: Sequence[Fault]) -> Response:
        changes = [fault for fault in faults if fault.action in ROW_ACTIONS]
        if changes:
            pieces = [record_faults.written(record_faults.spoil(record_faults.read(b"".join(pieces)), changes))]
        return Response(200, [self._head, *pieces, self._tail])

    def _known(self, ident: str) -> Account:
        account = self.dataset.account(ident)
        if account is None:
            raise ApiError(403, 9109, "Unauthorized to access requested resource")
        return account

    @staticmethod
    def _allowed(account: Account) -> Account:
        """Return an account that version 2 is switched on for."""
        if account.paygo:
            raise ApiError(403, None, "insufficient_permissions")
        return account

    def _accounts(self, kind: str, ident: str) -> list[Account | None]:
        """Return whose rows a scope has in version 2; None stands for the contract."""
        organization = self.dataset.organization(ident) if kind == "organizations" else None
        account = self.dataset.account(ident) if kind == "accounts" else None
        owned = self.dataset.members(organization) if organization else [account] if account else []
        found: list[Account | None] = [one for one in owned if one.covered and not one.paygo]
        if self.config.contract_rows and self.dataset.accounts[0] in found:
            found.append(None)
        return found

    def _days(
        self,
        rows: Rows,
        accounts: Sequence[Account | None],
        first: dt.date,
        last: dt.date,
        metrics: frozenset[str] | None,
    ) -> list[bytes]:
        today = self.config.current_day()
        last = min(last, self.config.last_day())  # days to come are never sent

        def piece(account: Account | None, day: dt.date) -> bytes:
            key = (id(rows), account.id if account else None, day, metrics, today)
            return self._cache.get(key, lambda: rows.day(account, day, metrics, today).encode())

        days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
        return joined((piece(account, day) for day in days for account in accounts), rows.separator.encode())

    def _query(self, request: Request) -> rated.Query:
        try:
            return rated.read(request.body, self.config)
        except rated.BodyError as error:
            raise ApiError(400, 1183, str(error)) from error

    @staticmethod
    def _names_days(request: Request) -> bool:
        return bool(request.query.get("from") or request.query.get("to"))

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
        if (last - first).days + (not exclusive) > MAX_DAYS and not request.path.endswith("/billable-usage"):
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

    @staticmethod
    def _verified() -> Response:
        result = {"id": catalogue.stable_id("token"), "status": "active"}
        messages = [{"code": 10000, "message": "This API Token is valid and active"}]
        whole = {"result": result, "success": True, "errors": [], "messages": messages}
        return Response(200, [dump(whole)])
