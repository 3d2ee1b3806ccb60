# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter merge_usage: a thin name over the merge, with Ansible's own error."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.finops.cloudflare.plugins.filter import merge_usage as plugin
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts import merge
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    OTHER_ACCOUNT,
    Server,
    daily,
    usage,
)

merge_usage = plugin.FilterModule().filters()["merge_usage"]
PARTS = [
    usage(Server(daily("2025-05-01", 31, BillingAccountId=account)), account_id=account, **MAY)
    for account in (ACCOUNT, OTHER_ACCOUNT)
]


@pytest.mark.parametrize("make", [list, tuple, iter, lambda parts: (part for part in parts)])
def test_merge_usage_any_list_of_facts_is_merged(make: Any) -> None:
    assert merge_usage(make(PARTS)) == merge.merge_usage(PARTS)


@pytest.mark.parametrize("value", [None, 7, "facts", PARTS[0], {}])
def test_merge_usage_what_is_no_list_is_refused_with_a_remedy(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="merge_usage: A list of usage facts is needed"):
        merge_usage(value)


@pytest.mark.parametrize("value", [[], [None], ["facts"], [PARTS[0], PARTS[0]]])
def test_merge_usage_what_cannot_be_merged_is_an_error_of_the_filter(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^merge_usage: (The|Invalid usage facts: )"):
        merge_usage(value)


@pytest.mark.parametrize("make", [list, tuple, iter])
def test_merge_usage_expected_ids_that_have_no_facts_make_the_whole_partial(make: Any) -> None:
    assert merge_usage(PARTS, expected=make([])) == merge.merge_usage(PARTS)
    assert merge_usage(PARTS, expected=make([ACCOUNT, "d" * 32]))["status"] == "partial"


@pytest.mark.parametrize("doubts", [None, 7, "The list is short.", {}, [7], [None]])
def test_merge_usage_doubts_are_a_list_of_texts(doubts: Any) -> None:
    assert merge_usage(PARTS, doubts=["The list is short."])["status"] == "partial"
    with pytest.raises(AnsibleFilterError, match="merge_usage: doubts: a list of sentences is needed"):
        merge_usage(PARTS, doubts=doubts)


@pytest.mark.parametrize("expected", [None, 7, ACCOUNT, {}, [7], [None]])
def test_merge_usage_expected_ids_are_a_list_of_texts(expected: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="merge_usage: expected: a list of ids is needed"):
        merge_usage(PARTS, expected=expected)


def test_merge_usage_the_facts_that_go_in_are_not_changed() -> None:
    before = repr(PARTS)
    merge_usage(PARTS)
    assert repr(PARTS) == before


def test_merge_usage_documentation_and_examples_are_yaml() -> None:
    documentation = yaml.safe_load(plugin.DOCUMENTATION)
    assert documentation["name"] == "merge_usage"
    assert documentation["options"]["_input"]["elements"] == "dict"
    assert "finops.cloudflare.merge_usage" in str(yaml.safe_load(plugin.EXAMPLES))
    assert set(yaml.safe_load(plugin.RETURN)) == {"_value"}
