# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PySpark and DuckDB read of an exported dataset: the same types, and the same totals to the last digit."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator

MODULE = "ansible_collections.finops.cloudflare.plugins.modules.cloudflare_usage_export"
ABOVE = Path(__file__).resolve().parents[5]
BILLED = "5b" * 16
DAYS = {"from": "2025-03-01", "to": "2025-05-31"}
SUMS = (
    "sum(BilledCost)",
    "sum(ConsumedQuantity)",
    "sum(PricingQuantity * ListUnitPrice)",
    "sum(ConsumedQuantity * ListUnitPrice)",
)
Export = Callable[..., Path]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Export]:
    """Return what exports with the module into a folder of that name, and returns the folder."""
    folder = tmp_path_factory.mktemp("datasets")
    config = Config(today=date(2025, 6, 2), accounts=4, metrics=30)
    with Simulator(config) as simulator:
        connection = {"CLOUDFLARE_API_TOKEN": config.token, "CLOUDFLARE_BASE_URL": simulator.base_url}

        def run(name: str, **options: Any) -> Path:
            if not (folder / name).exists():
                asked = {**DAYS, "on_partial": "write", "on_empty": "keep", "dest": str(folder / name), **options}
                ended = subprocess.run(
                    [sys.executable, "-m", MODULE],
                    env={**os.environ, **connection, "PYTHONPATH": str(ABOVE)},
                    input=json.dumps({"ANSIBLE_MODULE_ARGS": asked}),
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert ended.returncode == 0, ended.stdout + ended.stderr
            return folder / name

        yield run


def accounts() -> list[str]:
    with Simulator(Config(today=date(2025, 6, 2), accounts=4, metrics=30)) as simulator:
        return [account.id for account in simulator.api.dataset.accounts]


def datasets(export: Export) -> dict[str, Path]:
    """Return a dataset with costs and unit prices, one of bills, and one without any cost, by what is in them."""
    parquet = {"format": "parquet", "partition_by": ["month"]}
    return {
        "rated": export("rated", account_ids=accounts(), source="rated", **parquet),
        "bills": export("bills", organization_id=BILLED, source="paygo", **parquet),
        "usage": export("usage", account_ids=accounts(), format="parquet", partition_by=["account", "month"]),
    }


@pytest.mark.parametrize("name", ["rated", "bills", "usage"])
def test_spark_and_duckdb_come_to_the_same_totals_to_the_last_digit(
    spark: SparkSession, export: Export, name: str
) -> None:
    folder = datasets(export)[name]
    spark.read.parquet(str(folder)).createOrReplaceTempView("focus")
    [by_spark] = spark.sql(f"SELECT {', '.join(SUMS)}, count(*) FROM focus").collect()
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    [by_duckdb] = duckdb.execute(f"SELECT {', '.join(SUMS)}, count(*) FROM {files}").fetchall()
    assert tuple(by_spark) == by_duckdb
    assert by_duckdb[1] > 0
    assert (by_duckdb[0] is None) == (name == "usage")


def test_spark_sums_are_those_of_the_exact_numbers(spark: SparkSession, export: Export) -> None:
    folder = datasets(export)["rated"]
    exact = export("rated.csv", account_ids=accounts(), source="rated", format="csv")
    with exact.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [
        sum(Fraction(row["BilledCost"]) for row in rows),
        sum(Fraction(row["ConsumedQuantity"]) for row in rows),
        sum(Fraction(row["PricingQuantity"]) * Fraction(row["ListUnitPrice"]) for row in rows),
    ]
    spark.read.parquet(str(folder)).createOrReplaceTempView("focus")
    [found] = spark.sql(f"SELECT {', '.join(SUMS[:3])} FROM focus").collect()
    assert [Fraction(each) for each in found] == wanted


def test_spark_types_are_the_same_with_and_without_costs(spark: SparkSession, export: Export) -> None:
    found = datasets(export)
    schemas = [spark.read.parquet(str(path / "month=2025-05")).schema for path in (found["rated"], found["bills"])]
    schemas += [spark.read.parquet(str(next(found["usage"].glob("account=*/month=2025-05")))).schema]
    assert schemas[0] == schemas[1] == schemas[2]
    types = {field.name: field.dataType.simpleString() for field in schemas[0]}
    assert (types["BilledCost"], types["ConsumedQuantity"]) == ("decimal(38,18)", "decimal(22,9)")


def test_spark_takes_folders_for_columns_and_reads_the_asked_months_only(spark: SparkSession, export: Export) -> None:
    frame = spark.read.parquet(str(datasets(export)["usage"]))
    seen = {(row.account, str(row.month)[:7]) for row in frame.select("account", "month").distinct().collect()}
    assert seen == {(account, month) for account in accounts() for month in ("2025-03", "2025-04", "2025-05")}
    of_may = frame.where("month = '2025-05'").selectExpr("min(ChargePeriodStart)", "max(ChargePeriodStart)").collect()
    assert [str(day)[:10] for day in of_may[0]] == ["2025-05-01", "2025-05-31"]


def test_spark_multiplies_costs_exactly_where_they_are_narrowed_first(spark: SparkSession, export: Export) -> None:
    """The widest decimal times anything would be rounded to 6 places; the page on exports says how not to."""
    folder = datasets(export)["rated"]
    spark.read.parquet(str(folder)).createOrReplaceTempView("focus")
    query = "SELECT sum(CAST(BilledCost AS decimal(26, 12)) * CAST(1.19 AS decimal(9, 4))), sum(BilledCost) FROM {}"
    [[taxed, net]] = spark.sql(query.format("focus")).collect()
    assert taxed == net * Decimal("1.19")
    [[by_duckdb, _net]] = duckdb.execute(query.format(f"read_parquet('{folder}/**/*.parquet')")).fetchall()
    assert by_duckdb == taxed
