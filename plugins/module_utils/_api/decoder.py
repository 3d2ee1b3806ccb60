# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decode a Cloudflare answer as it arrives: one record at a time, with memory for one block and one record."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.bulk_decoder import RowDecoder, row_decoder
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED

MAX_VALUE = 8 * 1024 * 1024  # characters; a single record beyond this is not an answer of this API
LARGE = 512 * 1024  # bytes; below this the other decoder is not worth its import
_SPACE = " \t\r\n"
_BEHIND_A_VALUE = frozenset(",:]}" + _SPACE)


class CutOffError(ValueError):
    """The text ends before its value does."""


class NotJsonError(ValueError):
    """The text is not the JSON object that an answer must be."""


def _decoder() -> Any:
    """Return the decoder: numbers with a fraction become Decimal, so sums stay exact; NaN becomes text."""
    return JSONDecoder(parse_float=Decimal, parse_constant=str)


def _tolerant_decoder() -> Any:
    """Return the decoder for a value that the usual one can't take: a number beyond Python's limits becomes text."""
    return JSONDecoder(parse_float=_number_or_text(Decimal), parse_int=_number_or_text(int), parse_constant=str)


def _number_or_text(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return convert(text)
        except (ArithmeticError, ValueError):
            return text

    return read


class Envelope:
    """An answer: iterate over ``records()``, then read ``fields`` (all members of the object but the records).

    ``result_is_list`` tells whether ``result`` was an array; if it was anything else it stands in ``fields``.
    Where ``columns`` are given, records of a large answer that have all ``REQUIRED`` columns may come as tuples of
    these columns; nothing else is decoded then.
    """

    def __init__(self, blocks: Iterable[bytes], columns: Sequence[str] = ()) -> None:
        self.fields: dict[str, Any] = {}
        self.result_is_list = False
        self._blocks = iter(blocks)
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = _decoder().scan_once
        self._read_so_far = 0
        self._columns = columns

    def records(self) -> Iterator[Any]:
        """Yield the elements of ``result`` and fill ``fields``; raises CutOffError or NotJsonError."""
        try:
            if self._next() != "{":
                raise NotJsonError("it is not a JSON object")
            yield from self._members()
            if self._next(at_end=True):
                raise NotJsonError("text follows the JSON object")
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data":
                raise CutOffError("it is cut off") from error
            raise NotJsonError("it is not UTF-8") from error
        except RecursionError as error:
            raise NotJsonError("it is too deeply nested") from error

    def _members(self) -> Iterator[Any]:
        self._at += 1
        mark = self._next()
        while mark != "}":
            name = self._value()
            if not isinstance(name, str) or self._next() != ":":
                raise NotJsonError("a member of the JSON object is broken")
            if name in self.fields or (name == "result" and self.result_is_list):
                raise NotJsonError("a member of the JSON object stands twice")
            self._at += 1
            if name == "result" and self._next() == "[":
                self.result_is_list = True
                yield from self._elements()
            else:
                self.fields[name] = self._value()
            mark = self._separator("}")
        self._at += 1

    def _elements(self) -> Iterator[Any]:
        """Yield the elements of the array that starts here. This is the hot loop of the collection."""
        self._at += 1
        if self._next() == "]":
            self._at += 1
            return
        scan = self._scan
        while True:
            if self._columns and self._read_so_far > LARGE:
                decode, self._columns = row_decoder(self._columns, REQUIRED), ()
                if decode:
                    yield from self._rows_in_bulk(decode)
            text, at = self._text, self._at
            try:
                while True:
                    value, end = scan(text, at)
                    if text[end] != ",":
                        break
                    yield value
                    at = end + 1
            except (StopIteration, IndexError, ArithmeticError, ValueError):
                pass  # white space ahead of a value, the end of the block, or a number beyond all limits
            self._at = at
            yield self._value()
            if self._separator("]") == "]":
                self._at += 1
                return

    def _rows_in_bulk(self, decode: RowDecoder) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of all that comes, block by block; what is no whole row is left to be scanned."""
        pending = self._text[self._at :].encode() + self._decode.getstate()[0]
        self._decode.reset()
        for block in self._blocks:
            pending += block
            cut = pending.rfind(b"},{")
            if cut < 0:
                if len(pending) > MAX_VALUE:
                    break
                continue
            try:
                # From the start of a record on, what decodes as whole records ends where a record ends.
                rows = decode(b"[%b]" % pending[: cut + 1])
            except ValueError:
                break
            yield from rows
            pending = pending[cut + 2 :]
        self._text, self._at = self._decode.decode(pending), 0

    def _separator(self, closing: str) -> str:
        """Step over the comma between two values; return what comes next, the closing mark not consumed."""
        mark = self._next()
        if mark == ",":
            self._at += 1
            mark = self._next()
            if mark == closing:
                raise NotJsonError("a comma has nothing behind it")
        elif mark != closing:
            raise NotJsonError("two values have no comma between them")
        return mark

    def _value(self) -> Any:
        """Return the value that starts here, reading on until it is whole."""
        self._next()
        while True:
            try:
                value, end = self._scan_once()
                # Without the character behind it a value may be half a number.
                if end < len(self._text) and self._text[end] in _BEHIND_A_VALUE:
                    self._at = end
                    return value
                if self._ended:
                    raise CutOffError("it is cut off, or is not JSON")
            except (StopIteration, JSONDecodeError):
                if self._ended:
                    raise CutOffError("it is cut off, or is not JSON") from None
            if len(self._text) - self._at > MAX_VALUE:
                raise NotJsonError("it is not JSON, or one value in it is too large")
            self._read()

    def _scan_once(self) -> Any:
        try:
            return self._scan(self._text, self._at)
        except JSONDecodeError:
            raise
        except (ArithmeticError, ValueError):
            return _tolerant_decoder().scan_once(self._text, self._at)

    def _next(self, *, at_end: bool = False) -> str:
        """Return the next character that is not white space, without stepping over it."""
        while True:
            text, at = self._text, self._at
            while at < len(text):
                if text[at] not in _SPACE:
                    self._at = at
                    return text[at]
                at += 1
            self._at = at
            if self._ended:
                if at_end:
                    return ""
                raise CutOffError("it is cut off")
            self._read()

    def _read(self) -> None:
        block = next(self._blocks, None)
        if block is None:
            self._ended = True
            block = b""
        self._read_so_far += len(block)
        self._text = self._text[self._at :] + self._decode.decode(block, final=self._ended)
        self._at = 0
