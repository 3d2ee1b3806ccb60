# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which groups a budget looks at: certainly, or possibly where a group does not say what it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import TAG
from ansible_collections.finops.cloudflare.plugins.module_utils._text import closest
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import any_matches, matches
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.facts import Facts, Group
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Subject

# All use has these, so where one is not named it is not known; a zone or region is named only where there is one.
_ALWAYS_THERE = ("account", "product_family", "metric", "owner")

_MOST_COMPARED = 200  # each word costs time

Patterns = tuple[str, ...]
Value = tuple["str | None", "str | None"]
Parts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Selection:
    """The groups of one budget: ``possible`` ones may belong to it or not; ``unmatched`` patterns met no group."""

    certain: tuple[Group, ...] = ()
    possible: tuple[Group, ...] = ()
    unmatched: tuple[str, ...] = ()


class Matcher:
    """Selects groups of one set of facts."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._ids: dict[str, frozenset[str | None]] = {}
        self._names: dict[str, frozenset[str | None]] = {}
        self._labels_in_use: dict[str, frozenset[tuple[int, str | None]]] = {}
        for dimension in facts.group_by:
            values = [(group, group.value(dimension)) for group in facts.groups]
            self._ids[dimension] = frozenset(value[0] for _group, value in values)
            self._names[dimension] = frozenset(value[1] for _group, value in values)
            self._labels_in_use[dimension] = frozenset(
                (place, self._comparison_key(group, dimension))
                for group, value in values
                for place in (0, 1)
                if value[place] is not None
            )

    def select(self, match: Mapping[str, Patterns]) -> Selection:
        """Return the groups that fit in every dimension of ``match``."""
        certain, possible = [], []
        for group in self._facts.groups:
            answers = [self._fits(group, dimension, patterns) for dimension, patterns in match.items()]
            if all(answers):
                certain.append(group)
            elif False not in answers:
                possible.append(group)
        unmatched = [
            pattern
            for dimension, patterns in match.items()
            for pattern in patterns
            if not any(any_matches((pattern,), group.value(dimension)) for group in certain)
        ]
        return Selection(tuple(certain), tuple(possible), tuple(unmatched))

    def closest(self, match: Mapping[str, Patterns], pattern: str) -> str | None:
        """Return the id or name in the facts that a pattern of ``match`` may be a misspelling of, or None."""
        dimensions = [dimension for dimension, patterns in match.items() if pattern in patterns]
        words = {word for each in dimensions for word in self._ids[each] | self._names[each] if word is not None}
        return closest(pattern, sorted(words)) if len(words) <= _MOST_COMPARED else None

    def split(self, selection: Selection, dimension: str) -> list[tuple[Value, Selection]]:
        """Return a selection for each value of a dimension; what names none is a value, and possibly of every other."""
        buckets: dict[str | None, tuple[Value, list[Group], list[Group]]] = {}
        for index, groups in enumerate((selection.certain, selection.possible)):
            for group in groups:
                value = group.value(dimension)
                _value, *parts = buckets.setdefault(_identity(value), (value, [], []))
                parts[index].append(group)
        nobody = buckets.get(None)
        unnamed = [group for part in nobody[1:] for group in part] if nobody else []
        unnamed = [
            group
            for group in unnamed
            if self._label_missing(group, dimension, 0) or self._label_missing(group, dimension, 1)
        ]
        return [
            (value, Selection(tuple(certain), tuple(possible + (unnamed if identity is not None else []))))
            for identity, (value, certain, possible) in sorted(
                buckets.items(), key=lambda item: (item[0] is None, item[1][0][1] or item[0] or "", item[0] or "")
            )
        ]

    def looks_at(self, subjects: Iterable[Subject], selection: Selection, match: Mapping[str, Patterns]) -> bool:
        """Tell whether a selection, made by ``match``, holds or may lack any of what a doubt is about."""
        return any(self._may_hold(subject, selection, match) for subject in subjects)

    def _may_hold(self, subject: Subject, selection: Selection, match: Mapping[str, Patterns]) -> bool:
        parts = _parts(subject)
        if any(self._may_be(group, parts) for group in (*selection.certain, *selection.possible)):
            return True
        if any(self._is(group, parts) for group in self._facts.groups):
            return False  # it is known what the doubt is about, and that it is not looked at
        return all(self._may_match(dimension, match.get(dimension, ()), wanted) for dimension, wanted in parts)

    def _may_be(self, group: Group, parts: Parts) -> bool:
        """Tell whether nothing says that a group is something else."""
        values = [(group.value(dimension), wanted) for dimension, wanted in parts if dimension in self._facts.group_by]
        return all(value == (None, None) or wanted in value for value, wanted in values)

    def _is(self, group: Group, parts: Parts) -> bool:
        return all(
            dimension in self._facts.group_by and wanted in group.value(dimension) for dimension, wanted in parts
        )

    def _may_match(self, dimension: str, patterns: Patterns, wanted: str) -> bool:
        """Tell whether a budget may mean what has no group: a pattern can be its name unless it names another."""
        known = self._ids.get(dimension, frozenset()) | self._names.get(dimension, frozenset())
        return not patterns or any(matches(pattern, wanted) or pattern not in known for pattern in patterns)

    def _fits(self, group: Group, dimension: str, patterns: Patterns) -> bool | None:
        """Return True, False, or None where the group leaves open what would decide."""
        value = group.value(dimension)
        if any_matches(patterns, value):
            return True
        # a pattern that is the id of some group is no name, and the other way round
        as_id = any(pattern not in self._names[dimension] for pattern in patterns)
        as_name = any(pattern not in self._ids[dimension] for pattern in patterns)
        nothing = value == (None, None)
        open_id = self._label_missing(group, dimension, 0) and (as_id or nothing)
        open_name = self._label_missing(group, dimension, 1) and (as_name or nothing)
        return None if open_id or open_name else False

    def _label_missing(self, group: Group, dimension: str, place: int) -> bool:
        """Tell whether the group lacks an id (0) or name (1) that others of its kind carry.

        Use without a tag says so by that: it is known to be untagged.
        """
        return not dimension.startswith(TAG) and (
            group.value(dimension)[place] is None
            and (place, self._comparison_key(group, dimension)) in self._labels_in_use[dimension]
        )

    def _comparison_key(self, group: Group, dimension: str) -> str | None:
        """Return what groups must share so that one can be expected to name what the other names."""
        if dimension in _ALWAYS_THERE or "metric" not in self._facts.group_by:
            return None
        return _identity(group.value("metric"))


def _parts(subject: Subject) -> Parts:
    return tuple((dimension, str(wanted)) for dimension, wanted in subject.items())


def _identity(value: Value) -> str | None:
    return value[1] if value[0] is None else value[0]
