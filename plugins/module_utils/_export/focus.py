# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a record of the API to a row of a FOCUS 1.3 Cost and Usage dataset: columns, their order, and what fills them.

What the API sends under a FOCUS name goes into that column as it is. Some columns are derived from others; what can't
be known stays empty. Nothing is priced, and no zero or placeholder stands in for a missing value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import parse_number, to_json_number
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus_services import service_category
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.cycles import cycle_end, cycle_start
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.records import moment, text

FOCUS_VERSION = "1.3"
# In the order of the specification, which is alphabetical; custom columns come after.
FOCUS_COLUMNS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountStatus",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "HostProviderName",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
)
CUSTOM_COLUMNS = (
    "x_BillableMetricId",
    "x_BillableMetricName",
    "x_ProductCategoryName",
    "x_ProductFamilyId",
    "x_ProductFamilyName",
    "x_ZoneId",
    "x_ZoneName",
    "x_OtherColumns",  # every column that has none here, as a JSON object
)
DATASET_COLUMNS = FOCUS_COLUMNS + CUSTOM_COLUMNS
NUMBERS = (
    "BilledCost",
    "ConsumedQuantity",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "ListCost",
    "ListUnitPrice",
    "PricingQuantity",
)
QUANTITIES = ("ConsumedQuantity", "PricingQuantity")
UNIT_PRICES = ("ContractedUnitPrice", "ListUnitPrice")
TIMES = ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart")
# Where FOCUS allows no null: a dataset that leaves one of these empty is aligned with FOCUS, but does not conform.
NEVER_NULL = (
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
)

_AT = {column: position for position, column in enumerate(DATASET_COLUMNS)}
_NUMBERS_AT = tuple((_AT[column], column) for column in NUMBERS)
_KNOWN = frozenset(DATASET_COLUMNS) - {"x_OtherColumns"}
# The columns whose texts are alike for all records of a series, so that each is made once.
_FIXED = tuple(column for column in DATASET_COLUMNS if column in _KNOWN - {*NUMBERS, *TIMES, "Tags"})
_MOST_REMEMBERED = 10_000

_required_of = itemgetter(*(_AT[column] for column in NEVER_NULL))
_SKU_PRICE, _PRICING_CATEGORY = _AT["SkuPriceId"], _AT["PricingCategory"]
_PRICES_AT = tuple(_AT[column] for column in ("PricingQuantity", "ListUnitPrice", "ContractedUnitPrice"))

Row = list[str]


def decimal(value: object) -> str | None:
    """Return an exact number as a plain decimal without an exponent; None for everything else."""
    number = parse_number(value)
    return None if number is None else f"{number:f}" if isinstance(number, Decimal) else str(number)


def text_or_none(value: object) -> str | None:
    """Return a value of the API as text; null and the empty text are both null in FOCUS."""
    if value is None or value == "":
        return None
    return text(value) if isinstance(value, str) else json_text(value)


def json_text(value: object) -> str:
    """Return JSON with sorted names, so that the same value is always the same text."""
    dumped = json.dumps(value, default=_json_number, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return dumped.encode("utf-8", "replace").decode("utf-8")


def _json_number(value: Any) -> int | float | str:
    return str(value) if parse_number(value) is None else to_json_number(value)


def _midnight(day: date) -> str:
    return f"{day}T00:00:00Z"


class Mapper:
    """Makes rows in the order of DATASET_COLUMNS: ``null``, a plain decimal, or a text as ``encode`` returns it.

    ``number`` makes the decimals of a column. ``cycle_day`` is the day of the month on which billing cycles begin, for
    records that do not name theirs.
    """

    def __init__(
        self,
        encode: Callable[[str], str] = str,
        null: str = "",
        number: Callable[[object, str], str | None] = lambda value, _column: decimal(value),
        cycle_day: int | None = None,
    ) -> None:
        self._encode = encode
        self._number = number
        self._null = null
        self._cycle_day = cycle_day
        self._fixed: dict[tuple[Any, ...], Row] = {}
        self._times: dict[str, tuple[str | None, str | None, str | None]] = {}

    def row(self, record: Mapping[str, Any]) -> Row:
        """Return the row of a record."""
        get, null, number = record.get, self._null, self._number
        row = self._fixed_row(tuple(map(get, _FIXED))).copy()
        for position, column in _NUMBERS_AT:
            value = get(column)
            if value is not None:
                row[position] = number(value, column) or null
        if row[_SKU_PRICE] == null:
            row[_PRICES_AT[0]] = null
        if row[_PRICING_CATEGORY] == null and any(row[position] != null for position in _PRICES_AT):
            row[_PRICING_CATEGORY] = self._encode("Standard")
        start, cycle, next_cycle = self._time(get("ChargePeriodStart"))
        row[_AT["ChargePeriodStart"]] = start or null
        row[_AT["ChargePeriodEnd"]] = self._time(get("ChargePeriodEnd"))[0] or null
        row[_AT["BillingPeriodStart"]] = self._time(get("BillingPeriodStart"))[0] or cycle or null
        row[_AT["BillingPeriodEnd"]] = self._time(get("BillingPeriodEnd"))[0] or next_cycle or null
        if not record.keys() <= _KNOWN or get("Tags") is not None:
            self._add_objects(row, record)
        return row

    def unknown(self, row: Row) -> tuple[str, ...]:
        """Return the columns of a row that FOCUS requires and nobody knows."""
        values = _required_of(row)
        if self._null not in values:
            return ()
        return tuple(column for column, value in zip(NEVER_NULL, values, strict=True) if value == self._null)

    def _fixed_row(self, values: tuple[Any, ...]) -> Row:
        """Return the row with all that does not differ between the days of a series."""
        try:
            row = self._fixed.get(values)
        except TypeError:  # an object or a list, where the API documents a text
            return self._make_fixed_row(values)
        if row is None:
            if len(self._fixed) >= _MOST_REMEMBERED:
                self._fixed.clear()
            row = self._fixed[values] = self._make_fixed_row(values)
        return row

    def _make_fixed_row(self, values: tuple[Any, ...]) -> Row:
        labels = {column: text_or_none(value) for column, value in zip(_FIXED, values, strict=True)}
        family, metric = labels["x_ProductFamilyName"], labels["x_BillableMetricName"]
        category, subcategory = service_category(
            labels["ServiceCategory"] or labels["x_ProductCategoryName"],
            labels["ServiceName"],
            family,
            labels["x_ProductFamilyId"],
        )
        derived = {
            "ProviderName": labels["ServiceProviderName"],
            "PublisherName": labels["ServiceProviderName"],
            "ServiceName": family or metric or labels["x_BillableMetricId"],
            "ServiceCategory": category,
            "ServiceSubcategory": subcategory,
            "SkuId": labels["x_BillableMetricId"],
            "SkuMeter": metric,
            "SkuPriceId": labels["SkuId"] or labels["x_BillableMetricId"],
        }
        for column, value in derived.items():
            labels[column] = labels[column] or value
        found = (labels.get(column) for column in DATASET_COLUMNS)
        return [self._null if value is None else self._encode(value) for value in found]

    def _time(self, value: Any) -> tuple[str | None, str | None, str | None]:
        """Return a time as FOCUS writes it, and start and end of the billing cycle that it lies in."""
        if not isinstance(value, str):
            return None, None, None
        found = self._times.get(value)
        if found is None:
            if len(self._times) >= _MOST_REMEMBERED:
                self._times.clear()
            found = self._times[value] = self._make_time(value)
        return found

    def _make_time(self, value: str) -> tuple[str | None, str | None, str | None]:
        time = moment(value)
        if time is None:
            return None, None, None
        written = self._encode(time.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if self._cycle_day is None:
            return written, None, None
        day = time.date()
        begins, next_begins = cycle_start(day, self._cycle_day), cycle_end(day, self._cycle_day) + DAY
        return written, self._encode(_midnight(begins)), self._encode(_midnight(next_begins))

    def _add_objects(self, row: Row, record: Mapping[str, Any]) -> None:
        """Fill the columns that hold JSON objects: the tags, and all columns that nobody knows yet."""
        others = {column: value for column, value in record.items() if column not in _KNOWN and value is not None}
        tags = record.get("Tags")
        if isinstance(tags, dict) and not any(isinstance(value, (dict, list)) for value in tags.values()):
            row[_AT["Tags"]] = self._encode(json_text(tags))
        elif tags is not None:
            others["Tags"] = tags  # FOCUS wants a flat object there
        if others:
            row[_AT["x_OtherColumns"]] = self._encode(json_text(others))
