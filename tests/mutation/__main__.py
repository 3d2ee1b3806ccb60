# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the code that decides, one place after the other, and tell which changes no test notices (`make mutants`).

Arguments are parts of the names of files; without any, all are taken. mutmut changes what stands in functions and
methods; constants and decorated methods stay as they are.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COLLECTION = "ansible_collections/finops/cloudflare"
TESTS = "tests/unit/plugins"
# Files, and the tests that are to notice; those that run a changed function do so once for each of its changes.
TARGETS = {
    "plugin_utils/_verdicts/model.py": ("plugin_utils/_verdicts",),
    "plugin_utils/_verdicts/gate.py": ("plugin_utils/_verdicts",),
    "plugin_utils/_pricing/pricing.py": (
        "plugin_utils/_pricing/test_pricing.py",
        "plugin_utils/_pricing/test_forecast.py",
    ),
    "module_utils/_usage/merge.py": (
        "module_utils/_usage/test_merge.py",
        "plugin_utils/_facts/test_merge.py",
    ),
    "plugin_utils/_facts/merge.py": ("plugin_utils/_facts/test_merge.py", "plugin_utils/_facts/test_merge_refusals.py"),
    "module_utils/_usage/doubts/patterns.py": (
        "module_utils/_usage/doubts/test_patterns.py",
        "module_utils/_usage/doubts/test_silence.py",
    ),
    "module_utils/_usage/doubts/rating.py": (
        "module_utils/_usage/doubts/test_rating.py",
        "module_utils/_usage/doubts/test_coverage.py",
    ),
    "module_utils/_usage/doubts/reasons.py": (
        "module_utils/_usage/doubts/test_silence.py",
        "module_utils/_usage/doubts/test_coverage.py",
        "module_utils/_usage/doubts/test_coverage_words.py",
    ),
    "module_utils/_usage/doubts/silence.py": (
        "module_utils/_usage/doubts/test_silence.py",
        "module_utils/_usage/doubts/test_silence_edges.py",
        "module_utils/_usage/doubts/test_coverage.py",
        "module_utils/_usage/doubts/test_coverage_words.py",
    ),
    "module_utils/_usage/doubts/coverage.py": (
        "module_utils/_usage/doubts/test_coverage.py",
        "module_utils/_usage/doubts/test_coverage_words.py",
        "module_utils/_usage/doubts/test_rating.py",
    ),
    "plugin_utils/_budgets/interface.py": (
        "plugin_utils/_budgets/kinds/test_kinds.py",
        "plugin_utils/_budgets/kinds/test_kinds_edges.py",
        "plugin_utils/_budgets/test_exactness.py",
    ),
    "plugin_utils/_budgets/kinds/actual.py": (
        "plugin_utils/_budgets/kinds/test_alerts.py",
        "plugin_utils/_budgets/kinds/test_kinds.py",
        "plugin_utils/_budgets/kinds/test_kinds_edges.py",
    ),
    "plugin_utils/_budgets/kinds/spike_growth.py": (
        "plugin_utils/_budgets/kinds/test_kinds.py",
        "plugin_utils/_budgets/kinds/test_kinds_edges.py",
        "plugin_utils/_budgets/kinds/test_kinds_words.py",
    ),
    "plugin_utils/_budgets/kinds/alerts.py": (
        "plugin_utils/_budgets/kinds/test_alerts.py",
        "plugin_utils/_budgets/kinds/test_kinds_edges.py",
    ),
    "plugin_utils/_budgets/measures/measure.py": ("plugin_utils/_budgets/measures/test_measure.py",),
    "plugin_utils/_budgets/evaluate.py": (
        "plugin_utils/_budgets/test_evaluate.py",
        "plugin_utils/_budgets/test_evaluate_edges.py",
        "plugin_utils/_budgets/test_evaluate_words.py",
        "plugin_utils/_budgets/kinds/test_kinds_edges.py",
        "plugin_utils/_budgets/kinds/test_kinds_words.py",
        "plugin_utils/_budgets/measures/test_total_cost.py",
    ),
    "module_utils/_usage/series.py": (
        "module_utils/_usage/test_series.py",
        "module_utils/_usage/test_aggregation_edges.py",
    ),
    "module_utils/_usage/aggregation.py": (
        "module_utils/_usage/test_aggregation.py",
        "module_utils/_usage/test_aggregation_edges.py",
        "module_utils/_usage/test_series.py",
        "module_utils/_usage/doubts/test_rating.py",
    ),
}
SETTINGS = """\
[tool.mutmut]
source_paths = ["{collection}"]
also_copy = ["docs", "playbooks"]
only_mutate = ["{collection}/plugins/{target}"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = [
    "-c", "{collection}/pyproject.toml", "-o", "addopts=--import-mode=importlib", "-p", "no:pytest-ansible"
]
timeout_constant = 60.0
track_dependencies = false
use_git_change_detection = false
"""


def survivors(target: str) -> list[tuple[str, str]]:
    """Return the changes of a file that its tests let pass: the function, and the lines taken away and put in place."""
    with tempfile.TemporaryDirectory(prefix="mutants") as name:
        folder = Path(name)
        # Tests are to have names that are not those of the collection, and to find it in the folder that is changed.
        (folder / COLLECTION).parent.mkdir(parents=True)
        (folder / COLLECTION).symlink_to(ROOT)
        for part in ("docs", "playbooks", "tests"):
            (folder / part).symlink_to(ROOT / part)
        (folder / "mutants" / COLLECTION).mkdir(parents=True)
        tests = [f"{TESTS}/{each}" for each in TARGETS[target]]
        settings = SETTINGS.format(collection=COLLECTION, target=target, tests=tests)
        (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
        _mutmut(folder, ["run", "--max-children", "1"])
        results = _mutmut(folder, ["results", "--all", "true"]).splitlines()
        found = dict(line.strip().split(": ") for line in results)
        left = [change for change, outcome in found.items() if outcome not in ("killed", "timeout")]
        if not found:
            sys.exit(f"{target}: mutmut changed nothing")
        print(f"{target}: {len(found)} changes, {len(found) - len(left)} noticed", flush=True)
        shown = re.split("^# (.*): .*$", _mutmut(folder, *(["show", change] for change in left)), flags=re.MULTILINE)
        return [(_function(change), _lines(diff)) for change, diff in zip(shown[1::2], shown[2::2], strict=True)]


def _mutmut(folder: Path, *commands: list[str]) -> str:
    """Run mutmut, and return what it prints."""
    env = {"ANSIBLE_COLLECTIONS_PATH": f"{folder}/mutants", "PYTHONPATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-P", str(HERE / "worker.py"), json.dumps(commands)],
        cwd=folder,
        env={**os.environ, **env},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stdout[-4000:])
    return done.stdout


def _function(change: str) -> str:
    """Return the name of a function as it is in the code: mutmut writes x_function and x\u01c1Class\u01c1method."""
    name = change.rpartition(".")[2].partition("__mutmut_")[0]
    return name.removeprefix("x_").removeprefix("x\u01c1").replace("\u01c1", ".")


def _lines(diff: str) -> str:
    lines = [line for line in diff.splitlines() if line[:1] in ("+", "-") and not line.startswith(("+++", "---"))]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines)


def is_excused(target: str, function: str, change: str, excuses: Mapping[str, Any]) -> bool:
    """Tell whether a change has a written reason: its own, or that of a part that is the same to every test."""
    sides = [re.sub(f"(?m)^[{sign}] ", "", "\n".join(re.findall(f"(?m)^[{sign}].*", change))) for sign in "+-"]
    return any(
        (entry["function"], entry["change"].strip()) == (function, change) for entry in excuses["files"].get(target, [])
    ) or any(re.sub(each["part"], "", sides[0]) == re.sub(each["part"], "", sides[1]) for each in excuses["everywhere"])


def complaints(target: str, found: Sequence[tuple[str, str]], excuses: Mapping[str, Any]) -> list[str]:
    """Return which changes nobody explains, and which explanations are of changes that tests notice."""
    unexplained = [
        f"not noticed in {function}, and without a reason in survivors.yml:\n{change}"
        for function, change in found
        if not is_excused(target, function, change, excuses)
    ]
    needless = [
        f"noticed in {entry['function']}, so its reason in survivors.yml can go:\n{entry['change'].strip()}"
        for entry in excuses["files"].get(target, [])
        if (entry["function"], entry["change"].strip()) not in found
    ]
    return unexplained + needless


def main(names: list[str]) -> int:
    excuses = yaml.safe_load((HERE / "survivors.yml").read_text(encoding="utf-8"))
    if lost := [name for name in names if not any(name in target for target in TARGETS)]:
        sys.exit(f"{', '.join(lost)}: not in the name of a file that is changed. These are:\n" + "\n".join(TARGETS))
    problems = 0
    for target in TARGETS:
        if not names or any(name in target for name in names):
            found = complaints(target, survivors(target), excuses)
            problems += len(found)
            print(*found, sep="\n", end="\n" if found else "", flush=True)
    print(f"{problems} to look at" if problems else "Every change is noticed, or has a reason in survivors.yml")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
