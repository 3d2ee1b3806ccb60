# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasets in partitions: which file holds what, which are removed, and which are left alone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import (
    APRIL_AND_MAY,
    NAME,
    Place,
    organization,
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
def test_any_partitioning_has_the_rows_of_the_one_file(tmp_path: Path, partition_by: list[str]) -> None:
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


def test_files_that_have_no_rows_any_more_are_removed_and_no_others(place: Place) -> None:
    split = {**APRIL_AND_MAY, "partition_by": ["account", "month"]}
    place.run(Server(organization()), **split)
    lost = place.dest / f"account={OTHER_ACCOUNT}" / "month=2025-05"
    (place.dest / "notes.txt").write_text("mine")
    (lost.parent / "month=2025-04" / "mine.csv").write_text("mine")
    before = place.files()
    less = [
        each
        for each in organization()
        if each.get("BillingAccountId") != OTHER_ACCOUNT or each["ChargePeriodStart"] < "2025-05"
    ]
    place.diff_mode = place.check_mode = True
    asked = {**split, "from": "2025-05-01"}
    expected = place.run(Server(less), **asked)
    assert place.files() == before
    place.check_mode = False
    result = place.run(Server(less), **asked)
    assert result == {**expected, "usage": result["usage"]}
    assert result["changed"]
    assert [file for file in result["files"] if file["state"] != "unchanged"] == [
        {"path": str(lost / NAME), "state": "removed"}
    ]
    assert list(result["diff"]["before"]) == [str(lost / NAME)]
    assert result["diff"]["before"][str(lost / NAME)]["rows"] == 31
    assert result["diff"]["after"] == {}
    assert not lost.exists()
    del before[str((lost / NAME).relative_to(place.folder))]
    assert place.files() == before


def test_exports_of_several_scopes_share_a_folder(place: Place) -> None:
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
def test_a_file_of_a_month_is_never_replaced_by_a_part_of_it(
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


def test_the_last_complete_day_ends_a_range_of_months(place: Place) -> None:
    now = datetime(2025, 6, 20, tzinfo=timezone.utc)
    server = Server(daily("2025-06-01", 20))
    for last, allowed in (("2025-06-17", False), ("2025-06-18", True), ("2025-06-20", True)):
        asked = {"from": "2025-06-01", "to": last, "partition_by": ["month"], "on_partial": "write"}
        if allowed:
            place.run(server, now, **asked)
        else:
            with pytest.raises(ParameterError):
                place.run(server, now, **asked)
