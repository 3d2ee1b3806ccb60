# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far usage facts can be trusted: their status, the last whole day, and a reason for every doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COLUMNS, COSTS, DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    RecordSelection,
    Series,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.groups import (
    cost_counts,
    currencies,
    identity,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    DAY,
    days_between,
    last_complete_day,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.reasons import day_range, listed, reason

# A metric is daily when it has rows on this share of at least so many days; then a day without rows is a gap.
DAILY_SHARE = 0.8
DAILY_DAYS = 5
_TRUNCATION = re.compile(r"truncat|incomplete|partial|not all|limited to|more (rows|results|records)", re.IGNORECASE)


@dataclass(frozen=True)
class Expectation:
    """What a whole answer would be: the UTC day of the call, the lag, and the accounts that must be there.

    ``doubts`` are the reasons that the source has by itself, ``elsewhere`` says which source to try after nothing came.
    """

    today: date
    lag_days: int
    accounts: tuple[str, ...]
    doubts: tuple[dict[str, Any], ...] = ()
    elsewhere: str = ""


@dataclass(frozen=True)
class Coverage:
    """``status`` is complete exactly without ``reasons``; ``complete_through`` is None when no day is whole."""

    status: str
    complete_through: date | None
    reasons: list[dict[str, Any]]


def coverage(aggregate: Aggregate, selection: RecordSelection, expectation: Expectation) -> Coverage:
    """Judge what arrived against what was asked."""
    whole = min(selection.last, last_complete_day(expectation.today, expectation.lag_days))
    active = sorted(
        {aggregate.day(position) for _named, series in aggregate.counted for position in _positions(series)}
    )
    reasons = [*expectation.doubts, *_envelope_reasons(aggregate), *_record_reasons(aggregate, selection)]
    if not active:
        return Coverage("empty", None, [_empty(selection, expectation.elsewhere), *reasons])
    reasons += _day_reasons(aggregate, selection, active, whole)
    reasons += _account_reasons(aggregate, expectation)
    reasons += _cost_reasons(aggregate)
    through = min(whole, active[-1])
    return Coverage("partial" if reasons else "complete", through if through >= selection.first else None, reasons)


def _empty(selection: RecordSelection, elsewhere: str) -> dict[str, Any]:
    return reason(
        "empty",
        "The API sent no record that counts. An unknown id, an account that is not covered, a metric id that does not"
        f" exist and no use at all give the same answer, so this proves nothing. {elsewhere}".rstrip(),
        metrics=sorted(selection.metric),
    )


def _positions(series: Series) -> Iterator[int]:
    """Yield the positions of the days that a series has records for."""
    return (position for position, count in enumerate(series.counts) if count)


def _day_reasons(
    aggregate: Aggregate, selection: RecordSelection, active: list[date], whole: date
) -> Iterator[dict[str, Any]]:
    filling = days_between(max(whole + DAY, selection.first), selection.last)
    if filling:
        yield reason(
            "days_not_complete_yet", f"Rows for {day_range(filling)} can still be missing.", days=listed(filling)
        )
    ahead = days_between(selection.first, active[0] - DAY)
    if ahead:
        yield reason(
            "no_rows_on_first_days",
            f"There is no row at all on the first days, {day_range(ahead)}.",
            days=listed(ahead),
        )
    behind = days_between(active[-1] + DAY, whole)
    if behind:
        yield reason(
            "no_rows_on_last_days",
            f"There is no row at all on the last days, {day_range(behind)}.",
            days=listed(behind),
        )
    yield from _gaps(aggregate, min(whole, active[-1]))


def _gaps(aggregate: Aggregate, end: date) -> Iterator[dict[str, Any]]:
    """Find days without rows of a metric that otherwise has rows every day in its account."""
    found: dict[tuple[Any, ...], set[int]] = {}
    for labels, series in aggregate.counted:
        key = (labels["BillingAccountId"], *identity(labels, DIMENSION_COLUMNS["metric"]))
        found.setdefault(key, set()).update(_positions(series))
    last = (end - aggregate.first).days
    holes = []
    for (account, metric_id, metric_name), active in found.items():
        span = range(min(active), last + 1)
        missing = [aggregate.day(position) for position in span if position not in active]
        if missing and len(span) >= DAILY_DAYS and 1 - len(missing) / len(span) >= DAILY_SHARE:
            holes.append((account or "", metric_id or metric_name or "", missing))
    if holes:
        holes.sort()
        gaps = sorted({day for _account, _metric, days in holes for day in days})
        yield reason(
            "gap_in_daily_metric",
            f"{len(holes)} metric(s) that have rows on nearly every day have none on some, the first on {gaps[0]}.",
            days=listed(gaps),
            metrics=listed(dict.fromkeys(metric for _account, metric, _days in holes)),
            accounts=listed(dict.fromkeys(account for account, _metric, _days in holes if account)),
            count=len(holes),
        )


def _envelope_reasons(aggregate: Aggregate) -> Iterator[dict[str, Any]]:
    """Yield what the answers themselves say of records that are not in them."""
    errors = list(dict.fromkeys(_said(each) for notices in aggregate.notices for each in notices.errors))
    if errors:
        yield reason(
            "errors_beside_success",
            printable("The API sent errors although it says success: " + "; ".join(errors)),
            count=len(errors),
        )
    more = list(dict.fromkeys(notices.more for notices in aggregate.notices if notices.more))
    if more:
        yield reason(
            "more_pages", printable("The API says that there are more results than it sent: " + "; ".join(more))
        )
    cut = list(
        dict.fromkeys(
            each["message"]
            for notices in aggregate.notices
            for each in notices.messages
            if _TRUNCATION.search(each["message"])
        )
    )
    if cut:
        yield reason("answer_truncated", printable("The API says that its answer is not whole: " + "; ".join(cut)))


def _said(message: Mapping[str, Any]) -> str:
    return f"{message['code']} {message['message']}" if message["code"] else str(message["message"])


def _record_reasons(aggregate: Aggregate, selection: RecordSelection) -> Iterator[dict[str, Any]]:
    uncounted, outside = aggregate.dropped["not_counted"], aggregate.dropped["outside_range"]
    if uncounted:
        yield reason(
            "records_not_counted",
            f"{uncounted} record(s) can't be counted, the first because of: {aggregate.samples[0]['problem']}.",
            count=uncounted,
            samples=aggregate.samples,
        )
    if outside:
        yield reason(
            "records_outside_range",
            f"{outside} record(s) lie outside the days that were asked of the API, and were dropped.",
            count=outside,
        )
    counted = aggregate.counted
    missing = aggregate.missing_columns + Counter({"x_BillableMetricId": _without_metric(aggregate)})
    if missing:
        yield reason(
            "columns_missing",
            "Some records lack columns that the API must send: " + ", ".join(sorted(missing)) + ".",
            columns=sorted(missing),
            count=max(missing.values()),
        )
    without_unit = sum(sum(series.counts) for labels, series in counted if labels["ConsumedUnit"] is None)
    if without_unit:
        yield reason("unit_missing", f"{without_unit} record(s) have no unit.", count=without_unit)
    if aggregate.long_periods:
        yield reason(
            "period_longer_than_a_day",
            "Some records are for more than one day; they count on their first day.",
            days=listed(sorted(aggregate.long_periods)),
        )
    silent = selection.metric - {labels["x_BillableMetricId"] for labels, _series in counted}
    if counted and silent:
        yield reason(
            "metric_without_rows",
            "No row came for: "
            + ", ".join(sorted(silent))
            + ". A metric id that does not exist gives the same answer.",
            metrics=sorted(silent),
        )


def _without_metric(aggregate: Aggregate) -> int:
    """Return how many records have neither the id of their metric nor its name: every published form has one."""
    columns = DIMENSION_COLUMNS["metric"]
    return sum(
        sum(series.counts) for labels, series in aggregate.counted if not any(labels[column] for column in columns)
    )


def _account_reasons(aggregate: Aggregate, expectation: Expectation) -> Iterator[dict[str, Any]]:
    present = {(labels["BillingAccountId"] or "").lower() for labels, _series in aggregate.counted} - {""}
    silent = sorted(set(expectation.accounts) - present)
    if silent:
        yield reason(
            "accounts_missing",
            f"{len(silent)} expected account(s) sent no row, the first is {silent[0]}.",
            accounts=listed(silent),
            count=len(silent),
        )


def _cost_reasons(aggregate: Aggregate) -> Iterator[dict[str, Any]]:
    records = aggregate.record_count
    seen = currencies(aggregate)
    if len(seen) > 1:
        yield reason(
            "mixed_currencies",
            printable("Costs are in more than one currency: " + ", ".join(seen) + "."),
            affects="cost",
            currencies=listed(seen),
        )
    some = [COLUMNS[column] for column, count in cost_counts(aggregate).items() if 0 < count < records]
    if some:
        yield reason(
            "cost_on_some_records",
            "Only some records carry " + ", ".join(some) + ", so these totals are unknown.",
            affects="cost",
            columns=some,
        )
    if aggregate.unreadable_costs:
        yield reason(
            "cost_not_a_number",
            "Some records carry a cost that is no number: " + ", ".join(sorted(aggregate.unreadable_costs)) + ".",
            affects="cost",
            columns=sorted(COLUMNS[column] for column in aggregate.unreadable_costs),
            count=sum(aggregate.unreadable_costs.values()),
        )
    adrift = sum(
        max(series.cost_counts[: len(COSTS)])
        for labels, series in aggregate.counted
        if labels["BillingCurrency"] is None
    )
    if adrift:
        yield reason(
            "currency_missing",
            f"{adrift} record(s) carry a cost without a currency.",
            affects="cost",
            count=adrift,
        )
