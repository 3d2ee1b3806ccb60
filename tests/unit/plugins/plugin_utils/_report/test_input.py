# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can't be reported is refused with a sentence, before anything is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.input import report_input
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    make_estimate,
    make_usage,
    make_verdict,
)


def test_input_the_time_of_the_facts_stands_in_for_the_time_of_the_report() -> None:
    assert report_input(make_usage()).generated_at == "2025-06-02T03:00:00Z"
    assert report_input(make_usage(), generated_at="2025-06-05T00:00:00Z").generated_at == "2025-06-05T00:00:00Z"


def test_input_nothing_given_is_nothing_there() -> None:
    report = report_input(make_usage(), verdicts=None, estimate={}, previous={})
    assert (report.verdicts, report.estimate, report.previous) == ([], None, None)


def _first_group(**changes: Any) -> Any:
    usage = make_usage()
    usage["groups"][0].update(changes)
    return usage


def _without(key: str) -> Any:
    usage = make_usage()
    del usage[key]
    return usage


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ("text", "'text' is not of type 'object'"),
        (_without("days"), "'days' is a required property"),
        (make_usage(fetched_at="yesterday\x1b[31m"), "fetched_at: not a valid ISO 8601 time"),
        (make_usage(complete_through="=1+1"), "complete_through: '=1\\+1' is not valid"),
        ({**make_usage(), "days": ["20250501"] * 31}, "days.0: '20250501' does not match"),
        (_first_group(daily_quantity=[1]), r"groups.0.daily_quantity: not one value for each day"),
    ],
)
def test_input_facts_that_are_none_are_refused(usage: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        report_input(usage)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"verdicts": "x"}, "verdicts: not a list"),
        ({"verdicts": [{"name": "a"}]}, "verdict number 1"),
        ({"verdicts": [{**make_verdict(), "status": "odd"}]}, "status or outcome is not one"),
        ({"estimate": [1]}, "estimate is not a mapping but list"),
        ({"estimate": {"amount": 1}}, "estimate is not what estimate_costs returns: currency: missing"),
        (
            {"estimate": make_estimate(items=[{**make_estimate()["items"][0], "from": "soon"}])},
            r"items\[0\].from: 'soon' is not accepted, it must be a day such as 2026-10-31",
        ),
        ({"previous": {"scope": "account"}}, r"Invalid usage facts \(previous\): "),
        ({"generated_at": "soon"}, "generated_at is not a valid ISO 8601 time"),
    ],
)
def test_input_other_parts_that_are_none_are_refused(parts: Any, words: str) -> None:
    with pytest.raises(FinopsError, match=words):
        report_input(make_usage(), **parts)


def test_input_what_ansible_hands_over_becomes_plain() -> None:
    class Tagged(str):
        __slots__ = ()

    report = report_input(make_usage(scope_id=Tagged("abc")), verdicts=(make_verdict(),), estimate=make_estimate())
    assert {type(report.usage["scope_id"])} == {str}
    assert {type(report.verdicts)} == {list}
