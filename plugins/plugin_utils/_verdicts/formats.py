# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms that verdicts are written in. A new one is a file beside this one, and a line here."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.codequality import budgets_codequality
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import VerdictFormat
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.junit import budgets_junit
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.markdown import budgets_markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.sarif import budgets_sarif

FORMATS = {
    "junit": VerdictFormat("budgets.junit.xml", budgets_junit),
    "sarif": VerdictFormat("budgets.sarif", budgets_sarif),
    "codequality": VerdictFormat("budgets.codequality.json", budgets_codequality),
    "markdown": VerdictFormat("budgets.md", budgets_markdown),
}
