# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies made ahead: one block of bytes per day and account, put together for any window without a copy."""

from __future__ import annotations

import datetime as dt
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable

from .dataset import Account
from .records import Rows

_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_DEFLATE_END = b"\x03\x00"
_POLYNOMIAL = 0xEDB88320


class Block:
    """Bytes that are sent again and again, also compressed: pieces of one deflate stream that fit together."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._packed: tuple[bytes, int] | None = None

    def packed(self) -> tuple[bytes, int]:
        """Return the deflated bytes, ending on a byte, and the checksum of the text."""
        if self._packed is None:
            maker = zlib.compressobj(1, zlib.DEFLATED, -15)
            data = maker.compress(self.text) + maker.flush(zlib.Z_FULL_FLUSH)
            self._packed = (data, zlib.crc32(self.text))
        return self._packed


def gzip_pieces(blocks: Iterable[Block]) -> list[bytes]:
    """Put blocks together as one gzip member; only blocks that were never compressed before cost time."""
    pieces, checksum, length = [_GZIP_HEAD], 0, 0
    for block in blocks:
        data, part = block.packed()
        pieces.append(data)
        checksum = _combined_checksum(checksum, part, len(block.text))
        length += len(block.text)
    pieces.append(_DEFLATE_END + checksum.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little"))
    return pieces


def _combined_checksum(first: int, second: int, second_length: int) -> int:
    """Return the CRC-32 of two texts one after the other, from their own checksums."""
    power, square, length = 1 << 31, 1 << 30, second_length * 8
    while length:
        if length & 1:
            power = _times(square, power)
        square = _times(square, square)
        length >>= 1
    return _times(power, first) ^ second


def _times(left: int, right: int) -> int:
    """Multiply two polynomials modulo the CRC-32 polynomial, both with their bits reversed."""
    product, bit = 0, 1 << 31
    while bit:
        if left & bit:
            product ^= right
        right = (right >> 1) ^ _POLYNOMIAL if right & 1 else right >> 1
        bit >>= 1
    return product


class DayStore:
    """Keeps the newest blocks in memory, up to a limit."""

    def __init__(self, rows: Rows, limit: int) -> None:
        self._rows = rows
        self._limit = limit
        self._size = 0
        self._blocks: OrderedDict[object, Block] = OrderedDict()
        self._lock = threading.Lock()
        self.separator = Block(rows.separator.encode())

    def day(self, account: Account | None, day: dt.date, metrics: frozenset[str] | None, today: dt.date) -> Block:
        key = (account.id if account else None, day, metrics, today)
        with self._lock:
            block = self._blocks.get(key)
            if block is not None:
                self._blocks.move_to_end(key)
                return block
            block = Block(self._rows.day(account, day, metrics, today).encode())
            self._blocks[key] = block
            self._size += len(block.text)
            while self._size > self._limit and len(self._blocks) > 1:
                _key, old = self._blocks.popitem(last=False)
                self._size -= len(old.text)
            return block


def joined(blocks: Iterable[Block], separator: Block, keep: Callable[[Block], bool]) -> list[Block]:
    """Return the blocks that hold rows, with the separator between them."""
    result: list[Block] = []
    for block in blocks:
        if keep(block):
            result += [separator, block] if result else [block]
    return result
