# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reconciliation is: why the two amounts of a line may differ, and its JSON Schema."""

from __future__ import annotations

from typing import Any

EXPLANATIONS = {
    "cost_unknown": "Cloudflare gave no cost, or not for all of the use",
    "currency_differs": "the bill is in another currency than the rate card",
    "cycle_start_missing": "the facts begin after the start of the cycle, so the rest of the allowance is not known",
    "days_not_complete_yet": "the last days still fill up, and costs come later than quantities",
    "quantity_unknown": "the quantity is not known",
    "no_price": "the rate card has no price for it",
    "other_unit": "the rate card prices another unit",
    "outside_dates": "the price of the rate card is not valid for all of these days",
    "no_account": "it belongs to no account",
    "negative_quantity": "it comes to less than nothing",
    "rounding": "the two differ by less than half a cent",
    "charged_quantity_differs": "Cloudflare charged for another quantity: the allowance, the block or the unit differs",
    "price_differs": "Cloudflare charged for the same quantity at another price",
    "quantity_or_price_differs": "the facts do not say for which quantity of this cycle Cloudflare charged",
    "cycle_not_ended": "the cycle goes on, and both amounts with it",
}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


_TEXT, _MAYBE_TEXT = {"type": "string"}, {"type": ["string", "null"]}
_NUMBER, _MAYBE_NUMBER = {"type": "number"}, {"type": ["number", "null"]}
_DAY, _RESULT = {"type": "string", "format": "date"}, {"enum": ["equal", "different", "unknown"]}
RECONCILIATION_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Reconciliation of a rate card with a bill",
    **_object(
        {
            "from": _DAY,
            "to": _DAY,
            "currency": _TEXT,
            "result": _RESULT,
            **dict.fromkeys(("estimated", "billed", "difference"), _NUMBER),
            **dict.fromkeys(("billed_without_estimate", "estimated_without_bill"), _NUMBER),
            "reasons": {"type": "array", "items": _TEXT},
            "lines": {
                "type": "array",
                "items": _object(
                    {
                        **dict.fromkeys(
                            ("account_id", "account_name", "metric_id", "metric_name", "consumed_unit"), _MAYBE_TEXT
                        ),
                        "from": _DAY,
                        "to": _DAY,
                        "quantity": _MAYBE_NUMBER,
                        "rule": _MAYBE_TEXT,
                        **dict.fromkeys(("estimated", "billed", "difference"), _MAYBE_NUMBER),
                        "result": _RESULT,
                        "reasons": {"type": "array", "items": {"enum": list(EXPLANATIONS)}},
                    }
                ),
            },
            "explanations": {"type": "object", "additionalProperties": _TEXT},
            "rate_card": _object(dict.fromkeys(("name", "source", "checked_on"), _TEXT)),
        }
    ),
}
