# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days that a reason names as missing are drawn as missing; a zero that nobody doubts stays zero."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.gaps import with_gaps
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import usage_html
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    make_usage,
    sample,
)


def _usage(**reason: Any) -> Any:
    given = {"code": "gap_in_daily_metric", "affects": "usage", "message": "A gap.", "days": ["2025-05-02"], **reason}
    usage = make_usage(
        metrics=METRICS[:2],
        last="2025-05-03",
        complete_through="2025-05-03",
        reasons=[given],
        price=1,
        status="partial",
    )
    for group in usage["groups"]:
        group.update(daily_quantity=[0, 0, 7], daily_billed_cost=[0, 0, 7.0], consumed_quantity=7, billed_cost=7.0)
    return usage


def test_gaps_are_unknown_and_other_zeros_are_not() -> None:
    for group in with_gaps(_usage())["groups"]:
        assert group["daily_quantity"] == [0, None, 7]
        assert group["daily_billed_cost"] == [0, None, 7.0]


@pytest.mark.parametrize(
    "about", [[{"metric": "workers_cpu_ms"}], [{"metric": "Workers CPU Time", "account": f"{0:032x}"}]]
)
def test_gaps_are_of_the_metric_that_the_reason_is_about(about: Any) -> None:
    first, second = with_gaps(_usage(about=about))["groups"]
    assert first["daily_quantity"] == [0, 0, 7]
    assert second["daily_quantity"] == [0, None, 7]


@pytest.mark.parametrize("about", [[], [{"account": "f" * 32}]])
def test_gaps_of_another_account_are_not_ours(about: Any) -> None:
    assert with_gaps(_usage(about=about))["groups"][0]["daily_quantity"] == [0, 0, 7]


def test_gaps_of_what_facts_do_not_tell_apart_are_all_of_it() -> None:
    usage = _usage(about=[{"metric": "workers_cpu_ms", "account": f"{0:032x}"}])
    for group in usage["groups"]:
        for key in ("billing_account_id", "x_billable_metric_id", "x_billable_metric_name"):
            del group[key]
    assert {tuple(group["daily_quantity"]) for group in with_gaps(usage)["groups"]} == {(0, None, 7)}


def test_gaps_leave_whole_facts_alone() -> None:
    usage = make_usage()
    assert with_gaps(usage) is usage


def test_gaps_are_drawn_as_missing() -> None:
    page = usage_html(sample(_usage()))
    assert "2 May: no data" in page
    assert "1 May: 0 Requests" in page


def test_gaps_are_days_that_are_not_complete_yet_and_have_no_rows() -> None:
    usage = _usage(code="days_not_complete_yet", days=["2025-05-02", "2025-05-03"])
    usage["complete_through"] = "2025-05-01"
    for group in usage["groups"]:
        group.update(daily_quantity=[0, 5, 0], daily_billed_cost=[0, 5.0, 0], consumed_quantity=5, billed_cost=5.0)
    assert [group["daily_quantity"] for group in with_gaps(usage)["groups"]] == [[0, 5, None]] * 2
    page = usage_html(sample(usage))
    assert "3 May: no data" in page
    assert ">no data</li>" in page
