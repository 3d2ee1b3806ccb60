# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where files lie, which are of an earlier run, and that old ones stay whole whatever happens."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import (
    Target,
    digest,
    partition_value,
    replace,
)

NAME = "organization-a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3.csv"
OTHER = "account-023e105f4ecef8ad9ca31a8372d0c353.csv"
ID = "023e105f4ecef8ad9ca31a8372d0c353"


def put(path: Path, text: str = "old") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (ID, ID),
        (ID.upper(), ID),
        ("../../etc/passwd", "..%2f..%2fetc%2fpasswd"),
        ("a/b\\c=d e%\n\x00", "a%2Fb%5Cc%3Dd%20e%25%0A%00"),
        ("é", "%C3%A9"),
        (None, "__HIVE_DEFAULT_PARTITION__"),
    ],
)
def test_any_id_is_one_part_of_a_path(value: str | None, name: str) -> None:
    assert partition_value(value).lower() == name.lower()
    assert not set(partition_value(value)) & set('/\\\0\n" ')


def test_an_id_that_no_file_system_takes_is_refused() -> None:
    with pytest.raises(ExportError, match="too long"):
        partition_value("é" * 100)


def test_partitions_are_folders_as_hive_names_them(tmp_path: Path) -> None:
    target = Target(tmp_path, ("account", "month"), NAME)
    assert target.path((ID, "2025-05")) == tmp_path / f"account={ID}" / "month=2025-05" / NAME
    assert Target(tmp_path, ("month",), NAME).path(("2025-05",)) == tmp_path / "month=2025-05" / NAME
    assert Target(tmp_path / "usage.csv", (), NAME).path(()) == tmp_path / "usage.csv"


def test_what_can_not_be_written_is_said_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(tmp_path / "file")
    for dest, partition_by, said in (
        (file, ("account",), "is a file"),
        (tmp_path, (), "is a folder"),
        (tmp_path / "gone" / "usage.csv", (), "does not exist"),
    ):
        with pytest.raises(ExportError, match=said):
            Target(dest, partition_by, NAME).check()
    Target(tmp_path / "usage.csv", (), NAME).check()
    Target(file, (), NAME).check()
    Target(tmp_path / "new" / "folder", ("month",), NAME).check()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for target in (Target(tmp_path / "usage.csv", (), NAME), Target(tmp_path / "new" / "folder", ("month",), NAME)):
        with pytest.raises(ExportError, match=f"{tmp_path} can't be written to"):
            target.check()


def test_files_of_another_partitioning_are_not_counted_twice(tmp_path: Path) -> None:
    put(tmp_path / f"account={ID}" / NAME)
    put(tmp_path / "month=2025-05" / "account=x" / "theirs.csv")
    Target(tmp_path, ("account",), NAME).check()
    for layout in (("account", "month"), ("month", "account"), ("month",)):
        with pytest.raises(ExportError, match=r"partition_by: \[account\]"):
            Target(tmp_path, layout, NAME).check()


def test_rows_of_an_account_are_written_by_one_export_only(tmp_path: Path) -> None:
    target = Target(tmp_path, ("account", "month"), NAME)
    put(tmp_path / f"account={ID}" / "month=2025-05" / "theirs.csv")
    put(tmp_path / f"account={ID}" / "month=2025-05" / OTHER.replace("csv", "parquet"))
    put(tmp_path / "account=__HIVE_DEFAULT_PARTITION__" / "month=2025-05" / OTHER)
    target.check_partition((ID, "2025-05"))
    target.check_partition(("__HIVE_DEFAULT_PARTITION__", "2025-05"))
    put(tmp_path / f"account={ID}" / "month=2025-05" / OTHER)
    with pytest.raises(ExportError, match="count twice"):
        target.check_partition((ID, "2025-05"))
    target.check_partition((ID, "2025-06"))
    put(tmp_path / "month=2025-05" / OTHER)
    Target(tmp_path, ("month",), NAME).check_partition(("2025-05",))


def test_stale_files_are_those_of_the_asked_months_that_have_no_rows_any_more(tmp_path: Path) -> None:
    target = Target(tmp_path, ("account", "month"), NAME)
    written, gone, before = (
        put(target.path(partition)) for partition in ((ID, "2025-05"), ("b" * 32, "2025-05"), ("b" * 32, "2025-04"))
    )
    put(tmp_path / f"account={'b' * 32}" / "month=2025-05" / "theirs.csv")
    put(tmp_path / f"account={'b' * 32}" / "month=2025-05" / OTHER)
    assert target.stale([written], frozenset(["2025-05", "2025-06"])) == [gone]
    assert target.stale([written], frozenset(["2025-04", "2025-05"])) == [before, gone]
    by_account = Target(tmp_path / "accounts", ("account",), NAME)
    old = put(by_account.path(("b" * 32,)))
    assert by_account.stale([by_account.path((ID,))], frozenset(["2025-05"])) == [old]
    assert Target(tmp_path / "usage.csv", (), NAME).stale([], frozenset(["2025-05"])) == []


def test_what_is_removed_leaves_no_empty_folder_and_takes_nothing_else(tmp_path: Path) -> None:
    dest = tmp_path / "data=set"
    target = Target(dest, ("account", "month"), NAME)
    one, two = put(target.path((ID, "2025-05"))), put(target.path(("b" * 32, "2025-05")))
    theirs = put(two.with_name("theirs.csv"))
    target.remove([one, two])
    assert content(tmp_path) == {str(theirs.relative_to(tmp_path)): "old"}
    assert not (dest / f"account={ID}").exists()
    theirs.unlink()
    only = put(target.path((ID, "2025-06")))
    target.remove([only])
    assert dest.is_dir()


def test_a_digest_tells_content_apart(tmp_path: Path) -> None:
    assert digest(tmp_path / "none") is None
    assert digest(put(tmp_path / "a", "x")) == digest(put(tmp_path / "b", "x")) != digest(put(tmp_path / "c", "y"))


def test_new_files_take_the_place_of_old_ones(tmp_path: Path) -> None:
    made = [put(tmp_path / "work" / name, f"new {name}") for name in ("one", "two")]
    put(tmp_path / "data" / "one")
    places = [tmp_path / "data" / "one", tmp_path / "data" / "deep" / "two"]
    modes = []

    def move(source: str, path: str) -> None:
        modes.append(Path(source).stat().st_mode & 0o777)
        assert Path(source).name.startswith(".")
        assert Path(source).parent == Path(path).parent
        assert source.endswith(".tmp")  # so nobody who looks for *.csv reads it
        Path(source).rename(path)

    replace(zip(made, places, strict=True), move)
    assert content(tmp_path / "data") == {"deep/two": "new two", "one": "new one"}
    assert modes == [0o600, 0o600]


def test_another_disk_takes_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(Path, "replace", refuse)
    made = put(tmp_path / "work" / "one", "new")
    replace([(made, tmp_path / "one")], os.rename)
    assert (tmp_path / "one").read_text() == "new"


@pytest.mark.parametrize("failing", ["replace", "fsync", "move", "second"])
def test_old_files_stay_whole_when_anything_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    made = [put(tmp_path / "work" / name, f"new {name}") for name in ("one", "two")]
    places = [put(tmp_path / "data" / name, f"old {name}") for name in ("one", "two")]
    moved: list[str] = []

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full_at_last(*arguments: object) -> None:
        moved.append("synced")
        if len(moved) == 2:
            full()

    def move(source: str, path: str) -> None:
        if failing == "move":
            raise SystemExit(1)  # as when a module fails
        Path(source).rename(path)

    if failing == "replace":
        monkeypatch.setattr(Path, "replace", full)
    if failing in ("fsync", "second"):
        monkeypatch.setattr(os, "fsync", full if failing == "fsync" else full_at_last)
    with pytest.raises(SystemExit if failing == "move" else ExportError):
        replace(zip(made, places, strict=True), move)
    assert content(tmp_path / "data") == {"one": "old one", "two": "old two"}
