# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook from an installed artifact, against the simulator on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COLLECTION = Path("ansible_collections", "finops", "cloudflare")
SAMPLE_TOKEN = "simulator-token"


@dataclass(frozen=True)
class Run:
    """What one run of ansible-playbook left behind."""

    code: int
    stdout: str
    stderr: str
    log: str
    record: list[dict[str, Any]]

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def counts(self) -> dict[str, int]:
        """Return the counts of the recap, of all hosts together."""
        hosts = self.record[-1]["hosts"].values()
        return {word: sum(host[word] for host in hosts) for word in ("ok", "changed", "failures", "skipped", "rescued")}

    @property
    def artifacts(self) -> dict[str, Any]:
        """Return what set_stats published: the artifacts of a job in AWX."""
        published: dict[str, Any] = self.record[-1]["artifacts"]
        return published

    def results(self, task: str) -> list[dict[str, Any]]:
        """Return every record of the tasks with this name, whichever role they are in."""
        return [line for line in self.record if line.get("task", "").rpartition(" : ")[2] == task]

    def changed(self) -> list[str]:
        return [line["task"] for line in self.record if line["status"] == "changed"]

    def failures(self) -> list[str]:
        """Return the messages of the tasks that failed."""
        return [line["result"].get("msg", "") for line in self.record if line["status"] == "failed"]


class Play(Protocol):
    """Run a playbook: a name, a path, or a list of plays. ``watch`` gets the process id of the run.

    Another ``program`` of Ansible gets what it is to take in place of a playbook.
    """

    def __call__(
        self,
        playbook: str | Path | list[dict[str, Any]],
        *arguments: str,
        variables: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        watch: Callable[[int], None] | None = None,
        program: str = "ansible-playbook",
    ) -> Run: ...


@dataclass(frozen=True)
class Server:
    """A simulator that is running."""

    url: str
    log: Path
    process: subprocess.Popen[str]
    program: list[str]

    def world(self) -> dict[str, Any]:
        """Return the ids that it knows and what each is for."""
        listing = subprocess.run([*self.program, "--list"], check=True, capture_output=True, text=True)
        described: dict[str, Any] = json.loads(listing.stdout)
        return described

    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def env(self) -> dict[str, str]:
        return {"CLOUDFLARE_API_TOKEN": SAMPLE_TOKEN, "CLOUDFLARE_BASE_URL": self.url}


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a collections folder that holds the installed artifact."""
    given = os.environ.get("FINOPS_TEST_COLLECTIONS_PATH")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("collections")
    galaxy = _program("ansible-galaxy")
    env = {**os.environ, "HOME": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(folder)}
    build = [galaxy, "collection", "build", str(ROOT), "--output-path", str(folder / "dist")]
    subprocess.run(build, check=True, env=env)
    artifact = next((folder / "dist").glob("*.tar.gz"))
    install = [galaxy, "collection", "install", str(artifact), "--offline", "--no-deps", "-p", str(folder)]
    subprocess.run(install, check=True, env=env)
    return folder


@pytest.fixture(scope="session")
def installed(collections: Path) -> Path:
    """Return the folder of the installed collection."""
    return collections / COLLECTION


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home folder of the test's own."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return a folder to be TMPDIR; ansible-core makes sockets there, whose paths have at most 108 characters."""
    with tempfile.TemporaryDirectory(prefix="fc", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def play(collections: Path, tmp_path: Path, home: Path) -> Play:
    """Return the function that runs ansible-playbook, in a folder and with a home of the test's own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CLOUDFLARE_"))}
    base = {
        **clean,
        "HOME": str(home),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_REMOTE_TEMP": str(home / ".ansible" / "tmp"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_PIPELINING": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    runs = iter(range(1000))

    def run(
        playbook: str | Path | list[dict[str, Any]],
        *arguments: str,
        variables: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        watch: Callable[[int], None] | None = None,
        program: str = "ansible-playbook",
    ) -> Run:
        number = next(runs)
        record, log = tmp_path / f"record{number}.jsonl", tmp_path / f"ansible{number}.log"
        if isinstance(playbook, list):
            path = tmp_path / f"play{number}.yml"
            path.write_text(yaml.safe_dump(playbook, sort_keys=False), encoding="utf-8")
            playbook = path
        command = [_program(program), str(playbook), *arguments]
        if variables:
            command += ["-e", json.dumps(variables)]
        paths = {"RECORD_PATH": str(record), "ANSIBLE_LOG_PATH": str(log)}
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**base, **paths, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            if watch:
                watch(process.pid)
            stdout, stderr = process.communicate(timeout=3600)
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        return Run(
            code=process.returncode,
            stdout=stdout,
            stderr=stderr,
            log=log.read_text(encoding="utf-8") if log.exists() else "",
            record=[json.loads(line) for line in lines],
        )

    return run


@pytest.fixture(scope="session")
def start_simulator(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Return the function that starts a simulator with options of its command line."""
    servers: list[Server] = []

    def start(*options: str, faults: Sequence[str] = ()) -> Server:
        log = tmp_path_factory.mktemp("simulator") / "requests.jsonl"
        log.touch()
        program = [sys.executable, str(installed / "playbooks" / "files" / "cloudflare_simulator"), *options]
        command = [*program, "--log", str(log), "--exit-with-pid", str(os.getpid())]
        command += [word for fault in faults for word in ("--fault", fault)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), "the simulator did not start"
        servers.append(Server(url, log, process, program))
        return servers[-1]

    yield start
    for server in servers:
        server.process.terminate()
        server.process.communicate()


@pytest.fixture(scope="session")
def simulator(start_simulator: Callable[..., Server]) -> Server:
    """Return a simulator that answers as documented."""
    return start_simulator()
