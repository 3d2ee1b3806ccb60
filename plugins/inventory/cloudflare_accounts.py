# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin cloudflare_accounts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cloudflare_accounts
short_description: Every Cloudflare account as a host
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - Makes a host of every account that the token sees, or of those of the organizations named and what is below them.
  - The file must be called C(cloudflare_accounts.yml) or C(cloudflare_accounts.yaml), or end with that.
  - All hosts are in the group C(cloudflare_accounts). They stand for this machine, with a local connection and the
    Python of Ansible.
  - What comes from the API is data. Ansible never takes it for a template, whatever the name of an account holds. In
    variables, names have no control characters, and a blank between braces that would begin a template, as Ansible
    trusts what C(ansible-inventory) has written to a file.
  - The token becomes a variable of no host, and is in no cache. Plays get it as their roles and modules do.
extends_documentation_fragment:
  - finops.cloudflare.cloudflare
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [finops.cloudflare.cloudflare_accounts]
  api_token:
    description:
      - The Cloudflare API token of a user who sees the accounts. A token that belongs to an account can't list them.
      - It may be a template, of a lookup or of an extra variable, and a text encrypted with Ansible Vault. Do not write
        it into the file as it is.
    # Not str: Ansible shows values that are of another type.
    type: raw
    env:
      - name: CLOUDFLARE_API_TOKEN
  api_url:
    description:
      - The address of the Cloudflare API. It may be a template.
      - It must use HTTPS; HTTP is accepted for the machine itself only, since the token travels with every request.
    type: str
    default: https://api.cloudflare.com/client/v4
    env:
      - name: CLOUDFLARE_BASE_URL
  accounts:
    description:
      - The ids of the accounts, as 32 hexadecimal characters. They may be templates.
      - With this nothing is listed and no token is needed. Nothing but the ids is known, so it excludes
        O(organizations) and all filters.
    type: list
    elements: str
  organizations:
    description:
      - The ids of organizations whose accounts become hosts, as 32 hexadecimal characters. They may be templates.
      - Without O(organizations) and O(accounts) all accounts that the token sees become hosts.
      - Where the API refuses the accounts of an organization, those of C(/accounts) that name it as their parent stand
        in for them, and a warning says so.
      - An organization of which no account is seen is an error, unless the API lists it. One that does not exist is as
        empty as one without accounts.
    type: list
    elements: str
  sub_organizations:
    description: Whether the accounts of organizations below those in O(organizations) are taken as well.
    type: bool
    default: true
  hostname:
    description:
      - What a host is called. V(id) is the id of the account.
      - V(name) is the name of the account, made safe. It has lower-case letters, digits and hyphens only. Where nothing
        is left of it, or several accounts share it, the id takes its place.
    type: str
    choices: [id, name]
    default: id
  filter_name:
    description:
      - Patterns, such as V(prod-*). An account is kept if its name fits one of them. Upper and lower case differ.
      - With several filters an account must pass each of them.
    type: list
    elements: str
  filter_type:
    description: Patterns of the type of an account, such as V(enterprise).
    type: list
    elements: str
  filter_organization:
    description: Patterns of the id or the name of the organization that an account is in.
    type: list
    elements: str
  filter_tag:
    description:
      - Patterns, one of which a tag in the name of an account must fit.
      - Accounts have no tags of their own. Those in a name are what stands in brackets, as in V([prod, eu]), behind a
        hash sign, as in V(#shop), and pairs such as V(team=web) and V(team:web).
    type: list
    elements: str
notes:
  - The libraries are needed by the Python of Ansible itself.
  - Ansible goes on without a source of hosts that fails. Set E(ANSIBLE_INVENTORY_ANY_UNPARSED_FAILED) so that it stops.
    In any case C(cloudflare_accounts_problem) then holds what went wrong, for all hosts, and the playbook
    C(finops.cloudflare.accounts_gate) does not call that within budget.
  - The variable C(cloudflare_accounts_count) of the group C(cloudflare_accounts) is how many hosts were added. The
    playbook compares, because AWX hands a job in slices, and one with disabled hosts, a part of them.
  - What may be missing from a list is a warning, and in C(cloudflare_accounts_doubts) of the same group. With that the
    playbook judges what there is, and nothing is within budget.
seealso:
  - plugin: ansible.builtin.constructed
    plugin_type: inventory
"""

EXAMPLES = r"""
# Every account that the token in CLOUDFLARE_API_TOKEN sees
plugin: finops.cloudflare.cloudflare_accounts

---
# The accounts of an organization and of those below it, by product team; names such as "Shop [prod] team=web"
plugin: finops.cloudflare.cloudflare_accounts
organizations:
  - a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
hostname: name
compose:
  budget_owner: cloudflare_account_tags | select('match', 'team=') | first | default('nobody')
groups:
  contracts: cloudflare_account_type == 'enterprise'
keyed_groups:
  - key: cloudflare_account_tags
    prefix: tag
  - key: cloudflare_organization_name
    prefix: organization

---
# Contracts only, with a token from an extra variable, and a list that is kept for an hour
plugin: finops.cloudflare.cloudflare_accounts
api_token: "{{ cloudflare_api_token }}"
filter_type:
  - enterprise
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/cloudflare
cache_timeout: 3600

---
# A token that belongs to an account can't list accounts: name them
plugin: finops.cloudflare.cloudflare_accounts
accounts:
  - 023e105f4ecef8ad9ca31a8372d0c353
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.template import trust_as_template

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._api.listings import (
    Account,
    Listing,
    accounts_of_organizations,
    accounts_of_token,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    CONNECTION_PROPERTIES,
    check_query,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._inventory.hosts import (
    FILTERS,
    by_host_name,
    kept,
    named_account,
    no_template,
    variables,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._inventory.options import LISTED_SCHEMA, NAMED_SCHEMA

GROUP = "cloudflare_accounts"
PROBLEM = "cloudflare_accounts_problem"
# What AWX keeps of an inventory can be less, in slices of a job: the playbook accounts_gate compares.
COUNT = "cloudflare_accounts_count"
DOUBTS = "cloudflare_accounts_doubts"
ENDINGS = (f"{GROUP}.yml", f"{GROUP}.yaml")
# As for localhost; a template, because the job that uses a stored inventory can run elsewhere.
HERE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": trust_as_template("{{ ansible_playbook_python }}"),
}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """What Ansible asks for."""

    NAME = "finops.cloudflare.cloudflare_accounts"

    def verify_file(self, path: str) -> bool:
        """Tell whether the file is called as one of this plugin must be."""
        return bool(super().verify_file(path)) and path.endswith(ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts, or leave word of what went wrong: Ansible may go on without them."""
        super().parse(inventory, loader, path, cache)
        inventory.add_group(GROUP)
        try:
            self._add_hosts(path, cache=cache)
        except (FinopsError, AnsibleError) as error:
            raise self._failed(str(error)) from None

    def _failed(self, problem: str) -> AnsibleParserError:
        self.inventory.set_variable("all", PROBLEM, no_template(problem))
        return AnsibleParserError(problem)

    def _add_hosts(self, path: str, *, cache: bool) -> None:
        self._read_config_data(path)
        self.templar.available_variables = self._vars
        options = self._own_options()
        listing = self._listing(path, options, cache=cache)
        for said in (*listing["doubts"], *listing["notes"]):
            self.display.warning(said)
        accounts = kept(listing["accounts"], {name: options.get(name, ()) for name in FILTERS})
        if not accounts:
            self.display.warning(f"{path}: no account is left of {len(listing['accounts'])}; check the filters.")
        others = dict.fromkeys(self.inventory.groups)
        others |= {name: host.vars.get("cloudflare_account_id") for name, host in self.inventory.hosts.items()}
        hosts = by_host_name(accounts, options["hostname"], others)
        # All of them before anything is composed: should that fail, none is missing.
        for name, account in hosts.items():
            self._add_host(name, account)
        group = self.inventory.groups[GROUP]  # of several sources, maybe
        self.inventory.set_variable(GROUP, COUNT, len(group.hosts))
        # Also where there are none: AWX keeps what a variable was, unless the next update has it again.
        self.inventory.set_variable(GROUP, DOUBTS, [*group.vars.get(DOUBTS, ()), *map(no_template, listing["doubts"])])
        for name in hosts:
            self._construct(name)

    def _own_options(self) -> dict[str, Any]:
        names = ("accounts", "organizations", "sub_organizations", "hostname", *FILTERS, *CONNECTION_PROPERTIES)
        given = {name: plain(self.templar.template(self.get_option(name))) for name in names}
        schema = NAMED_SCHEMA if given["accounts"] is not None else LISTED_SCHEMA
        return check_query(given, datetime.now(timezone.utc).date(), schema)

    def _listing(self, path: str, options: Mapping[str, Any], *, cache: bool) -> Listing:
        """Return what the API lists, or listed when the cache was filled."""
        if "accounts" in options:
            return {"accounts": [named_account(ident) for ident in options["accounts"]], "doubts": [], "notes": []}
        keeps = self.get_option("cache")
        key = self.get_cache_key(_fingerprint(path, options))
        if keeps and cache and key in self._cache:
            kept_listing: Listing = self._cache[key]
            return kept_listing
        listing = _read(options)
        if keeps:
            self._cache[key] = listing
        return listing

    def _add_host(self, name: str, account: Account) -> None:
        self.inventory.add_host(name, group=GROUP)
        for variable, value in (HERE | variables(account)).items():
            self.inventory.set_variable(name, variable, value)

    def _construct(self, name: str) -> None:
        strict = self.get_option("strict")
        known = self.inventory.get_host(name).get_vars()
        self._set_composite_vars(self.get_option("compose"), known, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), known, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), known, name, strict=strict)


def _read(options: Mapping[str, Any]) -> Listing:
    connection = Connection(**{name: options[name] for name in CONNECTION_PROPERTIES if name in options})
    with Client(connection) as client:
        if "organizations" not in options:
            return accounts_of_token(client)
        return accounts_of_organizations(
            client, options["organizations"], sub_organizations=options["sub_organizations"]
        )


def _fingerprint(path: str, options: Mapping[str, Any]) -> str:
    """Return what a cached list must have been asked for with: another token sees other accounts."""
    asked = [options.get(name) for name in ("api_url", "api_token", "organizations", "sub_organizations")]
    return hashlib.sha256(repr([COLLECTION_VERSION, path, *asked]).encode()).hexdigest()
