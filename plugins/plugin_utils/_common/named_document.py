# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document by the name under which people find it, its file or its option: what is wrong with it begins with that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import DocumentError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.read_document import read_document

_Checked = TypeVar("_Checked")


@dataclass(frozen=True)
class NamedDocument:
    """Budgets or a rate card; ``text`` is what the file holds, where it is a file."""

    name: str
    content: Any
    text: str = ""

    def check(self, check: Callable[[Any], _Checked]) -> _Checked:
        """Return what a check returns; each problem of its DocumentError begins with the name."""
        try:
            return check(self.content)
        except DocumentError as error:
            error.problems = [
                problem if problem.startswith("and ") else f"{self.name}: {problem}" for problem in error.problems
            ]
            raise


def open_document(option: str, path: str, read: Callable[[str], str]) -> NamedDocument:
    """Return the document of a file, which is called by its path as it was given; ``option`` names that path."""
    try:
        text = read(str(Path(path).expanduser().resolve()))
    except OSError as error:
        raise DocumentError([f"{path}: {error.strerror or 'it can not be read'} ({option})"]) from None
    return NamedDocument(path, read_document(text, path), text)
