# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The FOCUS record of the API and its fact: names, types, and what can be counted in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, TypeAlias

Number: TypeAlias = "int | Decimal"

# The columns of both reference pages, with the names that facts give them.
COLUMNS = {
    "BillingAccountId": "billing_account_id",
    "BillingAccountName": "billing_account_name",
    "ChargeCategory": "charge_category",
    "ChargeDescription": "charge_description",
    "ChargeFrequency": "charge_frequency",
    "ChargePeriodEnd": "charge_period_end",
    "ChargePeriodStart": "charge_period_start",
    "ConsumedQuantity": "consumed_quantity",
    "ConsumedUnit": "consumed_unit",
    "HostProviderName": "host_provider_name",
    "InvoiceIssuerName": "invoice_issuer_name",
    "ServiceProviderName": "service_provider_name",
    "x_BillableMetricName": "x_billable_metric_name",
    "BilledCost": "billed_cost",
    "BillingCurrency": "billing_currency",
    "BillingPeriodEnd": "billing_period_end",
    "BillingPeriodStart": "billing_period_start",
    "ChargeClass": "charge_class",
    "ContractedCost": "contracted_cost",
    "ContractedUnitPrice": "contracted_unit_price",
    "EffectiveCost": "effective_cost",
    "ListCost": "list_cost",
    "ListUnitPrice": "list_unit_price",
    "PricingQuantity": "pricing_quantity",
    "PricingUnit": "pricing_unit",
    "RegionId": "region_id",
    "RegionName": "region_name",
    "SubAccountId": "sub_account_id",
    "SubAccountName": "sub_account_name",
    "x_BillableMetricId": "x_billable_metric_id",
    "x_ProductFamilyName": "x_product_family_name",
    "x_ZoneId": "x_zone_id",
    "x_ZoneName": "x_zone_name",
}
# Required by every published form of the record; a record without one of them is doubtful.
REQUIRED = frozenset(
    (
        "ChargeCategory",
        "ChargeDescription",
        "ChargeFrequency",
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "ConsumedQuantity",
        "ConsumedUnit",
        "HostProviderName",
        "InvoiceIssuerName",
        "ServiceProviderName",
    )
)
COSTS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")
_NUMBERS = frozenset((*COSTS, "ContractedUnitPrice", "ListUnitPrice", "PricingQuantity", "ConsumedQuantity"))

# No usage or price reaches this; it also keeps hostile exponents out of exact sums.
LARGEST = 10**30
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -60, 30
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,2})?")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def exact(value: object) -> Number | None:
    """Return a JSON number, also one sent as text, as an exact number; None for all that is no plausible number."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = Decimal(value)
    if isinstance(value, Decimal):
        return value if _SMALLEST_EXPONENT < value.adjusted() < _LARGEST_EXPONENT else None
    if isinstance(value, int) and not isinstance(value, bool) and -LARGEST < value < LARGEST:
        return value
    return None


def plain(number: Number) -> int | float:
    """Return an exact number as JSON carries it: whole numbers as int, others as the nearest float."""
    if isinstance(number, int):
        return number
    return int(number) if number == number.to_integral_value() else float(number)


def moment(value: object) -> datetime | None:
    """Return the UTC time of an ISO 8601 text (without an offset it is UTC); None for all else."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value[:-1] + "+00:00" if value.endswith(("Z", "z")) else value)
        return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def text(value: object) -> str | None:
    """Return a name or id as text that any output can carry; null stays null."""
    if value is None or (isinstance(value, str) and value.isascii()):
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")


def snake_case(column: str) -> str:
    """Return the fact name of any column: ``x_BillableMetricId`` becomes ``x_billable_metric_id``."""
    return COLUMNS.get(column) or _WORD_START.sub("_", column).lower()


def fact_name(column: str, taken: Mapping[str, Any]) -> str:
    """Return the fact name of an unknown column, with ``_`` behind it where another column has that name already."""
    name = snake_case(column)
    while name in taken:
        name += "_"
    return name


def to_fact(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with fact names: every documented field (null if absent), then all unknown columns."""
    fact = {name: _value(column, record.get(column)) for column, name in COLUMNS.items()}
    for column, value in record.items():
        if column not in COLUMNS:
            fact[fact_name(column, fact)] = _value(column, value)
    return fact


def _value(column: str, value: Any) -> Any:
    if value is None:
        return None
    if column in _NUMBERS:
        number = exact(value)
        return None if number is None else plain(number)
    return _jsonable(value)


def _jsonable(value: Any) -> Any:
    convert: Callable[[Any], Any] | None = _CONVERSIONS.get(type(value))
    return convert(value) if convert else value


_CONVERSIONS: dict[type, Callable[[Any], Any]] = {
    str: lambda value: value if value.isascii() else text(value),
    Decimal: lambda value: plain(value) if exact(value) is not None else str(value),
    list: lambda value: [_jsonable(each) for each in value],
    dict: lambda value: {text(key): _jsonable(each) for key, each in value.items()},
}
