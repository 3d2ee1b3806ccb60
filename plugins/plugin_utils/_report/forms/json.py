# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report for programs: facts, verdicts and estimate in one document, described by REPORT_SCHEMA."""

from __future__ import annotations

import json

from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput


def usage_json(report: ReportInput) -> str:
    """Return the JSON text; everything beyond ASCII is escaped, so that it is safe to show in a terminal."""
    document = {
        "collection_version": COLLECTION_VERSION,
        "generated_at": report.generated_at,
        "usage": report.usage,
        "verdicts": report.verdicts,
        "estimate": report.estimate,
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
