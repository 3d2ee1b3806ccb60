# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON report is what its schema says."""

from __future__ import annotations

import json

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._report_head import GROUPS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.json import usage_json
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.schema import REPORT_SCHEMA
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    empty_usage,
    make_estimate,
    make_usage,
    make_verdict,
    sample,
)

VALIDATOR = jsonschema.Draft202012Validator(REPORT_SCHEMA, format_checker=jsonschema.FormatChecker())


def _real() -> ReportInput:
    usage = make_usage(accounts=2, complete_through="2025-05-26", future=3, fetched_at="2025-05-28T03:00:00Z")
    card = {
        "name": "Prices",
        "source": "a page",
        "checked_on": "2025-05-01",
        "currency": "USD",
        "prices": [{"metric": "kv_reads", "unit": "Operations", "price": 0.5, "block": 1_000_000}],
    }
    budgets = [
        {"name": "reads", "match": {"metric": "kv_reads"}, "limit": 10, "unit": "Operations", "each": "account"},
        {"name": "money", "measure": "billed_cost", "limit": 250, "currency": "USD"},
    ]
    verdicts = evaluate_budgets(usage, budgets, rate_card=card)
    return sample(usage, verdicts=verdicts, estimate=estimate_costs(usage, card))


@pytest.mark.parametrize(
    "report",
    [
        sample(),
        sample(make_usage(price=0.01, zones=2, accounts=3)),
        sample(empty_usage(), verdicts=[make_verdict(status="unknown")]),
        sample(verdicts=[make_verdict(status="fail", group={"dimension": "zone", "id": None, "name": None})]),
        sample(estimate=make_estimate(), generated_at="2025-06-09T00:00:00+02:00"),
        _real(),
    ],
    ids=["plain", "costs", "empty", "each", "estimate", "real verdicts"],
)
def test_json_the_report_fits_its_schema(report: ReportInput) -> None:
    document = json.loads(usage_json(report))
    VALIDATOR.validate(document)
    assert document["usage"] == report.usage
    assert document["verdicts"] == report.verdicts
    assert document["estimate"] == report.estimate
    assert document["generated_at"] == report.generated_at


@pytest.mark.parametrize(
    "key", ["collection_version", "generated_at", "groups_sha256", "usage", "verdicts", "estimate"]
)
def test_json_the_schema_wants_every_part(key: str) -> None:
    document = json.loads(usage_json(sample()))
    del document[key]
    assert not VALIDATOR.is_valid(document)


def test_json_the_schema_is_a_schema_and_refuses_a_status_that_is_none() -> None:
    jsonschema.Draft202012Validator.check_schema(REPORT_SCHEMA)
    document = json.loads(usage_json(sample(verdicts=[make_verdict()])))
    document["verdicts"][0]["status"] = "green"
    assert not VALIDATOR.is_valid(document)


def test_json_has_a_line_for_each_group_and_reads_as_any_other() -> None:
    usage = make_usage(zones=2, accounts=3)
    assert len(usage["groups"]) > 5
    text = usage_json(sample(usage))
    lines = text.partition(GROUPS + "\n")[2].split("\n    ]")[0].split(",\n")
    assert list(map(json.loads, lines)) == usage["groups"]
    for report in (sample(usage), sample(empty_usage()), sample(dict(reversed(usage.items())))):
        assert json.loads(usage_json(report))["usage"] == report.usage


def test_json_hostile_text_comes_back_as_it_was_and_shows_nothing_on_the_way() -> None:
    usage = make_usage(metrics=[(name, name, name, name, 5) for name in HOSTILE])
    text = usage_json(sample(usage))
    assert text.isascii()
    assert not [char for char in text if ord(char) < 32 and char != "\n"]
    assert json.loads(text)["usage"] == usage


def test_json_same_input_same_bytes() -> None:
    assert usage_json(sample()) == usage_json(sample())
