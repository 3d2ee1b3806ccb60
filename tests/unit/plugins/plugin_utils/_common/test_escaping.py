# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside stays text, wherever it lands."""

from __future__ import annotations

import csv
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common import escaping
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import HOSTILE

BLOCKS = ["- item", "+ item", "1) one", "=====", "---", "#", "~~gone~~"]
LINKS = ["@team", "#12", "!34", "https://evil.example", "www.evil.example", "WWW.evil.example"]
PLACES = [escaping.clean, escaping.markdown, escaping.csv_text, escaping.label_value, escaping.sarif_text]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.__name__))
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_escaping_nothing_can_steer_a_terminal(place: object, hostile: str) -> None:
    assert callable(place)
    escaped = place(hostile)
    assert not [char for char in escaped if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert "\n" not in escaped
    escaped.encode("utf-8")


def test_escaping_clean_keeps_ordinary_names_and_turns_none_into_nothing() -> None:
    assert escaping.clean("Zürich 東京 🚀 & Söhne") == "Zürich 東京 🚀 & Söhne"
    assert escaping.clean(None) == ""
    assert escaping.clean("a\x00b\x1b[31m") == "a\ufffdb\ufffd[31m"
    assert escaping.clean("x" * 5000, 20) == "x" * 19 + "…"


@pytest.mark.parametrize("hostile", [*HOSTILE, "\uff1d1+1", " =1+1", "\n=1", "\x00=1"], ids=ascii)
def test_escaping_no_spreadsheet_takes_a_text_for_a_formula(hostile: str) -> None:
    assert escaping.csv_text(hostile).lstrip()[:1] not in {"=", "+", "-", "@", "\uff1d", "\t", "\r"}


def test_escaping_csv_leaves_other_texts_alone() -> None:
    assert escaping.csv_text("R2 = storage") == "R2 = storage"
    assert escaping.csv_text("=1") == "'=1"
    assert escaping.csv_text("x;=1+1;y; @SUM(A1)") == "x;'=1+1;y;' @SUM(A1)"


def test_escaping_label_values_escape_backslashes_and_quotes() -> None:
    assert escaping.label_value('a\\b"c\nd') == 'a\\\\b\\"c d'
    assert escaping.label_value(None) == ""


def test_escaping_sarif_messages_hold_no_links_and_no_placeholders() -> None:
    assert escaping.sarif_text("[click](https://evil.example) {0} \\") == (
        "\\[click\\](https://evil.example) {{0}} \\\\"
    )


def test_escaping_paths_are_those_of_a_repository() -> None:
    assert escaping.repository_path("./ci/budgets.yml") == "ci/budgets.yml"
    assert escaping.repository_path(".//./ci\\budgets.yml") == "ci/budgets.yml"
    assert escaping.uri_path("my budgets/#1?.yml") == "my%20budgets/%231%3F.yml"


@pytest.mark.parametrize("place", ["{}", "- {}", "| a |\n| - |\n| {} |"], ids=["paragraph", "list", "table"])
@pytest.mark.parametrize("hostile", [*HOSTILE, *BLOCKS], ids=ascii)
def test_escaping_markdown_shows_the_text_and_nothing_else(place: str, hostile: str) -> None:
    """A real parser finds no link, image, code, heading, list or markup that the text brought along."""
    parser = MarkdownIt("gfm-like", {"html": True})
    escaped = escaping.markdown(hostile)
    tokens = parser.parse(place.format(escaped))
    plain = parser.parse(place.format("x"))
    assert [token.type for token in tokens] == [token.type for token in plain]
    inline = [child for token in tokens for child in token.children or []]
    assert {child.type for child in inline} <= {"text", "text_special"}
    shown = "".join(child.content for child in inline).replace("\u200b", "")
    assert shown.endswith(escaping.clean(hostile, 300))


@pytest.mark.parametrize("text", LINKS)
def test_escaping_markdown_breaks_mentions_references_and_links(text: str) -> None:
    assert "&#8203;" in escaping.markdown(text)


def test_escaping_markdown_leaves_ordinary_sentences_readable() -> None:
    text = "At least 1,000 Requests (93.0%), at 10:30; see R2."
    assert escaping.markdown(text) == text


CHAT = [
    *(
        "@channel",
        "@here now",
        "mail@example.com",
        "<!channel>",
        "<!here|x>",
        "<@U0123>",
        "<at>Everyone</at>",
        "#general",
    ),
    *("[x](https://evil.example)", "![x](https://evil.example/i.png)", "[x][y]", "[x]: https://evil.example", "~town"),
    *("https://evil.example", "WWW.evil.example", "<https://evil.example|safe>", "```", "`a`", "<b>x</b>", "&lt;x&gt;"),
    *("x\u200b@channel", "@\u2060all", "<users/all>", "mailto:a@evil.example", "&#64;all"),
]


@pytest.mark.parametrize("hostile", [*CHAT, *HOSTILE, *LINKS], ids=ascii)
def test_escaping_chats_make_nothing_of_a_text(hostile: str) -> None:
    text = escaping.chat_text(f"Over: {hostile} [{hostile}]\nand {hostile}")
    assert not set("<>`") & set(text)
    # Slack and Mattermost: mentions, channels and references; all of them: bare addresses
    assert not re.search(r"[@#~!]\w|://|www\.|&#?\w+;", text, re.IGNORECASE)
    parser = MarkdownIt("gfm-like", {"html": True})
    assert parser.linkify
    parser.linkify.set({"fuzzy_link": False})  # a bare domain, as every zone's name is one, stays what it is
    tokens = parser.parse(text)
    inline = [child.type for token in tokens for child in token.children or []]
    assert not {"link_open", "image", "code_inline", "html_inline"} & set(inline)
    assert {token.type for token in tokens} == {"paragraph_open", "inline", "paragraph_close"}


@pytest.mark.parametrize(
    "text", ["USD 500.00 of USD 400.00 (125.0%) & more!", "a\nb [c] at 10:30", "R2 # 1, a_b, x @ y"]
)
def test_escaping_chats_show_ordinary_text_as_it_is(text: str) -> None:
    assert escaping.chat_text(text) == text


@pytest.mark.many_cases
@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
def test_escaping_escaped_text_is_read_back_as_it_was(text: str) -> None:
    """What each reader makes of the escaped text is the text, without what could steer a terminal."""
    shown = escaping.clean(text)
    (row,) = csv.reader([f'"{escaping.csv_text(text).replace(chr(34), chr(34) * 2)}"'])
    cells = [cell.removeprefix("'") for cell in row[0].split(";")]  # as it is for who splits lines at semicolons
    assert cells == [cell.removeprefix("'") for cell in shown.split(";")]
    family = next(iter(text_string_to_metric_families(f'# TYPE a gauge\na{{b="{escaping.label_value(text)}"}} 1\n')))
    assert family.samples[0].labels == {"b": shown}
    (inline,) = [each for each in MarkdownIt("gfm-like").parse(f"x{escaping.markdown(text)}") if each.type == "inline"]
    read = "".join(child.content for child in inline.children or [])
    assert read.replace("\u200b", "") == "x" + escaping.clean(text, 300)
    chat = escaping.chat_text(text).replace("\u200b", "").replace("\n", " ")
    plain = {ord(like): char for char, like in escaping._LOOK_ALIKES.items()}
    words = escaping.clean(" ".join(text.splitlines())).translate(plain).split()
    assert chat.translate(plain).split() == words
