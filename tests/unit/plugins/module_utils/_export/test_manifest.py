# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of files is read as it was written, or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.manifest import (
    MANIFEST,
    Manifest,
    read_manifest,
    write_manifest,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import put

PATH = "account=a/month=2025-05/organization-a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3.csv"
ENTRY = {"sha256": "0" * 64, "accounts": ["a"], "query": {"organization_id": "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"}}


def test_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == Manifest()
    for manifest in (Manifest({PATH: ENTRY}, {PATH: True}), Manifest({PATH: ENTRY})):
        write_manifest(tmp_path, manifest)
        assert read_manifest(tmp_path) == manifest
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]
    assert (tmp_path / MANIFEST).stat().st_mode & 0o777 == 0o640


WRONG: list[dict[str, Any]] = [
    {"version": 2},
    {"files": []},
    {"files": {"../../etc/passwd": ENTRY}},
    {"files": {f"/{PATH}": ENTRY}},
    {"files": {PATH: {}}},
    {"files": {PATH: {**ENTRY, "accounts": [1]}}},
    {"files": {PATH: None}},
    {"pending": {"account=a/../../notes.txt": False}},
    {"pending": {"account=a/../organization-a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3.csv": False}},
    {"pending": None},
]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "[" * 100_000, *(json.dumps({"version": 1, "files": {}, "pending": {}, **each}) for each in WRONG)],
)
def test_manifest_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    put(tmp_path / MANIFEST, text)
    with pytest.raises(ExportError, match="is not the list of files"):
        read_manifest(tmp_path)


def test_manifest_is_never_read_or_written_through_links_and_pipes(tmp_path: Path) -> None:
    theirs = put(tmp_path / "theirs", "{}")
    for make in (os.mkfifo, lambda path: path.symlink_to(theirs)):
        make(tmp_path / MANIFEST)
        with pytest.raises(ExportError, match="left alone"):
            read_manifest(tmp_path)
        (tmp_path / MANIFEST).unlink()
        make(tmp_path / f"{MANIFEST}.new")
        write_manifest(tmp_path, Manifest())
        assert read_manifest(tmp_path) == Manifest()
        (tmp_path / MANIFEST).unlink()
    assert theirs.read_text() == "{}"


def test_manifest_is_written_where_folders_can_not_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def refuse_folders(handle: int) -> None:
        if os.path.samestat(os.fstat(handle), tmp_path.stat()):
            raise OSError(22, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_manifest(tmp_path, Manifest())
    assert read_manifest(tmp_path) == Manifest()
