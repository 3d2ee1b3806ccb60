# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that takes tokens out of text: the task's own, wherever it is echoed, and what looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ansible_collections.finops.cloudflare.plugins.module_utils._text import MAX_LENGTH, printable

REDACTED = "[redacted]"
SHORTEST = 8  # characters; a shorter "token" is no secret, and replacing it would break other text
_WORD = r"[A-Za-z0-9_-]"
_TOKEN = re.compile(
    rf"\bcf[a-z]{{1,4}}_{_WORD}{{8,}}"  # cfut_, cfat_ and their kind
    rf"|(?<!{_WORD})(?={_WORD}*[a-z])(?={_WORD}*[A-Z]){_WORD}{{40}}(?!{_WORD})"  # a token without a prefix
    r"|(?<=\bBearer )[^\s\"',;]{8,}",
    re.ASCII,
)
_BEARER = re.compile(r"\b(bearer)\s+(?=\S)", re.IGNORECASE)


def redact(text: str, secret: str = "") -> str:
    """Return ``text`` with ``[redacted]`` in place of ``secret`` (in any case) and of all that looks like a token."""
    if len(secret) >= SHORTEST:
        text = re.sub(re.escape(secret), REDACTED, text, flags=re.IGNORECASE)
    return _TOKEN.sub(REDACTED, _BEARER.sub("Bearer ", text))


def holds_secret(text: str, secret: str = "") -> bool:
    """Tell whether ``secret`` or what looks like a token is in ``text``."""
    return redact(text, secret) != _BEARER.sub("Bearer ", text)


class Redaction:
    """Takes one task's token out of all that the API sends."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def text(self, value: object, limit: int = MAX_LENGTH) -> str:
        """Return text of the API for a message: redacted first, then made printable and cut."""
        return printable(redact(str(value), self._secret), limit)

    def blocks(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a body without the token, however it is cut into blocks: so no key and no value of a record has it."""
        secret, mark = self._secret.encode(), REDACTED.encode()
        if len(secret) < SHORTEST or not re.fullmatch(rf"{_WORD}+", self._secret):
            yield from blocks  # not a token of Cloudflare, and it could be a part of the JSON itself
            return
        held = len(secret) - 1
        rest = b""
        for block in blocks:
            text = (rest + block).replace(secret, mark)
            rest = text[-held:]
            yield text[:-held]
        yield rest
