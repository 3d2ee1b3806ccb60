# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.util
import sys

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils import _json_schema
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MissingLibraryError


def test_json_schema_library_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec(_json_schema.__name__)
    assert spec
    assert spec.loader
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    assert not copy.HAS_JSONSCHEMA
    assert "ImportError" in copy.JSONSCHEMA_TRACEBACK or "ModuleNotFoundError" in copy.JSONSCHEMA_TRACEBACK


def test_json_schema_names_the_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_json_schema, "HAS_JSONSCHEMA", False)
    monkeypatch.setattr(_json_schema, "JSONSCHEMA_TRACEBACK", "Traceback: no jsonschema")
    with pytest.raises(MissingLibraryError) as caught:
        _json_schema.validator({})
    assert (caught.value.library, caught.value.traceback) == ("jsonschema", "Traceback: no jsonschema")
