# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options are checked before any request: every problem at once, each with option, value and what is accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils import _json_schema
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    MissingLibraryError,
    ParameterError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    QUERY_SCHEMA,
    SECRET_OPTIONS,
    check_query,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import PERIODS
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts import dimensions
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    ACCOUNT,
    BASE,
    ORGANIZATION,
    OTHER_ACCOUNT,
    TODAY,
    TOKEN,
)

URL_FORM = "it must be an address like https://api.cloudflare.com/client/v4"


def problems(**options: Any) -> list[str]:
    """Return what is wrong with the options beside good ones; an option that is None is not given."""
    try:
        check_query({**BASE, **options}, TODAY)
    except ParameterError as error:
        return error.problems
    return []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"account_id": ACCOUNT.upper()},
        {"account_id": None, "organization_id": ORGANIZATION},
        {"account_id": None, "organization_id": ORGANIZATION, "source": "paygo"},
        {"account_id": None, "organization_ids": [ORGANIZATION], "account_ids": [ACCOUNT]},
        {
            "account_id": None,
            "organization_ids": [ORGANIZATION],
            "expected_accounts_by_organization": {ORGANIZATION.upper(): [ACCOUNT]},
        },
        {"account_id": None, "organization_id": ORGANIZATION, "expected_accounts": [ACCOUNT, OTHER_ACCOUNT]},
        {"account_id": None, "organization_id": ORGANIZATION, "expected_accounts": []},
        {"from": "2025-05-01", "to": "2025-05-01"},
        {"from": "2024-02-29", "to": "2025-12-31"},
        {"from": "2025-06-02", "to": "2025-06-02"},
        {"from": "2016-01-01", "to": "2025-12-31"},
        {"period": "last_7_days", "complete_days": True},
        {"metric": ["workers_standard_requests"]},
        {"metric": ["a.b:c-d_E9", "1"]},
        {"metric": [f"m{number}" for number in range(20)]},
        {"metric": ["m" * 128]},
        {"group_by": list(DIMENSION_COLUMNS)},
        {"group_by": []},
        {"lag_days": 0},
        {"lag_days": 31},
        {"window_days": 1},
        {"concurrency": 16},
        {"max_retries": 0},
        {"timeout": 0.001},
        {"timeout": 3600},
        {"deadline": 0.001},
        {"deadline": 86400},
        {"return_records": False},
        {"source": "paygo", "period": "billing_cycle", "metric": ["r2_storage_class_a_operations"]},
        {"cycle_day": 31, "period": "last_36_billing_cycles"},
        {"validate_certs": False, "ca_path": "/etc/ssl/certs"},
        {"api_token": "!~-._abcXYZ0129"},
        {"api_url": "http://127.0.0.1:8080/client/v4"},
        {"api_url": "http://localhost"},
        {"api_url": "http://[::1]:99/"},
        {"api_url": "HTTPS://API.EXAMPLE.COM/client/v4/"},
    ],
)
def test_parameters_what_is_accepted(options: dict[str, Any]) -> None:
    assert problems(**options) == []


def test_parameters_options_that_are_null_are_not_given() -> None:
    given = check_query({**BASE, "from": None, "to": None, "metric": None, "return_records": False}, TODAY)
    assert given == {**BASE, "return_records": False}


SCOPES = "account_id, account_ids, organization_id, organization_ids"
SET_ONE = "set exactly one of them, or both account_ids and organization_ids"
REFUSED: list[tuple[str, Any, str]] = [
    ("account_id", "0" * 31, "32 hexadecimal"),
    ("account_id", "0" * 33, "32 hexadecimal"),
    ("account_id", "g" * 32, "32 hexadecimal"),
    ("account_id", "../organizations/" + "0" * 15, "32 hexadecimal"),
    ("account_id", "0" * 32 + "\n", "32 hexadecimal"),
    ("account_id", "\N{ARABIC-INDIC DIGIT ZERO}" * 32, "32 hexadecimal"),
    ("account_id", "", "32 hexadecimal"),
    ("organization_id", "x/../y", "32 hexadecimal"),
    ("account_ids", [], "a list of account ids"),
    ("account_ids", ["0" * 32, "x/../y"], "32 hexadecimal"),
    ("organization_ids", ["x/../y"], "an organization id of 32 hexadecimal"),
    ("expected_accounts_by_organization", {"x": []}, "a mapping of organization ids"),
    ("expected_accounts_by_organization", {"0" * 32: ["x"]}, "to lists of account ids"),
    ("from", "01.05.2025", "YYYY-MM-DD"),
    ("from", "2025-5-1", "YYYY-MM-DD"),
    ("from", "2025-05-01T00:00:00Z", "YYYY-MM-DD"),
    ("from", "2025-05-01\n", "YYYY-MM-DD"),
    ("to", "٢٠٢٥-05-01", "YYYY-MM-DD"),
    ("to", "", "YYYY-MM-DD"),
    ("period", "last_8_days", "month_to_date"),
    ("period", "", "previous_month"),
    ("period", "last_1_billing_cycles", "N is 2 to 36"),
    ("period", "last_37_billing_cycles", "N is 2 to 36"),
    ("period", "billing_cycle\n", "billing_cycle"),
    ("source", "", "usage, paygo, rated"),
    ("source", "v1", "usage, paygo, rated"),
    ("cycle_day", 0, "1 to 31"),
    ("tags", [""], "at most 2"),
    ("tags", ["a", "b", "c"], "at most 2"),
    ("tags", ["a", "a"], "different"),
    ("tags", ["a\x1b"], "control characters"),
    ("cycle_day", 32, "1 to 31"),
    ("metric", [], "one to 20"),
    ("metric", [""], "one to 20"),
    ("metric", ["a b"], "letters, digits"),
    ("metric", ["a&from=2020-01-01"], "letters, digits"),
    ("metric", ["a\n"], "letters, digits"),
    ("metric", ["a", "a"], "different"),
    ("metric", ["m" * 129], "letters, digits"),
    ("metric", [f"m{number}" for number in range(21)], "one to 20"),
    ("group_by", ["colour"], "charge_class"),
    ("group_by", ["zone", "zone"], "different"),
    ("lag_days", -1, "0 to 31"),
    ("lag_days", 32, "0 to 31"),
    ("window_days", 0, "1 to 31"),
    ("window_days", 32, "1 to 31"),
    ("history_days", -1, "0 to 366"),
    ("history_days", 367, "0 to 366"),
    ("concurrency", 0, "1 to 16"),
    ("concurrency", 17, "1 to 16"),
    ("expected_accounts", ["x"], "32 hexadecimal"),
    ("ended_accounts", {"x": "2025-05-01"}, "a mapping of account ids"),
    ("ended_accounts", {ACCOUNT: "May"}, "to days like 2025-05-01"),
    ("timeout", 0, "above 0"),
    ("timeout", -1.5, "above 0"),
    ("timeout", 3600.5, "up to 3600"),
    ("timeout", float("nan"), "above 0"),
    ("timeout", float("inf"), "up to 3600"),
    ("deadline", 0, "above 0"),
    ("deadline", 86400.5, "up to 86400"),
    ("deadline", float("nan"), "above 0"),
    ("max_retries", -1, "0 to 20"),
    ("max_retries", 21, "0 to 20"),
    ("max_retries", True, "0 to 20"),
    ("ca_path", "", "path"),
]


@pytest.mark.parametrize(("option", "value", "remedy"), REFUSED)
def test_a_refused_value_is_named_with_its_option_and_what_is_accepted(option: str, value: Any, remedy: str) -> None:
    found = [problem for problem in problems(**{option: value}) if problem.startswith(f"{option}:")]
    assert found
    sentence = next(problem for problem in found if "is not accepted" in problem)
    assert remedy in sentence
    quoted = sentence.removeprefix(f"{option}: ").partition(" is not accepted, it must be ")[0]
    shown = repr(value[-1] if value and option in ("account_ids", "organization_ids") else value)
    assert quoted == shown if len(shown) <= 120 and shown.isascii() else len(quoted) <= 120
    assert "\n" not in sentence


def test_parameters_every_option_has_a_bad_value_above_and_says_what_is_accepted() -> None:
    tried = {option for option, _value, _remedy in REFUSED}
    typed_by_ansible = {"complete_days", "return_records", "subscriptions", "validate_certs"}
    assert tried | typed_by_ansible | set(SECRET_OPTIONS) == set(QUERY_SCHEMA["properties"])
    assert [name for name, rules in QUERY_SCHEMA["properties"].items() if not rules.get("description")] == []


@pytest.mark.parametrize("option", ["complete_days", "return_records", "subscriptions", "validate_certs"])
def test_parameters_switches_are_true_or_false(option: str) -> None:
    assert problems(**{option: "perhaps"}) == [f"{option}: 'perhaps' is not accepted, it must be true or false"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"account_id": None}, f"{SCOPES}: none is set; {SET_ONE}"),
        ({"organization_id": ORGANIZATION}, f"{SCOPES}: account_id and organization_id are set; {SET_ONE}"),
        (
            {"account_ids": [ACCOUNT], "organization_ids": [ORGANIZATION]},
            f"{SCOPES}: account_id and account_ids and organization_ids are set; {SET_ONE}",
        ),
        (
            {"account_id": None, "organization_id": ORGANIZATION, "organization_ids": [ORGANIZATION]},
            f"{SCOPES}: organization_id and organization_ids are set; {SET_ONE}",
        ),
        (
            {"account_id": None, "organization_ids": [ORGANIZATION], "expected_accounts": [ACCOUNT]},
            "organization_ids: can't be used together with expected_accounts; leave one of them out",
        ),
        (
            {
                "account_id": None,
                "organization_ids": [ORGANIZATION],
                "expected_accounts_by_organization": {OTHER_ACCOUNT: [ACCOUNT]},
            },
            f"expected_accounts_by_organization: {OTHER_ACCOUNT} is not one of organization_ids",
        ),
        ({"from": "2025-05-01"}, "from: set to '2025-05-01' without to; set both or neither"),
        ({"to": "2025-05-01"}, "to: set to '2025-05-01' without from; set both or neither"),
        (
            {"from": "2025-05-02", "to": "2025-05-01"},
            "from: 2025-05-02 lies after to, 2025-05-01; swap them",
        ),
        (
            {"from": "2025-06-03", "to": "2025-06-04"},
            "from: 2025-06-03 is still to come (today is 2025-06-02 in UTC); usage is known for past days only",
        ),
        (
            {"from": "2025-02-29", "to": "2025-03-01"},
            "from: '2025-02-29' is not a valid date",
        ),
        (
            {"ended_accounts": {ACCOUNT: "2025-02-30"}},
            f"ended_accounts: '2025-02-30' of {ACCOUNT} is not a valid date",
        ),
        ({"from": "2025-03-01", "to": "2025-04-31"}, "to: '2025-04-31' is not a valid date"),
        (
            {"from": "2015-05-01", "to": "2025-06-01"},
            "to: 2025-06-01 is more than 3660 days after from, 2015-05-01; ask for a shorter range",
        ),
        (
            {"period": "last_7_days", "from": "2025-05-01", "to": "2025-05-02"},
            "period: can't be used together with from; leave one of them out",
        ),
        (
            {"expected_accounts": [OTHER_ACCOUNT]},
            "account_id: can't be used together with expected_accounts; leave one of them out",
        ),
        ({"api_token": None}, "api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN"),
        ({"api_url": None}, "api_url: missing; set it, or the environment variable CLOUDFLARE_BASE_URL"),
    ],
)
def test_parameters_options_that_do_not_go_together(options: dict[str, Any], expected: str) -> None:
    assert expected in problems(**options)


def test_parameters_the_longest_range_is_ten_years() -> None:
    assert problems(**{"from": "2015-05-26", "to": "2025-05-31"}) == []
    assert len(problems(**{"from": "2015-05-25", "to": "2025-06-01"})) == 1


def test_parameters_all_problems_are_reported_at_once_and_once() -> None:
    bad = {option: value for option, value, _remedy in REFUSED}
    found = problems(**bad, api_token="two words", api_url="http://example.com")
    labels = [problem.partition(":")[0] for problem in found]
    assert set(bad) | {"api_token", "api_url"} <= set(labels)
    assert len(found) == len(set(found))
    assert len([name for name in labels if name == "metric"]) == 1


def test_parameters_the_message_of_the_error_is_all_problems() -> None:
    with pytest.raises(ParameterError) as caught:
        check_query({"period": "x"}, TODAY)
    assert str(caught.value) == "; ".join(caught.value.problems)
    assert len(caught.value.problems) == 4
    assert caught.value.failure()["problems"] == caught.value.problems


@pytest.mark.parametrize(
    "token", ["two words", TOKEN + "\n", "\n" + TOKEN, "tok\ten", "tökén-" + TOKEN, TOKEN * 200, "a\x00b", 12]
)
def test_parameters_a_token_that_cannot_be_a_header_is_refused_and_not_quoted(token: Any) -> None:
    (problem,) = problems(api_token=token)
    assert problem.startswith("api_token: the value is not accepted, it must be an API token: printable ASCII")
    assert TOKEN not in problem
    assert str(token) not in problem or not str(token)


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        ("http://api.cloudflare.com/client/v4", "http to 'api.cloudflare.com' would send the token in the clear"),
        ("http://127.0.0.1.example.com", "would send the token in the clear; use https"),
        ("http://localhost.example.com", "would send the token in the clear; use https"),
        ("http://0.0.0.0:80", "would send the token in the clear; use https"),
        ("http://192.168.1.1", "would send the token in the clear; use https"),
        ("http://[2001:db8::1]", "would send the token in the clear; use https"),
        (
            "https://user:pass-word@example.com",
            "must not hold a user name or a password; the token goes into api_token",
        ),
        ("https://user@example.com", "must not hold a user name or a password"),
        ("https://:pass-word@example.com", "must not hold a user name or a password"),
        ("http://127.0.0.1:80\\@example.com/pass-word", "must not hold a user name or a password"),
        ("https://example.com/?key=pass-word", "must not hold a query or a fragment"),
        ("https://example.com/#pass-word", "must not hold a query or a fragment"),
        ("ftp://example.com", URL_FORM),
        ("api.cloudflare.com/client/v4", URL_FORM),
        ("https://", URL_FORM),
        ("https:///client/v4", URL_FORM),
        ("https://example.com:port/pass-word", URL_FORM),
        ("https://example.com:99999", URL_FORM),
        ("http://[::1", URL_FORM),
        ("https://exa mple.com", URL_FORM),
        ("https://example.com\n", URL_FORM),
        ("https://a..example.com", URL_FORM),
        ("https://" + "a" * 64 + ".example.com", URL_FORM),
        ("", "missing; set it, or the environment variable CLOUDFLARE_BASE_URL"),
        ("https://example.com/" + "x" * 2048, "the value is not accepted, it must be the address of the API"),
        (7, "the value is not accepted, it must be the address of the API"),
    ],
)
def test_parameters_an_address_that_could_give_the_token_away_is_refused_and_no_secret_in_it_quoted(
    address: Any, remedy: str
) -> None:
    (problem,) = problems(api_url=address)
    assert problem.startswith("api_url: ")
    assert remedy in problem
    assert "pass-word" not in problem


def test_parameters_a_schema_that_extends_the_query_s_is_used_instead() -> None:
    extra = {"colour": {"enum": ["red"], "description": "the word red"}}
    schema = {**QUERY_SCHEMA, "properties": {**QUERY_SCHEMA["properties"], **extra}, "additionalProperties": False}
    assert check_query({**BASE, "colour": "red"}, TODAY, schema)["colour"] == "red"
    with pytest.raises(ParameterError, match=r"colour: 'blue' is not accepted, it must be the word red"):
        check_query({**BASE, "colour": "blue"}, TODAY, schema)
    with pytest.raises(ParameterError, match=r"\('taste' was unexpected\)"):
        check_query({**BASE, "taste": "sour"}, TODAY, schema)
    with pytest.raises(ParameterError, match=r"^shape: missing$"):
        check_query(BASE, TODAY, {**schema, "required": ["shape"]})


def test_parameters_the_schema_is_one_and_its_patterns_mean_the_same_in_other_languages() -> None:
    jsonschema.Draft202012Validator.check_schema(QUERY_SCHEMA)
    patterns = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(QUERY_SCHEMA))
    assert patterns
    assert [pattern for pattern in patterns if re.search(r"\\[AZzdw]|\(\?P|\(\?i", pattern)] == []


def test_parameters_words_of_the_schema_are_those_of_the_code() -> None:
    assert QUERY_SCHEMA["properties"]["period"]["anyOf"][0]["enum"] == sorted(PERIODS)
    assert [*DIMENSION_COLUMNS, "owner"] == list(dimensions.DIMENSIONS)  # which an allocation gives


def test_parameters_without_jsonschema_nothing_is_checked_and_nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_json_schema, "HAS_JSONSCHEMA", False)
    monkeypatch.setattr(_json_schema, "JSONSCHEMA_TRACEBACK", "Traceback: no jsonschema")
    with pytest.raises(MissingLibraryError) as caught:
        check_query(BASE, TODAY)
    assert (caught.value.library, caught.value.traceback) == ("jsonschema", "Traceback: no jsonschema")


@pytest.mark.parametrize("token", ["", " ", "\n"])
def test_parameters_token_that_is_empty_is_missing(token: str) -> None:
    assert problems(api_token=token) == ["api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN"]


@pytest.mark.parametrize("secret", [TOKEN, "cfat_0123456789abcdefghij", "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AB"])
@pytest.mark.parametrize(
    ("option", "wrap", "expected"),
    [
        ("account_id", str, "an account id of 32 hexadecimal characters"),
        ("metric", lambda secret: [secret], "one to 20 different metric ids"),
        ("metric", lambda secret: ["workers_requests", secret], "one to 20 different metric ids"),
        ("period", str, "one of "),
        ("from", str, "a day as YYYY-MM-DD"),
        ("ca_path", lambda secret: [secret], "the path of a file"),
    ],
)
def test_parameters_token_that_is_given_as_something_else_is_not_shown(
    secret: str, option: str, wrap: Callable[[str], Any], expected: str
) -> None:
    found = problems(**{option: wrap(secret)})
    assert any(
        each.startswith(f"{option}: what looks like a token is not accepted, it must be {expected}") for each in found
    )
    assert secret not in "".join(found)
