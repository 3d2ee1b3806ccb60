# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge usage facts by budgets, and keep what went wrong in place of verdicts: for a gate that must say something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import (
    budget_dimensions,
    evaluate_budgets,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import DocumentError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.read_document import read_document
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import read_rate_card


@dataclass(frozen=True)
class Document:
    """Budgets or a rate card: what they hold, and the file or option in which people find them."""

    name: str
    content: Any
    text: str = ""


@dataclass
class Judgement:
    """The verdicts and the estimate, or the problem for which there are none."""

    verdicts: list[dict[str, Any]] = field(default_factory=list)
    estimate: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def open_document(name: str, path: str, read: Callable[[str], str]) -> Document:
    """Return the document of a file, which is called by its path as it was given."""
    try:
        text = read(str(Path(path).expanduser().resolve()))
    except OSError as error:
        raise DocumentError([f"{path}: {error.strerror or 'can not be read'} ({name})"]) from None
    return Document(path, read_document(text, path), text)


def check_documents(budgets: Document, rate_card: Document) -> list[str]:
    """Return what facts must be grouped by, or raise a DocumentError that begins with the file of what is wrong."""
    dimensions: list[str] = _checked(budgets, budget_dimensions)
    if rate_card.content:
        _checked(rate_card, read_rate_card)
    return dimensions


def judge(usage: Any, budgets: Document, rate_card: Document, previous: Any) -> Judgement:
    """Return the verdicts and the estimate; a FinopsError says why there can be none."""
    check_documents(budgets, rate_card)
    facts = read_usage(usage)
    verdicts = evaluate_budgets(facts, budgets.content, rate_card.content or None, previous or None)
    return Judgement(verdicts, estimate_costs(facts, rate_card.content) if rate_card.content else {})


def _checked(document: Document, check: Callable[[Any], Any]) -> Any:
    try:
        return check(document.content)
    except DocumentError as error:
        problems = [f"{document.name}: {problem.removeprefix(f'{document.name}: ')}" for problem in error.problems]
        raise DocumentError(problems) from None
