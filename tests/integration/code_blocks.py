# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code blocks of all documents: what each shows, and which test runs it, or why none does.

A block that no test runs says why in a comment above it: ``<!-- not run: ... -->``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_ELSEWHERE = (".cache", "tests", "collections", "demo-report", "dist")
_KEYS = {"plays": "hosts", "inventory": "plugin", "rate card": "prices", "example": "example"}
_BLOCK = re.compile(r"^(?:<!-- not run: ([^\n]+) -->\n+)?^```([\w+]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Tests that are made for the blocks of a document: the document, what it shows, and the test.
_OWN_TESTS = {
    ("README.md", "plays"): "tests/integration/test_readme.py",
    ("README.md", "variables"): "tests/integration/test_readme.py",
    ("README.md", "text"): "tests/integration/test_readme.py",
    ("docs/allocation.md", "budgets"): "tests/unit/plugins/plugin_utils/_allocation/test_owners.py",
    ("docs/awx.md", "jinja"): "tests/integration/recipes/test_awx.py",
    ("docs/budgets-reference.md", "budgets"): "tests/unit/plugins/plugin_utils/_budgets/test_budget_docs.py",
    ("docs/budgets.md", "*"): "tests/unit/plugins/plugin_utils/_budgets/test_budget_docs.py",
    ("docs/ci.md", "shell"): "tests/integration/recipes/test_gitlab_and_jenkins.py",
    ("docs/focus-export.md", "sql"): "tests/integration/test_export.py",
    ("docs/rate-cards.md", "rate card"): "tests/unit/plugins/plugin_utils/_budgets/test_budget_docs.py",
    ("docs/rate-cards.md", "example"): "tests/unit/plugins/plugin_utils/_budgets/test_budget_docs.py",
    ("roles/*/README.md", "plays"): "tests/integration/test_examples.py",
    ("roles/*/README.md", "text"): "tests/integration/test_examples.py",
}


@dataclass(frozen=True)
class Block:
    """A block of a document, and why it is not run; that is empty where it is."""

    document: str
    line: int
    language: str
    text: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def kind(self) -> str:
        """Return what the block is run as: for YAML it is what that holds, else the language."""
        if self.language in ("shell", "console"):
            return "shell"
        if not self.language.startswith("yaml"):
            return self.language
        content: Any = yaml.safe_load(self.text)
        first = content[0] if isinstance(content, list) else content
        for kind, key in _KEYS.items():
            if key in first:
                return kind
        if isinstance(content, dict):
            return "variables"
        return "tasks" if any("." in str(key) for key in first) else "budgets"

    @property
    def own_test(self) -> str | None:
        """Return the test that is made for the block; None where it is run with all others of its kind."""
        mine = (test for (document, kind), test in _OWN_TESTS.items() if self._is(document, kind))
        return next(mine, None)

    def _is(self, document: str, kind: str) -> bool:
        return fnmatch(self.document, document) and fnmatch(self.kind, kind)


def blocks() -> list[Block]:
    """Return every code block of every document."""
    found = []
    for path in sorted(ROOT.glob("**/*.md")):
        name = path.relative_to(ROOT)
        if name.parts[0] not in _ELSEWHERE:
            text = path.read_text(encoding="utf-8")
            for match in _BLOCK.finditer(text):
                reason, language, code = match.groups()
                line = text.count("\n", 0, match.start(2)) + 1
                found.append(Block(name.as_posix(), line, language, code, reason or ""))
    return found


def of_kind(kind: str) -> list[Block]:
    """Return the blocks of a kind that are run, and not by a test of their own."""
    return [block for block in blocks() if not block.not_run and block.own_test is None and block.kind == kind]
