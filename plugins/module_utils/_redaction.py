# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that takes tokens out of text: the task's own, wherever it is echoed, and what looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from ansible_collections.finops.cloudflare.plugins.module_utils._text import MAX_LENGTH, printable

REDACTED = "[redacted]"
_MARK = REDACTED.encode()
SHORTEST = 8  # characters; a shorter "token" is no secret, and replacing it would break other text
_WORD = r"[A-Za-z0-9_-]"
_TOKEN = re.compile(
    # cfut_, cfat_ and their kind, with all characters that a token can have; a full stop ends a sentence
    r"\bcf[a-z]{1,4}_[A-Za-z0-9_.~+/=-]{7,}[A-Za-z0-9_~+/=-]"
    rf"|(?<!{_WORD})(?={_WORD}*[a-z])(?={_WORD}*[A-Z]){_WORD}{{40}}(?!{_WORD})"  # a token without a prefix
    r"|(?<=\bBearer )[^\s\"',;]{8,}",
    re.ASCII,
)
_BEARER = re.compile(r"\b(bearer)\s+(?=\S)", re.IGNORECASE)


def redact(text: str, secret: str = "") -> str:
    """Return ``text`` with ``[redacted]`` in place of ``secret`` (in any case) and of all that looks like a token."""
    if len(secret) >= SHORTEST:
        text = re.sub("|".join(map(re.escape, _forms(secret))), REDACTED, text, flags=re.IGNORECASE)
    return _TOKEN.sub(REDACTED, _BEARER.sub("Bearer ", text))


def _forms(secret: str) -> list[str]:
    """Return a secret as it is, and as addresses and web pages write it."""
    page = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    quoted = [quote(secret, safe=safe) for safe in ("", "/")]
    quoted += [re.sub("%..", lambda code: code[0].lower(), each) for each in quoted]
    return list(dict.fromkeys((secret, *quoted, page)))


def holds_secret(text: str, secret: str = "") -> bool:
    """Tell whether ``secret`` or what looks like a token is in ``text``."""
    return redact(text, secret) != _BEARER.sub("Bearer ", text)


class Redaction:
    """Takes one task's token out of all that the API sends."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        # As JSON usually writes it: a quote or backslash of it is never one of the JSON around it.
        self._usual = [each.replace("\\", r"\\").replace('"', r"\"").encode() for each in _forms(secret)]
        self._any = re.compile("".join(map(_spellings, secret)).encode())
        self._longest = 6 * len(secret)  # bytes; what \uXXXX takes for each character

    def text(self, value: object, limit: int = MAX_LENGTH) -> str:
        """Return text of the API for a message: redacted first, then made printable and cut."""
        return printable(redact(str(value), self._secret), limit)

    def blocks(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a body without the token, however it is spelled and cut: so no key and no value of a record has it."""
        if len(self._secret) < SHORTEST:
            yield from blocks
            return
        held = self._longest - 1
        rest = b""
        for block in blocks:
            text = self._without(rest + block)
            rest = text[-held:]
            yield text[:-held]
        yield rest

    def _without(self, text: bytes) -> bytes:
        for form in self._usual:
            text = text.replace(form, _MARK)
        # Only where ASCII is escaped, which is rare, is the slow search needed.
        if b"\\" in text and (b"\\u00" in text or b"\\/" in text):
            text = self._any.sub(_MARK, text)
        return text


def _spellings(char: str) -> str:
    """Return a pattern of all ways in which JSON can write a character within a text."""
    plain = {'"': r'\\"', "\\": r"\\\\", "/": r"\\?/"}.get(char, re.escape(char))
    code = "".join(f"[{digit}{digit.upper()}]" for digit in f"{ord(char):02x}")
    return rf"(?:{plain}|\\u00{code})"
