# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows on disk: in their order, once, and by partition."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export import spool as export_rows
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.spool import Spool, Spools

A, B = ("a",), ("b",)


@pytest.mark.parametrize("held", [0, 5, 12, 10_000])
def test_spool_rows_come_back_by_partition_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(export_rows, "HELD", held)
    monkeypatch.setattr(export_rows, "_BLOCK", 7)
    with Spool(tmp_path / "one") as one:
        for number in range(10):
            one.add(A if number % 3 else B, 1 << (number // 5), f"é{number}\n")
    with Spool(tmp_path / "two") as two:
        two.add(A, 1 << 4, "last\n")
    spools = Spools([one, two])
    totals = spools.partitions()
    assert list(totals) == [A, B]
    assert [(each.rows, each.days) for each in totals.values()] == [(7, 0b10011), (4, 0b11)]
    assert b"".join(spools.read(A)).decode() == "".join(f"é{number}\n" for number in (1, 2, 4, 5, 7, 8)) + "last\n"
    assert b"".join(spools.read(B)).decode() == "".join(f"é{number}\n" for number in (0, 3, 6, 9))
    assert max(map(len, spools.read(A))) <= 7


def test_spool_another_try_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_rows, "HELD", 0)

    def break_off(spool: Spool) -> None:
        spool.add(A, 1, "half an answer\n")
        raise ConnectionError

    with pytest.raises(ConnectionError), Spool(tmp_path / "window") as broken:
        break_off(broken)
    with Spool(tmp_path / "window") as whole:
        whole.add(A, 1, "whole\n")
    assert b"".join(whole.read(A)) == b"whole\n"


def test_spool_empty_columns_are_counted_over_all_windows(tmp_path: Path) -> None:
    spools = Spools()
    for name in ("one", "two"):
        with Spool(tmp_path / name) as spool:
            spool.unknown[("BilledCost", "ListCost")] += 2
            spool.unknown[("BilledCost",)] += 1
        spools.append(spool)
    assert spools.unknown() == {"BilledCost": 6, "ListCost": 4}


def test_spool_a_disk_that_takes_no_more_is_no_broken_connection(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="No such file or directory"):
        Spool(tmp_path / "gone" / "window")
    full = Path("/dev/full")
    with pytest.raises(ExportError, match="No space left on device"), Spool(full) as spool:
        spool.add(A, 1, "row\n")
