# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a run that was killed do not stay, and those of a run that is under way do."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.work_folder import work_folder
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import (
    in_a_child,
    put,
)


def killed(parent: Path) -> None:
    """Leave what a run leaves that is killed."""

    def end_inside() -> None:
        with work_folder(parent) as folder:
            put(folder / "rows")
            os.kill(os.getpid(), 9)

    parent.mkdir(exist_ok=True)
    assert in_a_child(end_inside) == -9
    assert [path.name for path in parent.rglob("rows")] == ["rows"]


@pytest.mark.parametrize("parent", ["of the same task", "of another task"])
def test_work_folder_of_a_killed_run_is_removed_by_the_next(tmp_path: Path, parent: str) -> None:
    killed(tmp_path / parent)
    mine = tmp_path / "of the same task"
    mine.mkdir(exist_ok=True)
    with work_folder(mine) as folder:
        assert list(tmp_path.glob("*/*")) == [folder]
    assert list(tmp_path.glob("*/*")) == []


def test_work_folder_of_a_run_that_is_under_way_stays(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with work_folder(one) as folder:
        rows = put(folder / "rows")
        with work_folder(other):
            assert rows.exists()
    assert not rows.exists()


def test_work_folder_touches_nothing_through_links(tmp_path: Path) -> None:
    theirs, mine = put(tmp_path / "theirs" / "rows"), tmp_path / "mine"
    mine.mkdir()
    (mine / "finops-cloudflare-export-x").symlink_to(theirs.parent)
    with work_folder(mine):
        pass
    assert theirs.exists()


def test_work_folder_that_another_run_took_for_a_leftover_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[int] = []

    def removed_before(handle: int, operation: int) -> None:
        locked.append(operation)
        if len(locked) == 1:
            next(tmp_path.iterdir()).rmdir()

    monkeypatch.setattr(fcntl, "flock", removed_before)
    with work_folder(tmp_path) as folder:
        assert folder.is_dir()
    assert len(locked) == 2


def test_work_folder_does_without_locks_where_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with work_folder(tmp_path) as folder, work_folder(tmp_path):
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_work_folder_does_not_mind_that_folders_of_other_tasks_go_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, scan = tmp_path / "mine", os.scandir
    mine.mkdir()
    (tmp_path / "gone").mkdir()

    def meanwhile(path: Any) -> Any:
        if str(path) == str(tmp_path / "gone"):
            Path(path).rmdir()
        return scan(path)

    monkeypatch.setattr(os, "scandir", meanwhile)
    with work_folder(mine) as folder:
        assert folder.is_dir()
    assert not (tmp_path / "gone").exists()


def test_work_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="Rows can't be kept in"), work_folder(tmp_path / "none"):
        pass
