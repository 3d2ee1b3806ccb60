# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection, look into the artifact, and install it the way a user does."""

from __future__ import annotations

import argparse
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TextIO

from .commands import CACHE, ROOT, StageError, run
from .environments import DEMO, Environment
from .sources import COLLECTION, copy

# Whole folders a user needs; of the others galaxy.yml names single files.
WHOLE = ("playbooks/", "plugins/", "roles/")
FOLDERS = (*WHOLE, "docs/", "meta/", "changelogs/changelog.yaml")
FILES = frozenset({"CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "requirements.txt"})
NEEDED = FILES | {"changelogs/changelog.yaml", "meta/execution-environment.yml", "meta/runtime.yml"}


def build(log: TextIO, environment: Environment, tree: Path, destination: Path) -> Path:
    """Build the artifact from a copy of the checkout and return its path."""
    galaxy = environment.program("ansible-galaxy")
    run(log, galaxy, "collection", "build", "--force", "--output-path", destination, tree, env=environment.variables())
    return next(destination.glob("finops-cloudflare-*.tar.gz"))


def install(log: TextIO, environment: Environment, artifact: Path, destination: Path) -> Path:
    """Install the artifact into a collections folder of its own, from the file alone, and return that folder."""
    galaxy = environment.program("ansible-galaxy")
    command = (galaxy, "collection", "install", "--offline", "--no-deps", "--force", artifact, "-p", destination)
    run(log, *command, env=environment.variables(ANSIBLE_COLLECTIONS_PATH=destination))
    return destination


def problems(artifact: Path, tree: Path) -> list[str]:
    """Compare what is in the artifact with what belongs there."""
    with tarfile.open(artifact) as archive:
        members = archive.getmembers()
    held = {member.name for member in members if not member.isdir()}
    source = {path.relative_to(tree).as_posix() for path in tree.rglob("*.*") if path.suffix != ".pyc"}
    needed = NEEDED | {name for name in source if name.startswith(WHOLE)}
    return [
        *(f"is missing from the artifact: {name}" for name in sorted(needed - held)),
        *(f"does not belong in the artifact: {name}" for name in sorted(held) if not _belongs(name)),
        *(f"is not a plain file: {member.name}" for member in members if not (member.isfile() or member.isdir())),
    ]


def check(log: TextIO, environment: Environment, artifact: Path, tree: Path, installed: Path) -> None:
    """Fail unless the artifact holds what it should and what is installed is what was built."""
    found = problems(artifact, tree)
    if found:
        log.write("\n".join(found) + "\n")
        raise StageError(f"the artifact differs from what belongs in it: {len(found)} problems")
    command = (environment.program("ansible-galaxy"), "collection", "verify", "--offline", "finops.cloudflare")
    run(log, *command, env=environment.variables(ANSIBLE_COLLECTIONS_PATH=installed))
    if not (installed / COLLECTION / "MANIFEST.json").is_file():
        raise StageError("the collection was not installed where it was told to")


def _belongs(name: str) -> bool:
    return name in FILES or (name.startswith(FOLDERS) and "__pycache__" not in name)


def main() -> int:
    """Build into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Build the artifact of the collection.")
    parser.add_argument("destination", type=Path, help="the folder for the artifact")
    destination = parser.parse_args().destination.resolve()
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=CACHE) as folder, (Path(folder) / "log").open("w+") as log:
        try:
            DEMO.make(log)
            artifact = build(log, DEMO, copy(log, Path(folder)), destination)
        except StageError as error:
            log.seek(0)
            print(log.read(), file=sys.stderr)
            print(f"The artifact was not built: {error}", file=sys.stderr)
            return 1
    print(artifact.relative_to(ROOT) if artifact.is_relative_to(ROOT) else artifact)
    return 0


if __name__ == "__main__":
    sys.exit(main())
