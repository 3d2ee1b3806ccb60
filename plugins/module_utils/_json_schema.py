# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values held against a JSON Schema, with a sentence for each thing that is wrong.

The ``description`` of each part of a schema ends the sentence "... is not accepted, it must be".
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import is_number
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import MissingLibraryError
from ansible_collections.finops.cloudflare.plugins.module_utils._plain_check import is_plainly_valid
from ansible_collections.finops.cloudflare.plugins.module_utils._text import closest, printable


def _library() -> Any:
    """Return jsonschema, whose import takes longer than checking a query: so only what may be wrong pays for it."""
    return import_module("jsonschema")


HAS_JSONSCHEMA = find_spec("jsonschema") is not None
JSONSCHEMA_TRACEBACK = ""
if not HAS_JSONSCHEMA:
    try:
        _library()
    except ImportError:
        JSONSCHEMA_TRACEBACK = traceback.format_exc()

PRINTABLE = r"^[^\u0000-\u001f\u007f]*$"
# A pattern's $ also matches before a final newline, which the (?!\\n) behind it forbids.
DAY: dict[str, Any] = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\\n)",
    "maxLength": 10,
    "description": "a day as YYYY-MM-DD",
}
BOOLEAN: dict[str, Any] = {"type": "boolean", "description": "true or false"}


def one_of(words: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of a word out of several."""
    return {"enum": list(words), "description": "one of " + ", ".join(words)}


def whole_number(least: int, most: int) -> dict[str, Any]:
    """Return the schema of a whole number, both bounds included."""
    return {
        "type": "integer",
        "minimum": least,
        "maximum": most,
        "description": f"a whole number from {least} to {most}",
    }


def validator(schema: Mapping[str, Any]) -> Any:
    """Return the library's validator of a schema."""
    if not HAS_JSONSCHEMA:
        raise MissingLibraryError("jsonschema", JSONSCHEMA_TRACEBACK)
    try:
        return _library().Draft202012Validator(schema)
    except ImportError:  # of something below it
        raise MissingLibraryError("jsonschema", traceback.format_exc()) from None


def schema_errors(document: Any, schema: Mapping[str, Any]) -> Iterable[Any]:
    """Return the library's errors, without the library where a quick look finds that there are none."""
    if HAS_JSONSCHEMA and is_plainly_valid(document, schema):
        return ()
    errors: Iterable[Any] = validator(schema).iter_errors(document)
    return errors


def schema_problems(document: Any, schema: Mapping[str, Any], where: Callable[[list[str | int]], str]) -> Iterator[str]:
    """Yield a sentence for each place where ``document`` breaks ``schema``; ``where`` names a path for people."""
    errors = sorted(_strict(schema).iter_errors(document), key=lambda each: [str(part) for part in each.absolute_path])
    # one value can break several rules of one description
    yield from dict.fromkeys(sentence for error in errors for sentence in _sentences(error, where))


def fits(document: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether a part of a document is what its part of a schema wants."""
    return bool(_strict(schema).is_valid(document))


def _strict(schema: Mapping[str, Any]) -> Any:
    base: Any = type(validator(schema))
    return _strict_class(base)(schema, format_checker=_library().FormatChecker(["date"]))


@cache
def _strict_class(base: Any) -> Any:
    """Return a class of validators that know that NaN and infinity are not numbers, and that keys are text."""
    checker = base.TYPE_CHECKER.redefine_many(
        {
            "number": lambda _checker, value: is_number(value),
            "integer": lambda _checker, value: is_number(value) and value == int(value),
            "object": lambda _checker, value: isinstance(value, dict) and all(isinstance(key, str) for key in value),
        }
    )
    return _library().validators.extend(base, validators={"uniqueItems": _unique_items}, type_checker=checker)


def _unique_items(_validator: Any, wanted: bool, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    """Check uniqueItems in linear time: the library compares every pair of a list of mixed types."""
    if wanted and isinstance(value, list):
        keys = {(isinstance(item, bool), item if isinstance(item, Hashable) else repr(item)) for item in value}
        if len(keys) < len(value):
            yield _library().ValidationError("not every item is there once")


def _sentences(error: Any, where: Callable[[list[str | int]], str]) -> Iterator[str]:
    path = list(error.absolute_path)
    if error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield f"{where([*path, key])}: missing"
    elif error.validator == "additionalProperties":
        known, patterns = error.schema["properties"], error.schema.get("patternProperties", ())
        for key in error.instance:
            if key not in known and not any(re.search(pattern, key) for pattern in patterns):
                meant = closest(key, known)
                guess = f"did you mean {meant}? Known are" if meant else "known are"
                yield f"{where([*path, key])}: not known here; {guess} {', '.join(known)}"
    else:
        wanted = error.schema.get("description") or error.message
        yield not_accepted(where(path), shown(error.instance), wanted)


def shown(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "a mapping with keys that are not text" if not all(isinstance(key, str) for key in value) else "a mapping"
        )
    if isinstance(value, list):
        return "an empty list" if not value else "a list"
    return printable(repr(value), 80)


def not_accepted(where: str, value: str, wanted: str) -> str:
    """Return the sentence about a value that a schema refuses."""
    return f"{where}: {value} is not accepted, it must be {wanted}"


def describe_path(path: list[str | int]) -> str:
    """Return ``match.metric[2]`` for the path of a key."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{printable(part, 60)}" if text else printable(part, 60)
    return text
