# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for `gh`: the comments of one pull request and the artifacts of one workflow, kept in a file.

Like the real one it needs a token, asks for page after page, and runs the jq expression on each page by itself.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

PAGE = 2


def main(arguments: list[str]) -> int:
    """Carry out one command."""
    parser = argparse.ArgumentParser(prog="gh", allow_abbrev=False)
    commands = parser.add_subparsers(required=True)
    api = commands.add_parser("api", allow_abbrev=False)
    api.add_argument("path")
    api.add_argument("--method", default="GET")
    api.add_argument("--field")
    api.add_argument("--jq")
    api.add_argument("--paginate", action="store_true")
    api.add_argument("--silent", action="store_true")
    api.set_defaults(command=_api)
    runs = commands.add_parser("run", allow_abbrev=False).add_subparsers(required=True)
    listing = runs.add_parser("list", allow_abbrev=False)
    for name in ("--repo", "--workflow", "--branch", "--status", "--limit", "--json", "--jq"):
        listing.add_argument(name, required=True)
    listing.set_defaults(command=_list)
    download = runs.add_parser("download", allow_abbrev=False)
    download.add_argument("run")
    for name in ("--repo", "--name", "--dir"):
        download.add_argument(name, required=True)
    download.set_defaults(command=_download)
    given = parser.parse_args(arguments)
    if not os.environ.get("GH_TOKEN"):
        sys.stderr.write("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.\n")
        return 4
    path = Path(os.environ["STAND_IN_GITHUB"])
    state = json.loads(path.read_text(encoding="utf-8"))
    code: int = given.command(given, state)
    path.write_text(json.dumps(state), encoding="utf-8")
    return code


def _show(page: Any, expression: str | None) -> None:
    values = [page] if expression is None else importlib.import_module("jq").compile(expression).input_value(page)
    for value in values:
        sys.stdout.write(f"{value if isinstance(value, str) else json.dumps(value)}\n")


def _api(given: argparse.Namespace, state: dict[str, Any]) -> int:
    comments: list[dict[str, Any]] = state["comments"]
    if given.path == state["path"] and given.method == "GET" and given.paginate:
        for start in range(0, max(len(comments), 1), PAGE):
            _show(comments[start : start + PAGE], given.jq)
        return 0
    key, source = given.field.split("=@", maxsplit=1)
    body = Path(source).read_text(encoding="utf-8")
    if given.path == state["path"] and given.method == "POST" and key == "body":
        comments.append({"id": 1000 + len(comments), "user": {"login": "github-actions[bot]"}, "body": body})
        return 0
    for comment in comments:
        if given.path == f"{state['comment']}/{comment['id']}" and given.method == "PATCH" and key == "body":
            comment["body"] = body
            return 0
    sys.stderr.write("gh: Not Found (HTTP 404)\n")
    return 1


def _list(given: argparse.Namespace, state: dict[str, Any]) -> int:
    wanted = (given.repo, given.workflow, given.branch, given.status, given.json)
    runs = state["runs"] if wanted == tuple(state["list"]) else []
    _show(runs[: int(given.limit)], given.jq)
    return 0


def _download(given: argparse.Namespace, state: dict[str, Any]) -> int:
    if [given.repo, given.run, given.name] != state["artifact"]:
        sys.stderr.write("no artifact matches any of the names or patterns provided\n")
        return 1
    shutil.copytree(state["files"], given.dir)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
