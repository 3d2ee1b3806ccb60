# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that stays text in CSV: the rules for all who write it."""

from __future__ import annotations

_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # spreadsheets also take the full-width forms


def not_a_formula(text: str) -> str:
    """Return the text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + text if text.lstrip().startswith(_FORMULA_STARTS) else text


def quoted(text: str) -> str:
    """Return a text as CSV quotes it."""
    return '"' + text.replace('"', '""') + '"'
