# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action cloudflare_budget_verdicts."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._actions import TaskAction, TaskError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.allocate import allocate_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import (
    Rule,
    read_rules,
    rule_dimensions,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.needs import (
    HISTORY_DAYS,
    budget_dimensions,
    budget_periods,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import (
    DocumentError,
    problem_text,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import fit_lines
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.named_document import NamedDocument
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import read_rate_card
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.formats import FORMATS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.gate import (
    MAX_MESSAGE,
    gate_outcome,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.table import budgets_table


@dataclass(frozen=True)
class Source:
    """Where the budgets stand, for findings to point at: a path in the repository, and the text of that file."""

    path: str = "budgets.yml"
    text: str = ""


@dataclass(frozen=True)
class Judgement:
    """The verdicts and the estimate, or the problem for which there are none."""

    verdicts: list[Verdict] = field(default_factory=list)
    estimate: Estimate | None = None
    problem: str = ""


class ActionModule(TaskAction):
    """Judges on the controller, writes on the host."""

    OPTIONS: ClassVar = {
        "usage": {"type": "dict"},
        "previous": {"type": "dict"},
        "budgets": {"type": "list", "elements": "dict"},
        "budgets_file": {"type": "path"},
        "rate_card": {"type": "dict"},
        "rate_card_file": {"type": "path"},
        "allocation": {"type": "list", "elements": "dict"},
        "allocation_file": {"type": "path"},
        "dest": {"type": "path"},
        "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
        "mode": {"type": "raw", "default": "0640"},
        "directory_mode": {"type": "raw", "default": "0750"},
        "problem": {"type": "str"},
        "publish": {"type": "bool", "default": True},
        "check_only": {"type": "bool", "default": False},
        "lag_days": {"type": "int"},
        "nights": {"type": "int", "default": 1},
    }
    DOCUMENTS = frozenset(("usage", "previous", "budgets", "rate_card", "allocation"))

    def work(self) -> dict[str, Any]:
        """Return the verdicts; what is wrong with the input is a problem in them, and no failure."""
        try:
            options = self.options()
        except FinopsError as error:
            if self._task.args.get("check_only"):
                raise
            # Files of an earlier run must not pass for today's, so as much as is right is still used.
            options = self._usable_options()
            return self._result(options, Source(), Judgement(problem=problem_text(error)))
        if options["check_only"]:
            return self._needs(options)
        source, judgement = self._source(options), Judgement()
        try:
            budgets = self._budgets(options)
            source = replace(source, text=budgets.text)
            if options.get("problem"):
                raise FinopsError(options["problem"])
            if not options.get("usage"):
                raise FinopsError(
                    f"There are no usage facts: run the role finops.cloudflare.usage_facts first, or set"
                    f" {self.name('usage')}."
                )
            rate_card, rules = self.document_of(options, "rate_card"), _rules(self.document_of(options, "allocation"))
            usage, previous = (_allocated(options.get(name), name, rules) for name in ("usage", "previous"))
            judgement = _judge(usage, budgets, rate_card, previous)
        except FinopsError as error:
            judgement = Judgement(problem=problem_text(error))
        return self._result(options, source, judgement)

    def _needs(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return what facts have to be grouped by, their history and, with ``lag_days``, the days they have to hold."""
        budgets, rate_card = self._budgets(options), self.document_of(options, "rate_card")
        rules = _rules(self.document_of(options, "allocation"))
        dimensions = list(dict.fromkeys([*_dimensions(budgets, rate_card), *rule_dimensions(rules)]))
        if options.get("lag_days") is None:
            return {"dimensions": dimensions, "period": {"history_days": HISTORY_DAYS}}
        today, lag_days, nights = datetime.now(timezone.utc).date(), options["lag_days"], options["nights"]
        card = rate_card.content or None
        needed = budgets.check(lambda content: budget_periods(content, today, lag_days, card, nights))
        return {"dimensions": dimensions, "period": {key: needed[key] for key in ("from", "to", "history_days")}}

    def _budgets(self, options: dict[str, Any]) -> NamedDocument:
        if not options.get("budgets") and not options.get("budgets_file"):
            names = f"{self.name('budgets_file')} to a file of them, or {self.name('budgets')}"
            raise DocumentError([f"There are no budgets: set {names} to a list of at least one."])
        return self.document_of(options, "budgets")

    def _usable_options(self) -> dict[str, Any]:
        options = {name: entry["default"] for name, entry in self.OPTIONS.items() if "default" in entry}
        dest = self._task.args.get("dest")
        return {**options, "dest": dest} if isinstance(dest, str) and dest.strip() else options

    @staticmethod
    def _source(options: dict[str, Any]) -> Source:
        file = options.get("budgets_file")
        return Source(os.path.relpath(Path(file).expanduser().resolve())) if file else Source()

    def _result(self, options: dict[str, Any], source: Source, judgement: Judgement) -> dict[str, Any]:
        verdicts, problem = judgement.verdicts, judgement.problem
        gate = gate_outcome(verdicts)
        lines = [gate["message"], *problem.splitlines()]
        written, write_problem = self._write(options, source, judgement)
        return {
            "verdicts": verdicts,
            "estimate": judgement.estimate or {},
            "gate": gate,
            "problem": problem,
            "write_problem": write_problem,
            "publish": options["publish"],
            "message": "\n".join(fit_lines([line for text in lines for line in text.splitlines()], MAX_MESSAGE)),
            "lines": budgets_table(verdicts).splitlines() + fit_lines(problem.splitlines(), MAX_MESSAGE),
            **written,
        }

    def _write(self, options: dict[str, Any], source: Source, judgement: Judgement) -> tuple[dict[str, Any], str]:
        """Return what was written, or why it could not be: what the verdicts are is said all the same."""
        if not options.get("dest") or not options["formats"]:
            return {}, ""
        report = VerdictReport(judgement.verdicts, problem=judgement.problem, path=source.path, text=source.text)
        texts = {FORMATS[name].file: FORMATS[name].render(report) for name in options["formats"]}
        try:
            return self.write_files(options, texts), ""
        except TaskError as error:
            return {}, str(error)


def _dimensions(budgets: NamedDocument, rate_card: NamedDocument) -> list[str]:
    """Return what facts must be grouped by, or raise a DocumentError."""
    dimensions = budgets.check(budget_dimensions)
    if rate_card.content:
        rate_card.check(read_rate_card)
    return dimensions


def _rules(allocation: NamedDocument) -> list[Rule]:
    return allocation.check(read_rules) if allocation.content else []


def _allocated(usage: Any, name: str, rules: list[Rule]) -> Any:
    """Return usage facts by owner where there are rules, else as they are."""
    return allocate_usage(read_usage(usage, name), rules) if usage and rules else usage


def _judge(usage: Any, budgets: NamedDocument, rate_card: NamedDocument, previous: Any) -> Judgement:
    """Return the verdicts and the estimate; a FinopsError says why there can be none."""
    _dimensions(budgets, rate_card)
    facts = read_usage(usage)
    verdicts = evaluate_budgets(facts, budgets.content, rate_card.content or None, previous or None)
    return Judgement(verdicts, estimate_costs(facts, rate_card.content) if rate_card.content else None)
