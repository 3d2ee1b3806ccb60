# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make mutants` changes is there, and so is each change that it excuses."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.tests.mutation.__main__ import (
    HERE,
    ROOT,
    TARGETS,
    TESTS,
    complaints,
    is_excused,
    main,
)

EXCUSES: dict[str, Any] = yaml.safe_load((HERE / "survivors.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("target", TARGETS)
def test_mutation_target_and_its_tests_are_there(target: str) -> None:
    assert (ROOT / "plugins" / target).is_file()
    assert [each for each in TARGETS[target] if not (ROOT / TESTS / each).exists()] == []


@pytest.mark.parametrize("target", EXCUSES["files"])
def test_mutation_excused_changes_are_of_the_code_as_it_is(target: str) -> None:
    lines = {line.strip() for line in (ROOT / "plugins" / target).read_text(encoding="utf-8").splitlines()}
    for entry in EXCUSES["files"][target]:
        taken = [line[1:].strip() for line in entry["change"].splitlines() if line.startswith("-")]
        assert taken, entry
        assert lines.issuperset(taken), entry
        assert f"def {entry['function'].rpartition('.')[2]}(" in "\n".join(lines), entry
        assert entry["reason"].strip(), entry
    assert target in TARGETS


@pytest.mark.parametrize(
    ("change", "excused"),
    [
        ("- zip(a, strict=True)\n+ zip(a, )", True),
        ("- cast(Facts, a)\n+ cast(None, a)", True),
        ("- zip(a, strict=True)\n+ zip(b, strict=True)", False),
        ("- a\n- = 1\n+ a\n+ = 2", True),
        ("- a = 1\n+ a = 2", False),
    ],
)
def test_mutation_only_what_has_a_reason_is_excused(change: str, excused: bool) -> None:
    own = {"files": {"a.py": [{"function": "f", "change": "- a\n- = 1\n+ a\n+ = 2\n", "reason": "none"}]}}
    assert is_excused("a.py", "f", change, EXCUSES | own) is excused


def test_mutation_reasons_are_of_changes_that_no_test_notices() -> None:
    entry = {"function": "f", "change": "- a = 1\n+ a = 2\n", "reason": "none"}
    excuses = EXCUSES | {"files": {"a.py": [entry]}}
    assert complaints("a.py", [("f", "- a = 1\n+ a = 2")], excuses) == []
    [needless] = complaints("a.py", [], excuses)
    assert needless == "noticed in f, so its reason in survivors.yml can go:\n- a = 1\n+ a = 2"
    assert complaints("a.py", [("g", "- a = 1\n+ a = 2")], excuses) == [
        "not noticed in g, and without a reason in survivors.yml:\n- a = 1\n+ a = 2",
        needless,
    ]


def test_mutation_names_that_are_of_no_file_are_refused() -> None:
    with pytest.raises(SystemExit, match=r"(?s)^nosuch: not in the name of a file that is changed\. .*/merge\.py"):
        main(["merge", "nosuch"])
