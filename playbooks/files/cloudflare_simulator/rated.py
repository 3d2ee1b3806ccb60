# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a POST for usage with filters, groups and costs (version 2): every rule it has, and what it leaves."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import catalogue
from .config import MAX_DAYS, Config

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_MAX_GROUPS = 2
DIMENSIONS = {
    "account": ("BillingAccountId", "BillingAccountName"),
    "zone": ("x_ZoneId", "x_ZoneName"),
    "region": ("RegionId", "RegionName"),
}
_TAGS: dict[str, tuple[str | bool | None, ...]] = {
    "team": ("payments", "search", None),
    "env": ("production", True, None, "staging"),
}


class BodyError(ValueError):
    """The body breaks a rule."""


@dataclass(frozen=True)
class Query:
    """What a body asks for."""

    first: dt.datetime
    end: dt.datetime
    """Exclusive."""
    filters: Mapping[str, frozenset[str]]
    tag_filters: Mapping[str, frozenset[str]]
    tags: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    cost: bool = False

    def days(self) -> tuple[dt.date, dt.date]:
        return self.first.date(), (self.end - dt.timedelta(microseconds=1)).date()

    def answer(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """Return a row with the columns that were asked for, or nothing if it is filtered out."""
        if not self.first <= _moment(row["ChargePeriodStart"]) < self.end:
            return None
        if any(row[column] not in allowed for column, allowed in self.filters.items()):
            return None
        tags = _tags(row)
        if any(_text(tags.get(key)) not in allowed for key, allowed in self.tag_filters.items()):
            return None
        hidden = {name for key, names in DIMENSIONS.items() if key not in self.dimensions for name in names}
        shown = {name: value for name, value in row.items() if name not in hidden}
        if self.tags:
            shown["Tags"] = {key: tags[key] for key in self.tags if key in tags}
        return shown


def read(text: bytes, config: Config) -> Query:
    """Read a body; raises BodyError with what is wrong."""
    try:
        body = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise BodyError("the body is not JSON") from error
    _known(body, "the body", {"TimePeriod", "FilterBy", "GroupBy", "Metric"})
    metric = body.get("Metric", "usage")
    if metric not in ("usage", "cost"):
        raise BodyError("Metric must be usage or cost")
    first, end = _period(body.get("TimePeriod"), config.current_day())
    filters, tag_filters = _filters(body.get("FilterBy", {}))
    groups = body.get("GroupBy", [])
    if not isinstance(groups, list) or len(groups) > _MAX_GROUPS:
        raise BodyError(f"GroupBy must be a list of at most {_MAX_GROUPS}")
    for group in groups:
        _known(group, "GroupBy", {"Type", "Key"}, all_of_them=True)
        if group["Type"] not in ("TAG", "DIMENSION") or not isinstance(group["Key"], str):
            raise BodyError("Type must be TAG or DIMENSION, and Key a text")
        if group["Type"] == "DIMENSION" and group["Key"] not in DIMENSIONS:
            raise BodyError(f"grouping by dimension {group['Key']} is not supported")
    return Query(
        first,
        end,
        filters,
        tag_filters,
        tuple(group["Key"] for group in groups if group["Type"] == "TAG"),
        tuple(group["Key"] for group in groups if group["Type"] == "DIMENSION"),
        metric == "cost",
    )


def metrics(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the billable metrics that are in these rows."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(
            row["x_BillableMetricId"],
            {
                "Id": row["x_BillableMetricId"],
                "Name": row["x_BillableMetricName"],
                "ProductFamily": [row["x_ProductFamilyName"]],
                "ProductCategory": [row["x_ProductCategoryName"]],
                "DimensionKeys": ["account"],
            },
        )
        keys = [key for key, (column, _name) in DIMENSIONS.items() if column in row]
        entry["DimensionKeys"] = sorted({*entry["DimensionKeys"], *keys})
    return list(found.values())


def _known(value: Any, what: str, names: set[str], *, all_of_them: bool = False) -> None:
    if not isinstance(value, dict):
        raise BodyError(f"{what} must be an object")
    for name in value:
        if name not in names:
            raise BodyError(f"{what}: unknown field {name}")
    if all_of_them and set(value) != names:
        raise BodyError(f"{what} needs {' and '.join(sorted(names))}")


def _period(given: Any, today: dt.date) -> tuple[dt.datetime, dt.datetime]:
    if given is None:
        tomorrow = today + dt.timedelta(days=1)
        return _moment(f"{today.replace(day=1)}T00:00:00Z"), _moment(f"{tomorrow}T00:00:00Z")
    _known(given, "TimePeriod", {"From", "To"}, all_of_them=True)
    first, end = _moment(given["From"]), _moment(given["To"])
    if not first < end <= first + dt.timedelta(days=MAX_DAYS):
        raise BodyError(f"To must be after From, by at most {MAX_DAYS} days")
    return first, end


def _moment(text: Any) -> dt.datetime:
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise BodyError("From and To must be date-times, like 2025-05-01T00:00:00Z")
    try:
        return dt.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(dt.timezone.utc)
    except ValueError as error:
        raise BodyError(f"invalid date-time: {error}") from error


def _filters(given: Any) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    _known(given, "FilterBy", {"MetricIds", "BillableMetricIds", "ProductFamilyIds", "Tags"})
    if {"MetricIds", "BillableMetricIds"} <= set(given):
        raise BodyError("FilterBy takes MetricIds or BillableMetricIds")
    filters = {}
    for name in sorted(set(given) - {"Tags"}):
        values = _texts(given[name], name)
        if name == "ProductFamilyIds":
            try:
                values = frozenset(str(uuid.UUID(value)) for value in values)
            except ValueError as error:
                raise BodyError("ProductFamilyIds must be UUIDs") from error
        filters["x_ProductFamilyId" if name == "ProductFamilyIds" else "x_BillableMetricId"] = values
    tags: dict[str, frozenset[str]] = {}
    for tag in given.get("Tags", []):
        _known(tag, "Tags", {"Key", "Values"}, all_of_them=True)
        if tag["Key"] in tags:
            raise BodyError("Tags must be unique")
        tags[str(tag["Key"])] = _texts(tag["Values"], "Values")
    return filters, tags


def _texts(given: Any, name: str) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(value, str) for value in given):
        raise BodyError(f"{name} must be a list of texts")
    if len(set(given)) != len(given):
        raise BodyError(f"{name} must be unique")
    return frozenset(given)


def _tags(row: Mapping[str, Any]) -> dict[str, str | bool]:
    """Return the tags of what was used: text, or true for a tag without a value."""
    number = catalogue.stable_number("tags", row["x_BillableMetricId"], row.get("x_ZoneId"))
    chosen = {key: values[number % len(values)] for key, values in _TAGS.items()}
    return {key: value for key, value in chosen.items() if value is not None}


def _text(value: str | bool | None) -> str | None:
    return "true" if value is True else value or None
