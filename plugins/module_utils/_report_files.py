# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the files of a report into one folder: all of them, or none."""

from __future__ import annotations

import contextlib
import fcntl
import filecmp
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError

_WAITING = ".{name}.finops-new"
MAX_TEXT = 256 * 1024  # characters; what is larger travels as a file
Content: TypeAlias = "bytes | Path"  # what a file shall hold, or the file that holds it


class FilesError(FinopsError):
    """The files can't be written."""

    kind = "files"


@dataclass(frozen=True)
class Host:
    """What writing needs of the host; ``attributes`` sets the mode of a path, and tells whether it changes."""

    check_mode: bool
    attributes: Callable[[str, str], bool]


def write_files(
    folder: Path, files: Mapping[str, str | Path], mode: str, directory_mode: str, host: Host
) -> dict[str, Any]:
    """Return ``changed`` and the ``diff`` of each file that differs; ``files`` are texts, or files that hold them.

    All are written beside the old ones before the first takes its place, so that a full disk changes nothing. They wait
    under names of their own, which the next run removes should this one be killed. Runs take turns.
    """
    names = [name for name in files if not name or Path(name).name != name or name.startswith(".")]
    if names:
        raise FilesError(f"files: not the name of a file in a folder: {', '.join(names)}")
    new: dict[str, Content] = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    missing = [content for content in new.values() if isinstance(content, Path) and not content.exists()]
    if missing:
        raise FilesError(f"sources: there is no file {missing[0]}; nothing was written.")
    with contextlib.ExitStack() as turn:
        if files and not host.check_mode:
            _make_folder(folder, directory_mode, host)
            turn.enter_context(_turn(folder))
        differ = [name for name in files if _differs(folder / name, new[name])]
        diff = [_diff(folder / name, new[name]) for name in differ]
        if files and not host.check_mode:
            _remove_waiting(folder)
            _replace(folder, {name: new[name] for name in differ}, mode, host)
        modes = [host.attributes(str(folder / name), mode) for name in files if name not in differ]
    return {"changed": any([*differ, *modes]), "diff": diff}


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait until no other run writes to a folder, where its file system has locks; the end of a run gives its up."""
    with contextlib.ExitStack() as closing:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            closing.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _differs(path: Path, content: Content) -> bool:
    try:
        if path.exists() and not path.is_file():
            raise FilesError(f"{path}: not a file; nothing was written.")
        if isinstance(content, bytes):
            return path.read_bytes() != content
        return not filecmp.cmp(path, content, shallow=False)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise FilesError(f"{error.filename or path}: {error.strerror}; nothing was written.") from None


def _diff(path: Path, content: Content) -> dict[str, str | int]:
    """Return the difference of a file that has just been read; of a large one that it is too large to show."""
    before = {"before_header": str(path)} if path.exists() else {}
    if isinstance(content, Path) or (before and path.stat().st_size > MAX_TEXT):
        return {"after_header": str(path), **before, "src_larger": MAX_TEXT}
    old = path.read_bytes() if before else b""
    return {
        "before": old.decode(errors="replace"),
        "after": content.decode(errors="replace"),
        "after_header": str(path),
        **before,
    }


def _make_folder(folder: Path, mode: str, host: Host) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            host.attributes(str(path), mode)
    except OSError as error:
        raise FilesError(f"{error.filename or folder}: {error.strerror}; nothing was written.") from None


def _write(file: BinaryIO, content: Content) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        with content.open("rb") as source:
            shutil.copyfileobj(source, file)


def _replace(folder: Path, files: Mapping[str, Content], mode: str, host: Host) -> None:
    waiting = {name: folder / _WAITING.format(name=name) for name in files}
    done: list[str] = []
    try:
        for name, path in waiting.items():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                _write(file, files[name])
                file.flush()
                os.fsync(file.fileno())
            host.attributes(str(path), mode)
        for name, path in waiting.items():
            path.replace(folder / name)
            done.append(name)
    except OSError as error:
        kept = f"only {', '.join(done)} could be replaced" if done else "what was there is still there"
        raise FilesError(f"{folder}: {error.strerror}; {kept}.") from None
    finally:
        _remove_waiting(folder)


def _remove_waiting(folder: Path) -> None:
    """Remove what this run, or one that was killed, has not put in its place."""
    for path in folder.glob(_WAITING.format(name="*")):
        with contextlib.suppress(OSError):
            path.unlink()
