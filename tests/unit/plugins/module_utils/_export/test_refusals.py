# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may not be written, and what was there is still there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._export import write as export_write
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import (
    ExportError,
    IncompleteError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.export import EXPORT_SCHEMA
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import Place
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    BASE,
    MAY,
    NOW,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Record,
    Server,
    daily,
    record,
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("records", "options", "code"),
    [
        (daily("2025-05-01", 31), {"to": "2025-06-02"}, "days_not_complete_yet"),
        (daily("2025-05-01", 30), {}, "no_rows_on_last_days"),
        ([*daily("2025-05-01", 31), record("2025-05-02", "many")], {}, "records_not_counted"),
        (daily("2025-05-01", 31), {"metric": ["workers_requests", "r2_storage"]}, "metric_without_rows"),
        (
            daily("2025-05-01", 31),
            {"organization_id": ORGANIZATION, "expected_accounts": [ACCOUNT, OTHER_ACCOUNT]},
            "accounts_missing",
        ),
    ],
)
def test_refusals_export_usage_that_lacks_rows_is_written_only_where_the_task_says_so(
    place: Place, records: list[Record], options: dict[str, Any], code: str
) -> None:
    place.dest.write_text("what was there")
    asked = {**MAY, **options}
    with pytest.raises(IncompleteError, match="nothing is written") as caught:
        place.run(Server(records), **asked)
    assert caught.value.failure()["kind"] == "incomplete"
    assert caught.value.failure()["status"] == "partial"
    assert code in [reason["code"] for reason in caught.value.failure()["reasons"]]
    assert "Set on_partial to write" in str(caught.value)
    assert place.dest.read_text() == "what was there"
    result = place.run(Server(records), **asked, on_partial="write")
    assert result["usage"]["status"] == "partial"
    assert code in [reason["code"] for reason in result["usage"]["reasons"]]
    assert len(result["warnings"]) == 1
    assert len(place.rows()) == result["usage"]["record_count"]


@pytest.mark.parametrize(
    "records",
    [
        daily("2025-05-03", 29),
        [*daily("2025-05-01", 20, 1000), *daily("2025-05-22", 10, 1000)],
        daily("2025-05-01", 31, ConsumedUnit=None),
        [*daily("2025-05-01", 31), record("2025-05-01", BilledCost=1)],
    ],
)
def test_export_a_doubt_that_can_as_well_be_what_was_used_is_a_warning(place: Place, records: list[Record]) -> None:
    result = place.run(Server(records), **MAY)
    assert result["usage"]["status"] == "partial"
    assert len(result["warnings"]) == 1
    assert len(place.rows()) == len(records)


@pytest.mark.parametrize("partition_by", [[], ["month"]])
@pytest.mark.parametrize("records", [[], daily("2025-04-01", 5), [record("2025-05-01", None)]])
def test_refusals_export_an_empty_answer_never_takes_the_place_of_a_dataset(
    place: Place, records: list[Record], partition_by: list[str]
) -> None:
    asked = {**MAY, "partition_by": partition_by}
    place.run(Server(daily("2025-05-01", 31)), **asked)
    before = place.files()
    for on_partial in ("fail", "write"):
        with pytest.raises(IncompleteError, match="is empty") as caught:
            place.run(Server(records), **asked, on_partial=on_partial)
        assert caught.value.failure()["status"] == "empty"
        assert "Set on_empty to keep" in str(caught.value)
        result = place.run(Server(records), **asked, on_partial=on_partial, on_empty="keep")
        assert not result["changed"]
        assert result["files"] == []
        assert "dataset" not in result
        assert result["usage"]["status"] == "empty"
        assert len(result["warnings"]) == 1
    assert place.files() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dest": ""}, "dest: '' is not accepted"),
        ({"format": "xlsx"}, "format: 'xlsx' is not accepted, it must be one of csv, ndjson, parquet"),
        ({"partition_by": ["zone"]}, "partition_by: ['zone'] is not accepted"),
        ({"partition_by": ["month", "month"]}, "partition_by: ['month', 'month'] is not accepted"),
        ({"cycle_day": 32}, "cycle_day: 32 is not accepted"),
        ({"on_partial": "ignore"}, "on_partial: 'ignore' is not accepted"),
        ({"on_empty": "write"}, "on_empty: 'write' is not accepted"),
    ],
)
def test_refusals_export_each_option_is_checked(place: Place, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        check_query({**BASE, "dest": "usage", **options, "timeout": 0}, NOW.date(), EXPORT_SCHEMA)
    assert [problem.startswith(said) for problem in sorted(caught.value.problems)].count(True) == 1
    assert len(caught.value.problems) == 2  # all at once


def test_refusals_export_a_dest_that_can_not_be_written_is_refused_before_any_request(place: Place) -> None:
    place.dest.mkdir()
    server = Server(daily("2025-05-01", 31))
    with pytest.raises(ExportError, match="is a folder"):
        place.run(server, **MAY)
    assert server.requests == 0


def test_refusals_export_a_disk_that_is_full_is_said_and_the_old_file_stays(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.run(Server(daily("2025-05-01", 31)), **MAY)
    before = place.files()

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device", "usage.tmp")

    monkeypatch.setattr("os.fsync", full)
    said = r"No space left on device at usage.tmp. Make room there, .* What was there is still there"
    with pytest.raises(ExportError, match=said) as caught:
        place.run(Server(daily("2025-05-01", 31, 5)), **MAY)
    assert caught.value.failure() == {"kind": "export"}
    assert place.files() == before


def test_refusals_export_a_file_that_can_not_be_read_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(export_write, "digest", refuse)
    with pytest.raises(ExportError, match=f"dest: {place.dest} can't be written: Permission denied. Let the user "):
        place.run(Server(daily("2025-05-01", 31)), **MAY)


def test_refusals_export_a_place_that_only_seems_writable_is_said_with_the_option_and_what_to_do(place: Place) -> None:
    server = Server(daily("2025-05-01", 31))
    said = r"^dest: /proc/usage.csv can't be written: [^/.]+\. Let the user that the task runs as write there, or name"
    with pytest.raises(ExportError, match=said):
        place.run(server, dest="/proc/usage.csv", **MAY)
    assert server.requests == 0
