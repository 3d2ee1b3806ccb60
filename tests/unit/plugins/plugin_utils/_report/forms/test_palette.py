# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every pair of colours has the contrast that WCAG 2.2 AA asks for, in both schemes."""

from __future__ import annotations

import re

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import palette
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import TEMPLATES

SHEET = (TEMPLATES / "usage.css").read_text("utf-8")
SCHEMES = {"light": palette.LIGHT, "dark": palette.DARK}


def _luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(first: str, second: str) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_palette_the_formula_is_that_of_wcag() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("mark", "back", "least"), palette.PAIRS)
def test_palette_contrast(scheme: str, mark: str, back: str, least: float) -> None:
    colours = SCHEMES[scheme]
    assert _contrast(colours[mark], colours[back]) >= least


def test_palette_both_schemes_name_the_same_colours() -> None:
    assert palette.LIGHT.keys() == palette.DARK.keys()
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for scheme in SCHEMES.values() for colour in scheme.values())


def test_palette_the_style_sheet_uses_the_palette_and_nothing_else() -> None:
    assert set(re.findall(r"var\(--([a-z-]+)\)", SHEET)) == palette.LIGHT.keys()
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", SHEET)


def test_palette_every_text_colour_is_held_against_every_ground_it_stands_on() -> None:
    texts = set(re.findall(r"[{;\s]color:var\(--([a-z-]+)\)", SHEET))
    assert texts <= {mark for mark, _back, least in palette.PAIRS if least == palette.TEXT}
    for rule in re.findall(r"\{[^{}]*\}", SHEET):
        colour = re.search(r"[{;\s]color:var\(--([a-z-]+)\)", rule)
        ground = re.search(r"background:var\(--([a-z-]+)\)", rule)
        if colour and ground:
            assert (colour[1], ground[1], palette.TEXT) in palette.PAIRS
