# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasets in partitions: which file holds what, which stay, and which are left alone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError, IncompleteError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import beside
from ansible_collections.finops.cloudflare.plugins.module_utils._export.manifest import (
    Manifest,
    read_manifest,
    write_manifest,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import (
    APRIL_AND_MAY,
    NAME,
    Place,
    organization,
    put,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    MAY,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Server,
    daily,
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_partitions_hold_the_rows_of_their_account_and_month(place: Place) -> None:
    result = place.run(Server(organization()), **APRIL_AND_MAY, partition_by=["account", "month"])
    null = "__HIVE_DEFAULT_PARTITION__"
    paths = [
        place.dest / f"account={account}" / f"month={month}" / NAME
        for account, month in (
            (ACCOUNT, "2025-04"),
            (ACCOUNT, "2025-05"),
            (OTHER_ACCOUNT, "2025-04"),
            (OTHER_ACCOUNT, "2025-05"),
            (null, "2025-05"),
        )
    ]
    assert {file["path"]: (file["rows"], file["days"], file["first_day"]) for file in result["files"]} == {
        str(path): (days, days, f"{path.parent.name[6:]}-01")
        for path, days in zip(paths, (30, 31, 30, 31, 31), strict=True)
    }
    assert {str(place.folder / name) for name in place.files()} == set(map(str, paths))
    for path in paths:
        rows = place.rows(path)
        assert {row["BillingAccountId"] or null for row in rows} == {path.parts[-3][8:]}
        assert {row["ChargePeriodStart"][:7] for row in rows} == {path.parts[-2][6:]}


@pytest.mark.parametrize("partition_by", [["account"], ["month"], ["month", "account"], ["account", "month"]])
def test_partitions_any_partitioning_has_the_rows_of_the_one_file(tmp_path: Path, partition_by: list[str]) -> None:
    whole, parts = (Place(tmp_path / name) for name in ("whole", "parts"))
    for each in (whole, parts):
        each.folder.mkdir()
    whole.run(Server(organization()), **APRIL_AND_MAY)
    result = parts.run(Server(organization()), **APRIL_AND_MAY, partition_by=partition_by)
    assert Counter(line for file in parts.files().values() for line in file.splitlines()[1:]) == Counter(
        whole.dest.read_bytes().splitlines()[1:]
    )
    assert [path.partition("/account=")[2] == "" for path in parts.files()] == ["account" not in partition_by] * len(
        result["files"]
    )


@pytest.mark.parametrize("filtered", [{}, {"metric": ["workers_requests"]}, {"expected_accounts": [ACCOUNT]}])
def test_partition_that_has_no_rows_any_more_stays_and_is_a_doubt(place: Place, filtered: dict[str, Any]) -> None:
    split = {**APRIL_AND_MAY, "partition_by": ["account", "month"], **filtered}
    metric = {"metric": filtered["metric"]} if "metric" in filtered else {}
    place.run(Server(organization()), **APRIL_AND_MAY, partition_by=["account", "month"], **metric)
    lost = place.dest / f"account={OTHER_ACCOUNT}" / "month=2025-05" / NAME
    before = place.files()
    less = [
        each
        for each in organization()
        if each.get("BillingAccountId") != OTHER_ACCOUNT or each["ChargePeriodStart"] < "2025-05"
    ]
    asked = {**split, "from": "2025-05-01"}
    with pytest.raises(IncompleteError, match="is not whole, so nothing is written") as caught:
        place.run(Server([*less, *daily("2025-05-01", 31, 9)]), **asked)
    assert str(lost) in str(caught.value)
    assert caught.value.failure()["status"] == "partial"
    assert "files_without_rows" in [reason["code"] for reason in caught.value.failure()["reasons"]]
    assert place.files() == before
    place.diff_mode = place.check_mode = True
    expected = place.run(Server(less), **asked, on_partial="write")
    place.check_mode = False
    result = place.run(Server(less), **asked, on_partial="write")
    assert result == {**expected, "usage": result["usage"]}
    assert not result["changed"]
    assert result["usage"]["status"] == "partial"
    assert str(lost) in result["warnings"][0]
    assert [file for file in result["files"] if file["state"] != "unchanged"] == [{"path": str(lost), "state": "kept"}]
    assert (result["diff"]["before"], result["diff"]["after"]) == ({}, {})
    assert place.files() == before
    lost.unlink()
    assert len(place.run(Server(less), **asked)["files"]) == 2


@pytest.mark.parametrize(
    ("before", "had", "wider"),
    [
        ({}, "all metrics", {}),
        ({"metric": ["workers_requests", "b"]}, "workers_requests, b", {"metric": ["c", "b", "workers_requests"]}),
    ],
)
def test_partitions_are_not_narrowed_to_fewer_metrics(
    place: Place, before: dict[str, Any], had: str, wider: dict[str, Any]
) -> None:
    split = {**APRIL_AND_MAY, "partition_by": ["month"], "on_partial": "write"}
    place.run(Server(organization()), **split, **before)
    files = place.files()
    with pytest.raises(ExportError, match=f"comes from an export of {had}, and would lose the rows of what is not"):
        place.run(Server(organization()), **split, metric=["workers_requests"])
    assert place.files() == files
    assert place.run(Server(organization()), **split, **wider)["files"]
    assert place.run(Server(organization()), **split)["files"]


@pytest.mark.parametrize("partition_by", [["month"], ["account"], ["account", "month"]])
def test_partition_that_loses_an_account_is_a_doubt(place: Place, partition_by: list[str]) -> None:
    split = {**APRIL_AND_MAY, "partition_by": partition_by}
    place.run(Server(organization()), **split)
    before = place.files()
    less = [each for each in organization() if each.get("BillingAccountId") != OTHER_ACCOUNT]
    with pytest.raises(IncompleteError) as caught:
        place.run(Server(less), **split)
    code = "files_without_rows" if "account" in partition_by else "accounts_without_rows"
    assert [reason["code"] for reason in caught.value.failure()["reasons"]] == [code]
    assert OTHER_ACCOUNT in str(caught.value)
    assert place.files() == before
    result = place.run(Server(less), **split, on_partial="write")
    assert [reason["code"] for reason in result["usage"]["reasons"]] == [code]
    assert (place.files() == before) == ("account" in partition_by)
    if "account" not in partition_by:
        assert place.run(Server(less), **split)["usage"]["status"] == "complete"


def test_partition_of_a_file_that_this_module_has_not_written_is_refused(place: Place) -> None:
    split = {**APRIL_AND_MAY, "partition_by": ["month"]}
    put(place.dest / "month=2025-05" / NAME, "mine")
    with pytest.raises(ExportError, match="was not written by this module"):
        place.run(Server(organization()), **split)
    assert place.files() == {f"usage/month=2025-05/{NAME}": b"mine"}


def test_partition_is_not_written_through_a_link(place: Place, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    place.dest.mkdir()
    (place.dest / "month=2025-05").symlink_to(theirs)
    with pytest.raises(ExportError, match="is a symbolic link where a folder of the dataset must be"):
        place.run(Server(organization()), **APRIL_AND_MAY, partition_by=["month"])
    assert list(theirs.iterdir()) == []


def test_partition_of_an_account_needs_an_id_that_can_be_a_folder(place: Place) -> None:
    long_id = "x" * 300
    records = daily("2025-04-01", 61, BillingAccountId=long_id)
    with pytest.raises(ExportError, match="too long"):
        place.run(Server(records), **APRIL_AND_MAY, partition_by=["account"])
    for partition_by in ([], ["month"]):
        result = place.run(
            Server(records), **APRIL_AND_MAY, partition_by=partition_by, dest=str(place.folder / f"{partition_by}")
        )
        assert result["dataset"]["rows"] == 61


def test_partitions_are_repaired_by_the_next_run_whatever_it_comes_to(place: Place) -> None:
    split = {**APRIL_AND_MAY, "partition_by": ["month"]}
    place.run(Server(organization()), **split)
    before = place.files()
    manifest = read_manifest(place.dest)
    for number, path in enumerate(manifest.files):
        file = place.dest / path
        file.rename(beside(file, ".old"))
        file.write_text(f"new {number}")
        put(beside(file, ".new"))
    write_manifest(place.dest, Manifest(manifest.files, dict.fromkeys(manifest.files, True)))
    with pytest.raises(IncompleteError, match="is empty"):
        place.run(Server([]), **split)
    assert place.files() == before


def test_partitions_exports_of_several_scopes_share_a_folder(place: Place) -> None:
    split = {**MAY, "partition_by": ["account", "month"]}
    mine = place.run(Server(daily("2025-05-01", 31)), **split)
    other = place.run(
        Server(daily("2025-05-01", 31, BillingAccountId=OTHER_ACCOUNT)), **split, account_id=OTHER_ACCOUNT
    )
    assert {file["state"] for result in (mine, other) for file in result["files"]} == {"created"}
    assert len(place.files()) == 2
    assert not place.run(Server(daily("2025-05-01", 31)), **split)["changed"]
    with pytest.raises(ExportError, match="count twice"):
        place.run(Server(daily("2025-05-01", 31)), **split, organization_id=ORGANIZATION)
    assert len(place.files()) == 2


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({"from": "2025-05-01", "to": "2025-05-31"}, True),
        ({"from": "2025-04-01", "to": "2025-05-31"}, True),
        ({"from": "2025-05-01", "to": "2025-06-02"}, True),
        ({"from": "2025-06-01", "to": "2025-06-02"}, True),
        ({"period": "previous_month"}, True),
        ({"period": "month_to_date"}, True),
        ({"period": "month_to_date", "complete_days": True}, True),
        ({"period": "year_to_date", "complete_days": True}, True),
        ({"from": "2025-05-02", "to": "2025-05-31"}, False),
        ({"from": "2025-05-01", "to": "2025-05-30"}, False),
        ({"period": "last_7_days"}, False),
    ],
)
def test_partitions_a_file_of_a_month_is_never_replaced_by_a_part_of_it(
    place: Place, asked: dict[str, Any], allowed: bool
) -> None:
    server = Server(daily("2025-01-01", 153))
    for partition_by in (["account"], ["month"]):
        if allowed or "month" not in partition_by:
            place.run(
                server, **asked, partition_by=partition_by, on_partial="write", dest=str(place.folder / partition_by[0])
            )
            continue
        requests = server.requests
        with pytest.raises(ParameterError, match="would replace whole months by parts"):
            place.run(server, **asked, partition_by=partition_by)
        assert server.requests == requests


def test_partitions_the_last_complete_day_ends_a_range_of_months(place: Place) -> None:
    now = datetime(2025, 6, 20, tzinfo=timezone.utc)
    server = Server(daily("2025-06-01", 20))
    for last, allowed in (("2025-06-17", False), ("2025-06-18", True), ("2025-06-20", True)):
        asked = {"from": "2025-06-01", "to": last, "partition_by": ["month"], "on_partial": "write"}
        if allowed:
            place.run(server, now, **asked)
        else:
            with pytest.raises(ParameterError):
                place.run(server, now, **asked)
