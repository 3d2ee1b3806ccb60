# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cloudflare_usage_export: what it writes, changes, removes and refuses, and what DuckDB reads of it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Run, Server

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
NOT_COVERED = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
EXPORT = "finops.cloudflare.cloudflare_usage_export"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}
YEAR = {"from": "2024-06-01", "to": "2025-05-31"}
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "focus-export.md"


def tasks(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"hosts": "localhost", "gather_facts": False, "tasks": list(steps)}]


def export(**options: Any) -> dict[str, Any]:
    return {"name": "export", EXPORT: {"account_id": ACCOUNT, "dest": "usage.csv", **options}}


def exported(run: Run) -> dict[str, Any]:
    result: dict[str, Any] = run.results("export")[-1]["result"]
    return result


def listed(folder: Path) -> list[str]:
    """Return the files of a dataset; the list that the module keeps of them must be the only other one."""
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert [path for path in found if "/." in f"/{path}"] == [".finops-cloudflare.json"]
    return found[1:]


def test_export_a_file_is_written_once_with_the_asked_mode(play: Play, simulator: Server, tmp_path: Path) -> None:
    again = {**export(**MAY, mode="0640"), "name": "again"}
    stricter = {**export(**MAY, mode="0600"), "name": "stricter"}
    run = play(tasks(export(**MAY, mode="0640"), again, stricter), env=simulator.env())
    assert (run.code, run.failures()) == (0, [])
    assert run.changed() == ["export", "stricter"]
    path = tmp_path / "usage.csv"
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    result = exported(run)
    assert len(rows) == result["dataset"]["rows"] == result["usage"]["record_count"] == result["files"][0]["rows"] > 0
    assert {row["ChargePeriodStart"][:7] for row in rows} == {"2025-05"}
    assert {row["BilledCost"] for row in rows} == {""}
    assert result["dataset"]["kind"] == "usage-aligned"
    assert run.results("again")[0]["result"]["files"][0]["state"] == "unchanged"
    assert [path.name for path in tmp_path.glob("*usage*")] == ["usage.csv"]  # nothing is left beside it


def test_export_check_mode_and_diff_tell_without_writing_or_showing_data(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    created = play(tasks(export(**MAY)), "--check", "--diff", env=simulator.env())
    assert (created.code, created.counts["changed"]) == (0, 1)
    assert not (tmp_path / "usage.csv").exists()
    assert '"rows"' in created.stdout
    written = play(tasks(export(**{**MAY, "from": "2025-05-11"})), "--diff", env=simulator.env())
    assert written.code == 0
    before = (tmp_path / "usage.csv").read_bytes()
    changed = play(tasks(export(**MAY, mode="0600")), "--check", "--diff", env=simulator.env())
    assert (changed.code, changed.counts["changed"]) == (0, 1)
    assert (tmp_path / "usage.csv").read_bytes() == before
    assert '"first_day": "2025-05-11"' in changed.stdout
    assert '"first_day": "2025-05-01"' in changed.stdout
    assert "My Account" not in created.output + written.output + changed.output
    same = play(tasks(export(**{**MAY, "from": "2025-05-11"})), "--check", "--diff", env=simulator.env())
    assert (same.code, same.counts["changed"]) == (0, 0)


@pytest.mark.parametrize("fault", ["status=403", "cut=50%", "envelope=failure-after-result"])
def test_export_a_refusal_leaves_the_old_file(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path, fault: str
) -> None:
    server = start_simulator(faults=[fault])
    (tmp_path / "usage.csv").write_text("what was there")
    run = play(tasks(export(**MAY, max_retries=0)), env=server.env())
    assert run.code == 2
    assert exported(run)["failure"]["kind"] in ("refused", "transport")
    assert (tmp_path / "usage.csv").read_text() == "what was there"
    assert "simulator-token" not in run.output + run.log


def test_export_usage_that_is_not_whole_is_written_only_where_the_task_says_so(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--today", "2025-06-02")
    (tmp_path / "usage.csv").write_text("what was there")
    to_come = {"from": "2025-05-01", "to": "2034-12-31"}
    for options, status in ((to_come, "partial"), ({**MAY, "account_id": NOT_COVERED}, "empty")):
        run = play(tasks(export(**options)), env=server.env())
        assert run.code == 2
        assert exported(run)["failure"]["kind"] == "incomplete"
        assert exported(run)["failure"]["status"] == status
    kept = play(tasks(export(**MAY, account_id=NOT_COVERED, on_empty="keep")), env=server.env())
    assert (kept.code, kept.counts["changed"]) == (0, 0)
    assert "empty" in kept.output
    assert (tmp_path / "usage.csv").read_text() == "what was there"


def test_export_wrong_options_are_all_told_before_any_request(
    play: Play, start_simulator: Callable[..., Server]
) -> None:
    server = start_simulator()
    run = play(tasks(export(cycle_day=32, lag_days=99, period="last_week")), env=server.env())
    assert run.code == 2
    problems = exported(run)["failure"]["problems"]
    assert [problem.partition(":")[0] for problem in problems] == ["cycle_day", "lag_days", "period"]
    assert server.requests() == []


def test_export_partitions_are_refreshed_and_nothing_else_is_touched(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    split = {"organization_id": ORGANIZATION, "dest": "usage", "partition_by": ["account", "month"]}
    both = {"name": "export", EXPORT: {**split, "from": "2025-04-01", "to": "2025-05-31"}}
    may = {"name": "export", EXPORT: {**split, **MAY}}
    run = play(tasks(both), env=start_simulator().env())
    assert (run.code, run.failures()) == (0, [])
    assert len(listed(tmp_path / "usage")) == len(exported(run)["files"]) == 6
    lost = f"account={ACCOUNT}/month=2025-05/organization-{ORGANIZATION}.csv"
    note = tmp_path / "usage" / f"account={ACCOUNT}" / "month=2025-05" / "note.csv"
    note.write_text("mine")
    before = listed(tmp_path / "usage")
    without = start_simulator(faults=[f"drop=account:{ACCOUNT}"])
    run = play(tasks(may), env=without.env())
    assert run.code == 2
    assert [reason["code"] for reason in exported(run)["failure"]["reasons"]] == ["files_without_rows"]
    run = play(tasks({"name": "export", EXPORT: {**split, **MAY, "on_partial": "write"}}), env=without.env())
    assert (run.code, run.failures(), run.changed()) == (0, [], [])
    assert [file["state"] for file in exported(run)["files"]] == ["unchanged", "unchanged", "kept"]
    assert exported(run)["files"][-1]["path"].endswith(lost)
    assert listed(tmp_path / "usage") == before
    assert note.read_text() == "mine"
    run = play(tasks({"name": "export", EXPORT: {**split, "period": "last_7_days"}}), env=without.env())
    assert run.code == 2
    assert "would replace whole months by parts" in exported(run)["msg"]


@pytest.fixture(scope="module")
def world(start_simulator: Callable[..., Server]) -> Server:
    """Return a simulator with everything that makes a dataset hard to read."""
    options = ("--contract-rows", "--corrections", "--extra-columns", "--sparse", "--shape", "sdk59")
    return start_simulator("--accounts", "3", "--metrics", "8", "--zones", "2", "--names", "hostile", *options)


def sql_of_the_guide() -> list[str]:
    found: list[str] = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return found


def test_export_duckdb_reads_a_year_of_an_organization_as_one_table(
    play: Play, world: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = {"organization_id": ORGANIZATION, **YEAR}
    group_by = ["account", "metric", "charge_class"]
    facts = {
        "finops.cloudflare.cloudflare_usage_info": {**everything, "return_records": False, "group_by": group_by},
        "register": "facts",
    }
    keep = {"copy": {"content": "{{ facts.usage | to_json }}", "dest": "facts.json", "mode": "0600"}}
    months = {**everything, "format": "parquet", "dest": "usage", "partition_by": ["month"]}
    accounts = {**months, "dest": "split", "partition_by": ["account", "month"]}
    whole = {EXPORT: {**everything, "dest": "usage.csv"}}
    run = play(tasks(facts, keep, {EXPORT: months}, {EXPORT: accounts}, whole), env=world.env())
    assert (run.code, run.failures()) == (0, [])
    usage = json.loads((tmp_path / "facts.json").read_text())
    assert len(usage["groups"]) > 24
    assert len(listed(tmp_path / "usage")) == 12
    assert len(listed(tmp_path / "split")) == 4 * 12  # three accounts and the contract, for twelve months

    monkeypatch.chdir(tmp_path)
    database = duckdb.connect()
    view, *queries = sql_of_the_guide()
    database.execute(view)
    assert database.execute("SELECT count(*) FROM focus").fetchall() == [(usage["record_count"],)]
    key = "BillingAccountId, SkuId, ChargeClass, ConsumedUnit"
    totals = database.execute(f"SELECT {key}, sum(ConsumedQuantity), count(*) FROM focus GROUP BY ALL").fetchall()
    assert {tuple(key): (float(quantity), count) for *key, quantity, count in totals} == {
        (
            group["billing_account_id"],
            group["x_billable_metric_id"],
            group["charge_class"],
            group["consumed_unit"],
        ): (group["consumed_quantity"], group["record_count"])
        for group in usage["groups"]
    }
    daily = database.execute(
        "SELECT strftime(ChargePeriodStart, '%Y-%m-%d'), count(*) FROM focus WHERE SkuId = 'r2_storage' GROUP BY 1"
    ).fetchall()
    assert {day for day, _count in daily} <= set(usage["days"])
    split = (
        view.replace("focus", "split").replace("usage/", "split/").replace("{'month'", "{'account': VARCHAR, 'month'")
    )
    database.execute(split)
    says_the_same = "account IS NOT DISTINCT FROM BillingAccountId, month = strftime(ChargePeriodStart, '%Y-%m')"
    folders = database.execute(f"SELECT DISTINCT {says_the_same} FROM split").fetchall()
    assert folders == [(True, True)]
    more = database.execute("SELECT count(*) FROM (FROM focus EXCEPT ALL SELECT * EXCLUDE (account) FROM split)")
    assert more.fetchall() == [(0,)]
    assert database.execute("SELECT count(*) FROM split").fetchall() == [(usage["record_count"],)]
    unpriced = database.execute("SELECT count(BilledCost), count(ListUnitPrice), count(PricingQuantity) FROM focus")
    assert unpriced.fetchall() == [(0, 0, 0)]

    answers = [database.execute(query).fetchall() for query in queries]
    by_month, of_may, costs, list_costs, silent, from_csv = answers
    assert {row[-1] for row in list_costs} == {None}
    assert len({row[0] for row in by_month}) == 12
    assert sum((row[-1] for row in by_month), Decimal(0)) == sum((row[-1] for row in from_csv), Decimal(0))
    assert {row[0] for row in of_may} == {account["id"] for account in usage["accounts"]} | {None}
    assert [row[1:3] for row in costs] == [(None, None)] * 12
    assert sum(row[3] for row in costs) == usage["record_count"]
    assert silent == []


def test_export_ndjson_is_read_as_the_same_table(play: Play, world: Server, tmp_path: Path) -> None:
    both = [
        {EXPORT: {"organization_id": ORGANIZATION, **MAY, "dest": f"usage.{name}", "format": name}}
        for name in ("ndjson", "parquet")
    ]
    run = play(tasks(*both), env=world.env())
    assert (run.code, run.failures()) == (0, [])
    texts = ("BillingAccountName", "Tags", "SkuMeter", "x_OtherColumns")
    types = {**dict.fromkeys(texts, "VARCHAR"), "ConsumedQuantity": "DECIMAL(22, 9)"}
    # DuckDB reads the numbers of JSON as floating point, exact though they stand there.
    query = f"SELECT {', '.join(texts)}, count(*), round(sum(ConsumedQuantity), 6) FROM {{}} GROUP BY ALL"
    lines = duckdb.execute(query.format(f"read_ndjson('{tmp_path}/usage.ndjson', columns = {types})")).fetchall()
    table = duckdb.execute(query.format(f"'{tmp_path}/usage.parquet'")).fetchall()
    assert sorted(lines, key=str) == sorted(table, key=str)
    assert len(lines) > 20


def test_export_list_prices_times_quantities_are_exact_to_the_last_digit(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--accounts", "2", "--metrics", "30", "--cost", "all")
    both = [
        {"name": "export", EXPORT: {"organization_id": ORGANIZATION, **MAY, "dest": f"usage.{name}", "format": name}}
        for name in ("csv", "parquet")
    ]
    run = play(tasks(*both), env=server.env())
    assert (run.code, run.failures()) == (0, [])
    with (tmp_path / "usage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {
        "sum(PricingQuantity * ListUnitPrice)": sum(
            Fraction(row["PricingQuantity"]) * Fraction(row["ListUnitPrice"]) for row in rows
        ),
        "sum(ListCost)": sum(Fraction(row["ListCost"]) for row in rows),
    }
    [sums] = duckdb.execute(f"SELECT {', '.join(wanted)} FROM '{tmp_path}/usage.parquet'").fetchall()
    assert list(map(Fraction, sums)) == list(wanted.values())
    assert min(sums) > 0


def test_export_bills_of_an_organization_and_usage_of_a_list_are_one_table_each(
    play: Play, simulator: Server, tmp_path: Path
) -> None:
    billed, whole = "5b" * 16, {"account_id": "{{ omit }}", **MAY, "format": "parquet", "partition_by": ["month"]}
    bills = {"organization_id": billed, "source": "paygo", "on_empty": "keep", **whole, "dest": "bills"}
    lists = {"account_ids": [ACCOUNT, NOT_COVERED], "organization_ids": [ORGANIZATION], **whole, "dest": "usage"}
    survived = {"block": [export(**lists)], "rescue": [{"name": "again", EXPORT: {**lists, "on_empty": "keep"}}]}
    run = play(tasks(export(**bills), survived), env=simulator.env())
    assert run.code == 0, run.failures()
    assert "is in part empty" in run.failures()[0]
    [result, _refused] = [line["result"] for line in run.results("export")]
    assert listed(tmp_path / "bills") == [f"month=2025-05/organization-{billed}-paygo.parquet"]
    assert listed(tmp_path / "usage") == ["month=2025-05/combined.parquet"]
    assert result["dataset"]["kind"] == "cost-and-usage"
    with duckdb.connect() as connection:
        seen = connection.sql(f"SELECT BillingAccountId, count(*) FROM '{tmp_path}/bills/*/*.parquet' GROUP BY ALL")
        rows = dict(seen.fetchall())
        beside = connection.sql(f"SELECT DISTINCT BillingAccountId FROM '{tmp_path}/usage/*/*.parquet'").fetchall()
        types = [
            connection.sql(f"DESCRIBE SELECT * FROM '{tmp_path}/{name}/*/*.parquet'").fetchall()
            for name in ("bills", "usage")
        ]
    counted = {one["scope_id"]: one["record_count"] for one in result["usage"]["sources"] if one["record_count"]}
    assert rows == counted
    again = run.results("again")[0]["result"]["usage"]
    assert {account for (account,) in beside} == {one["id"] for one in again["accounts"]}
    assert types[0] == types[1], "the schema does not depend on whether there are costs"
