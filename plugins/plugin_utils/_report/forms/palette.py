# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The colours of the report by role, in light and dark, and which of them stand on which."""

from __future__ import annotations

LIGHT = {
    "page": "#f4f5f7",
    "surface": "#ffffff",
    "raised": "#f8f9fb",
    "ink": "#16191d",
    "muted": "#565e68",
    "line": "#dfe3e8",
    "strong": "#8b949e",
    "accent": "#1d6a96",
    "band": "#cfe3ef",
    "reference": "#8a4b08",
    "fail": "#a8201a",
    "fail-back": "#fdebe9",
    "unknown": "#5b3fa0",
    "unknown-back": "#f1edfb",
    "warn": "#7a4a00",
    "warn-back": "#fff2d1",
    "pass": "#14633a",
    "pass-back": "#e3f5ea",
    "estimated": "#0b5f6b",
    "estimated-back": "#e1f3f5",
}

DARK = {
    "page": "#0e1216",
    "surface": "#161b21",
    "raised": "#1b2128",
    "ink": "#e8ecf1",
    "muted": "#a3adb8",
    "line": "#2b333c",
    "strong": "#6e7883",
    "accent": "#5eb1e0",
    "band": "#1f4258",
    "reference": "#eda85c",
    "fail": "#ff9d94",
    "fail-back": "#3b1816",
    "unknown": "#c5b4ff",
    "unknown-back": "#2a2148",
    "warn": "#f3c763",
    "warn-back": "#33270a",
    "pass": "#7fdca2",
    "pass-back": "#12301f",
    "estimated": "#7bd3de",
    "estimated-back": "#0f2c31",
}

TEXT, GRAPHIC = 4.5, 3.0  # the least contrast that WCAG 2.2 AA asks of text and of graphics

# What stands on what, and the least contrast between them.
PAIRS = (
    *((text, back, TEXT) for text in ("ink", "muted", "accent") for back in ("page", "surface", "raised")),
    *((kind, f"{kind}-back", TEXT) for kind in ("fail", "unknown", "warn", "pass", "estimated")),
    *(
        (kind, back, TEXT)
        for kind in ("fail", "unknown", "warn", "pass", "estimated")
        for back in ("surface", "raised")
    ),
    *((mark, back, GRAPHIC) for mark in ("reference", "strong") for back in ("surface",)),
)


def variables(colours: dict[str, str]) -> str:
    """Return the colours as CSS custom properties."""
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())
