# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One set of usage facts out of several that somebody hands over: checked, asked alike, and nothing in them twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts.reasons import (
    MAX_LISTED,
    about,
    listed,
    reason,
    subject,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.merge import (
    Facts,
    merge_facts,
    name_of,
    sources_of,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import UsageError, read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage

# What all parts must have been asked alike, or their sums would mean nothing.
_SAME = ("from", "to", "group_by", "metric", "lag_days")


def merge_usage(parts: Sequence[Any], expected: Sequence[str] = (), doubts: Sequence[str] = ()) -> Usage:
    """Return the facts of all parts together; those of a single part, with nothing missing, come back unchanged.

    ``expected`` are the ids of accounts and organizations that must be there; what is missing makes the facts partial.
    So do ``doubts``, sentences that tell why more accounts may be missing than anybody can name.
    Raises UsageError where a part is not usage facts, the parts were not asked alike, or an account is in two of them.
    """
    checked = cast(list[Facts], [read_usage(part) for part in parts])
    if not checked:
        raise UsageError("There are no usage facts to merge: give at least one account or organization.")
    missing = [*_missing(checked, expected), *_not_all_listed(doubts)]
    if len(checked) == 1 and not missing:
        return cast(Usage, checked[0])
    _check_alike(checked)
    _check_apart(checked)
    return cast(Usage, merge_facts(checked, missing))


def _check_alike(parts: Sequence[Facts]) -> None:
    first = parts[0]
    for part in parts[1:]:
        different = [key for key in _SAME if part[key] != first[key]]
        if different:
            raise UsageError(
                f"The usage of {name_of(first)} and of {name_of(part)} differ in {', '.join(different)};"
                " get them with the same parameters, and on the same UTC day."
            )
    sources = sorted({source.get("source") or "usage" for part in parts for source in sources_of(part)})
    if len(sources) > 1 and "account" not in first["group_by"]:
        raise UsageError(
            f"The usage comes from different sources, {', '.join(sources)}, whose costs must not be added up; group by"
            " account, or get all of it from one source."
        )


def _check_apart(parts: Sequence[Facts]) -> None:
    """What two parts hold would count twice: an account, or the whole of them."""
    owner: dict[str, Facts] = {}
    for part in parts:
        sources = sources_of(part)
        ids = {account["id"].lower() for account in part["accounts"]}
        ids |= {source["scope_id"].lower() for source in sources if source["scope"] == "account"}
        for source in sources:
            name = f"{source['scope']} {source['scope_id']}"
            if owner.setdefault(name.lower(), part) is not part:
                raise UsageError(f"The usage of {name} is there twice, so it would count twice; give it once.")
        for account in sorted(ids):
            other = owner.setdefault(account, part)
            if other is not part:
                raise UsageError(
                    f"The account {account} is in the usage of {name_of(other)} and of {name_of(part)}, so it would"
                    " count twice; ask for it once, by itself or with its organization."
                )


def _missing(parts: Sequence[Facts], expected: Sequence[str]) -> list[Facts]:
    """Return the reason that names what was expected and is in none of the parts."""
    present = {source["scope_id"].lower() for part in parts for source in sources_of(part)}
    present |= {account["id"].lower() for part in parts for account in part["accounts"]}
    missing = sorted({each.lower() for each in expected} - present)
    if not missing:
        return []
    message = f"{len(missing)} expected account(s) or organization(s) have no facts here, the first is {missing[0]}."
    return [
        reason(
            "sources_missing",
            printable(message),
            count=len(missing),
            sources=listed(missing),
            **about(map(subject, missing)),
        )
    ]


def _not_all_listed(doubts: Sequence[str]) -> list[Facts]:
    """Return the reasons that nobody knows whether all accounts are among the expected ones."""
    return [reason("accounts_not_all_listed", printable(doubt, 600)) for doubt in doubts[:MAX_LISTED]]
