# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: all of them or none, on a full disk too."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._report_files import (
    MAX_TEXT,
    FilesError,
    Host,
    write_files,
)

FILES = {"usage.csv": "new csv\n", "usage.html": "new html\n"}


def set_mode(path: str, mode: str) -> bool:
    wanted = int(mode, 8)
    different = Path(path).stat().st_mode & 0o777 != wanted
    Path(path).chmod(wanted)
    return different


HOST = Host(check_mode=False, attributes=set_mode)
CHECK = Host(check_mode=True, attributes=lambda path, mode: False)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_report_files_are_written_with_their_modes_and_then_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    first = write_files(folder, FILES, "0640", "0750", HOST)
    assert first["changed"]
    assert names(folder) == ["usage.csv", "usage.html"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o640}
    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent)] == [0o750] * 2
    assert [(one["before"], one["after"]) for one in first["diff"]] == [("", text) for text in FILES.values()]
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert write_files(folder, FILES, "0640", "0750", HOST) == {"changed": False, "diff": []}
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert write_files(folder, FILES, "0600", "0750", HOST) == {"changed": True, "diff": []}


def test_report_files_in_check_mode_and_none_make_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    assert write_files(folder, FILES, "0640", "0750", CHECK)["changed"]
    assert write_files(folder, {}, "0640", "0750", HOST) == {"changed": False, "diff": []}
    assert not folder.exists()


@pytest.mark.parametrize("name", ["../usage.csv", "a/usage.csv", "", ".", ".hidden"])
def test_report_files_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(FilesError, match="not the name of a file"):
        write_files(tmp_path, {name: "x"}, "0640", "0750", HOST)
    assert names(tmp_path) == []


def test_report_files_are_not_half_new_when_one_can_not_be_written(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text("old")
    in_the_way = tmp_path / ".usage.html.finops-new"
    in_the_way.mkdir()
    with pytest.raises(FilesError, match="what was there is still there"):
        write_files(tmp_path, FILES, "0640", "0750", HOST)
    assert {(tmp_path / name).read_text() for name in FILES} == {"old"}


def test_report_files_are_not_half_new_on_a_full_disk(tmp_path: Path) -> None:
    for name in ("small", "large"):
        (tmp_path / name).write_text("old")
    script = """
import resource, signal, sys
from pathlib import Path
from ansible_collections.finops.cloudflare.plugins.module_utils._report_files import (
    MAX_TEXT,
    FilesError,
    Host,
    write_files,
)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_files(Path(sys.argv[1]), {"small": "new", "large": "x" * 2000}, "0640", "0750", Host(False, lambda *_: False))
except FilesError as error:
    print(error)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], env=env, capture_output=True, text=True, check=True
    )
    assert "what was there is still there" in done.stdout
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"small": "old", "large": "old"}


def test_report_files_of_a_run_that_was_killed_are_removed(tmp_path: Path) -> None:
    for _each in ("written", "unchanged"):
        for name in (".usage.csv.finops-new", ".of-a-format-no-longer-asked-for.finops-new"):
            (tmp_path / name).write_text("half of it")
        (tmp_path / ".theirs.new").write_text("not ours")
        write_files(tmp_path, FILES, "0640", "0750", HOST)
        assert names(tmp_path) == [".theirs.new", "usage.csv", "usage.html"]


def test_report_files_are_compared_and_written_by_one_run_at_a_time(tmp_path: Path) -> None:
    tried: list[str] = []

    def attributes(path: str, mode: str) -> bool:
        handle = os.open(tmp_path, os.O_RDONLY)
        try:
            with pytest.raises(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(handle)
        tried.append(Path(path).name)
        return False

    (tmp_path / "usage.csv").write_text(FILES["usage.csv"])
    write_files(tmp_path, FILES, "0640", "0750", Host(check_mode=False, attributes=attributes))
    assert tried == [".usage.html.finops-new", "usage.csv"]


@pytest.mark.parametrize("mode", [0o300, 0o700])
def test_report_files_are_written_where_there_is_no_lock_to_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", refuse)
    tmp_path.chmod(mode)
    write_files(tmp_path, FILES, "0640", "0750", HOST)
    assert (tmp_path / "usage.csv").read_text() == FILES["usage.csv"]
    tmp_path.chmod(0o700)


def test_report_files_that_could_not_all_be_replaced_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def fail_second(path: Path, target: Path) -> Path:
        if target.name == "usage.html":
            raise OSError(1, "Operation not permitted")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail_second)
    with pytest.raises(FilesError, match=r"Operation not permitted; only usage\.csv could be replaced\."):
        write_files(tmp_path, FILES, "0640", "0750", HOST)
    assert names(tmp_path) == ["usage.csv"]


def test_report_files_neither_wait_for_a_pipe_nor_follow_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not ours")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "usage.csv").symlink_to(elsewhere)
    write_files(folder, {"usage.csv": "new"}, "0640", "0750", HOST)
    assert (elsewhere.read_text(), (folder / "usage.csv").is_symlink()) == ("not ours", False)
    os.mkfifo(folder / "usage.html")
    with pytest.raises(FilesError, match="not a file"):
        write_files(folder, FILES, "0640", "0750", HOST)


def test_report_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FilesError, match="nothing was written"):
        write_files(tmp_path / "file" / "reports", FILES, "0640", "0750", HOST)


def test_report_files_are_taken_from_files_as_well_and_left_alone_where_they_are_the_same(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "reports"
    source.write_text("large text")
    files: dict[str, str | Path] = {"usage.md": "small text", "usage.csv": source}
    first = write_files(folder, files, "0640", "0750", HOST)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "usage.md": "small text",
        "usage.csv": "large text",
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o640}
    assert source.read_text() == "large text"
    assert first["changed"]
    assert first["diff"][1] == {"after_header": str(folder / "usage.csv"), "src_larger": MAX_TEXT}
    before = (folder / "usage.csv").stat().st_mtime_ns
    assert write_files(folder, files, "0640", "0750", HOST) == {"changed": False, "diff": []}
    assert (folder / "usage.csv").stat().st_mtime_ns == before
    source.write_text("other text")  # of the same size
    assert write_files(folder, files, "0640", "0750", CHECK)["changed"]
    assert (folder / "usage.csv").read_text() == "large text"


def test_report_files_whose_source_is_missing_change_nothing(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match="there is no file"):
        write_files(tmp_path, {"usage.md": "text", "usage.csv": tmp_path / "none"}, "0640", "0750", HOST)
    assert names(tmp_path) == []


def test_report_files_that_were_large_are_not_shown_in_the_difference(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_text("x" * (MAX_TEXT + 1))
    path = str(tmp_path / "usage.csv")
    written = write_files(tmp_path, {"usage.csv": "small"}, "0640", "0750", HOST)
    assert written["diff"] == [{"before_header": path, "after_header": path, "src_larger": MAX_TEXT}]
