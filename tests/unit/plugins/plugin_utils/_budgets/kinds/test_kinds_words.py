# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a kind of budget or its period can't tell, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    Facts,
    budget,
    group,
    usage,
)

FIVE = usage([group([1] * 5)])
LATE = usage([group([1] * 40, cost=[1] * 40)], first="2025-05-02")
BILLS: Facts = {"source": "paygo", "billing_cycle": None}
WINTER = {"from": "2025-01-01", "to": "2025-01-31"}
USED = "at least 5 Requests used of 100 Requests"
CYCLES = "the billing cycles of these accounts begin on different days, say on which one counts"


def april(days: int = 30, **keys: Any) -> Facts:
    return usage([group([1] * days, **keys)], first="2025-04-01")


@pytest.mark.parametrize(
    ("facts", "before", "keys", "message"),
    [
        (FIVE, None, {"on": "spike"}, "a spike needs 7 whole days before the last 1; there are 4."),
        (FIVE, None, {"on": "spike", "window": 8}, "a spike needs 7 whole days before the last 8; there are 0."),
        (FIVE, None, {"on": "growth"}, "growth needs 14 whole days, and there are 5."),
        (FIVE, None, {"on": "anomaly"}, "an anomaly needs 21 whole days of use before the last; there are 4."),
        (FIVE, None, {"on": "forecast"}, f"a forecast of 26 days needs 7 whole days, and there are 5, {USED}."),
        (
            usage([group([0] * 20 + [1] * 5)]),
            None,
            {"on": "forecast"},
            f"a forecast of 6 days needs 7 whole days, and the first use was on 2025-05-21, {USED}.",
        ),
        (
            FIVE,
            april(29),
            {"on": "growth"},
            "the facts of the period before end on 2025-04-29, not the day before 2025-05-01.",
        ),
        (usage([group([1])], complete=0), april(), {"on": "growth"}, "growth needs at least one whole day."),
        (FIVE, april(unit="GB"), {"on": "growth"}, "the period before has another unit or currency."),
        (
            FIVE,
            april(metric="r2_storage"),
            {"on": "growth", "match": {"metric": "workers_*"}},
            "nothing in the period before belongs to the budget.",
        ),
        (
            FIVE,
            None,
            {"period": "month", "limit": {"2025-06": 1}},
            (
                "the limit is planned from 2025-06-01 on, and the month is 2025-05-01 to 2025-05-31,"
                " month 2025-05-01 to 2025-05-31."
            ),
        ),
        *(
            (
                usage([group([1] * 5)], first=first),
                None,
                {"period": WINTER},
                (
                    f"the facts hold {first} to {last}, and nothing of the period 2025-01-01 to 2025-01-31,"
                    " period 2025-01-01 to 2025-01-31."
                ),
            )
            for first, last in (("2025-02-01", "2025-02-05"), ("2024-12-27", "2024-12-31"))
        ),
        (
            usage([group([1] * 5)], first="2025-05-02"),
            None,
            {"period": "month"},
            f"the facts begin on 2025-05-02, and the month on 2025-05-01, {USED}, month 2025-05-01 to 2025-05-31.",
        ),
        (
            LATE,
            None,
            {"on": "forecast"},
            (
                "2025-05-02 to 2025-06-10 is not a single month, so the budget needs a period,"
                " at least 10 Requests used of 100 Requests."
            ),
        ),
        (
            LATE,
            None,
            {"period": "month", "measure": "list_cost"},
            (
                "list_cost has no daily amounts, so only facts of exactly the month tell it,"
                " month 2025-06-01 to 2025-06-30."
            ),
        ),
        (
            usage([group([1] * 9)], first="2025-05-02"),
            None,
            {"on": "forecast"},
            "the facts begin on 2025-05-02, after the cycle's 2025-05-01, at least 9 Requests used of 100 Requests.",
        ),
        (
            usage([group([1] * 9)]) | BILLS,
            None,
            {"on": "forecast"},
            f"{CYCLES}, at least 9 Requests used of 100 Requests.",
        ),
        (FIVE | BILLS, None, {"period": "billing_cycle"}, f"{CYCLES}."),
    ],
)
def test_kinds_say_why_they_can_not_tell(facts: Facts, before: Facts | None, keys: Facts, message: str) -> None:
    limit = 50 if keys.get("on") == "anomaly" else 100
    [found] = evaluate_budgets(facts, [budget(**{"limit": limit, **keys})], None, before)
    assert (found["status"], found["message"]) == ("unknown", f"Can't tell: {message}")
