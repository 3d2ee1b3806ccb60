# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an export writes: each record once, in order, the same bytes for the same usage."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Simulator
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiError
from ansible_collections.finops.cloudflare.plugins.module_utils._export import dataset as export_dataset
from ansible_collections.finops.cloudflare.plugins.module_utils._export import spool as export_rows
from ansible_collections.finops.cloudflare.plugins.module_utils._export.dataset import Dataset, RowWriter
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import DATASET_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.format_csv import Csv
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import windows
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.query import resolve
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import (
    APRIL_AND_MAY,
    FEBRUARY_TO_MAY,
    Place,
    in_a_child,
    organization,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    BASE,
    MAY,
    NOW,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Server,
    daily,
    day,
    days,
    record,
    shuffler,
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_export_every_record_that_counts_is_a_row_in_the_order_of_arrival(place: Place) -> None:
    server = Server([*daily("2025-05-01", 31, 2), *daily("2025-05-01", 31, 3, x_ZoneName="a.example")])
    result = place.run(server, **MAY)
    rows = place.rows()
    assert list(rows[0]) == list(DATASET_COLUMNS)
    assert [(row["ChargePeriodStart"][:10], row["ConsumedQuantity"], row["x_ZoneName"]) for row in rows] == [
        *((str(each), "2", "") for each in days(day("2025-05-01"), 31)),
        *((str(each), "3", "a.example") for each in days(day("2025-05-01"), 31)),
    ]
    assert result["changed"]
    assert result["dest"] == str(place.dest)
    assert "diff" not in result
    [file] = result["files"]
    assert file == {
        "path": str(place.dest),
        "state": "created",
        "rows": 62,
        "days": 31,
        "first_day": "2025-05-01",
        "last_day": "2025-05-31",
        "size": place.dest.stat().st_size,
        "sha256": file["sha256"],
    }
    assert result["dataset"] == {
        "kind": "usage-aligned",
        "focus_version": "1.3",
        "format": "csv",
        "rows": 62,
        "unknown": dict.fromkeys(
            (
                "BilledCost",
                "BillingCurrency",
                "BillingPeriodEnd",
                "BillingPeriodStart",
                "ContractedCost",
                "EffectiveCost",
                "ListCost",
            ),
            62,
        ),
    }


def test_export_the_result_tells_of_the_usage_what_the_facts_tell(place: Place) -> None:
    def server() -> Server:
        return Server([*daily("2025-05-01", 31), *daily("2025-04-02", 60, 1000, BillingAccountId=OTHER_ACCOUNT)])

    asked = {"from": "2025-04-01", "to": "2025-05-31", "organization_id": ORGANIZATION, "account_id": None}
    result = place.run(server(), **asked)
    given = check_query({**BASE, **asked, "return_records": False}, NOW.date())
    facts = query_usage(given, NOW, server())
    assert result["usage"] == {
        name: value for name, value in facts["usage"].items() if name not in ("groups", "group_by")
    }
    assert result["warnings"] == facts["warnings"]
    assert result["usage"]["status"] == "partial"  # there is no row on the first day: a doubt, but no row is missing


def test_export_with_all_costs_it_is_a_dataset_of_costs(place: Place) -> None:
    costs = dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost", "ListCost"), 1)
    priced = daily("2025-05-01", 31, BillingCurrency="USD", **costs)
    result = place.run(Server(priced), **MAY)
    assert result["dataset"]["kind"] == "cost-and-usage"
    assert result["dataset"]["unknown"] == {"BillingPeriodEnd": 31, "BillingPeriodStart": 31}
    assert place.run(Server(priced), **MAY, cycle_day=1)["dataset"]["unknown"] == {}
    assert {row["BillingPeriodEnd"] for row in place.rows()} == {"2025-06-01T00:00:00Z"}
    result = place.run(Server([*priced, record("2025-05-02", x_ZoneName="a.example")]), **MAY, cycle_day=1)
    assert result["dataset"]["kind"] == "usage-aligned"
    assert result["dataset"]["unknown"]["BilledCost"] == 1


@pytest.mark.parametrize("options", [{}, {"format": "ndjson"}, {"format": "parquet"}, {"partition_by": ["month"]}])
def test_export_a_second_run_changes_nothing_and_touches_nothing(place: Place, options: dict[str, Any]) -> None:
    server = Server(daily("2025-04-01", 61, 0.25))
    asked = {"from": "2025-04-01", "to": "2025-05-31", **options}
    assert place.run(server, **asked)["changed"]
    files, moved = place.files(), len(place.moved)
    place.diff_mode = True
    again = place.run(server, NOW.replace(hour=5), **asked)
    assert not again["changed"]
    assert {file["state"] for file in again["files"]} == {"unchanged"}
    assert (again["diff"]["before"], again["diff"]["after"]) == ({}, {})
    assert (place.files(), len(place.moved)) == (files, moved)


def test_export_check_mode_tells_what_would_change_and_writes_nothing(place: Place) -> None:
    place.check_mode = place.diff_mode = True
    result = place.run(Server(daily("2025-05-01", 31)), **MAY)
    assert result["changed"]
    assert place.files() == {}
    place.check_mode = False
    place.run(Server(daily("2025-05-01", 31)), **MAY)
    before = place.files()
    place.check_mode = True
    restated = place.run(Server([*daily("2025-05-01", 30), *daily("2025-05-31", 1, 7), record("2025-05-31")]), **MAY)
    assert restated["changed"]
    assert place.files() == before
    same = place.run(Server(daily("2025-05-01", 31)), **MAY)
    assert not same["changed"]


def test_export_the_difference_shows_rows_and_days_and_never_data(place: Place) -> None:
    place.diff_mode = True
    path = str(place.dest)
    created = place.run(Server(daily("2025-05-01", 31, BillingAccountName="Secret Plans")), **MAY)["diff"]
    assert created["before"] == {}
    assert (created["before_header"], created["after_header"]) == (path, path)
    changed = place.run(Server(daily("2025-05-11", 21, 4, BillingAccountName="Secret Plans")), **MAY)["diff"]
    assert changed["before"] == created["after"]
    summary = {"rows": 21, "days": 21, "first_day": "2025-05-11", "last_day": "2025-05-31"}
    assert {name: changed["after"][path][name] for name in summary} == summary
    assert changed["after"][path]["sha256"] != changed["before"][path]["sha256"]
    assert "Secret" not in json.dumps([created, changed])
    place.dest.write_text("this is\nno dataset\n")
    strange = place.run(Server(daily("2025-05-11", 21)), **MAY)["diff"]
    assert strange["before"][path].keys() == {"size", "sha256"}
    place.dest.write_text(",".join(DATASET_COLUMNS) + "\n")
    assert place.run(Server(daily("2025-05-11", 21)), **MAY)["diff"]["before"][path]["rows"] == 0


def test_export_attributes_change_a_file_as_well(place: Place) -> None:
    place.run(Server(daily("2025-05-01", 31)), **MAY)
    seen: list[str] = []

    def attributes(path: str, diff: dict[str, Any]) -> bool:
        seen.append(path)
        diff.update(before={"mode": "0644"}, after={"mode": "0640"})
        return True

    place.attributes, place.diff_mode = attributes, True
    result = place.run(Server(daily("2025-05-01", 31)), **MAY)
    assert result["changed"]
    assert result["files"][0]["state"] == "unchanged"
    assert seen == [str(place.dest)]
    assert result["diff"]["before"] == {str(place.dest): {"mode": "0644"}}
    assert result["diff"]["after"] == {str(place.dest): {"mode": "0640"}}
    place.dest.unlink()
    created = place.run(Server(daily("2025-05-01", 31)), **MAY)["diff"]
    assert created["before"] == {}
    assert created["after"][str(place.dest)]["mode"] == "0640"
    place.diff_mode = False
    assert place.run(Server(daily("2025-05-01", 31)), **MAY)["changed"]


def test_export_each_day_is_there_once_whichever_way_the_server_reads_to(place: Place) -> None:
    records = [record(each, number) for number, each in enumerate(days(day("2025-02-01"), 120))]
    files = []
    for exclusive in (False, True):
        for window_days in (2, 7, 31):
            server = Server(records, exclusive=exclusive)
            place.run(server, **FEBRUARY_TO_MAY, window_days=window_days)
            files.append(place.dest.read_bytes())
            assert [row["ConsumedQuantity"] for row in place.rows()] == list(map(str, range(120)))
    assert len(set(files)) == 1


def test_export_windows_side_by_side_make_the_same_file_as_one_after_another(place: Place) -> None:
    rng = random.Random(5)
    records = [
        record(each, rng.randrange(1000), x_BillableMetricId=metric, BillingAccountId=account)
        for each in days(day("2025-02-01"), 120)
        for metric in ("workers_requests", "r2_storage")
        for account in (ACCOUNT, OTHER_ACCOUNT)
    ]
    rng.shuffle(records)
    asked = {**FEBRUARY_TO_MAY, "organization_id": ORGANIZATION, "window_days": 5}
    place.run(Server(records), **asked)
    alone = place.dest.read_bytes()
    assert not place.run(Server(records), **asked, concurrency=8)["changed"]
    assert place.dest.read_bytes() == alone
    asked["metric"] = ["r2_storage", "workers_requests"]
    place.run(Server(records, filters=False), **asked, concurrency=8)
    assert Counter(place.dest.read_bytes().splitlines()) == Counter(alone.splitlines())
    place.run(Server(records, order=shuffler(3)), **asked, concurrency=8)
    assert Counter(place.dest.read_bytes().splitlines()) == Counter(alone.splitlines())


@pytest.mark.many_cases
def test_export_the_totals_of_random_exports_are_those_of_the_facts(place: Place) -> None:
    for seed in range(6):
        rng = random.Random(seed)
        february = days(day("2025-02-01"), 120)
        records = [
            record(
                rng.choice(february),
                rng.choice((1, 2, "2.5", 0.125, -3, "no number", None)),
                BillingAccountId=rng.choice((ACCOUNT, OTHER_ACCOUNT, None)),
                x_BillableMetricId=rng.choice(("workers_requests", "r2_storage")),
            )
            for _number in range(300)
        ]
        asked = {**FEBRUARY_TO_MAY, "organization_id": ORGANIZATION, "window_days": rng.choice((9, 31))}
        exclusive = rng.random() < 0.5
        given = check_query({**BASE, **asked, "account_id": None, "return_records": False}, NOW.date())
        facts = query_usage(given, NOW, Server(records, exclusive=exclusive))["usage"]
        result = place.run(Server(records, exclusive=exclusive), **asked, on_partial="write")
        rows = place.rows()
        assert len(rows) == result["dataset"]["rows"] == facts["record_count"]
        assert sum(Decimal(row["ConsumedQuantity"]) for row in rows) == sum(
            Decimal(str(group["consumed_quantity"])) for group in facts["groups"]
        )
        assert result["usage"]["dropped"] == facts["dropped"]


def test_export_a_relative_path_is_made_absolute(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    result = place.run(Server(daily("2025-05-01", 31)), **MAY, dest="usage")
    assert result["dest"] == result["files"][0]["path"] == str(place.dest)
    assert place.moved == [str(place.dest)]


@pytest.fixture
def simulator(connect: Callable[..., Any]) -> Simulator:
    running: Simulator = connect(simulator={"accounts": 2, "metrics": 6}).simulator
    return running


def patient(connection: Connection) -> Client:
    return Client(connection, sleep=lambda seconds: None)


def simulated(
    place: Place, simulator: Simulator, client: Callable[[Connection], Client] = patient, **options: Any
) -> Any:
    address = {"api_url": simulator.base_url, "api_token": simulator.config.token}
    return place.run(client, **{**FEBRUARY_TO_MAY, **address, "concurrency": 4, **options})


@pytest.mark.parametrize("fault", ["cut=90%,times=3", "reset=body,times=2", "status=503,times=2"])
def test_export_an_answer_that_is_asked_for_again_is_written_once(
    place: Place, simulator: Simulator, fault: str
) -> None:
    whole = simulated(place, simulator)
    simulator.set_faults(fault)
    again = simulated(place, simulator)
    assert again["usage"]["requests"] > whole["usage"]["requests"]
    assert not again["changed"]
    assert again["files"][0]["sha256"] == whole["files"][0]["sha256"]


@pytest.mark.parametrize("fault", ["cut=90%", "envelope=failure-after-result", "status=403,after=2"])
def test_export_an_answer_that_never_comes_leaves_the_old_file(place: Place, simulator: Simulator, fault: str) -> None:
    place.dest.write_text("what was there")
    simulator.set_faults(fault)
    with pytest.raises(ApiError):
        simulated(place, simulator, max_retries=1)
    assert place.files() == {"usage": b"what was there"}


def test_export_places_are_forgotten_when_there_are_too_many(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {**APRIL_AND_MAY, "partition_by": ["account", "month"]}
    place.run(Server(organization()), **asked)
    monkeypatch.setattr(export_dataset, "MAX_POSITIONS", 1)
    assert not place.run(Server(organization()), **asked)["changed"]


@pytest.mark.parametrize("held", [20_000, 10_000_000])
def test_export_memory_follows_what_is_held_and_not_the_number_of_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(export_rows, "HELD", held)
    query = resolve({**BASE, **MAY, "group_by": (), "return_records": False}, NOW.date())
    [window] = windows(query.first, query.last)

    def peak(count: int) -> int:
        dataset = Dataset(tmp_path, (), lambda spool: RowWriter(spool, Csv(), (), query.first, None).add)
        records = (record("2025-05-01", number) for number in range(count))
        tracemalloc.start()
        with dataset.start(window, None) as keep:
            for each in records:
                keep(each)
        dataset.add(window, None)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sum(part.rows for part in dataset.spools.partitions().values()) == count
        return found

    peak(10)
    few, many = peak(200), peak(2000)
    assert (many < 2 * few) == (held == 20_000)


@pytest.mark.parametrize("moves", [0, 1, 4])
@pytest.mark.parametrize("partition_by", [[], ["account", "month"]])
def test_export_after_one_that_was_killed_leaves_only_its_own_files(
    place: Place, partition_by: list[str], moves: int
) -> None:
    asked = {**APRIL_AND_MAY, "partition_by": partition_by}
    place.run(Server(organization()), **asked)
    old = place.files()
    restated = [{**each, "ConsumedQuantity": 7} for each in organization()]

    def killed() -> None:
        place.end_after = len(place.moved) + moves
        place.run(Server(restated), **asked)

    status = in_a_child(killed)
    assert status == (0 if moves and not partition_by else -9)
    left = place.files().keys() - old.keys()
    assert bool(left) == (status != 0)
    place.check_mode = True
    expected = place.run(Server(restated), **asked)
    assert place.files().keys() - old.keys() == {path for path in left if "work" not in path.split("/")[:-1]}
    place.check_mode = False
    result = place.run(Server(restated), **asked)
    assert result["changed"] == (status != 0)
    assert [file["sha256"] for file in result["files"]] == [file["sha256"] for file in expected["files"]]
    assert place.files().keys() == old.keys()
    assert all(b",7," in text for text in place.files().values())
