# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage that was read again and is the same keeps its time; anything new does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.finops.cloudflare.plugins.filter.keep_unchanged_usage import FilterModule
from ansible_collections.finops.cloudflare.plugins.module_utils._report_head import GROUPS, read_head
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.unchanged import keep_unchanged_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.json import usage_json
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import make_usage

LATER = {"fetched_at": "2025-07-01T09:00:00Z", "requests": 7}


def report(usage: Any) -> str:
    return usage_json(ReportInput(usage, generated_at=usage["fetched_at"]))


def source(usage: Any, fetched_at: str) -> Any:
    keys = ("from", "to", "status", "complete_through", "record_count")
    return {"scope": "account", "scope_id": "a" * 32, "fetched_at": fetched_at, **{key: usage[key] for key in keys}}


def test_unchanged_the_same_usage_keeps_the_time_of_its_first_reading() -> None:
    earlier: Any = make_usage()
    assert earlier["fetched_at"] != LATER["fetched_at"]
    assert keep_unchanged_usage(earlier | LATER, report(earlier)) == earlier


def test_unchanged_the_times_of_sources_do_not_count() -> None:
    usage = make_usage()
    earlier = {**usage, "sources": [source(usage, "2025-06-02T03:00:00Z")]}
    later: Any = {**usage, **LATER, "sources": [source(usage, "2025-07-01T09:00:00Z")]}
    assert keep_unchanged_usage(later, report(earlier)) == earlier


@pytest.mark.parametrize("change", ["quantity", "status", "source", "version", "fewer", "more", "order", "day"])
def test_unchanged_any_other_difference_is_news(change: str) -> None:
    usage = make_usage()
    earlier = {**usage, "sources": [source(usage, "2025-06-02T03:00:00Z")]}
    later = json.loads(json.dumps({**earlier, **LATER}))
    if change == "quantity":
        later["groups"][0]["consumed_quantity"] += 1
    elif change == "fewer":
        later["groups"].pop()
    elif change == "more":
        later["groups"].append(later["groups"][0])
    elif change == "order":
        later["groups"].reverse()
    elif change == "day":
        later["groups"][-1]["daily_quantity"][-1] += 1
    elif change == "status":
        later["complete_through"] = None
    elif change == "source":
        later["sources"][0]["record_count"] += 1
    else:
        later["collection_version"] = "9.9.9"
    assert keep_unchanged_usage(later, report(earlier)) == later


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"usage": []}', '{"usage": {"scope": "account"}}'])
def test_unchanged_what_is_no_report_changes_nothing(text: str) -> None:
    usage = make_usage()
    assert keep_unchanged_usage(usage, text) == usage


def test_unchanged_the_head_of_a_report_is_enough_wherever_it_ends(tmp_path: Path) -> None:
    earlier: Any = make_usage()
    path = tmp_path / "usage.json"
    text = report(earlier)
    for end in (len(text), text.index(GROUPS) + len(GROUPS)):
        path.write_text(text[:end])
        head = read_head(path)
        assert text.startswith(head)
        assert "daily_quantity" not in head
        assert keep_unchanged_usage(earlier | LATER, head) == earlier


def test_unchanged_a_report_without_the_digest_of_its_groups_changes_nothing() -> None:
    earlier: Any = make_usage()
    later = earlier | LATER
    text = report(earlier)
    assert keep_unchanged_usage(later, text) == earlier
    assert keep_unchanged_usage(later, text.replace("groups_sha256", "groups_md5")) == later
    assert keep_unchanged_usage(later, json.dumps(json.loads(text))) == later


def test_unchanged_a_report_with_a_broken_time_does_not_live_on() -> None:
    later: Any = {**make_usage(), **LATER}
    assert keep_unchanged_usage(later, report({**make_usage(), "fetched_at": "yesterday"})) == later


def test_unchanged_the_filter_refuses_what_is_no_usage() -> None:
    unchanged = FilterModule().filters()["keep_unchanged_usage"]
    assert unchanged(make_usage(), "") == make_usage()
    with pytest.raises(AnsibleFilterError, match="Invalid usage facts"):
        unchanged({}, "")
