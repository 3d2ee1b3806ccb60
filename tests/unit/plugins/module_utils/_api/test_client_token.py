# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token goes to the API alone: to no other host, no proxy, no message."""

from __future__ import annotations

import http.server
import ipaddress
import json
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.finops.cloudflare.plugins.module_utils._api import client as client_module
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiError,
    ApiResponseError,
    MalformedError,
    TransportError,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import PATH, Api
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import (
    TOKEN,
    answer,
    decoded,
)

Connect = Callable[..., Api]


@pytest.mark.parametrize(
    "fault",
    [
        "status=400",
        "status=401",
        "status=403",
        "status=429,retry-after=1000",
        "status=503",
        "redirect=same",
        "redirect=https://example.com/client/v4",
        "envelope=failure",
        "body=html",
        "body=cut-json",
        "cut=50%",
        "reset=before",
        "close=before",
        "encoding=broken-gzip",
    ],
)
def test_client_token_no_error_holds_the_token(connect: Connect, fault: str) -> None:
    api = connect(fault, simulator={"token": TOKEN}, max_retries=1)
    with pytest.raises(ApiError) as caught:
        api.records()
    assert TOKEN not in json.dumps(caught.value.failure())
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_client_token_the_token_does_not_follow_to_another_host(connect: Connect, status: int) -> None:
    other = connect()
    api = connect(f"redirect={other.simulator.base_url},code={status}")
    with pytest.raises(ApiResponseError) as caught:
        api.records()
    assert other.simulator.requests == []
    assert caught.value.http_status == status
    assert f"redirects to another host, 127.0.0.1:{other.simulator.port}; the token was not sent there" in str(
        caught.value
    )
    assert (api.client.requests, api.pauses) == (1, [])


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://127.0.0.1:{port}/client/v4/x?y", "https in place of http on the same host;"),
        ("//example.com/client/v4/x?y", "another host, example.com;"),
        ("http://user:pass-word@127.0.0.1:{port}/x?y", "another host, 127.0.0.1:"),
        ("http://127.0.0.1:{port}@example.com/x?y", "another host, example.com;"),
        ("http://localhost:{port}/x?y", "another host, localhost:"),
        ("ftp://127.0.0.1:{port}/x?y", "ftp in place of http on the same host;"),
        ("javascript:alert(1)?y", "an address of javascript:;"),
    ],
)
def test_another_way_to_the_same_machine_is_another_host(connect: Connect, location: str, named: str) -> None:
    api = connect()
    api.simulator.set_faults(json.dumps({"redirect": location.format(port=api.simulator.port)}))
    with pytest.raises(ApiResponseError) as caught:
        api.records()
    assert named in str(caught.value)
    assert "pass-word" not in str(caught.value)
    assert api.client.requests == 1


@pytest.mark.parametrize("token", [TOKEN, "abc/def/ghi+jkl=", "a?b#c@d:e.f~g"])
def test_client_token_in_the_host_of_a_redirect_is_not_shown_in_part(connect: Connect, token: str) -> None:
    fault = json.dumps({"redirect": "http://x.{token}.example/client/v4"})
    api = connect(fault, simulator={"token": token})
    with pytest.raises(ApiResponseError, match=r"another host, x\.\[redacted\]\.example; the token"):
        api.records()


def test_client_token_a_redirect_to_what_is_no_address_is_told(connect: Connect) -> None:
    for location in ("http://[::1/x?y", "//[?y", "/\xff?y"):
        api = connect(json.dumps({"redirect": location}))
        with pytest.raises(MalformedError, match="has an invalid redirect target") as caught:
            api.records()
        assert (api.client.requests, caught.value.attempts) == (1, 1)


@pytest.mark.parametrize("times", [1, 2])
def test_client_token_a_redirect_within_the_host_is_followed(connect: Connect, times: int) -> None:
    api = connect(f"redirect=same,times={times}")
    assert api.records() == decoded(api.expected)
    assert [each["token"] for each in api.simulator.requests] == ["right"] * (times + 1)
    assert len({json.dumps(each["query"]) for each in api.simulator.requests}) == 1
    assert api.client.requests == times + 1


def test_client_token_a_relative_redirect_is_one_within_the_host(connect: Connect) -> None:
    api = connect("redirect=/client/v4/elsewhere?a=b,times=1")
    with pytest.raises(ApiResponseError) as caught:
        api.records()
    assert [each["path"] for each in api.simulator.requests] == [PATH, "/elsewhere"]
    assert api.simulator.requests[1]["query"] == {"a": ["b"]}
    assert caught.value.http_status == 404


def test_client_token_redirects_end(connect: Connect) -> None:
    api = connect("redirect=same,code=308")
    with pytest.raises(ApiResponseError, match="redirects without end") as caught:
        api.records()
    assert (api.client.requests, caught.value.http_status) == (client_module.MAX_REDIRECTS, 308)


@pytest.mark.parametrize("trust_env", [False, True])
def test_client_token_a_netrc_file_does_not_take_the_token_s_place(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trust_env: bool
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login any password one\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api = connect("redirect=same,times=1")
    api.client._session.trust_env = trust_env
    assert api.records() == decoded(api.expected)
    assert [each["token"] for each in api.simulator.requests] == ["right", "right"]


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_client_token_a_request_to_this_machine_passes_any_proxy(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    proxy = connect()
    monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.simulator.port}")
    api = connect()
    assert api.records() == decoded(api.expected)
    assert proxy.simulator.requests == []


@pytest.fixture
def heard() -> Iterator[tuple[int, list[bytes]]]:
    """Listen once on a port, refuse what comes, and keep the words."""
    words: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            caller, _address = listener.accept()
            with caller:
                words.append(caller.recv(65536))
                caller.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], words
        thread.join(5)


@pytest.mark.usefixtures("connect")
def test_client_token_a_proxy_that_the_user_has_is_used_for_https_and_never_hears_the_token(
    monkeypatch: pytest.MonkeyPatch, heard: tuple[int, list[bytes]]
) -> None:
    port, words = heard
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass-word@127.0.0.1:{port}")
    with (
        Client(Connection("https://api.example.com/client/v4", TOKEN, max_retries=0)) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.get_result(PATH, {}, list)
    (said,) = words
    assert said.startswith(b"CONNECT api.example.com:443 ")
    assert TOKEN.encode() not in said
    assert "pass-word" not in str(caught.value)
    assert f"through the proxy 127.0.0.1:{port} for " in str(caught.value)
    assert "407" in str(caught.value)
    assert "HTTPS_PROXY can hold them" in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for 127.0.0.1 that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path.write_bytes(key.private_bytes(*form) + pem)
    return path


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = answer([{"a": 1}])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def tls(certificate: Path) -> Iterator[str]:
    """Serve over TLS with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with http.server.HTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


def over_tls(address: str, **options: Any) -> list[Any]:
    with Client(Connection(address, TOKEN, **options), lambda _seconds: None) as client:
        return client.get_result(PATH, {}, list).value


@pytest.mark.usefixtures("connect")
def test_client_token_a_certificate_that_nobody_vouches_for_is_refused_at_once(tls: str) -> None:
    with pytest.raises(TransportError, match=r"certificate verify failed: self.signed certificate") as caught:
        over_tls(tls)
    assert "Set ca_path to the CA certificates to trust" in str(caught.value)
    assert "validate_certs" in str(caught.value)
    assert (caught.value.attempts, caught.value.transient) == (1, False)


@pytest.mark.usefixtures("connect")
def test_client_token_a_certificate_of_the_user_s_own_authority_is_trusted(tls: str, certificate: Path) -> None:
    assert over_tls(tls, ca_path=str(certificate)) == [{"a": 1}]


@pytest.mark.usefixtures("connect")
def test_client_token_a_certificate_for_another_name_is_refused(tls: str, certificate: Path) -> None:
    with pytest.raises(TransportError, match=r"mismatch|doesn't match") as caught:
        over_tls(tls.replace("127.0.0.1", "localhost"), ca_path=str(certificate))
    assert caught.value.attempts == 1


@pytest.mark.usefixtures("connect")
def test_client_token_certificates_go_unchecked_only_when_the_user_says_so(tls: str) -> None:
    with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
        assert over_tls(tls, validate_certs=False) == [{"a": 1}]


@pytest.mark.usefixtures("connect")
@pytest.mark.parametrize(
    ("address", "options", "cause"),
    [
        ("https://127.0.0.1:1", {"ca_path": "/nowhere/ca.pem"}, "invalid path: /nowhere/ca.pem"),
        ("https://*.example.com", {}, "invalid label"),
    ],
)
def test_what_cannot_become_better_is_not_tried_again(address: str, options: dict[str, Any], cause: str) -> None:
    with pytest.raises(TransportError, match=cause) as caught:
        over_tls(address, **options)
    assert caught.value.attempts == 1
