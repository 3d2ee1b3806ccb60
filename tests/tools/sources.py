# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout where the tools want a collection to be: under ansible_collections/finops/cloudflare."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TextIO

from .commands import CACHE, ROOT, run

COLLECTION = Path("ansible_collections") / "finops" / "cloudflare"
LINKED = CACHE / "linked"
NOT_LINKED = (".git", ".cache", "collections")


def link() -> Path:
    """Make a collections folder of links, so that tests see every edit at once; return that folder."""
    folder = LINKED / COLLECTION
    folder.mkdir(parents=True, exist_ok=True)
    # One link for each entry: a link to the checkout itself would lead back into the cache without end.
    wanted = {entry.name: entry for entry in ROOT.iterdir() if entry.name not in NOT_LINKED}
    for entry in folder.iterdir():
        if entry.name not in wanted:
            entry.unlink()
    for name, target in wanted.items():
        place = folder / name
        if not place.is_symlink():
            place.symlink_to(os.path.relpath(target, folder))
    return LINKED


def files() -> list[str]:
    """List the files of the checkout: those of the last commit and new ones, less what git ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listing.split("\0")) if name and (ROOT / name).is_file())


def copy(log: TextIO, destination: Path) -> Path:
    """Copy the checkout's files into a git repository of their own; return its path."""
    tree = destination / COLLECTION
    for name in files():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    # ansible-test and ansible-lint list files by git, and skip all of a folder that a repository around it ignores.
    run(log, "git", "init", "--quiet", cwd=tree)
    run(log, "git", "add", "--all", cwd=tree)
    return tree
