# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms that a report is written in. A new one is a file beside this one, and a line here."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.csv import usage_csv
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import usage_html
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportFormat
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.json import usage_json
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.markdown import usage_markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.openmetrics import usage_openmetrics

FORMATS = {
    "html": ReportFormat("usage.html", usage_html),
    "markdown": ReportFormat("usage.md", usage_markdown),
    "json": ReportFormat("usage.json", usage_json),
    "csv": ReportFormat("usage.csv", usage_csv),
    "openmetrics": ReportFormat("usage.prom", usage_openmetrics),
}
