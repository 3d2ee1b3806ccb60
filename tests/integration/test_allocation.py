# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An allocation in the gate, in the report and as a filter: the sums of the facts, and who owns what."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
MAY = {"usage_facts_accounts": [ACCOUNT], "usage_facts_from": "2025-05-01", "usage_facts_to": "2025-05-31"}
FORMATS = {"usage_report_formats": ["json", "csv", "html"], "budget_assert_formats": []}
# Jinja in a file of rules is text, and so is it as the name of an owner.
HOSTILE = "{{ lookup('pipe', 'id') }} =1+1 <script>"
RULES: list[dict[str, Any]] = [
    {"name": "workers", "match": {"product_family": "Workers"}, "owner": HOSTILE},
    {"name": "class-a", "match": {"metric": "r2_class_a_operations"}, "shares": {HOSTILE: 25, "team r2": 75}},
    {"name": "storage", "match": {"metric": "r2_*"}, "owners": ["team r2", "team find", "team shop"]},
]
OWNED = {"name": "of-r2", "match": {"owner": "team r2", "metric": "r2_class_a_operations"}, "limit": 10**9}


def rules_file(folder: Path, rules: Any) -> str:
    text = rules if isinstance(rules, str) else yaml.safe_dump(rules, sort_keys=False)
    (folder / "allocation.yml").write_text(text, encoding="utf-8")
    return "allocation.yml"


def test_allocation_in_the_gate_judges_and_reports_owners_twice_alike(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    far = {"name": "far", "match": {"zone": "*"}, "owner": "team far"}
    variables = {
        **MAY, **FORMATS, "budget_assert_budgets": [OWNED],
        "budget_assert_allocation_file": rules_file(tmp_path, [*RULES, far]),
    }  # fmt: skip
    first = play("finops.cloudflare.budget_gate", variables=variables, env=simulator.env())
    assert (first.code, first.failures()) == (0, [])
    folder = tmp_path / "cloudflare-usage"
    usage = json.loads((folder / "usage.json").read_text(encoding="utf-8"))["usage"]
    owners = {group["owner"] for group in usage["groups"]}
    assert owners == {HOSTILE, "team r2", "team find", "team shop", "team far", "unallocated"}
    assert usage["group_by"] == ["account", "product_family", "metric", "zone", "owner"]

    rows = list(csv.DictReader(io.StringIO((folder / "usage.csv").read_text(encoding="utf-8"), newline="")))
    by_rule = {(row["allocation_rule"], row["owner"]) for row in rows if row["allocation_rule"] == "class-a"}
    assert by_rule == {("class-a", HOSTILE), ("class-a", "team r2")}
    [verdict] = json.loads((folder / "usage.json").read_text(encoding="utf-8"))["verdicts"]
    plain = play(
        "finops.cloudflare.usage_report",
        variables={**MAY, "usage_report_formats": ["json"], "usage_report_dest": "plain"},
        env=simulator.env(),
    )
    assert plain.code == 0
    facts = json.loads((tmp_path / "plain" / "usage.json").read_text(encoding="utf-8"))["usage"]
    class_a = [each for each in facts["groups"] if each["x_billable_metric_id"] == "r2_class_a_operations"]
    assert verdict["actual"] == 0.75 * sum(each["consumed_quantity"] for each in class_a)
    for metric in {group["x_billable_metric_id"] for group in facts["groups"]}:
        assert total(usage, metric) == total(facts, metric), metric

    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    second = play("finops.cloudflare.budget_gate", variables=variables, env=simulator.env())
    assert (second.code, second.changed()) == (0, [])
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def total(usage: dict[str, Any], metric: str) -> Decimal:
    values = [
        Decimal(group.get("exact", {}).get("consumed_quantity") or repr(group["consumed_quantity"]))
        for group in usage["groups"]
        if group["x_billable_metric_id"] == metric
    ]
    return sum(values, Decimal(0))


def test_allocation_in_the_report_and_as_a_filter(play: Play, simulator: Server, tmp_path: Path) -> None:
    variables = {**MAY, "usage_report_formats": ["json"], "usage_report_allocation": RULES}
    checked = play("finops.cloudflare.usage_report", "--check", variables=variables, env=simulator.env())
    assert (checked.code, (tmp_path / "cloudflare-usage").exists()) == (0, False)
    run = play("finops.cloudflare.usage_report", variables=variables, env=simulator.env())
    assert run.code == 0
    groups = json.loads((tmp_path / "cloudflare-usage" / "usage.json").read_text(encoding="utf-8"))["usage"]["groups"]
    assert {group["allocation_rule"] for group in groups} == {"workers", "class-a", "storage", None}
    tasks = [
        {
            "name": "Read",
            "finops.cloudflare.cloudflare_usage_info": {
                "account_id": ACCOUNT, "from": "2025-05-01", "to": "2025-05-31", "group_by": ["account"],
            },
            "register": "read",
        },
        {
            "name": "Allocate",
            "ansible.builtin.debug": {"msg": "{{ read.usage | finops.cloudflare.allocate_usage(item) }}"},
            "loop": [RULES, [{"name": "x"}]],
        },
    ]  # fmt: skip
    python = "{{ ansible_playbook_python }}"
    playbook = {"hosts": "localhost", "gather_facts": False, "vars": {"ansible_python_interpreter": python}}
    run = play([{**playbook, "tasks": tasks}], env=simulator.env())
    assert run.code == 2
    messages = [line["result"]["msg"] for line in run.record if line["status"] == "item_failed"]
    assert "The allocation looks at product_family, metric, by which the usage facts are not grouped." in messages[0]
    assert "rule 'x': needs exactly one of owner, shares, owners" in messages[1]
    assert "Traceback" not in run.output
