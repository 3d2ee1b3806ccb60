# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module takes exactly the options that its documentation lists."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import FILE_COMMON_ARGUMENTS, AnsibleModule
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PACKAGE = "ansible_collections.finops.cloudflare.plugins.modules"
ACTIONS = sorted(path.stem for path in PLUGINS.glob("action/*.py"))
MODULES = sorted(path.stem for path in PLUGINS.glob("modules/*.py") if path.stem not in ACTIONS)
COMPARED = {"type": "str", "required": False, "default": None, "choices": None, "elements": None, "aliases": []}


class ModuleBuiltError(Exception):
    """Ends a module's main() once it has said which options it takes."""


def argument_spec(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a module up to the point where it hands its options to Ansible."""
    seen: dict[str, Any] = {}

    def build(module: AnsibleModule, argument_spec: dict[str, Any], **settings: Any) -> None:
        seen.update(FILE_COMMON_ARGUMENTS if settings.get("add_file_common_args") else {}, **argument_spec)
        raise ModuleBuiltError

    monkeypatch.setattr(AnsibleModule, "__init__", build)
    with pytest.raises(ModuleBuiltError):
        importlib.import_module(f"{PACKAGE}.{name}").main()
    return seen


def documented(name: str) -> dict[str, Any]:
    """Return a module's options from its documentation and the fragments that it takes in."""
    path = str(PLUGINS / "modules" / f"{name}.py")
    documentation = get_docstring(path, fragment_loader, collection_name="finops.cloudflare", plugin_type="module")[0]
    options: dict[str, Any] = documentation["options"]
    return options


def compared(source: dict[str, Any]) -> dict[str, Any]:
    """Return of each option what is both documented and in an argument spec."""
    return {option: {key: entry.get(key, usual) for key, usual in COMPARED.items()} for option, entry in source.items()}


@pytest.mark.parametrize("name", MODULES)
def test_options_are_documented_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compared(argument_spec(name, monkeypatch)) == compared(documented(name))


@pytest.mark.parametrize("name", ACTIONS)
def test_module_options_action_options_are_documented_as_they_are(name: str) -> None:
    action = importlib.import_module(f"{PACKAGE.rpartition('.')[0]}.action.{name}").ActionModule
    assert compared(action.OPTIONS) == compared(documented(name))
    assert action.OPTIONS.keys() >= action.DOCUMENTS


@pytest.mark.parametrize("name", MODULES)
def test_a_secret_is_never_logged_and_the_environment_is_documented(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = documented(name)
    spec = argument_spec(name, monkeypatch)
    assert [option for option in spec if "token" in option and not spec[option].get("no_log")] == []
    for option in spec.keys() - FILE_COMMON_ARGUMENTS.keys():
        for variable in spec[option].get("fallback", (None, []))[1]:
            assert f"E({variable})" in " ".join(options[option]["description"])
