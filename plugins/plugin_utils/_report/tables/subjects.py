# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a quantity of the report is of: product and metric, as far as the facts are grouped by them."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import name_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import (
    DIMENSIONS,
    Dimension,
    asked,
    value_id,
    value_name,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import Total, totals

_SUBJECT = ("product_family", "metric")


def subjects(usage: Usage) -> list[Dimension]:
    """Return what a quantity is of: product and metric, as far as they were asked for."""
    return [DIMENSIONS[key] for key in _SUBJECT if key in usage["group_by"]]


def subject_name(total: Total, by: Sequence[Dimension]) -> str:
    """Return the metric's name, else the product's, else words for everything."""
    return total.name(by[-1]) if by else "All use"


def identity(total: Total, dimension: Dimension) -> str:
    """Return the id of a value, by which a budget names it, where it is not the name."""
    found = total.groups[0].get(dimension.id_key)
    return "" if found is None or str(found) == total.name(dimension) else str(found)


def product_name(total: Total, by: Sequence[Dimension]) -> str:
    """Return the product's name where it says more than the subject does."""
    return total.name(by[0]) if len(by) > 1 else ""


def sorted_totals(usage: Usage, by: Sequence[Dimension]) -> list[Total]:
    """Return the totals by product and name, for people who look something up."""
    return sorted(
        totals(usage["groups"], by),
        key=lambda total: (*(total.name(dimension).casefold() for dimension in by), *map(str, total.key)),
    )


def has_several(usage: Usage, dimension: Dimension) -> bool:
    """Return whether the use has more than one value of the dimension."""
    return len({value_id(group, dimension) for group in usage["groups"]}) > 1


def only_values(usage: Usage) -> list[tuple[Dimension, str]]:
    """Return the dimensions in which all use has one and the same value, with its name."""
    return [
        (dimension, name_text(value_name(usage["groups"][0], dimension)))
        for dimension in asked(usage)
        if usage["groups"] and not has_several(usage, dimension)
    ]
