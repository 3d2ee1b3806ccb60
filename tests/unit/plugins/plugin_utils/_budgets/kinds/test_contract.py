# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contracts: the pool, the day on which it is used up with its range, and what keeps a contract from passing."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.schema import VERDICTS_SCHEMA
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    budget,
    empty_usage,
    group,
    reason,
    usage,
)

# 100 a day from 2026-04-01 to 2026-09-07, which is day 160 of 365: 16,000 drawn, 36,500 by the end.
DRAWN = usage([group([100] * 160)], first="2026-04-01")
FISCAL = {"period": "year", "starts_on": "04-01"}


def judge(facts: Facts, limit: float, **keys: Any) -> Any:
    given = {"on": "contract", **FISCAL, **keys}
    (verdict,) = evaluate_budgets(facts, [budget(limit, **{key: value for key, value in given.items() if value})])
    jsonschema.Draft202012Validator(VERDICTS_SCHEMA).validate(json.loads(json.dumps([verdict])))
    return verdict


def noisy(days: int, size: float, last: float = 1) -> list[float]:
    chance = random.Random("contract")
    values = [float(round(1000 * chance.lognormvariate(0, size))) for _day in range(days)]
    return [*values[:-1], values[-1] * last]


@pytest.mark.parametrize(
    ("limit", "status", "used_up", "left", "unused"),
    [
        (36500, "pass", None, 20500, 0),  # exactly the pool is within it
        (36499, "fail", "2027-03-31", 20499, 0),
        (40000, "pass", None, 24000, 3500),
        (20000, "fail", "2026-10-18", 4000, 0),  # day 201 is the first that is over 20,000
        (20099, "fail", "2026-10-18", 4099, 0),
        (16000, "fail", "2026-09-08", 0, 0),  # the day after all of it is drawn
        (15999, "fail", "2026-09-07", 0, 0),
        (100, "fail", "2026-04-02", 0, 0),
    ],
)
def test_contract_truth_table(limit: float, status: str, used_up: str | None, left: float, unused: float) -> None:
    verdict = judge(DRAWN, limit)
    found = verdict["contract"]
    assert (verdict["status"], verdict["outcome"]) == (status, status)
    assert (verdict["actual"], verdict["forecast"], verdict["crossed_on"]) == (16000, 36500, used_up)
    assert [found[f"used_up_{when}"] for when in ("on", "earliest", "latest")] == [used_up] * 3
    assert (found["left"], found["unused"], found["unused_low"], found["unused_high"]) == (left, *[unused] * 3)
    assert found["days_percent"] == pytest.approx(100 * 160 / 365)
    assert found["drawn_percent"] == pytest.approx(100 * 16000 / limit)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (
            40000,
            (
                "16,000 Requests of 40,000 Requests drawn (40.0%) in 43.8% of the days, 3,500 Requests of it expected"
                " to be left at the end, 80% range 3,500 Requests to 3,500 Requests, year 2026-04-01 to 2027-03-31."
            ),
        ),
        (
            20000,
            (
                "16,000 Requests of 20,000 Requests drawn (80.0%) in 43.8% of the days, expected to be used up on"
                " 2026-10-18, 80% range 2026-10-18 to 2026-10-18, year 2026-04-01 to 2027-03-31."
            ),
        ),
        (
            15999,
            (
                "16,000 Requests of 15,999 Requests drawn (100.1%) in 43.8% of the days, used up on 2026-09-07,"
                " year 2026-04-01 to 2027-03-31."
            ),
        ),
    ],
)
def test_contract_message(limit: float, message: str) -> None:
    assert judge(DRAWN, limit)["message"] == message


def test_contract_day_has_a_range_that_may_end_after_the_period() -> None:
    facts = usage([group(noisy(160, 0.4))], first="2026-04-01")
    forecast = judge(facts, 10**9)["forecast"]
    early = judge(facts, round(forecast * 0.8))["contract"]
    assert early["used_up_earliest"] < early["used_up_on"] < early["used_up_latest"] < "2027-03-31"
    close = judge(facts, round(forecast * 0.998))
    assert close["status"] == "fail"
    assert close["contract"]["used_up_latest"] is None
    assert f"80% range {close['contract']['used_up_earliest']} to after the year" in close["message"]
    enough = judge(facts, round(forecast * 1.002))
    assert (enough["status"], enough["contract"]["used_up_on"]) == ("pass", None)
    assert f"used up on {enough['contract']['used_up_earliest']} at the earliest" in enough["message"]
    assert enough["contract"]["unused_low"] == 0 < enough["contract"]["unused"] < enough["contract"]["unused_high"]


@pytest.mark.parametrize("limit", [50_000, 10**9])
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (usage([group([100] * 160)], first="2026-04-01", reasons=[reason("odd")]), "facts_partial"),
        (usage([group([100] * 159)], first="2026-04-02"), "period_not_covered"),
        (usage([group([100] * 40)], first="2026-04-01"), "too_few_days"),
        (usage([group([100] * 160), group([1] * 160, account=None)], first="2026-04-01"), "membership_unknown"),
        (usage([group([100] * 160), group([1] * 160, unit="GB")], first="2026-04-01"), "mixed_units"),
        (usage([group([100] * 160)], first="2026-04-01", group_by=["metric"]), "not_grouped_by"),
        (usage([group([100] * 160, account=STAGING)], first="2026-04-01"), "no_match"),
        (empty_usage(), "period_not_covered"),
    ],
)
def test_contract_never_passes_where_something_is_unknown(limit: float, facts: Facts, code: str) -> None:
    verdict = judge(facts, limit, match={"account": PRODUCTION})
    if code == "mixed_units":
        verdict = judge(facts, limit)
    assert (verdict["status"], verdict["outcome"]) == ("unknown", "fail")
    assert code in verdict["reasons"]
    found = verdict["contract"]
    assert found is None or (found["used_up_on"], found["unused"]) == (None, None)
    assert found is None or found["left"] is None or code == "too_few_days"


def test_contract_that_is_used_up_for_certain_fails_whatever_is_unknown() -> None:
    facts = usage([group([100] * 160)], first="2026-04-01", reasons=[reason("odd")])
    verdict = judge(facts, 15000)
    assert (verdict["status"], verdict["contract"]["used_up_on"]) == ("fail", "2026-08-29")
    assert verdict["message"].startswith(
        "At least 16,000 Requests used of 15,000 Requests (106.7%), over the limit on 2026-08-29, "
    )


def test_contract_rests_on_the_days_before_its_period() -> None:
    facts = usage([group([100] * 100)], first="2026-01-01")  # the last ten are of the contract
    verdict = judge(facts, 36500)
    assert (verdict["status"], verdict["actual"], verdict["forecast"]) == ("pass", 1000, 36500)
    assert (verdict["from"], verdict["contract"]["left"]) == ("2026-04-01", 35500)


def test_contract_is_whole_on_the_night_of_its_last_day() -> None:
    facts = usage([group([100] * 365)], first="2026-04-01")
    verdict = judge(facts, 40000)
    assert (verdict["status"], verdict["contract"]["days_percent"], verdict["contract"]["unused"]) == (
        "pass",
        100,
        3500,
    )
    assert verdict["message"].endswith("year 2026-04-01 to 2027-03-31 (whole).")


def test_contract_of_money_and_of_several_years() -> None:
    cost = usage([group([1] * 160, cost=[2] * 160)], first="2026-04-01")
    verdict = judge(cost, 500, measure="billed_cost", currency="USD")
    assert (verdict["status"], verdict["contract"]["used_up_on"]) == ("fail", "2026-12-07")
    assert verdict["message"].startswith("USD 320.00 of USD 500.00 drawn (64.0%)")
    long = judge(DRAWN, 73000, period={"from": "2026-04-01", "to": "2028-03-30"}, starts_on=None)
    assert (long["status"], long["contract"]["days_percent"]) == ("pass", pytest.approx(100 * 160 / 730))


def test_contract_has_alerts_on_what_is_drawn_and_on_what_will_be() -> None:
    alerts = [{"percent": 40}, {"percent": 41}, {"percent": 80, "on": "forecast"}, {"amount": 1, "on": "forecast_high"}]
    verdict = judge(DRAWN, 40000, alerts=alerts)
    assert [(each["on"], each["crossed"]) for each in verdict["alerts"]] == [
        ("actual", False),
        ("actual", False),
        ("forecast", True),
        ("forecast_high", True),
    ]
    assert judge(DRAWN, 40000, warn_at=91)["status"] == "warn"


def test_contract_holds_for_every_account() -> None:
    facts = usage([group([100] * 160), group([10] * 160, account=STAGING)], first="2026-04-01")
    found: Any = evaluate_budgets(facts, [budget(30000, on="contract", each="account", **FISCAL)])
    assert [verdict["contract"]["used_up_on"] for verdict in found] == ["2027-01-26", None]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"period": None}, "budget 'pool', period: a contract needs the period that its pool is for, such as year"),
        ({"period": "day"}, "budget 'pool', period: a contract needs the period that its pool is for"),
        ({"limit": {"2026-10": 5}, "period": "month"}, "budget 'pool', limit: a contract has one amount for the whole"),
        ({"measure": "list_cost"}, "budget 'pool', on: contract needs a daily series, and list_cost has none"),
        ({"measure": "estimated_cost"}, "budget 'pool', on: contract needs a daily series, and estimated_cost has"),
        ({"floor": 5}, "budget 'pool', floor: has no effect with on: contract"),
        ({"window": 5}, "budget 'pool', window: has no effect with on: contract"),
        ({"cycle_day": 5}, "budget 'pool', cycle_day: has no effect with on: contract"),
        ({"direction": "up"}, "budget 'pool', direction: has no effect with on: contract"),
        ({"limit": -1}, "budget 'pool', limit: -1 is not"),
        ({"limit": "100"}, "budget 'pool', limit: '100' is not"),
        ({"period": {"from": "2027-01-01", "to": "2026-01-01"}}, "from 2027-01-01 is after to 2026-01-01"),
    ],
)
def test_contract_refuses_what_makes_no_sense(keys: Facts, message: str) -> None:
    entry = {"name": "pool", "limit": 5, "on": "contract", "period": "year", **keys}
    with pytest.raises(BudgetError) as caught:
        evaluate_budgets(DRAWN, [{key: value for key, value in entry.items() if value is not None}])
    assert message in str(caught.value)
