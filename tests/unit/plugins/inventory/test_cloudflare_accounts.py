# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory as Ansible parses it in this process, against the simulator."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import fragment_loader
from ansible.utils.display import Display
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import (
    ACCOUNT_ID,
    NOT_COVERED_ACCOUNT_ID,
    ORGANIZATION_ID,
    PAYGO_ACCOUNT_ID,
    Config,
    Simulator,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._inventory.options import LISTED_SCHEMA

PLUGIN = "finops.cloudflare.cloudflare_accounts"
GROUP = "cloudflare_accounts"
PROBLEM = "cloudflare_accounts_problem"
TOKEN = "simulator-token"
Parse = Callable[..., InventoryManager]


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that Ansible's warnings go to."""
    said: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, message, *_args, **_options: said.append(str(message)))
    monkeypatch.setattr(Display, "error_as_warning", lambda _self, msg, exception: said.append(f"{msg} {exception}"))
    return said


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Simulator]]:
    """Return the function that starts a simulator, which the environment then names."""
    with ExitStack() as stack:

        def start(*faults: str, **switches: Any) -> Simulator:
            server = stack.enter_context(Simulator(Config(**{"accounts": 2, **switches}), faults=faults))
            monkeypatch.setenv("CLOUDFLARE_BASE_URL", server.base_url)
            monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
            return server

        yield start


@pytest.fixture
def parse(tmp_path: Path, warnings: list[str]) -> Parse:
    """Return the function that reads an inventory of these options, or several."""
    assert warnings == []

    def read(*sources: dict[str, Any], cache: bool = True) -> InventoryManager:
        paths = []
        for number, options in enumerate(sources or ({},)):
            path = tmp_path / f"{number}_cloudflare_accounts.yml"
            path.write_text(yaml.safe_dump({"plugin": PLUGIN, **options}))
            paths.append(str(path))
        return InventoryManager(DataLoader(), sources=paths, cache=cache)

    return read


def hosts(inventory: InventoryManager) -> set[str]:
    return {host.name for host in inventory.groups[GROUP].get_hosts()}


def test_every_account_is_a_host_on_this_machine(simulator: Callable[..., Simulator], parse: Parse) -> None:
    simulator()
    inventory = parse()
    assert {ACCOUNT_ID, NOT_COVERED_ACCOUNT_ID, PAYGO_ACCOUNT_ID} < hosts(inventory)
    known = inventory.get_host(ACCOUNT_ID).get_vars()
    assert {name: known[name] for name in known if name.startswith(("ansible_", "cloudflare_"))} == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "cloudflare_account_id": ACCOUNT_ID,
        "cloudflare_account_name": "My Account",
        "cloudflare_account_type": "enterprise",
        "cloudflare_account_created_on": "2019-03-01T00:00:00Z",
        "cloudflare_account_tags": [],
        "cloudflare_organization_id": ORGANIZATION_ID,
        "cloudflare_organization_name": "Example Organization",
    }


def test_accounts_named_by_id_need_no_request_and_no_token(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    inventory = parse({"accounts": [ACCOUNT_ID.upper(), ACCOUNT_ID, "f" * 32], "hostname": "name"})
    assert hosts(inventory) == {ACCOUNT_ID, "f" * 32}
    assert inventory.groups[GROUP].get_vars() == {"cloudflare_accounts_count": 2, "cloudflare_accounts_doubts": []}
    assert inventory.get_host(ACCOUNT_ID).get_vars()["cloudflare_account_name"] is None


def test_cloudflare_accounts_hosts_of_organizations_are_composed_grouped_and_filtered(
    simulator: Callable[..., Simulator], parse: Parse
) -> None:
    simulator()
    inventory = parse(
        {
            "organizations": [ORGANIZATION_ID],
            "hostname": "name",
            "filter_name": ["My*", "Pay*"],
            "compose": {"label": "cloudflare_account_name | upper"},
            "groups": {"contracts": "cloudflare_account_type == 'enterprise'"},
            "keyed_groups": [{"key": "cloudflare_account_type", "prefix": "type"}],
        }
    )
    assert "pay-as-you-go-1" in hosts(inventory)
    assert "fabrikam-gmbh" not in hosts(inventory)
    assert inventory.get_host("my-account").get_vars()["label"] == "MY ACCOUNT"
    assert [host.name for host in inventory.groups["contracts"].get_hosts()] == ["my-account"]
    assert "my-account" not in {host.name for host in inventory.groups["type_standard"].get_hosts()}


def test_accounts_in_two_sources_are_one_host_each(simulator: Callable[..., Simulator], parse: Parse) -> None:
    simulator(names="hostile")
    first = parse({"hostname": "name"})
    both = parse({"hostname": "name"}, {"hostname": "name"})
    assert hosts(first) == hosts(both)


def test_cloudflare_accounts_of_several_sources_are_counted_and_doubted_together(
    simulator: Callable[..., Simulator], parse: Parse
) -> None:
    simulator("status=403,code=9109,path=/organizations/*/accounts")
    alone = {"organizations": [ORGANIZATION_ID], "sub_organizations": False}
    other = {**alone, "organizations": ["5b" * 16]}
    group = parse({}, alone, other, {"accounts": [ACCOUNT_ID]}).groups[GROUP]
    assert group.vars["cloudflare_accounts_count"] == len(group.hosts) > 2
    doubts = group.vars["cloudflare_accounts_doubts"]
    assert [doubt.partition(" (")[0] for doubt in doubts] == [
        f"The API refused the accounts of organization {each}" for each in (ORGANIZATION_ID, "5b" * 16)
    ]


def test_hostile_names_are_no_templates_and_steer_no_terminal(
    simulator: Callable[..., Simulator], parse: Parse
) -> None:
    server = simulator("envelope=errors-beside-success,message=see {{ 7 * 7 }}", names="hostile", accounts=8)
    assert "{{" in json.dumps([account.name for account in server.api.dataset.accounts])
    inventory = parse({"compose": {"again": "cloudflare_account_name"}})
    group = inventory.groups[GROUP]
    known = [host.get_vars() for host in group.get_hosts()]
    assert all(each["again"] == each["cloudflare_account_name"] for each in known)
    assert group.vars["cloudflare_accounts_doubts"] == ["/accounts says beside its list: see { { 7 * 7 }}"]
    told = json.dumps([{**each, "ansible_python_interpreter": ""} for each in known] + [group.vars])
    assert not re.search(r"\{[{%#]|\\u00[01]|\\u202e", told)


def test_cloudflare_accounts_an_error_while_groups_are_made_loses_no_host_and_leaves_word(
    simulator: Callable[..., Simulator], parse: Parse, warnings: list[str]
) -> None:
    simulator()
    inventory = parse({"strict": True, "compose": {"owner": "no_such_variable"}})
    assert hosts(inventory) == hosts(parse())
    assert "Could not set owner" in inventory.groups["all"].get_vars()[PROBLEM]
    assert any("Could not set owner" in each for each in warnings)


@pytest.mark.parametrize(
    ("faults", "options", "words"),
    [
        (["status=400,code=1001,path=/accounts"], {}, "name the accounts by their ids"),
        (["status=401,code=10000"], {}, "The API does not accept the token"),
        ([], {"api_token": "{{ nowhere }}"}, "nowhere"),
        ([], {"api_token": [TOKEN]}, "api_token: the value is not accepted"),
        ([], {"api_url": "http://example.com"}, "api_url: http to 'example.com' would send the token in the clear"),
        ([], {"organizations": ["short"]}, "organizations: 'short' is not accepted, it must be an organization id"),
        ([], {"organizations": []}, "organizations: [] is not accepted"),
        ([], {"filter_name": [""]}, "filter_name: [''] is not accepted, it must be a list of patterns"),
        ([], {"accounts": ["short"]}, "accounts: 'short' is not accepted"),
        ([], {"accounts": [ACCOUNT_ID], "organizations": ["b" * 32]}, "accounts: can't be used together with organiz"),
        ([], {"accounts": [ACCOUNT_ID], "filter_tag": ["x"]}, "accounts: can't be used together with filter_tag"),
        ([], {"hostname": "slug"}, "hostname"),
        ([], {"timeout": 0}, "timeout: 0.0 is not accepted"),
    ],
)
def test_cloudflare_accounts_a_failure_says_why_and_leaves_word_without_the_token(
    simulator: Callable[..., Simulator],
    parse: Parse,
    warnings: list[str],
    faults: list[str],
    options: dict[str, Any],
    words: str,
) -> None:
    simulator(*faults)
    inventory = parse(options)
    assert words in inventory.groups["all"].get_vars()[PROBLEM]
    assert any(words in each for each in warnings)
    assert hosts(inventory) == set()
    assert TOKEN not in "".join(warnings)


def test_cloudflare_accounts_a_missing_token_is_named(
    simulator: Callable[..., Simulator], parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator()
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    assert "api_token: missing" in parse().groups["all"].get_vars()[PROBLEM]


def test_cloudflare_accounts_a_missing_library_is_named(
    simulator: Callable[..., Simulator], parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator()
    monkeypatch.setattr("ansible_collections.finops.cloudflare.plugins.module_utils._api.client.HAS_REQUESTS", False)
    assert "requests" in parse().groups["all"].get_vars()[PROBLEM]


def test_cloudflare_accounts_what_stands_in_or_is_filtered_away_is_a_warning(
    simulator: Callable[..., Simulator], parse: Parse, warnings: list[str]
) -> None:
    simulator("status=403,code=9109,path=/organizations/*/accounts")
    inventory = parse({"organizations": [ORGANIZATION_ID], "filter_name": ["Nobody*"]})
    assert hosts(inventory) == set()
    assert next(each.partition(" (")[0] for each in warnings) == (
        f"The API refused the accounts of organization {ORGANIZATION_ID}"
    )
    assert any("no account is left of" in each for each in warnings)


def cached(folder: Path, **options: Any) -> dict[str, Any]:
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder), **options}


def test_cloudflare_accounts_a_cache_spares_requests_and_holds_no_token(
    simulator: Callable[..., Simulator], parse: Parse, tmp_path: Path
) -> None:
    server = simulator(names="hostile")
    folder = tmp_path / "cache"
    first = parse(cached(folder))
    asked = len(server.requests)
    again = parse(cached(folder, filter_type=["enterprise"]))
    assert len(server.requests) == asked > 0
    assert hosts(again) < hosts(first)
    files = list(folder.iterdir())
    assert len(files) == 1
    assert TOKEN not in files[0].read_text()
    assert first.get_host(ACCOUNT_ID).get_vars() == parse(cached(folder)).get_host(ACCOUNT_ID).get_vars()
    parse(cached(folder), cache=False)
    assert len(server.requests) == 2 * asked


def test_cloudflare_accounts_a_cache_is_not_for_another_token_or_another_question(
    simulator: Callable[..., Simulator], parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator()
    folder = tmp_path / "cache"
    assert hosts(parse(cached(folder)))
    assert len(hosts(parse(cached(folder, organizations=[ORGANIZATION_ID], sub_organizations=False)))) == 2
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "another")
    assert hosts(parse(cached(folder))) == set()


def test_a_file_must_be_named_as_documented(simulator: Callable[..., Simulator], tmp_path: Path) -> None:
    simulator()
    path = tmp_path / "accounts.yml"
    path.write_text(yaml.safe_dump({"plugin": PLUGIN}))
    assert GROUP not in InventoryManager(DataLoader(), sources=[str(path)]).groups


def test_cloudflare_accounts_options_that_are_documented_are_those_that_are_checked() -> None:
    path = Path(__file__).resolve().parents[4] / "plugins" / "inventory" / "cloudflare_accounts.py"
    of_ansible = {"plugin", "strict", "compose", "groups", "keyed_groups", "use_extra_vars", "leading_separator"}
    documented = get_docstring(
        str(path), fragment_loader, collection_name="finops.cloudflare", plugin_type="inventory"
    )[0]["options"]
    own = {name for name in documented if name not in of_ansible and not name.startswith("cache")}
    assert own == set(LISTED_SCHEMA["properties"])
