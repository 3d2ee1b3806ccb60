# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doors between the rooms: who may import whom. What is not listed is not allowed."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PACKAGE = "ansible_collections.finops.cloudflare.plugins."
GROUND = {"module_utils"}
COMMON = {*GROUND, "_common"}
FACTS = {*COMMON, "_facts"}
DOORS = {
    "module_utils": {"module_utils"},
    "_common": COMMON,
    "_facts": FACTS,
    "_allocation": {*FACTS, "_allocation"},
    "_forecast": {*COMMON, "_forecast"},
    "_pricing": {*FACTS, "_forecast", "_pricing"},
    "_verdicts": {*COMMON, "_verdicts"},
    "_budgets": {*FACTS, "_forecast", "_pricing", "_verdicts", "_budgets"},
    "_report": {*FACTS, "_forecast", "_verdicts", "_report"},
    "_actions.py": COMMON,
    "_inventory": {*COMMON, "_inventory"},
    "_filters.py": GROUND,
}
KNOW_ANSIBLE = {
    "module_utils/_ansible.py",
    "module_utils/_ansible_options.py",
    "plugin_utils/_actions.py",
    "plugin_utils/_filters.py",
}
MAX_FLOORS = 8


def files() -> list[Path]:
    return [path for folder in ("module_utils", "plugin_utils") for path in sorted((PLUGINS / folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = (node.module.removeprefix(PACKAGE).replace(".", "/") + "/" + each.name for each in node.names)
            found = [name for name in inside if (PLUGINS / f"{name}.py").is_file()]
            names.update(found or [node.module])
        elif isinstance(node, ast.Import):
            names.update(each.name for each in node.names)
    return {name.removeprefix(PACKAGE).replace(".", "/") for name in names}


def room(name: str) -> str:
    parts = name.split("/")
    return parts[1] if parts[0] == "plugin_utils" else parts[0]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PLUGINS)))
def test_doors_are_kept(path: Path) -> None:
    name = str(path.relative_to(PLUGINS))
    own = {each for each in imported(path) if each.startswith(("module_utils/", "plugin_utils/"))}
    assert {each for each in own if room(each) not in DOORS[room(name)]} == set()
    only_the_model = {each for each in own if room(name) in ("_budgets", "_report") and room(each) == "_verdicts"}
    assert only_the_model <= {f"plugin_utils/_verdicts/{name}" for name in ("model", "schema", "words")}
    assert name in KNOW_ANSIBLE or not [each for each in imported(path) if each.partition("/")[0] == "ansible"]


@pytest.mark.parametrize("kind", ["module_utils", "plugin_utils"])
def test_doors_lead_through_at_most_eight_floors_and_in_no_circle(kind: str) -> None:
    names = {str(path.relative_to(PLUGINS).with_suffix("")): path for path in files()}
    graph = {name: {each for each in imported(path) if each.startswith(kind)} for name, path in names.items()}
    floors = list(TopologicalSorter({name: graph[name] for name in graph if name.startswith(kind)}).static_order())
    height: dict[str, int] = {}
    for name in floors:
        height[name] = 1 + max((height[each] for each in graph[name]), default=0)
    assert max(height.values()) <= MAX_FLOORS


def test_doors_utilities_are_private_by_name() -> None:
    for path in files():
        assert path.relative_to(PLUGINS).parts[1].startswith("_"), path
