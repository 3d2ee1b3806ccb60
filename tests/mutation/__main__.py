# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the code that decides, one place after the other, and tell which changes no test notices (`make mutants`).

Run in a copy of the checkout, which is changed. Arguments are parts of the names of files; without any, all are taken.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLUGINS, TESTS = "plugins/", "tests/unit/plugins/"
# Files, and the tests that are to notice, which must be quick: each change runs them once.
TARGETS = {
    "module_utils/_usage/aggregation.py": "module_utils/_usage",
    "module_utils/_usage/coverage.py": "module_utils/_usage",
    "module_utils/_usage/silence.py": "module_utils/_usage",
    "plugin_utils/_pricing/pricing.py": "plugin_utils/_pricing",
    "plugin_utils/_budgets/measure.py": "plugin_utils/_budgets",
    "plugin_utils/_budgets/evaluate.py": "plugin_utils/_budgets",
    "plugin_utils/_verdicts/model.py": "plugin_utils/_verdicts",
    "plugin_utils/_verdicts/gate.py": "plugin_utils/_verdicts",
    "plugin_utils/_facts/merge.py": "plugin_utils/_facts",
}
# Annotations are not executed: with the future import no change of one can be noticed.
SETTINGS = """\
[cosmic-ray]
module-path = {module}
timeout = 600.0
excluded-modules = []
test-command = {command}
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""


def survivors(target: str, tests: str) -> list[str]:
    """Return the changes of a file that its tests let pass, each as the lines that it takes away and puts in place."""
    folder = ROOT / ".cache" / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    settings, session = str(folder / "settings.toml"), str(folder / "session.sqlite")
    Path(session).unlink(missing_ok=True)
    command = f"{sys.executable} -m pytest -q -x {TESTS}{tests}"
    Path(settings).write_text(SETTINGS.format(module=json.dumps(PLUGINS + target), command=json.dumps(command)))
    for step in (["cosmic-ray", "baseline", settings], ["cosmic-ray", "init", settings, session],
                 ["cr-filter-operators", session, settings], ["cosmic-ray", "exec", settings, session]):  # fmt: skip
        program = str(Path(sys.executable).with_name(step[0]))
        subprocess.run([program, *step[1:]], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    dump = subprocess.run(
        [Path(sys.executable).with_name("cosmic-ray"), "dump", session], check=True, capture_output=True, text=True
    )
    results = [result for _item, result in map(json.loads, dump.stdout.splitlines()) if result]
    print(f"{target}: {len(results)} changes, {sum(each['test_outcome'] == 'killed' for each in results)} noticed")
    return [_change(each["diff"]) for each in results if each["test_outcome"] == "survived"]


def _change(diff: str) -> str:
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines)


def main(names: list[str]) -> int:
    known = yaml.safe_load((HERE / "survivors.yml").read_text(encoding="utf-8"))
    new = 0
    for target, tests in TARGETS.items():
        if not names or any(name in target for name in names):
            excused = {entry["change"].strip() for entry in known.get(target, [])}
            for change in survivors(target, tests):
                if change not in excused:
                    new += 1
                    print(f"not noticed in {target}:\n{change}")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
