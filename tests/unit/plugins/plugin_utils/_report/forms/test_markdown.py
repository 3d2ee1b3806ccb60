# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Markdown report, read by a real parser."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import markdown as report_markdown
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.markdown import usage_markdown
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    METRICS,
    empty_usage,
    make_estimate,
    make_usage,
    make_verdict,
    sample,
)

MAX_COMMENT = 65_536


def _parse(text: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"html": True}).parse(text)


def _headings(tokens: list[Token]) -> list[str]:
    return [after.content for token, after in itertools.pairwise(tokens) if token.type == "heading_open"]


def test_markdown_it_says_what_the_first_screen_says() -> None:
    usage = make_usage(complete_through="2025-05-26", future=3, fetched_at="2025-05-28T03:00:00Z")
    verdicts = [make_verdict("a", "fail"), make_verdict("b", "unknown")]
    text = usage_markdown(sample(usage, verdicts=verdicts, estimate=make_estimate()))
    assert text.startswith("<!-- finops.cloudflare: usage -->\n## Cloudflare usage of Production\n")
    for words in (
        "1\N{EN DASH}31 May 2025, 31 days, UTC · ⚠️ **Partial**. Complete through 26 May 2025;",
        "- Cost so far: **Cost unknown** The records carry no billed cost.",
        "Estimated from a rate card, not a bill: **at least USD 11.40**.",
        "- What needs a person: ❌ **Of 2 budgets, 1 is over its limit and 1 could not be judged.**",
        "- The last days are not complete yet: the data comes about a day late.",
    ):
        assert words in text
    titles = ["What is not known", "Estimated cost", "Budgets", "Top movers", "Use by product", "Use by metric"]
    assert _headings(_parse(text))[1:] == titles


def test_markdown_empty_facts_are_short_and_unknown() -> None:
    text = usage_markdown(sample(empty_usage()))
    assert "❓ **No data**" in text
    assert "unknown, not zero" in text
    assert _headings(_parse(text))[1:] == ["What is not known"]


def test_markdown_long_tables_say_what_they_left_out_and_fit_a_comment() -> None:
    metrics: list[Any] = [(f"P{number}", f"m{number}", f"M{number}", "GB", 10) for number in range(400)]
    verdicts = [make_verdict(str(number), "fail") for number in range(400)]
    text = usage_markdown(sample(make_usage(metrics=metrics), verdicts=verdicts))
    assert len(text) < MAX_COMMENT
    assert "_… and 60 more rows and 300 more metrics_" in text


def test_markdown_what_is_too_long_is_named_and_never_cut_in_half(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = [{"code": "empty", "affects": "usage", "message": f"Reason {number}."} for number in range(50)]
    verdicts = [make_verdict(str(number), "fail") for number in range(50)]
    report = sample(make_usage(metrics=METRICS[:1], reasons=reasons, status="partial"), verdicts=verdicts)
    assert "_… and 10 more reasons_" in usage_markdown(report)
    monkeypatch.setattr(report_markdown, "MAX_LENGTH", 2500)
    text = usage_markdown(report)
    assert len(text) < 2600
    assert text.endswith("\n\n_… too long for a summary: Budgets_\n")
    assert "Use by metric" in _headings(_parse(text))


def test_markdown_hostile_text_is_text() -> None:
    usage = make_usage(
        metrics=[(name, name, name, name, 5) for name in HOSTILE],
        reasons=[{"code": "empty", "affects": "usage", "message": name} for name in HOSTILE],
        status="partial",
    )
    usage["accounts"][0]["name"] = HOSTILE[0]
    verdicts = [make_verdict(name, "fail", message=name, note=name, owner=name) for name in HOSTILE]
    text = usage_markdown(sample(usage, verdicts=verdicts))
    tokens = _parse(text)
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert blocks == ["<!-- finops.cloudflare: usage -->"]
    children = [child for token in tokens for child in token.children or []]
    assert {child.content for child in children if child.type == "html_inline"} <= {"<br>", "<sub>", "</sub>"}
    assert not [child for child in children if child.type in {"link_open", "image", "code_inline", "s_open"}]
    assert len(_headings(tokens)) == 6
    assert not [char for char in text if not char.isprintable() and char != "\n"]


def test_markdown_a_cell_marks_what_is_estimated() -> None:
    text = usage_markdown(sample(make_usage(metrics=METRICS[:1]), estimate=make_estimate()))
    assert "USD 11.40 (estimated) |" in text


def test_markdown_rows_stand_below_the_name_of_their_group() -> None:
    usage = make_usage(accounts=7, metrics=METRICS[:8])
    usage["group_by"] = ["account", "product_family", "metric", "tag.team"]
    for place, group in enumerate(usage["groups"]):
        group["tag.team"] = f"team {place // 8}"
    text = usage_markdown(sample(usage))
    table = text[text.index("**Use by tag team") :].split("\n\n")[1].splitlines()
    heads = [line for line in table if line.startswith("| **")]
    assert heads[0] == "| **team 0** | | | |"
    assert {line.count("|") for line in table} == {5}
    assert sum("more metrics" in line for line in table) >= 6
    assert len(heads) == 7
