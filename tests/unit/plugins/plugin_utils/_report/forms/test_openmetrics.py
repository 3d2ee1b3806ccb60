# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exposition is read by the real parsers, and has no sample for what is unknown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as prometheus_families

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.openmetrics import usage_openmetrics
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    METRICS,
    empty_usage,
    make_estimate,
    make_usage,
    make_verdict,
    sample,
)

Samples = dict[str, list[tuple[dict[str, str], float]]]


def _samples(report: ReportInput) -> Samples:
    """Read the text with both parsers, which must find the same."""
    text = usage_openmetrics(report)
    found: Samples = {}
    parse: Any = openmetrics_parser.text_string_to_metric_families  # carries no types
    for family in parse(text):
        assert family.type == "gauge"
        assert family.documentation
        for item in family.samples:
            assert item.timestamp is None
            found.setdefault(item.name, []).append((dict(item.labels), item.value))
    plain = {item.name: item.value for family in prometheus_families(text) for item in family.samples}
    assert plain == {name: items[-1][1] for name, items in found.items()}
    return found


def test_openmetrics_quantities_carry_unit_and_dimensions() -> None:
    usage = make_usage(accounts=2, metrics=METRICS[:2])
    samples = _samples(sample(usage))["cloudflare_usage_quantity"]
    assert len(samples) == 4
    labels, value = samples[0]
    assert value == usage["groups"][0]["consumed_quantity"]
    assert labels["metric_id"] == "workers_standard_requests"
    assert labels["unit"] == "Requests"
    assert labels["account_name"] == "Production"
    assert labels["product_family"] == "Workers"
    assert labels["scope"] == "organization"


def test_openmetrics_freshness_and_status_tell_stale_from_zero() -> None:
    samples = _samples(sample(make_usage(complete_through="2025-05-20", future=3)))
    assert samples["cloudflare_usage_fetched_timestamp_seconds"][0][1] == 1748833200
    assert samples["cloudflare_usage_complete_until_timestamp_seconds"][0][1] == 1747785600
    assert {labels["status"]: value for labels, value in samples["cloudflare_usage_status"]} == {
        "complete": 0,
        "partial": 1,
        "empty": 0,
    }
    assert [labels["code"] for labels, _value in samples["cloudflare_usage_reason"]] == ["days_not_complete_yet"]


def test_openmetrics_the_last_complete_day_is_that_of_the_facts() -> None:
    usage = make_usage(metrics=METRICS[:1], complete_through="2025-05-20")
    samples = _samples(sample(usage))
    assert samples["cloudflare_usage_last_complete_day_quantity"][0][1] == usage["groups"][0]["daily_quantity"][19]


@pytest.mark.parametrize("report", [sample(make_usage(complete_through=None)), sample(empty_usage())])
def test_openmetrics_nothing_complete_has_no_sample(report: ReportInput) -> None:
    samples = _samples(report)
    assert "cloudflare_usage_complete_until_timestamp_seconds" not in samples
    assert "cloudflare_usage_last_complete_day_quantity" not in samples


def test_openmetrics_empty_facts_say_so_and_no_quantity_is_zero() -> None:
    samples = _samples(sample(empty_usage()))
    assert "cloudflare_usage_quantity" not in samples
    assert {labels["status"]: value for labels, value in samples["cloudflare_usage_status"]}["empty"] == 1


def test_openmetrics_an_unknown_cost_has_no_sample_and_a_known_one_its_currency() -> None:
    assert "cloudflare_usage_billed_cost" not in _samples(sample())
    usage = make_usage(metrics=METRICS[:2], price=0.01)
    usage["groups"][1].update(billed_cost=None, daily_billed_cost=None)
    samples = _samples(sample(usage))["cloudflare_usage_billed_cost"]
    assert len(samples) == 1
    assert samples[0][0]["currency"] == "USD"


def test_openmetrics_an_estimate_is_a_metric_of_its_own() -> None:
    samples = _samples(sample(estimate=make_estimate()))
    labels, value = samples["cloudflare_usage_estimated_cost"][0]
    assert (labels["currency"], labels["lower_bound"], value) == ("USD", "true", 11.4)
    assert samples["cloudflare_usage_estimate_unpriced"][0][1] == 1
    assert "cloudflare_usage_estimated_cost" not in _samples(sample(estimate=make_estimate(amount=None)))


def test_openmetrics_verdicts_are_states_and_unknown_figures_have_no_sample() -> None:
    verdicts = [
        make_verdict("a", "fail", forecast=7, group={"dimension": "zone", "id": "z1", "name": "example.com"}),
        make_verdict("b", "unknown", estimated=True, actual=12, actual_is_lower_bound=True),
    ]
    samples = _samples(sample(verdicts=verdicts))
    states = {(labels["budget"], labels["status"]): value for labels, value in samples["cloudflare_budget_status"]}
    assert states["a", "fail"] == states["b", "unknown"] == 1
    assert sum(states.values()) == 2
    assert {labels["budget"] for labels, _value in samples["cloudflare_budget_used_ratio"]} == {"a"}
    assert samples["cloudflare_budget_used_ratio"][0][1] == pytest.approx(1.184)
    assert [labels["budget"] for labels, _value in samples["cloudflare_budget_forecast"]] == ["a"]
    assert samples["cloudflare_budget_status"][0][0]["group_name"] == "example.com"
    bounds = {labels["budget"]: labels["lower_bound"] for labels, _value in samples["cloudflare_budget_actual"]}
    assert bounds == {"a": "false", "b": "true"}
    assert ({"budget": "b", "outcome": "fail"}.items()) <= samples["cloudflare_budget_outcome"][5][0].items()


def test_openmetrics_hostile_names_stay_inside_their_quotes_and_apart() -> None:
    usage = make_usage(metrics=[(name, name, name, name, 5) for name in [*HOSTILE, "same\x00", "same\x01"]])
    verdicts = [make_verdict(name, message=name) for name in HOSTILE]
    samples = _samples(sample(usage, verdicts=verdicts))
    assert len(samples["cloudflare_usage_quantity"]) == len(HOSTILE) + 2
    assert samples["cloudflare_usage_quantity"][-1][0]["copy"] == "2"
    assert len(samples["cloudflare_budget_limit"]) == len(HOSTILE)


def test_openmetrics_it_ends_as_the_format_asks() -> None:
    assert usage_openmetrics(sample()).endswith("\n# EOF\n")


def test_openmetrics_series_and_labels_are_bounded() -> None:
    usage = make_usage(accounts=3, metrics=METRICS[:4], zones=2, price=0.1)
    verdicts = [
        make_verdict("a", forecast=7),
        make_verdict("b", group={"dimension": "account", "id": "1", "name": "x"}),
    ]
    samples = _samples(sample(usage, verdicts=verdicts, estimate=make_estimate()))
    of_budgets = sum(len(items) for name, items in samples.items() if name.startswith("cloudflare_budget_"))
    of_groups = [name for name, items in samples.items() if len(items) == len(usage["groups"])]
    of_all = sum(map(len, samples.values())) - of_budgets - len(of_groups) * len(usage["groups"])
    assert of_budgets <= 11 * len(verdicts)
    assert (len(of_groups), of_all <= 15) == (3, True)
    names = {label for items in samples.values() for labels, _value in items for label in labels}
    for label in names:
        assert re.fullmatch(
            "scope|scope_id|(account|metric|zone|group)_(id|name)|product_family|group_dimension|unit|currency|budget"
            "|status|outcome|code|measure|estimated|lower_bound|collection_version",
            label,
        )


def test_openmetrics_a_label_is_never_longer_than_a_thousand_characters() -> None:
    long = "x" * 5000
    usage = make_usage(metrics=[(long, long, long, long, 1)])
    samples = _samples(sample(usage, verdicts=[make_verdict(long, unit=long)]))
    assert max(len(value) for items in samples.values() for labels, _n in items for value in labels.values()) == 1000
