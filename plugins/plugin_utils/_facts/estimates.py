# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of an estimate and of its reconciliation with a bill, as types and as JSON Schemas; a test holds both."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Result = Literal["equal", "different", "unknown"]
EXPLANATIONS = {
    "cost_unknown": "Cloudflare gave no cost, or not for all of the use",
    "currency_differs": "the bill is in another currency than the rate card",
    "cycle_start_missing": "the facts begin after the start of the cycle, so the rest of the allowance is not known",
    "days_not_complete_yet": "the last days still fill up, and costs come later than quantities",
    "no_price": "the rate card has no price for it",
    "other_unit": "the rate card prices another unit",
    "outside_dates": "the price of the rate card is not valid for all of these days",
    "no_account": "it has no account",
    "negative_quantity": "its total is negative",
    "rounding": "the exact amounts differ by less than half a cent",
    "charged_quantity_differs": "Cloudflare charged for another quantity: the allowance, the block or the unit differs",
    "price_differs": "Cloudflare charged for the same quantity at another price",
    "quantity_or_price_differs": "the facts do not say for which quantity of this cycle Cloudflare charged",
    "cycle_not_ended": "the cycle goes on, and both amounts with it",
}


class RateCardNote(TypedDict):
    """Which rate card was used, where its prices are from, and when somebody looked."""

    name: str
    source: str
    checked_on: str


class Tier(TypedDict):
    """The price of a block up to a quantity; null is without end."""

    up_to: float | None
    price: float


# "from" is a word of Python.
_Days = TypedDict("_Days", {"from": str, "to": str})


class EstimateLine(_Days):
    """The use of one metric by one account in one cycle, in ``consumed_unit``."""

    account_id: str | None
    account_name: str | None
    metric_id: str | None
    metric_name: str | None
    consumed_unit: str | None
    quantity: float


class _Running(TypedDict, total=False):
    """What the days up to each day of a line come to, null where that takes too long to tell.

    Estimates made by hand may lack it.
    """

    running: list[float] | None


class EstimateItem(EstimateLine, _Running):
    """A line that the card prices. ``price`` is that of a ``block``, null where there are several tiers."""

    included: float
    billable_quantity: float
    price: float | None
    tiers: list[Tier]
    block: float
    amount: float
    rule: str


class UnpricedLine(EstimateLine):
    """A line that the card can't price, with the code of why."""

    reason: str


class ReconciledLine(EstimateLine):
    """A line beside the bill, in the currency of the card; null is unknown. ``reasons`` are codes of EXPLANATIONS."""

    rule: str | None
    estimated: float | None
    billed: float | None
    difference: float | None
    result: Result
    reasons: list[str]


class Reconciliation(_Days):
    """What a card estimates beside what Cloudflare charges; the three amounts are over lines with both."""

    currency: str
    result: Result
    estimated: float
    billed: float
    difference: float
    billed_without_estimate: float
    estimated_without_bill: float
    reasons: list[str]
    lines: list[ReconciledLine]
    explanations: dict[str, str]
    rate_card: RateCardNote


class Estimate(TypedDict):
    """What use costs by a rate card; ``amount`` is null where nothing could be priced, and may be a lower bound."""

    currency: str
    amount: float | None
    is_lower_bound: bool
    reasons: list[str]
    items: list[EstimateItem]
    unpriced: list[UnpricedLine]
    rate_card: RateCardNote
    reconciliation: Reconciliation | None


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT, _MAYBE_TEXT = {"type": "string"}, {"type": ["string", "null"]}
_NUMBER, _MAYBE_NUMBER = {"type": "number"}, {"type": ["number", "null"]}
_DAY = {"type": "string", "format": "date", "description": "a day such as 2026-10-31"}
_DAYS = {"from": _DAY, "to": _DAY}
_RESULT = {"enum": ["equal", "different", "unknown"]}
_RATE_CARD = _object(dict.fromkeys(("name", "source", "checked_on"), _TEXT))
_LINE = {
    **dict.fromkeys(("account_id", "account_name", "metric_id", "metric_name", "consumed_unit"), _MAYBE_TEXT),
    **_DAYS,
    "quantity": _NUMBER,
}
_RECONCILIATION = _object(
    {
        **_DAYS,
        "currency": _TEXT,
        "result": _RESULT,
        **dict.fromkeys(("estimated", "billed", "difference"), _NUMBER),
        **dict.fromkeys(("billed_without_estimate", "estimated_without_bill"), _NUMBER),
        "reasons": _list(_TEXT),
        "lines": _list(
            _object(
                {
                    **_LINE,
                    "rule": _MAYBE_TEXT,
                    **dict.fromkeys(("estimated", "billed", "difference"), _MAYBE_NUMBER),
                    "result": _RESULT,
                    "reasons": _list({"enum": list(EXPLANATIONS)}),
                }
            )
        ),
        "explanations": {"type": "object", "additionalProperties": _TEXT},
        "rate_card": _RATE_CARD,
    }
)
RECONCILIATION_SCHEMA: dict[str, Any] = {
    "$schema": _DIALECT,
    "title": "Reconciliation of a rate card with a bill",
    **_RECONCILIATION,
}
_ITEM = _object(
    {
        **_LINE,
        "included": _NUMBER,
        "billable_quantity": _NUMBER,
        "price": _MAYBE_NUMBER,
        "tiers": _list(_object({"up_to": _MAYBE_NUMBER, "price": _NUMBER})),
        "block": _NUMBER,
        "amount": _NUMBER,
        "rule": _TEXT,
    }
)
_ITEM["properties"]["running"] = {"anyOf": [{"type": "null"}, _list(_NUMBER)]}
_ESTIMATE = _object(
    {
        "currency": _TEXT,
        "amount": _MAYBE_NUMBER,
        "is_lower_bound": {"type": "boolean"},
        "reasons": _list(_TEXT),
        "items": _list(_ITEM),
        "unpriced": _list(_object({**_LINE, "reason": _TEXT})),
        "rate_card": _RATE_CARD,
        "reconciliation": {"anyOf": [_RECONCILIATION, {"type": "null"}]},
    }
)
ESTIMATE_SCHEMA: dict[str, Any] = {
    "$schema": _DIALECT,
    "title": "Estimate of costs by a rate card",
    **_ESTIMATE,
}
