# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report for programs: facts, verdicts and estimate in one document, described by REPORT_SCHEMA."""

from __future__ import annotations

import json

from ansible_collections.finops.cloudflare.plugins.module_utils._report_head import GROUPS
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.unchanged import group_lines, groups_digest
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput


def usage_json(report: ReportInput) -> str:
    """Return the JSON text; everything beyond ASCII is escaped, so that it is safe to show in a terminal.

    A group is a line, and all else stands before or behind: see keep_unchanged_usage.
    """
    usage = report.usage
    document = {
        "collection_version": COLLECTION_VERSION,
        "generated_at": report.generated_at,
        "groups_sha256": groups_digest(usage),
        "usage": {**{key: value for key, value in usage.items() if key != "groups"}, "groups": []},
        "verdicts": report.verdicts,
        "estimate": report.estimate,
    }
    head, groups, rest = json.dumps(document, indent=2, allow_nan=False).partition(GROUPS)
    lines = ",".join(f"\n      {line}" for line in group_lines(usage))
    return "".join((head, groups, lines, "\n    " if lines else "", rest, "\n"))
