# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dimensions of usage groups: which keys carry them, what people call them, how a value is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import TAG
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage, UsageGroup


@dataclass(frozen=True)
class Dimension:
    """One dimension: ``id_key`` tells values apart, ``name_key`` is for people, ``label`` names it in metrics."""

    key: str
    id_key: str
    name_key: str
    title: str
    plural: str
    nobody: str
    label: str


# Of these, allocated facts alone have the owner: no record names one.
DIMENSIONS = {
    dimension.key: dimension
    for dimension in (
        Dimension(
            "account", "billing_account_id", "billing_account_name", "Account", "accounts", "No account", "account"
        ),
        Dimension(
            "sub_account",
            "sub_account_id",
            "sub_account_name",
            "Subscription",
            "subscriptions",
            "No subscription",
            "sub_account",
        ),
        Dimension(
            "product_family",
            "x_product_family_name",
            "x_product_family_name",
            "Product",
            "products",
            "No product",
            "product_family",
        ),
        Dimension(
            "metric", "x_billable_metric_id", "x_billable_metric_name", "Metric", "metrics", "No metric", "metric"
        ),
        Dimension("zone", "x_zone_id", "x_zone_name", "Zone", "zones", "No zone", "zone"),
        Dimension("region", "region_id", "region_name", "Region", "regions", "No region", "region"),
        Dimension(
            "charge_class", "charge_class", "charge_class", "Charge class", "charge classes", "Usual", "charge_class"
        ),
        Dimension("owner", "owner", "owner", "Owner", "owners", "Owner not known", "owner"),
    )
}


def dimension_of(key: str) -> Dimension:
    """Return the dimension of a key; a tag is one of its own, whose value is null for use without the tag."""
    if not key.startswith(TAG):
        return DIMENSIONS[key]
    tag = key.removeprefix(TAG)
    return Dimension(key, key, key, f"Tag {tag}", f"values of tag {tag}", "untagged", "tag_" + re.sub(r"\W", "_", tag))


def asked(usage: Usage) -> list[Dimension]:
    """Return the dimensions that the facts are grouped by, always in the same order, tags last."""
    tags = [key for key in usage["group_by"] if key.startswith(TAG)]
    return [dimension_of(key) for key in (*DIMENSIONS, *tags) if key in usage["group_by"]]


def value_id(group: UsageGroup, dimension: Dimension) -> str | None:
    """Return what tells this value apart: the id, else the name, else None."""
    found = group.get(dimension.id_key)
    if found is None:
        found = group.get(dimension.name_key)
    return None if found is None else str(found)


def value_name(group: UsageGroup, dimension: Dimension) -> str:
    """Return the name for people, else the id, else words for none."""
    return str(group.get(dimension.name_key) or group.get(dimension.id_key) or dimension.nobody)


def columns(dimension: Dimension) -> list[str]:
    """Return the keys that carry this dimension, each once."""
    return list(dict.fromkeys((dimension.id_key, dimension.name_key)))
