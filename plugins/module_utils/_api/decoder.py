# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decode a Cloudflare answer as it arrives: one record at a time, with memory for one block and one record."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from json import JSONDecodeError
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.bulk_decoder import RowDecoder, row_decoder
from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import (
    ExactScanner,
    RepeatedName,
    json_decoder,
    may_repeat,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import TELL_OF_MORE
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED

MAX_VALUE = 1024 * 1024  # characters; a single record, or a stretch of white space, beyond this is no answer
LARGE = 512 * 1024  # bytes; below this the other decoder is not worth its import
FIELDS = TELL_OF_MORE.union(("success", "errors", "messages", "result"))
MAX_BOUNDARIES = 16  # objects from the end of a block on that may not be records
MAX_SPACE = 256  # bytes between two records
_SPACE = " \t\r\n"
_BYTES_OF_SPACE = _SPACE.encode()
_spaces = re.compile(rf"[{_SPACE}]*").match
_BEHIND_A_VALUE = frozenset(",:]}" + _SPACE)


class CutOffError(ValueError):
    """The text ends before its value does."""


class NotJsonError(ValueError):
    """The text is not the JSON object that an answer must be."""


class Envelope:
    """An answer: iterate over ``records()``, then read ``fields``: the known members of the object but the records.

    ``result_is_list`` tells whether ``result`` was an array; if it was anything else it stands in ``fields``. Members
    that nobody knows are read and not kept: memory is that of a few values, whatever the server sends.
    Where ``columns`` are given, records of a large answer that have all ``required`` columns may come as tuples of
    these columns; nothing else is decoded then. A record in which a name appears twice comes as RepeatedName.
    """

    def __init__(
        self, blocks: Iterable[bytes], columns: Sequence[str] = (), required: frozenset[str] = REQUIRED
    ) -> None:
        self.fields: dict[str, Any] = {}
        self.result_is_list = False
        self._blocks = iter(blocks)
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json_decoder().scan_once
        self._scan_exactly = ExactScanner()
        self._read_so_far = 0
        self._columns = columns
        self._required = required

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
                raise NotJsonError("duplicate member in the JSON object")
            self._at += 1
            if name == "result" and self._next() == "[":
                self.result_is_list = True
                yield from self._elements()
            else:
                value = self._value()
                if name in FIELDS:
                    if isinstance(value, RepeatedName):
                        raise NotJsonError(f"duplicate name in an object of its {name}")
                    self.fields[name] = value
            mark = self._separator("}")
        self._at += 1

    def _elements(self) -> Iterator[Any]:
        """Yield the elements of the array that starts here. This is the hot loop of the collection."""
        self._at += 1
        if self._next() == "]":
            self._at += 1
            return
        scan = self._scan
        value: Any = None
        while True:
            if self._columns and self._read_so_far > LARGE:
                usual = value if isinstance(value, dict) else ()
                decode, self._columns = row_decoder(self._columns, self._required, usual), ()
                if decode:
                    yield from self._rows_in_bulk(decode)
            text, at = self._text, self._at
            try:
                while True:
                    value, end = scan(text, at)
                    if (
                        value.__class__ is dict
                        and text.count(",", at, end) >= len(value)
                        and may_repeat(value, text, at, end)
                    ):
                        value, end = self._scan_exactly(text, at)
                    if text[end] in _SPACE:
                        end = _end_of_space(text, end)
                    if text[end] != ",":
                        break
                    yield value
                    at = end + 1
                    if text[at] in _SPACE:
                        at = _end_of_space(text, at)
            except (StopIteration, IndexError, ArithmeticError, ValueError):
                pass  # the end of the block, or a number beyond all limits
            self._at = at
            value = self._value()
            yield value
            if self._separator("]") == "]":
                self._at += 1
                return

    def _rows_in_bulk(self, decode: RowDecoder) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of all that comes, block by block; what is not a whole row is left to be scanned."""
        pending = self._text[self._at :].encode() + self._decode.getstate()[0]
        self._decode.reset()
        enough = 0
        for block in self._blocks:
            pending += block
            if len(pending) < enough:
                continue
            rows, rest = _whole_rows(pending, decode)
            if rows is None:
                break
            yield from rows
            pending = pending[rest:]
            enough = 0 if rest else 2 * len(pending)  # what holds no whole record is not searched for each block
            if len(pending) > MAX_VALUE:
                break
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
        if self._next() in ",:]}":
            raise NotJsonError("a value is missing")
        while True:
            try:
                value, end = self._scan_exactly(self._text, self._at)
                # Without the character behind it a value may be half a number.
                if end < len(self._text) and self._text[end] in _BEHIND_A_VALUE:
                    self._at = end
                    return value
                if self._ended:
                    raise CutOffError("it is cut off, or is not JSON")
            except (StopIteration, JSONDecodeError):
                if self._ended:
                    raise CutOffError("it is cut off, or is not JSON") from None
            begun = len(self._text) - self._at
            if begun > MAX_VALUE:
                raise NotJsonError("it is not JSON, or one value in it is too large")
            self._read(begun)  # twice as much each time: no part is scanned more than a few times

    def _next(self, *, at_end: bool = False) -> str:
        """Return the next character that is not white space, without stepping over it."""
        skipped = 0
        while True:
            at = _end_of_space(self._text, self._at)
            skipped += at - self._at
            self._at = at
            if at < len(self._text):
                return self._text[at]
            if self._ended:
                if at_end:
                    return ""
                raise CutOffError("it is cut off")
            if skipped > MAX_VALUE:
                raise NotJsonError("it is little else than white space")
            self._read()

    def _read(self, least: int = 1) -> None:
        """Read ``least`` bytes or more, in whole blocks; fewer where the body ends."""
        parts, size = [self._text[self._at :]], 0
        while size < least and not self._ended:
            block = next(self._blocks, None)
            self._ended = block is None
            parts.append(self._decode.decode(block or b"", final=self._ended))
            size += len(block or b"")
        self._read_so_far += size
        self._text, self._at = "".join(parts), 0


def _end_of_space(text: str, at: int) -> int:
    found = _spaces(text, at)
    return found.end() if found else at


def _whole_rows(text: bytes, decode: RowDecoder) -> tuple[Iterable[tuple[Any, ...]] | None, int]:
    """Return the whole records at the start of ``text`` and where the next one begins.

    None stands for records that are there and can't be decoded; no records, beginning at 0, for none that is whole.
    """
    tried = False
    for end, following in _boundaries(text):
        tried = True
        try:
            # From the start of a record on, what decodes as whole records ends where a record ends.
            return decode(b"[%b]" % text[:end]), following
        except ValueError:
            continue  # of an array within a record, or in a text
    return (None if tried else ()), 0


def _boundaries(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where one object ends and the next one of an array begins, the last first; white space may be anywhere."""
    begin = len(text)
    for _each in range(MAX_BOUNDARIES):
        begin = text.rfind(b"{", 0, begin)
        if begin <= 0:
            return
        start = max(0, begin - MAX_SPACE)
        before = text[start:begin].rstrip(_BYTES_OF_SPACE)
        if before.endswith(b","):
            before = before[:-1].rstrip(_BYTES_OF_SPACE)
            if before.endswith(b"}"):
                yield start + len(before), begin
