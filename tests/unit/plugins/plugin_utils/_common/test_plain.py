# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timezone
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain


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


class Number(int):
    """A number with something on it."""


class Fraction(float):
    """Another one."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Tagged("a"), "a"),
        (Number(7), 7),
        (Fraction(0.5), 0.5),
        (True, True),
        (None, None),
        ((1, Tagged("a")), [1, "a"]),
        (Lazy({"a": Lazy({"b": [Number(1)]})}), {"a": {"b": [1]}}),
        ({1: "a"}, {1: "a"}),
        (date(2026, 10, 1), "2026-10-01"),
        (datetime(2026, 10, 1, tzinfo=timezone.utc), "2026-10-01T00:00:00+00:00"),
        ({True: 1}, {"on": 1}),
        ({True: 1, "on": 2}, {True: 1, "on": 2}),
    ],
)
def test_plain_values_are_of_built_in_types(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


def test_plain_leaves_what_has_no_built_in_type() -> None:
    odd = ValueError("odd")
    assert plain({"a": [odd]}) == {"a": [odd]}
