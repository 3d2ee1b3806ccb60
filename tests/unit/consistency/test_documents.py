# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links and code blocks of the documents that are delivered: they lead somewhere, and they say what is true."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DIRECTIVES = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["manifest"]["directives"]
ELSEWHERE = (".cache", "tests", "collections", "demo-report")
DOCUMENTS = sorted(path for path in ROOT.glob("**/*.md") if path.relative_to(ROOT).parts[0] not in ELSEWHERE)


def is_delivered(path: Path) -> bool:
    """Tell whether galaxy.yml puts a file into the artifact."""
    name = path.relative_to(ROOT).as_posix()
    if any(name.startswith(directive.removeprefix("prune ") + "/") for directive in DIRECTIVES):
        return False
    for directive in DIRECTIVES:
        word, *patterns = directive.split()
        if word == "include" and name in patterns:
            return True
        taken = any(fnmatch(path.name, pattern.removeprefix("*")) for pattern in patterns[1:])
        if word == "recursive-include" and name.startswith(patterns[0] + "/") and taken:
            return True
    return False


@pytest.mark.parametrize(
    "path", [each for each in DOCUMENTS if is_delivered(each)], ids=lambda path: str(path.relative_to(ROOT))
)
def test_documents_links_of_a_delivered_document_lead_to_what_is_delivered(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    local = [path.parent / target for target in targets if not re.match(r"[a-z]+:", target)]
    missing = [str(each) for each in local if not each.exists()]
    assert missing == []
    lost = [str(each) for each in local if each.is_file() and not is_delivered(each.resolve())]
    assert lost == []


def test_documents_links_to_headings_lead_to_a_heading() -> None:
    lost = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:", target):
                page = (path.parent / target if target else path).read_text(encoding="utf-8")
                headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
                slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
                if anchor not in slugs:
                    lost.append(f"{path.relative_to(ROOT)}: {target}#{anchor}")
    assert lost == []
