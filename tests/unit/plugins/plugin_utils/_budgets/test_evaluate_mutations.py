# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts that lose something on their way: a violated budget never becomes a kept one, whatever is lost."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from random import Random

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    group,
    reason,
    usage,
)

pytestmark = pytest.mark.many_cases

CARD = {
    "name": "Sample prices",
    "source": "made up",
    "checked_on": "2025-05-01",
    "currency": "USD",
    "prices": [{"metric": "*", "unit": "Requests", "price": 1}, {"metric": "*", "unit": "Operations", "price": 2}],
}
METRICS = {"workers_standard_requests": "Requests", "workers_kv_reads": "Operations", "http_requests": "Requests"}
ROUNDS, BUDGETS = 6, 20


def random_facts(random: Random) -> Facts:
    count = random.choice([9, 20, 31])
    groups = []
    for account in (PRODUCTION, STAGING):
        for metric, unit in METRICS.items():
            for zone in ("a", "b") if metric == "http_requests" else (None,):
                daily = [random.randint(0, 9) for _day in range(count)]
                cost = [0.5 * amount for amount in daily]
                groups.append(group(daily, account=account, metric=metric, unit=unit, zone=zone, cost=cost))
    complete = count - random.choice([0, 0, 0, 1])
    return usage(groups, group_by=["account", "product_family", "metric", "zone"], complete=complete)


def random_budget(random: Random, number: int) -> Facts:
    budget: Facts = {"name": f"budget {number}", "limit": random.choice([1, 40, 90, 150, 300, 600])}
    budget["measure"] = random.choice(["consumed_quantity", "billed_cost", "list_cost", "estimated_cost"])
    budget["match"] = random.choice(
        [
            {"metric": "workers_standard_requests"},
            {"metric": "Http Requests"},
            {"metric": ["workers_kv_reads"], "account": ["Production", STAGING]},
            {"metric": "http_*", "account": "Prod*"},
            {"product_family": "Other"},
        ]
    )
    if budget["measure"] in ("consumed_quantity", "list_cost", "billed_cost") and random.random() < 0.3:
        budget["match"] = {"zone": "a.example.com", "metric": "http_requests"}
    if random.random() < 0.5:
        budget["each"] = random.choice(["account", "metric"])
    if budget["measure"] == "consumed_quantity" and random.random() < 0.5:
        budget["unit"] = "Operations" if "workers_kv_reads" in budget["match"].get("metric", "") else "Requests"
    if budget["measure"] in ("consumed_quantity", "billed_cost"):
        budget["on"] = random.choice(["actual", "actual", "forecast", "spike", "growth"])
    elif budget["measure"] == "estimated_cost":
        budget["on"] = random.choice(["actual", "forecast"])
    if random.random() < 0.3:
        budget["warn_at"] = [50]
    return budget


def one_group(change: Callable[[Facts, Random], None]) -> Callable[[Facts, Random], None]:
    return lambda facts, random: change(random.choice(facts["groups"]), random)


def drop_a_day(facts: Facts, random: Random) -> None:
    index = random.randrange(len(facts["days"]))
    del facts["days"][index]
    for each in facts["groups"]:
        del each["daily_quantity"][index], each["daily_billed_cost"][index]


def drop_a_day_everywhere(facts: Facts, random: Random) -> None:
    """Also lower the totals, as if the day had never come."""
    index = random.randrange(len(facts["days"]))
    del facts["days"][index]
    for each in facts["groups"]:
        each["consumed_quantity"] -= each["daily_quantity"].pop(index)
        each["billed_cost"] -= each["daily_billed_cost"].pop(index)


def lose_what_a_day_held(group: Facts, random: Random) -> None:
    group["consumed_quantity"] -= group["daily_quantity"][random.randrange(len(group["daily_quantity"]))]


def drop_a_group(facts: Facts, random: Random) -> None:
    facts["groups"].pop(random.randrange(len(facts["groups"])))


def drop_an_account(facts: Facts, random: Random) -> None:
    account = random.choice(facts["accounts"])
    facts["accounts"].remove(account)
    facts["groups"] = [each for each in facts["groups"] if each["billing_account_id"] != account["id"]]


def drop_a_column(facts: Facts, random: Random) -> None:
    column = random.choice(sorted(facts["groups"][0]))
    for each in facts["groups"]:
        del each[column]


def empty_a_column(facts: Facts, random: Random) -> None:
    column = random.choice(sorted(facts["groups"][0]))
    for each in facts["groups"]:
        each[column] = None


def drop_a_key(facts: Facts, random: Random) -> None:
    facts.pop(random.choice(sorted(facts.keys() - {"from", "to", "groups", "status"})))


def forget_the_account(group: Facts, _random: Random) -> None:
    group.update(billing_account_id=None, billing_account_name=None)


def forget_the_metric(group: Facts, _random: Random) -> None:
    group.update(x_billable_metric_id=None, x_billable_metric_name=None)


def forget_the_zone(group: Facts, _random: Random) -> None:
    group.update(x_zone_id=None, x_zone_name=None)


def end_earlier(facts: Facts, random: Random) -> None:
    facts["complete_through"] = random.choice([*facts["days"][:-1], None])


def move_the_start(facts: Facts, _random: Random) -> None:
    first = datetime.date.fromisoformat(facts["from"]) + datetime.timedelta(days=1)
    facts["from"] = first.isoformat()


MUTATIONS: dict[str, Callable[[Facts, Random], None]] = {
    "drop a day": drop_a_day,
    "drop a day everywhere": drop_a_day_everywhere,
    "lose what a day held": one_group(lose_what_a_day_held),
    "drop a group": drop_a_group,
    "drop an account": drop_an_account,
    "drop a column": drop_a_column,
    "drop a column of one group": one_group(lambda group, random: group.__delitem__(random.choice(sorted(group)))),
    "empty a column": empty_a_column,
    "empty a column of one group": one_group(lambda group, random: group.update({random.choice(sorted(group)): None})),
    "drop a key": drop_a_key,
    "forget the account": one_group(forget_the_account),
    "forget the metric": one_group(forget_the_metric),
    "forget the zone": one_group(forget_the_zone),
    "swap the unit": one_group(lambda group, _random: group.update(consumed_unit="Thousands")),
    "swap the currency": one_group(lambda group, _random: group.update(billing_currency="EUR")),
    "cut the series": one_group(lambda group, random: group["daily_quantity"].pop()),
    "empty a day": one_group(lambda group, _random: group["daily_quantity"].__setitem__(0, None)),
    "cut the costs": one_group(lambda group, _random: group["daily_billed_cost"].pop()),
    "say partial": lambda facts, _random: facts.update(status="partial"),
    "say partial for a reason": lambda facts, _random: facts.update(status="partial", reasons=[reason("unit_missing")]),
    "say empty": lambda facts, _random: facts.update(status="empty"),
    "end earlier": end_earlier,
    "move the start": move_the_start,
    "ask for one metric": lambda facts, _random: facts.update(metric=["workers_kv_reads"]),
    "group by less": lambda facts, random: facts["group_by"].remove(random.choice(facts["group_by"])),
    "lose everything": lambda facts, _random: facts.update(groups=[], record_count=0, accounts=[]),
}


def statuses(facts: Facts, budgets: list[Facts]) -> dict[str, str]:
    """Return the worst status of each budget's verdicts; facts that are refused fail the play."""
    found: dict[str, str] = {}
    try:
        verdicts = evaluate_budgets(facts, budgets, CARD)
    except UsageError:
        return {budget["name"]: "refused" for budget in budgets}
    for verdict in verdicts:
        worst = [found.get(verdict["name"], "pass"), verdict["status"]]
        found[verdict["name"]] = max(worst, key=["pass", "warn", "unknown", "fail"].index)
    return found


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_evaluate_mutations_a_violated_budget_never_becomes_a_kept_one(mutation: str) -> None:
    random = Random(f"facts for {mutation}")
    seen: list[str] = []
    for _round in range(ROUNDS):
        facts = random_facts(random)
        budgets = [random_budget(random, number) for number in range(BUDGETS)]
        before = statuses(facts, budgets)
        MUTATIONS[mutation](facts, random)
        after = statuses(facts, budgets)
        seen += before.values()
        turned = [
            each for each in budgets if before[each["name"]] == "fail" and after[each["name"]] in ("pass", "warn")
        ]
        assert turned == [], facts
    assert seen.count("fail") >= ROUNDS * BUDGETS // 4
    assert seen.count("pass") >= ROUNDS * BUDGETS // 10
