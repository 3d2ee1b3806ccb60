# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.filter.from_document import FilterModule
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common import read_document as reader
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_VALUES,
    DocumentError,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.read_document import read_document

ROOT = Path(__file__).parents[5]


@pytest.fixture(params=["C", "Python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with the parser in C, which not every PyYAML has, and with the one in Python."""
    monkeypatch.setattr(reader, "_PARSER", yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader)


def refused(text: Any, name: str = "budgets.yml") -> str:
    with pytest.raises(DocumentError) as found:
        read_document(text, name)
    (problem,) = found.value.problems
    assert len(problem) < 400
    return problem


@pytest.mark.parametrize("name", ["docs/examples/budgets.yml", "playbooks/files/rate-card-2026-10.yml"])
def test_read_document_reads_the_examples_as_they_stand(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert read_document(text) == plain(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- name: a\n  limit: 20000\n  note: x\n  limit: 2000000\n", 4),
        ("- name: a\n  match: {metric: x, metric: y}\n", 2),
        ('[\n\t{"name": "a",\n\t "limit": 1,\n\t "limit": 2}\n]', 4),
        ('{"a": {"b": 1,\n"b": 2}}', 2),
        ("'on': 1\non: 2\n", 2),
        ("<<: {a: 1}\n<<: {b: 1}\n", 2),
        ("a: 1\r\nb: 2\r\na: 3\r\n", 3),
        ("a: 1\n? a\n: 3\n", 2),
        ('a: 1\n"\\x61": 3\n', 2),
    ],
)
def test_read_document_refuses_a_key_that_appears_twice(text: str, line: int) -> None:
    problem = refused(text)
    assert problem.startswith(f"budgets.yml, line {line}: duplicate key ")
    assert "in the same mapping, first in line " in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: 1\nyes: 2\noff: 3\nno: 4\n~: 5\n2026-10: 6\n020000: 7\n1.50: 8\n",
         {"on": 1, "yes": 2, "off": 3, "no": 4, "~": 5, "2026-10": 6, "020000": 7, "1.50": 8}),
        ("checked_on: 2026-10-15\n", {"checked_on": "2026-10-15"}),
        ("a: yes\nb: false\nc: ~\nd:\ne: 'yes'\n", {"a": True, "b": False, "c": None, "d": None, "e": "yes"}),
        ("limit: 1_000_000\nprice: 0.30\nsmall: 1.5e-7\n", {"limit": 1000000, "price": 0.3, "small": 1.5e-7}),
        ("base: &base {limit: 1, note: x}\nown:\n  <<: *base\n  limit: 2\n",
         {"base": {"limit": 1, "note": "x"}, "own": {"limit": 2, "note": "x"}}),
        ("a: {<<: [{b: 1}, {b: 2, c: 3}]}\n", {"a": {"b": 1, "c": 3}}),
        ("'<<': {a: 1}\n", {"<<": {"a": 1}}),
        ('{"a": 1e5, "b": "\\ud83d\\ude00",\n\t"c": [null, true]}', {"a": 1e5, "b": "\U0001f600", "c": [None, True]}),
        ("\ufeff[a, {b: 1}]", ["a", {"b": 1}]),
        ("a: !!str 2026-10-15\nb: ! 12\nc: '{{ x }}'\n", {"a": "2026-10-15", "b": "12", "c": "{{ x }}"}),
        ("0", 0),
    ],
)  # fmt: skip
def test_read_document_gives_plain_data(text: str, expected: Any) -> None:
    assert read_document(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nlimit: 020000\n", "line 2: 020000 is an octal number in YAML; write 20000, or quotes for text"),
        ("limit: 00\n", "line 1: 00 is an octal number in YAML; write 0, or quotes for text"),
        ("limit: 12:30:00\n", "line 1: 12:30:00 is a base-60 number in YAML; write it in quotes for text"),
        ("limit: 190:20:30.15\n", "base-60"),
        ("limit: .inf\n", "not a number that can be used"),
        ("limit: .nan\n", "not a number that can be used"),
        ('{"limit": NaN}', "NaN is not a number that can be used"),
        ('{"limit": -Infinity}', "not a number that can be used"),
        ('{"limit": 1e999}', "more digits than can be kept"),
        ("limit: 9007199254740992.5\n", "write at most 15 significant digits"),
        ("limit: 1" + 5000 * "0", "a number of 5,001 digits"),
        ('{"limit": 1' + 5000 * "0" + "}", "a number of 5,001 digits"),
        ("limit: 0." + 5000 * "1", "more digits than can be kept"),
        ("a: !vault x\n", "the tag !vault is not supported"),
        ("a: !!python/object:os.system {}\n", "is not supported"),
        ("a: !!str {}\n", "is not supported"),
        ("a: !!set {b}\n", "is not supported"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document begins"),
        ("a: *b\n", "the alias *b has no whole anchor before it"),
        ("a: &a [*a]\n", "the alias *a has no whole anchor before it"),
        ("? [a, b]\n: 1\n", "a key must be text"),
        ("a: {<<: 1}\n", "the merge key << needs a mapping"),
        ('["\\ud800"]', "half a character"),
        ("a: [1\n", "not valid YAML"),
        ("a: 1\n b: 2\n", "line 2: not valid YAML"),
        ("a: \x07\n", "not valid YAML"),
        ("a: \ud800\n", "not valid UTF-8"),
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("---\n...\n", "the file is empty"),
        (None, "expected the text of a file, not nothing"),
        ({"a": 1}, "expected the text of a file, not dict"),
    ],
)
def test_read_document_refuses_what_it_would_have_to_guess(text: Any, words: str) -> None:
    assert words in refused(text)


def test_read_document_names_the_document_in_one_line() -> None:
    assert refused("", "a\x1b[31m\nb").startswith("a\N{REPLACEMENT CHARACTER}[31m b: ")


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{each}: &a{each} [{', '.join([f'*a{each - 1}'] * 9)}]\n" for each in range(1, 25)
)


@pytest.mark.many_cases
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, f"more than {MAX_VALUES:,} values"),
        (f"a: &a {'x' * 900_000}\nb: [*a, *a]\n", f"more than {MAX_CHARACTERS:,} characters"),
        ("- {a: 1}\n" * MAX_VALUES, f"more than {MAX_VALUES:,} values"),
        ("[" + "1," * MAX_VALUES + "1]", f"more than {MAX_VALUES:,} values"),
        ("x" * (MAX_CHARACTERS + 1), f"more than {MAX_CHARACTERS:,} characters"),
        ("[" * 100_000, f"nested more than {MAX_DEPTH} levels deep"),
        ("[" * 100_000 + "]" * 100_000, f"nested more than {MAX_DEPTH} levels deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, f"nested more than {MAX_DEPTH} levels deep"),
        ("- " * 1000 + "a", f"nested more than {MAX_DEPTH} levels deep"),
        ("[" * 200 + "]" * 200, f"nested more than {MAX_DEPTH} levels deep"),
    ],
    ids=["bomb", "long alias", "values", "json values", "characters", "open", "closed", "json", "block", "shallow"],
)
def test_read_document_has_bounds(text: str, words: str) -> None:
    assert words in refused(text)


_KEYS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8)
_NUMBERS = st.integers(-(10**30), 10**30) | st.decimals(-(10**9), 10**9, places=5).map(float)
_DATA = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(data=_DATA.filter(lambda data: data is not None))
def test_read_document_agrees_with_the_libraries(data: Any) -> None:
    for text in (yaml.safe_dump(data, allow_unicode=True), yaml.safe_dump(data, default_flow_style=True)):
        assert read_document(text) == yaml.safe_load(text)
    for text in (json.dumps([data]), json.dumps([data], indent="\t")):
        assert read_document(text) == [data]


@given(text=st.text(st.sampled_from("ab:{}[],-&*!?|>'\"\n 01.<~#%\t\\"), max_size=30))
def test_read_document_raises_nothing_but_its_own_error(text: str) -> None:
    with contextlib.suppress(DocumentError):
        read_document(text)


def test_read_document_as_a_filter_can_return_the_problem() -> None:
    read = FilterModule().filters()["from_document"]
    assert read("a: 1", "x.yml", problem=True) == ""
    assert read("a: 1\na: 2", "x.yml", problem=True).startswith("x.yml, line 2: duplicate key 'a'")
    assert read("a: 1", "x.yml") == {"a": 1}
