# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first answers: what it cost, where it will end, what changed, what needs a person."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.headline import Tile, tiles
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    empty_usage,
    make_estimate,
    make_usage,
    make_verdict,
    sample,
)

SPACE = "\N{NO-BREAK SPACE}"
FORECAST: dict[str, Any] = {
    "on": "forecast",
    "measure": "billed_cost",
    "currency": "USD",
    "unit": None,
    "actual": 90,
    "limit": 100,
    "forecast": 120,
    "forecast_low": 110,
    "forecast_high": 130,
    "crossed_on": "2025-05-29",
}


def _tiles(usage: Any = None, **parts: Any) -> list[Tile]:
    return tiles(sample(usage, **parts))


def _costs(daily: list[float], **changes: Any) -> Any:
    usage = make_usage(metrics=METRICS[:1], last=f"2025-05-{len(daily):02d}", price=1.0, **changes)
    usage["groups"][0].update(daily_billed_cost=daily, billed_cost=sum(daily))
    return {**usage, "complete_through": usage["to"], "status": "complete", "reasons": []}


def test_headline_tells_known_estimated_and_unknown_apart() -> None:
    cost = _tiles(_costs([1, 2]), estimate=make_estimate())[0]
    assert (cost.lead, cost.kind) == (f"USD{SPACE}3.00", "known")
    assert cost.estimate == f"at least USD{SPACE}11.40"
    assert cost.notes == [
        "Billed cost from facts that do not name their source.",
        "1 quantity has no price: their cost is unknown.",
    ]
    assert _tiles()[0].kind == "unknown"


def test_headline_says_where_it_will_end_with_its_band() -> None:
    end = _tiles(verdicts=[make_verdict("spend", "fail", **FORECAST), make_verdict("b", forecast=7)])[1]
    assert end.lead == f"USD{SPACE}120.00"
    assert end.notes == [
        "spend, by the end of its cycle.",
        f"Between USD{SPACE}110.00 and USD{SPACE}130.00 in 80% of cases.",
        f"Limit USD{SPACE}100.00. Expected over on 29 May 2025.",
        "Of 2 forecasts, 1 over the limit.",
    ]


def test_headline_without_a_forecast_says_so() -> None:
    assert _tiles(verdicts=[make_verdict("a")])[1].notes == ["No budget looks ahead."]
    unknown = _tiles(verdicts=[make_verdict("a", "unknown", on="forecast")])[1]
    assert (unknown.lead, unknown.kind) == ("The forecast is unknown", "unknown")


def test_headline_marks_an_estimated_forecast() -> None:
    end = _tiles(verdicts=[make_verdict("a", **{**FORECAST, "estimated": True, "forecast_low": None, "limit": None})])[
        1
    ]
    assert (end.lead, end.kind, len(end.notes)) == (f"Estimated USD{SPACE}120.00", "estimated", 1)


def test_headline_says_what_changed_in_money() -> None:
    before = _costs([1, 1, 1])
    change = _tiles(_costs([2, 2, 3]), previous=before)[2]
    assert change.lead == f"Cost +50.0% on 3{SPACE}May"
    assert change.notes == [
        f"USD{SPACE}3.00 after USD{SPACE}2.00 the day before.",
        f"+133.3% against the period before: USD{SPACE}7.00 in the first 3 days, and USD{SPACE}3.00 then.",
    ]


def test_headline_says_what_changed_in_use_where_no_cost_is_known() -> None:
    usage = make_usage(metrics=METRICS[:1], last="2025-05-02", complete_through="2025-05-02")
    usage["groups"][0].update(daily_quantity=[10, 15], consumed_quantity=25)
    change = _tiles(usage)[2]
    assert (change.lead, change.notes[0]) == (
        f"+50.0% on 2{SPACE}May: Workers Standard Requests",
        "The largest change of use against the day before.",
    )
    assert change.notes[1] == "There is no period before to compare with."


def test_headline_of_a_new_cost_is_the_cost() -> None:
    assert _tiles(_costs([0, 3]))[2].lead == f"Cost USD{SPACE}3.00 on 2{SPACE}May"


def test_headline_knows_no_change_without_two_days() -> None:
    change = _tiles(empty_usage())[2]
    assert (change.lead, change.kind) == ("Not known", "unknown")
    assert _tiles(_costs([3]))[2].lead == "Not known"


def test_headline_names_what_needs_a_person() -> None:
    verdicts = [
        make_verdict("over", "fail", crossed_on="2025-05-20", actual=60_000_000, owner="web"),
        make_verdict("soon", "fail", **FORECAST),
        make_verdict("blind", "unknown"),
        make_verdict("near", "warn"),
    ]
    reason = {"code": "gap_in_daily_metric", "affects": "usage", "message": "A gap."}
    needed = _tiles(make_usage(reasons=[reason], status="partial"), verdicts=verdicts)[3]
    assert needed.notes == [
        "over. Over on 20 May 2025, owner: web.",
        "soon. Expected over on 29 May 2025.",
        "blind. Unknown.",
        "… and 1 more budget.",
        "1 thing is not known about the usage, see below.",
    ]
    assert needed.counts[0] == ("fail", "over limit", 2)


def test_headline_never_denies_a_period_before_that_is_there() -> None:
    before = make_usage(metrics=METRICS[:1], first="2025-04-01", last="2025-04-30", complete_through="2025-04-30")
    young = make_usage(metrics=METRICS[:1], last="2025-05-02", complete_through=None)
    assert _tiles(young, previous=before)[2].notes == [
        "There are no two complete days.",
        "No day of this period is complete yet.",
    ]
    assert _tiles(young)[2].notes[1] == "There is no period before to compare with."


def test_headline_of_nothing_speaks_of_no_records() -> None:
    assert _tiles(empty_usage())[0].notes == ["There are no records."]


def test_headline_of_a_cost_that_may_lack_use_says_so() -> None:
    reason = {"code": "accounts_failed", "affects": "usage", "message": "One account could not be read."}
    cost = _tiles({**_costs([1, 2]), "reasons": [reason], "status": "partial"})[0]
    assert (cost.lead, cost.kind) == (f"USD{SPACE}3.00 known", "known")
    assert cost.notes[0].endswith("Not all use may be in it, see below.")
    for code, affects in (("days_not_complete_yet", "usage"), ("cost_not_rated_yet", "cost")):
        usual = {**_costs([1, 2]), "reasons": [{"code": code, "affects": affects, "message": "."}], "status": "partial"}
        assert _tiles(usual)[0].lead == f"USD{SPACE}3.00"


def test_headline_never_takes_the_forecast_of_a_part_for_that_of_all() -> None:
    part = make_verdict("one product", **{**FORECAST, "estimated": True, "forecast": 7, "limit": 9})
    end = _tiles(estimate=make_estimate(), verdicts=[part])[1]
    assert (end.lead, end.kind) == ("No forecast of all of it", "unknown")
    assert end.notes[0] == (f"Estimated USD{SPACE}7.00 by the end of its cycle of a part, for the budget one product.")
    billed = make_verdict("one account", **{**FORECAST, "forecast": 7})
    assert _tiles(_costs([1, 9]), verdicts=[billed])[1].lead == "No forecast of all of it"
    assert _tiles(_costs([1, 2]), verdicts=[billed])[1].lead == f"USD{SPACE}7.00"
