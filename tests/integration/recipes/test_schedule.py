# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedules of docs/schedule.md: the line of cron and the command of the unit, as they stand, and one at a time."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Server

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "schedule"
TOKEN = "simulator-token"
BUSY = 75
# Where the examples have their files.
PLACE = "/srv/cloudflare-budgets"
KEPT = {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**12}
# Writes down that it was started, and who else was running; waits where a test wants it to; then it is the real one.
PROGRAM = """#!{python}
import os, pathlib, sys
processes = []
for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    try:
        processes.append(path.read_bytes().replace(bytes(1), b" ").decode())
    except OSError:
        pass
with open("started", "a") as file:
    file.write("\\n".join(processes) + "\\n")
if "SAY" in os.environ:
    os.write(int(os.environ["SAY"]), b"x")
    os.read(int(os.environ["WAIT"]), 1)
os.execv("{real}", ["{real}", *sys.argv[1:]])
"""


@dataclass(frozen=True)
class Account:
    """The user of the schedule: the home folder, and what cron has in the environment."""

    home: Path

    @property
    def env(self) -> dict[str, str]:
        return {"HOME": str(self.home), "LOGNAME": "cloudflare-budgets", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}

    def start(
        self, *command: str, env: dict[str, str] | None = None, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.Popen[str]:
        """Start a command in the home folder."""
        return subprocess.Popen(
            command,
            cwd=self.home,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=pass_fds,
        )

    def run(self, *command: str, env: dict[str, str] | None = None) -> tuple[int, str]:
        """Return the exit code and the output of a command."""
        process = self.start(*command, env=env)
        output, _errors = process.communicate()
        return process.returncode, output

    def started(self) -> str:
        """Return the arguments of all processes that there were whenever ansible-playbook was started."""
        return (self.home / "started").read_text(encoding="utf-8")

    def budgets(self, *budgets: dict[str, Any]) -> None:
        (self.home / "budgets.yml").write_text(yaml.safe_dump(list(budgets)), encoding="utf-8")


@pytest.fixture
def account(tmp_path: Path, collections: Path, simulator: Server) -> Account:
    """Return a user who has done what the page says."""
    home = tmp_path / "home"
    (home / "venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "examples" / "ci" / "cloudflare.yml", home)
    program = home / "venv" / "bin" / "ansible-playbook"
    real = Path(sys.executable).with_name("ansible-playbook")
    program.write_text(PROGRAM.format(python=sys.executable, real=real), encoding="utf-8")
    program.chmod(0o755)
    text = (EXAMPLES / "environment").read_text(encoding="utf-8")
    text = text.replace("put-the-token-here", TOKEN).replace(f"{PLACE}/collections", str(collections))
    (home / "environment").write_text(f"{text}CLOUDFLARE_BASE_URL={simulator.url}\n", encoding="utf-8")
    (home / "environment").chmod(0o600)
    there = Account(home)
    there.budgets(KEPT)
    return there


def cron_line() -> str:
    """Return the shell line that cron starts."""
    lines = (EXAMPLES / "cloudflare-budgets.crontab").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if re.match(r"[\d*]", line)]
    *times, command = line.split(None, 5)
    assert all(re.fullmatch(r"\d+|\*", time) for time in times)
    assert "%" not in command, "cron takes it for a line end"
    return command


class Unit(configparser.ConfigParser):
    """A unit of systemd, whose keys have capitals."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit(name: str) -> Unit:
    """Return the content of a unit of systemd."""
    parser = Unit(interpolation=None)
    parser.read_string((EXAMPLES / name).read_text(encoding="utf-8").replace("\\\n", " "))
    return parser


def test_schedule_of_cron_runs_one_at_a_time_and_shows_no_token(account: Account) -> None:
    said, say = os.pipe()
    wait, go = os.pipe()
    first = account.start("/bin/sh", "-c", cron_line(), env={"SAY": str(say), "WAIT": str(wait)}, pass_fds=(say, wait))
    os.close(say)
    assert os.read(said, 1) == b"x", "the first has not started Ansible"
    assert account.run("/bin/sh", "-c", cron_line()) == (BUSY, "")
    os.close(go)
    output, _errors = first.communicate()
    assert (first.returncode, "Within budget" in output) == (0, True), output
    started = account.started()
    assert started.count("flock --nonblock") >= 1
    assert started.count("ansible-playbook finops.cloudflare.budget_gate") >= 1
    assert TOKEN not in started + output
    assert (account.home / "reports" / "usage.html").is_file()
    for end in (said, wait):
        os.close(end)


def test_schedule_of_cron_ends_with_the_code_of_the_gate_and_leaves_no_lock(account: Account) -> None:
    for limit, code in ((1, 2), (10**12, 0)):
        account.budgets({**KEPT, "limit": limit})
        ended, output = account.run("/bin/sh", "-c", cron_line())
        assert ended == code, output


def test_schedule_of_cron_without_its_environment_runs_nothing(account: Account) -> None:
    (account.home / "environment").unlink()
    code, _output = account.run("/bin/sh", "-c", cron_line())
    assert code not in (0, BUSY)
    assert not (account.home / "started").exists()


def test_schedule_of_systemd_runs_the_same_under_the_same_lock(account: Account) -> None:
    service = unit("cloudflare-budgets.service")["Service"]
    assert service["WorkingDirectory"] == PLACE
    assert service["EnvironmentFile"] == f"{PLACE}/environment"
    assert service["SuccessExitStatus"] == str(BUSY)
    command = shlex.split(service["ExecStart"].replace(PLACE, str(account.home)))
    lines = (account.home / "environment").read_text(encoding="utf-8").splitlines()
    env = dict(line.split("=", 1) for line in lines if line[0] != "#")
    with subprocess.Popen(
        ["/usr/bin/flock", "lock", "sh", "-c", "echo held; read x"],
        cwd=account.home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert account.run(*command, env=env) == (BUSY, "")
        assert account.run("/bin/sh", "-c", cron_line()) == (BUSY, "")
        holder.communicate("\n")
    code, output = account.run(*command, env=env)
    assert (code, "Within budget" in output) == (0, True), output
    assert TOKEN not in account.started()
    mine = cron_line().partition("flock ")[2].replace("timeout --kill-after=1m 1h ", "")
    assert shlex.split(mine) == [word.replace(f"{account.home}/", "") for word in command[1:]]


def test_schedule_units_are_valid() -> None:
    names = ["cloudflare-budgets.service", "cloudflare-budgets.timer"]
    service, timer = (unit(name) for name in names)
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["TimeoutStartSec"] == "1h"
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d UTC", timer["Timer"]["OnCalendar"])
    assert timer["Install"]["WantedBy"] == "timers.target"
    analyze = shutil.which("systemd-analyze")
    if analyze:  # without systemd, what stands above has to do
        command = [analyze, "verify", *(str(EXAMPLES / name) for name in names)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_schedule_environment_reads_the_same_to_systemd_and_to_a_shell() -> None:
    lines = (EXAMPLES / "environment").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert line[0] == "#" or re.fullmatch(r"[A-Z_]+=[\w./-]+", line)


def test_schedule_page_keeps_the_environment_to_its_owner() -> None:
    page = (ROOT / "docs" / "schedule.md").read_text(encoding="utf-8")
    assert f"sudo install -o cloudflare-budgets -m 0600 environment {PLACE}/environment" in page
    assert [path.name for path in EXAMPLES.iterdir() if f"(examples/schedule/{path.name})" not in page] == []
