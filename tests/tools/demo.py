# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the built collection into an environment of its own and run its demo playbook there."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from . import artifact
from .commands import CACHE, StageError, end_all, end_programs_from
from .environments import DEMO
from .sources import copy


class StoppedError(Exception):
    """The user or the system ends the demo."""


# For a newcomer: nothing but what happens, and quickly. The caller's own settings win.
QUIET = {
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    "ANSIBLE_PIPELINING": "true",
}


def _stop(number: int, frame: FrameType | None) -> None:
    raise StoppedError(f"signal {number}")


def prepare(folder: Path) -> Path:
    """Build and install the collection; return the collections folder."""
    log_path = CACHE / "logs" / "demo.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("w+", encoding="utf-8") as log:
        try:
            print(f"Preparing {DEMO.path.name}: ansible-core and requirements.txt", flush=True)
            DEMO.make(log)
            print("Building the collection and installing the artifact", flush=True)
            built = artifact.build(log, DEMO, copy(log, folder / "source"), folder / "dist")
            return artifact.install(log, DEMO, built, folder / "collections")
        except StageError:
            log.seek(0)
            print(log.read(), file=sys.stderr, flush=True)
            raise


def play(collections: Path, destination: Path, arguments: list[str]) -> int:
    """Run the playbook with the caller's environment, a token included, and end whatever it left running."""
    temporary = collections.parent / "tmp"  # thrown away with the folder, whatever a stopped play leaves there
    temporary.mkdir()
    environment = {
        **QUIET,
        **os.environ,
        "TMPDIR": str(temporary),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "PATH": f"{DEMO.path / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    command = [str(DEMO.program("ansible-playbook")), "finops.cloudflare.demo", "-e", f"demo_dest={destination}"]
    with subprocess.Popen([*command, *arguments], env=environment, stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except StoppedError:
            process.terminate()
            raise
        finally:
            end_programs_from(collections)


def main() -> int:
    """Prepare, play, clean up."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("destination", type=Path, help="the folder for the reports")
    parser.add_argument("arguments", nargs="*", help="more arguments for ansible-playbook")
    asked = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    CACHE.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="demo-", dir=CACHE) as folder:
            return play(prepare(Path(folder)), asked.destination.resolve(), asked.arguments)
    except StageError as error:
        print(f"The demo could not start: {error}", file=sys.stderr)
        return 1
    except StoppedError:
        end_all()
        print("The demo was stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
