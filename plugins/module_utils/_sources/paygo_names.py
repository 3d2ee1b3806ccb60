# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of a pay-as-you-go bill under the names of version 2, and the metric ids that the bill does not have."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import AMOUNTS

KEY_COLUMNS = (
    "BillingAccountId",
    "BillingAccountName",
    "ServiceName",
    "ServiceFamilyName",
    "SubscriptionId",
    "ZoneId",
    "ZoneName",
    "ConsumedUnit",
    "PricingUnit",
    "BillingCurrency",
    "ChargeClass",
    "BillingPeriodStart",
)
PAYGO_AMOUNTS = (*AMOUNTS, "CumulatedContractedCost")
# Of the columns that every record has, those that counting it relies on.
RELIED_ON = frozenset(
    (
        "BillingPeriodStart",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedCost",
        "PricingQuantity",
        "ServiceName",
    )
)
# The column of version 2 that stands for one of version 1.
_RENAMED = {
    "ServiceFamilyName": "x_ProductFamilyName",
    "SubscriptionId": "SubAccountId",
    "ZoneId": "x_ZoneId",
    "ZoneName": "x_ZoneName",
}
_NOTE = re.compile(r"\([^()]*\b(?:included|first\b[^()]*\bfree)\b[^()]*\)", re.IGNORECASE)


@lru_cache(maxsize=10_000)
def metric_id(service_name: str) -> str:
    """Return the metric id of a service: its name in small letters, without the note of what is included.

    A name with letters that ASCII has no likeness of ends in a digest, so that two of them never share an id.
    """
    name = " ".join(_NOTE.sub(" ", service_name).split())
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    words = re.findall(r"[a-z0-9]+", plain.lower())
    if not plain.isascii():
        words.append(hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8])
    return "_".join(words)


def to_v2(record: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    """Return a record under the names of version 2; the name of its service stays beside them."""
    named = {_RENAMED.get(column, column): value for column, value in record.items()}
    service = record.get("ServiceName")
    return {
        **named,
        "BillingAccountId": record.get("BillingAccountId") or account_id,
        "ConsumedUnit": record.get("ConsumedUnit") or record.get("PricingUnit"),
        "x_BillableMetricId": None if service is None else metric_id(str(service)),
        "x_BillableMetricName": service,
    }
