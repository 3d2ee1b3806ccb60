# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a browser shows it: in each state, at three widths and on paper, light and dark, folded and open."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from ansible_collections.finops.cloudflare.tests.browser.states import STATES, page

LAYOUT = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")
PHONE, TABLET, DESKTOP = (390, 844), (768, 1024), (1280, 900)
PAPER = (688, 1000)  # of A4 between its margins, in px
MAX_SCREENS = 5  # of a phone
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@functools.cache
def _page_of(state: str) -> str:
    return page(state)


@contextmanager
def _shown(
    browser: Browser,
    state: str,
    size: tuple[int, int],
    *,
    media: Literal["screen", "print"] = "screen",
    scheme: Literal["light", "dark"] = "light",
    contrast: Literal["active", "none"] = "none",
    opened: bool = False,
) -> Iterator[Page]:
    """Yield the page of a state."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, forced_colors=contrast
    )
    context.set_default_timeout(0)  # however slow the machine is
    shown = context.new_page()
    try:
        shown.emulate_media(media=media)
        shown.set_content(_page_of(state))
        if opened:
            shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield shown
    finally:
        context.close()


def _violations(shown: Page) -> list[str]:
    """Return what axe finds, with where it is."""
    shown.evaluate(AXE_SCRIPT)
    found: Any = shown.evaluate(
        "rules => axe.run({runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    assert found["passes"], "axe did not look at anything"
    return [f"{each['id']}: {node['html'][:120]}" for each in found["violations"] for node in each["nodes"][:3]]


@pytest.mark.parametrize("opened", [False, True], ids=["folded", "open"])
@pytest.mark.parametrize("size", [PHONE, TABLET, DESKTOP], ids=["390", "768", "1280"])
@pytest.mark.parametrize("state", STATES)
def test_report_nothing_overlaps_or_reaches_out(
    browser: Browser, pictures: Path, state: str, size: tuple[int, int], opened: bool
) -> None:
    with _shown(browser, state, size, opened=opened) as shown:
        problems = shown.evaluate(LAYOUT)
        if not opened:
            shown.screenshot(path=pictures / f"{state}-{size[0]}.png", full_page=True)
    assert problems == []


@pytest.mark.parametrize("state", STATES)
def test_report_on_paper_everything_is_open_and_nothing_overlaps(browser: Browser, pictures: Path, state: str) -> None:
    with _shown(browser, state, PAPER, media="print") as shown:
        problems = shown.evaluate(LAYOUT)
        closed = shown.evaluate(
            "[...document.querySelectorAll('details > :not(summary)')].filter(each => !each.offsetHeight).length"
        )
        shown.pdf(path=pictures / f"{state}.pdf", format="A4")
    assert problems == []
    assert closed == 0


@pytest.mark.parametrize("state", STATES)
def test_report_axe_finds_no_violation(browser: Browser, state: str) -> None:
    with _shown(browser, state, DESKTOP, opened=True) as shown:
        assert _violations(shown) == []


def test_report_axe_finds_no_violation_on_a_phone(browser: Browser) -> None:
    with _shown(browser, "fullest", PHONE, opened=True) as shown:
        assert _violations(shown) == []


def test_report_axe_finds_no_violation_in_the_dark(browser: Browser, pictures: Path) -> None:
    with _shown(browser, "fullest", DESKTOP, scheme="dark", opened=True) as shown:
        assert _violations(shown) == []
        shown.screenshot(path=pictures / "dark-1280.png", full_page=True)


def test_report_axe_would_find_one(browser: Browser) -> None:
    with _shown(browser, "empty", DESKTOP) as shown:
        shown.evaluate("document.querySelector('h1').innerHTML = '<img src=\"\">'")
        assert any(text.startswith("image-alt") for text in _violations(shown))


def test_report_the_layout_probe_would_find_an_overlap(browser: Browser) -> None:
    with _shown(browser, "costs-only", PHONE) as shown:
        shown.evaluate("document.querySelector('h1').style.marginBottom = '-30px'")
        shown.evaluate("document.querySelector('.tile').style.width = '500px'")
        problems = shown.evaluate(LAYOUT)
    assert any("lies over" in text for text in problems)
    assert any("px wide" in text for text in problems)


@pytest.mark.parametrize("state", STATES)
def test_report_is_short_on_a_phone(browser: Browser, state: str) -> None:
    with _shown(browser, state, PHONE) as shown:
        height = shown.evaluate("document.documentElement.scrollHeight")
    assert height <= MAX_SCREENS * PHONE[1]


def test_report_forced_colours_keep_every_swatch(browser: Browser) -> None:
    with _shown(browser, "fullest", DESKTOP, contrast="active", opened=True) as shown:
        gone = shown.evaluate(
            """() => [...document.querySelectorAll('.swatch')].filter(each => {
                 const style = getComputedStyle(each), clear = 'rgba(0, 0, 0, 0)';
                 const border = ['Top', 'Left'].some(side => parseFloat(style[`border${side}Width`]) > 0);
                 return style.backgroundColor === clear && style.backgroundImage === 'none' && !border;
               }).map(each => each.className)"""
        )
    assert gone == []


def test_report_asks_nobody_for_anything(browser: Browser) -> None:
    asked: list[str] = []
    context = browser.new_context()
    shown = context.new_page()
    shown.on("request", lambda request: asked.append(request.url))
    shown.set_content(_page_of("fullest"), wait_until="networkidle", timeout=0)
    context.close()
    assert asked == []
