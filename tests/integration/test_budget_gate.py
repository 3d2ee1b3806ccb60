# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook budget_gate and the role budget_assert: exit codes, messages, facts and files of every way to end."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

GATE = "finops.cloudflare.budget_gate"
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
UNKNOWN = "f" * 32
MAY = {"usage_facts_accounts": [ACCOUNT], "usage_facts_from": "2025-05-01", "usage_facts_to": "2025-05-31"}
KEPT: dict[str, Any] = {
    "name": "workers-requests",
    "match": {"metric": "workers_standard_requests"},
    "limit": 10**9,
    "unit": "Requests",
}
VIOLATED = {"name": "kv-reads", "match": {"metric": "Workers KV Reads"}, "limit": 1000, "owner": "team kv"}
UNKNOWABLE = {"name": "the-bill", "measure": "billed_cost", "limit": 100, "currency": "USD"}
# Each file costs a run half a second, so only the tests that are about files write all of them.
FEWEST: dict[str, Any] = {"usage_report_formats": ["json"], "budget_assert_formats": ["junit"]}
FEW: dict[str, Any] = {"usage_report_formats": ["json", "markdown"], "budget_assert_formats": ["junit", "sarif"]}
FEW_REPORTS = ["usage.json", "usage.md"]
FEW_VERDICTS = ["budgets.junit.xml", "budgets.sarif"]
VERDICTS = ["budgets.codequality.json", "budgets.junit.xml", "budgets.md", "budgets.sarif"]


def budgets_file(folder: Path, *budgets: dict[str, Any]) -> str:
    (folder / "budgets.yml").write_text(yaml.safe_dump(list(budgets), sort_keys=False), encoding="utf-8")
    return "budgets.yml"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def junit(folder: Path) -> dict[str, str]:
    root = ET.parse(folder / "budgets.junit.xml").getroot()
    return {word: root.attrib[word] for word in ("tests", "failures", "errors")}


def test_budget_gate_kept_budgets_let_the_play_go_on_and_a_second_run_changes_nothing(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    variables = {**MAY, **FEWEST, "budget_assert_budgets_file": budgets_file(tmp_path, KEPT)}
    first = play(GATE, variables=variables, env=simulator.env())
    assert (first.code, first.failures()) == (0, [])
    folder = tmp_path / "cloudflare-usage"
    assert names(folder) == ["budgets.junit.xml", "usage.json"]
    assert junit(folder) == {"tests": "1", "failures": "0", "errors": "0"}
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o640"}
    [gate] = first.artifacts["cloudflare_gate_results"]
    assert (gate["result"], gate["failed"], gate["exit_code"], gate["host"]) == ("within_budget", False, 0, "localhost")
    table = first.results("Show the verdicts")[0]["result"]["msg"]
    assert table[0].startswith("STATUS  GATE  BUDGET")
    assert table[-1] == "Within budget: 1 verdict, all passed."

    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    second = play(GATE, variables=variables, env=simulator.env())
    assert second.code == 0
    assert second.changed() == []
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_budget_gate_violated_budgets_fail_the_play_once_after_everything_is_written(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    file = budgets_file(tmp_path, KEPT, VIOLATED, UNKNOWABLE)
    variables = {**MAY, **FEW, "budget_assert_budgets_file": file, "usage_report_dest": str(tmp_path / "out")}
    checked = play(GATE, "--check", "--diff", variables=variables, env=simulator.env())
    assert (checked.code, checked.failures()) == (0, []), "check mode shows and does not fail"
    assert checked.artifacts["cloudflare_gate_results"][0]["result"] == "violated"
    assert "+++ after: " in checked.stdout
    assert "budgets.junit.xml" in checked.stdout
    lines = checked.results("Show the verdicts")[0]["result"]["msg"]
    assert "Budget violated: 2 of 3 verdicts did not pass." in lines
    assert lines[-1] == "Check mode: the play would fail here."
    assert names(tmp_path / "out") == []

    run = play(GATE, variables=variables, env=simulator.env())
    assert run.code == 2
    [message] = run.failures()
    assert message.startswith("Budget violated: 2 of 3 verdicts did not pass.")
    assert "fail: kv-reads: " in message
    assert "(owner: team kv)" in message
    assert "unknown: the-bill: Can't tell: " in message
    assert names(tmp_path / "out") == sorted(FEW_REPORTS + FEW_VERDICTS), "the report is written when the gate fails"
    assert junit(tmp_path / "out") == {"tests": "3", "failures": "1", "errors": "1"}
    report = json.loads((tmp_path / "out" / "usage.json").read_text())
    assert [verdict["status"] for verdict in report["verdicts"]] == ["pass", "fail", "unknown"]
    [gate] = run.artifacts["cloudflare_gate_results"]
    assert (gate["result"], gate["exit_code"]) == ("violated", 2)
    [location] = json.loads((tmp_path / "out" / "budgets.sarif").read_text())["runs"][0]["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "budgets.yml"
    line = location["physicalLocation"]["region"]["startLine"]
    assert "kv-reads" in (tmp_path / "budgets.yml").read_text().splitlines()[line - 1]
    [published] = run.artifacts["cloudflare_usage_reports"]
    assert published["status"] == "complete"
    assert published["markdown"] == (tmp_path / "out" / "usage.md").read_text()


def test_what_can_not_be_told_is_no_pass_and_no_violation(play: Play, simulator: Server, tmp_path: Path) -> None:
    variables = {**MAY, "usage_facts_accounts": [UNKNOWN], "budget_assert_budgets": [KEPT], "usage_report_dest": "out"}
    (tmp_path / "out").mkdir(mode=0o755)
    (tmp_path / "out" / "budgets.junit.xml").write_text("<testsuites name='green since yesterday'/>")
    run = play(GATE, variables=variables, env=simulator.env())
    assert run.code == 2
    assert run.failures()[-1].startswith("Could not tell whether the budgets are kept: ")
    assert "refused with HTTP 403" in run.failures()[-1]
    [gate] = run.artifacts["cloudflare_gate_results"]
    assert (gate["result"], gate["exit_code"]) == ("could_not_tell", 2)
    assert "HTTP 403" in gate["problem"]
    assert names(tmp_path / "out") == VERDICTS, "there is no report without facts"
    assert junit(tmp_path / "out") == {"tests": "1", "failures": "0", "errors": "1"}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755, "a folder that is there keeps its mode"


def test_one_play_after_another_keeps_nothing_of_the_one_before(play: Play, simulator: Server, tmp_path: Path) -> None:
    other = simulator.world()["accounts"][1]["id"]
    lean = {**MAY, "usage_report_formats": ["json"], "budget_assert_formats": []}
    zones = {"name": "bandwidth", "match": {"product_family": "Argo"}, "each": "zone", "limit": 10**6}
    card = {"name": "x", "source": "x", "checked_on": "2025-05-01", "currency": "USD"}
    prices = [{"metric": "workers_standard_requests", "unit": "Requests", "price": 1}]
    plays: list[dict[str, Any]] = [
        {
            "import_playbook": GATE,
            "vars": {**lean, "budget_assert_budgets": [KEPT], "budget_assert_rate_card": {**card, "prices": prices}},
        },
        {
            "import_playbook": GATE,
            "vars": {
                **lean,
                "usage_facts_accounts": [other],
                "budget_assert_budgets": [zones],
                "usage_report_dest": "two",
            },
        },
        {"import_playbook": "finops.cloudflare.usage_report", "vars": {**lean, "usage_report_dest": "three"}},
    ]
    run = play(plays, env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
    one, two, three = (
        json.loads((tmp_path / name / "usage.json").read_text()) for name in ("cloudflare-usage", "two", "three")
    )
    assert [one["usage"]["scope_id"], two["usage"]["scope_id"], three["usage"]["scope_id"]] == [ACCOUNT, other, ACCOUNT]
    assert [verdict["name"] for verdict in one["verdicts"]] == ["workers-requests"]
    assert {verdict["name"] for verdict in two["verdicts"]} == {"bandwidth"}
    assert three["verdicts"] == []
    assert (one["estimate"]["currency"], two["estimate"], three["estimate"]) == ("USD", None, None)
    assert [gate["result"] for gate in run.artifacts["cloudflare_gate_results"]] == ["within_budget"] * 2


def judge(**variables: Any) -> dict[str, Any]:
    """Return a step that runs the role and notes in a variable what came out, whether it fails or not."""
    role = {"include_role": {"name": "finops.cloudflare.budget_assert"}, "vars": variables}
    noted = "{{ (noted | default([])) + [[cloudflare_gate.result, cloudflare_budgets | map(attribute='status')]] }}"
    return {"block": [role], "rescue": [{"debug": {"msg": "go on"}}], "always": [{"set_fact": {"noted": noted}}]}


def test_budget_gate_the_role_on_its_own(play: Play, simulator: Server, tmp_path: Path) -> None:
    (tmp_path / "card.yml").write_text(
        yaml.safe_dump(
            {
                "name": "sample",
                "source": "made up",
                "checked_on": "2025-05-01",
                "currency": "USD",
                "prices": [{"metric": "workers_standard_requests", "unit": "Requests", "price": 0.3, "block": 1000000}],
            }
        )
    )
    estimated = {**KEPT, "measure": "estimated_cost", "limit": 1000, "currency": "USD"}
    del estimated["unit"]
    facts = {"include_role": {"name": "finops.cloudflare.usage_facts"}, "vars": MAY}
    steps = [
        judge(budget_assert_budgets=[KEPT]),
        facts,
        judge(budget_assert_budgets=[]),
        judge(budget_assert_budgets=[KEPT], budget_assert_budgets_file="card.yml"),
        judge(budget_assert_budgets_file="nowhere.yml"),
        judge(budget_assert_budgets=[KEPT], budget_assert_usage={"status": "complete"}),
        judge(budget_assert_budgets=[{**KEPT, "unit": "GB"}]),
        judge(budget_assert_budgets=[{**KEPT, "match": {"metric": "nothing"}}]),
        judge(budget_assert_budgets=[{**KEPT, "match": {"metric": "nothing"}, "on_no_match": "warn"}]),
        judge(budget_assert_budgets=[{**KEPT, "each": "zone"}]),
        judge(budget_assert_budgets_file=budgets_file(tmp_path, {**KEPT, "name": "{{ 1/0 }} {% raw %}"})),
        judge(budget_assert_budgets=[estimated], budget_assert_rate_card_file="card.yml"),
        {
            "copy": {
                "content": "{{ [noted, cloudflare_estimate] | to_json }}",
                "dest": str(tmp_path / "x"),
                "mode": "0600",
            }
        },
    ]
    run = play([{"hosts": "localhost", "gather_facts": False, "tasks": steps}], env=simulator.env())
    noted, estimate = json.loads((tmp_path / "x").read_text())
    assert noted == [
        ["could_not_tell", []],
        ["could_not_tell", []],
        ["could_not_tell", []],
        ["could_not_tell", []],
        ["could_not_tell", []],
        ["could_not_tell", ["unknown"]],
        ["could_not_tell", ["unknown"]],
        ["warning", ["unknown"]],
        ["could_not_tell", ["unknown"]],
        ["within_budget", ["pass"]],
        ["within_budget", ["pass"]],
    ]
    assert "{{ 1/0 }} {% raw %}" in run.results("Show the verdicts")[-2]["result"]["msg"][1]
    assert estimate["currency"] == "USD"
    assert run.code == 0


def test_gate_with_hundreds_of_verdicts_keeps_every_text_short(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--zones", "800", "--names", "unicode")
    budget = {"name": "each", "match": {"product_family": "*Argo"}, "each": "zone", "limit": 0}
    variables = {
        **MAY,
        "usage_facts_to": "2025-05-02",
        "budget_assert_budgets": [{**budget, "owner": "the team that owns it " * 4}],
        "budget_assert_formats": ["junit"],
        "usage_report_formats": ["json"],
        "usage_report_deliver": ["deliver.yml"],
    }
    (tmp_path / "deliver.yml").write_text(
        "- {name: Text, ansible.builtin.debug: {msg: '{{ [cloudflare_report_text, __usage_report.chat_text] }}'}}\n"
    )
    run = play(GATE, variables=variables, env=server.env())
    assert run.code == 2
    [message] = run.failures()
    assert message.startswith("Budget violated: 800 of 800 verdicts did not pass.\nfail: each ")
    assert re.search(r"\n… and \d+ more verdicts\.$", message)
    assert len(message) <= 4000
    for published in run.artifacts.values():
        assert len(json.dumps(published, ensure_ascii=False).encode()) <= 32_100
    [gate] = run.artifacts["cloudflare_gate_results"]
    assert gate["counts"]["fail"] == 800
    assert len(gate["budgets"]) + gate["left_out"] == 800
    texts = run.results("Text")[0]["result"]["msg"]
    assert [text for text in texts if len(text) > 3000] == []
    table = run.results("Show the verdicts")[0]["result"]["msg"]
    assert len(table) < 260
    assert "… and 700 more verdicts" in table
    assert junit(tmp_path / "cloudflare-usage") == {"tests": "800", "failures": "800", "errors": "0"}


# Inputs that are wrong, and how what is said of each begins.
WRONG_INPUTS: list[tuple[dict[str, Any], str]] = [
    (
        {"budget_assert_formats": ["pdf"]},
        "value of budget_assert_formats must be one or more of: junit, sarif, codequ",
    ),
    ({"budget_assert_budgets": "[{name: a"}, "budget_assert_budgets, line 2: not valid YAML: "),
    (
        {"budget_assert_budgets_file": "budgets.yml"},
        "budgets.yml: budget 'a', limitt: not known here; did you mean limit? Known are name, ",
    ),
    ({"budget_assert_budgets_file": "broken.yml"}, "broken.yml, line 2: not valid YAML: "),
    (
        {"budget_assert_budgets_file": "nowhere.yml"},
        "nowhere.yml: there is no such file (budget_assert_budgets_file)",
    ),
    ({"budget_assert_rate_card": "{name: x}"}, "budget_assert_rate_card: "),
    (
        {"budget_assert_allocation_file": "too-much.yml"},
        "too-much.yml: rule 'a', shares: they come to 110 %",
    ),
    (
        {"budget_assert_allocation_file": "twice.yml"},
        "twice.yml, line 3: duplicate key 'owner'",
    ),
    (
        {
            "budget_assert_budgets": [{**KEPT, "name": "a", "period": "year"}, {**KEPT, "name": "b"}],
            "usage_facts_from": "",
            "usage_facts_to": "",
        },
        "budget_assert_budgets: budget 'b', period: missing; ",
    ),
]


def test_gate_says_first_and_alone_what_is_wrong_with_its_input(play: Play, simulator: Server, tmp_path: Path) -> None:
    (tmp_path / "budgets.yml").write_text("- {name: a, limitt: 3}\n")
    (tmp_path / "broken.yml").write_text("- name: a\n  limit: 3: 4\n")
    (tmp_path / "too-much.yml").write_text("- name: a\n  shares: {x: 60, y: 50}\n")
    (tmp_path / "twice.yml").write_text("- name: a\n  owner: x\n  owner: y\n")
    hosts = {}
    for number, (wrong, _words) in enumerate(WRONG_INPUTS):
        given = {} if any("budgets" in option for option in wrong) else {"budget_assert_budgets": [KEPT]}
        hosts[f"input{number}"] = {**MAY, **FEWEST, "usage_report_dest": f"out{number}", **given, **wrong}
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}))
    asked = len(simulator.requests())
    run = play(GATE, "-i", "hosts.yml", "-e", "cloudflare_hosts=all", env=simulator.env())
    assert run.code == 2
    periods = {one["query"]["from"][0] for one in simulator.requests()[asked:]}
    assert periods == {"2025-04-01", "2025-05-01"}, "that of the host with wrong formats; all else is checked before"
    failures = {line["host"]: line["result"]["msg"] for line in run.record if line["status"] == "failed"}
    tables = {line["host"]: line["result"]["msg"] for line in run.results("Show the verdicts")}
    gates = {gate["host"]: gate for gate in run.artifacts["cloudflare_gate_results"]}
    for number, (_wrong, words) in enumerate(WRONG_INPUTS):
        host = f"input{number}"
        headline, problem, *_more = failures[host].splitlines()
        assert headline.startswith("Could not tell whether the budgets are kept: ")
        assert problem.startswith(words)
        assert re.search(rf"^{re.escape(words)}", run.output, re.MULTILINE), "it stands at the begin of a line"
        assert gates[host]["result"] == "could_not_tell"
        assert gates[host]["problem"].splitlines()[0] == problem
        assert words[:40] in tables[host][1]
        assert junit(tmp_path / f"out{number}") == {"tests": "1", "failures": "0", "errors": "1"}
        [error] = ET.parse(tmp_path / f"out{number}" / "budgets.junit.xml").getroot().iter("error")
        assert words[:40] in error.attrib["message"]


def test_gate_that_can_not_write_says_so_after_the_verdicts(play: Play, simulator: Server, tmp_path: Path) -> None:
    (tmp_path / "cloudflare-usage").write_text("a file in the way")
    run = play(GATE, variables={**MAY, **FEWEST, "budget_assert_budgets": [KEPT]}, env=simulator.env())
    assert run.code == 2
    [verdicts, report] = run.failures()
    assert "cloudflare-usage" in verdicts.splitlines()[0]
    assert verdicts.endswith("Within budget: 1 verdict, all passed.")
    assert "cloudflare-usage" in report
    [gate] = run.artifacts["cloudflare_gate_results"]
    assert gate["result"] == "within_budget"


def test_budgets_on_tags_have_the_usage_grouped_by_them(play: Play, simulator: Server) -> None:
    mine = {**KEPT, "match": {**KEPT["match"], "tag.team": "payments"}}
    variables = {**MAY, **FEWEST, "usage_facts_source": "rated", "budget_assert_budgets": [mine]}
    run = play(GATE, variables=variables, env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
    assert run.results("Show the verdicts")[0]["result"]["msg"][-1] == "Within budget: 1 verdict, all passed."


def test_gate_asks_once_for_the_days_that_its_budgets_need(play: Play, simulator: Server, tmp_path: Path) -> None:
    budgets = [{**KEPT, "name": word, "period": word} for word in ("day", "month", "year")]
    variables = {**FEWEST, "usage_facts_accounts": [ACCOUNT], "usage_report_dest": str(tmp_path / "out")}
    run = play(GATE, variables={**variables, "budget_assert_budgets": budgets}, env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
    report = json.loads((tmp_path / "out" / "usage.json").read_text())
    verdicts = {verdict["name"]: verdict for verdict in report["verdicts"]}
    assert {verdict["period"]["from"] for verdict in verdicts.values()} == {
        verdict["from"] for verdict in verdicts.values()
    }
    assert verdicts["day"]["from"] == verdicts["day"]["to"] == verdicts["year"]["to"]
    assert verdicts["year"]["from"].endswith("-01-01")
    asked = [each for each in run.results("Read the usage from Cloudflare") if each["status"] == "item"]
    assert len(asked) == 1
