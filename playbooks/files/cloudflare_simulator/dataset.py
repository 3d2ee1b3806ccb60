# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated accounts and organizations, and the series of rows each of them has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import catalogue
from .catalogue import Metric
from .config import MAX_DAYS, Config

_MASK = (1 << 64) - 1
_WEIGHTS = (1000, 450, 180, 620, 90)


@dataclass(frozen=True)
class Organization:
    id: str
    name: str
    parent: Organization | None = None


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    index: int
    covered: bool = True
    organization: Organization | None = None
    paygo: bool = False
    """Version 2 refuses it, as it does most accounts that pay as they go."""
    tags: bool = False
    """Its use can be grouped by tags."""


@dataclass(frozen=True)
class Series:
    """One kind of row: everything about it but the day and the amount."""

    account: Account | None
    metric: Metric
    position: int
    """Place of the metric in the catalogue of this run."""
    key: int
    base: int
    zone: int | None = None
    part: int = 0
    parts: int = 1
    region: int | None = None
    sub_account: int | None = None
    correction: bool = False
    extra: bool = False
    """Only on the days that get one row more, so that every window of 31 days has the asked number of rows."""
    sparse: bool = False


class Dataset:
    """Who exists. Ids depend on nothing; rows on the seed as well."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.metrics = [catalogue.metric_at(index) for index in range(config.metrics)]
        self.organizations = [self._organization(index) for index in range(config.organizations)]
        self.sub_organization = Organization(
            catalogue.SUB_ORGANIZATION_ID, catalogue.decorated("Pay As You Go", 6, config.names), self.organizations[0]
        )
        self.empty_organization = Organization(
            catalogue.EMPTY_ORGANIZATION_ID, catalogue.decorated("No Accounts Inc", 7, config.names)
        )
        self.accounts = [self._account(index) for index in range(config.accounts)]
        self.not_covered = Account(
            catalogue.NOT_COVERED_ACCOUNT_ID, catalogue.decorated("Not Covered", 8, config.names), -1, covered=False
        )
        self.paygo_accounts = [
            Account(
                ident,
                catalogue.decorated(f"Pay As You Go {number}", number, config.names),
                99 + number,
                covered=not ident.startswith("0a"),
                organization=self.sub_organization,
                paygo=True,
            )
            for number, ident in enumerate(catalogue.PAYGO_ACCOUNTS, 1)
        ]
        self.all_accounts = [*self.accounts, self.not_covered, *self.paygo_accounts]
        self.all_organizations = [*self.organizations, self.sub_organization, self.empty_organization]
        self._accounts = {account.id: account for account in self.all_accounts}
        self._organizations = {organization.id: organization for organization in self.all_organizations}

    def _organization(self, index: int) -> Organization:
        ident = catalogue.ORGANIZATION_ID if index == 0 else catalogue.stable_id("organization", index)
        name = "Example Organization" if index == 0 else f"Organization {index}"
        return Organization(ident, catalogue.decorated(name, index + 3, self.config.names))

    def _account(self, index: int) -> Account:
        ident = catalogue.ACCOUNT_ID if index == 0 else catalogue.stable_id("account", index)
        name = catalogue.account_name(index, self.config.names)
        owner = self.organizations[index % len(self.organizations)]
        return Account(ident, name, index, organization=owner, tags=index % 3 != 2)

    def account(self, ident: str) -> Account | None:
        return self._accounts.get(ident)

    def organization(self, ident: str) -> Organization | None:
        return self._organizations.get(ident)

    def members(self, organization: Organization) -> list[Account]:
        return [account for account in self.all_accounts if account.organization == organization]

    def series(self, account: Account | None) -> Iterator[Series]:
        """Yield what an account sends each day; no account: what is only known for the contract."""
        if account is None:
            yield self._series(None, catalogue.CONTRACT_METRIC, -1, None)
            return
        if not account.covered:
            return
        plain = self._numbered(account) if self.config.records_per_window else self._natural(account)
        for series in plain:
            if series.extra or self.config.records_per_window:
                yield series
            else:
                yield from self._split(series)
        if self.config.corrections:
            first = self._series(account, self.metrics[0], 0, None)
            yield Series(account, first.metric, 0, first.key ^ 0x5A5A, first.base // 10, correction=True)

    def _natural(self, account: Account) -> Iterator[Series]:
        zones = self.config.zones or 3
        for position, metric in enumerate(self.metrics):
            for zone in range(zones) if metric.zoned else (None,):
                yield self._series(account, metric, position, zone)

    def _numbered(self, account: Account) -> Iterator[Series]:
        """Yield as many series as make records_per_window rows in any 31 days: every metric, then zone after zone."""
        count = self.config.records_per_window or 0
        for index in range(count // MAX_DAYS):
            zone, position = divmod(index, len(self.metrics))
            yield self._series(account, self.metrics[position], position, self._zone(zone))
        if count % MAX_DAYS:
            yield self._series(account, self.metrics[0], 0, self._zone(count // MAX_DAYS + 1), extra=True)

    def _zone(self, index: int) -> int:
        return index % self.config.zones if self.config.zones else index

    def _series(
        self, account: Account | None, metric: Metric, position: int, zone: int | None, *, extra: bool = False
    ) -> Series:
        key = catalogue.stable_number(1, account.id if account else "contract", metric.id, zone)
        weight = _WEIGHTS[account.index % len(_WEIGHTS)] if account else 1000
        base = metric.daily * weight * (600 + key % 801) // 10**6 // ((zone or 0) + 1)
        sparse = self.config.sparse and key % 3 == 0
        return Series(account, metric, position, key & _MASK, max(base, 1), zone=zone, extra=extra, sparse=sparse)

    def _split(self, series: Series) -> Iterator[Series]:
        """Divide a series over regions and sub-accounts: the parts add up to exactly what the whole was."""
        regions, subs = max(self.config.regions, 1), max(self.config.sub_accounts, 1)
        for part in range(regions * subs):
            yield Series(
                series.account,
                series.metric,
                series.position,
                series.key,
                series.base,
                zone=series.zone,
                part=part,
                parts=regions * subs,
                region=part % regions if self.config.regions else None,
                sub_account=part // regions if self.config.sub_accounts else None,
                sparse=series.sparse,
            )

    def describe(self) -> dict[str, Any]:
        """Return the ids and what each is for: the answer to --list."""
        return {
            "token": self.config.token,
            "accounts": [
                self._described(account, "has usage" if account.covered else "not covered: answers with an empty list")
                for account in [*self.accounts, self.not_covered]
            ],
            "paygo_accounts": [
                self._described(account, f"pays as it goes: {catalogue.PAYGO_ACCOUNTS[account.id]}")
                for account in self.paygo_accounts
            ],
            "organizations": [
                *(
                    self._described(one, "has usage" if self.members(one) else "no accounts")
                    for one in self.organizations
                ),
                self._described(self.sub_organization, "below the first one, with the accounts that pay as they go"),
                self._described(self.empty_organization, "has no accounts: answers with an empty list"),
            ],
            "unknown": {
                "account_id": catalogue.stable_id("unknown", "account"),
                "organization_id": catalogue.stable_id("unknown", "organization"),
                "for": "nobody has these: the account is refused with 403, the organization answers with an empty list",
            },
            "metrics": [
                {"id": metric.id, "name": metric.name, "unit": metric.unit, "product_family": metric.family}
                for metric in self.metrics
            ],
            "last_day": self.config.last_day().isoformat(),
        }

    @staticmethod
    def _described(one: Account | Organization, purpose: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"id": one.id, "name": one.name, "for": purpose}
        if isinstance(one, Account):
            entry["organization_id"] = one.organization.id if one.organization else None
        return entry


def amount(series: Series, ordinal: int, factors: tuple[int, int, int]) -> int:
    """Return one day's amount in 10**-scale units. Whole numbers only: the same on every machine."""
    weekly, growth, share = factors
    mixed = (series.key + ordinal * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    noise = 920 + (mixed >> 33) % 161
    whole = max(series.base * noise * (1000 if series.metric.flat else weekly) * growth * share // 10**12, 1)
    if series.parts > 1:
        whole = whole * (series.part + 1) // series.parts - whole * series.part // series.parts
    return -whole if series.correction else whole
