# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why facts can't be merged, to the letter, and what is missing in those that can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Facts,
    Server,
    daily,
    usage,
)

THIRD, FOURTH = "c" * 32, "d" * 32


def account(name: str, **options: Any) -> Facts:
    """Return whole facts of an account."""
    return usage(Server(daily("2025-05-01", 31, BillingAccountId=name)), account_id=name, **{**MAY, **options})


def organization(*names: str, scope_id: str = ORGANIZATION) -> Facts:
    rows = [row for name in names for row in daily("2025-05-01", 31, BillingAccountId=name)]
    return usage(Server(rows), organization_id=scope_id, **MAY)


def refusal(parts: Sequence[Any], expected: Sequence[str] = ()) -> str:
    with pytest.raises(UsageError) as caught:
        merge_usage(parts, expected)
    return str(caught.value)


def test_merge_of_nothing_is_refused() -> None:
    text = "There are no usage facts to merge: give at least one account or organization."
    assert refusal([]) == text
    assert refusal([], [ACCOUNT]) == text


def test_merge_of_parts_that_were_asked_otherwise_names_all_that_differs() -> None:
    whole = [account(ACCOUNT), account(OTHER_ACCOUNT)]
    assert refusal([*whole, account(THIRD, to="2025-05-30", lag_days=2)]) == (
        f"The usage of account {ACCOUNT} and of account {THIRD} differ in to, lag_days;"
        " get them with the same parameters, and on the same UTC day."
    )


def test_merge_of_sources_whose_costs_would_be_added_up_is_refused() -> None:
    parts = [{**account(ACCOUNT, group_by=["metric"]), "source": "paygo"}, account(OTHER_ACCOUNT, group_by=["metric"])]
    text = (
        "The usage comes from different sources, paygo, usage, whose costs must not be added up; group by account, or"
        " get all of it from one source."
    )
    assert refusal(parts) == text
    assert refusal([parts[0], {**parts[1], "source": None}]) == text
    same = [{**part, "source": "paygo"} for part in parts]
    assert merge_usage(same)["source"] == "paygo"
    apart = [{**account(ACCOUNT), "source": "paygo"}, account(OTHER_ACCOUNT)]
    assert merge_usage(apart)["source"] is None


def test_merge_of_what_is_there_twice_says_what() -> None:
    assert refusal([account(ACCOUNT), account(OTHER_ACCOUNT), account(ACCOUNT)]) == (
        f"The usage of account {ACCOUNT} is there twice, so it would count twice; give it once."
    )
    assert refusal([organization(THIRD), organization(FOURTH)]) == (
        f"The usage of organization {ORGANIZATION} is there twice, so it would count twice; give it once."
    )
    other = "e" * 32
    both = organization(OTHER_ACCOUNT, ACCOUNT), organization(THIRD, OTHER_ACCOUNT, ACCOUNT, scope_id=other)
    assert refusal(both) == (
        f"The account {ACCOUNT} is in the usage of organization {ORGANIZATION} and of organization {other}, so it"
        " would count twice; ask for it once, by itself or with its organization."
    )
    merged = merge_usage([account(ACCOUNT), account(OTHER_ACCOUNT)])
    assert refusal([organization(THIRD, OTHER_ACCOUNT), merged]) == (
        f"The account {OTHER_ACCOUNT} is in the usage of organization {ORGANIZATION} and of account {ACCOUNT} and 1"
        " more, so it would count twice; ask for it once, by itself or with its organization."
    )


def test_merge_of_an_account_that_sent_nothing_and_its_organization_is_refused() -> None:
    silent = usage(Server([]), account_id=ACCOUNT, **MAY)
    assert refusal([silent, organization(ACCOUNT)]).startswith(f"The account {ACCOUNT} is in the usage of account")


def test_merge_of_an_organization_and_an_account_that_is_not_in_it_is_both() -> None:
    merged = merge_usage([organization(ACCOUNT, OTHER_ACCOUNT), account(THIRD)])
    assert [each["id"] for each in merged["accounts"]] == [ACCOUNT, OTHER_ACCOUNT, THIRD]


def test_merge_without_what_is_expected_says_what_is_missing() -> None:
    [found] = merge_usage([account(ACCOUNT)], [THIRD.upper(), ACCOUNT, FOURTH, THIRD])["reasons"]
    assert found == {
        "code": "sources_missing",
        "affects": "usage",
        "message": f"2 expected account(s) or organization(s) have no facts here, the first is {THIRD}.",
        "count": 2,
        "sources": [THIRD, FOURTH],
        "about": [{"account": THIRD}, {"account": FOURTH}],
    }
    shouting = {**account(ACCOUNT), "scope_id": ACCOUNT.upper()}
    assert merge_usage([shouting], [ACCOUNT]) == shouting
    assert merge_usage([organization(ACCOUNT)], [ACCOUNT.upper(), ORGANIZATION.upper()])["status"] == "complete"
    many = [f"{number:032}" for number in range(25)]
    [found] = merge_usage([account(ACCOUNT)], many)["reasons"]
    assert (found["count"], len(found["sources"]), len(found["about"])) == (25, 20, 25)
