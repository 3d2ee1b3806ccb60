# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about faults is made from the table that is tested."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.tests.integration import fault_matrix


def test_faults_doc_is_made_from_the_table() -> None:
    written = fault_matrix.PAGE.read_text(encoding="utf-8")
    assert written == fault_matrix.page(), "run: python tests/integration/fault_matrix.py"
