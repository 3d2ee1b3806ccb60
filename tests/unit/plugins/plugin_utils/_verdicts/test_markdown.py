# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of verdicts: short enough, the worst first, and one table whatever the names are."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.comments import marker_line
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.interface import Preview, VerdictReport
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.markdown import budgets_markdown
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    make_verdict,
)


def _rows(text: str) -> int:
    return sum(token.type == "tr_open" for token in MarkdownIt("gfm-like").parse(text)) - 1


def test_markdown_it_begins_with_the_hidden_marker() -> None:
    assert (
        budgets_markdown(VerdictReport([], marker="production")).splitlines()[0]
        == "<!-- finops.cloudflare: production -->"
    )


@pytest.mark.parametrize("marker", ["--><script>", "a\nb", "x" * 500, "--", "- ->"])
def test_markdown_a_marker_can_not_leave_its_comment(marker: str) -> None:
    line = marker_line(marker)
    inside = line.removeprefix("<!--").removesuffix("-->")
    assert "--" not in inside
    assert "\n" not in line
    assert ">" not in inside


def test_markdown_the_worst_stand_first() -> None:
    verdicts = [
        make_verdict("fine"),
        make_verdict("near", "warn"),
        make_verdict("ignored", "unknown", outcome="pass"),
        make_verdict("blind", "unknown"),
        make_verdict("over", "fail"),
        make_verdict("worse", "fail", severity="critical"),
    ]
    text = budgets_markdown(VerdictReport(verdicts))
    found = [name for line in text.splitlines() if line.startswith("| ") for name in [line.split("|")[2].strip(" *")]]
    assert found[2:] == ["worse", "over", "blind", "near", "ignored", "fine"]
    assert text.splitlines()[1].startswith("## ❌ ")


def test_markdown_a_row_says_what_it_knows() -> None:
    estimate = {"estimated": True, "actual": 93.02, "limit": 100, "currency": "USD", "actual_is_lower_bound": True}
    text = budgets_markdown(
        VerdictReport([make_verdict("a", "warn", **estimate), make_verdict("b", "unknown", limit=None)])
    )
    assert "at least USD 93.02 (estimated)" in text
    assert "| unknown | unknown | none |" in text
    assert "1\N{EN DASH}31 May 2025, UTC." in text


def test_markdown_periods_that_differ_are_not_named() -> None:
    assert "May" not in budgets_markdown(VerdictReport([make_verdict("a"), make_verdict("b", to="2025-05-30")]))


def test_markdown_no_verdicts_are_no_success() -> None:
    text = budgets_markdown(VerdictReport([]))
    assert "❓" in text
    assert "**No budgets were checked.**" in text


def test_markdown_problems_are_a_list() -> None:
    text = budgets_markdown(VerdictReport([], problem="budgets.yml: budget 'a'\nbudgets.yml: budget 'b'"))
    assert text.endswith("\n- budgets.yml: budget 'a'\n- budgets.yml: budget 'b'\n")


@pytest.mark.many_cases
@pytest.mark.parametrize("limit", [1500, 60_000])
def test_markdown_what_does_not_fit_is_counted(limit: int) -> None:
    verdicts = [make_verdict(f"budget-{number}", "fail") for number in range(3000)]
    text = budgets_markdown(VerdictReport(verdicts, max_length=limit))
    assert len(text) <= limit
    shown = _rows(text)
    assert 0 < shown < 3000
    assert f"and {3000 - shown:,} more budgets" in text


def test_markdown_hostile_names_make_one_table_of_text() -> None:
    verdicts = [make_verdict(name, "fail", message=name, unit=name, currency=None) for name in HOSTILE]
    text = budgets_markdown(VerdictReport(verdicts, title="<b>title</b>\n# x"))
    tokens = MarkdownIt("gfm-like", {"html": True}).parse(text)
    assert [token.type for token in tokens].count("heading_open") == 1
    assert [token.content.strip() for token in tokens if token.type == "html_block"] == [marker_line("budgets")]
    assert _rows(text) == len(HOSTILE)
    inline = {child.type for token in tokens for child in token.children or []}
    assert inline <= {"text", "text_special", "strong_open", "strong_close"}


def _preview(link: str = "") -> str:
    before = [make_verdict("kept", limit=40), make_verdict("moved", limit=40), make_verdict("gone")]
    now = [make_verdict("kept", limit=40), make_verdict("moved", "fail", limit=30), make_verdict("added")]
    return budgets_markdown(VerdictReport(now, preview=Preview("the usage of May", link, before)))


def test_markdown_preview_says_so_and_bears_no_mark_of_a_result() -> None:
    text = _preview()
    assert text.splitlines()[1].endswith("Preview: Cloudflare budgets")
    assert "Held against the usage of May. Nothing fails because of this." in text
    assert not [mark for mark in "❌✅❓" if mark in text]


def test_markdown_preview_shows_the_old_limit_beside_the_new_one() -> None:
    text = _preview()
    rows = {
        line.split("|")[2].strip(" *"): [cell.strip() for cell in line.split("|")]
        for line in text.splitlines()[7:]
        if line.startswith("|")
    }
    assert rows["Budget"][5:7] == ["Limit before", "Limit"]
    assert rows["kept"][5:7] == ["the same", "40 Requests"]
    assert rows["moved"][5:7] == ["40 Requests", "30 Requests"]
    assert rows["added"][5] == "new"
    assert "No more budgets: gone." in text


def test_markdown_preview_links_only_what_is_an_address() -> None:
    assert "[the usage of May](https://ci.example.com/runs/4711)" in _preview("https://ci.example.com/runs/4711")
    for link in (
        "http://ci.example.com",
        "https://a.example)[x](https://b.example",
        "javascript:alert(1)",
        "https://a b",
    ):
        assert "](" not in _preview(link)


@pytest.mark.parametrize("limit", [1500, 60_000])
def test_markdown_preview_is_as_short_as_asked(limit: int) -> None:
    verdicts = [make_verdict(f"budget-{number}", "fail") for number in range(500)]
    before = [make_verdict(f"earlier-{number}" + "x" * 90) for number in range(500)]
    text = budgets_markdown(VerdictReport(verdicts, max_length=limit, preview=Preview("it", "", before)))
    assert len(text) <= limit
    assert "495 more budgets" in text


def test_markdown_preview_of_hostile_names_is_text() -> None:
    before = [make_verdict(name + "x") for name in HOSTILE]
    text = budgets_markdown(VerdictReport([make_verdict("a")], preview=Preview("\n".join(HOSTILE), "", before)))
    tokens = MarkdownIt("gfm-like", {"html": True}).parse(text)
    assert [token.content.strip() for token in tokens if token.type == "html_block"] == [marker_line("budgets")]
    inline = {child.type for token in tokens for child in token.children or []}
    assert inline <= {"text", "text_special", "strong_open", "strong_close"}
