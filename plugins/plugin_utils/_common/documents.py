# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents that people write, such as budgets: their bounds, and the errors for those that can't be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import is_number
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain

MAX_CHARACTERS = 1_000_000
MAX_VALUES = 50_000
MAX_DEPTH = 32
MAX_PROBLEM = 1_000  # characters
_MAX_PROBLEMS = 20


class DocumentError(FinopsError):
    """A document that can't be used; ``problems`` holds one sentence for each of the first things wrong in it."""

    kind = "document"

    def __init__(self, problems: list[str]) -> None:
        more = len(problems) - _MAX_PROBLEMS
        self.problems = [*problems[:_MAX_PROBLEMS], *([f"and {more:,} more"] if more > 0 else [])]
        super().__init__("; ".join(self.problems))

    def failure(self) -> dict[str, Any]:
        return {"kind": self.kind, "problems": self.problems}


class BudgetError(DocumentError):
    """Budgets that can't be used."""

    kind = "budgets"


class RateCardError(DocumentError):
    """A rate card that can't be used."""

    kind = "rate_card"


class AllocationError(DocumentError):
    """An allocation that can't be used."""

    kind = "allocation"


def size_problem(document: Any) -> str | None:
    """Return what makes a document too large or too deep to be looked at, or None.

    A value that stands in several places (a YAML alias) counts in each, so neither an alias bomb nor a document that
    contains itself gets past. At most MAX_VALUES values are visited.
    """
    values = characters = 0
    waiting: list[tuple[Any, int, str]] = [(document, 1, "")]
    while waiting:
        value, depth, where = waiting.pop()
        values += 1
        children: list[tuple[Any, int, str]] = []
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, Mapping):
            characters += sum(len(key) for key in value if isinstance(key, str))
            children = [(key, depth + 1, where) for key in value if not isinstance(key, str)]
            children += [
                (item, depth + 1, f"{printable(key, 60)}: " if isinstance(key, str) else where)
                for key, item in value.items()
            ]
        elif isinstance(value, (list, tuple)):
            children = [(item, depth + 1, where) for item in value]
        elif isinstance(value, int) and not is_number(value) and not isinstance(value, bool):
            return f"{where}a number with more than 40 digits"
        if depth > MAX_DEPTH:
            return f"nested more than {MAX_DEPTH} levels deep"
        if values + len(waiting) + len(children) > MAX_VALUES:
            return f"more than {MAX_VALUES:,} values; split it into several files"
        if characters > MAX_CHARACTERS:
            return f"more than {MAX_CHARACTERS:,} characters; split it into several files"
        waiting += children
    return None


def checked_size(document: Any, what: str, error: type[DocumentError]) -> Any:
    """Return a document that is small enough to be checked, or raise ``error``."""
    problem = size_problem(document)
    if problem:
        raise error([f"{what}: {problem}"])
    return plain(document)


def shown_name(name: str) -> str:
    """Return the name of a document for a message."""
    return printable(name, 200) or "document"


def problem_text(error: FinopsError) -> str:
    """Return what went wrong, each thing on a line of its own."""
    problems = getattr(error, "problems", None) or str(error).splitlines()
    return "\n".join(printable(problem, MAX_PROBLEM) for problem in problems)
