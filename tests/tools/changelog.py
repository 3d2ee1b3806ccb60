# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write CHANGELOG.md and changelogs/changelog.yaml from the fragments, or say that they are out of date."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import TextIO

from .commands import CACHE, ROOT, StageError, attempt, run
from .environments import LINT
from .sources import copy

DATA = "changelogs/changelog.yaml"
WRITTEN = ("CHANGELOG.md", DATA)


def check(log: TextIO, tree: Path) -> bool:
    """Tell whether the fragments are sound and the changelog is what they make; the copy is changed by it."""
    program, env = LINT.program("antsibull-changelog"), LINT.variables()
    sound = attempt(log, program, "lint", cwd=tree, env=env) == 0
    if not sound or not (tree / DATA).exists():
        return False
    release(log, tree)
    same = attempt(log, "git", "diff", "--exit-code", "--", *WRITTEN, cwd=tree) == 0
    if not same:
        log.write("Run `make changelog` and commit what it wrote.\n")
    return same and attempt(log, program, "lint-changelog-yaml", DATA, cwd=tree, env=env) == 0


def release(log: TextIO, tree: Path) -> None:
    """Fold the fragments into the release that galaxy.yml names; a release keeps the date that it has."""
    version = re.search(r"^version: (\S+)$", (tree / "galaxy.yml").read_text(), re.MULTILINE)
    data = (tree / DATA).read_text() if (tree / DATA).exists() else ""
    entry = data.partition(f"\n  {version[1]}:\n")[2] if version else ""
    dated = re.match(r"(?:    .*\n)*?    release_date: '(.+)'$", entry, re.MULTILINE)
    date = dated[1] if dated else datetime.now(timezone.utc).date().isoformat()
    command = ("release", "--update-existing", "--refresh", "--reload-plugins", "--date", date)
    env = LINT.variables(ANSIBLE_COLLECTIONS_PATH=tree.parents[2])
    run(log, LINT.program("antsibull-changelog"), *command, cwd=tree, env=env)


def main() -> int:
    """Bring the checkout's changelog up to date."""
    CACHE.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="changelog-", dir=CACHE) as folder,
        (Path(folder) / "log").open("w+") as log,
    ):
        try:
            LINT.make(log)
            tree = copy(log, Path(folder) / "source")
            release(log, tree)
        except StageError as error:
            log.seek(0)
            print(log.read(), f"The changelog was not written: {error}", sep="\n", file=sys.stderr)
            return 1
        for name in WRITTEN:
            shutil.copy2(tree / name, ROOT / name)
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
