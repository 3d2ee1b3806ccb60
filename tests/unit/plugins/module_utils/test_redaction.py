# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens are taken out of text before anything is cut."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import Redaction, holds_secret, redact

TOKEN = "marker-token_0123456789"
FOREIGN = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AB"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"token {TOKEN} is wrong", "token [redacted] is wrong"),
        (f"{TOKEN}{TOKEN}", "[redacted][redacted]"),
        (f"{TOKEN.upper()}.example.com", "[redacted].example.com"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer [redacted]"),
        ("Bearer abcdefgh-1.2", "Bearer [redacted]"),
        ("bearer   abcdefgh-1.2", "Bearer [redacted]"),
        ("cfat_0123456789abcdef and cfut_0123456789abcdef", "[redacted] and [redacted]"),
        ("x=cfk_0123456789abcdef;", "x=[redacted];"),
        ("cfat_01234567.89ab+cd/ef== is wrong", "[redacted] is wrong"),
        ("It is cfut_0123456789abcdef. Try again.", "It is [redacted]. Try again."),
        ("cf_short", "cf_short"),
        (f"'{FOREIGN}'", "'[redacted]'"),
        (f"{FOREIGN}C", f"{FOREIGN}C"),
        ("a" * 40, "a" * 40),
        ("durable_objects_sqlite_rows_read_in_total", "durable_objects_sqlite_rows_read_in_total"),
        ("023e105f4ecef8ad9ca31a8372d0c353", "023e105f4ecef8ad9ca31a8372d0c353"),
        ("the bearer of good news", "the Bearer of good news"),
        ("", ""),
    ],
)
def test_redaction_redact_takes_the_token_and_its_kind_and_nothing_else(text: str, kept: str) -> None:
    assert redact(text, TOKEN) == kept
    assert holds_secret(text, TOKEN) == ("[redacted]" in kept)


def test_redaction_redact_leaves_text_alone_where_the_token_is_too_short_to_be_one() -> None:
    assert redact("x marks the spot", "x") == "x marks the spot"
    body = b'{"result":[]}'
    assert b"".join(Redaction("result").blocks([body])) == body


def test_redaction_of_a_body_leaves_the_json_around_texts_alone() -> None:
    body = b'{"result":[]}'
    assert b"".join(Redaction('":[]}{"x"').blocks([body])) == body


def test_redaction_comes_before_the_cut() -> None:
    redaction = Redaction(TOKEN)
    for limit in range(1, 60):
        text = redaction.text(f"some words and then {TOKEN} behind", limit)
        assert len(text) <= limit
        assert "marker" not in text
    assert redaction.text(f"\x1b[31m{TOKEN}\n") == "\N{REPLACEMENT CHARACTER}[31m[redacted]"


@pytest.mark.parametrize("size", range(1, 80, 3))
def test_redaction_of_a_body_holds_wherever_it_is_cut(size: int) -> None:
    body = b'{"a":"%b","%b":"x","b":"%b%b","c":"marker-token_012345678"}' % ((TOKEN.encode(),) * 4)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    kept = b"".join(Redaction(TOKEN).blocks(pieces))
    assert kept == body.replace(TOKEN.encode(), b"[redacted]")


def spelled(token: str, way: str) -> str:
    """Return a token as JSON may write it."""
    if way == "usual":
        return json.dumps(token)[1:-1]
    if way == "slashes":
        return json.dumps(token)[1:-1].replace("/", r"\/")
    escaped = [f"\\u{ord(char):04x}" for char in token]
    if way == "escaped":
        return "".join(escaped)
    if way == "capitals":
        return "".join(escaped).upper().replace("U", "u")
    plain = [json.dumps(char)[1:-1] for char in token]
    return "".join((escaped if at % 3 == 0 else plain)[at] for at in range(len(token)))


ODD_TOKENS = [
    TOKEN,
    "v1.0-abc.def_ghi",
    "abc+def/ghi==",
    "a.b.c.d.e.f",
    'quo"te\\back~tick`',
    "x" * 300 + ".y",
    "$^()[]{}*?|,:",
]


@pytest.mark.many_cases
@pytest.mark.parametrize("token", ODD_TOKENS)
@pytest.mark.parametrize("way", ["usual", "slashes", "escaped", "capitals", "mixed"])
@pytest.mark.parametrize("size", [1, 7, 64, 1000, 1 << 16])
def test_redaction_of_a_body_takes_a_token_of_any_characters_and_spelling(token: str, way: str, size: int) -> None:
    form = spelled(token, way)
    text = f'{{"a":"{form}","{form}":"x\\u003c","b":["{form}{form}",1.5],"c":"{spelled(token[:-1], way)}"}}'
    assert json.loads(text)["a"] == token
    body = text.encode()
    kept = b"".join(Redaction(token).blocks(body[start : start + size] for start in range(0, len(body), size)))
    found = json.loads(kept)
    assert (found["a"], found["[redacted]"], found["b"]) == ("[redacted]", "x<", ["[redacted][redacted]", 1.5])
    assert found["c"] == token[:-1]
    assert len(found) == 4


@pytest.mark.parametrize("token", [*ODD_TOKENS, "per%cent&amp<er>sand"])
@pytest.mark.parametrize(
    "written",
    [
        lambda token: quote(token, safe=""),
        quote,
        lambda token: re.sub("%..", lambda code: code[0].lower(), quote(token, safe="")),
        lambda token: html.escape(token, quote=False),
        lambda token: html.escape(token).replace("&#x27;", "'"),
    ],
)
@pytest.mark.parametrize("size", [1, 64, 1000])
def test_redaction_takes_a_token_as_addresses_and_pages_write_it(
    token: str, written: Callable[[str], str], size: int
) -> None:
    form = written(token)
    assert redact(f"see /x?token={form}#y", token) == "see /x?token=[redacted]#y"
    body = json.dumps({"zone": f"<{form}>"}).encode()
    blocks = Redaction(token).blocks(body[start : start + size] for start in range(0, len(body), size))
    assert json.loads(b"".join(blocks)) == {"zone": "<[redacted]>"}
