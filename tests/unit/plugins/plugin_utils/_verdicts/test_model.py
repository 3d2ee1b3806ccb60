# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verdict is: which one is the worst, and which one is ignored."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import (
    VerdictError,
    is_ignored,
    label,
    read_verdicts,
    worst_first,
    worst_outcome,
    worst_status,
)

ALERT = {"on": "actual", "outcome": "warn", "crossed": None, "percent": 80, "threshold": None, "amount": 1.5}
STATUSES_WORSE = [("pass", "warn"), ("pass", "warn", "unknown"), ("warn", "pass", "unknown"), ("unknown", "fail")]
PERIOD = {"name": "month", "from": "2025-05-01", "to": "2025-05-31"}


def verdict(status: str, outcome: str, percent: float | None = None, name: str = "b", **keys: Any) -> Any:
    return {"name": name, "status": status, "outcome": outcome, "percent": percent, "message": "", **keys}


def test_model_the_worst_is_first_by_outcome_status_severity_percentage_and_name() -> None:
    ordered = [
        verdict("fail", "fail", severity="minor", name="outcome and status"),
        verdict("unknown", "fail", name="outcome"),
        verdict("unknown", "warn", severity="info", name="status"),
        verdict("warn", "warn", 1, severity="critical", name="critical"),
        verdict("warn", "warn", 2, severity="major", name="percentage"),
        verdict("warn", "warn", 1, severity="major", name="a"),
        verdict("warn", "warn", 1, severity="unheard of", name="b"),
        verdict("warn", "warn", 1, name="c"),
        verdict("warn", "warn", 3, severity="minor", name="minor"),
        verdict("warn", "warn", 4, severity="info", name="info"),
        verdict("unknown", "pass", name="ignored"),
        verdict("warn", "pass", 5, name="harmless"),
        verdict("pass", "pass", 6, name="pass"),
    ]
    assert [each["name"] for each in worst_first(ordered[::-1])] == [each["name"] for each in ordered]
    assert [each["name"] for each in worst_first(ordered[6:] + ordered[:6])] == [each["name"] for each in ordered]


def test_model_the_worst_status_and_outcome_stand_for_all() -> None:
    assert [worst_status([verdict(status, "pass") for status in given]) for given in STATUSES_WORSE] == [
        given[-1] for given in STATUSES_WORSE
    ]
    assert worst_outcome([verdict("pass", "pass"), verdict("pass", "warn")]) == "warn"
    assert worst_outcome([verdict("pass", "fail"), verdict("pass", "warn")]) == "fail"
    assert (worst_status([]), worst_outcome([])) == ("unknown", "fail")


@pytest.mark.parametrize("outcome", ["pass", "warn", "fail"])
@pytest.mark.parametrize("status", ["pass", "warn", "fail", "unknown"])
def test_model_only_an_unknown_that_does_not_fail_is_ignored(status: str, outcome: str) -> None:
    assert is_ignored(verdict(status, outcome)) == (status == "unknown" and outcome in ("pass", "warn"))


def test_model_the_higher_percentage_is_worse_and_none_is_nothing() -> None:
    given = [verdict("fail", "fail", percent, str(percent)) for percent in (None, 0.5, 150, 0.25, 101)]
    assert [each["name"] for each in worst_first(given)] == ["150", "101", "0.5", "0.25", "None"]


@pytest.mark.parametrize(
    "period",
    [
        "month",
        {},
        {**PERIOD, "to": "soon"},
        {**PERIOD, "from": "soon"},
        {**PERIOD, "from": None},
        {**PERIOD, "name": 1},
        {"name": "month", "from": "2025-05-01"},
    ],
)
def test_model_a_period_that_can_not_be_shown_is_refused(period: Any) -> None:
    with pytest.raises(VerdictError) as failure:
        read_verdicts([verdict("pass", "pass", period=period)])
    assert failure.value.problems == ["verdict number 1: period is not a mapping with a name, and days as from and to"]


@pytest.mark.parametrize(
    "alerts",
    [
        "all",
        [None],
        *([{key: value for key, value in ALERT.items() if key != missing}] for missing in ALERT),
        [{**ALERT, "on": 1}],
        [{**ALERT, "outcome": "maybe"}],
        [{**ALERT, "crossed": "yes"}],
        [{**ALERT, "crossed": 1}],
        *([{**ALERT, key: value}] for key in ("percent", "threshold", "amount") for value in ("5", float("nan"))),
        [ALERT, {}],
    ],
)
def test_model_alerts_that_can_not_be_shown_are_refused(alerts: Any) -> None:
    with pytest.raises(VerdictError) as failure:
        read_verdicts([verdict("pass", "pass", alerts=alerts)])
    assert failure.value.problems == [
        "verdict number 1: alerts is not a list of alerts, which have on and outcome as text and amounts as numbers"
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"alerts": {}},
        {"alerts": None, "period": None},
        {"alerts": [ALERT], "period": PERIOD},
        {"alerts": [{**ALERT, "crossed": True, "percent": None, "amount": None}]},
    ],
)
def test_model_a_period_and_alerts_that_can_be_shown_are_taken(part: Any) -> None:
    assert len(read_verdicts([verdict("pass", "pass", **part)])) == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "verdicts: not a list"),
        ([3], "verdict number 1: not a verdict, which has name, status, outcome, message as text"),
        ([verdict("pass", "pass"), {**verdict("pass", "pass"), "message": None}], "verdict number 2: not a verdict, "),
        ([verdict("good", "pass")], "verdict number 1: status or outcome is not one that a verdict can have"),
        ([verdict("pass", "unknown")], "verdict number 1: status or outcome is not one that a verdict can have"),
        ([{**verdict("pass", "pass"), "group": "a"}], "verdict number 1: group is not a mapping"),
    ],
)
def test_model_what_is_no_verdict_is_told(given: Any, problem: str) -> None:
    with pytest.raises(VerdictError, match=f"^{problem}") as failure:
        read_verdicts(given)
    assert len(failure.value.problems) == 1
    assert problem.endswith(", ") or failure.value.problems == [problem]


@pytest.mark.parametrize("amount", [True, "5", float("nan"), [5]])
@pytest.mark.parametrize("key", ["actual", "limit", "percent", "baseline", "forecast", "forecast_low", "forecast_high"])
def test_model_an_amount_that_is_no_number_is_refused(key: str, amount: Any) -> None:
    given = verdict("pass", "pass")
    assert read_verdicts([{**given, key: number} for number in (5, 0.5, -1, None)])
    with pytest.raises(VerdictError) as failure:
        read_verdicts([given, {**given, key: amount}])
    assert failure.value.problems == [f"verdict number 2: {key} is not a number"]


def test_model_a_label_has_the_value_and_its_names_are_cut() -> None:
    def shown(name: str, **group: str | None) -> str:
        return label(verdict("pass", "pass", name=name, group={"dimension": "zone", **group} if group else None))

    assert shown("n" * 101) == f"{'n' * 99}…"
    assert shown("n" * 100, id="i") == f"{'n' * 100} [i]"
    assert label(verdict("pass", "pass", name="n", group={"dimension": "zone", "id": "i", "name": "v" * 101})) == (
        f"n [{'v' * 99}…]"
    )
    assert shown("n", id="v" * 100) == f"n [{'v' * 100}]"
