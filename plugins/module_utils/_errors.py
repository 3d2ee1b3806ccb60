# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that this collection raises on purpose.

FinopsError
├── ParameterError        options that can't be used; raised before any request
├── MissingLibraryError   a Python library that the module needs is not there
└── ApiError              the API gave no usable answer
    ├── TransportError    no whole HTTP answer: connection, time-out, cut-off body
    ├── ApiResponseError      an answer that says no: HTTP status, ``success: false``
    └── MalformedError    an answer that is not what the API documents

Budgets, rate cards and exports add their own branches beside their code.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_OPTIONAL = ("pyarrow",)
_FILE = "ansible_collections/finops/cloudflare/requirements.txt"


class FinopsError(Exception):
    """The root: ``str()`` is the message for people, ``failure()`` the same for programs."""

    kind = "error"

    def failure(self) -> dict[str, Any]:
        """Return the structured ``failure`` of a result: always with ``kind``."""
        return {"kind": self.kind}


class ParameterError(FinopsError):
    """Options that can't be used; ``problems`` holds one sentence for each."""

    kind = "parameters"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems

    def failure(self) -> dict[str, Any]:
        return {"kind": self.kind, "problems": self.problems}


def _requirements() -> str:
    """Return the path of requirements.txt where this host has the collection, as localhost does, or else its name."""
    own = Path(__file__).resolve().parents[2] / Path(_FILE).name
    folders = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep)
    places = [Path(folder).expanduser() / _FILE for folder in [*folders, "~/.ansible/collections"] if folder]
    return str(next((path for path in [own, *places] if path.is_file()), f"the collection's {own.name}"))


class MissingLibraryError(FinopsError):
    """A library is missing; ``library`` is its name on PyPI."""

    kind = "missing_library"

    def __init__(self, library: str, traceback: str) -> None:
        wanted = library if library in _OPTIONAL else f"-r {_requirements()}"
        super().__init__(
            f"The Python library {library} is missing for {sys.executable}. Install what is needed:"
            f" {sys.executable} -m pip install {wanted}\n"
            "If another Python of this host has it, name that one as ansible_python_interpreter."
        )
        self.library = library
        self.traceback = traceback


class ApiError(FinopsError):
    """The API gave no usable answer to ``path``; ``note`` ends the message, where there is more to say."""

    kind = "api"

    def __init__(
        self,
        message: str,
        *,
        path: str,
        http_status: int | None = None,
        errors: list[dict[str, Any]] | None = None,
        messages: list[dict[str, Any]] | None = None,
        cf_ray: str | None = None,
        retry_after: float | None = None,
        transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.http_status = http_status
        self.errors = errors or []
        self.messages = messages or []
        self.cf_ray = cf_ray
        self.retry_after = retry_after
        self.transient = transient
        self.attempts = 1
        self.note = ""

    def __str__(self) -> str:
        tries = f" (tried {self.attempts} times)" if self.attempts > 1 else ""
        return super().__str__() + tries + self.note

    def failure(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "path": self.path,
            "http_status": self.http_status,
            "errors": self.errors,
            "messages": self.messages,
            "cf_ray": self.cf_ray,
            "retry_after": self.retry_after,
            "retried": self.attempts > 1,
            "attempts": self.attempts,
        }


class TransportError(ApiError):
    """No whole HTTP answer arrived."""

    kind = "transport"


class ApiResponseError(ApiError):
    """The API answered, and the answer is no."""

    kind = "refused"


class MalformedError(ApiError):
    """The answer is not what the API documents."""

    kind = "malformed"
