# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client: what the filters do with the facts that the module left: verdicts and a report, each in all its formats."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.formats import FORMATS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.input import report_input
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.formats import FORMATS as VERDICT_FORMATS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictReport

BUDGETS = [{"name": "requests", "each": "account", "match": {"metric": "workers_standard_requests"}, "limit": 10**12}]

usage = read_usage(json.loads(Path(os.environ["BENCH_FACTS"]).read_text(encoding="utf-8"))["usage"])
verdicts = evaluate_budgets(usage, BUDGETS)
texts = [form.render(VerdictReport(verdicts)) for form in VERDICT_FORMATS.values()]
report = report_input(usage, verdicts)
texts += [form.render(report) for form in FORMATS.values()]
print(sum(map(len, texts)))
