# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of the files that exports have written to a folder, which lies in the folder itself."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import create, is_regular
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import FILE_NAME

MANIFEST = ".finops-cloudflare.json"
UNFINISHED = f"{MANIFEST}.new"  # while it is written
_VERSION = 1
_PATH = re.compile(rf"(?:(?:account|month)=[^/\0]+/){{1,2}}{FILE_NAME}")


@dataclass
class Manifest:
    """``files`` has the SHA-256, the accounts and the query of each file, by its path in the folder.

    ``pending`` is empty but while files are replaced: it tells for each of them whether there was one before.
    """

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: dict[str, bool] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """Return the list of a folder, empty where there is none; raises an ExportError for anything else."""
    path = folder / MANIFEST
    if not is_regular(path):
        return Manifest()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(found["files"], found["pending"])
        known = found["version"] == _VERSION and all(map(_PATH.fullmatch, (*manifest.files, *manifest.pending)))
        for entry in manifest.files.values():
            known = (
                known and isinstance(entry["sha256"], str) and all(isinstance(each, str) for each in entry["accounts"])
            )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        known = False
    if not known:
        raise ExportError(
            f"dest: {path} is not the list of files that this module keeps there. Restore it, or use another folder."
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a list in the place of the old one, for good."""
    path = folder / MANIFEST
    new = path.with_name(UNFINISHED)
    new.unlink(missing_ok=True)
    content = {"version": _VERSION, "files": manifest.files, "pending": manifest.pending}
    with os.fdopen(create(new, 0o640), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    with contextlib.suppress(OSError):  # not every file system can; the list is in its place all the same
        os.fsync(handle)
    os.close(handle)
