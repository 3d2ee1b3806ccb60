# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every error has a message for people and the same for programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils import _errors
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiError,
    ApiResponseError,
    FinopsError,
    MalformedError,
    MissingLibraryError,
    ParameterError,
    TransportError,
)

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("error", FinopsError("no")),
        ("parameters", ParameterError(["one", "two"])),
        ("missing_library", MissingLibraryError("requests", "Traceback ...")),
        ("api", ApiError("no", path="/x")),
        ("transport", TransportError("no", path="/x")),
        ("refused", ApiResponseError("no", path="/x")),
        ("malformed", MalformedError("no", path="/x")),
    ],
)
def test_errors_all_are_of_one_tree_and_say_their_kind(kind: str, error: FinopsError) -> None:
    assert isinstance(error, FinopsError)
    assert error.failure()["kind"] == kind
    assert json.loads(json.dumps(error.failure())) == error.failure()


def test_errors_problems_of_parameters_are_listed_and_told() -> None:
    error = ParameterError(["from: missing", "to: missing"])
    assert str(error) == "from: missing; to: missing"
    assert error.failure() == {"kind": "parameters", "problems": ["from: missing", "to: missing"]}


def test_errors_a_missing_library_is_named() -> None:
    error = MissingLibraryError("jsonschema", "Traceback ...")
    assert (error.library, error.traceback) == ("jsonschema", "Traceback ...")
    assert str(error).splitlines()[0] == (
        f"The Python library jsonschema is missing for {sys.executable}. Install what is needed:"
        f" {sys.executable} -m pip install -r {ROOT / 'requirements.txt'}"
    )
    assert str(MissingLibraryError("pyarrow", "")).splitlines()[0].endswith("-m pip install pyarrow")


def test_errors_requirements_are_found_where_the_collection_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(_errors, "__file__", "/tmp/payload.zip/ansible_collections/x/plugins/module_utils/_errors.py")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", "/nowhere")
    assert "-r the collection's requirements.txt" in str(MissingLibraryError("requests", ""))
    path = tmp_path / ".ansible/collections/ansible_collections/finops/cloudflare/requirements.txt"
    path.parent.mkdir(parents=True)
    path.write_text("")
    assert f"-r {path}" in str(MissingLibraryError("requests", ""))


def test_errors_an_answer_that_says_no_keeps_all_that_cloudflare_said() -> None:
    error = ApiResponseError(
        "refused",
        path="/accounts",
        http_status=429,
        errors=[{"code": 971, "message": "slow down"}],
        messages=[{"code": None, "message": "really"}],
        cf_ray="8f0",
        retry_after=5.0,
        transient=True,
    )
    assert error.failure() == {
        "kind": "refused",
        "path": "/accounts",
        "http_status": 429,
        "errors": [{"code": 971, "message": "slow down"}],
        "messages": [{"code": None, "message": "really"}],
        "cf_ray": "8f0",
        "retry_after": 5.0,
        "retried": False,
        "attempts": 1,
    }


def test_errors_tries_are_told_where_there_were_several() -> None:
    error = TransportError("No answer", path="/x", transient=True)
    assert str(error) == "No answer"
    assert error.failure()["retried"] is False
    error.attempts = 2
    assert str(error) == "No answer (tried 2 times)"
    assert (error.failure()["retried"], error.failure()["attempts"]) == (True, 2)
