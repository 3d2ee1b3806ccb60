# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The back-test: each night says what the gate would have said on it, and knows nothing of the days after."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.finops.cloudflare.plugins.filter.backtest_markdown import backtest_markdown
from ansible_collections.finops.cloudflare.plugins.filter.budgets_backtest import budgets_backtest
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.backtest.schema import (
    BACKTEST_SCHEMA,
    BudgetBacktest,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import budget_periods
from ansible_collections.finops.cloudflare.tests.unit.consistency.test_schemas import differences
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    Facts,
    budget,
    group,
    reason,
    usage,
)

pytestmark = pytest.mark.many_cases

DAY = timedelta(days=1)
FIRST = date(2026, 6, 1)
CHANCE = random.Random("back-test")
# 60 days, of which one is much too high and the last ten are twice as high
DAILY = [
    round(100 * CHANCE.lognormvariate(0, 0.1)) * (9 if place == 40 else 2 if place >= 50 else 1) for place in range(60)
]
STARTED = [0] * 45 + [7] * 15
BUDGETS = [
    budget(name="day", period="day", limit=150),
    budget(name="month", period="month", limit=3500, warn_at=90),
    budget(name="forecast", period="month", on="forecast", limit=3900, alerts=[{"percent": 80, "on": "actual"}]),
    budget(name="cycle", period="billing_cycle", starts_on=20, limit=4000),
    budget(name="unusual", on="anomaly", limit=50, floor=20),
    budget(name="sudden", on="spike", limit=60),
    budget(name="growth", on="growth", limit=50),
    budget(name="pool", on="contract", limit=9000, period={"from": "2026-06-01", "to": "2026-08-31"}),
    budget(name="each", each="account", period="month", limit=3000),
    budget(name="staging", match={"account": STAGING}, period="day", limit=10),
]


def facts(daily: Sequence[float], started: Sequence[float], lag: int = 1) -> Facts:
    groups = [group(daily), *([group(started, account=STAGING)] if any(started) else [])]
    return usage(groups, first=str(FIRST)) | {"lag_days": lag}


def replay(given: Facts, budgets: list[Facts], nights: int = 90) -> list[Any]:
    found: Any = budgets_backtest(given, budgets, nights=nights)
    checker = jsonschema.FormatChecker()
    jsonschema.Draft202012Validator(BACKTEST_SCHEMA, format_checker=checker).validate(json.loads(json.dumps(found)))
    return list(found)


def statuses(found: list[Any]) -> dict[tuple[str, str, str], str]:
    """Return the status of each night by budget, value and night."""
    said = {}
    for each in found:
        value = (each["group"] or {}).get("id") or ""
        for run in each["runs"]:
            night = date.fromisoformat(run["from"])
            for offset in range(run["nights"]):
                said[each["name"], value, str(night + DAY * offset)] = run["status"]
    return said


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_backtest_says_what_the_gate_would_have_said_on_each_night(lag: int) -> None:
    budgets = [each for each in BUDGETS if each["name"] != "pool"]
    found = statuses(replay(facts(DAILY, STARTED, lag), budgets, nights=25))
    expected = {}
    for known in range(36, 61):
        night = FIRST + DAY * (known + lag)
        asked = budget_periods(budgets, night, lag)
        assert asked["to"] == str(night - DAY * (1 + lag))
        first = max(date.fromisoformat(asked["from"]), FIRST)
        begins = (first - FIRST).days
        started = STARTED[begins:known]
        groups = [group(DAILY[begins:known]), *([group(started, account=STAGING)] if any(started) else [])]
        for verdict in evaluate_budgets(usage(groups, first=str(first)), budgets):
            value = (verdict["group"] or {"id": None})["id"] or ""
            expected[verdict["name"], value, str(night)] = verdict["status"]
    assert found == expected
    assert set(found.values()) == {"pass", "warn", "unknown", "fail"}


def test_backtest_does_not_look_into_the_future() -> None:
    before = statuses(replay(facts(DAILY[:50], STARTED[:50]), BUDGETS, nights=15))
    for later, started in (([0] * 10, [0] * 10), ([10**9] * 10, [10**9] * 10)):
        after = statuses(replay(facts(DAILY[:50] + later, STARTED[:50] + started), BUDGETS, nights=25))
        assert before.items() <= after.items()


def test_backtest_knows_no_group_before_its_first_use() -> None:
    (found,) = replay(facts(DAILY, STARTED), [BUDGETS[-1]])
    assert [(run["status"], run["from"], run["nights"]) for run in found["runs"]] == [
        ("unknown", "2026-06-03", 45),
        ("pass", "2026-07-18", 15),
    ]
    assert "nothing in the facts matches" in found["runs"][0]["message"]
    assert (found["nights"], found["counts"]) == (60, {"pass": 15, "warn": 0, "unknown": 45, "fail": 0})


def test_backtest_knows_rare_use_for_as_long_as_the_gate_does() -> None:
    rare = group([7 if place in (5, 45) else 0 for place in range(60)], metric="r2_storage")
    given = usage([group([1] * 60), rare], first=str(FIRST))
    for period, unknown in (("day", 9), ("month", 0)):
        (found,) = replay(given, [budget(match={"metric": "r2_storage"}, period=period, limit=10)])
        assert [(run["status"], run["nights"]) for run in found["runs"] if run["nights"] != 5] == [
            *([("pass", 31), ("unknown", unknown), ("pass", 15)] if unknown else [("pass", 55)]),
        ]
        assert (found["runs"][0]["status"], found["runs"][0]["nights"]) == ("unknown", 5), "before its first use"


def test_backtest_of_a_daily_limit_names_its_nights() -> None:
    (found,) = replay(facts(DAILY[:45], [0]), [BUDGETS[0]])
    # 11 July, the 41st day, is known on the night of the 13th
    assert [run["from"] for run in found["runs"] if run["status"] == "fail"] == ["2026-07-13"]
    assert found["highest"] == {"on": "2026-07-13", "percent": pytest.approx(DAILY[40] / 1.5), "amount": DAILY[40]}
    assert (found["from"], found["to"], found["nights"]) == ("2026-06-03", "2026-07-17", 45)
    assert (found["limit"], found["unit"], found["currency"], found["owner"]) == (150, "Requests", None, None)


def test_backtest_of_days_still_filling_up_ends_with_the_last_that_arrived() -> None:
    given = usage([group([100] * 30)], first=str(FIRST), complete=28)
    (found,) = replay(given, [budget(period="day")])
    assert (found["to"], found["counts"]["pass"]) == ("2026-06-30", 28)


def test_backtest_is_unknown_where_the_facts_are_not_whole_or_do_not_reach() -> None:
    doubtful = usage([group([1] * 30)], first=str(FIRST), reasons=[reason("records_not_counted")])
    assert [each["counts"]["unknown"] for each in replay(doubtful, [budget(period="month")])] == [30]
    (found,) = replay(facts([1] * 45, [0]), [budget(period="month", limit=10**6)], nights=366)
    assert [(run["status"], run["nights"]) for run in found["runs"]] == [("pass", 45)]
    late = usage([group([1] * 45)], first="2026-06-15")
    (found,) = replay(late, [budget(period="month", limit=10**6)])
    assert [(run["status"], run["nights"]) for run in found["runs"]] == [("unknown", 16), ("pass", 29)]


def test_backtest_refuses_what_it_can_not_use() -> None:
    given = facts([1] * 20, [0])
    for nights in (0, 367, "9", True):
        with pytest.raises(AnsibleFilterError, match=r"nights: .* is not a number of nights from 1 to 366"):
            budgets_backtest(given, [budget()], nights=nights)
    with pytest.raises(AnsibleFilterError, match="budget 'budget', limitt: not known here"):
        budgets_backtest(given, [budget(limitt=1)])
    with pytest.raises(AnsibleFilterError, match="estimated_cost needs a rate card"):
        budgets_backtest(given, [budget(measure="estimated_cost")])
    assert budgets_backtest(usage([group([1] * 3)], complete=0), [budget()]) == []


def test_backtest_table() -> None:
    text = backtest_markdown(replay(facts(DAILY, STARTED), [BUDGETS[0], BUDGETS[1], BUDGETS[-1]]))
    lines = text.splitlines()
    assert lines[0] == "### Back-test"
    assert "on each night, 3 June \N{EN DASH} 1 August 2026, by the days known by then." in lines[2]
    rows = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]] for line in lines[7:] if line}
    assert list(rows) == ["**day**", "**month**", "**staging**"]
    assert rows["**day**"][0].endswith("13 July 2026")
    assert "without a period" not in lines[3]
    text = backtest_markdown(replay(facts([1] * 9, [0]), [budget(limit=5), budget(name="b", on="spike")]))
    assert "Budgets without a period are held against the month of each night." in text
    assert rows["**day**"][1:4] == ["never", "never", "150 Requests"]
    assert rows["**staging**"][2] == "45 nights: 3 June \N{EN DASH} 17 July 2026"
    assert rows["**staging**"][4] == "70.0%, 7 Requests on 18 July 2026"


def test_backtest_table_stays_short_and_inert() -> None:
    names = [f"budget {number} <b>|@someone" for number in range(40)]
    found = replay(facts([1] * 20, [0]), [budget(name=name, period="day") for name in names])
    text = backtest_markdown(found, 2000)
    assert len(text) <= 2000
    assert "more budgets_" in text
    assert "<b>" not in text
    assert "@someone" not in text
    assert backtest_markdown([]) == "### Back-test\n\nThere was no night to test.\n"


@pytest.mark.parametrize("given", ["text", [1], [{"name": "x"}], None])
def test_backtest_table_takes_nothing_else(given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="backtest_markdown: "):
        backtest_markdown(given)


def test_backtest_type_says_what_its_schema_says() -> None:
    assert differences(BudgetBacktest, BACKTEST_SCHEMA["items"]) == []
