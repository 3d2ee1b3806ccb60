# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with an export, apart from the API."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError


class ExportError(FinopsError):
    """A dataset can't be written where it was asked for."""

    kind = "export"


_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


def said_no(error: OSError, dest: Path) -> str:
    """Return what the file system says no to, in a sentence, and what to do."""
    remedy = "Make room there" if error.errno in _FULL else "Let the user that the task runs as write there"
    path = Path(str(error.filename or dest))
    at = "" if path == dest or path.name.startswith(".") else f" at {path}"  # a hidden name is one of our own
    return f"dest: {dest} can't be written: {error.strerror or error}{at}. {remedy}, or name another place."


class IncompleteError(ExportError):
    """The usage is not what a dataset should be made of, and the task did not allow for that."""

    kind = "incomplete"

    def __init__(self, message: str, usage: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.usage = usage

    def failure(self) -> dict[str, Any]:
        return {"kind": self.kind, "status": self.usage["status"], "reasons": self.usage["reasons"]}
