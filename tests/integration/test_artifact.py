# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact holds what a user needs and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("changelogs/changelog.yaml", "docs", "meta", "playbooks", "plugins", "roles")
LEFT_OUT = "docs/examples/awx/"  # which Galaxy's importer can't check
FILES = ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "requirements.txt")


def test_artifact_holds_every_file_of_the_product_and_no_other(installed: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *FOLDERS, *FILES]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = [name for name in listing.split("\0") if not name.startswith(LEFT_OUT)]
    wanted = {name for name in names if name and (ROOT / name).is_file()}
    entries = json.loads((installed / "FILES.json").read_text(encoding="utf-8"))["files"]
    assert {entry["name"] for entry in entries if entry["ftype"] == "file"} == wanted


def test_artifact_holds_plain_files_only(installed: Path) -> None:
    assert [path for path in installed.rglob("*") if path.is_symlink()] == []
