# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CSV has every group and day, and an empty cell for what is unknown."""

from __future__ import annotations

import csv
import io

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import csv_text
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import csv as csv_report
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.csv import days_left_out, usage_csv
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    METRICS,
    consistent,
    empty_usage,
    make_usage,
    sample,
)


def _rows(report: ReportInput) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(usage_csv(report)), strict=True))


def test_csv_a_row_for_each_group_and_day_with_what_it_is_worth() -> None:
    usage = make_usage(metrics=METRICS[:2], complete_through="2025-05-20", future=3)
    rows = _rows(sample(usage))
    assert len(rows) == 2 * 31
    assert [row["status"] for row in rows[:31]] == ["known"] * 20 + ["incomplete"] * 8 + ["unknown"] * 3
    assert rows[0]["day"] == "2025-05-01"
    assert rows[0]["x_billable_metric_id"] == "workers_standard_requests"
    assert int(rows[0]["consumed_quantity"]) == usage["groups"][0]["daily_quantity"][0]
    assert {row["consumed_quantity"] for row in rows if row["status"] == "unknown"} == {""}


def test_csv_zero_is_zero_and_unknown_is_empty() -> None:
    usage = make_usage(metrics=METRICS[:1], last="2025-05-02", complete_through="2025-05-01")
    usage["groups"][0].update(daily_quantity=[0, None])
    assert [row["consumed_quantity"] for row in _rows(sample(consistent(usage)))] == ["0", ""]
    assert [row["billed_cost"] for row in _rows(sample(usage))] == ["", ""]


def test_csv_nothing_is_known_without_a_complete_day() -> None:
    rows = _rows(sample(make_usage(metrics=METRICS[:1], complete_through=None)))
    assert {row["status"] for row in rows} == {"incomplete"}


def test_csv_costs_and_fractions_are_plain_decimals() -> None:
    usage = make_usage(metrics=METRICS[:1], last="2025-05-01", complete_through="2025-05-01", price=0.1)
    usage["groups"][0].update(daily_quantity=[1e-07], daily_billed_cost=[2.5e-05])
    row = _rows(sample(consistent(usage)))[0]
    assert (row["consumed_quantity"], row["billed_cost"], row["billing_currency"]) == ("0.0000001", "0.000025", "USD")


def test_csv_empty_facts_have_only_a_header() -> None:
    assert usage_csv(sample(empty_usage())).count("\n") == 1


def test_csv_hostile_names_stay_in_their_cells() -> None:
    metrics = [(name, name, name, name, 5) for name in HOSTILE]
    usage = make_usage(metrics=metrics, last="2025-05-01", complete_through=None)
    rows = _rows(sample(usage))
    assert len(rows) == len(HOSTILE)
    for row, name, group in zip(rows, HOSTILE, usage["groups"], strict=True):
        assert row["x_billable_metric_name"] == row["consumed_unit"] == csv_text(name)
        assert int(row["consumed_quantity"]) == group["consumed_quantity"]
        assert row["status"] == "incomplete"


def test_csv_begins_with_a_byte_order_mark_only_where_asked() -> None:
    report = sample(make_usage(metrics=METRICS[:1]))
    assert usage_csv(report, bom=True) == "\ufeff" + usage_csv(report)
    assert usage_csv(report).startswith("day,")


def test_csv_holds_no_formula_for_a_reader_that_splits_at_semicolons() -> None:
    metrics = [("P", "m", 'x;=HYPERLINK("http://evil.example")', "GB", 5)]
    text = usage_csv(sample(make_usage(metrics=metrics)))
    cells = [cell for line in text.splitlines() for cell in line.split(";")]
    assert not [cell for cell in cells if cell.startswith("=")]


@pytest.mark.parametrize(
    ("through", "status"), [("2025-05-31", "known"), ("2025-05-30", "incomplete"), (None, "incomplete")]
)
def test_csv_of_many_groups_has_one_row_for_each_with_all_days(
    monkeypatch: pytest.MonkeyPatch, through: str | None, status: str
) -> None:
    usage = make_usage(accounts=3, metrics=METRICS[:2], complete_through=through, price=0.5)
    monkeypatch.setattr(csv_report, "MAX_ROWS", 6 * 31)
    assert days_left_out(usage) == ""
    assert len(_rows(sample(usage))) == 6 * 31
    monkeypatch.setattr(csv_report, "MAX_ROWS", 6 * 31 - 1)
    assert "for all 31 days together" in days_left_out(usage)
    rows = _rows(sample(usage))
    assert [row["day"] for row in rows] == ["2025-05-01/2025-05-31"] * 6
    assert {row["status"] for row in rows} == {status}
    for row, group in zip(rows, usage["groups"], strict=True):
        assert float(row["consumed_quantity"]) == group["consumed_quantity"]
        assert float(row["billed_cost"]) == group["billed_cost"]
        assert row["billing_account_id"] == group["billing_account_id"]
