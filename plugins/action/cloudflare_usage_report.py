# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action cloudflare_usage_report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, ClassVar

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError, ParameterError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._actions import TaskAction
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.allocate import allocate_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import read_rules
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import chat_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.unchanged import keep_unchanged_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.csv import BYTE_ORDER_MARK, days_left_out
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.formats import FORMATS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.in_short import (
    report_in_short,
    report_text,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.webhook import address_problem
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.input import report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.gate import gate_outcome


class ActionModule(TaskAction):
    """Renders on the controller, writes on the host."""

    OPTIONS: ClassVar = {
        "usage": {"type": "dict"},
        "verdicts": {"type": "list", "elements": "dict"},
        "estimate": {"type": "dict"},
        "previous": {"type": "dict"},
        "allocation": {"type": "list", "elements": "dict"},
        "allocation_file": {"type": "path"},
        "dest": {"type": "path", "required": True},
        "formats": {
            "type": "list",
            "elements": "str",
            "choices": list(FORMATS),
            "default": [name for name in FORMATS if name != "openmetrics"],
        },
        "csv_bom": {"type": "bool", "default": False},
        "mode": {"type": "raw", "default": "0640"},
        "directory_mode": {"type": "raw", "default": "0750"},
        "webhook_url": {"type": "str", "no_log": True},
        "publish": {"type": "bool", "default": True},
    }
    DOCUMENTS = frozenset(("usage", "verdicts", "estimate", "previous", "allocation"))

    def work(self) -> dict[str, Any]:
        """Return the report in short, once its files are written."""
        options = self.options()
        self._check_webhook(options.get("webhook_url"))
        if not options.get("usage"):
            raise FinopsError(
                f"There are no usage facts: run the role finops.cloudflare.usage_facts first, or set"
                f" {self.name('usage')}."
            )
        folder = PurePosixPath(self.folder(options["dest"]))
        latest = report_input(*(options.get(name) for name in ("usage", "verdicts", "estimate", "previous")))
        allocation = self.document_of(options, "allocation")
        if allocation.content:
            latest = replace(latest, usage=allocate_usage(latest.usage, allocation.check(read_rules)))
        usage = keep_unchanged_usage(latest.usage, self._earlier(options["dest"]))
        report = latest if usage is latest.usage else replace(latest, usage=usage, generated_at=usage["fetched_at"])
        # The same data keeps its bytes; metrics tell an alert that the run is alive, so they have the time of this one.
        texts = {
            FORMATS[name].file: FORMATS[name].render(latest if name == "openmetrics" else report)
            for name in options["formats"]
        }
        if options["csv_bom"] and "csv" in options["formats"]:
            texts[FORMATS["csv"].file] = BYTE_ORDER_MARK + texts[FORMATS["csv"].file]
        paths = [folder / name for name in texts]
        # Everything is rendered before the first file is written.
        message = gate_outcome(report.verdicts)["message"] if report.verdicts else ""
        short, text = report_in_short(report, paths), report_text(report, message)
        written = self.write_files(options, texts) if texts else {}
        left_out = days_left_out(report.usage) if "csv" in options["formats"] else ""
        return {
            **({"warnings": [f"{FORMATS['csv'].file}: {left_out}"]} if left_out else {}),
            "files": [
                {"format": name, "path": str(path)} for name, path in zip(options["formats"], paths, strict=True)
            ],
            "text": text,
            "chat_text": chat_text(text),
            "short": short,
            "publish": options["publish"],
            **written,
        }

    def _check_webhook(self, address: str | None) -> None:
        problem = address_problem(address) if address else ""
        if problem:
            raise ParameterError([f"{self.name('webhook_url')}: {problem}"])

    def _earlier(self, dest: str) -> str:
        """Return the head of the JSON report of the run before, or nothing where there is none that can be read."""
        asked = {"dest": self.folder(dest), "files": {}, "head_of": FORMATS["json"].file}
        return str(self.run_module("finops.cloudflare.cloudflare_report_files", asked).get("head", ""))
