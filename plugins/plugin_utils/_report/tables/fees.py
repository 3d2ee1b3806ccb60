# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixed fees of subscriptions, where the facts hold them: apart from what records cost."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import format_money
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Subscription, Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.money import Part, share_table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.table import Table
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import CostSum


def fees_table(usage: Usage) -> Table | None:
    """Return what each subscription costs for the days of the facts; None where there is none."""
    names = {account["id"]: account["name"] for account in usage["accounts"]}
    parts = [
        _part(fee, names.get(fee["billing_account_id"]) or fee["billing_account_id"])
        for fee in usage.get("subscriptions", [])
    ]
    return share_table("Fixed fees, largest first", "Subscription", parts, counted="fee") if parts else None


def _part(fee: Subscription, account: str) -> Part:
    cost = CostSum({fee["currency"]: [fee["cost"]]}) if fee["cost"] is not None else CostSum(missing=1)
    price = f"{format_money(fee['price'], fee['currency'])} {fee['frequency'] or ''}".strip()
    notes = [account, fee["state"], price if fee["price"] is not None else None, fee["unknown"]]
    return Part(
        fee["name"] or fee["rate_plan_id"] or "Subscription",
        cost,
        note=" \N{MIDDLE DOT} ".join(note for note in notes if note),
        identity=fee["id"] or "",
    )
