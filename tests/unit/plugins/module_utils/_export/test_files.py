# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No link is followed, no pipe is opened, and no name is ever half a file."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import (
    beside,
    bring,
    digest,
    is_regular,
    locked,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import (
    in_a_child,
    put,
)


def test_files_have_digests_that_tell_content_apart(tmp_path: Path) -> None:
    assert digest(tmp_path / "none") is None
    assert digest(put(tmp_path / "a", "x")) == digest(put(tmp_path / "b", "x")) != digest(put(tmp_path / "c", "y"))


def test_files_that_are_not_regular_are_never_opened(tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(put(tmp_path / "file"))
    os.mkfifo(pipe)
    for path, said in ((link, "symbolic link"), (pipe, "not a regular file"), (tmp_path, "is a folder")):
        for ask in (is_regular, digest):
            with pytest.raises(ExportError, match=said):
                ask(path)


@pytest.mark.parametrize("other_disk", [False, True])
def test_files_are_brought_for_nobody_else_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_disk: bool
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    made = put(tmp_path / "work" / "one", "new")
    if other_disk:
        monkeypatch.setattr(Path, "replace", refuse)
    bring(made, tmp_path / "one")
    assert (tmp_path / "one").read_text() == "new"
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


def test_files_copied_from_another_disk_are_not_written_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(Path, "replace", refuse)
    (tmp_path / "one").symlink_to(put(tmp_path / "theirs"))
    with pytest.raises(FileExistsError):
        bring(put(tmp_path / "work" / "one", "new"), tmp_path / "one")
    assert (tmp_path / "theirs").read_text() == "old"


def test_files_that_can_not_be_brought_stay_where_they_are(tmp_path: Path) -> None:
    made = put(tmp_path / "work" / "one", "new")
    with pytest.raises(FileNotFoundError):
        bring(made, tmp_path / "none" / "one")
    assert made.read_text() == "new"


def test_files_of_the_longest_name_have_room_beside_them(tmp_path: Path) -> None:
    lock = beside(tmp_path / ("x" * 255), ".lock")
    put(lock)
    assert lock.is_file()


def test_files_lock_keeps_others_out_and_goes_when_it_is_done(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with locked(lock), lock.open("rb+") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert list(tmp_path.iterdir()) == []


def test_files_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "lock"

    def end_inside() -> None:
        with locked(lock):
            os.kill(os.getpid(), 9)

    assert in_a_child(end_inside) == -9
    assert lock.exists()
    with locked(lock):
        pass
    assert not lock.exists()


def test_lock_that_was_removed_while_waiting_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, waited = tmp_path / "lock", []

    def removed_by_its_holder(handle: int, operation: int) -> None:
        waited.append(operation)
        if len(waited) == 1:
            lock.unlink()

    monkeypatch.setattr(fcntl, "flock", removed_by_its_holder)
    with locked(lock):
        assert lock.exists()
    assert waited == [fcntl.LOCK_EX] * 2


def test_files_lock_is_no_pipe_and_no_link(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(put(tmp_path / "theirs"))
    with pytest.raises(ExportError, match="can't be a lock"), locked(pipe):
        pass
    with pytest.raises(OSError, match="symbolic links"), locked(link):
        pass
    assert (tmp_path / "theirs").read_text() == "old"
