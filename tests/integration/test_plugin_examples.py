# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules and filters are true: all of them run as they stand."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
BUDGETS = [{"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**9, "unit": "Requests"}]


def _examples(kind: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tasks of the EXAMPLES of every plugin of a kind."""
    found = {}
    for path in sorted((PLUGINS / kind).glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
                found[path.stem] = yaml.safe_load(ast.literal_eval(node.value))
    return found


def _play(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


def _names(tasks: list[dict[str, Any]]) -> list[str]:
    """Return the names of the tasks themselves, of those in blocks too."""
    return [name for task in tasks for name in (_names(task["block"]) if "block" in task else [task["name"]])]


@pytest.mark.parametrize("module", ["cloudflare_usage_info", "cloudflare_usage_export"])
def test_plugin_examples_the_examples_of_a_module_run(play: Play, simulator: Server, module: str) -> None:
    tasks = _examples("modules")[module]
    run = play(_play(tasks), variables={"cloudflare_api_token": "simulator-token"}, env=simulator.env())
    assert (run.code, run.failures()) == (0, []), run.output
    assert {line["task"] for line in run.record if line["status"] in ("ok", "changed")} == set(_names(tasks))


def test_plugin_examples_the_examples_of_all_filters_run(play: Play, simulator: Server, tmp_path: Path) -> None:
    examples = _examples("filter")
    assert set(examples) == {path.stem for path in (PLUGINS / "filter").glob("*.py")}
    (tmp_path / "budgets.yml").write_text(yaml.safe_dump(BUDGETS))
    card = PLUGINS.parent / "playbooks" / "files" / "rate-card-2026-10.yml"
    (tmp_path / "rate-card.yml").write_text(card.read_text(encoding="utf-8"))
    prepare = [
        {"ansible.builtin.include_role": {"name": f"finops.cloudflare.{role}"}, "name": role}
        for role in ("usage_facts", "budget_assert")
    ]
    # One reads what another writes, and two set the facts anew for all after them.
    first, last = ["usage_json"], ["evaluate_budgets", "merge_usage"]
    order = [*first, *(name for name in examples if name not in (*first, *last)), *last]
    tasks = [task for name in order for task in examples[name]]
    variables = {
        "usage_facts_accounts": ["023e105f4ecef8ad9ca31a8372d0c353"],
        "usage_facts_period": "last_30_days",
        "usage_facts_group_by": ["account", "product_family", "metric", "zone"],
        "budget_assert_budgets": BUDGETS,
    }
    summary = tmp_path / "summary.md"
    env = {**simulator.env(), "GITHUB_STEP_SUMMARY": str(summary)}
    run = play(_play([*prepare, *tasks]), variables=variables, env=env)
    assert (run.code, run.failures()) == (0, []), run.output
    done = {line["task"] for line in run.record if line["status"] in ("ok", "changed")}
    assert set(_names(tasks)) - done == {"Fail once, at the end"}  # the budget is kept
    assert "Cloudflare" in summary.read_text()
