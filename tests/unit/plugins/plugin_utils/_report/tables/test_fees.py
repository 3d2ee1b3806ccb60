# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixed fees stand apart from what records cost, and an unknown one is not nothing."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import usage_html
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.known_cost import fees_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.fees import fees_table
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    METRICS,
    make_usage,
    sample,
)

SPACE = "\N{NO-BREAK SPACE}"


def _fee(name: str | None, cost: float | None, **changes: Any) -> dict[str, Any]:
    fee = {
        "billing_account_id": f"{0:032x}",
        "id": "506e3185e9c882d175a2d0cb0093d9f2",
        "name": name,
        "rate_plan_id": "pro",
        "state": "Paid",
        "price": 20,
        "currency": "USD",
        "frequency": "monthly",
        "period": {"from": "2025-05-01", "to": "2025-05-31"},
        "cost": cost,
        "daily_cost": [None] * 31,
        "unknown": None if cost is not None else "no price",
    }
    return {**fee, **changes}


def _usage(*fees: Any) -> Any:
    return make_usage(metrics=METRICS[:1], subscriptions=list(fees))


def test_fees_stand_with_their_total_and_account() -> None:
    table = fees_table(_usage(_fee("Pro plan", 20), _fee(None, 5.5, price=None)))
    assert table is not None
    first, second = table.groups[0].rows
    assert (first[0].text, first[1].text) == ("Pro plan", f"USD{SPACE}20.00")
    assert first[0].note == f"Production \N{MIDDLE DOT} Paid \N{MIDDLE DOT} USD{SPACE}20.00 monthly"
    assert second[0].text == "pro"
    assert table.totals[0][1].text == f"USD{SPACE}25.50"


def test_fees_of_unknown_amount_are_unknown() -> None:
    table = fees_table(_usage(_fee("a", 20), _fee("b", None)))
    assert table is not None
    assert table.groups[0].rows[1][1].text == "unknown"
    assert table.totals[0][1].note == f"USD{SPACE}20.00 known; 1 fee without"
    assert fees_text(_usage(_fee("b", None))) == "Beside it, fixed fees: 1 fee of unknown amount."
    assert fees_text(_usage(_fee("a", 20), _fee("b", None))) == (
        f"Beside it, fixed fees: USD{SPACE}20.00 and 1 fee of unknown amount."
    )


def test_fees_that_were_not_asked_for_are_not_told() -> None:
    assert fees_table(make_usage()) is None
    assert fees_text(make_usage()) == ""


def test_fees_are_a_section_of_the_page() -> None:
    page = usage_html(sample(_usage(_fee("Pro plan", 20))))
    assert '<h2 id="fees">Fixed fees</h2>' in page
