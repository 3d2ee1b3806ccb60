# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked parameters to a dataset in files: requests, rows, files, and what has changed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COSTS
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.dataset import Dataset, RowWriter
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import (
    ExportError,
    IncompleteError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import PARTITION_KEYS, Target
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import FOCUS_VERSION
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats import FORMATS
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import Spools
from ansible_collections.finops.cloudflare.plugins.module_utils._export.write import FileOperations, write
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_SCHEMA
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import DAY, last_complete_day
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import (
    Query,
    connection,
    fetch,
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
            if name not in ("group_by", "return_records")
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
        "cycle_day": {"type": "integer", "minimum": 1, "maximum": 31, "description": "a whole number from 1 to 31"},
        "on_partial": {"enum": ["fail", "write"], "description": "fail or write"},
        "on_empty": {"enum": ["fail", "keep"], "description": "fail or keep"},
    },
}
# What says that rows are missing or still to come. The other doubts can as well be what was used, or show in the file.
MISSING_ROWS = frozenset(
    ("accounts_missing", "days_not_complete_yet", "metric_without_rows", "no_rows_on_last_days", "records_not_counted")
)


def export(
    given: Mapping[str, Any], now: datetime, host: FileOperations, client: Callable[[Connection], Client] = Client
) -> dict[str, Any]:
    """Run a checked export; return the result of the module, with ``warnings``."""
    query = resolve({**given, "group_by": (), "return_records": False}, now.date())
    partition_by = tuple(given.get("partition_by", ()))
    _check_months(query, partition_by)
    fmt = FORMATS[given.get("format", "csv")]()
    name = f"{query.scope}-{query.scope_id.lower()}.{fmt.extension}"
    target = Target(Path(given["dest"]).absolute(), partition_by, name)
    target.check()
    rows = partial(RowWriter, fmt=fmt, partition_by=partition_by, first=query.first, cycle_day=given.get("cycle_day"))
    with tempfile.TemporaryDirectory(dir=host.folder) as folder:
        dataset = Dataset(Path(folder), query.metric, lambda spool: rows(spool).add)
        with client(connection(given)) as session:
            counted = fetch(query, session, sink=dataset)
            usage = usage_metadata(query, counted, now, session.requests)
        result = {
            "dest": str(target.dest),
            "usage": {name: value for name, value in usage.items() if name not in ("group_by", "sources")},
            "warnings": warnings(usage),
        }
        if not _is_written(usage, given):
            return {**result, "changed": False, "files": []}
        try:
            written = write(dataset.spools, query.first, query.last, target, fmt, replace(host, folder=folder))
        except OSError as error:
            raise ExportError(f"dest: {error.filename or target.dest}: {error.strerror or error}") from error
        return {**result, "dataset": _description(dataset.spools, fmt.extension, counted.record_count), **written}


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
