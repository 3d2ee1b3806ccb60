# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of all kinds: what counts, what is final, and what a person and a program are told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._api import client as client_module
from ansible_collections.finops.cloudflare.plugins.module_utils._api.api_errors import error_from_response
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiError,
    ApiResponseError,
    MalformedError,
    MissingLibraryError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import Redaction
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import PATH, Api
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import decoded

Connect = Callable[..., Api]


def refused(api: Api) -> ApiResponseError:
    with pytest.raises(ApiResponseError) as caught:
        api.records()
    return caught.value


@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("envelope", ["after", "before"])
def test_client_records_arrive_by_any_way(connect: Connect, envelope: str, *, gzip: bool, chunked: bool) -> None:
    api = connect(simulator={"gzip": gzip, "chunked": chunked, "envelope": envelope, "metrics": 9})
    assert api.records() == decoded(api.expected)
    assert len(api.expected) > 200
    assert (api.client.requests, api.pauses) == (1, [])


def test_client_a_request_is_what_the_api_wants(connect: Connect) -> None:
    api = connect()
    api.records()
    (request,) = api.simulator.requests
    assert (request["method"], request["path"]) == ("GET", PATH)
    assert request["query"] == {"from": ["2025-05-01"], "to": ["2025-05-31"]}
    assert request["token"] == "right"
    assert request["user_agent"].startswith("ansible-finops.cloudflare/1.")
    assert "gzip" in request["accept_encoding"]


def test_client_an_address_with_a_slash_at_its_end_is_the_same(connect: Connect) -> None:
    first = connect()
    second = Client(Connection(first.simulator.base_url + "/", first.simulator.config.token))
    with second:
        second.get_result(PATH, {}, list)
    assert first.simulator.requests[0]["path"] == PATH


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 418, 422, 451])
def test_client_other_4xx_are_final(connect: Connect, status: int) -> None:
    api = connect(f"status={status},code=1234,message=Something is wrong")
    error = refused(api)
    assert (api.statuses, api.pauses, api.client.requests) == ([status], [], 1)
    assert error.failure() == {
        "kind": "refused",
        "path": PATH,
        "http_status": status,
        "errors": [{"code": 1234, "message": "Something is wrong"}],
        "messages": [],
        "cf_ray": "0000000000000001-SIM",
        "retry_after": None,
        "retried": False,
        "attempts": 1,
    }
    assert str(error).startswith(f"{PATH} was refused with HTTP {status}: 1234 Something is wrong. ")


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ("status=401", "The API does not accept the token. Check api_token"),
        ("status=400,code=6003", "The API does not accept the token. Check api_token"),
        ("status=404", "The API does not know this address. Check the id and api_url"),
        ("status=400,code=7003", "The API does not know this address. Check the id and api_url"),
        ("status=400", "The API does not accept these parameters. Check from, to and metric"),
        ("status=422", "The API does not accept these parameters. Check from, to and metric"),
        ("status=429", "The rate limit of the token is used up. Run again later, or with a smaller concurrency"),
        ("status=503", "Cloudflare could not answer; this usually passes"),
        ("status=418,code=1", "The Cloudflare API does not answer like this. Check api_url and any proxy"),
    ],
)
def test_client_every_refusal_says_what_to_do(connect: Connect, fault: str, remedy: str) -> None:
    assert remedy in str(refused(connect(fault, max_retries=0)))


@pytest.mark.parametrize("code", [10000, 9109])
def test_client_a_403_names_each_possible_cause(connect: Connect, code: int) -> None:
    message = str(refused(connect(f"status=403,code={code}")))
    assert "lacks the permission Billing Read" in message
    assert "the id is of something else, such as a zone" in message
    assert "Cloudflare has not switched on the usage API" in message


@pytest.mark.parametrize("path", ["billable-usage", "billable-usage/info", "subscriptions"])
def test_client_a_403_of_another_endpoint_does_not_blame_the_usage_api(path: str) -> None:
    error = error_from_response(f"/accounts/{'a' * 32}/{path}", 403, {}, {}, Redaction(""))
    assert str(error).endswith(
        " was refused with HTTP 403. Two causes give this answer: the token is not the right one or lacks the"
        " permission Billing Read here, or the id is of something else, such as a zone. Check both."
    )


def test_client_a_wrong_token_is_told_as_such(connect: Connect) -> None:
    api = connect(api_token="another-token")
    assert refused(api).http_status == 403
    assert api.simulator.requests[0]["token"] == "wrong"


@pytest.mark.parametrize(
    "fault",
    [
        "body=html",
        "body=text",
        "body=list",
        "body=number",
        "body=null",
        "body=two-documents",
        "body=bad-utf8",
        "encoding=unknown",
        "envelope=result-null",
        "envelope=result-object",
        "envelope=result-text",
        "envelope=result-missing",
    ],
)
def test_client_an_answer_that_is_not_of_this_api_is_final(connect: Connect, fault: str) -> None:
    api = connect(fault)
    if fault == "encoding=unknown":
        # The bytes were fine, only their label is odd: nothing is lost.
        assert api.records() == decoded(api.expected)
        return
    with pytest.raises(MalformedError) as caught:
        api.records()
    assert (api.statuses, api.pauses) == ([200], [])
    assert f"The answer of {PATH} is not what the Cloudflare API sends" in str(caught.value)
    assert "Check api_url and any proxy" in str(caught.value)
    assert (caught.value.failure()["kind"], caught.value.http_status) == ("malformed", 200)


@pytest.mark.parametrize("fault", ["body=bom", "envelope=errors-null", "order=shuffled"])
def test_client_harmless_oddities_are_taken(connect: Connect, fault: str) -> None:
    api = connect(fault)
    assert len(api.records()) == len(api.expected)


@pytest.mark.parametrize(
    "kind", ["failure", "failure-errors-null", "failure-after-result", "success-missing", "success-text"]
)
def test_client_without_success_true_nothing_counts(connect: Connect, kind: str) -> None:
    api = connect(f"envelope={kind}")
    error = refused(api)
    assert (api.statuses, error.http_status) == ([200], 200)
    assert "HTTP 200 and without success: true" in str(error)
    if kind in ("failure", "failure-after-result"):
        assert error.errors == [{"code": 1183, "message": "The request could not be completed"}]
        assert "1183 The request could not be completed" in str(error)
        assert "Check from, to and metric" in str(error)


@pytest.mark.parametrize("fault", ["cut=10", "reset=body", "drip=10000"])
def test_client_a_refusal_stays_one_when_its_body_breaks_off(connect: Connect, fault: str) -> None:
    api = connect("status=403", fault)
    error = refused(api)
    assert (error.http_status, api.client.requests) == (403, 1)
    assert "Billing Read" in str(error)


def test_client_a_refusal_with_a_result_in_it_is_read_to_its_end() -> None:
    body = b'{"result":[{"a":1},{"a":2}],"success":false,"errors":[{"code":7,"message":"no"}]}'
    assert client_module._error_body([body])["errors"] == [{"code": 7, "message": "no"}]


def test_client_words_of_the_server_are_made_fit_for_a_terminal(connect: Connect) -> None:
    message = "\x1b[31mred\x07 \u202eevil " + "x" * 5000
    fault = json.dumps({"status": "400", "message": message})
    error = refused(connect(fault))
    assert len(str(error)) < 600
    assert not any(ord(char) < 32 or char == "\u202e" for char in str(error) + error.errors[0]["message"])


def test_client_without_requests_the_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "HAS_REQUESTS", False)
    monkeypatch.setattr(client_module, "REQUESTS_TRACEBACK", "Traceback: no requests")
    with pytest.raises(MissingLibraryError) as caught:
        Client(Connection("https://api.example.com", "x"))
    assert (caught.value.library, caught.value.traceback) == ("requests", "Traceback: no requests")


def test_client_every_error_of_the_api_is_one_kind(connect: Connect) -> None:
    for fault in ("status=403", "body=html", "reset=before"):
        with pytest.raises(ApiError):
            connect(fault, max_retries=0).records()
