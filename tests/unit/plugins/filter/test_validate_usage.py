# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter validate_usage: facts come back as they are, all else is Ansible's own error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.finops.cloudflare.plugins.filter import validate_usage as plugin
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    MAY,
    Literal,
    Server,
    daily,
    usage,
)

validate_usage = plugin.FilterModule().filters()["validate_usage"]
WHOLE = usage(Server(daily("2025-05-01", 31, Literal("0.5"))), **MAY)


class Tagged(str):
    """Text with something on it, as Ansible hands it over."""

    __slots__ = ("tag",)


class Lazy(Mapping[str, Any]):
    """A mapping that is no dict, as Ansible hands it over."""

    def __init__(self, items: dict[str, Any]) -> None:
        self._items = items

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


def test_validate_usage_facts_come_back_as_they_are() -> None:
    assert validate_usage(WHOLE) == WHOLE
    assert validate_usage(json.loads(json.dumps(WHOLE))) == WHOLE


def test_validate_usage_what_ansible_wraps_is_unwrapped() -> None:
    wrapped = Lazy({Tagged(key): Tagged(value) if isinstance(value, str) else value for key, value in WHOLE.items()})
    found = validate_usage(wrapped)
    assert found == WHOLE
    assert {type(found)} == {dict}
    assert {type(value) for key, value in found.items() if isinstance(value, str)} == {str}
    assert {type(key) for key in found} == {str}


@pytest.mark.parametrize("value", [None, 7, "facts", [], [WHOLE], {}, {**WHOLE, "status": "empty"}])
def test_validate_usage_all_else_is_an_error_of_the_filter(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="validate_usage: Invalid usage facts: "):
        validate_usage(value)


def test_validate_usage_documentation_and_examples_are_yaml() -> None:
    documentation = yaml.safe_load(plugin.DOCUMENTATION)
    assert documentation["name"] == "validate_usage"
    assert documentation["options"]["_input"]["type"] == "dict"
    assert "finops.cloudflare.validate_usage" in str(yaml.safe_load(plugin.EXAMPLES))
    assert set(yaml.safe_load(plugin.RETURN)) == {"_value"}
