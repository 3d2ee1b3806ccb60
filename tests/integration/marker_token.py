# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that is easy to find, all that Ansible can write it to, and the search for it."""

from __future__ import annotations

from pathlib import Path

# Of the characters of Cloudflare's tokens, without their form: it must be found because it is the token.
TOKEN = "marker-Zq7Xw2Lm9Rk4Tv6Bn1Yc8Hd3Fg5Js0Pa_end"
# With characters that end words, hosts and paths; nobody says that tokens have none of them.
ODD_TOKEN = "marker.Zq7Xw2Lm9+Rk4Tv6Bn1/Yc8Hd3Fg5=Js0Pa~end"
# All that ansible-core can write beside the output and the log.
WRITERS = {
    "ANSIBLE_CALLBACKS_ENABLED": "recorder,ansible.builtin.junit,ansible.builtin.tree",
    "ANSIBLE_CALLBACK_TREE_DIR": "tree",
    "JUNIT_OUTPUT_DIR": "junit",
    "JUNIT_HIDE_TASK_ARGUMENTS": "false",
    "ANSIBLE_CACHE_PLUGIN": "jsonfile",
    "ANSIBLE_CACHE_PLUGIN_CONNECTION": "facts",
    "ANSIBLE_RETRY_FILES_ENABLED": "true",
    "ANSIBLE_RETRY_FILES_SAVE_PATH": "retry",
    "ANSIBLE_INJECT_INVOCATION": "true",
}


def leaks(folder: Path, *texts: str, token: str = TOKEN) -> list[str]:
    """Return where 12 characters or more of the token are found: in texts, and in all files of a folder."""
    parts = {token[start : start + 12].encode() for start in range(len(token) - 11)}
    found = [f"text {number}" for number, text in enumerate(texts) if any(part in text.encode() for part in parts)]
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return found + [str(path.relative_to(folder)) for path in files if any(part in path.read_bytes() for part in parts)]
