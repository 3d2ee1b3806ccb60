# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside can't move the cursor, hide itself or fill a screen."""

from __future__ import annotations

import re
import unicodedata

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._text import MAX_LENGTH, closest, printable


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain text", "plain text"),
        ("Ünïcödé 日本語 🚀", "Ünïcödé 日本語 🚀"),
        ("two\nlines\r\nand\ta tab", "two lines and a tab"),
        ("  much   room  ", "much room"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("\u202elive\u202c", "\ufffdlive\ufffd"),
        ("a\u200bb\ufeffc", "a\ufffdb\ufffdc"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("nul\x00", "nul\ufffd"),
        ("\x85\x9b", "\ufffd\ufffd"),
        ("", ""),
        (None, "None"),
        (12, "12"),
        ({"a": [1]}, "{'a': [1]}"),
    ],
)
def test_text_what_is_shown(value: object, shown: str) -> None:
    assert printable(value) == shown


@pytest.mark.parametrize("length", [MAX_LENGTH - 1, MAX_LENGTH, MAX_LENGTH + 1, 100_000])
def test_text_long_text_is_cut(length: int) -> None:
    text = printable("x" * length)
    assert len(text) == min(length, MAX_LENGTH)
    assert text.endswith("…") == (length > MAX_LENGTH)


def test_text_the_limit_is_the_caller_s() -> None:
    assert printable("abcdefgh", 5) == "abcd…"
    assert printable("abcde", 5) == "abcde"


def test_text_no_character_of_any_kind_controls_a_terminal() -> None:
    everything = "".join(map(chr, range(0x3000)))
    shown = "".join(printable(everything[start : start + 50]) for start in range(0, len(everything), 50))
    assert len(shown) > 10_000
    assert [char for char in shown if unicodedata.category(char)[0] == "C"] == []


COMMANDS = [
    *(
        "##[error]x",
        "##[add-mask]x",
        "###[group]x",
        "x##[command]y",
        "##\n[x] ##[set-env name=A]b",
        "##teamcity[buildStop]",
    ),
    *("##vso[task.setvariable variable=A]b", "a ##VSO[task.complete]", "##[[x]]", "##\u200b[x]", "#\n#[x]"),
    *("::error::x", " ::ERROR file=a,line=1::x", "\n::add-mask::x", "::stop-commands::a", "a::set-output name=b::c"),
    *("::group::", ":::debug::x", "::a::b::c::", "\u200b::warning::x", ": :error::x"),
]


@pytest.mark.parametrize("text", COMMANDS, ids=ascii)
def test_text_printable_text_is_no_command_of_a_ci_system(text: str) -> None:
    """GitHub looks for ::command:: at the start of a line and ##[command] anywhere, Azure and TeamCity for ##word[."""
    shown = printable(text)
    assert not re.search(r"##[\w.-]*\[", shown)
    assert not re.match(r"\s*::[\w-]+[^:]*::", shown)
    assert printable(shown) == shown
    assert re.sub(r"\W", "", shown) == re.sub(r"\W", "", text)


@pytest.mark.parametrize("text", ["C# and F#", "## heading", "10:30", "a::b", "[x]", "#[x]", "2001:db8::1"])
def test_text_printable_text_leaves_ordinary_names_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("word", "words", "found"),
    [
        ("limits", ["name", "limit"], "limit"),
        ("LIMIT", ["name", "Limit"], "Limit"),
        ("colour", ["name", "limit"], None),
        ("", ["name"], None),
        ("name", [], None),
    ],
)
def test_text_the_closest_word_is_one_that_may_be_meant(word: str, words: list[str], found: str | None) -> None:
    assert closest(word, words) == found
