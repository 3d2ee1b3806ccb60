# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far usage facts can be trusted: their status, the last whole day, and a reason for every doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COLUMNS, COSTS, DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.aggregation import (
    Aggregate,
    RecordSelection,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.rating import (
    Rating,
    cost_counts,
    currencies,
    read_rating,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    Reason,
    about,
    day_range,
    listed,
    reason,
    subject,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.silence import Silence
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    DAY,
    days_between,
    last_complete_day,
)

_TRUNCATION = re.compile(
    r"truncat|incomplete|not complete|partial|not all|missing|omitted|limited to|limit \w* ?(?:exceeded|reached)"
    r"|only (?:the )?(?:first|last|latest)|more (?:rows|results|records)|\d of \d+ (?:rows|results|records)",
    re.IGNORECASE,
)
_ODDITIES = {
    "period_longer_than_a_day": "Some records are for more than one day; they count on their first day.",
    "period_without_end": "Some records do not say when their charge period ends; they count on its first day.",
    "period_ends_before_start": "The charge period of some records ends before it begins; they count on its first day.",
    "period_not_in_utc": "Some records name days of another time zone than UTC; they count on the UTC day.",
}


@dataclass(frozen=True)
class Expectation:
    """What a whole answer would be: the UTC day of the call, the lag, and the accounts that must be there.

    ``doubts`` are the reasons that the source has by itself, ``elsewhere`` says which source to try after nothing came.
    ``ended`` has the first day on which an account, its id in small letters, is no longer in use.
    """

    today: date
    lag_days: int
    accounts: tuple[str, ...]
    doubts: tuple[dict[str, Any], ...] = ()
    elsewhere: str = ""
    ended: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Coverage:
    """``status`` is complete exactly without ``reasons``; ``complete_through`` is None when no day is whole."""

    status: str
    complete_through: date | None
    reasons: list[dict[str, Any]]
    rating: Rating


def coverage(
    aggregate: Aggregate, selection: RecordSelection, expectation: Expectation, seen: Aggregate | None = None
) -> Coverage:
    """Judge what arrived against what was asked; ``seen`` are the same records by day, with those of earlier days."""
    seen = seen or aggregate
    whole = min(selection.last, last_complete_day(expectation.today, expectation.lag_days))
    reasons = [
        *expectation.doubts,
        *_envelope_reasons(aggregate),
        *_record_reasons(aggregate),
        *_metric_reasons(seen, selection),
        *_stranger_reasons(aggregate, expectation),
    ]
    if not seen.counted:
        return Coverage(
            "empty", None, [_empty(selection, expectation.elsewhere), *reasons], read_rating(aggregate, None)
        )
    silence = Silence(seen, selection, whole, expectation.ended)
    through = silence.through if silence.through >= selection.first else None
    rating = read_rating(aggregate, through)
    reasons += _filling_days(selection, whole)
    reasons += silence.reasons()
    reasons += _account_reasons(seen, selection, expectation)
    reasons += _cost_reasons(aggregate, rating)
    return Coverage("partial" if reasons else "complete", through, reasons, rating)


def _empty(selection: RecordSelection, elsewhere: str) -> dict[str, Any]:
    return reason(
        "empty",
        "The API sent no record that counts. An unknown id, an account that is not covered, a metric id that does not"
        f" exist and no use at all give the same answer, so this proves nothing. {elsewhere}".rstrip(),
        metrics=sorted(selection.metric),
    )


def _filling_days(selection: RecordSelection, whole: date) -> Iterator[Reason]:
    filling = days_between(max(whole + DAY, selection.first), selection.last)
    if filling:
        yield reason(
            "days_not_complete_yet", f"Rows for {day_range(filling)} can still be missing.", days=listed(filling)
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


def _record_reasons(aggregate: Aggregate) -> Iterator[dict[str, Any]]:
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
    unitless = [(labels, sum(series.counts)) for labels, series in counted if labels["ConsumedUnit"] is None]
    if unitless:
        records = sum(count for _labels, count in unitless)
        subjects = (subject(labels["BillingAccountId"], _metric(labels)) for labels, _count in unitless)
        yield reason("unit_missing", f"{records} record(s) have no unit.", count=records, **about(subjects))
    for kind, days in sorted(aggregate.odd_periods.items()):
        yield reason(kind, _ODDITIES[kind], days=listed(sorted(days)))
    if aggregate.negatives:
        records = aggregate.negatives.total()
        yield reason(
            "negative_quantity",
            f"{records} record(s) have a negative quantity and are not corrections.",
            count=records,
            **about(subject(*key) for key in aggregate.negatives),
        )


def _metric_reasons(aggregate: Aggregate, selection: RecordSelection) -> Iterator[Reason]:
    counted = aggregate.counted
    silent = selection.metric - {labels["x_BillableMetricId"] for labels, _series in counted}
    if counted and silent:
        yield reason(
            "metric_without_rows",
            "No row came for: "
            + ", ".join(sorted(silent))
            + ". A metric id that does not exist gives the same answer.",
            metrics=sorted(silent),
            **about(subject(metric=metric) for metric in silent),
        )


def _metric(labels: Mapping[str, str | None]) -> str | None:
    return labels["x_BillableMetricId"] or labels["x_BillableMetricName"]


def _without_metric(aggregate: Aggregate) -> int:
    """Return how many records have neither the id of their metric nor its name: every published form has one."""
    columns = DIMENSION_COLUMNS["metric"]
    return sum(
        sum(series.counts) for labels, series in aggregate.counted if not any(labels[column] for column in columns)
    )


def _stranger_reasons(aggregate: Aggregate, expectation: Expectation) -> Iterator[Reason]:
    """Yield that records name accounts that were not asked for: these do not count."""
    strangers = sorted(aggregate.strangers)
    if strangers:
        records = aggregate.dropped["other_account"]
        # an account that an organization is not expected to have is a doubt of its own; in the answer of an account it
        # is a doubt of the answer
        subjects = map(subject, strangers) if expectation.accounts else [subject()]
        yield reason(
            "records_of_other_accounts",
            printable(
                f"{records} record(s) name an account that was not asked for or not expected, and do not count; the"
                f" first is {strangers[0]}."
            ),
            accounts=listed(strangers),
            count=records,
            **about(subjects),
        )


def _account_reasons(aggregate: Aggregate, selection: RecordSelection, expectation: Expectation) -> Iterator[Reason]:
    present = {(labels["BillingAccountId"] or "").lower() for labels, _series in aggregate.counted}
    gone = {account for account, day in expectation.ended.items() if day <= selection.first}
    silent = sorted(set(expectation.accounts) - present - gone)
    if silent:
        yield reason(
            "accounts_missing",
            f"{len(silent)} expected account(s) sent no row, the first is {silent[0]}.",
            accounts=listed(silent),
            count=len(silent),
            **about(map(subject, silent)),
        )


def _cost_reasons(aggregate: Aggregate, rating: Rating) -> Iterator[Reason]:
    records = aggregate.record_count
    yield from _rating_reasons(aggregate, rating)
    seen = currencies(aggregate)
    if len(seen) > 1:
        yield reason(
            "mixed_currencies",
            printable("Costs are in more than one currency: " + ", ".join(seen) + "."),
            affects="cost",
            currencies=listed(seen),
        )
    some = [COLUMNS[column] for column, count in cost_counts(aggregate, {}).items() if 0 < count < records]
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
            "Some records carry a cost that is not a number: " + ", ".join(sorted(aggregate.unreadable_costs)) + ".",
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


def _rating_reasons(aggregate: Aggregate, rating: Rating) -> Iterator[Reason]:
    if not rating.rated_through:
        return
    unrated = [
        (labels, rating.rated_through[series]) for labels, series in aggregate.counted if series in rating.rated_through
    ]
    records, first = sum(rating.unrated_records.values()), min(through for _labels, through in unrated) + 1
    yield reason(
        "cost_not_rated_yet",
        f"{records} record(s) from {aggregate.day(first)} on cost nothing, list costs too: Cloudflare may not have"
        " rated them yet.",
        affects="cost",
        count=records,
        days=listed(sorted({aggregate.day(through + 1) for _labels, through in unrated})),
        metrics=listed(sorted({metric for labels, _through in unrated if (metric := _metric(labels)) is not None})),
        **about(subject(labels["BillingAccountId"], _metric(labels)) for labels, _through in unrated),
    )
