# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments, each made once for a Python and a set of requirements and then kept in the cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TextIO

from .commands import CACHE, ROOT, StageError, clean_environment, run

REQUIREMENTS = ROOT / "tests" / "requirements"


@dataclass(frozen=True)
class Environment:
    """A virtual environment by name; the files say what is in it."""

    name: str
    files: tuple[str, ...]
    floors: bool = False  # the oldest releases that the collection admits, of ansible-core too

    @cached_property  # a file that changes during a run must not change the environment under the stages
    def requirements(self) -> str:
        """Return everything that pip is asked for."""
        text = "\n".join((REQUIREMENTS / file).read_text() for file in self.files)
        core = os.environ.get("FINOPS_TEST_ANSIBLE_CORE")
        if self.floors:
            text += (ROOT / "requirements.txt").read_text().replace(">=", "==")
            required = re.search(
                r'^requires_ansible: ">=([0-9.]+)"$', (ROOT / "meta" / "runtime.yml").read_text(), re.MULTILINE
            )
            core = required[1] if required else core
        return re.sub(r"^ansible-core==.*$", f"ansible-core=={core}", text, flags=re.MULTILINE) if core else text

    def constraints(self) -> str:
        """Return what holds everything else still; the floors need old companions, so nothing there."""
        return "" if self.floors else (REQUIREMENTS / "constraints.txt").read_text()

    @cached_property
    def path(self) -> Path:
        """Where it is: another Python or another requirement is another environment."""
        wanted = f"{sys.version}\n{sys.prefix}\n{self.requirements}\n{self.constraints()}"
        digest = hashlib.sha256(wanted.encode()).hexdigest()[:10]
        return CACHE / "venv" / f"{self.name}-{digest}"

    def program(self, name: str) -> Path:
        """Return the path of one of its programs."""
        return self.path / "bin" / name

    def variables(self, **more: str | Path) -> dict[str, str]:
        """Return the environment variables of a program that runs in it."""
        variables = clean_environment()
        variables["PATH"] = f"{self.path / 'bin'}{os.pathsep}{variables['PATH']}"
        variables.update({name: str(value) for name, value in more.items()})
        return variables

    def make(self, log: TextIO) -> None:
        """Make it, unless it is there."""
        path = self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (path / "complete").exists():
                return
            shutil.rmtree(path, ignore_errors=True)
            run(log, sys.executable, "-m", "venv", path)
            asked, held = path / "requirements.txt", path / "constraints.txt"
            asked.write_text(self.requirements)
            held.write_text(self.constraints())
            pip = (self.program("python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile")
            try:
                run(log, *pip, "--quiet", "--quiet", "-r", asked, "-c", held)
            except StageError as error:
                raise StageError(f"environment {self.name} could not be made: {error}") from None
            (path / "complete").touch()


_PYTEST = ("pytest.txt", "readers.txt")
ANSIBLE = Environment("ansible", ("core.txt",))
UNIT = Environment("unit", ("core.txt", "build.txt", "libraries.txt", *_PYTEST, "export.txt", "recipes.txt"))
FLOOR = Environment("floor", ("core.txt", *_PYTEST, "export.txt"), floors=True)
LINT = Environment("lint", ("core.txt", "build.txt", "libraries.txt", *_PYTEST, "lint.txt"))
DEMO = Environment("demo", ("core.txt", "build.txt", "libraries.txt"))
