# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every code block of the documents is run by a test, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.finops.cloudflare.tests.integration.code_blocks import ROOT, Block, blocks

RUN_TOGETHER = {"plays", "tasks", "shell", "inventory", "variables"}


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_code_blocks_each_is_run_or_says_why_not(block: Block) -> None:
    if block.not_run:
        assert len(block.not_run.split()) > 1
    elif block.own_test is None:
        assert block.kind in RUN_TOGETHER
    else:
        reads = (ROOT / block.own_test).read_text(encoding="utf-8")
        assert Path(block.document).name in reads


def test_code_blocks_all_are_found() -> None:
    fences = sum(
        (ROOT / name).read_text(encoding="utf-8").count("\n```") for name in {block.document for block in blocks()}
    )
    assert fences == 2 * len(blocks())
