# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of columns in the guide is the dataset that is written."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ansible_collections.finops.cloudflare.plugins.module_utils._export.export import EXPORT_SCHEMA
from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus import (
    DATASET_COLUMNS,
    NEVER_NULL,
    Mapper,
)

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "focus-export.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| `([A-Za-z_]+)`( \*)? \| ([a-z ]+) \| (.+) \|$", GUIDE, re.MULTILINE)


def test_focus_export_doc_the_table_lists_every_column_in_its_order() -> None:
    assert tuple(column for column, *_rest in TABLE) == DATASET_COLUMNS
    assert tuple(column for column, marked, *_rest in TABLE if marked) == NEVER_NULL


def test_focus_export_doc_the_table_says_which_columns_are_direct() -> None:
    sent = {"ChargePeriodStart": "2025-05-01T00:00:00Z"}
    for column, _marked, kind, source in TABLE:
        assert ("as sent" in source) == kind.startswith("direct"), column
        for other in re.findall(r"`([A-Za-z]+_?[A-Za-z]+)`", source) if kind == "renamed" else []:
            row = dict(zip(DATASET_COLUMNS, Mapper().row({**sent, other: "the name"}), strict=True))
            assert row[column] == "the name"


def test_focus_export_doc_the_tasks_of_the_guide_take_options_that_there_are() -> None:
    tasks = [task for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) for task in yaml.safe_load(block)]
    assert len(tasks) == 2
    for task in tasks:
        options = task["finops.cloudflare.cloudflare_usage_export"]
        assert set(options) - set(EXPORT_SCHEMA["properties"]) == set()
        assert options["partition_by"] == ["month"], "what the guide advises for many accounts"
