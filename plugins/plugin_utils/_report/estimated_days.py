# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each day adds to an estimate."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate, EstimateItem
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import Daily, add


def estimated_days(usage: Usage, estimate: Estimate | None) -> list[tuple[EstimateItem, Daily]]:
    """Return what each day of the facts adds to each line; nothing where that is not known of all, or of other days."""
    found: list[tuple[EstimateItem, Daily]] = []
    days = usage["days"]
    for item in estimate["items"] if estimate else []:
        sums = item.get("running") or []
        start = days.index(item["from"]) if item["from"] in days else len(days)
        if not sums or start + len(sums) > len(days) or days[start + len(sums) - 1] != item["to"]:
            return []
        own = [add([now, -before]) for now, before in zip(sums, [0, *sums[:-1]], strict=True)]
        found.append((item, [*[0] * start, *own, *[0] * (len(days) - start - len(sums))]))
    return found
