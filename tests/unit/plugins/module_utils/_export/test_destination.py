# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All files are old or all are new: whatever fails, whenever a run is killed, and whoever else writes there."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export.destination import named, opened
from ansible_collections.finops.cloudflare.plugins.module_utils._export.errors import ExportError
from ansible_collections.finops.cloudflare.plugins.module_utils._export.files import digest
from ansible_collections.finops.cloudflare.plugins.module_utils._export.manifest import (
    MANIFEST,
    Manifest,
    read_manifest,
    write_manifest,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._export.target import Target
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._export.export_factories import (
    content,
    ended,
    in_a_child,
    put,
    start_child,
)

NAME = "organization-a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3.csv"
OTHER = "account-023e105f4ecef8ad9ca31a8372d0c353.csv"
ID = "023e105f4ecef8ad9ca31a8372d0c353"
OLD = {("a", "2025-04"): "old 1", ("a", "2025-05"): "old 2", ("b", "2025-05"): "old 3"}
NEW = {**{partition: text.replace("old", "new") for partition, text in OLD.items()}, ("c", "2025-05"): "new 4"}
Move = Callable[[str, str], None]


def place(folder: Path) -> Target:
    return Target(folder / "usage", ("account", "month"), NAME)


def install(target: Target, texts: Mapping[Any, str], move: Move = os.replace) -> None:
    """Put these texts in the files of their partitions, as a run does."""
    with opened(target, move) as destination:
        destination.replace(*made_of(target, texts, target.dest.parent / "work"))


def made_of(target: Target, texts: Mapping[Any, str], work: Path) -> tuple[dict[Path, Path], dict[Path, Any]]:
    made = {
        target.path(partition): put(work / str(number), text) for number, (partition, text) in enumerate(texts.items())
    }
    noted: dict[Path, Any] = {
        path: {"sha256": digest(each), "accounts": [path.parts[-3]], "query": {}} for path, each in made.items()
    }
    return made, noted


def expected(texts: Mapping[Any, str]) -> dict[str, str]:
    target = Target(Path("usage"), ("account", "month"), NAME)
    return {target.relative(target.path(partition)): text for partition, text in texts.items()}


def state(target: Target) -> str:
    """Return which files are there, old or new; nothing else may be."""
    found = content(target.dest)
    assert found in (expected(OLD), expected(NEW))
    listed = read_manifest(target.dest)
    assert listed.pending == {}
    assert {path: entry["sha256"] for path, entry in listed.files.items()} == {
        path: digest(target.dest / path) for path in found
    }
    return "old" if found == expected(OLD) else "new"


def repaired(target: Target) -> str:
    """Return which files are there when the next run has begun."""
    with opened(target, os.replace):
        pass
    return state(target)


def test_destination_holds_new_files_in_place_of_old_ones(tmp_path: Path) -> None:
    target, modes = place(tmp_path), []

    def move(source: str, path: str) -> None:
        modes.append(Path(source).stat().st_mode & 0o777)
        assert Path(source).name.startswith(".")
        assert Path(source).parent == Path(path).parent
        assert not source.endswith(".csv")  # so nobody who looks for *.csv reads it
        Path(source).rename(path)

    install(target, OLD)
    assert state(target) == "old"
    install(target, NEW, move)
    assert state(target) == "new"
    assert modes == [0o600] * 4


def test_destination_lists_what_is_unchanged_and_forgets_what_was_removed(tmp_path: Path) -> None:
    target = place(tmp_path)
    install(target, NEW)
    before = (target.dest / MANIFEST).stat().st_mtime_ns
    path = target.path(("c", "2025-05"))
    entry = {"sha256": digest(path), "accounts": ["account=c"], "query": {"metric": ["another"]}}
    with opened(target, os.replace) as destination:
        destination.replace({}, {path: entry})
    assert (target.dest / MANIFEST).stat().st_mtime_ns == before
    assert read_manifest(target.dest).files[target.relative(path)]["query"] == {}
    path.unlink()
    with opened(target, os.replace) as destination:
        destination.replace({}, {})
    assert target.relative(path) not in read_manifest(target.dest).files


FILE_EVENTS = ("open", "os.", "shutil.", "fcntl.")


def interrupt(dest: Path, number: int, stop: Callable[[], None], *, for_good: bool = False) -> list[str]:
    """Call ``stop`` before the file operation of this number in ``dest``, or before that one and all later ones.

    Return the list of the operations, as it grows.
    """
    seen: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(FILE_EVENTS) and str(dest) in str(arguments):
            seen.append(event)
            if len(seen) == number or (for_good and len(seen) > number):
                stop()

    sys.addaudithook(watch)
    return seen


def end() -> None:
    os.kill(os.getpid(), 9)


def disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def each_operation(tmp_path: Path, run: Callable[[Target, int], int]) -> list[tuple[Target, int]]:
    """Call ``run`` on a copy of the old dataset for each of its file operations; return what it came to."""
    install(place(tmp_path / "first"), OLD)
    results: list[tuple[Target, int]] = []
    while not results or results[-1][1] != 0:
        target = place(tmp_path / str(len(results)))
        shutil.copytree(tmp_path / "first", target.dest.parent)
        results.append((target, run(target, len(results) + 1)))
    assert len(results) > 40
    return results


def test_destination_is_all_old_or_all_new_after_a_kill_at_any_moment(tmp_path: Path) -> None:
    def run(target: Target, number: int) -> int:
        def killed() -> None:
            interrupt(target.dest, number, end)
            install(target, NEW)

        return in_a_child(killed)

    states = []
    for target, status in each_operation(tmp_path, run):
        assert status in (-9, 0)
        for path, text in content(target.dest).items():  # each by itself is whole even before the next run
            assert path.endswith((".lock", ".new")) or text in {*OLD.values(), *NEW.values()}
        states.append(repaired(target))
        install(target, NEW)
        assert state(target) == "new"
    assert states == sorted(states, reverse=True)  # there is one moment from which on the new files count
    assert {"old", "new"} == set(states)


def test_destination_is_all_old_when_its_repair_is_killed_too(tmp_path: Path) -> None:
    def killed_while_renaming() -> None:
        def move(source: str, path: str) -> None:
            if "account=c" in path:
                end()
            Path(source).replace(path)

        install(place(tmp_path / "first"), NEW, move)

    install(place(tmp_path / "first"), OLD)
    assert in_a_child(killed_while_renaming) == -9
    assert content(place(tmp_path / "first").dest) != expected(OLD)
    number, status = 0, -9
    while status == -9:
        number += 1
        target = place(tmp_path / str(number))
        shutil.copytree(tmp_path / "first", target.dest.parent)

        def killed_while_repairing(target: Target = target, number: int = number) -> None:
            interrupt(target.dest, number, end)
            repaired(target)

        status = in_a_child(killed_while_repairing)
        assert repaired(target) == "old"
    assert (status, number > 20) == (0, True)


@pytest.mark.parametrize("for_good", [False, True])
def test_destination_is_all_old_or_all_new_when_the_disk_is_full_at_any_moment(tmp_path: Path, for_good: bool) -> None:
    def run(target: Target, number: int) -> int:
        def failing() -> int:
            seen = interrupt(target.dest, number, disk_full, for_good=for_good)
            try:
                install(target, NEW)
            except ExportError as error:
                return 3 if "No space left on device" in str(error) else 4
            return 5 if len(seen) >= number else 0  # it came through all the same

        return in_a_child(failing)

    for target, status in each_operation(tmp_path, run):
        assert status in (0, 3, 5)
        assert repaired(target) in (("old", "new") if status == 3 else ("new",))


@pytest.mark.parametrize("error", [PermissionError(1, "Operation not permitted"), Exception("Could not replace")])
@pytest.mark.parametrize("links", [True, False])
def test_destination_with_one_file_that_can_not_be_replaced_keeps_all_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, links: bool
) -> None:
    target = place(tmp_path)
    install(target, OLD)

    def refuse(source: str, path: str) -> None:
        if "account=b" in path:
            raise error
        Path(source).replace(path)

    def no_links(source: Path, path: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(ExportError, match=r"can't be replaced: .*All files are as they were\."):
        install(target, NEW, refuse)
    assert state(target) == "old"


def test_destination_that_can_not_be_put_back_says_that_it_is_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, move = place(tmp_path), os.replace
    install(target, OLD)

    def refuse(source: str, path: str) -> None:
        if "account=b" in path:
            monkeypatch.setattr(Path, "replace", lambda _path, _target: refuse("", "account=b"))
            raise PermissionError(1, "Operation not permitted")
        move(source, path)

    with pytest.raises(ExportError, match="Old and new files can be mixed"):
        install(target, NEW, refuse)
    monkeypatch.undo()
    assert content(target.dest) != expected(OLD)
    assert repaired(target) == "old"


def test_destination_is_put_back_when_the_module_ends(tmp_path: Path) -> None:
    def fail_json(source: str, path: str) -> None:
        raise SystemExit(1)

    target = place(tmp_path)
    install(target, OLD)
    with pytest.raises(SystemExit):
        install(target, NEW, fail_json)
    assert state(target) == "old"


def test_destination_that_is_put_back_already_stays_so(tmp_path: Path) -> None:
    target = place(tmp_path)
    install(target, OLD)
    listed = read_manifest(target.dest)
    write_manifest(target.dest, Manifest(listed.files, dict.fromkeys(listed.files, True)))
    assert repaired(target) == "old"


def test_destination_takes_what_one_of_two_runs_has_written(tmp_path: Path) -> None:
    target = place(tmp_path)
    letters = {letter: dict.fromkeys(NEW, letter * 10_000) for letter in "xy"}

    def write_often(letter: str) -> None:
        for _time in range(15):
            made = made_of(target, letters[letter], tmp_path / letter)
            with opened(target, os.replace) as destination:
                destination.replace(*made)
                assert set(content(target.dest).values()) == {letter * 10_000, ""}  # and the lock, which is empty

    child = start_child(lambda: write_often("x"))
    write_often("y")
    assert ended(child) == 0
    assert content(target.dest) in [expected(letters[letter]) for letter in "xy"]
    assert read_manifest(target.dest).pending == {}


def test_destination_of_one_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = Target(tmp_path / "usage.csv", (), NAME)
    put(tmp_path / "usage.csv")
    put(tmp_path / ".usage.csv.new", "what a killed run left")

    def refuse(source: str, path: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    with pytest.raises(ExportError, match="All files are as they were"), opened(target, refuse) as destination:
        destination.replace({target.dest: put(tmp_path / "work" / "made", "new")}, {target.dest: {}})
    assert content(tmp_path) == {"usage.csv": "old"}
    with opened(target, os.replace) as destination:
        destination.replace({target.dest: put(tmp_path / "work" / "made", "new")}, {target.dest: {}})
    assert content(tmp_path) == {"usage.csv": "new"}


def test_destination_is_only_looked_at_in_check_mode(tmp_path: Path) -> None:
    target = place(tmp_path)
    with opened(target, os.replace, check_mode=True) as destination:
        destination.check_layout()
    assert list(tmp_path.iterdir()) == []
    install(target, OLD)
    path = target.path(("a", "2025-04"))
    write_manifest(target.dest, Manifest(read_manifest(target.dest).files, {target.relative(path): False}))
    with opened(target, os.replace, check_mode=True):
        assert content(target.dest) == expected(OLD)


def test_destination_with_another_layout_of_the_same_export_is_refused(tmp_path: Path) -> None:
    by_account = Target(tmp_path / "usage", ("account",), NAME)
    install(by_account, {("a",): "old"})
    put(by_account.dest / "month=2025-05" / "account=x" / "theirs.csv")
    for keys in (("account", "month"), ("month", "account"), ("month",)):
        at_dest = opened(Target(by_account.dest, keys, NAME), os.replace)
        with pytest.raises(ExportError, match=r"partition_by: \[account\]"), at_dest as destination:
            destination.check_layout()
    for target in (by_account, Target(by_account.dest, ("month",), OTHER)):
        with opened(target, os.replace) as destination:
            destination.check_layout()


def test_destination_has_rows_of_an_account_from_one_export_only(tmp_path: Path) -> None:
    target = place(tmp_path)
    null = "__HIVE_DEFAULT_PARTITION__"
    for name, partition in ((OTHER, (ID, "2025-05")), (OTHER.replace("csv", "parquet"), (ID, "2025-06"))):
        install(Target(target.dest, target.partition_by, name), {partition: "theirs"})
    install(Target(target.dest, target.partition_by, OTHER), {(null, "2025-05"): "theirs"})
    put(target.path((ID, "2025-07")).with_name("theirs.csv"))
    with opened(target, os.replace) as destination:
        for partition in ((ID, "2025-06"), (ID, "2025-07"), (null, "2025-05")):
            destination.check(target.path(partition), None, "new", {partition[0]})
        with pytest.raises(ExportError, match="count twice"):
            destination.check(target.path((ID, "2025-05")), None, "new", {ID})


def test_destination_leaves_files_alone_that_it_has_not_written(tmp_path: Path) -> None:
    target = place(tmp_path)
    install(target, OLD)
    mine, theirs = target.path(("a", "2025-04")), put(target.path(("z", "2025-04")))
    with opened(target, os.replace) as destination:
        destination.check(mine, "edited", "new", set())
        destination.check(theirs, "same", "same", set())
        with pytest.raises(ExportError, match="was not written by this module"):
            destination.check(theirs, "old", "new", set())
        assert destination.without_rows([], {"2025-04"}) == [mine]


def test_destination_knows_which_rows_are_gone(tmp_path: Path) -> None:
    target = place(tmp_path)
    install(target, OLD)
    april, may, other = (target.path(partition) for partition in OLD)
    install(Target(target.dest, target.partition_by, OTHER), {("x", "2025-05"): "theirs"})
    with opened(target, os.replace) as destination:
        assert destination.without_rows([may], {"2025-05", "2025-06"}) == [other]
        assert destination.without_rows([may], {"2025-04", "2025-05"}) == [april, other]
        assert destination.accounts_without_rows({april: [], may: ["account=a"], other: ["account=x"]}) == [
            "account=a",
            "account=b",
        ]
    april.unlink()
    with opened(target, os.replace) as destination:
        assert destination.without_rows([may, other], {"2025-04"}) == []


def test_destination_names_a_few_and_counts_the_rest() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named([str(number) for number in range(9)]) == "0, 1, 2, 3, 4 and 4 more"
