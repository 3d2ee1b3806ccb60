# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole bill: use and fixed fees together, unknown where one of them is, and never over currencies."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import BudgetError
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    budget,
    group,
    reason,
    usage,
)

DAYS = 10


def fee(cost: float | None = 5, *, account: str = PRODUCTION, currency: str = "USD") -> Facts:
    return {
        "billing_account_id": account,
        "id": "f" * 32,
        "name": "Workers Paid",
        "rate_plan_id": "workers_paid",
        "state": "Paid",
        "price": cost,
        "currency": currency,
        "frequency": "monthly",
        "period": None,
        "cost": cost,
        "daily_cost": [None if cost is None else cost / DAYS] * DAYS,
        "unknown": "the API names the current period only" if cost is None else None,
    }


def bill(*fees: Facts, groups: list[Facts] | None = None, **keys: Any) -> Facts:
    found = groups or [group([1] * DAYS, cost=[2] * DAYS), group([1] * DAYS, account=STAGING, cost=[1] * DAYS)]
    facts = usage(found, **keys)
    facts["cost"] = {"available": "all", "currency": "USD"}
    return facts | {"subscriptions": list(fees)}


def judge(facts: Facts, limit: float = 100, **keys: Any) -> Any:
    (verdict,) = evaluate_budgets(facts, [budget(limit, measure="total_cost", **keys)])
    return verdict


def test_total_cost_is_use_and_fees() -> None:
    verdict = judge(bill(fee(5), fee(2.5, account=STAGING)), limit=37.5)
    assert (verdict["status"], verdict["actual"], verdict["currency"]) == ("pass", 37.5, "USD")
    assert verdict["message"] == "USD 37.50 in total of USD 37.50 (100.0%)."
    assert judge(bill(fee(5), fee(2.51, account=STAGING)), limit=37.5)["status"] == "fail"


def test_total_cost_names_the_day_on_which_it_passed_the_limit() -> None:
    assert judge(bill(fee(10)), limit=35)["crossed_on"] == "2025-05-09"


@pytest.mark.parametrize(
    ("fees", "code"),
    [([fee(None)], "fee_unknown"), ([fee(5), fee(3, currency="EUR")], "mixed_currencies")],
)
def test_total_cost_is_unknown_where_a_fee_is(fees: list[Facts], code: str) -> None:
    verdict = judge(bill(*fees))
    assert (verdict["status"], verdict["reasons"]) == ("unknown", [code])
    assert verdict["actual_is_lower_bound"]
    assert judge(bill(*fees), limit=29)["status"] == "fail"


def test_total_cost_needs_facts_with_fees() -> None:
    facts = bill()
    assert judge(facts)["status"] == "pass"
    del facts["subscriptions"]
    verdict = judge(facts)
    assert (verdict["status"], verdict["reasons"]) == ("unknown", ["fees_not_asked"])


def test_total_cost_is_unknown_where_a_metered_cost_is() -> None:
    unrated = group([1] * DAYS)
    assert judge(bill(fee(5), groups=[unrated]))["status"] == "unknown"


def test_total_cost_minds_doubts_about_costs() -> None:
    doubt = reason("cost_differs_from_running_total", affects="cost")
    assert judge(bill(fee(5), reasons=[doubt]))["status"] == "unknown"


def test_total_cost_billed_cost_minds_doubts_about_its_own_metrics_only() -> None:
    about = [{"account": PRODUCTION, "metric": "r2_storage"}]
    doubt = reason("cost_differs_from_running_total", affects="cost", about=about)
    groups = [group([1] * DAYS, cost=[2] * DAYS), group([1] * DAYS, metric="r2_storage", cost=[1] * DAYS)]
    facts = bill(groups=groups, reasons=[doubt])

    def status(metric: str) -> str:
        (verdict,) = evaluate_budgets(facts, [budget(100, measure="billed_cost", match={"metric": metric})])
        return verdict["status"]

    assert (status("workers_*"), status("r2_*"), status("*")) == ("pass", "unknown", "unknown")


def test_total_cost_a_free_fee_in_another_currency_is_nothing() -> None:
    assert judge(bill(fee(5), fee(0, currency="EUR")))["status"] == "pass"


@pytest.mark.parametrize("account", [STAGING, "Staging", "Stag*"])
def test_total_cost_of_one_account_has_its_fees_only(account: str) -> None:
    verdict = judge(bill(fee(5), fee(2.5, account=STAGING)), match={"account": account})
    assert verdict["actual"] == 12.5


def test_total_cost_of_each_account() -> None:
    facts = bill(fee(5), fee(None, account=STAGING))
    verdicts = evaluate_budgets(facts, [budget(100, measure="total_cost", each="account")])
    assert [(each["status"], each["actual"]) for each in verdicts] == [("pass", 25), ("unknown", 10)]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"match": {"metric": "r2_*"}}, "match.metric: can't be used with total_cost: a fixed fee is the account's"),
        ({"each": "tag.team"}, "each: tag.team can't be used with total_cost"),
        ({"on": "forecast"}, "on: forecast needs a daily series, and total_cost has none"),
        ({"unit": "Requests"}, "unit: total_cost has a currency"),
    ],
)
def test_total_cost_is_of_whole_accounts(keys: Facts, words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        judge(bill(fee()), **keys)
