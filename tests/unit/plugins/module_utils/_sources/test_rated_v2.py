# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage with its costs by POST: what is asked, and what an answer leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiResponseError, ParameterError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    NOW,
    Record,
    Server,
    ask,
    between,
    daily,
)

T = TypeVar("T")
COSTS = dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost", "ListCost"), 2)
ROWS = daily("2025-03-01", 94, 5, BillingCurrency="USD", BillingAccountId=..., BillingAccountName=..., **COSTS)


class RatedServer(Server):
    """Answers to a POST as version 2 does: the end of the days is exclusive."""

    def __init__(self, records: Iterable[Record]) -> None:
        super().__init__(records, exclusive=True)
        self.bodies: list[Any] = []

    def get_result(
        self,
        path: str,
        query: Mapping[str, str],
        consume: Callable[[Iterable[Any]], T],
        columns: Sequence[str] = (),
        required: frozenset[str] = REQUIRED,
        body: Mapping[str, Any] | None = None,
    ) -> Answer[T]:
        assert (query, path) == ({}, f"/accounts/{ACCOUNT}/billable/usage")
        assert body is not None
        self.bodies.append(body)
        period = body["TimePeriod"]
        return super().get_result(path, {"from": period["From"][:10], "to": period["To"][:10]}, consume, columns)


def test_rated_usage_is_a_post_with_costs_and_an_exclusive_end() -> None:
    server = RatedServer(ROWS)
    facts = ask(server, NOW, source="rated", **MAY)["usage"]
    assert server.bodies == [
        {"TimePeriod": {"From": "2025-05-01T00:00:00Z", "To": "2025-06-01T00:00:00Z"}, "Metric": "cost"}
    ]
    (group,) = facts["groups"]
    assert (facts["source"], facts["status"], facts["cost"]["available"]) == ("rated", "complete", "all")
    assert (group["billing_account_id"], group["consumed_quantity"], group["billed_cost"]) == (ACCOUNT, 155, 62)
    assert facts["accounts"] == [{"id": ACCOUNT, "name": None, "last_day": "2025-05-31"}]


@pytest.mark.parametrize("window_days", [2, 9, 31])
def test_rated_windows_take_each_day_once(window_days: int) -> None:
    facts = ask(RatedServer(ROWS), NOW, source="rated", window_days=window_days, **between("2025-03-01", "2025-05-31"))
    assert (facts["usage"]["status"], facts["usage"]["record_count"]) == ("complete", 92)


def test_rated_metric_is_asked_for_and_filtered_as_well() -> None:
    server = RatedServer([*ROWS, *daily("2025-05-01", 31, x_BillableMetricId="r2")])
    facts = ask(server, NOW, source="rated", metric=["r2"], **MAY)["usage"]
    assert server.bodies[0]["FilterBy"] == {"MetricIds": ["r2"]}
    assert (facts["record_count"], facts["dropped"]["other_metric"]) == (31, 31)


def test_rated_zones_are_grouped_by_where_they_are_asked_for() -> None:
    server = RatedServer(ROWS)
    ask(server, NOW, source="rated", group_by=["zone", "metric"], **MAY)
    assert server.bodies[0]["GroupBy"] == [{"Type": "DIMENSION", "Key": "zone"}]


def test_rated_period_needs_a_cycle_day() -> None:
    options = {"source": "rated", "period": "previous_billing_cycle"}
    with pytest.raises(ParameterError, match="set cycle_day"):
        ask(RatedServer([]), NOW, **options)
    facts = ask(RatedServer(ROWS), NOW, cycle_day=15, **options)["usage"]
    assert (facts["from"], facts["to"]) == ("2025-04-15", "2025-05-14")
    assert facts["billing_cycle"] == {"from": "2025-04-15", "to": "2025-05-14", "anchor": 15}


TAGGED = [
    *daily("2025-05-01", 31, Tags={"team": "payments", "env": True}, **COSTS),
    *daily("2025-05-01", 31, Tags={"env": "staging"}, **COSTS),
    *daily("2025-05-01", 31, **COSTS),
]


def test_rated_tags_are_dimensions_and_use_without_one_is_a_group_of_its_own() -> None:
    server = RatedServer(TAGGED)
    answer = ask(server, NOW, source="rated", group_by=["metric"], tags=["team", "env"], return_records=True, **MAY)
    assert server.bodies[0]["GroupBy"] == [{"Type": "TAG", "Key": "team"}, {"Type": "TAG", "Key": "env"}]
    facts = answer["usage"]
    assert facts["group_by"] == ["metric", "tag.team", "tag.env"]
    assert [(each["tag.team"], each["tag.env"], each["billed_cost"]) for each in facts["groups"]] == [
        (None, None, 62),
        (None, "staging", 62),
        ("payments", "true", 62),
    ]
    assert read_usage(facts) == facts
    assert read_usage(merge_usage([facts])) == facts
    record = answer["records"][0]
    assert record["tags"] == {"team": "payments", "env": True}
    assert not [name for name in record if name.startswith("tag.")]


def test_rated_tags_that_are_odd_are_text_or_none() -> None:
    rows = [
        *daily("2025-05-01", 31, Tags={"team": ["a"]}),
        *daily("2025-05-01", 31, Tags="none"),
        *daily("2025-05-01", 31, Tags={"team": 7}),
    ]
    facts = ask(RatedServer(rows), NOW, source="rated", group_by=[], tags=["team"], **MAY)["usage"]
    assert [each["tag.team"] for each in facts["groups"]] == [None, "7", "['a']"]


def test_rated_tags_that_the_api_refuses_say_so() -> None:
    class Refusing(RatedServer):
        def get_result(self, path: str, *arguments: Any, **more: Any) -> Any:
            raise ApiResponseError("Refused.", path=path, http_status=400)

    with pytest.raises(ApiResponseError, match=r"Refused\. The data of some accounts can't be grouped by tags"):
        ask(Refusing([]), NOW, source="rated", tags=["team"], **MAY)
    with pytest.raises(ApiResponseError, match=r"Refused\.$"):
        ask(Refusing([]), NOW, source="rated", **MAY)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"source": "usage", "tags": ["team"]}, "tags: can't be used with source usage"),
        ({"source": "paygo", "tags": ["team"]}, "tags: can't be used with source paygo"),
        ({"tags": ["team", "env"], "group_by": ["zone"]}, "tags: team, env, zone are more than the 2"),
    ],
)
def test_rated_tags_that_can_not_be_asked_for_are_refused_before_any_request(
    options: dict[str, Any], told: str
) -> None:
    server = RatedServer([])
    with pytest.raises(ParameterError, match=told):
        ask(server, NOW, **{"source": "rated", **options})
    assert server.requests == 0
