# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs to which value of a budget with ``each``, and whose doubt a doubt is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    budget,
    group,
    reason,
    usage,
)

CARD: Facts = {
    "name": "c",
    "source": "s",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "cycle_day": 15,
    "prices": [{"metric": "*", "unit": "Requests", "price": 1}],
}
BOTH = usage([group([3] * 31), group([1] * 31, account=STAGING)])


def verdicts(facts: Facts, previous: Facts | None = None, card: Facts | None = None, **keys: Any) -> list[Any]:
    return list(evaluate_budgets(facts, [budget(**keys)], card, previous))


def test_evaluate_an_estimate_looks_at_the_billing_cycle_of_its_rate_card() -> None:
    [found] = verdicts(BOTH, card=CARD, measure="estimated_cost", period="billing_cycle", limit=1000)
    assert (found["period"]["from"], found["actual"]) == ("2025-05-15", 17 * 4)


def test_evaluate_alerts_of_each_value_are_held_against_its_own_forecast() -> None:
    found = verdicts(BOTH, each="account", limit=1000, alerts=[{"percent": 90, "on": "forecast"}])
    assert [[alert["amount"] for alert in each["alerts"]] for each in found] == [[93], [31]]


def test_evaluate_facts_that_are_not_grouped_as_asked_say_all_that_is_doubtful_of_the_measure() -> None:
    doubts = [reason("billing_cycle_without_rows", affects="cost"), reason("days_not_complete_yet")]
    facts = usage([group([1] * 9, cost=[1] * 9)], complete=8, reasons=doubts)
    [found] = verdicts(facts, measure="billed_cost", match={"zone": "shop.example.com"})
    assert found["reasons"] == [
        "not_grouped_by",
        "facts_partial",
        "billing_cycle_without_rows",
        "days_not_complete_yet",
    ]


def test_evaluate_days_that_fill_up_for_one_account_keep_no_other_from_a_pass() -> None:
    doubt = reason("days_not_complete_yet", about=[{"account": STAGING}], days=["2025-05-31"])
    found = verdicts(BOTH | {"status": "partial", "reasons": [doubt]}, each="account", limit=1000)
    assert [(each["group"]["id"], each["status"]) for each in found] == [(PRODUCTION, "pass"), (STAGING, "unknown")]


def test_evaluate_growth_knows_an_account_by_its_id_when_it_has_another_name() -> None:
    before = usage([group([2] * 30) | {"billing_account_name": "Old name"}], first="2025-04-01")
    [found] = verdicts(usage([group([3] * 31)]), before, on="growth", each="account", limit=60)
    assert (found["status"], found["reasons"]) == ("pass", [])


def test_evaluate_a_metric_without_an_id_is_known_by_its_name() -> None:
    nameless = group([3] * 31) | {"x_billable_metric_id": None, "x_billable_metric_name": "Made up"}
    [found] = verdicts(usage([nameless]), each="metric", limit=100)
    assert (found["status"], found["group"]["name"]) == ("pass", "Made up")


@pytest.mark.parametrize(
    ("metric", "pattern", "named"),
    [
        ("workers_standard_requests", "workers_standard_request", "'workers_standard_requests'"),
        ("m" * 90, "m" * 91, f"'{'m' * 79}…'"),
    ],
)
def test_evaluate_a_pattern_that_matches_nothing_is_told_what_comes_closest(
    metric: str, pattern: str, named: str
) -> None:
    [found] = verdicts(usage([group([1] * 31, metric=metric)]), match={"metric": pattern})
    assert found["reasons"] == ["no_match"]
    assert f"; the closest there is {named}" in found["message"]


def test_evaluate_the_sentence_of_a_doubt_loses_no_more_than_its_full_stop() -> None:
    doubt = reason("billing_cycle_without_rows") | {"message": "Nothing came for plan X."}
    [found] = verdicts(usage([group([1] * 31)], reasons=[doubt]))
    assert "Nothing came for plan X" in found["message"]


def test_evaluate_a_metric_that_was_asked_for_by_what_is_its_name_only_is_there() -> None:
    nameless = group([3] * 31) | {"x_billable_metric_id": None, "x_billable_metric_name": "made_up"}
    [found] = verdicts(usage([nameless]) | {"metric": ["made_up"]}, match={"metric": "made_up"}, limit=100)
    assert (found["status"], found["reasons"]) == ("pass", [])
