# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasets of several accounts and organizations, and of other sources: no row is there twice, and none is hidden."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Simulator
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError, IncompleteError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.manifest import read_manifest
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import Place
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import MAY, codes, reason

NOW = datetime(2025, 6, 2, 3, tzinfo=timezone.utc)
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
BILLED = "5b" * 16
NOT_COVERED = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
NO_REST = partial(Client, sleep=lambda _seconds: None)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def simulator(connect: Callable[..., Any]) -> Simulator:
    running: Simulator = connect(
        simulator={"accounts": 5, "organizations": 2, "metrics": 3, "today": date(2025, 6, 2)}
    ).simulator
    return running


def known(simulator: Simulator) -> list[str]:
    return [account.id for account in simulator.api.dataset.accounts]


def run(place: Place, simulator: Simulator, **options: Any) -> dict[str, Any]:
    whose = {"account_id": None} if "account_id" not in options else {}
    return place.run(
        NO_REST, NOW, api_url=simulator.base_url, api_token=simulator.config.token, **MAY, **whose, **options
    )


def test_several_accounts_are_one_dataset_of_the_rows_of_each(place: Place, simulator: Simulator) -> None:
    accounts = known(simulator)
    result = run(place, simulator, account_ids=[*accounts, accounts[0].upper()])
    rows = place.rows()
    alone = []
    for account in accounts:
        run(place, simulator, account_id=account)
        alone += place.rows()
    assert rows == alone
    assert result["dataset"]["rows"] == len(rows) == result["usage"]["record_count"]
    assert [source["scope_id"] for source in result["usage"]["sources"]] == accounts
    assert (result["usage"]["scope"], result["usage"]["status"]) == ("combined", "complete")


def test_several_accounts_in_an_organization_and_beside_it_have_their_rows_once(
    place: Place, simulator: Simulator
) -> None:
    accounts = known(simulator)
    lists = {"account_ids": accounts, "organization_ids": [ORGANIZATION]}
    result = run(place, simulator, **lists, partition_by=["month"])
    [file] = result["files"]
    assert file["path"] == str(place.dest / "month=2025-05" / "combined.csv")
    rows = Counter(row["BillingAccountId"] for row in place.rows(Path(file["path"])))
    assert set(rows) == set(accounts)
    for account in accounts:
        run(place, simulator, account_id=account, dest=str(place.folder / account))
        assert rows[account] == len(place.rows(place.folder / account))
    noted = read_manifest(place.dest).files["month=2025-05/combined.csv"]
    assert noted["query"] == {**lists, "source": "usage", "from": "2025-05-01", "to": "2025-05-31", "metric": []}
    assert run(place, simulator, **lists, partition_by=["month"])["changed"] is False


def test_several_organizations_of_which_one_is_inside_another_have_their_rows_once(
    place: Place, simulator: Simulator
) -> None:
    run(place, simulator, organization_id=ORGANIZATION)
    rows = place.rows()
    below = simulator.api.dataset.organizations[1].id
    simulator.set_faults(f"set=BillingAccountId:{known(simulator)[0]},rows=all,path=/organizations/{below}/*")
    run(place, simulator, organization_ids=[below, ORGANIZATION])
    assert place.rows() == rows


def test_several_accounts_one_of_which_fails_are_written_only_on_demand(place: Place, simulator: Simulator) -> None:
    accounts = known(simulator)
    simulator.set_faults(f"status=404,path=/accounts/{accounts[2]}/*")
    with pytest.raises(IncompleteError, match="The usage of 5 accounts is not whole, so nothing is written"):
        run(place, simulator, account_ids=accounts)
    assert not place.dest.exists()
    result = run(place, simulator, account_ids=accounts, on_partial="write")
    assert {row["BillingAccountId"] for row in place.rows()} == {*accounts} - {accounts[2]}
    assert reason(result["usage"], "accounts_failed")["accounts"] == [accounts[2]]


def test_several_accounts_one_of_which_is_empty_are_written_only_on_demand(place: Place, simulator: Simulator) -> None:
    accounts = [*known(simulator), NOT_COVERED]
    with pytest.raises(IncompleteError, match="The usage of 6 accounts is in part empty, so nothing is written"):
        run(place, simulator, account_ids=accounts, on_partial="write")
    result = run(place, simulator, account_ids=accounts, on_empty="keep")
    assert {row["BillingAccountId"] for row in place.rows()} == set(known(simulator))
    assert codes(result["usage"]) == ["source_empty"]
    assert any("is partial: " in warning for warning in result["warnings"])


def test_several_bills_of_an_organization_are_one_dataset_with_costs(place: Place, simulator: Simulator) -> None:
    asked = {"organization_id": BILLED, "source": "paygo", "partition_by": ["month"], "on_empty": "keep"}
    result = run(place, simulator, **asked)
    [file] = result["files"]
    assert Path(file["path"]).name == f"organization-{BILLED}-paygo.csv"
    assert result["dataset"]["kind"] == "cost-and-usage"
    counted = {source["scope_id"]: source["record_count"] for source in result["usage"]["sources"]}
    rows = Counter(row["BillingAccountId"] for row in place.rows(Path(file["path"])))
    assert rows == Counter({account: count for account, count in counted.items() if count})
    assert len(rows) > 2
    assert result["usage"]["cost"] == {"available": "all", "currency": "USD"}


@pytest.mark.parametrize("partition_by", [["month"], ["account", "month"]])
def test_several_sources_of_one_account_do_not_share_a_file_or_a_folder(
    place: Place, simulator: Simulator, partition_by: list[str]
) -> None:
    [account, *_others] = known(simulator)
    asked = {"account_id": account, "partition_by": partition_by}
    usage = run(place, simulator, **asked)
    before = place.files()
    with pytest.raises(ExportError, match="holds rows of the same account from another export"):
        run(place, simulator, **asked, source="paygo")
    assert place.files() == before
    bill = run(place, simulator, **asked, source="paygo", dest=str(place.folder / "bills"))
    names = [Path(result["files"][0]["path"]).name for result in (usage, bill)]
    assert names == [f"account-{account}.csv", f"account-{account}-paygo.csv"]
    entry = json.loads((place.folder / "bills" / ".finops-cloudflare.json").read_text())["files"]
    assert [each["query"]["source"] for each in entry.values()] == ["paygo"]


def test_several_accounts_in_a_list_that_shrinks_are_noticed(place: Place, simulator: Simulator) -> None:
    accounts = known(simulator)
    run(place, simulator, account_ids=accounts[:3], partition_by=["month"])
    run(place, simulator, account_ids=accounts, partition_by=["month"])
    with pytest.raises(IncompleteError, match="These accounts have rows in files of an earlier run") as caught:
        run(place, simulator, account_ids=accounts[1:3], partition_by=["month"])
    assert "accounts_without_rows" in codes(caught.value.failure())
