# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What newcomers get wrong, and what they read: the place first, then what is wrong with it and what to do."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.plugins.action.cloudflare_budget_verdicts import ActionModule
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.tests.unit.plugins.action.action_runs import Host, run_action
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import ACCOUNT, BASE

USAGE = yaml.safe_load((Path(__file__).parents[3] / "docs" / "examples" / "usage.yml").read_text(encoding="utf-8"))
TODAY = datetime.date(2026, 11, 26)
ZONE, OTHER = "shop.example.com", "a" * 32
NO_TOKEN = (
    "api_token: the value is not accepted, it must be an API token: printable ASCII characters without spaces or"
    " line ends"
)
MISSING_TOKEN = "api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN"
NO_ID = (
    "is not accepted, it must be an account id of 32 hexadecimal characters, as in the dashboard's address"
    " dash.cloudflare.com/ID"
)
SCOPES = "account_id, account_ids, organization_id, organization_ids: "
ONE_SCOPE = "set exactly one of them, or both account_ids and organization_ids"
NO_NUMBER = "is not accepted, it must be a number from 0 (not a text, not true or false)"
NO_LIST = "budgets: a mapping is not accepted, it must be a list of 1 to 1000 budgets"
BUDGET_KEYS = (
    "name, match, measure, on, limit, unit, currency, warn_at, alerts, each, period, starts_on, cycle_day, min_days,"
    " window, direction, floor, on_unknown, on_no_match, severity, owner, note"
)
CARD = 'name: ours\nsource: contract\nchecked_on: "2026-10-01"\n'


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"api_token": None}, MISSING_TOKEN),
        ({"api_token": ""}, MISSING_TOKEN),
        ({"api_token": "Bearer 0123456789"}, f"{NO_TOKEN}; leave out the word Bearer"),
        ({"api_token": " bearer 0123456789"}, f"{NO_TOKEN}; leave out the word Bearer"),
        ({"api_token": '"0123456789"'}, f"{NO_TOKEN}; leave out the quotes around it"),
        ({"api_token": "'0123456789'\n"}, f"{NO_TOKEN}; leave out the quotes around it"),
        ({"api_token": "0123456789\n"}, f"{NO_TOKEN}; take away what is before or after it"),
        ({"api_token": "<your token>"}, NO_TOKEN),
        ({"account_id": "My Account"}, f"account_id: 'My Account' {NO_ID}"),
        ({"account_id": ACCOUNT[:-1]}, f"account_id: {ACCOUNT[:-1]!r} {NO_ID}"),
        ({"account_id": None, "account_ids": [ACCOUNT, OTHER, ZONE]}, f"account_ids: {ZONE!r} {NO_ID}"),
        ({"account_id": None}, f"{SCOPES}none is set; {ONE_SCOPE}"),
        ({"organization_id": ACCOUNT}, f"{SCOPES}account_id and organization_id are set; {ONE_SCOPE}"),
        (
            {"api_url": "127.0.0.1:8787/client/v4"},
            "api_url: the value is not accepted, it must be an address like https://api.cloudflare.com/client/v4",
        ),
        ({"api_url": "http://10.0.0.1"}, "api_url: http to '10.0.0.1' would send the token in the clear; use https"),
        (
            {"period": "last_month"},
            (
                "period: 'last_month' is not accepted, it must be one of billing_cycle, last_30_days, last_7_days,"
                " last_90_days, last_N_billing_cycles, month_to_date, previous_billing_cycle, previous_month,"
                " previous_quarter, previous_year, quarter_to_date, year_to_date (N is 2 to 36)"
            ),
        ),
        (
            {"period": "billing_cycle"},
            (
                "period: billing_cycle needs to know when billing cycles begin; set cycle_day to the day of the month,"
                " or source to paygo, which asks Cloudflare for it"
            ),
        ),
        ({"from": "2026-10-05", "to": "2026-10-01"}, "from: 2026-10-05 lies after to, 2026-10-01; swap them"),
        (
            {"from": "1.10.2026", "to": "2026-10-02"},
            "from: '1.10.2026' is not accepted, it must be a day as YYYY-MM-DD",
        ),
        ({"from": "2026-02-30", "to": "2026-03-02"}, "from: '2026-02-30' is not a valid date"),
        (
            {"from": "2027-01-01", "to": "2027-01-02"},
            "from: 2027-01-01 is still to come (today is 2026-11-26 in UTC); usage is known for past days only",
        ),
        ({"from": "2026-10-01"}, "from: set to '2026-10-01' without to; set both or neither"),
        (
            {"metric": ["Workers Standard Requests"]},
            (
                "metric: ['Workers Standard Requests'] is not accepted, it must be one to 20 different metric ids of"
                " letters, digits, and the characters _ . : -"
            ),
        ),
        (
            {"group_by": ["product"]},
            (
                "group_by: ['product'] is not accepted, it must be a list of different words out of account,"
                " sub_account, product_family, metric, zone, region, charge_class"
            ),
        ),
        (
            {"source": "pay-as-you-go"},
            "source: 'pay-as-you-go' is not accepted, it must be one of usage, paygo, rated",
        ),
    ],
)
def test_mistakes_in_a_query_are_told_before_any_request(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError) as refused:
        check_query({**BASE, **options}, TODAY)
    assert refused.value.problems == [told]


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("budgets_file", None, "there is no such file (budget_assert_budgets_file)"),
        ("budgets_file", "", "the file is empty"),
        ("budgets_file", "---\n# none yet\n", "the file is empty"),
        ("budgets_file", "name: x\nlimit: 1\n", NO_LIST),
        ("budgets_file", "budgets:\n  - {name: x, limit: 1}\n", NO_LIST),
        (
            "budgets_file",
            "- {name: x, limits: 1}\n",
            (
                f"budget 'x', limits: not known here; did you mean limit? Known are"
                f" {BUDGET_KEYS}\nFILE: budget 'x', limit: missing"
            ),
        ),
        (
            "budgets_file",
            "- {name: x, limit: 1, match: {metrics: y}}\n",
            (
                "budget 'x', match.metrics: not known here; did"
                " you mean metric? Known are account, sub_account, product_family, metric, zone, region, owner"
            ),
        ),
        (
            "budgets_file",
            "- {name: x, limit: 1, colour: red}\n",
            (f"budget 'x', colour: not known here; known are {BUDGET_KEYS}"),
        ),
        ("budgets_file", "- {name: x, limit: '1,000'}\n", f"budget 'x', limit: '1,000' {NO_NUMBER}"),
        ("budgets_file", "- {name: x, limit: $100}\n", f"budget 'x', limit: '$100' {NO_NUMBER}"),
        ("budgets_file", "- {name: x, limit: 1k}\n", f"budget 'x', limit: '1k' {NO_NUMBER}"),
        ("budgets_file", "- {name: x, limit: '{{ most }}'}\n", f"budget 'x', limit: '{{{{ most }}}}' {NO_NUMBER}"),
        ("budgets_file", "- {name: x, limit: -1}\n", f"budget 'x', limit: -1 {NO_NUMBER}"),
        ("budgets_file", "- {limit: 1}\n", "budget number 1, name: missing"),
        (
            "budgets_file",
            "- {name: x, limit: 1}\n- {name: x, limit: 2}\n",
            ("budget 'x', name: used 2 times, each budget needs its own"),
        ),
        (
            "budgets_file",
            "- {name: x, limit: 1, measure: billed_cost, currency: dollars}\n",
            (
                "budget 'x', currency:"
                " 'dollars' is not accepted, it must be a currency of three capital letters such as USD"
            ),
        ),
        (
            "budgets_file",
            "- {name: x, limit: 1, currency: USD}\n",
            ("budget 'x', currency: a quantity has a unit, not a currency; set unit, or measure to a cost"),
        ),
        (
            "budgets_file",
            "- {name: x, limit: 1, period: monthly}\n",
            (
                "budget 'x', period: 'monthly' is not accepted, it"
                " must be one of day, month, billing_cycle, quarter, year"
            ),
        ),
        (
            "budgets_file",
            "- {name: x, limit: 1, on: forcast}\n",
            (
                "budget 'x', on: 'forcast' is not accepted, it must be"
                " one of actual, forecast, contract, spike, growth, anomaly"
            ),
        ),
        ("rate_card_file", None, "there is no such file (budget_assert_rate_card_file)"),
        (
            "rate_card_file",
            "- {metric: x, price: 1}\n",
            (
                "rate card: a list is not accepted, it must be a mapping with"
                " name, source, checked_on, currency and prices"
            ),
        ),
        (
            "rate_card_file",
            f"{CARD}currency: USD\nprices: [{{metric: x, unit: y, price: 0.3/M}}]\n",
            f"rate card, price number 1 (x), price: '0.3/M' {NO_NUMBER}",
        ),
        (
            "rate_card_file",
            f"{CARD}curency: USD\nprices: [{{metric: x, unit: y, price: 1}}]\n",
            (
                "rate card, curency: not known here; did you mean currency? Known are name, source, checked_on,"
                " currency, cycle_day, valid_from, valid_until, note, prices\nFILE: rate card, currency: missing"
            ),
        ),
        (
            "rate_card_file",
            "name: ours\ncurrency: USD\nprices: [{metric: x, unit: y, price: 1}]\n",
            "rate card, source: missing\nFILE: rate card, checked_on: missing",
        ),
        (
            "allocation_file",
            "owners: [shop]\n",
            ("allocation: a mapping is not accepted, it must be a list of 1 to 1000 rules"),
        ),
        (
            "allocation_file",
            "- {name: x, match: {zones: y}, owner: z}\n",
            (
                "rule 'x', match.zones: not known here; did you"
                " mean zone? Known are account, sub_account, product_family, metric, zone, region"
            ),
        ),
    ],
)
def test_mistakes_in_a_file_are_told_with_its_name_before_any_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str, text: str | None, told: str
) -> None:
    file = tmp_path / "mine.yml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    given = {"budgets": [{"name": "x", "limit": 1}], option: str(file)}
    if option == "budgets_file":
        del given["budgets"]
    result = run_action(monkeypatch, ActionModule, Host(), "budget_assert", check_only=True, **given)
    assert result["failed"]
    assert result["msg"] == f"{file}: {told.replace('FILE', str(file))}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- name: x\n\tlimit: 1\n", ", line 2: not valid YAML: found a tab character "),
        ("- {name: x, limit: 1\n", ", line 2: not valid YAML: "),
        (
            "- name: x\n  limit: 1\n  limit: 2\n",
            ", line 3: duplicate key 'limit' in the same mapping, first in line 2",
        ),
        ("$ANSIBLE_VAULT;1.1;AES256\n6162\n", ": "),
    ],
)
def test_mistakes_that_make_a_file_unreadable_are_told_with_its_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(text, encoding="utf-8")
    result = run_action(monkeypatch, ActionModule, Host(), "budget_assert", check_only=True, budgets_file=str(file))
    assert result["failed"]
    assert result["msg"].startswith(f"{file}{told}")


def test_mistakes_no_budgets_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        "There are no budgets: set budget_assert_budgets_file to a file of them, or budget_assert_budgets to a list of"
        " at least one."
    )
    empty: list[dict[str, Any]] = [{}, {"budgets": []}, {"budgets": "", "budgets_file": " "}]
    for given in empty:
        result = run_action(monkeypatch, ActionModule, Host(), "budget_assert", check_only=True, **given)
        assert (result["failed"], result["msg"]) == (True, told)


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (
            {"match": {"metric": "worker_standard_requests"}},
            "nothing in the facts matches 'worker_standard_requests'; the closest there is 'workers_standard_requests'",
        ),
        (
            {"match": {"product_family": "workers"}},
            "nothing in the facts matches 'workers'; the closest there is 'Workers'",
        ),
        (
            {"match": {"account": "Producton"}},
            "nothing in the facts matches 'Producton'; the closest there is 'Production'",
        ),
        ({"match": {"metric": "email"}}, "nothing in the facts matches 'email'"),
        ({"match": {"zone": ZONE}}, "the facts are not grouped by zone"),
        (
            {"match": {"metric": "workers_standard_requests"}, "unit": "requests"},
            "the unit of the budget is requests, the data has 'Requests'",
        ),
        (
            {"measure": "billed_cost", "currency": "USD"},
            "Cloudflare gave no cost (source: usage has none; paygo and rated do)",
        ),
    ],
)
def test_mistakes_that_only_the_usage_shows_are_unknown_and_say_what_is_there(
    budget: dict[str, Any], told: str
) -> None:
    [verdict] = evaluate_budgets(USAGE, [{"name": "x", "limit": 10**12, **budget}])
    assert (verdict["status"], verdict["message"]) == ("unknown", f"Can't tell: {told}.")
