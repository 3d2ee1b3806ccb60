# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage by POST: filters, groups and costs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    NOT_COVERED_ACCOUNT_ID,
    PAYGO_ACCOUNT_ID,
)

Start = Callable[..., Any]
PERIOD = {"From": "2025-05-01T00:00:00Z", "To": "2025-06-01T00:00:00Z"}
DAY = {"From": "2025-05-10T00:00:00Z", "To": "2025-05-11T00:00:00Z"}
TAG = {"Type": "TAG", "Key": "team"}
ZONE = {"Type": "DIMENSION", "Key": "zone"}


def total(rows: list[Any]) -> Decimal:
    return sum((Decimal(str(row["ConsumedQuantity"])) for row in rows), Decimal(0))


def test_rated_post_has_the_quantities_of_the_get_and_its_to_is_exclusive(client: Start) -> None:
    started = client()
    rows = started.post({"TimePeriod": PERIOD}).rows
    assert total(rows) == total(started.usage().rows)
    assert {row["ChargePeriodStart"][:10] for row in started.post({"TimePeriod": DAY}).rows} == {"2025-05-10"}


def test_rated_post_without_a_body_is_the_current_month(client: Start) -> None:
    for body in (b"", b"{}"):
        assert {row["ChargePeriodStart"][:10] for row in client().post(body).rows} == {"2025-06-01"}


def test_rated_post_has_costs_only_where_they_are_asked_for(client: Start) -> None:
    costs = {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "BillingCurrency"}
    started = client(minimal=True)
    assert not any(costs & set(row) for row in started.post({"TimePeriod": DAY, "Metric": "usage"}).rows)
    rows = client().post({"TimePeriod": DAY, "Metric": "cost"}).rows
    assert all(costs <= set(row) and row["BilledCost"] > 0 for row in rows)


def test_rated_post_shows_an_account_or_zone_only_when_grouped_by_it(client: Start) -> None:
    started = client(contract_rows=True)
    plain = started.post({"TimePeriod": DAY}).rows
    assert not any({"BillingAccountId", "BillingAccountName", "x_ZoneId", "x_ZoneName"} & set(row) for row in plain)
    account = {"Type": "DIMENSION", "Key": "account"}
    grouped = started.post({"TimePeriod": DAY, "GroupBy": [ZONE, account]}).rows
    assert len(grouped) == len(plain)
    assert {row.get("BillingAccountId") for row in grouped} == {ACCOUNT_ID, None}
    assert len({row.get("x_ZoneId") for row in grouped}) == 4


def test_rated_post_tags_are_text_or_true_and_rows_without_stay(client: Start) -> None:
    started = client()
    env = {"Type": "TAG", "Key": "env"}
    rows = started.post({"TimePeriod": DAY, "GroupBy": [TAG, env]}).rows
    assert total(rows) == total(started.post({"TimePeriod": DAY}).rows)
    assert {row["Tags"].get("team") for row in rows} == {"payments", "search", None}
    assert {row["Tags"].get("env") for row in rows} == {"production", "staging", True, None}
    unknown = started.post({"TimePeriod": DAY, "GroupBy": [{"Type": "TAG", "Key": "unknown"}]}).rows
    assert [row["Tags"] for row in unknown] == [{}] * len(rows)


def test_rated_post_filters_are_all_met_and_what_matches_nothing_is_a_success(client: Start) -> None:
    started = client()

    def found(**filters: Any) -> set[str]:
        answer = started.post({"TimePeriod": DAY, "FilterBy": filters})
        assert answer.status == 200
        return {row["x_BillableMetricId"] for row in answer.rows}

    two = ["r2_storage", "d1_rows_read"]
    assert found(MetricIds=two) == found(BillableMetricIds=two) == set(two)
    [family] = {
        row["x_ProductFamilyId"] for row in started.post({"TimePeriod": DAY}).rows if "r2" in row["x_BillableMetricId"]
    }
    assert found(ProductFamilyIds=[family]) == {"r2_storage", "r2_class_a_operations", "r2_class_b_operations"}
    assert found(ProductFamilyIds=[family], MetricIds=two) == {"r2_storage"}
    assert found(MetricIds=["unknown"]) == found(Tags=[{"Key": "team", "Values": ["unknown"]}]) == set()
    assert 0 < len(found(Tags=[{"Key": "env", "Values": ["true", "staging"]}])) < 12


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        [],
        {"Period": DAY},
        {"TimePeriod": {"From": "2025-05-01T00:00:00Z"}},
        {"TimePeriod": {"From": "2025-05-01", "To": "2025-05-02"}},
        {"TimePeriod": {"From": "2025-13-01T00:00:00Z", "To": "2025-05-02T00:00:00Z"}},
        {"TimePeriod": {"From": "2025-05-01T00:00:00Z", "To": "2025-05-01T00:00:00Z"}},
        {"TimePeriod": {"From": "2025-05-01T00:00:00Z", "To": "2025-06-02T00:00:00Z"}},
        {"TimePeriod": {**DAY, "Zone": "UTC"}},
        {"Metric": "money"},
        {"GroupBy": [TAG, ZONE, {"Type": "TAG", "Key": "env"}]},
        {"GroupBy": [{"Type": "COLOR", "Key": "team"}]},
        {"GroupBy": [{"Type": "DIMENSION", "Key": "planet"}]},
        {"GroupBy": [{"Type": "TAG"}]},
        {"FilterBy": {"Zones": []}},
        {"FilterBy": {"MetricIds": ["a"], "BillableMetricIds": ["b"]}},
        {"FilterBy": {"MetricIds": ["a", "a"]}},
        {"FilterBy": {"MetricIds": "a"}},
        {"FilterBy": {"ProductFamilyIds": ["workers"]}},
        {"FilterBy": {"Tags": [{"Key": "team", "Values": []}, {"Key": "team", "Values": []}]}},
    ],
)
def test_rated_post_that_breaks_a_rule_is_refused(client: Start, body: Any) -> None:
    answer = client().post(body)
    assert (answer.status, answer.codes) == (400, [1183])


def test_rated_post_by_tag_is_refused_where_tags_are_not_supported(client: Start) -> None:
    started = client()
    third = started.simulator.api.dataset.accounts[2].id
    refused = started.post({"GroupBy": [TAG]}, scope=f"/accounts/{third}")
    assert (refused.status, refused.codes) == (400, [1183])
    assert started.post({"GroupBy": [ZONE]}, scope=f"/accounts/{third}").status == 200


def test_rated_post_and_metrics_need_version_2(client: Start) -> None:
    started = client()
    for answer in (
        started.post({}, scope=f"/accounts/{PAYGO_ACCOUNT_ID}"),
        started.usage(scope=f"/accounts/{PAYGO_ACCOUNT_ID}"),
        started.get(f"/accounts/{PAYGO_ACCOUNT_ID}/billable/usage/billable-metrics"),
    ):
        assert (answer.status, answer.data["errors"]) == (403, [{"message": "insufficient_permissions"}])


def test_rated_post_can_be_spoiled_like_a_get(client: Start) -> None:
    assert client("status=503,covers=2025-05-10").post({"TimePeriod": DAY}).status == 503
    assert client("status=503,covers=2025-05-11").post({"TimePeriod": DAY}).status == 200
    assert client("records=null,rows=1").post({"TimePeriod": DAY}).rows[0] is None


def test_rated_post_is_remembered_with_its_body(client: Start) -> None:
    started = client()
    started.post({"Metric": "cost"})
    [entry] = started.simulator.requests
    assert (entry["method"], entry["body"], entry["token"]) == ("POST", '{"Metric": "cost"}', "right")


def test_rated_billable_metrics_are_those_of_the_days(client: Start) -> None:
    path = f"/accounts/{ACCOUNT_ID}/billable/usage/billable-metrics"
    found = client().get(path, {"from": "2025-05-01", "to": "2025-05-02"}).rows
    assert len(found) == 12
    assert found[3] == {
        "Id": "argo_smart_routing_bandwidth",
        "Name": "Argo Smart Routing Bandwidth",
        "ProductFamily": ["Argo"],
        "ProductCategory": ["Application Services"],
        "DimensionKeys": ["account", "zone"],
    }
    assert client().get(path, {"from": "2025-05-01", "to": "2025-06-10"}).codes == [1183]
    assert client().get(path.replace(ACCOUNT_ID, NOT_COVERED_ACCOUNT_ID)).rows == []
