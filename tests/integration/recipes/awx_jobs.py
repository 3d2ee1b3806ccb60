# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: ansible-runner on the project of docs/examples/awx, with what a job template has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "awx"
TOKEN = "simulator-token"
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def example(name: str) -> Any:
    """Return the content of a file of the examples."""
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def injected(token: str) -> dict[str, str]:
    """Return the environment of a job that has a credential of the type."""
    [input_field] = example("credential-type-inputs.yml")["fields"]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    return {
        name: environment.from_string(template).render({input_field["id"]: token})
        for name, template in example("credential-type-injectors.yml")["env"].items()
    }


def slice_of(hosts: Sequence[str], number: int, total: int) -> list[str]:
    """Return the hosts of a slice, by the rule of AWX: of the names in order, every so many, from its number on."""
    return sorted(hosts)[number - 1 :: total]


@dataclass(frozen=True)
class Done:
    """A job that has ended: its exit code, the events that AWX keeps, what it published, and what runner kept."""

    folder: Path
    code: int
    events: list[dict[str, Any]]

    @property
    def output(self) -> str:
        return "\n".join(event["stdout"] for event in self.events)

    @property
    def published(self) -> dict[str, Any]:
        """Return the artifacts of the job."""
        [last] = [event for event in self.events if event["event"] == "playbook_on_stats"]
        return dict(last["event_data"]["artifact_data"])


@dataclass(frozen=True)
class Project:
    """A project in AWX, and where a job of it finds the collection and the API."""

    folder: Path
    collections: Path
    url: str
    numbers: list[int] = field(default_factory=list)

    def run(
        self,
        playbook: str,
        *options: str,
        budgets: list[dict[str, Any]] | None = None,
        hosts: Mapping[str, dict[str, Any]] | Sequence[str] = ("localhost",),
        **variables: Any,
    ) -> Done:
        """Run a job with the options of ansible-playbook and the extra variables that AWX gives it.

        Hosts may come with variables.
        """
        self.numbers.append(len(self.numbers) + 1)
        folder = self.folder / str(self.numbers[-1])
        shutil.copytree(EXAMPLES / "project", folder / "project")
        texts = {
            "project/budgets.yml": budgets or [],
            "inventory/hosts.yml": {
                "all": {"hosts": hosts if isinstance(hosts, Mapping) else dict.fromkeys(hosts), "vars": LOCAL}
            },
            "env/extravars": {"awx_job_id": 100 + self.numbers[-1], **variables},
        }
        for name, content in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        tools = Path(sys.executable).parent
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CLOUDFLARE_"))}
        env = {
            **kept,
            **injected(TOKEN),
            "PATH": f"{tools}:{kept['PATH']}",
            "HOME": str(folder),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_PIPELINING": "true",
            "CLOUDFLARE_BASE_URL": self.url,
        }
        command = [str(tools / "ansible-runner"), "run", str(folder), "-p", playbook, "--ident", "job"]
        command += [f"--cmdline={' '.join(options)}"] if options else []
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        events = (folder / "artifacts" / "job" / "job_events").glob("*.json")
        paths = sorted(events, key=lambda path: int(path.stem.split("-")[0]))
        assert paths, done.stdout + done.stderr
        return Done(folder, done.returncode, [json.loads(path.read_text(encoding="utf-8")) for path in paths])
