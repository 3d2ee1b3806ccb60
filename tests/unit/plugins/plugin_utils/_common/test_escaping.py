# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside stays text, wherever it lands."""

from __future__ import annotations

import unicodedata

import pytest
from markdown_it import MarkdownIt

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common import escaping
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import HOSTILE

BLOCKS = ["- item", "+ item", "1) one", "=====", "---", "#", "~~gone~~"]
LINKS = ["@team", "#12", "!34", "https://evil.example", "www.evil.example", "WWW.evil.example"]
PLACES = [escaping.clean, escaping.markdown, escaping.csv_text, escaping.label_value, escaping.sarif_text]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.__name__))
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_nothing_can_steer_a_terminal(place: object, hostile: str) -> None:
    assert callable(place)
    escaped = place(hostile)
    assert not [char for char in escaped if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert "\n" not in escaped
    escaped.encode("utf-8")


def test_clean_keeps_ordinary_names_and_turns_none_into_nothing() -> None:
    assert escaping.clean("Zürich 東京 🚀 & Söhne") == "Zürich 東京 🚀 & Söhne"
    assert escaping.clean(None) == ""
    assert escaping.clean("a\x00b\x1b[31m") == "a\ufffdb\ufffd[31m"
    assert escaping.clean("x" * 5000, 20) == "x" * 19 + "…"


@pytest.mark.parametrize("hostile", [*HOSTILE, "\uff1d1+1", " =1+1", "\n=1", "\x00=1"], ids=ascii)
def test_no_spreadsheet_takes_a_text_for_a_formula(hostile: str) -> None:
    assert escaping.csv_text(hostile).lstrip()[:1] not in {"=", "+", "-", "@", "\uff1d", "\t", "\r"}


def test_csv_leaves_other_texts_alone() -> None:
    assert escaping.csv_text("R2 = storage") == "R2 = storage"
    assert escaping.csv_text("=1") == "'=1"


def test_label_values_escape_backslashes_and_quotes() -> None:
    assert escaping.label_value('a\\b"c\nd') == 'a\\\\b\\"c d'
    assert escaping.label_value(None) == ""


def test_sarif_messages_hold_no_links_and_no_placeholders() -> None:
    assert escaping.sarif_text("[click](https://evil.example) {0} \\") == (
        "\\[click\\](https://evil.example) {{0}} \\\\"
    )


def test_paths_are_those_of_a_repository() -> None:
    assert escaping.repository_path("./ci/budgets.yml") == "ci/budgets.yml"
    assert escaping.repository_path(".//./ci\\budgets.yml") == "ci/budgets.yml"
    assert escaping.uri_path("my budgets/#1?.yml") == "my%20budgets/%231%3F.yml"


@pytest.mark.parametrize("place", ["{}", "- {}", "| a |\n| - |\n| {} |"], ids=["paragraph", "list", "table"])
@pytest.mark.parametrize("hostile", [*HOSTILE, *BLOCKS], ids=ascii)
def test_markdown_shows_the_text_and_nothing_else(place: str, hostile: str) -> None:
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
def test_markdown_breaks_mentions_references_and_links(text: str) -> None:
    assert "&#8203;" in escaping.markdown(text)


def test_markdown_leaves_ordinary_sentences_readable() -> None:
    text = "At least 1,000 Requests (93.0%), at 10:30; see R2."
    assert escaping.markdown(text) == text
