# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The columns of a record, the costs and the dimensions: the one place where they are listed."""

from __future__ import annotations

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
COST_FACTS = tuple(COLUMNS[column] for column in COSTS)
AMOUNTS = (*COSTS, "PricingQuantity")
# The columns that tell a dimension's values apart: the id (if there is one), then the name.
DIMENSION_COLUMNS: dict[str, tuple[str, ...]] = {
    "account": ("BillingAccountId", "BillingAccountName"),
    "sub_account": ("SubAccountId", "SubAccountName"),
    "product_family": ("x_ProductFamilyName",),
    "metric": ("x_BillableMetricId", "x_BillableMetricName"),
    "zone": ("x_ZoneId", "x_ZoneName"),
    "region": ("RegionId", "RegionName"),
    "charge_class": ("ChargeClass",),
}
# A tag is a dimension of its own, "tag." and its key; its one column is made out of the column Tags.
TAG = "tag."


def dimension_columns(name: str) -> tuple[str, ...]:
    """Return the columns of a dimension, the id first."""
    return (name,) if name.startswith(TAG) else DIMENSION_COLUMNS[name]
