# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML and JSON text read strictly: what could mean two things is refused with its line, never guessed.

Every key is text, as it is written, and stands once in its mapping. Aliases and merge keys (``<<``) work; a mapping's
own keys win over merged ones. Days stay text. Tags, several documents, octal and base-60 numbers, NaN, infinity and
numbers with more digits than a float keeps are refused.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml

from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_VALUES,
    DocumentError,
    shown_name,
    size_problem,
)

_MAX_DIGITS = 40
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_INT, _FLOAT, _BOOL, _NULL = (f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null"))
_STR = "tag:yaml.org,2002:str"
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS: dict[Any, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
_CONSTRUCTOR = yaml.constructor.SafeConstructor()


class _ProblemError(ValueError):
    """What is wrong with a part of a text; ``line`` counts from 1, None where it is not known."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


def read_document(text: Any, name: str = "document") -> Any:
    """Return the plain data of YAML or JSON text, or raise a DocumentError that names the document and the line."""
    try:
        data = _read(text)
    except _ProblemError as problem:
        line = "" if problem.line is None else f", line {problem.line}"
        raise DocumentError([f"{shown_name(name)}{line}: {problem}"]) from None
    if problem_of_size := size_problem(data):
        raise DocumentError([f"{shown_name(name)}: {problem_of_size}"])
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DocumentError([f"{shown_name(name)}: an escape such as \\ud800 is half a character"]) from None
    return data


def _read(text: Any) -> Any:
    if not isinstance(text, str):
        raise _ProblemError(f"expected the text of a file, not {'nothing' if text is None else type(text).__name__}")
    if len(text) > MAX_CHARACTERS:
        raise _ProblemError(f"more than {MAX_CHARACTERS:,} characters; split it into several files")
    text = str.__str__(text).removeprefix("\ufeff")
    if not text.strip():
        raise _ProblemError("the file is empty")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _ProblemError("not valid UTF-8") from None
    return _read_json(text) if text.lstrip()[0] in "{[" else _read_yaml(text)


def _read_json(text: str) -> Any:
    """Return what the text is as JSON, and as YAML, whose flow style looks alike, where it is not JSON."""
    try:
        return json.loads(
            text, object_pairs_hook=_json_object, parse_constant=_float, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError:
        return _read_yaml(text)
    except RecursionError:
        raise _ProblemError(f"nested more than {MAX_DEPTH} levels deep") from None
    except _ProblemError as problem:
        raise _located(problem, text) from None


def _located(problem: _ProblemError, text: str) -> _ProblemError:
    """Return the problem of a JSON text with its line, which the JSON decoder does not tell, where YAML tells it."""
    try:
        # JSON has tabs between values only, where YAML wants none
        _read_yaml(text.replace("\t", " "))
    except _ProblemError as found:
        return found if str(found).startswith(str(problem)) else problem
    return problem


def _json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated, _count = Counter(key for key, _value in pairs).most_common(1)[0]
        raise _ProblemError(_duplicate_key(repeated))
    return found


def _duplicate_key(key: str) -> str:
    return f"duplicate key {printable(key, 80)!r} in the same mapping"


def _read_yaml(text: str) -> Any:
    try:
        return _Builder(_events(text)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read"
        raise _ProblemError(f"not valid YAML: {printable(what)}", None if mark is None else mark.line + 1) from None


def _events(text: str) -> Iterator[Any]:
    parser = _PARSER(text)
    while parser.check_event():
        yield parser.get_event()


class _Builder:
    """Builds plain data from the events of a YAML parser, of which it asks for no more than it may hold."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, Any] = {}
        self._values = 0

    def document(self) -> Any:
        """Return the one document of the text."""
        found: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                found.append(self._value(event, 1))
            elif isinstance(event, yaml.DocumentStartEvent) and found:
                raise _ProblemError("a second document begins; keep one document in a file", _line(event))
        if found in ([], [None]):
            raise _ProblemError("the file is empty")
        return found[0]

    def _value(self, event: Any, depth: int) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _ProblemError(f"more than {MAX_VALUES:,} values; split it into several files", _line(event))
        if depth > MAX_DEPTH:
            raise _ProblemError(f"nested more than {MAX_DEPTH} levels deep", _line(event))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag not in (None, "!", _STR) or (event.tag == _STR and not isinstance(event, yaml.ScalarEvent)):
            raise _ProblemError(f"the tag {printable(event.tag, 80)} is not supported; leave it out", _line(event))
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = [self._value(each, depth + 1) for each in self._until(yaml.SequenceEndEvent)]
        else:
            value = self._mapping(depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _alias(self, event: Any) -> Any:
        """Return what an anchor stands for, which is known once all of it has been read: so nothing contains itself."""
        if event.anchor not in self._anchors:
            raise _ProblemError(f"the alias *{printable(event.anchor, 80)} has no whole anchor before it", _line(event))
        return self._anchors[event.anchor]

    def _until(self, end: type[Any]) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _mapping(self, depth: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_event in self._until(yaml.MappingEndEvent):
            if not isinstance(key_event, yaml.ScalarEvent):
                raise _ProblemError("a key must be text, not an alias, a list or a mapping", _line(key_event))
            key = key_event.value
            if key in lines:
                raise _ProblemError(f"{_duplicate_key(key)}, first in line {lines[key]}", _line(key_event))
            lines[key] = _line(key_event)
            value = self._value(next(self._events), depth + 1)
            if key == "<<" and key_event.implicit[0]:
                merged = _merged(value, _line(key_event))
            else:
                own[key] = value
        return {**merged, **own}


def _merged(value: Any, line: int) -> dict[str, Any]:
    """Return the keys of a mapping, or of a list of them, of which the first with a key counts."""
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, dict) for part in parts):
        raise _ProblemError("the merge key << needs a mapping or a list of mappings", line)
    return {key: item for part in reversed(parts) for key, item in part.items()}


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.tag is not None or not event.implicit[0]:
        return text
    kinds = [*_RESOLVERS.get(text[:1], []), *_RESOLVERS.get(None, [])]
    kind = next((tag for tag, pattern in kinds if pattern.match(text)), _STR)
    node = yaml.ScalarNode(kind, text)
    try:
        if kind in (_INT, _FLOAT):
            return _number(text, node)
        if kind == _BOOL:
            return _CONSTRUCTOR.construct_yaml_bool(node)
        return None if kind == _NULL else text
    except _ProblemError as problem:
        raise _ProblemError(str(problem), _line(event)) from None


def _number(text: str, node: yaml.ScalarNode) -> int | float:
    if ":" in text:
        raise _ProblemError(
            f"{printable(text, 80)} is a base-60 number in YAML; write it in quotes for text, or as a plain number"
        )
    if node.tag == _FLOAT:
        return _float(text.replace("_", ""))
    if _OCTAL.fullmatch(text):
        without = text.replace("_", "").lstrip("+-0") or "0"
        raise _ProblemError(
            f"{printable(text, 80)} is an octal number in YAML; write {printable(without, 80)}, or quotes for text"
        )
    return _int(text, node)


def _int(text: str, node: yaml.ScalarNode | None = None) -> int:
    if len(text) > _MAX_DIGITS:
        raise _ProblemError(f"a number of {len(text):,} digits; at most {_MAX_DIGITS} are allowed")
    return int(text) if node is None else int(_CONSTRUCTOR.construct_yaml_int(node))


def _float(text: str) -> float:
    """Return the float of a number that it keeps exactly as it is written; refuse all others."""
    if not text.lstrip("+-.")[:1].isdigit():
        raise _ProblemError(f"{printable(text, 80)} is not a number that can be used")
    number = float(text)
    if len(text) > 2 * _MAX_DIGITS or Decimal(text) != Decimal(repr(number)):
        raise _ProblemError(
            f"{printable(text, 80)} has more digits than can be kept; write at most 15 significant digits"
        )
    return number
