# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module imports for a small query, and how much of ours Ansible packs: both are most of its time."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
PACKAGE = "ansible_collections.finops.cloudflare.plugins."
MODULE = PLUGINS / "modules" / "cloudflare_usage_info.py"
WRITER = PLUGINS / "modules" / "cloudflare_report_files.py"
MOST_BYTES, MOST_FILES = 375_000, 54  # a kilobyte of source takes about a millisecond of each task
RARE = ("_api.listings", "_sources.paygo_v1", "_sources.rated_v2", "_usage.fees", "_usage.merge")


def packed(module: Path) -> set[Path]:
    """Return our files that Ansible packs into a module: everything that is imported, wherever in a file."""
    found, waiting = set(), [module]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
                place = PLUGINS / str(node.module).removeprefix(PACKAGE).replace(".", "/")
                files = [place.with_suffix(".py"), *(place / f"{each.name}.py" for each in node.names)]
                waiting += [file for file in files if file.is_file()]
    return found


def test_start_up_what_is_packed_into_the_module_stays_small() -> None:
    files = packed(MODULE)
    assert MODULE in files
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
    assert len(files) <= MOST_FILES


def test_start_up_of_what_writes_files_is_packed_without_what_asks_the_api() -> None:
    files = {str(path.relative_to(PLUGINS)) for path in packed(WRITER)}
    assert {"module_utils/_ansible.py", "module_utils/_report_files.py"} < files
    assert not [name for name in files if name.startswith(("module_utils/_api", "module_utils/_usage"))]
    assert len(files) <= 8


def test_start_up_imports_nothing_that_a_small_query_of_one_account_does_not_need() -> None:
    script = "import json, sys; import MODULE; print(json.dumps(sorted(sys.modules)))".replace(
        "MODULE", f"{PACKAGE}modules.cloudflare_usage_info"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    imported = set(json.loads(done.stdout))
    assert f"{PACKAGE}module_utils._usage.query" in imported
    assert imported.isdisjoint(
        {"jsonschema", "concurrent.futures", *(f"{PACKAGE}module_utils.{name}" for name in RARE)}
    )
