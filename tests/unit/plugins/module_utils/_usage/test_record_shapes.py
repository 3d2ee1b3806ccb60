# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every published shape of the record, over HTTP, from servers of either reading: the same right facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api import decoder as decoding
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import Api
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import NOW, Facts

Connect = Callable[..., Api]
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
FIRST, LAST = date(2025, 4, 20), date(2025, 5, 31)
SHAPES: list[dict[str, Any]] = [
    {"shape": "seed"},
    {"shape": "sdk53", "nulls": True, "gzip": True},
    {"shape": "sdk56", "names": "hostile", "chunked": True},
    {"shape": "sdk57", "extra_columns": True, "corrections": True, "spaced_json": True},
    {"shape": "sdk59", "minimal": True, "contract_rows": True, "envelope": "before"},
    {"shape": "sdk59", "numbers_as_strings": True, "contract_rows": True, "regions": 2, "cost": "all"},
    {"shape": "seed", "metric_parameter": "ignored", "names": "unicode", "sub_accounts": 2},
]


def facts(api: Api, **options: Any) -> Facts:
    given: dict[str, Any] = {
        "api_token": api.simulator.config.token,
        "api_url": api.simulator.base_url,
        "organization_id": ORGANIZATION,
    }
    given |= {"from": str(FIRST), "to": str(LAST), "return_records": False, **options}
    found: Facts = query_usage(check_query(given, NOW.date()), NOW)["usage"]
    read_usage(found)
    return found


def exactly(value: Any) -> Fraction:
    return Fraction(Decimal(str(value)))


def totals(rows: list[dict[str, Any]]) -> dict[tuple[Any, Any], Fraction]:
    """Add up by account and metric: the id, and without one the name."""
    found: dict[tuple[Any, Any], Fraction] = {}
    for row in rows:
        key = (row.get("BillingAccountId"), row.get("x_BillableMetricId") or row["x_BillableMetricName"])
        found[key] = found.get(key, Fraction(0)) + exactly(row["ConsumedQuantity"])
    return found


@pytest.mark.parametrize("to", ["inclusive", "exclusive"])
@pytest.mark.parametrize("switches", SHAPES, ids=lambda switches: switches["shape"])
def test_record_shapes_totals_are_those_of_the_rows(connect: Connect, switches: dict[str, Any], to: str) -> None:
    api = connect(simulator={**switches, "to": to, "accounts": 2, "metrics": 3})
    assessed = facts(api, group_by=["account", "metric"], window_days=13, concurrency=3)
    rows = api.simulator.records(ORGANIZATION, FIRST, LAST)
    found = {
        (group["billing_account_id"], group["x_billable_metric_id"] or group["x_billable_metric_name"]): exactly(
            group["consumed_quantity"]
        )
        for group in assessed["groups"]
    }
    expected = totals(rows)
    assert found.keys() == expected.keys()
    assert all(abs(found[key] - expected[key]) <= abs(expected[key]) * Fraction(1, 10**15) for key in found)
    assert (assessed["record_count"], assessed["status"]) == (len(rows), "complete")
    assert {each["token"] for each in api.simulator.requests} == {"right"}


@pytest.mark.parametrize("switches", SHAPES, ids=lambda switches: switches["shape"])
def test_record_shapes_large_answers_give_the_same_facts(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, switches: dict[str, Any]
) -> None:
    api = connect(simulator={**switches, "accounts": 2, "metrics": 3})
    dimensions = {"group_by": ["account", "metric", "zone", "region", "charge_class"]}
    scanned = facts(api, **dimensions)
    monkeypatch.setattr(decoding, "LARGE", 0)
    assert facts(api, **dimensions) == scanned


@pytest.mark.parametrize("parameter", ["metric", "metric_id", "ignored"])
def test_record_shapes_the_metrics_that_are_asked_for_come_from_any_server(connect: Connect, parameter: str) -> None:
    asked = ["r2_storage", "workers_standard_requests"]
    api = connect(simulator={"metric_parameter": parameter, "metrics": 4})
    assessed = facts(api, metric=asked, group_by=["metric"])
    assert [group["x_billable_metric_id"] for group in assessed["groups"]] == asked
    expected = totals(api.simulator.records(ORGANIZATION, FIRST, LAST, asked))
    for group in assessed["groups"]:
        (amount,) = (total for (_account, metric), total in expected.items() if metric == group["x_billable_metric_id"])
        assert abs(exactly(group["consumed_quantity"]) - amount) <= amount * Fraction(1, 10**15)
    assert (assessed["dropped"]["other_metric"] == 0) == (parameter == "metric")
