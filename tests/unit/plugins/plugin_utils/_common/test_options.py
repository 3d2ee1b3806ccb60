# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Null and blank mean left out, and lists may be text."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.options import file_mode, is_given, read_list


@pytest.mark.parametrize("value", [None, "", "  ", "\n\t", [None], ["", " "], ("",)])
def test_option_that_is_blank_is_not_given(value: Any) -> None:
    assert not is_given(value)


@pytest.mark.parametrize("value", [False, 0, 0.0, "0", "false", [], {}, [""] * 2 + ["a"], "a"])
def test_option_with_a_value_is_given(value: Any) -> None:
    assert is_given(value)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        (None, []),
        (" \n ", []),
        ("a,b", ["a", "b"]),
        ("a\r\n b \n\n,c,", ["a", "b", "c"]),
        (["a ", "", None, "b, c"], ["a", "b, c"]),
        ([{"a": 1}, 0], [{"a": 1}, 0]),
        (7, [7]),
    ],
)
def test_option_list_is_read_from_text_and_lists(value: Any, items: list[Any]) -> None:
    assert read_list(value) == items


@pytest.mark.parametrize(("value", "mode"), [(0o640, "0640"), ("0640", "0640"), ("u=rw", "u=rw")])
def test_option_mode_is_text(value: Any, mode: str) -> None:
    assert file_mode(value) == mode
