# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From accounts to hosts: which are kept, what they are called, and the variables they have."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._api.listings import Account
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import matches

FILTERS = ("filter_name", "filter_type", "filter_organization", "filter_tag")
MAX_HOST_NAME = 63
# What a pattern of hosts, or Ansible itself, takes for something else.
_TAKEN = frozenset(("all", "ungrouped", "localhost"))
_TEMPLATE = re.compile(r"\{(?=[{%#])")
_TAG = re.compile(r"\[([^][]*)\]|(?:^|\s)#([^\s#\[\]]+)|(?<!\S)([\w.-]+[=:][\w.-]+)(?!\S)")


def named_account(ident: str) -> Account:
    """Return an account of which nothing but the id is known."""
    return {
        "id": ident.lower(),
        "name": None,
        "type": None,
        "created_on": None,
        "organization_id": None,
        "organization_name": None,
    }


def tags(name: str | None) -> list[str]:
    """Return the tags in a name: ``[prod, eu]``, ``#shop``, ``team=web`` and ``team:web``; each once, in order."""
    found = (one.strip() for match in _TAG.finditer(name or "") for one in "".join(match.groups("")).split(","))
    return list(dict.fromkeys(filter(None, found)))


def kept(accounts: Sequence[Account], filters: Mapping[str, Sequence[str]]) -> list[Account]:
    """Return the accounts that fit a pattern of every filter that has any."""
    return [account for account in accounts if all(_fits(account, name, filters[name]) for name in filters)]


def _fits(account: Account, name: str, patterns: Sequence[str]) -> bool:
    looked_at: dict[str, Sequence[str | None]] = {
        "filter_name": [account["name"]],
        "filter_type": [account["type"]],
        "filter_organization": [account["organization_id"], account["organization_name"]],
        "filter_tag": tags(account["name"]),
    }
    return not patterns or any(matches(pattern, value) for pattern in patterns for value in looked_at[name] if value)


def by_host_name(accounts: Sequence[Account], hostname: str, others: Mapping[str, str | None]) -> dict[str, Account]:
    """Return the accounts by the names of their hosts: their ids, or what is safe of their names.

    A name that is empty then, belongs to several accounts, or means something to Ansible gives way to the id.
    ``others`` are the names that are there already, of groups too, with the ids of the accounts that they stand for.
    """
    if hostname == "id":
        return {account["id"]: account for account in accounts}
    slugs = [_slug(account["name"] or "") for account in accounts]
    count = Counter(slugs)
    taken = _TAKEN | {"", *(account["id"] for account in accounts)}
    return {
        account["id"]
        if slug in taken or count[slug] > 1 or others.get(slug, account["id"]) != account["id"]
        else slug: account
        for account, slug in zip(accounts, slugs, strict=True)
    }


def _slug(name: str) -> str:
    """Return the ASCII letters and digits of a name, with hyphens between its words."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:MAX_HOST_NAME].strip("-")


def variables(account: Account) -> dict[str, Any]:
    """Return the variables of the host of an account."""
    return {
        "cloudflare_account_id": account["id"],
        "cloudflare_account_name": no_template(account["name"]),
        "cloudflare_account_type": no_template(account["type"]),
        "cloudflare_account_created_on": no_template(account["created_on"]),
        "cloudflare_account_tags": list(map(no_template, tags(account["name"]))),
        "cloudflare_organization_id": no_template(account["organization_id"]),
        "cloudflare_organization_name": no_template(account["organization_name"]),
    }


def no_template(text: str | None) -> str | None:
    """Return text that is no template either where ansible-inventory has written it to a file, which Ansible trusts."""
    return text and _TEMPLATE.sub("{ ", text)
