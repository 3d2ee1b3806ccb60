# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decode only the asked columns of records, by msgspec, for answers that are large enough to pay for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from json import JSONDecoder
from types import GenericAlias
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.exact_scanner import ExactScanner

try:
    import msgspec
except ImportError:
    HAS_MSGSPEC = False
else:
    HAS_MSGSPEC = True

MAX_COLUMNS = 200  # of a usual record

# A comma that no column can follow: what divides columns and records stands before a quotation mark or a brace.
_IN_PROSE = re.compile(rb", [^\s\"{]")

RowDecoder = Callable[[bytes], Iterable[Any]]


def row_decoder(columns: Sequence[str], required: frozenset[str], usual: Collection[str]) -> RowDecoder | None:
    """Return a function from the text of a JSON array of records to tuples that start with the asked columns.

    The values are those that the decoder of the standard library gives. ``usual`` are the columns that most records
    have, all of them. The function raises ValueError where the text is not JSON, or a record lacks one of the
    ``required`` columns. Where a column appears twice it returns whole records. Without msgspec there is no function.
    """
    return _RowDecoder(columns, required, usual).rows if HAS_MSGSPEC else None


class _RowDecoder:
    """Decoders see the last of two columns only, so the columns are counted by something else, the cheapest first."""

    def __init__(self, columns: Sequence[str], required: frozenset[str], usual: Collection[str]) -> None:
        always = required.union(usual if len(usual) <= MAX_COLUMNS and all(map(str.isidentifier, usual)) else ())
        self._usual_columns = len(always)
        self._usual = _records(columns, always)
        self._any = _records(columns, required)
        self._members = msgspec.json.Decoder(GenericAlias(list, (dict[str, msgspec.Raw],))).decode
        self._counts = JSONDecoder(object_pairs_hook=len).decode
        self._apart = msgspec.json.Decoder(GenericAlias(list, (msgspec.Raw,))).decode

    def rows(self, text: bytes) -> Iterable[Any]:
        as_tuple = msgspec.structs.astuple
        try:
            usual = self._if_usual(text)
            if usual is not None:
                return map(as_tuple, usual)
            found = self._any(text)
            if self._is_clear(text):
                return map(as_tuple, found)
            scan = ExactScanner()
            return [scan(bytes(each).decode())[0] for each in self._apart(text)]
        except (msgspec.DecodeError, ArithmeticError, RecursionError) as error:
            raise ValueError("not the expected records") from error

    def _if_usual(self, text: bytes) -> list[Any] | None:
        """Return the records if all have the usual columns, and no comma more than these need but those in texts."""
        try:
            found = self._usual(text)
        except msgspec.DecodeError:
            return None
        commas = len(found) * self._usual_columns - 1
        more = text.count(b",") - commas
        return found if more == 0 or (more > 0 and more == len(_IN_PROSE.findall(text))) else None

    def _is_clear(self, text: bytes) -> bool:
        """Tell that no column appears twice in a record."""
        columns = [len(each) for each in self._members(text)]
        return text.count(b",") + 1 == sum(columns) or self._counts(text.decode()) == columns


def _records(columns: Sequence[str], always: frozenset[str]) -> Callable[[bytes], list[Any]]:
    names = [*columns, *sorted(always.difference(columns))]
    kinds = [Any] * len(columns) + [msgspec.Raw] * (len(names) - len(columns))
    # Names of our own: those of a server could be those of methods.
    fields = [(f"c{at}", kind) for at, kind in enumerate(kinds)]
    given = [each if name in always else (*each, None) for each, name in zip(fields, names, strict=True)]
    rename = {f"c{at}": name for at, name in enumerate(names)}
    record = msgspec.defstruct("Record", given, gc=False, kw_only=True, rename=rename)
    decode: Callable[[bytes], list[Any]]
    decode = msgspec.json.Decoder(GenericAlias(list, (record,)), float_hook=Decimal).decode
    return decode
