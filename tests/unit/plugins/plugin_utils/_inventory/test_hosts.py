# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts that Ansible can't take for something else, tags in names, and filters."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._api.listings import Account
from ansible_collections.finops.cloudflare.plugins.plugin_utils._inventory.hosts import (
    by_host_name,
    kept,
    named_account,
    tags,
    variables,
)


def account(number: int, name: str | None = None, **more: Any) -> Account:
    return cast("Account", {**named_account(f"{number:032x}"), "name": name, **more})


def host_names(*accounts: Account, others: dict[str, str | None] | None = None) -> list[str]:
    return list(by_host_name(accounts, "name", others or {}))


def test_host_names_are_ids_by_default() -> None:
    assert list(by_host_name([account(1, "Shop")], "id", {})) == [f"{1:032x}"]


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("Shop [prod] #eu", "shop-prod-eu"),
        ("Société Anonyme", "societe-anonyme"),
        ("web[01:50].example", "web-01-50-example"),
        ("{{ lookup('pipe', 'id') }}", "lookup-pipe-id"),
        ("!all:&x,y", "all-x-y"),
        ("~.*", None),
        ("東京", None),
        ("", None),
        (None, None),
        ("All", None),
        ("localhost", None),
        ("ungrouped", None),
        ("x" * 62 + " yz", "x" * 62),
    ],
)
def test_host_names_are_made_safe(name: str | None, host: str | None) -> None:
    assert host_names(account(1, name)) == [host or f"{1:032x}"]


def test_host_names_that_several_share_give_way_to_ids() -> None:
    assert host_names(account(1, "Shop!"), account(2, "shop"), account(3, "Bar")) == [
        f"{1:032x}",
        f"{2:032x}",
        "bar",
    ]
    assert host_names(account(1, f"{2:032x}"), account(2, "two")) == [f"{1:032x}", "two"]


def test_host_names_never_take_over_a_host_or_group_that_is_there() -> None:
    assert host_names(account(1, "web"), others={"web": None}) == [f"{1:032x}"]
    assert host_names(account(1, "web"), others={"web": f"{2:032x}"}) == [f"{1:032x}"]
    assert host_names(account(1, "web"), others={"web": f"{1:032x}"}) == ["web"]


@given(st.lists(st.text(max_size=80), max_size=6))
def test_host_names_are_safe_and_every_account_has_one(names: list[str]) -> None:
    accounts = [account(number, name) for number, name in enumerate(names)]
    hosts = by_host_name(accounts, "name", {})
    assert list(hosts.values()) == accounts
    assert all(re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", host) for host in hosts)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Shop [prod, eu] #web team=pay env:live", ["prod", "eu", "web", "team=pay", "env:live"]),
        ("C# 9:30 [] [prod] [prod]", ["9:30", "prod"]),
        ("a=b=c https://example.com/#x", []),
        (None, []),
    ],
)
def test_hosts_tags_are_found_in_names(name: str | None, found: list[str]) -> None:
    assert tags(name) == found


ACCOUNTS = [
    account(1, "Shop [prod]", type="enterprise", organization_id="a" * 32, organization_name="Retail"),
    account(2, "Lab [test]", type="standard"),
    account(3, "Shop team=web", type="standard", organization_id="b" * 32),
]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({}, [1, 2, 3]),
        ({"filter_name": []}, [1, 2, 3]),
        ({"filter_name": ["Shop*"]}, [1, 3]),
        ({"filter_name": ["shop*"]}, []),
        ({"filter_name": ["Shop*", "Lab*"], "filter_type": ["standard"]}, [2, 3]),
        ({"filter_organization": ["Ret*", "b" * 32]}, [1, 3]),
        ({"filter_tag": ["pro?", "team=*"]}, [1, 3]),
        ({"filter_tag": ["*"]}, [1, 2, 3]),
        ({"filter_type": ["*"], "filter_organization": ["*"]}, [1, 3]),
        # Brackets are a choice of characters in a pattern, unless they are the very text.
        ({"filter_name": ["Lab [test]"]}, [2]),
    ],
)
def test_hosts_filters_keep_what_fits_all_of_them(filters: dict[str, list[str]], left: list[int]) -> None:
    assert [int(each["id"], 16) for each in kept(ACCOUNTS, filters)] == left


def test_hosts_filters_drop_what_they_know_nothing_of() -> None:
    assert kept([account(1)], {"filter_type": ["*"]}) == []


def test_hosts_variables_have_all_that_is_known() -> None:
    assert variables(ACCOUNTS[0]) == {
        "cloudflare_account_id": f"{1:032x}",
        "cloudflare_account_name": "Shop [prod]",
        "cloudflare_account_type": "enterprise",
        "cloudflare_account_created_on": None,
        "cloudflare_account_tags": ["prod"],
        "cloudflare_organization_id": "a" * 32,
        "cloudflare_organization_name": "Retail",
    }
