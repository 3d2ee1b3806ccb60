# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All verdicts in one, and as a table."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.gate import gate_outcome
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import VerdictError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.table import budgets_table, width
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    STAGING,
    Facts,
    budget,
    group,
    usage,
)


def verdict(name: str, status: str, outcome: str | None = None, **keys: Any) -> Facts:
    return {"name": name, "status": status, "outcome": outcome or status, "message": f"About {name}.", **keys}


PASS, WARN, FAIL = verdict("p", "pass"), verdict("w", "warn"), verdict("f", "fail", owner="us")
UNKNOWN, IGNORED = verdict("u", "unknown", "fail"), verdict("i", "unknown", "pass")


@pytest.mark.parametrize(
    ("verdicts", "outcome", "result", "status", "exit_code"),
    [
        ([PASS], "pass", "within_budget", "pass", 0),
        ([PASS, WARN], "warn", "warning", "warn", 0),
        ([PASS, IGNORED], "pass", "within_budget", "unknown", 0),
        ([verdict("u", "unknown", "warn")], "warn", "warning", "unknown", 0),
        ([PASS, UNKNOWN], "fail", "could_not_tell", "unknown", 2),
        ([UNKNOWN, FAIL, WARN], "fail", "violated", "fail", 2),
        ([verdict("f", "fail", "pass")], "fail", "violated", "fail", 2),
        ([], "fail", "could_not_tell", "unknown", 2),
    ],
)
def test_the_worst_decides(verdicts: list[Facts], outcome: str, result: str, status: str, exit_code: int) -> None:
    gate = gate_outcome(verdicts)
    assert [gate[key] for key in ("outcome", "result", "status", "exit_code")] == [outcome, result, status, exit_code]
    assert gate["failed"] is (exit_code != 0)
    assert sum(gate["counts"].values()) == len(verdicts)
    assert {
        key: gate["compact"][key] for key in gate.keys() & gate["compact"].keys() - {"message"}
    }.items() <= gate.items()


def test_gate_the_message_names_every_budget_that_did_not_pass() -> None:
    gate = gate_outcome([PASS, IGNORED, WARN, UNKNOWN, FAIL])
    assert gate["message"].split("\n") == [
        "Budget violated: 4 of 5 verdicts did not pass.",
        "fail: f: About f. (owner: us)",
        "unknown: u: About u.",
        "warn: w: About w.",
        "unknown, ignored: i: About i.",
    ]
    assert [gate[key] for key in ("violated", "unknown", "warned")] == [["f"], ["i", "u"], ["w"]]


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        ([UNKNOWN], "Could not tell whether the budgets are kept: 1 of 1 verdict did not pass."),
        ([WARN, PASS], "Within budget, with warnings: 1 of 2 verdicts did not pass."),
        ([PASS, IGNORED], "Within budget: 1 of 2 verdicts not known, and ignored as the budgets say."),
        ([PASS], "Within budget: 1 verdict, all passed."),
        ([], "Could not tell whether the budgets are kept: there is no verdict at all."),
    ],
)
def test_gate_headlines(verdicts: list[Facts], headline: str) -> None:
    assert gate_outcome(verdicts)["message"].split("\n")[0] == headline


def test_gate_values_are_named() -> None:
    groups = [
        {"dimension": "sub_account", "id": "x", "name": None},
        {"dimension": "sub_account", "id": None, "name": None},
    ]
    gate = gate_outcome([verdict("f", "fail", group=each) for each in groups])
    assert gate["violated"] == ["f [x]", "f [no sub account]"]
    assert [each["group"] for each in gate["compact"]["budgets"]] == ["no sub account", "x"]


def test_gate_the_compact_form_has_what_the_next_job_needs() -> None:
    gate = gate_outcome([verdict("w", "warn", percent=91.5, reasons=["partial"]), PASS])
    assert gate["compact"] == {
        "outcome": "warn",
        "result": "warning",
        "failed": False,
        "exit_code": 0,
        "status": "warn",
        "counts": {"pass": 1, "warn": 1, "unknown": 0, "fail": 0},
        "message": gate["message"],
        "budgets": [
            {
                "name": "w",
                "group": None,
                "status": "warn",
                "outcome": "warn",
                "percent": 91.5,
                "reasons": ["partial"],
            },
            {"name": "p", "group": None, "status": "pass", "outcome": "pass", "percent": None, "reasons": []},
        ],
        "left_out": 0,
    }


@pytest.mark.parametrize(("status", "outcome"), [("unknown", "warn"), ("unknown", "fail"), ("warn", "pass")])
def test_gate_only_an_unknown_that_passes_is_called_ignored(status: str, outcome: str) -> None:
    assert gate_outcome([verdict("a", status, outcome)])["message"].splitlines()[1] == f"{status}: a: About a."


def test_gate_the_compact_form_stays_small() -> None:
    gate = gate_outcome([PASS] * 150 + [FAIL])
    assert len(gate["compact"]["budgets"]) == 100
    assert gate["compact"]["left_out"] == 51
    assert gate["compact"]["budgets"][0]["name"] == "f"


@pytest.mark.parametrize(
    "verdicts", [None, {}, "text", [3], [{}], [verdict("a", "good", "pass")], [verdict("a", "pass", "ignore")]]
)
def test_gate_what_is_no_verdict_is_refused(verdicts: Any) -> None:
    with pytest.raises(VerdictError, match="verdict"):
        gate_outcome(verdicts)


def test_gate_a_table_of_real_verdicts() -> None:
    facts = usage([group([10] * 20, cost=[0.25] * 20), group([1] * 20, account=STAGING, cost=[0.5] * 20)])
    card = {
        "name": "c",
        "source": "s",
        "checked_on": "2025-05-01",
        "currency": "USD",
        "prices": [{"metric": "*", "unit": "Requests", "price": 0.01}],
    }
    budgets = [
        budget(limit=199, each="account"),
        budget(limit=500, on="forecast") | {"name": "later"},
        budget(limit=3, measure="estimated_cost", on="forecast") | {"name": "estimate"},
        budget(limit=30, match={"metric": "gone"}, on_no_match="warn") | {"name": "gone"},
    ]
    lines = budgets_table(evaluate_budgets(facts, budgets, card)).split("\n")
    assert [line[:9].strip() for line in lines[:6]] == ["STATUS", "fail", "pass", "pass", "fail", "unknown"]
    assert [line[9:] for line in lines[:6]] == [
        "GATE  BUDGET    FOR                SO FAR         LIMIT       %       FORECAST  OVER ON     EXPECTED OVER ON",
        "fail  budget    Production   200 Requests  199 Requests  100.5%                 2025-05-20",
        "pass  budget    Staging       20 Requests  199 Requests   10.1%",
        "pass  later                  220 Requests  500 Requests   68.2%   341 Requests",
        "fail  estimate              est. USD 2.20      USD 3.00  113.7%  est. USD 3.41              2025-05-28",
        "warn  gone                        unknown            30",
    ]
    assert lines[6] == ""
    assert lines[7] == "Budget violated: 3 of 5 verdicts did not pass."
    assert lines[-1] == ""


def test_gate_a_lower_bound_is_shown_as_one() -> None:
    row = verdict(
        "a", "unknown", "fail", actual=5, actual_is_lower_bound=True, limit=7, unit="GB", measure="consumed_quantity"
    )
    assert ">= 5 GB   7 GB" in budgets_table([row])


def test_gate_columns_without_content_are_left_out() -> None:
    assert budgets_table([PASS]).split("\n")[:2] == ["STATUS  GATE  BUDGET   SO FAR", "pass    pass  p       unknown"]
    assert budgets_table([]) == "Could not tell whether the budgets are kept: there is no verdict at all.\n"


@pytest.mark.parametrize("name", ["\x1b[31mred\x1b[0m", "\x9b31m", "\u202eevil", "two\nlines\r", "tab\there", "\x00"])
def test_gate_no_name_steers_the_terminal(name: str) -> None:
    row = verdict(
        name,
        "fail",
        actual=5,
        limit=1,
        unit=name,
        measure="consumed_quantity",
        owner=name,
        crossed_on=name,
        message=name,
        group={"dimension": "zone", "id": "x", "name": name},
    )
    text = budgets_table([row])
    assert text.count("\n") == 5
    assert all(char == "\n" or char.isprintable() for char in text)


def test_gate_wide_characters_take_two_columns() -> None:
    assert [width(text) for text in ("ab", "日本", "e\u0301")] == [2, 4, 1]
    rows = budgets_table([verdict("日本", "pass"), verdict("abcd", "pass")]).split("\n")
    assert rows[1].endswith("日本    unknown")
    assert rows[2].endswith("abcd    unknown")
