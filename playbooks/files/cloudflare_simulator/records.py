# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of one day as JSON text: one template per series, filled in with the day and the amounts."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

from . import catalogue
from .config import MAX_DAYS, Config
from .dataset import Account, Dataset, Series, amount

_REQUIRED = {
    *("ChargeCategory", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart"),
    *("ConsumedQuantity", "ConsumedUnit", "HostProviderName", "InvoiceIssuerName", "ServiceProviderName"),
}
_ACCOUNT = {"BillingAccountId", "BillingAccountName"}
_REQUIRED_BY_SHAPE = {
    "seed": _REQUIRED | _ACCOUNT | {"x_BillableMetricName"},
    "sdk53": _REQUIRED | _ACCOUNT | {"x_BillableMetricName"},
    "sdk56": _REQUIRED | _ACCOUNT | {"x_BillableMetricName"},
    "sdk57": _REQUIRED | _ACCOUNT | {"x_BillableMetricName", "x_BillableMetricId"},
    "sdk59": _REQUIRED | {"x_BillableMetricId"},
}
_OPTIONAL = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeClass", "ContractedCost", "ContractedUnitPrice", "EffectiveCost", "ListCost"),
    *("ListUnitPrice", "PricingQuantity", "PricingUnit", "RegionId", "RegionName", "SubAccountId", "SubAccountName"),
    *("x_BillableMetricId", "x_BillableMetricName", "x_ProductFamilyName", "x_ZoneId", "x_ZoneName"),
)
_OPTIONAL_SINCE_57 = ("Tags", "x_ProductCategoryName", "x_ProductFamilyId")
_EXTRA = {
    "CommitmentDiscountId": None,
    "x_FutureFlag": True,
    "x_FutureNumber": 7.25,
    "x_FutureObject": {"list": [1, {"deep": "value"}], "text": "unknown"},
    "x_FutureText": "a column nobody knows yet",
}
_SLOT = re.compile(r'"@(\w+)(?::([^"@]*))?@"')
_PRICE_SCALE = 12
_COST_SCALE = 10


def decimal(units: int, scale: int) -> str:
    """Write units * 10**-scale as a plain JSON number, without a rounding error."""
    if not scale:
        return str(units)
    whole, fraction = divmod(abs(units), 10**scale)
    text = f"{whole}.{fraction:0{scale}d}".rstrip("0").rstrip(".")
    return f"-{text}" if units < 0 else text


class Rows:
    """Turns (account, day) into text. Built once; holds one template per series."""

    def __init__(self, dataset: Dataset, config: Config) -> None:
        self._dataset = dataset
        self._config = config
        self._templates: dict[str | None, list[tuple[Series, str]]] = {}
        self._planned = config.planned()
        self._separator = ",\n " if self._config.spaced_json else ","

    @property
    def separator(self) -> str:
        return self._separator

    def day(self, account: Account | None, day: dt.date, metrics: frozenset[str] | None, today: dt.date) -> str:
        """Return the rows of one day, joined by commas."""
        values = calendar_slots(day)
        lines = []
        for series, template, units in self._amounts(account, day, today):
            if metrics is not None and series.metric.id not in metrics:
                continue
            values["quantity"] = self.quantity(series, units)
            if "%(cost)s" in template:
                self._costs(values, series, units)
            lines.append(template % values)
        return self._separator.join(lines)

    def amounts(self, account: Account, day: dt.date, today: dt.date) -> Iterator[tuple[Series, int]]:
        """Yield what was used on one day, in the smallest units: what every endpoint shows in its own way."""
        return ((series, units) for series, _template, units in self._amounts(account, day, today))

    def quantity(self, series: Series, units: int) -> str:
        return self._config.quantity or decimal(units, series.metric.scale)

    def _amounts(self, account: Account | None, day: dt.date, today: dt.date) -> Iterator[tuple[Series, str, int]]:
        """Yield the same numbers in every run: they depend on the account and the day, and on restated days."""
        ordinal = day.toordinal()
        config = self._config
        factors = (_weekly(day), _growth(day), self._share(day, today))
        spike = config.spike_on(today)
        has_extra = bool(config.records_per_window) and ordinal % MAX_DAYS < (config.records_per_window or 0) % MAX_DAYS
        for series, template in self._series(account):
            if series.extra and not has_extra:
                continue
            if (series.correction and day.day % 5) or (series.sparse and (ordinal + series.position) % 4 == 0):
                continue
            if series.metric.id in self._planned:
                planned = self._planned[series.metric.id].get(day)
                if planned is not None:
                    yield series, template, planned * 10**series.metric.scale
                continue
            units = amount(series, ordinal, factors)
            if spike and spike.day == day and spike.metric == series.metric.id:
                units *= spike.factor
            yield series, template, units

    def _share(self, day: dt.date, today: dt.date) -> int:
        """Return per mille of the day that is known by now: the last restated_days are low, and rise later."""
        last = today - dt.timedelta(days=self._config.lag_days)
        return 350 if (last - day).days < self._config.restated_days else 1000

    def _series(self, account: Account | None) -> list[tuple[Series, str]]:
        key = account.id if account else None
        if key not in self._templates:
            self._templates[key] = [(series, self._template(series)) for series in self._dataset.series(account)]
        return self._templates[key]

    def _costs(self, values: dict[str, str], series: Series, units: int) -> None:
        metric = series.metric
        down = 10 ** (metric.scale + _PRICE_SCALE - _COST_SCALE)
        zero = self._config.cost == "zero"
        price = metric.price * 9 // 10
        values["cost"] = "0" if zero else decimal(units * price // down, _COST_SCALE)
        values["list_cost"] = "0" if zero else decimal(units * metric.price // down, _COST_SCALE)

    def _template(self, series: Series) -> str:
        record = self._record(series)
        config = self._config
        required = _REQUIRED_BY_SHAPE[config.shape]
        known = _OPTIONAL + (_OPTIONAL_SINCE_57 if config.shape in {"sdk57", "sdk59"} else ())
        if config.minimal:
            record = {name: value for name, value in record.items() if name in required or name == "ChargeClass"}
        record = {name: value for name, value in record.items() if name in required or name in known}
        if config.nulls:
            record |= {name: None for name in known if name not in record and name not in required}
        return as_template(record, config)

    def _record(self, series: Series) -> dict[str, Any]:
        metric, account = series.metric, series.account
        name = catalogue.decorated(metric.name, series.position, self._config.names)
        record: dict[str, Any] = {}
        if account:
            record |= {"BillingAccountId": account.id, "BillingAccountName": account.name}
        record |= {
            "ChargeCategory": "Usage",
            "ChargeDescription": f"{name} — daily usage",
            "ChargeFrequency": "Usage-Based",
            "ChargePeriodEnd": "@end@",
            "ChargePeriodStart": "@start@",
            "ConsumedQuantity": "@quantity@",
            "ConsumedUnit": metric.unit,
            "HostProviderName": "Cloudflare",
            "InvoiceIssuerName": "Cloudflare",
            "ServiceProviderName": "Cloudflare",
            "x_BillableMetricName": name,
        }
        if self._carries_cost(series):
            record |= self._cost_columns(series)
        if series.correction:
            record["ChargeClass"] = "Correction"
        if series.region is not None:
            region = catalogue.REGIONS[series.region % len(catalogue.REGIONS)]
            suffix = "" if series.region < len(catalogue.REGIONS) else str(series.region)
            record |= {"RegionId": region[0] + suffix, "RegionName": f"{region[1]} {suffix}".strip()}
        if series.sub_account is not None:
            owner = account.id if account else "contract"
            sub_name = catalogue.decorated(f"Subscription {series.sub_account + 1}", 4, self._config.names)
            record |= {
                "SubAccountId": catalogue.stable_id("subscription", owner, series.sub_account),
                "SubAccountName": sub_name,
            }
        record["x_BillableMetricId"] = metric.id
        record["x_ProductCategoryName"] = metric.category
        record["x_ProductFamilyId"] = metric.family_id
        record["x_ProductFamilyName"] = catalogue.decorated(metric.family, series.position, self._config.names)
        zone = zone_columns(series, self._config.names)
        if zone:
            record["x_ZoneId"], record["x_ZoneName"] = zone
        return record

    def _carries_cost(self, series: Series) -> bool:
        return self._config.cost in {"all", "zero"} or (self._config.cost == "some" and series.position % 2 == 0)

    def _cost_columns(self, series: Series) -> dict[str, Any]:
        metric = series.metric
        currencies = self._config.currencies
        zero = self._config.cost == "zero"
        return {
            "BilledCost": "@cost@",
            "BillingCurrency": currencies[series.position % len(currencies)],
            "BillingPeriodEnd": "@cycle_end@",
            "BillingPeriodStart": "@cycle_start@",
            "ContractedCost": "@cost@",
            "ContractedUnitPrice": 0 if zero else f"@number:{decimal(metric.price * 9 // 10, _PRICE_SCALE)}@",
            "EffectiveCost": "@cost@",
            "ListCost": "@list_cost@",
            "ListUnitPrice": 0 if zero else f"@number:{decimal(metric.price, _PRICE_SCALE)}@",
            "PricingQuantity": "@quantity@",
            "PricingUnit": metric.unit,
        }


def as_template(record: dict[str, Any], config: Config) -> str:
    """Return a record as JSON text, where "@name@" has become a slot for what changes from row to row."""
    if config.extra_columns:
        record = record | _EXTRA
    separators = (", ", ": ") if config.spaced_json else (",", ":")
    text = json.dumps(record, ensure_ascii=False, indent=2 if config.spaced_json else None, separators=separators)
    quote = '"' if config.numbers_as_strings else ""
    return _SLOT.sub(lambda found: _slot(found[1], found[2], quote), text.replace("%", "%%"))


def calendar_slots(day: dt.date) -> dict[str, str]:
    month = day.replace(day=1)
    try:
        after, next_month = day + dt.timedelta(days=1), (month + dt.timedelta(days=31)).replace(day=1)
    except OverflowError:
        after = next_month = day
    return {
        "start": f'"{day}T00:00:00Z"',
        "end": f'"{after}T00:00:00Z"',
        "cycle_start": f'"{month}T00:00:00Z"',
        "cycle_end": f'"{next_month}T00:00:00Z"',
    }


def zone_columns(series: Series, style: str) -> tuple[str, str] | None:
    """Return the id and the name of the zone."""
    if series.zone is None or series.account is None:
        return None
    name = f"shop-{series.zone}.account-{series.account.index}.example.com"
    return catalogue.stable_id("zone", series.account.id, series.zone), catalogue.decorated(name, series.zone, style)


def _slot(name: str, value: str | None, quote: str) -> str:
    """Return what stands in a template for a value that changes from row to row, or for a number kept as text."""
    if value is not None:
        return f"{quote}{value}{quote}"
    if name in {"start", "end", "cycle_start", "cycle_end"}:
        return f"%({name})s"
    return f"{quote}%({name})s{quote}"


def _weekly(day: dt.date) -> int:
    return (1000, 1015, 1030, 1020, 980, 720, 650)[day.weekday()]


def _growth(day: dt.date) -> int:
    """Return per mille of the level of January 2025, which grows by 3 per cent in 30 days."""
    return min(max(1000 + (day - dt.date(2025, 1, 1)).days, 200), 5000)
