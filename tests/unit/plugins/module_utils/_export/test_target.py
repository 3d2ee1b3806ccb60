# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the files of an export lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import (
    Target,
    layout,
    partition_value,
    values,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import put

NAME = "organization-a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3.csv"
ID = "023e105f4ecef8ad9ca31a8372d0c353"


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
def test_target_partition_of_any_id_is_one_part_of_a_path(value: str | None, name: str) -> None:
    assert partition_value(value).lower() == name.lower()
    assert not set(partition_value(value)) & set('/\\\0\n" ')


def test_target_partition_of_an_id_that_no_file_system_takes_is_refused() -> None:
    with pytest.raises(ExportError, match="leave account out of partition_by"):
        partition_value("é" * 100)


def test_target_partitions_are_folders_as_hive_names_them(tmp_path: Path) -> None:
    target = Target(tmp_path, ("account", "month"), NAME)
    assert target.path((ID, "2025-05")) == tmp_path / f"account={ID}" / "month=2025-05" / NAME
    assert Target(tmp_path, ("month",), NAME).path(("2025-05",)) == tmp_path / "month=2025-05" / NAME
    assert Target(tmp_path / "usage.csv", (), NAME).path(()) == tmp_path / "usage.csv"


def test_target_that_can_not_be_written_is_said_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, link, pipe = put(tmp_path / "file"), tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(file)
    os.mkfifo(pipe)
    for dest, partition_by, said in (
        (file, ("account",), "is a file"),
        (link, (), "is a symbolic link"),
        (pipe, (), "is not a regular file"),
        (Path(os.devnull), (), "is not a regular file"),
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


def test_target_tells_what_a_file_is_the_partition_of() -> None:
    path = f"month=2025-05/account={ID}/{NAME}"
    assert layout(path) == ("month", "account")
    assert values(path) == {"month": "2025-05", "account": ID}


@pytest.mark.parametrize("at", ["account=a", "account=a/month=2025-05", f"account=a/month=2025-05/{NAME}"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "other"])
def test_target_takes_no_path_through_links_and_the_like(tmp_path: Path, at: str, kind: str) -> None:
    dest = tmp_path / "usage"
    target = Target(dest, ("account", "month"), NAME)
    path = target.path(("a", "2025-05"))
    target.check_path(path)
    wrong = dest / at
    wrong.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(wrong)
    elif kind == "other" and at.endswith(NAME):
        wrong.mkdir()
    elif kind == "other":
        wrong.write_text("a file where a folder must be")
    else:
        elsewhere = tmp_path / "elsewhere"
        if kind == "link":
            elsewhere.mkdir()
        wrong.symlink_to(elsewhere)
    with pytest.raises(ExportError, match=str(wrong)):
        target.check_path(path)
    assert at.endswith(NAME) or wrong not in set(target.folders())


def test_target_finds_the_folders_of_its_partitions(tmp_path: Path) -> None:
    target = Target(tmp_path, ("account", "month"), NAME)
    mine = [put(target.path((account, "2025-05"))).parent for account in ("a", "b")]
    put(tmp_path / "month=2025-05" / "account=a" / NAME)
    put(tmp_path / "other" / "month=2025-05" / NAME)
    assert list(target.folders()) == mine
    assert list(Target(tmp_path / "usage.csv", (), NAME).folders()) == []
