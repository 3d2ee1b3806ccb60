# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decode only the asked columns of records, by msgspec, for answers that are large enough to pay for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from types import GenericAlias
from typing import Any

try:
    import msgspec
except ImportError:
    HAS_MSGSPEC = False
else:
    HAS_MSGSPEC = True

RowDecoder = Callable[[bytes], Iterable[tuple[Any, ...]]]


def row_decoder(columns: Sequence[str], required: frozenset[str]) -> RowDecoder | None:
    """Return a function from the text of a JSON array of records to tuples that start with the asked columns.

    The values are those that the decoder of the standard library gives. The function raises ValueError where the text
    is not JSON, or a record lacks one of the ``required`` columns. Without msgspec there is no function.
    """
    if not HAS_MSGSPEC:
        return None
    asked = [(column, Any) if column in required else (column, Any, None) for column in columns]
    present = [(column, msgspec.Raw) for column in sorted(required.difference(columns))]
    record = msgspec.defstruct("Record", [*asked, *present], gc=False, kw_only=True)
    decode, as_tuple = (
        msgspec.json.Decoder(GenericAlias(list, (record,)), float_hook=Decimal).decode,
        msgspec.structs.astuple,
    )

    def rows(text: bytes) -> Iterable[tuple[Any, ...]]:
        try:
            return map(as_tuple, decode(text))
        except (msgspec.DecodeError, ArithmeticError, RecursionError) as error:
            raise ValueError("not the expected records") from error

    return rows
