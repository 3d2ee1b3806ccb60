# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module as Ansible does, and turn its documentation into JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}


def run(main: Callable[[], object], capsys: pytest.CaptureFixture[str], /, **arguments: Any) -> dict[str, Any]:
    """Return what the module prints; its exit status must fit."""
    capsys.readouterr()
    with patch_module_args(arguments), pytest.raises(SystemExit) as ended:
        main()
    text = capsys.readouterr().out
    result: dict[str, Any] = json.loads(text, parse_constant=_refuse)
    assert ended.value.code == (1 if result.get("failed") else 0)
    # From ansible-core 2.22 on: what Ansible is to mask from then on. It takes that out before anybody has the result.
    result.pop("_ansible_new_secrets", None)
    return result


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def returned_schema(documented: Mapping[str, Mapping[str, Any]], *, nullable: bool = False) -> dict[str, Any]:
    """Return the schema of documented values: all that are returned on success must be there, and no others.

    A value is null only where its description says so, or anywhere if ``nullable``.
    """
    return {
        "type": "object",
        "properties": {name: _value_schema(entry, nullable=nullable) for name, entry in documented.items()},
        "required": [name for name, entry in documented.items() if entry["returned"] in ("success", "failure")],
        "additionalProperties": False,
    }


def _value_schema(entry: Mapping[str, Any], *, nullable: bool) -> dict[str, Any]:
    said = " ".join([entry["description"]] if isinstance(entry["description"], str) else entry["description"])
    kind, null = _TYPES[entry["type"]], "null" in said.lower()
    schema: dict[str, Any] = {"type": [kind, "null"] if null or nullable else kind}
    if "contains" in entry:
        # Of a list of objects the description speaks of what is in them.
        nested = returned_schema(entry["contains"], nullable=kind == "array" and "is null" in said)
        if kind == "array":
            return {"type": "array", "items": nested}
        return {**nested, "type": ["object", "null"]} if "; null" in said else nested
    if kind == "array":
        schema["items"] = {"type": [_TYPES[entry["elements"]], "null"] if null else _TYPES[entry["elements"]]}
    return schema


def never_seen(documented: Mapping[str, Mapping[str, Any]], values: list[Any], path: str = "") -> set[str]:
    """Return the documented fields that none of the values has, null being as good as any value."""
    missing = set()
    for name, entry in documented.items():
        here = f"{path}.{name}".lstrip(".")
        found = [
            value[name] for value in values if name in value and (value[name] is not None or "contains" not in entry)
        ]
        if not found:
            missing.add(here)
        elif "contains" in entry:
            nested = [item for value in found for item in value] if entry["type"] == "list" else found
            missing |= never_seen(entry["contains"], nested, here)
    return missing
