# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report compares runs of the same round, trusts no wrong answer and says which targets are met."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.tests.performance import __main__ as bench
from ansible_collections.finops.cloudflare.tests.performance.measure import Figures, run, tree
from ansible_collections.finops.cloudflare.tests.performance.report import (
    TARGETS,
    Results,
    Run,
    Section,
    report,
    size_name,
    wall,
)

SECTIONS = [Section("10 k records", {"empty": "nothing", "ours": "ours"}, 10_000)]


def made(
    case: str, seconds: float, number: int = 0, records: int = 10_000, *, right: bool | None = True, status: int = 0
) -> Run:
    figures = Figures(seconds, seconds * 2, 60.0, 50.0, 30.0, status)
    return Run(case, records, number, figures, right)


def test_report_a_ratio_is_the_median_of_the_rounds_and_pairs_only_runs_of_the_same_round() -> None:
    ours, floor = (2.0, 30.0, 9.0), (1.0, 10.0, 6.0)
    runs = [made("ours", seconds, number) for number, seconds in enumerate(ours)]
    runs += [made("empty", seconds, number) for number, seconds in enumerate(floor)]
    runs += [made("ours", 1000.0, 7)]
    assert Results(runs).ratio("ours", "empty", 10_000, wall) == pytest.approx(2.0)
    assert Results(runs).ratio("ours", "empty", 1_000, wall) is None


def test_report_a_failed_run_and_a_wrong_answer_count_for_nothing() -> None:
    runs = [made("ours", 4.0), made("ours", 1.0, 1, right=False), made("ours", 2.0, 2, status=1)]
    assert Results(runs).middle("ours", 10_000, wall) == 4.0
    assert "**2 failed or wrong**" in report(Results(runs), SECTIONS, "")


def test_report_a_target_is_met_missed_or_not_measured() -> None:
    target = next(each for each in TARGETS if each.text == "10 k records: ours ÷ an empty module")
    assert target.line(Results([])).endswith("| ≤ 1.25 x | - | - | - | not measured |")
    met = Results([made("ours", 1.25), made("empty", 1.0), made("ours", 1.25, 1)])
    assert target.line(met).endswith("| ≤ 1.25 x | 1.25 x | 1.25 x | 1.25 x | met |")
    assert target.line(Results([made("ours", 1.4), made("empty", 1.0)])).endswith("| 1.40 x | **not met** |")


def test_report_a_target_is_met_by_cpu_time_however_long_the_machine_let_wait() -> None:
    target = next(each for each in TARGETS if each.text == "10 k records: ours ÷ an empty module")
    waited = Run("ours", 10_000, 0, Figures(9.0, 2.2, 60.0, 50.0, 30.0, 0), right=True)
    line = target.line(Results([waited, made("empty", 1.0)]))
    assert line.endswith("| ≤ 1.25 x | 1.10 x | 9.00 x | 9.00 x | met |")


def test_report_a_target_can_be_a_least() -> None:
    target = next(each for each in TARGETS if "SDK" in each.text)
    runs = [made("sdk", 8.0, records=100_000), made("ours", 1.0, records=100_000)]
    assert target.line(Results(runs)).endswith("| ≥ 7 x | 8.00 x | 8.00 x | 8.00 x | met |")


def test_report_a_gate_is_held_against_the_best_runs_of_its_parts_at_the_largest_size() -> None:
    target = next(each for each in TARGETS if each.text.startswith("500 accounts: CPU time of a gate"))
    runs = [made("module", 2.0, records=500), made("module", 1.0, 1, records=500), made("filters", 3.0, records=500)]
    assert target.measured(Results(runs)) is None
    runs += [made("gate", 8.0, records=500), made("gate", 10.0, 1, records=500), made("gate", 99.0, records=50)]
    assert target.line(Results(runs)).endswith("| ≤ 3 x | 2.00 x | - | - | met |")


def test_report_many_accounts_are_cheaper_as_a_list_than_as_hosts() -> None:
    target = next(each for each in TARGETS if "as hosts ÷ as a list" in each.text)
    few = [made("accounts_hosts", 5.0, records=10), made("accounts_list", 2.0, records=10)]
    assert target.line(Results(few)).endswith("| not measured |")
    runs = [*few, made("accounts_hosts", 50.0, records=100), made("accounts_list", 2.0, records=100)]
    assert target.line(Results([*runs, made("accounts_list", 1.0, records=500)])).endswith("| 25.00 x | - | - | met |")


def test_report_a_size_that_was_not_run_shows_as_that() -> None:
    text = report(Results([made("ours", 1.0)]), SECTIONS, "where and how")
    assert "where and how" in text
    assert "| nothing | - | - | - | - | - | - | - | not run |" in text
    assert "| ours | - | 1.00 | 2.00 | 60 | 50 | 30 | 1 | right |" in text


@pytest.mark.parametrize(("records", "name"), [(1_000, "1 k"), (1_000_000, "1 M"), (1_500, "1500"), (31, "31")])
def test_report_a_size_reads_as_people_say_it(records: int, name: str) -> None:
    assert size_name(records) == name


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ({"a|GB": 0.30000000000000004, "b|GB": 2}, True),
        ({"a|GB": 0.3}, False),
        ({"a|GB": 0.3, "b|GB": 2.1}, False),
        ({"a|GB": 0.3, "b|GB": 2, "c|GB": 0}, False),
    ],
)
def test_report_an_answer_is_right_up_to_the_last_digits_of_a_float(
    tmp_path: Path, answer: dict[str, float], right: bool
) -> None:
    path, totals = tmp_path / "answer.json", {"a|GB": 0.3, "b|GB": 2.0}
    path.write_text(json.dumps(answer), encoding="utf-8")
    assert bench.is_right(path, totals, by_source=False) is right
    path.write_text(json.dumps({"usage": totals, "records": answer}), encoding="utf-8")
    assert bench.is_right(path, totals, by_source=True) is right


def test_report_no_answer_is_not_right(tmp_path: Path) -> None:
    assert not bench.is_right(tmp_path / "missing", {"a|GB": 1.0}, by_source=True)
    (tmp_path / "empty").write_text("{}")
    assert not bench.is_right(tmp_path / "empty", {"a|GB": 1.0}, by_source=True)


def test_report_a_command_is_measured_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "output").open("w") as output:
        figures = run(["sh", "-c", "echo said; exit 3"], {}, tmp_path, output, timeout=60)
    assert (tmp_path / "output").read_text() == "said\n"
    assert figures.status == 3
    assert 0 < figures.wall < 60
    assert figures.controller_mb is None


def test_report_the_look_at_processes_goes_on_when_one_has_ended() -> None:
    never = 2**22 + 1  # above the largest number of a process
    assert list(tree(never)) == [never]


def test_report_the_command_line_names_sizes_runs_and_cases() -> None:
    asked = bench.parse(["--quick", "--runs", "4", "--only", "ours,empty"])
    assert asked.sizes == (1_000, 10_000)
    assert asked.runs == 4
    assert asked.only == ["ours", "empty"]
    assert (asked.accounts, asked.organization) == ((1, 10), 50)
    assert (bench.parse([]).accounts, bench.parse([]).organization) == ((1, 100, 500), 500)
    assert bench.parse([]).sizes == (1_000, 10_000, 100_000, 1_000_000)
    with pytest.raises(SystemExit):
        bench.parse(["--only", "theirs"])
