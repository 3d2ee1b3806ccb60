# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several accounts in one task: each read once, side by side, and none that fails hides another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiResponseError,
    ParameterError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage import usage_info
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.accounts import AccountsError
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.merge import merge_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import codes, reason

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Simulator

NOW = datetime(2025, 6, 2, 3, tzinfo=timezone.utc)
MAY = {"from": "2025-05-01", "to": "2025-05-31"}
NOT_COVERED = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
PAYS_AS_IT_GOES = "15" * 16  # version 2 of the API refuses it, its cycles begin on the 15th
UNKNOWN = "9" * 32
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
Start = Callable[..., "Simulator"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a simulator: start(*faults, switch=value)."""
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator

    with ExitStack() as stack:

        def begin(*faults: str, **switches: Any) -> Simulator:
            config = {"today": date(2025, 6, 2), "metrics": 2, **switches}
            return stack.enter_context(Simulator(Config(**config), faults=faults))

        yield begin


def at_once(_seconds: float) -> None:
    """Wait for nothing: what is tried again is tried again at once."""


def ask(simulator: Simulator, accounts: list[str] | str, **options: Any) -> dict[str, Any]:
    """Return the result for accounts in a list, or for one account by itself; an option that is None is not given."""
    whose = {"account_id": accounts} if isinstance(accounts, str) else {"account_ids": accounts}
    given = {"api_url": simulator.base_url, "api_token": simulator.config.token, **whose, **MAY, **options}
    checked = check_query(given, NOW.date())
    return query_usage(checked, NOW, partial(Client, sleep=at_once))


def known(simulator: Simulator, count: int | None = None) -> list[str]:
    return [account.id for account in simulator.api.dataset.accounts][:count]


def without_requests(usage: dict[str, Any]) -> dict[str, Any]:
    return {**usage, "requests": 0}


def test_accounts_in_a_list_are_what_merging_them_one_by_one_gives(start: Start) -> None:
    simulator = start(accounts=5, cost="some")
    accounts = [*known(simulator), NOT_COVERED]
    for options in ({}, {"group_by": ["metric"]}, {"source": "rated"}, {"source": "paygo", "subscriptions": True}):
        alone = [ask(simulator, account, **options)["usage"] for account in accounts]
        together: Any = read_usage(ask(simulator, accounts, **options)["usage"])
        assert without_requests(together) == without_requests(dict(merge_usage(alone)))


@pytest.mark.parametrize("concurrency", [1, 4])
def test_accounts_that_were_read_leave_their_groups_before_the_next_ones_come(
    start: Start, concurrency: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = start(accounts=12)
    usages: list[dict[str, Any]] = []

    def noted(given: Any, now: datetime, client: Client) -> usage_info.Reading:
        holding = sum("groups" in usage for usage in usages)
        assert holding <= concurrency
        reading = original(given, now, client)
        usages.append(reading.usage)
        return reading

    original = usage_info.read
    monkeypatch.setattr(usage_info, "read", noted)
    usage = ask(simulator, known(simulator), group_by=["metric"], concurrency=concurrency)["usage"]
    assert len(usages) == 12
    assert not any("groups" in usage for usage in usages)
    assert sum(group["record_count"] for group in usage["groups"]) == usage["record_count"]


def test_accounts_named_twice_are_read_once_whatever_the_case(start: Start) -> None:
    simulator = start(accounts=2)
    one, other = known(simulator)
    usage = ask(simulator, [one, other.upper(), one.upper(), other])["usage"]
    assert [source["scope_id"] for source in usage["sources"]] == [one, other]
    requests = Counter(each["path"] for each in simulator.requests)
    assert len(set(requests.values())) == 1
    assert usage["requests"] == requests.total()


def test_accounts_of_which_there_is_one_are_that_account(start: Start) -> None:
    simulator = start(accounts=1)
    [account] = known(simulator)
    usage = ask(simulator, [account.upper(), account])["usage"]
    assert usage == ask(simulator, account)["usage"]
    assert (usage["scope"], usage["scope_id"], usage["sources"]) == ("account", account, [])


def fail_in_the_middle(accounts: list[str]) -> tuple[list[str], dict[str, tuple[str, int | None]], list[str]]:
    """Return faults for five of the accounts, by account what kind of failure and status they are, and the others."""
    middle = len(accounts) // 2
    refused, missing, outage, cut, html = accounts[middle : middle + 5]
    faults = [
        f"status=403,path=/accounts/{refused}/*",
        f"status=404,path=/accounts/{missing}/*",
        f"status=503,path=/accounts/{outage}/*",
        f"cut=50%,path=/accounts/{cut}/*",
        f"body=html,path=/accounts/{html}/*",
    ]
    kinds: dict[str, tuple[str, int | None]] = {
        refused: ("refused", 403),
        missing: ("refused", 404),
        outage: ("refused", 503),
        cut: ("transport", None),
        html: ("malformed", 200),
    }
    return faults, kinds, [account for account in accounts if account not in kinds]


@pytest.mark.many_cases
def test_accounts_that_fail_in_the_middle_of_many_hide_none_of_the_others(start: Start) -> None:
    simulator = start(accounts=120, rate_limit="1200/300")
    accounts = known(simulator)
    faults, kinds, whole = fail_in_the_middle(accounts)
    simulator.set_faults(*faults)
    asked = [*accounts[:70], NOT_COVERED, PAYS_AS_IT_GOES, UNKNOWN, *accounts[70:]]
    result = ask(simulator, asked, max_retries=1, concurrency=8)
    usage: Any = read_usage(result["usage"])
    kinds |= {NOT_COVERED: ("empty", None), PAYS_AS_IT_GOES: ("refused", 403), UNKNOWN: ("refused", 403)}
    sources = {source["scope_id"]: source for source in usage["sources"]}
    assert list(sources) == asked
    for account, (kind, status) in kinds.items():
        failure = sources[account]["failure"]
        assert (failure["kind"], failure.get("http_status")) == (kind, status)
        assert len(failure["message"]) > 40
        assert sources[account]["record_count"] == 0
    assert all(sources[account]["failure"] is None and sources[account]["status"] == "complete" for account in whole)
    assert {account["id"] for account in usage["accounts"]} == set(whole)
    assert (usage["status"], usage["complete_through"]) == ("partial", "2025-05-31")
    failed = [account for account in asked if account in kinds and account != NOT_COVERED]
    found = reason(usage, "accounts_failed")
    assert (found["accounts"], found["count"]) == (failed, len(failed))
    assert found["about"] == [{"account": account} for account in sorted(failed)]
    assert reason(usage, "source_empty")["about"] == [{"account": NOT_COVERED}]
    assert set(codes(usage)) == {"accounts_failed", "source_empty"}
    assert sum(each["status"] == 429 for each in simulator.requests) == 0
    assert usage["requests"] == len(simulator.requests)
    requests = Counter(each["path"].split("/")[-3] for each in simulator.requests)
    again = {account for account, (_kind, status) in kinds.items() if status in (503, None)}
    assert requests == {account: 2 if account in again else 1 for account in asked}
    [said] = result["warnings"]
    assert said.startswith("The usage of 123 accounts is partial: ")
    budget = {"name": "requests", "match": {"metric": "workers_standard_requests"}, "limit": 10**12}
    verdicts = evaluate_budgets(usage, [{**budget, "each": "account"}])
    statuses = Counter(verdict["status"] for verdict in verdicts)
    assert statuses == {"pass": len(whole), "unknown": len(kinds)}
    [total] = evaluate_budgets(usage, [budget])
    assert total["status"] == "unknown"


def test_accounts_that_are_refused_for_a_while_are_asked_again(start: Start) -> None:
    simulator = start("status=429,retry-after=0,times=3", accounts=4)
    assert ask(simulator, known(simulator))["usage"]["status"] == "complete"


@pytest.mark.parametrize("source", ["usage", "paygo", "rated"])
def test_accounts_whose_token_is_not_accepted_fail_the_task(start: Start, source: str) -> None:
    simulator = start("status=401", accounts=3)
    accounts = known(simulator)
    with pytest.raises(AccountsError, match=r"^None of the 3 accounts could be read. Account 0.* HTTP 401: ") as caught:
        ask(simulator, accounts, source=source)
    failure = caught.value.failure()
    assert (failure["kind"], failure["http_status"]) == ("refused", 401)
    assert {account: each["http_status"] for account, each in failure["accounts"].items()} == dict.fromkeys(
        accounts, 401
    )
    assert str(caught.value).count("HTTP 401") == 1


def test_accounts_that_all_fail_in_other_ways_tell_each_way(start: Start) -> None:
    simulator = start(accounts=2)
    one, other = known(simulator)
    simulator.set_faults(f"status=404,path=/accounts/{one}/*", f"body=html,path=/accounts/{other}/*")
    with pytest.raises(AccountsError) as caught:
        ask(simulator, [one, other])
    for account in (one, other):
        assert f"Account {account}: " in str(caught.value)


def test_accounts_share_one_deadline(start: Start) -> None:
    simulator = start(accounts=3)
    times = iter([0.0] * 3 + [1000.0] * 1000)
    given = {
        "api_url": simulator.base_url,
        "api_token": simulator.config.token,
        "account_ids": known(simulator),
        "concurrency": 1,
        **MAY,
    }
    usage = query_usage(check_query(given, NOW.date()), NOW, partial(Client, clock=lambda: next(times)))["usage"]
    first, *others = usage["sources"]
    assert first["status"] == "complete"
    assert [source["failure"]["kind"] for source in others] == ["transport"] * 2
    assert "deadline of 900 s for the task has passed" in others[0]["failure"]["message"]
    assert len(simulator.requests) == 1


def test_accounts_with_other_billing_cycles_count_for_the_days_of_most(start: Start) -> None:
    simulator = start(accounts=4)
    first, fifteenth, _contract, other_first = known(simulator)
    asked = [fifteenth, first, other_first, NOT_COVERED]
    usage: Any = read_usage(
        ask(simulator, asked, source="paygo", period="previous_billing_cycle", **dict.fromkeys(MAY))["usage"]
    )
    assert (usage["from"], usage["to"]) == ("2025-05-01", "2025-05-31")
    failures = {source["scope_id"]: source["failure"] for source in usage["sources"]}
    assert failures[fifteenth]["kind"] == "other_days"
    assert "previous_billing_cycle is 2025-04-15 to 2025-05-14" in failures[fifteenth]["message"]
    assert failures[NOT_COVERED]["kind"] == "account_not_covered"
    assert failures[first] is failures[other_first] is None


def test_accounts_that_are_empty_have_no_say_in_which_days_count(start: Start) -> None:
    simulator = start(accounts=2)
    empty, fifteenth = "0a" * 16, known(simulator)[1]
    asked = {"source": "paygo", "period": "previous_billing_cycle", **dict.fromkeys(MAY)}
    usage: Any = read_usage(ask(simulator, [empty, fifteenth], **asked)["usage"])
    assert (usage["from"], usage["to"]) == ("2025-04-15", "2025-05-14")
    failures = {source["scope_id"]: source["failure"] for source in usage["sources"]}
    assert failures[fifteenth] is None
    assert failures[empty]["kind"] == "empty"


def test_accounts_return_all_their_records(start: Start) -> None:
    simulator = start(accounts=3)
    accounts = known(simulator)
    result = ask(simulator, accounts, return_records=True)
    alone = [ask(simulator, account, return_records=True)["records"] for account in accounts]
    assert result["records"] == [record for records in alone for record in records]


def test_accounts_about_which_the_api_says_the_same_are_one_warning(start: Start) -> None:
    simulator = start("envelope=messages,message=Restated soon", accounts=3)
    [warning] = ask(simulator, known(simulator))["warnings"]
    assert warning == f"Cloudflare says of /accounts/{known(simulator)[0]} and 2 more: Restated soon"


def test_accounts_expected_of_an_organization_do_not_go_with_a_list(start: Start) -> None:
    simulator = start(accounts=2)
    with pytest.raises(ParameterError, match="account_ids: can't be used together with expected_accounts"):
        ask(simulator, known(simulator), expected_accounts=[UNKNOWN])
    assert simulator.requests == []


BILLED = "5b" * 16  # the organization of the accounts that pay as they go
NO_LIST = "status=403,path=/organizations/*/accounts"


def members(simulator: Simulator, organization: str = BILLED) -> list[str]:
    found = simulator.api.dataset.organization(organization)
    assert found is not None
    return [account.id for account in simulator.api.dataset.members(found)]


def paths(simulator: Simulator) -> Counter[str]:
    return Counter(each["path"] for each in simulator.requests)


@pytest.mark.parametrize("source", ["paygo", "rated"])
@pytest.mark.parametrize("scope", ["organization_id", "organization_ids"])
def test_organization_from_a_source_of_accounts_is_all_of_its_accounts(start: Start, source: str, scope: str) -> None:
    simulator = start(accounts=3)
    organization = BILLED if source == "paygo" else ORGANIZATION
    whole = {scope: organization.upper() if scope == "organization_id" else [organization, organization.upper()]}
    usage: Any = read_usage(ask(simulator, [], account_ids=None, source=source, **whole)["usage"])
    asked = paths(simulator)
    assert asked.pop(f"/organizations/{organization}/accounts") == 1
    assert all(path.split("/")[2] in members(simulator, organization) for path in asked)
    assert [each["scope_id"] for each in usage["sources"]] == members(simulator, organization)
    expected = ask(simulator, members(simulator, organization), source=source)["usage"]
    assert without_requests(usage) == without_requests(expected)
    not_covered = {each["scope_id"] for each in usage["sources"] if each["failure"]}
    assert not_covered == ({"0a" * 16, "ed" * 16} if source == "paygo" else set()), "not covered, no subscription"


def test_organization_one_account_of_which_fails_hides_none_of_the_others(start: Start) -> None:
    simulator = start()
    failing = members(simulator)[3]
    simulator.set_faults(f"status=403,path=/accounts/{failing}/*")
    usage: Any = read_usage(ask(simulator, [], account_ids=None, source="paygo", organization_id=BILLED)["usage"])
    sources = {each["scope_id"]: each for each in usage["sources"]}
    assert list(sources) == members(simulator)
    assert sources[failing]["failure"]["http_status"] == 403
    assert (usage["status"], reason(usage, "accounts_failed")["accounts"]) == ("partial", [failing])
    assert {each["id"] for each in usage["accounts"]} == {one for one in sources if not sources[one]["failure"]}


def test_organization_whose_list_is_refused_is_read_by_parent_and_says_so(start: Start) -> None:
    simulator = start(NO_LIST)
    usage: Any = read_usage(ask(simulator, [], account_ids=None, source="rated", organization_id=ORGANIZATION)["usage"])
    assert [each["scope_id"] for each in usage["sources"]] == members(simulator, ORGANIZATION)
    found = reason(usage, "accounts_not_all_listed")
    assert "The API refused the accounts of organization" in found["message"]
    assert (usage["status"], codes(usage), "about" in found) == ("partial", ["accounts_not_all_listed"], False)


def test_organization_whose_accounts_are_expected_needs_no_list_to_be_whole(start: Start) -> None:
    simulator = start(NO_LIST, accounts=3)
    expected = members(simulator, ORGANIZATION)
    asked: dict[str, Any] = {"account_ids": None, "source": "rated", "organization_id": ORGANIZATION}
    result = ask(simulator, [], expected_accounts=[each.upper() for each in expected], **asked)
    assert result["usage"]["status"] == "complete"
    assert any("The API refused the accounts of organization" in said for said in result["warnings"])
    by_organization = {ORGANIZATION.upper(): [*expected[1:], UNKNOWN]}
    asked |= {"organization_id": None, "organization_ids": [ORGANIZATION]}
    usage: Any = ask(simulator, [], expected_accounts_by_organization=by_organization, **asked)["usage"]
    assert [each["scope_id"] for each in usage["sources"]] == [*expected[1:], UNKNOWN]
    assert reason(usage, "accounts_not_expected")["about"] == [{"account": expected[0]}]
    assert reason(usage, "accounts_failed")["accounts"] == [UNKNOWN]


def test_organization_of_which_no_account_is_in_sight_fails_the_task_or_is_a_source_with_its_failure(
    start: Start,
) -> None:
    simulator = start()
    asked = {"account_ids": None, "source": "paygo"}
    with pytest.raises(ApiResponseError, match=f"No accounts of organization {UNKNOWN} are in sight"):
        ask(simulator, [], organization_id=UNKNOWN, **asked)
    with pytest.raises(AccountsError, match="None of the 2 organizations could be read"):
        ask(simulator, [], organization_ids=[UNKNOWN, "8" * 32], **asked)
    usage: Any = read_usage(ask(simulator, [], organization_ids=[UNKNOWN, BILLED], **asked)["usage"])
    [failed] = [each for each in usage["sources"] if each["scope"] == "organization"]
    assert (failed["scope_id"], failed["failure"]["kind"], failed["status"]) == (UNKNOWN, "refused", "failed")
    found = reason(usage, "accounts_failed")
    assert "about" not in found, "nobody knows which accounts these are, so it is about everything"
    assert found["message"].startswith("Of 1 account(s) and organization(s) nothing could be read")


def test_organizations_and_accounts_in_one_task_are_read_once(start: Start) -> None:
    simulator = start(accounts=6, organizations=2)
    inside, outside = known(simulator)[:2]
    lists = {"organization_ids": [ORGANIZATION, ORGANIZATION.upper()]}
    usage: Any = read_usage(ask(simulator, [inside, outside, outside], **lists)["usage"])
    organization = ask(simulator, [], account_ids=None, organization_id=ORGANIZATION)["usage"]
    merged = merge_usage([ask(simulator, outside)["usage"], organization])
    assert {**usage, "requests": 0, "sources": []} == {**dict(merged), "requests": 0, "sources": []}
    assert [(each["scope"], each["scope_id"]) for each in usage["sources"]] == [
        ("account", outside),
        ("organization", ORGANIZATION),
    ]
    assert paths(simulator) == {
        f"/organizations/{ORGANIZATION}/billable/usage": 2,
        f"/accounts/{outside}/billable/usage": 2,
    }


def shared(account: str, organization: str, rows: str) -> str:
    """Return the fault that makes an account one of another organization, too."""
    return f"set=BillingAccountId:{account},rows={rows},path=/organizations/{organization}/*"


def test_organizations_of_which_one_is_inside_another_count_once(start: Start) -> None:
    simulator = start(accounts=4, organizations=2)
    above, below = (each.id for each in simulator.api.dataset.organizations)
    whole = ask(simulator, [], account_ids=None, organization_id=above)["usage"]
    inside = members(simulator, above)[0]
    simulator.set_faults(shared(inside, below, "all"))
    for asked in ([above, below], [below, above]):
        result = ask(simulator, [inside], organization_ids=asked)
        assert result["usage"]["groups"] == whole["groups"]
        assert [each["scope_id"] for each in result["usage"]["sources"]] == [above]
        assert (result["usage"]["status"], result["warnings"]) == (
            "complete",
            [f"All accounts of organization {below} have come with other organizations: they count once."],
        )
    expected = {"expected_accounts_by_organization": {below: [inside, UNKNOWN]}}
    usage = ask(simulator, [], account_ids=None, organization_ids=[above, below], **expected)["usage"]
    assert reason(usage, "accounts_missing")["about"] == [{"account": UNKNOWN}]


def test_organizations_that_share_some_accounts_are_never_added_up(start: Start) -> None:
    simulator = start(accounts=13, organizations=3)
    first, other, third = asked = [each.id for each in simulator.api.dataset.organizations]
    inside, [seen_by_third, *outside] = members(simulator, first)[0], members(simulator, other)
    simulator.set_faults(shared(inside, other, "1"), shared(seen_by_third, third, "1"))
    usage: Any = read_usage(ask(simulator, outside, organization_ids=asked)["usage"])
    failures = {each["scope_id"]: each["failure"] for each in usage["sources"]}
    assert failures == {**dict.fromkeys([*outside, first, third]), other: failures[other]}, "what fails is in no way"
    assert failures[other]["kind"] == "accounts_twice"
    assert (
        f"1 of its 5 accounts have come with another organization, the first is {inside}" in failures[other]["message"]
    )
    assert usage["status"] == "partial"
    ids = [account["id"] for account in usage["accounts"]]
    assert ids == sorted({*members(simulator, first), *members(simulator, third), seen_by_third, *outside})


def test_organization_that_fails_leaves_its_accounts_to_be_read_by_themselves(start: Start) -> None:
    simulator = start(f"status=403,path=/organizations/{ORGANIZATION}/*", accounts=2)
    usage: Any = read_usage(ask(simulator, known(simulator), organization_ids=[ORGANIZATION])["usage"])
    assert {each["scope_id"]: each["status"] for each in usage["sources"]} == {
        **dict.fromkeys(known(simulator), "complete"),
        ORGANIZATION: "failed",
    }
    assert usage["status"] == "partial"


def test_accounts_of_an_organization_in_the_list_are_read_once_from_a_source_of_accounts(start: Start) -> None:
    simulator = start()
    ask(simulator, members(simulator)[4:6], organization_ids=[BILLED], source="paygo")
    assert {count for path, count in paths(simulator).items() if path.endswith("/info")} == {1}
