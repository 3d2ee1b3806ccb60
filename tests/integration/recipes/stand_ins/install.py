# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for pip, ansible-galaxy and `python3 -m venv`: leaves behind what they would install, from this machine.

It also writes down what it was asked for, and refuses what no recipe asks for.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(name: str, arguments: list[str]) -> int:
    """Do what the installation leaves behind."""
    home = Path.home()
    with Path(os.environ["STAND_IN_LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps([name, *arguments]) + "\n")
    match [name, *arguments]:
        case ["pip", "install", "-r", path]:
            return 0 if Path(path).is_file() else 1
        case ["pip", "install", requirement]:
            return 0 if "==" in requirement else 1
        case ["ansible-galaxy", "collection", "install", requirement]:
            folder = home / ".ansible" / "collections"
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.symlink_to(os.environ["STAND_IN_COLLECTIONS"])
            return 0 if ":==" in requirement else 1
        case ["python3", "-m", "venv", folder]:
            programs = Path(folder, "bin")
            programs.mkdir(parents=True)
            (programs / "activate").write_text(f'PATH="{programs}:$PATH"\n', encoding="utf-8")
            (programs / "ansible-playbook").symlink_to(os.environ["STAND_IN_PLAYBOOK"])
            return 0
        case _:
            return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
