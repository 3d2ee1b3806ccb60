# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked parameters to a dataset in files: requests, rows, files, and what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import COMBINED, PARTITION_KEYS, Target
from ansible_collections.finops.cloudflare.plugins.module_utils._export.work_folder import work_folder
from ansible_collections.finops.cloudflare.plugins.module_utils._export.write import FileOperations, Maker, write
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.interface import Query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.accounts import (
    Readings,
    read_all,
    together,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import reason
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.facts import assess, usage_metadata
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.messages import (
    api_messages,
    api_warnings,
    warnings,
    whose,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    QUERY_DEFAULTS,
    QUERY_SCHEMA,
    SCOPES,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    DAY,
    last_complete_day,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import (
    connection,
    fetch,
    open_source,
    resolve,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.scopes import asked_scopes

EXPORT_SCHEMA: dict[str, Any] = {
    **QUERY_SCHEMA,
    "title": "Usage export",
    "properties": {
        **{
            name: rule
            for name, rule in QUERY_SCHEMA["properties"].items()
            if name not in ("group_by", "history_days", "return_records", "subscriptions", "tags")
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
        "accounts_failed",
        "accounts_missing",
        "accounts_not_all_listed",
        "accounts_not_expected",
        "billing_cycle_moved",
        "billing_cycle_without_rows",
        "clock_differs",
        "days_not_complete_yet",
        "metric_without_rows",
        "no_rows_on_last_days",
        "records_not_counted",
        "records_of_other_accounts",
        "files_without_rows",
        "accounts_without_rows",
    )
)


@dataclass(frozen=True)
class Export:
    """What was read of one account or organization: facts without groups, rows, and what the API said of ``path``."""

    usage: dict[str, Any]
    spools: Spools
    messages: tuple[str, ...]
    path: str


def export(
    given: Mapping[str, Any], now: datetime, host: FileOperations, client: Callable[[Connection], Client] = Client
) -> dict[str, Any]:
    """Run a checked export; return the result of the module, with ``warnings``."""
    partition_by = tuple(given.get("partition_by", ()))
    fmt = FORMATS[given.get("format", "csv")]()
    target = Target(Path(given["dest"]).absolute(), partition_by, f"{_name(given)}.{fmt.extension}")
    target.check()
    at_target = partial(opened, target, host.move, check_mode=host.check_mode)
    if target.folder.exists():
        with at_target() as destination:
            destination.check_layout()
            destination.check_metrics(given.get("metric", ()))
    with client(connection(given)) as session, work_folder(Path(host.folder)) as folder:
        rows = partial(RowWriter, fmt=fmt, partition_by=partition_by, cycle_day=given.get("cycle_day"))
        readings = read_all(given, session, lambda alone: _read(alone, now, session, folder, rows))
        usage, exports = _put_together(readings, session.requests)
        said = [
            *readings.roster.notes,
            *api_warnings((each.path, message) for each in exports for message in each.messages),
        ]
        if not _is_written(usage, given):
            return {**_result(target, usage, said), "changed": False, "files": []}
        spools = Spools(spool for each in exports for spool in each.spools)
        with at_target() as destination:
            kept, doubts = _rows_gone(destination, spools, target, usage)
            if doubts:
                usage = {**usage, "status": "partial", "reasons": [*usage["reasons"], *doubts]}
                _is_written(usage, given)  # raises unless on_partial allows it
            maker = Maker(spools, date.fromisoformat(usage["from"]), target, fmt)
            written = write(maker, destination, kept, _noted(given, usage), replace(host, folder=str(folder)))
        described = _description(spools, fmt.extension, usage["record_count"])
        return {**_result(target, usage, said), "dataset": described, **written}


def _name(given: Mapping[str, Any]) -> str:
    """Return what files in partitions are called after: whose usage they hold, and where it comes from."""
    asked = asked_scopes(given)
    whose = f"{asked[0].kind}-{asked[0].id}" if len(asked) == 1 else COMBINED
    source = given.get("source", QUERY_DEFAULTS["source"])
    return whose if source == QUERY_DEFAULTS["source"] else f"{whose}-{source}"


def _read(
    alone: Mapping[str, Any], now: datetime, session: Client, folder: Path, rows: Callable[..., RowWriter]
) -> Export:
    """Return what one account or organization comes to, its rows in files of ``folder``. Raises ApiError."""
    query = resolve({**alone, "group_by": ()}, now.date(), open_source(alone, session))
    _check_months(query, tuple(alone.get("partition_by", ())))
    own = folder / f"{query.scope}-{query.scope_id}"
    own.mkdir()
    datasets: list[Dataset] = []

    def anew() -> Dataset:
        datasets.append(Dataset(own, query.metric, lambda spool: rows(spool, first=query.first).add))
        return datasets[-1]

    counted = fetch(query, session, anew)
    usage = usage_metadata(query, counted, assess(query, counted), now, session.requests)
    return Export(usage, datasets[-1].spools, api_messages(counted), query.path)


def _put_together(readings: Readings[Export], requests: int) -> tuple[dict[str, Any], list[Export]]:
    """Return how far everything can be trusted, and what counts of it."""
    if readings.alone:
        return readings.alone.usage, [readings.alone]
    usage, exports = together(readings)
    return {**usage, "requests": requests}, exports


def _result(target: Target, usage: Mapping[str, Any], said: Sequence[str]) -> dict[str, Any]:
    return {
        "dest": str(target.dest),
        "usage": {name: value for name, value in usage.items() if name not in ("group_by", "groups")},
        "warnings": [*warnings(usage), *said],
    }


def _noted(given: Mapping[str, Any], usage: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query as the list of files notes it."""
    scopes = {name: given[name] for name in SCOPES if name in given}
    lowered = {
        name: ids.lower() if isinstance(ids, str) else [each.lower() for each in ids] for name, ids in scopes.items()
    }
    return {**lowered, **{name: usage[name] for name in ("source", "from", "to", "metric")}}


def _rows_gone(
    destination: Destination, spools: Spools, target: Target, usage: Mapping[str, Any]
) -> tuple[list[Path], list[dict[str, Any]]]:
    """Return the files that would have no rows any more, and the doubts about rows that did not come again."""
    if not target.partition_by:
        return [], []
    now = {target.path(partition): part.accounts for partition, part in spools.partitions().items()}
    months = {day[:7] for day in usage["days"]}
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
    of_whom = f"The usage of {whose(usage)}"
    empty = [reason["message"] for reason in usage["reasons"] if reason["code"] in ("empty", "source_empty")]
    if empty and given.get("on_empty", "fail") == "fail":
        extent = "is" if usage["status"] == "empty" else "is in part"
        raise IncompleteError(
            f"{of_whom} {extent} empty, so nothing is written and what was there is still there."
            f" {empty[0]} Set on_empty to keep where that is expected.",
            usage,
        )
    if usage["status"] == "empty":
        return False
    missing = [reason["message"] for reason in usage["reasons"] if reason["code"] in MISSING_ROWS]
    if missing and given.get("on_partial", "fail") == "fail":
        raise IncompleteError(
            f"{of_whom} is not whole, so nothing is written and what was there is still there. {' '.join(missing)}"
            " Set on_partial to write where a dataset may lack rows.",
            usage,
        )
    return True
