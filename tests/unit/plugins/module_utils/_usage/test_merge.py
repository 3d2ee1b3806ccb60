# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of groups and doubts of parts that differ in one thing; whole facts are in those of merge_usage."""

from __future__ import annotations

from decimal import Context, localcontext
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import MAX_LISTED, MAX_SUBJECTS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merge import Facts, merge_facts
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import codes, reason

COSTS = ("billed_cost", "effective_cost", "contracted_cost", "list_cost")


def group(**keys: Any) -> Facts:
    return {
        "x_billable_metric_id": "m",
        "x_billable_metric_name": "Metric",
        "consumed_unit": "Requests",
        "billing_currency": "USD",
        "record_count": 2,
        "rated_through": "2025-05-02",
        "pricing_quantity": 1,
        "pricing_unit": "Count",
        "consumed_quantity": 2,
        **dict.fromkeys(COSTS, 4),
        "incomplete_costs": {},
        "daily_quantity": [1, 1],
        "daily_billed_cost": [2, 2],
        **keys,
    }


def part(account: str, *groups: Facts, **keys: Any) -> Facts:
    """Return facts of two days of an account, whole but for what ``keys`` say."""
    return {
        "source": "usage",
        "scope": "account",
        "scope_id": account,
        "billing_cycle": None,
        "from": "2025-05-01",
        "to": "2025-05-02",
        "period": None,
        "days": ["2025-05-01", "2025-05-02"],
        "complete_through": "2025-05-02",
        "lag_days": 1,
        "status": "partial" if keys.get("reasons") else "complete",
        "reasons": [],
        "record_count": 2,
        "dropped": {"outside_range": 0},
        "accounts": [{"id": account, "name": None, "last_day": "2025-05-02"}],
        "metric": [],
        "group_by": ["metric"],
        "cost": {"available": "all", "currency": "USD"},
        "fetched_at": "2025-06-02T03:00:00Z",
        "requests": 1,
        "collection_version": "1.0.0",
        "groups": list(groups) or [group()],
        **keys,
    }


def doubt(code: str = "odd", **details: Any) -> Facts:
    return {"code": code, "affects": "usage", "message": f"It is {code}.", **details}


def merged_group(*groups: Facts) -> Facts:
    merged = merge_facts([part(name, each) for name, each in zip("abcdef", groups, strict=False)])
    [found] = merged["groups"]
    result: Facts = found
    return result


@pytest.mark.parametrize(
    "names", [(None, "Alpha"), ("Alpha", None), ("Alpha", "Abel"), ("Abel", "Alpha"), ("Alpha", "")]
)
def test_merge_of_names_for_one_id_keeps_one_that_is_there(names: tuple[str | None, str | None]) -> None:
    found = merged_group(*(group(x_billable_metric_name=name) for name in names))
    assert (found["x_billable_metric_id"], found["x_billable_metric_name"]) == ("m", "Alpha")
    assert (found["consumed_unit"], found["billing_currency"]) == ("Requests", "USD")


@pytest.mark.parametrize(
    ("second", "amount", "unit"),
    [
        ({}, 2, "Count"),
        ({"pricing_quantity": None}, None, None),
        ({"pricing_unit": "GB"}, None, None),
        ({"pricing_quantity": None, "pricing_unit": None}, None, None),
    ],
)
def test_merge_adds_what_is_charged_for_where_all_say_it_in_one_unit(second: Facts, amount: Any, unit: Any) -> None:
    found = merged_group(group(), group(**second))
    assert (found["pricing_quantity"], found["pricing_unit"]) == (amount, unit)


def test_merge_of_groups_that_say_nothing_of_charges_has_none() -> None:
    plain = {key: value for key, value in group().items() if key not in ("pricing_quantity", "pricing_unit")}
    found = merged_group(plain, plain)
    assert (found["pricing_quantity"], found["pricing_unit"]) == (None, None)


@pytest.mark.parametrize(
    ("days", "through"),
    [
        (("2025-05-02", "2025-05-01"), "2025-05-01"),
        (("2025-05-02", None), None),
        (("2025-05-03", "2025-05-03"), "2025-05-02"),
    ],
)
def test_merge_is_rated_as_far_as_all_are_and_no_further_than_whole_days(
    days: tuple[str | None, str | None], through: str | None
) -> None:
    found = merged_group(*(group(rated_through=day, billed_cost=None) for day in days))
    assert found["rated_through"] == through
    assert merged_group(group(rated_through="2025-05-01"), group())["rated_through"] == "2025-05-02"


def test_merge_of_groups_that_do_not_say_how_far_they_are_rated_does_not_either() -> None:
    silent = {key: value for key, value in group().items() if key != "rated_through"}
    assert "rated_through" not in merged_group(silent, silent)
    assert "rated_through" not in merged_group(silent, group())


def test_merge_is_not_rated_where_no_day_is_whole() -> None:
    merged = merge_facts([part(each, group(billed_cost=None), complete_through=None) for each in "ab"])
    assert merged["complete_through"] is None
    assert merged["groups"][0]["rated_through"] is None
    known = merge_facts([part(each, complete_through=None) for each in "ab"])
    assert known["groups"][0]["rated_through"] is None


def test_merge_does_not_round_whatever_the_context_of_the_caller() -> None:
    with localcontext(Context(prec=3)):
        found = merged_group(group(consumed_quantity=123456), group(consumed_quantity=0.25))
    assert found["consumed_quantity"] == 123456.25


def test_merge_of_metrics_without_an_id_goes_by_their_name() -> None:
    names = ("B", "A", None)
    groups = [group(x_billable_metric_id=None, x_billable_metric_name=name) for name in names]
    merged = merge_facts([part("a", *groups, group()), part("b", *groups)])
    assert [(each["x_billable_metric_name"], each["record_count"]) for each in merged["groups"]] == [
        (None, 4),
        ("A", 4),
        ("B", 4),
        ("Metric", 2),
    ]


def test_merge_of_what_some_records_cost_keeps_what_is_certain() -> None:
    some = {"incomplete_costs": {"billed_cost": {"amount": 1, "record_count": 1}}}
    none = group(billed_cost=None, daily_billed_cost=None)
    found = merged_group(group(), group(billed_cost=None, daily_billed_cost=None, **some), none)
    assert (found["billed_cost"], found["daily_billed_cost"]) == (None, None)
    assert found["incomplete_costs"] == {"billed_cost": {"amount": 5, "record_count": 3}}
    assert merged_group(none, none)["incomplete_costs"] == {}


def test_merge_words_of_a_doubt_name_whose_it_is_and_how_many_have_it() -> None:
    merged = merge_facts([part("a", reasons=[doubt()]), part("b")])
    assert reason(merged, "odd") == {
        "code": "odd",
        "affects": "usage",
        "message": "Account a: It is odd.",
        "sources": ["a"],
        "about": [{"account": "a"}],
    }
    both = merge_facts([part("a", reasons=[doubt()]), part("b", reasons=[doubt()])])
    assert reason(both, "odd")["message"] == "Account a: It is odd. So it is with 1 more."
    again = merge_facts([merged, part("c", reasons=[doubt()]), part("d")])
    found = reason(again, "odd")
    assert found["message"] == "Account a: It is odd. So it is with 1 more."
    assert (found["sources"], found["about"]) == (["a", "c"], [{"account": "a"}, {"account": "c"}])


def test_merge_details_of_a_doubt_are_added_joined_and_cut() -> None:
    days = [f"2025-05-{day:02}" for day in range(1, 31)]
    samples = [{"value": number} for number in range(15)]
    merged = merge_facts(
        [
            part("a", reasons=[doubt(count=2, days=days[5:20], samples=samples)]),
            part("b", reasons=[doubt(count=3, days=days[:10], samples=samples)]),
            part("c", reasons=[doubt(affects="cost")]),
        ]
    )
    usage, cost = merged["reasons"]
    assert (usage["count"], usage["days"]) == (5, days[:20])
    assert usage["samples"] == [*samples, *samples][:MAX_LISTED]
    assert (cost["affects"], cost["sources"]) == ("cost", ["c"])


def test_merge_doubt_is_about_what_it_was_about_in_each_part() -> None:
    metric = {"account": "b", "metric": "m"}
    narrow = doubt(about=[metric])
    parts = [part("a", reasons=[doubt()]), part("b", reasons=[narrow])]
    assert reason(merge_facts(parts), "odd")["about"] == [{"account": "a"}, metric]
    assert reason(merge_facts(parts[::-1]), "odd")["about"] == [{"account": "a"}, metric]
    again = [part("a", reasons=[doubt(about=[{"account": "a"}])]), parts[1]]
    assert reason(merge_facts(again), "odd")["about"] == [{"account": "a"}, metric]
    organization = part("o", scope="organization", reasons=[doubt()])
    assert "about" not in reason(merge_facts([organization, parts[1]]), "odd")
    assert "about" not in reason(merge_facts([organization, part("c")]), "odd")


@pytest.mark.parametrize("count", [MAX_SUBJECTS, MAX_SUBJECTS + 1])
def test_merge_doubt_about_too_much_to_name_is_about_everything(count: int) -> None:
    subjects = [{"account": "a", "metric": f"m{number:04}"} for number in range(count)]
    found = reason(merge_facts([part("a", reasons=[doubt(about=subjects)]), part("b")]), "odd")
    assert found.get("about") == (subjects if count == MAX_SUBJECTS else None)


def test_merge_doubts_of_costs_are_told_unless_a_part_has_them() -> None:
    euro = part("b", group(billing_currency="EUR"))
    none = part("b", cost={"available": "none", "currency": None})
    assert merge_facts([part("a"), euro])["reasons"] == [
        {
            "code": "mixed_currencies",
            "affects": "cost",
            "message": "Costs are in more than one currency: EUR, USD.",
            "currencies": ["EUR", "USD"],
        }
    ]
    assert merge_facts([part("a"), none])["reasons"] == [
        {
            "code": "cost_on_some_records",
            "affects": "cost",
            "message": "Only some of the accounts and organizations have costs.",
        }
    ]
    told = [doubt("mixed_currencies", affects="cost"), doubt("cost_on_some_records", affects="cost")]
    assert codes(merge_facts([part("a", reasons=told), {**none, "groups": euro["groups"]}])) == [
        "mixed_currencies",
        "cost_on_some_records",
    ]


def test_merge_status_and_costs_are_those_of_parts_with_records() -> None:
    empty = part(
        "b",
        status="empty",
        record_count=0,
        groups=[],
        complete_through=None,
        reasons=[doubt("empty")],
        cost={"available": "none", "currency": None},
    )
    merged = merge_facts([part("a"), empty])
    assert (merged["status"], merged["complete_through"]) == ("partial", "2025-05-02")
    assert merged["cost"] == {"available": "all", "currency": "USD"}
    assert merged["sources"][1]["failure"] == {"kind": "empty", "message": "It is empty."}
    why = {**empty, "reasons": [doubt("empty"), doubt("stranger"), doubt()]}
    assert merge_facts([part("a"), why])["sources"][1]["failure"]["kind"] == "stranger"
    nothing = merge_facts([empty, {**empty, "scope_id": "c"}])
    assert (nothing["status"], nothing["complete_through"]) == ("empty", None)
    assert nothing["cost"] == {"available": "none", "currency": None}
    assert merge_facts([part("a"), part("b")], [doubt()])["status"] == "partial"


def test_merge_subscriptions_are_there_where_all_parts_have_them() -> None:
    fees = [{"id": "f"}], [{"id": "g"}, {"id": "h"}]
    parts = [part(name, subscriptions=each) for name, each in zip("ab", fees, strict=True)]
    assert merge_facts(parts)["subscriptions"] == [{"id": "f"}, {"id": "g"}, {"id": "h"}]
    assert "subscriptions" not in merge_facts([parts[0], part("b")])


def test_merge_of_groups_by_a_tag_goes_by_its_values() -> None:
    parts = [
        part(name, *(group(**{"tag.team": team}) for team in ("red", "blue")), group_by=["tag.team"]) for name in "ab"
    ]
    assert [(each["tag.team"], each["record_count"]) for each in merge_facts(parts)["groups"]] == [
        ("blue", 4),
        ("red", 4),
    ]


def test_merge_of_records_that_do_not_count_takes_every_cause_of_every_part() -> None:
    older, newer = part("a", dropped={"not_counted": 2}), part("b", dropped={"not_counted": 3, "other_account": 4})
    expected = {"not_counted": 5, "other_account": 4}
    assert merge_facts([older, newer])["dropped"] == merge_facts([newer, older])["dropped"] == expected


def test_merge_group_of_one_part_comes_back_as_it_is() -> None:
    alone = {key: value for key, value in group().items() if not key.startswith(("pricing", "rated"))}
    assert merge_facts([part("a", alone), part("b", groups=[])])["groups"] == [alone]


def test_merge_of_facts_without_groups_takes_the_currency_that_the_parts_say() -> None:
    def exported(name: str, currency: str | None, **keys: Any) -> Facts:
        cost = {"available": "all", "currency": currency}
        return {key: value for key, value in part(name, cost=cost, **keys).items() if key != "groups"}

    merged = merge_facts([exported("a", "USD"), exported("b", "USD"), exported("c", None, record_count=0)])
    assert (merged["groups"], merged["cost"]) == ([], {"available": "all", "currency": "USD"})
    assert merged["reasons"] == []
    mixed = merge_facts([exported("a", "USD"), exported("b", "EUR")])
    assert mixed["cost"] == {"available": "all", "currency": None}


def test_merge_of_merged_facts_is_whole_as_far_as_these_are() -> None:
    merged = merge_facts([part("a", complete_through="2025-05-01"), part("b")])
    assert merge_facts([merged, part("c")])["complete_through"] == "2025-05-01"
    nothing = {"status": "empty", "complete_through": None, "reasons": [doubt("empty")], "groups": []}
    accounts = merge_facts([part("a", **nothing), part("b", **nothing)])
    assert merge_facts([accounts, part("c")])["complete_through"] == "2025-05-02"
    organization = merge_facts([part("a", **nothing), part("o", scope="organization", **nothing)])
    assert merge_facts([organization, part("c")])["complete_through"] is None
