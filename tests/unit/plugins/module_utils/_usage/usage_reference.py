# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What usage facts must be, by the slowest and plainest code there is: loops over rows whose truth is known."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Facts,
    Literal,
    Record,
    record,
)

COSTS = {
    "BilledCost": "billed_cost",
    "EffectiveCost": "effective_cost",
    "ContractedCost": "contracted_cost",
    "ListCost": "list_cost",
}
# For each dimension: the wire columns of id and name, and the facts' keys.
KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "account": (("BillingAccountId", "billing_account_id"), ("BillingAccountName", "billing_account_name")),
    "sub_account": (("SubAccountId", "sub_account_id"), ("SubAccountName", "sub_account_name")),
    "product_family": (("x_ProductFamilyName", "x_product_family_name"),),
    "metric": (("x_BillableMetricId", "x_billable_metric_id"), ("x_BillableMetricName", "x_billable_metric_name")),
    "zone": (("x_ZoneId", "x_zone_id"), ("x_ZoneName", "x_zone_name")),
    "region": (("RegionId", "region_id"), ("RegionName", "region_name")),
    "charge_class": (("ChargeClass", "charge_class"),),
}


@dataclass
class Row:
    """A record on the wire, and what it says: None is a number that can't be counted."""

    day: date
    quantity: Fraction | None
    costs: dict[str, Fraction] = field(default_factory=dict)
    wire: Record = field(default_factory=dict)


def number(exactly: Fraction) -> int | float:
    return int(exactly) if exactly.denominator == 1 else float(exactly)


def as_json(value: Any) -> Any:
    """Return a value with a JSON number in place of each fraction."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return number(value) if isinstance(value, Fraction) else value


def lost_digits(value: Any) -> Any:
    """Return the decimals of each fraction that its JSON number is not, in the places of the value; else None."""
    if isinstance(value, dict):
        return {key: found for key, item in value.items() if (found := lost_digits(item))} or None
    if isinstance(value, list):
        found = list(map(lost_digits, value))
        return found if any(found) else None
    if not isinstance(value, Fraction) or Fraction(repr(number(value))) == value:
        return None
    places = next(places for places in range(100) if (value * 10**places).denominator == 1)
    text = f"{abs(int(value * 10**places)):0{places + 1}}"
    return f"{'-' if value < 0 else ''}{text[:-places]}.{text[-places:]}"


def dimension(row: Row, name: str) -> tuple[str, str | None]:
    """Return what tells values of a dimension apart: the id, and without one the name."""
    columns = KEYS[name]
    for column, _key in columns:
        if row.wire.get(column) is not None:
            return column, row.wire[column]
    return "", None


def latest(rows: Iterable[Row], column: str) -> str | None:
    labels = [(row.day, row.wire[column]) for row in rows if row.wire.get(column) is not None]
    return max(labels)[1] if labels else None


def naive(
    rows: Sequence[Row], first: date, last: date, today: date, group_by: Sequence[str], metric: Sequence[str]
) -> Facts:
    """Return the parts of the facts that follow from the rows alone."""
    here = [row for row in rows if first <= row.day <= last]
    asked = [row for row in here if not metric or row.wire.get("x_BillableMetricId") in metric]
    counted = [row for row in asked if row.quantity is not None]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in counted:
        units = (row.wire.get("ConsumedUnit"), row.wire.get("BillingCurrency"))
        groups.setdefault((*(dimension(row, name) for name in group_by), units), []).append(row)
    carrying = [row for row in counted if "BilledCost" in row.costs]
    currencies = sorted({row.wire["BillingCurrency"] for row in counted if row.wire.get("BillingCurrency")})
    accounts = sorted({row.wire["BillingAccountId"] for row in counted if row.wire.get("BillingAccountId")})
    return {
        "record_count": len(counted),
        "not_counted": len(asked) - len(counted),
        "accounts": [
            {
                "id": account,
                "name": latest(
                    [row for row in counted if row.wire["BillingAccountId"] == account], "BillingAccountName"
                ),
                "last_day": str(max(row.day for row in counted if row.wire["BillingAccountId"] == account)),
            }
            for account in accounts
        ],
        "cost": {
            "available": "none" if not carrying else "all" if len(carrying) == len(counted) else "some",
            "currency": currencies[0] if len(currencies) == 1 else None,
        },
        "groups": [_group(members, group_by, first, last, today) for members in groups.values()],
    }


def _group(rows: Sequence[Row], group_by: Sequence[str], first: date, last: date, today: date) -> Facts:
    group: Facts = {}
    for name in group_by:
        columns = KEYS[name]
        group[columns[0][1]] = rows[0].wire.get(columns[0][0])
        if len(columns) > 1:
            group[columns[1][1]] = latest(rows, columns[1][0])
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    group |= {
        "consumed_unit": rows[0].wire.get("ConsumedUnit"),
        "billing_currency": rows[0].wire.get("BillingCurrency"),
        "record_count": len(rows),
        "consumed_quantity": sum((row.quantity or Fraction(0) for row in rows), Fraction(0)),
        "incomplete_costs": {},
        "daily_billed_cost": None,
        "pricing_quantity": None,
        "pricing_unit": None,
    }
    group["daily_quantity"] = [
        None if day > today else sum((row.quantity or Fraction(0) for row in rows if row.day == day), Fraction(0))
        for day in days
    ]
    for column, key in COSTS.items():
        amounts = [row.costs[column] for row in rows if column in row.costs]
        amount = sum(amounts, Fraction(0))
        group[key] = amount if len(amounts) == len(rows) else None
        if 0 < len(amounts) < len(rows):
            group["incomplete_costs"][key] = {"amount": amount, "record_count": len(amounts)}
    if group["billed_cost"] is not None:
        group["daily_billed_cost"] = [
            None if day > today else sum((row.costs["BilledCost"] for row in rows if row.day == day), Fraction(0))
            for day in days
        ]
    lost = lost_digits(group)
    found: Facts = as_json(group)
    return found | ({"exact": lost} if lost else {})


def amount(rng: random.Random) -> tuple[Any, Fraction]:
    """Return a number in one of the forms that APIs write, and its value."""
    digits, scale = rng.choice((-1, 1, 1, 1)) * rng.randrange(10 ** rng.randrange(1, 16)), rng.randrange(13)
    text = f"{digits}e-{scale}" if rng.random() < 0.2 else _plain(digits, scale)
    form = rng.randrange(4)
    if form == 0:
        return digits, Fraction(digits)
    return (text if form == 1 else Literal(text)), Fraction(digits, 10**scale)


def _plain(digits: int, scale: int) -> str:
    text = f"{abs(digits):0{scale + 1}}"
    sign = "-" if digits < 0 else ""
    return f"{sign}{text[:-scale]}.{text[-scale:]}" if scale else f"{sign}{text}"


BAD_NUMBERS: list[Any] = [
    None,
    ...,
    True,
    "1_000",
    "a lot",
    "",
    [],
    {"value": 1},
    *map(Literal, ("NaN", "-Infinity", "1e400", "-1e99999999999999999999", "9" * 4500)),
]


def random_rows(rng: random.Random, first: date, last: date, count: int) -> list[Row]:
    """Return rows with everything that varies on the wire: names, nulls, forms of numbers, costs and currencies."""
    cost, bad = rng.choice(("none", "none", "all", "some", "mixed")), rng.choice((0.0, 0.0, 0.05))
    rows = []
    for _row in range(count):
        day = first + timedelta(days=rng.randrange((last - first).days + 1))
        sent, quantity = amount(rng)
        row = Row(day, quantity)
        row.wire = record(day, sent, **_labels(rng), **_costs(rng, row, cost))
        if rng.random() < bad:
            row.quantity = None
            column = rng.choice(("ConsumedQuantity", "ConsumedQuantity", "ConsumedUnit"))
            row.wire[column] = [] if column == "ConsumedUnit" else rng.choice(BAD_NUMBERS)
            row.wire = {name: value for name, value in row.wire.items() if value is not ...}
        rows.append(row)
        if rng.random() < 0.2:
            rows += [row] * rng.randrange(1, 4)  # rows that look alike are all real
    return rows


def _labels(rng: random.Random) -> dict[str, Any]:
    account, metric, zone = rng.randrange(3), rng.randrange(3), rng.randrange(3)
    return {
        "BillingAccountId": (ACCOUNT, OTHER_ACCOUNT, None)[account],
        "BillingAccountName": (rng.choice(("Production", "Produktion")), "Staging", None)[account],
        "x_BillableMetricId": ("workers_requests", "r2_storage", None)[metric],
        "x_BillableMetricName": ("Workers", rng.choice(("R2", "R2 Storage", None)), "Unnamed")[metric],
        "x_ProductFamilyName": rng.choice(("Workers", "R2", None)),
        "ConsumedUnit": rng.choice(("Requests", "GB", "")),
        "x_ZoneId": ("z1", "z2", None)[zone],
        "x_ZoneName": ("a.example", rng.choice(("b.example", "c.example")), None)[zone],
        "RegionId": rng.choice((None, ...)),
        "RegionName": rng.choice(("Western Europe", "Oceania", None)),
        "SubAccountId": rng.choice(("s1", None)),
        "ChargeClass": rng.choice((None, None, "Correction")),
    }


def _costs(rng: random.Random, row: Row, kind: str) -> dict[str, Any]:
    if kind == "none" or (kind == "some" and rng.random() < 0.5):
        return {}
    columns: dict[str, Any] = {"BillingCurrency": rng.choice(("USD", "EUR")) if kind == "mixed" else "USD"}
    for column in COSTS:
        if kind == "all" or rng.random() < 0.7:
            columns[column], row.costs[column] = amount(rng)
    return columns
