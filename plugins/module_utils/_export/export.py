# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked parameters to a dataset in files: requests, rows, files, and what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COSTS
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.dataset import Dataset, RowWriter
from ansible_collections.finops.cloudflare.plugins.module_utils._export.destination import Destination, named, opened
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import (
    IncompleteError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import FOCUS_VERSION
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.registry import FORMATS
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import Spools
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import PARTITION_KEYS, Target
from ansible_collections.finops.cloudflare.plugins.module_utils._export.work_folder import work_folder
from ansible_collections.finops.cloudflare.plugins.module_utils._export.write import FileOperations, Maker, write
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import Query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import reason
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_SCHEMA
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    DAY,
    days_between,
    last_complete_day,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import (
    api_messages,
    api_warnings,
    assess,
    connection,
    fetch,
    open_source,
    resolve,
    usage_metadata,
    warnings,
)

EXPORT_SCHEMA: dict[str, Any] = {
    **QUERY_SCHEMA,
    "title": "Usage export",
    "properties": {
        **{
            name: rule
            for name, rule in QUERY_SCHEMA["properties"].items()
            if name not in ("account_ids", "group_by", "return_records", "subscriptions", "tags")
        },
        "dest": {
            "type": "string",
            "minLength": 1,
            "description": "the path of a file, or of a folder with partition_by",
        },
        "format": {"enum": sorted(FORMATS), "description": "one of " + ", ".join(sorted(FORMATS))},
        "partition_by": {
            "type": "array",
            "items": {"enum": list(PARTITION_KEYS)},
            "uniqueItems": True,
            "description": "a list of different words out of " + ", ".join(PARTITION_KEYS),
        },
        "on_partial": {"enum": ["fail", "write"], "description": "fail or write"},
        "on_empty": {"enum": ["fail", "keep"], "description": "fail or keep"},
    },
}
# What says that rows are missing or still to come. The other doubts can as well be what was used, or show in the file.
MISSING_ROWS = frozenset(
    (
        "account_silent",
        "accounts_missing",
        "billing_cycle_moved",
        "billing_cycle_without_rows",
        "days_not_complete_yet",
        "metric_without_rows",
        "no_rows_on_last_days",
        "records_not_counted",
        "records_of_other_accounts",
        "files_without_rows",
        "accounts_without_rows",
    )
)


def export(
    given: Mapping[str, Any], now: datetime, host: FileOperations, client: Callable[[Connection], Client] = Client
) -> dict[str, Any]:
    """Run a checked export; return the result of the module, with ``warnings``."""
    with client(connection(given)) as session:
        query = resolve({**given, "group_by": ()}, now.date(), open_source(given, session))
        return _export(query, given, now, host, session)


def _export(
    query: Query, given: Mapping[str, Any], now: datetime, host: FileOperations, session: Client
) -> dict[str, Any]:
    partition_by = tuple(given.get("partition_by", ()))
    _check_months(query, partition_by)
    fmt = FORMATS[given.get("format", "csv")]()
    name = f"{query.scope}-{query.scope_id}.{fmt.extension}"
    target = Target(Path(given["dest"]).absolute(), partition_by, name)
    target.check()
    rows = partial(RowWriter, fmt=fmt, partition_by=partition_by, first=query.first, cycle_day=given.get("cycle_day"))
    at_target = partial(opened, target, host.move, check_mode=host.check_mode)
    if target.folder.exists():
        with at_target() as destination:
            destination.check_layout()
    with work_folder(Path(host.folder)) as folder:
        dataset = Dataset(folder, query.metric, lambda spool: rows(spool).add)
        counted = fetch(query, session, sink=dataset)
        usage = usage_metadata(query, counted, assess(query, counted), now, session.requests)
        said = api_warnings((query.path, message) for message in api_messages(counted))
        if not _is_written(usage, given):
            return {**_result(target, usage, said), "changed": False, "files": []}
        with at_target() as destination:
            kept, doubts = _rows_gone(destination, dataset.spools, target, query)
            if doubts:
                usage = {**usage, "status": "partial", "reasons": [*usage["reasons"], *doubts]}
                _is_written(usage, given)  # raises unless on_partial allows it
            maker = Maker(dataset.spools, query.first, target, fmt)
            written = write(maker, destination, kept, _noted(query), replace(host, folder=str(folder)))
        described = _description(dataset.spools, fmt.extension, counted.record_count)
        return {**_result(target, usage, said), "dataset": described, **written}


def _result(target: Target, usage: Mapping[str, Any], said: Sequence[str]) -> dict[str, Any]:
    return {
        "dest": str(target.dest),
        "usage": {name: value for name, value in usage.items() if name not in ("account_ids", "group_by", "sources")},
        "warnings": [*warnings(usage), *said],
    }


def _noted(query: Query) -> dict[str, Any]:
    """Return the query as the list of files notes it."""
    asked: dict[str, Any] = {"from": str(query.first), "to": str(query.last), "metric": list(query.metric)}
    return {f"{query.scope}_id": query.scope_id, **asked}


def _rows_gone(
    destination: Destination, spools: Spools, target: Target, query: Query
) -> tuple[list[Path], list[dict[str, Any]]]:
    """Return the files that would have no rows any more, and the doubts about rows that did not come again."""
    if not target.partition_by:
        return [], []
    now = {target.path(partition): part.accounts for partition, part in spools.partitions().items()}
    months = {f"{day:%Y-%m}" for day in days_between(query.first, query.last)}
    kept, accounts = destination.without_rows(now, months), destination.accounts_without_rows(now)
    doubts = []
    if kept:
        message = (
            "These files have rows from an earlier run and would have none now, so they stay as they are:"
            f" {named(kept)}. Remove them if the rows are gone for good."
        )
        doubts.append(reason("files_without_rows", message))
    if accounts:
        message = (
            "These accounts have rows in files of an earlier run, and none in the files that would replace them:"
            f" {named(accounts)}."
        )
        doubts.append(reason("accounts_without_rows", message))
    return kept, doubts


def _description(spools: Spools, extension: str, rows: int) -> dict[str, Any]:
    """Return what the rows may call themselves: without costs a dataset is only aligned with FOCUS."""
    unknown = spools.unknown()
    return {
        "kind": "usage-aligned" if unknown.keys() & {*COSTS, "BillingCurrency"} else "cost-and-usage",
        "focus_version": FOCUS_VERSION,
        "format": extension,
        "rows": rows,
        "unknown": dict(sorted(unknown.items())),
    }


def _check_months(query: Query, partition_by: tuple[str, ...]) -> None:
    """A file of a month takes the place of the older one, so it must not hold less of the month."""
    whole = last_complete_day(query.today, query.lag_days)
    if "month" in partition_by and (query.first.day != 1 or ((query.last + DAY).day != 1 and query.last < whole)):
        problem = (
            f"partition_by: with month, {query.first} to {query.last} would replace whole months by parts of them; ask"
            " for a range from the first day of a month to the last day of one, or to the last complete day"
        )
        raise ParameterError([problem])


def _is_written(usage: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Tell whether this usage may become a dataset; raises an IncompleteError where the task says so."""
    of_whom = f"The usage of {usage['scope']} {usage['scope_id']}"
    if usage["status"] == "empty":
        if given.get("on_empty", "fail") == "keep":
            return False
        raise IncompleteError(
            f"{of_whom} is empty, so nothing is written and what was there is still there."
            f" {usage['reasons'][0]['message']} Set on_empty to keep where that is expected.",
            usage,
        )
    missing = [reason["message"] for reason in usage["reasons"] if reason["code"] in MISSING_ROWS]
    if missing and given.get("on_partial", "fail") == "fail":
        raise IncompleteError(
            f"{of_whom} is not whole, so nothing is written and what was there is still there. {' '.join(missing)}"
            " Set on_partial to write where a dataset may lack rows.",
            usage,
        )
    return True
