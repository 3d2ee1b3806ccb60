# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies made ahead: pieces of bytes that are put together for any window without a copy."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable


class BodyCache:
    """Keeps the newest pieces in memory, up to a limit in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._pieces: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the piece of this key, made now if it is not there."""
        with self._lock:
            piece = self._pieces.get(key)
            if piece is not None:
                self._pieces.move_to_end(key)
                return piece
            piece = self._pieces[key] = make()
            self._size += len(piece)
            while self._size > self._limit and len(self._pieces) > 1:
                _key, old = self._pieces.popitem(last=False)
                self._size -= len(old)
            return piece


def joined(pieces: Iterable[bytes], separator: bytes) -> list[bytes]:
    """Return the pieces that are not empty, with the separator between them."""
    result: list[bytes] = []
    for piece in filter(None, pieces):
        result += [separator, piece] if result else [piece]
    return result


def compressed(pieces: Iterable[bytes]) -> list[bytes]:
    """Return the pieces as one gzip member."""
    maker = zlib.compressobj(1, zlib.DEFLATED, 31)
    return [*map(maker.compress, pieces), maker.flush()]
