# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module itself: its options, its results as documented, and how it fails."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.finops.cloudflare.plugins.module_utils import _json_schema
from ansible_collections.finops.cloudflare.plugins.module_utils._api import client
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiResponseError,
    MalformedError,
    MissingLibraryError,
    ParameterError,
    TransportError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage import aggregation as tally_module
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.doubts import reasons
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    QUERY_SCHEMA,
    check_query,
)
from ansible_collections.finops.cloudflare.plugins.modules import cloudflare_usage_info as module
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import USAGE_SCHEMA
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import execute
from ansible_collections.finops.cloudflare.tests.unit.plugins.modules.module_runs import (
    never_seen,
    returned_schema,
    run,
)

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Simulator

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
NOT_COVERED = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
TOKEN = "token-that-must-not-show"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}
RETURN = yaml.safe_load(module.RETURN)
SUCCESS = returned_schema({name: entry for name, entry in RETURN.items() if name != "failure"})
OF_ALLOCATED_USE = {"owner", "allocation_rule"}  # keys that an allocation adds to a group
FAILURE = returned_schema({"failure": RETURN["failure"]})
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Simulator]]:
    """Start a simulator and put its address and token where the module looks for them: start(*faults, switch=value)."""
    from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator

    with ExitStack() as stack:

        def begin(*faults: str, **switches: Any) -> Simulator:
            config = {"today": date(2025, 6, 2), "accounts": 1, "metrics": 2, "token": TOKEN, **switches}
            simulator = stack.enter_context(Simulator(Config(**config), faults=faults))
            monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
            monkeypatch.setenv("CLOUDFLARE_BASE_URL", simulator.base_url)
            return simulator

        yield begin


@pytest.fixture
def usage_info(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the module with these options for an account in May; an option that is None is not given."""
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    monkeypatch.delenv("CLOUDFLARE_BASE_URL", raising=False)

    warned: list[str] = []
    # Where Ansible's controller is imported too, as in these tests, a warning would go to its display.
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warned.append(text))

    def call(**options: Any) -> dict[str, Any]:
        warned.clear()
        arguments = {"account_id": ACCOUNT, "max_retries": 0, **MAY, **options}
        result = run(module.main, capsys, **{name: value for name, value in arguments.items() if value is not None})
        result["warnings"] = list(warned)
        assert TOKEN not in json.dumps(result)
        return result

    return call


def test_a_result_is_what_the_documentation_says(start: Callable[..., Simulator], usage_info: Run) -> None:
    start()
    result = usage_info(return_records=True)
    assert (result["changed"], result["usage"]["status"]) == (False, "complete")
    assert len(result["records"]) == result["usage"]["record_count"] == 62
    jsonschema.validate({name: result[name] for name in RETURN if name in result}, SUCCESS)


ODD: list[tuple[tuple[str, ...], dict[str, Any], dict[str, Any]]] = [
    ((), {"cost": "all"}, {"group_by": list(DIMENSION_COLUMNS)}),
    ((), {"cost": "some", "metrics": 5}, {"group_by": [], "cycle_day": 5}),
    ((), {"cost": "all", "currencies": ("USD", "EUR"), "metrics": 5}, {"group_by": []}),
    ((), {"shape": "sdk59", "minimal": True, "contract_rows": True}, {}),
    ((), {"shape": "sdk57", "nulls": True, "names": "hostile", "regions": 2, "sub_accounts": 2}, {}),
    ((), {"numbers_as_strings": True, "corrections": True, "names": "unicode"}, {"group_by": ["charge_class"]}),
    ((), {"quantity": "9007199254740992.5"}, {}),
    ((), {}, {"metric": ["no_such_metric"]}),
    ((), {}, {"metric": ["workers_standard_requests", "no_such_metric"]}),
    ((), {}, {"source": "paygo", "subscriptions": True}),
    (("drop=day:2025-05-10", "drop=day:2025-05-31"), {}, {}),
    (("drop=day:2025-05-01",), {}, {"to": "2025-06-20"}),
    (("outside=2", "records=bad-number,rows=3"), {}, {}),
    (("drop=column:ChargeCategory", "records=null-unit,rows=5", "records=not-object"), {}, {}),
    (
        ("status=403,path=/accounts/" + "2" * 32 + "/*",),
        {},
        {"account_id": None, "account_ids": [ACCOUNT, "2" * 32, NOT_COVERED]},
    ),
    (
        (),
        {"accounts": 2},
        {"account_id": None, "organization_id": ORGANIZATION, "expected_accounts": ["0" * 32]},
    ),
]


@pytest.mark.parametrize(("faults", "switches", "options"), ODD)
def test_cloudflare_usage_info_every_result_is_as_documented_whatever_the_api_sends(
    start: Callable[..., Simulator],
    usage_info: Run,
    faults: tuple[str, ...],
    switches: dict[str, Any],
    options: dict[str, Any],
) -> None:
    start(*faults, **switches)
    result = usage_info(**options)
    assert "records" not in result
    jsonschema.validate(result["usage"], SUCCESS["properties"]["usage"])
    read_usage(result["usage"])
    assert len(result["warnings"]) == (result["usage"]["status"] != "complete")


def test_every_documented_field_is_returned_and_none_beside(start: Callable[..., Simulator], usage_info: Run) -> None:
    results = []
    for faults, switches, options in ODD:
        start(*faults, **switches)
        results.append(usage_info(return_records=True, **options))
    documented = {name: RETURN[name] for name in ("usage", "records")}
    assert never_seen(documented, results) == set()
    # Ansible's own: newer ones tell of the invocation only when asked to.
    own = {"changed", "invocation", "warnings"}
    assert {name for result in results for name in result} - own == {"usage", "records"}


def test_cloudflare_usage_info_columns_that_nobody_knows_are_kept_beside_the_documented_ones(
    start: Callable[..., Simulator], usage_info: Run
) -> None:
    start(shape="sdk59", extra_columns=True)
    records = usage_info(return_records=True)["records"]
    documented = RETURN["records"]["contains"]
    assert all(documented.keys() <= each.keys() for each in records)
    assert {name for each in records for name in each.keys() - documented.keys()} >= {
        "commitment_discount_id",
        "x_future_flag",
        "x_future_number",
        "x_future_object",
        "x_future_text",
        "x_product_family_id",
    }
    schema = {**returned_schema(documented, nullable=True), "additionalProperties": True}
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for each in records[::9] for error in validator.iter_errors(each)] == []


def test_cloudflare_usage_info_the_documentation_the_schema_and_the_code_know_the_same_reasons() -> None:
    rooms = Path(module.__file__).parents[1] / "module_utils"
    files = [path for room in ("_usage", "_sources") for path in (rooms / room).rglob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    used = set(re.findall(r'\breason\(\s*"(\w+)"|^    "(period_\w+)": "', source, re.MULTILINE))
    used = {code for pair in used for code in pair if code}
    said = yaml.safe_load(module.RETURN)["usage"]["contains"]["reasons"]["contains"]["code"]["description"]
    assert set(re.findall(r"V\((\w+)\)", " ".join(said))) == used | {"source_empty"}
    details = set(RETURN["usage"]["contains"]["reasons"]["contains"])
    assert details == set(USAGE_SCHEMA["properties"]["reasons"]["items"]["properties"])


def test_cloudflare_usage_info_the_schema_of_facts_and_the_documentation_name_the_same_fields() -> None:
    documented = RETURN["usage"]["contains"]
    assert set(documented) == set(USAGE_SCHEMA["properties"])
    groups = USAGE_SCHEMA["properties"]["groups"]["items"]
    assert set(documented["groups"]["contains"]) == set(groups["properties"]) - OF_ALLOCATED_USE
    assert documented["reasons"]["contains"]["samples"]
    assert tally_module.MAX_SAMPLES == 5
    assert reasons.MAX_LISTED == 20


def test_cloudflare_usage_info_the_kinds_of_failure_are_documented() -> None:
    kinds = {
        kind.kind for kind in (ParameterError, MissingLibraryError, TransportError, ApiResponseError, MalformedError)
    }
    said = RETURN["failure"]["contains"]["kind"]["description"]
    assert set(re.findall(r"V\((\w+)\)", said if isinstance(said, str) else " ".join(said))) == kinds


@pytest.mark.parametrize(
    ("faults", "options", "kind"),
    [
        (("status=403",), {}, "refused"),
        (("status=429,retry-after=4000",), {}, "refused"),
        (("envelope=failure",), {}, "refused"),
        (("body=html",), {}, "malformed"),
        (("cut=50%",), {}, "transport"),
        ((), {"window_days": 99}, "parameters"),
    ],
)
def test_cloudflare_usage_info_a_failure_is_told_to_people_and_programs(
    start: Callable[..., Simulator], usage_info: Run, faults: tuple[str, ...], options: dict[str, Any], kind: str
) -> None:
    start(*faults)
    result = usage_info(**options)
    assert result["failed"] is True
    assert result["failure"]["kind"] == kind
    assert len(result["msg"]) > 40
    assert "exception" not in result
    jsonschema.validate({"failure": result["failure"]}, FAILURE)
    seen = never_seen(RETURN["failure"]["contains"], [result["failure"]])
    others = set(RETURN["failure"]["contains"]) - {"kind", "problems"}
    seen -= {"accounts"}  # only several accounts have it
    others -= {"accounts"}
    assert seen == (others if kind == "parameters" else {"problems"})


def test_a_retry_is_told(start: Callable[..., Simulator], usage_info: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_DELAY", 0.0)
    simulator = start("status=503")
    result = usage_info(max_retries=2)
    assert (result["failure"]["retried"], result["failure"]["attempts"], len(simulator.requests)) == (True, 3, 3)
    assert result["failure"]["cf_ray"] == "0000000000000003-SIM"
    assert result["msg"].endswith("(tried 3 times)")


def test_a_token_that_the_server_repeats_is_not_shown(start: Callable[..., Simulator], usage_info: Run) -> None:
    start(f"status=400,message=the token {TOKEN} is odd")
    assert "is odd" in usage_info()["msg"]


def test_cloudflare_usage_info_all_problems_of_the_options_come_at_once_and_before_any_request(
    start: Callable[..., Simulator], usage_info: Run
) -> None:
    simulator = start()
    result = usage_info(
        account_id="x", period="fortnight", api_token="two words", api_url="http://example.com", **dict.fromkeys(MAY)
    )
    named = {problem.partition(":")[0] for problem in result["failure"]["problems"]}
    assert named == {"account_id", "period", "api_token", "api_url"}
    assert result["msg"] == "; ".join(result["failure"]["problems"])
    assert "two words" not in json.dumps(result)
    assert simulator.requests == []


def test_cloudflare_usage_info_without_a_token_the_environment_variable_is_named(usage_info: Run) -> None:
    result = usage_info()
    assert result["failure"]["problems"] == [
        "api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN"
    ]


def test_options_win_over_the_environment(start: Callable[..., Simulator], usage_info: Run) -> None:
    ignored, used = start(), start()
    start_url = ignored.base_url
    assert start_url != used.base_url
    assert "failed" not in usage_info(api_url=used.base_url, api_token=TOKEN)
    assert usage_info(api_url=used.base_url, api_token="another")["failure"]["http_status"] == 403
    assert (len(ignored.requests), len(used.requests)) == (0, 2)


def test_cloudflare_usage_info_check_mode_does_the_same(start: Callable[..., Simulator], usage_info: Run) -> None:
    simulator = start()
    usual, checked = usage_info(), usage_info(_ansible_check_mode=True)
    for result in (usual, checked):
        del result["usage"]["fetched_at"]
        result.pop("invocation", None)
    assert usual == checked
    assert {each["method"] for each in simulator.requests} == {"GET"}


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("workers_standard_requests", ["workers_standard_requests"]),
        ("workers_standard_requests,r2_storage", ["workers_standard_requests", "r2_storage"]),
        (["r2_storage"], ["r2_storage"]),
    ],
)
def test_cloudflare_usage_info_metric_is_one_or_several(
    start: Callable[..., Simulator], usage_info: Run, given: Any, asked: list[str]
) -> None:
    simulator = start()
    result = usage_info(metric=given, concurrency=1)
    assert result["usage"]["metric"] == asked
    assert [each["query"]["metric"] for each in simulator.requests] == [[metric] for metric in asked]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_retries", "many"),
        ("timeout", "long"),
        ("validate_certs", "perhaps"),
        ("window_days", 1.5),
        ("no_such_option", 1),
    ],
)
def test_ansible_itself_refuses_what_has_the_wrong_type(usage_info: Run, option: str, value: Any) -> None:
    assert option in usage_info(**{option: value})["msg"]


@pytest.mark.parametrize("library", ["requests", "jsonschema"])
def test_cloudflare_usage_info_a_missing_library_is_named_with_the_interpreter(
    usage_info: Run, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    owner: Any = {"requests": client, "jsonschema": _json_schema}[library]
    monkeypatch.setattr(owner, f"HAS_{library.upper()}", False)
    result = usage_info(api_token="a-token-of-this-test")
    assert result["msg"].startswith(f"The Python library {library} is missing for {sys.executable}.")
    assert sys.executable in result["msg"]
    assert result["failure"] == {"kind": "missing_library"}


@pytest.mark.parametrize(("source", "library"), [(client, "requests"), (_json_schema, "jsonschema")])
def test_cloudflare_usage_info_a_library_that_cannot_be_imported_is_noted_and_no_error_yet(
    monkeypatch: pytest.MonkeyPatch, source: Any, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    names = execute(source.__file__, f"without_{library}")
    assert names[f"HAS_{library.upper()}"] is False
    assert f"import of {library} halted" in names[f"{library.upper()}_TRACEBACK"]


def test_cloudflare_usage_info_the_options_are_those_of_the_schema() -> None:
    assert set(module.options()) == set(QUERY_SCHEMA["properties"])


def test_cloudflare_usage_info_examples_are_tasks_whose_options_are_accepted() -> None:
    tasks = yaml.safe_load(module.EXAMPLES)
    name = "finops.cloudflare.cloudflare_usage_info"
    own = [task for task in tasks if name in task]
    assert len(own) >= 3
    for task in tasks:
        assert task["name"]
        assert len(set(task) - {"name", "register", "loop", "loop_control"}) == 1
    for task in own:
        options = {"api_token": TOKEN, "api_url": "https://api.example.com", **task[name]}
        plain = {key: TOKEN if "{{" in str(value) else value for key, value in options.items()}
        assert check_query(plain, date(2026, 6, 1)) == plain
        assert set(task[name]) <= set(module.options())


def test_the_module_runs_when_it_is_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    result = run(lambda: execute(str(module.__file__), "__main__"), capsys, account_id=ACCOUNT)
    assert result["failure"]["kind"] == "parameters"


def test_cloudflare_usage_info_result_holds_no_token_where_the_invocation_is_part_of_it(
    start: Callable[..., Simulator], usage_info: Run
) -> None:
    """From ansible-core 2.22 on, Ansible takes secrets out of what it shows, and no longer out of a result."""
    start()
    hidden = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    good, bad = usage_info(api_token=TOKEN), usage_info(api_token=TOKEN, account_id=TOKEN, metric=[f"x-{TOKEN}"])
    for result in (good, bad):
        assert result.get("invocation", {"module_args": {"api_token": hidden}})["module_args"]["api_token"] == hidden
    assert bad["failure"]["problems"][0].startswith("account_id: what looks like a token is not accepted")


@pytest.mark.parametrize("token", ["", " "])
def test_cloudflare_usage_info_token_that_is_empty_is_missing_by_option_and_environment(
    usage_info: Run, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    problem = "api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN"
    assert usage_info(api_token="")["failure"]["problems"] == [problem]
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", token)
    assert usage_info()["failure"]["problems"] == [problem]
