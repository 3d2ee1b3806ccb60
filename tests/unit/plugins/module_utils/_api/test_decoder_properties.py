# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever bytes come, in whatever pieces: an envelope is read as the json module reads it, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._api.decoder import (
    FIELDS,
    CutOffError,
    Envelope,
    NotJsonError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import RepeatedName
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import blocks

pytestmark = pytest.mark.many_cases

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
_ENVELOPES = st.dictionaries(
    st.sampled_from(["success", "errors", "messages", "result_info", "other"]), _VALUES, max_size=4
).flatmap(lambda others: st.lists(_VALUES, max_size=6).map(lambda records: {**others, "result": records}))
_SPACING = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])


def read(body: bytes, size: int) -> tuple[list[Any], dict[str, Any]]:
    envelope = Envelope(blocks(body, size))
    return list(envelope.records()), envelope.fields


@given(envelope=_ENVELOPES, spacing=_SPACING, size=st.integers(1, 40))
def test_decoder_reads_what_json_reads(envelope: dict[str, Any], spacing: dict[str, Any], size: int) -> None:
    text = json.dumps(envelope, **spacing)
    records, fields = read(text.encode("utf-8", "surrogatepass" if "ensure_ascii" not in spacing else "replace"), size)
    expected = json.loads(text.encode("utf-8", "replace"))
    assert records == expected.pop("result")
    assert fields == {name: value for name, value in expected.items() if name in FIELDS}


@given(envelope=_ENVELOPES, size=st.integers(1, 40), share=st.floats(0, 1, exclude_max=True))
def test_decoder_tells_every_cut_body(envelope: dict[str, Any], size: int, share: float) -> None:
    body = json.dumps(envelope).encode()
    with pytest.raises(CutOffError):
        read(body[: int(len(body) * share)], size)


@given(envelope=_ENVELOPES, size=st.integers(1, 40), where=st.floats(0, 1), junk=st.binary(min_size=1, max_size=3))
def test_decoder_takes_no_other_liberty_than_json(
    envelope: dict[str, Any], size: int, where: float, junk: bytes
) -> None:
    body = json.dumps(envelope).encode()
    at = int(len(body) * where)
    spoiled = body[:at] + junk + body[at:]
    try:
        records, fields = read(spoiled, size)
    except (CutOffError, NotJsonError):
        return
    expected = json.loads(spoiled.decode("utf-8-sig"), parse_constant=str)
    records = [each.found if isinstance(each, RepeatedName) else each for each in records]
    assert records == (expected["result"] if isinstance(expected.get("result"), list) else [])
    assert fields.items() <= expected.items()


_OBJECTS = st.lists(st.tuples(st.sampled_from("ab,"), _VALUES), max_size=5)


@given(objects=st.lists(_OBJECTS, max_size=5), size=st.integers(1, 40), ascii_only=st.booleans())
def test_decoder_tells_every_object_with_a_name_that_appears_twice(
    objects: list[list[tuple[str, Any]]], size: int, ascii_only: bool
) -> None:
    def dump(value: Any) -> str:
        return json.dumps(value, ensure_ascii=ascii_only)

    texts = [f"{{{','.join(f'{dump(name)}:{dump(value)}' for name, value in pairs)}}}" for pairs in objects]
    body = f'{{"result":[{",".join(texts)}]}}'.encode("utf-8", "replace")
    twice = [len({name for name, _value in pairs}) < len(pairs) for pairs in objects]
    assert [isinstance(each, RepeatedName) for each in read(body, size)[0]] == twice
